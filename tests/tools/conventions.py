"""Keeps the rules of docs/conventions that a machine can keep; says file, line and rule for each breach.

usage: conventions.py BUILD_DIRECTORY   (objects of an unsanitised variant are inspected)

headers   every header compiles alone
symbols   an exported name begins with its file's stem, or with the name of a type its own header declares
globals   no writable objects, but those in WRITABLE
floors    a file includes only from its own folder or a lower floor
lengths   functions <= 70 lines, <= 5 parameters; files <= 600 lines
format    clang-format leaves the file as it is
"""

import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import sys

FLOORS = {"base": 0, "measure": 1, "engine": 2, "model": 3, "scenario": 4, "results": 4, "experiment": 5, "cli": 6}
FUNCTION_LINES, FUNCTION_PARAMETERS, FILE_LINES = 70, 5, 600

# Writable objects, each with its reason.
WRITABLE = {
    "bug_current": "asserts fire where no context can be passed",
    "interrupt_flag": "set by a signal handler",
    "memory_lot": "where a thread that splits worlds has its memory",
    "interrupt_at_s": "set by a signal handler",
}
# Exported names that do not follow their file.
SYMBOLS = {
    "main": "the C library's name",
    "result_quantiles": "a table of resultset.h",
}
# Functions that may be longer: flat dispatch, flat tables.
LONG = {"dispatch_event"}


def sources(*patterns):
    return sorted(p for pattern in patterns for p in pathlib.Path(".").glob(pattern))


def in_parallel(check, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [line for lines in pool.map(check, items) for line in lines]


def flags():
    names = ["hdf5", "gsl", "yaml-0.1", "jansson", "libxxhash"]
    found = subprocess.run(["pkg-config", "--cflags", *names], capture_output=True, text=True, check=True)
    return ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Isim", "-Itests", "-fopenmp", *found.stdout.split()]


def check_headers(_build):
    options = flags()

    def one(header):
        done = subprocess.run(["gcc", *options, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"],
                              input=f'#include "{header.resolve()}"\n', capture_output=True, text=True)
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        return [f"{header}: does not compile alone: {first}"] if done.returncode else []

    return in_parallel(one, sources("sim/*/*.h", "tests/support/*.h"))


def declared_types(source):
    header = source.with_suffix(".h")
    text = header.read_text() if header.exists() else ""
    return re.findall(r"\b(?:struct|enum|union)\s+(\w+)", text)


@functools.cache
def symbol_tables(build):
    """[(name, is exported, section)] of what each object of the library and the command defines, by its source."""
    objects = {str(build / p.with_suffix(".o")): p for p in sources("sim/*/*.c")}
    done = subprocess.run(["nm", "--format=sysv", "--defined-only", *objects], capture_output=True, text=True, check=True)
    tables = {p: [] for p in objects.values()}
    for line in done.stdout.splitlines():
        if line.startswith("Symbols from "):
            found = tables[objects[line[len("Symbols from "):-1]]]
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and cells[2] in "TtDdBbCRrVvWwGgSs" and cells[2]:
            found.append((re.sub(r"\.\d+$", "", cells[0]), cells[2].isupper(), cells[6]))
    return tables


def check_symbols(build):
    broken = []
    for source, table in symbol_tables(build).items():
        prefixes = [source.stem, *declared_types(source)]
        broken += [f"{source}: exported name {name} begins neither with '{source.stem}_' nor with a type of its header"
                   for name, exported, _ in table
                   if exported and name not in SYMBOLS
                   and not any(name == p or name.startswith(p + "_") for p in prefixes)]
    return broken


def check_globals(build):
    return [f"{source}: writable object {name} (in {section})"
            for source, table in symbol_tables(build).items() for name, _, section in table
            if section.startswith((".data", ".bss", ".tdata", ".tbss", "*COM*"))
            and not section.startswith(".data.rel.ro") and name not in WRITABLE]


def check_floors(_build):
    broken = []
    for source in sources("sim/*/*.[ch]"):
        own = source.parent.name
        if own not in FLOORS:
            broken.append(f"{source}: folder {own} is no floor")
            continue
        for number, line in enumerate(source.read_text().splitlines(), 1):
            included = re.match(r'\s*#\s*include\s+"(?:([\w-]+)/)?', line)
            if not included:
                continue
            folder = included.group(1)
            if folder not in FLOORS or (folder != own and FLOORS[folder] >= FLOORS[own]):
                broken.append(f"{source}:{number}: {own} may not include from {folder or 'no folder'}")
    return broken


def functions(files):
    """(file, name, line, lines, parameters) of each function of some files."""
    done = subprocess.run(["ctags", "--languages=C", "--kinds-C=f", "--fields=+neS", "-f", "-", *files],
                          capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        fields = dict(cell.split(":", 1) for cell in cells[3:] if ":" in cell)
        inner = fields.get("signature", "()")[1:-1]
        parameters = 0 if inner in ("", "void") else len(re.sub(r"\([^()]*\)", "", inner).split(","))
        first = int(fields["line"])
        yield cells[1], cells[0], first, int(fields.get("end", first)) - first + 1, parameters


def check_lengths(_build):
    files, broken = sources("sim/*/*.[ch]", "tests/**/*.[ch]"), []
    for source in files:
        n_lines = len(source.read_text().splitlines())
        if n_lines > FILE_LINES:
            broken.append(f"{source}: {n_lines} lines, more than {FILE_LINES}")
    for source, name, line, lines, parameters in functions([f for f in files if f.suffix == ".c"]):
        if lines > FUNCTION_LINES and name not in LONG:
            broken.append(f"{source}:{line}: {name} has {lines} lines, more than {FUNCTION_LINES}")
        if parameters > FUNCTION_PARAMETERS and source.startswith("sim/") and not is_fixed(name):
            broken.append(f"{source}:{line}: {name} has {parameters} parameters, more than {FUNCTION_PARAMETERS}")
    return broken


def is_fixed(name):
    """Functions whose parameters are fixed: the engine's send and post."""
    return name in {"cell_send", "engine_post"}


def check_format(_build):
    # One process for all: it takes longer to start than to read a file.
    files = sources("sim/*/*.[ch]", "tests/**/*.[ch]", "docs/*.c")
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *files], capture_output=True, text=True)
    broken = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line})
    if done.returncode and not broken:
        return [done.stderr]
    return [f"{source}: not in the project's format (make format)" for source in broken]


def check_model_page(_build):
    """docs/model.md says what the headers of sim/model say."""
    run = subprocess.run([sys.executable, pathlib.Path(__file__).parent / "model_doc.py", "--check"], capture_output=True, text=True)
    return run.stderr.splitlines()


CHECKS = {"model-page": check_model_page, "headers": check_headers, "symbols": check_symbols, "globals": check_globals, "floors": check_floors,
          "lengths": check_lengths, "format": check_format}


def main():
    build, failed = pathlib.Path(sys.argv[1]), 0
    for name, check in CHECKS.items():
        broken = check(build)
        failed += bool(broken)
        print(f"{'FAIL' if broken else 'ok  '} {name}" + "".join(f"\n     | {line}" for line in broken))
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
