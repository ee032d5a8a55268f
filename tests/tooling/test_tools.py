"""The checks check: each convention finds a breach planted for it, the runner of tests sees every way to fail."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path("tests/tools").resolve()

GOOD = {
    "sim/base/thing.h": "#pragma once\n\nstruct thing_box;\nenum shade { SHADE_LIGHT };\nint thing_count(void);\n",
    "sim/base/thing.c": '#include "base/thing.h"\n\nint thing_count(void)\n{\n    return 1;\n}\n',
}


class Conventions(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        (self.root / ".clang-format").write_text(pathlib.Path(".clang-format").read_text())
        for name, text in GOOD.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self):
        """Compiles the sources and returns what the checks say."""
        for source in self.root.glob("sim/*/*.c"):
            target = self.root / "build" / source.relative_to(self.root).with_suffix(".o")
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["gcc", "-std=c17", "-I", self.root / "sim", "-c", source, "-o", target], check=True)
        done = subprocess.run([sys.executable, TOOLS / "conventions.py", "build"], cwd=self.root,
                              capture_output=True, text=True)
        return done.returncode, done.stdout

    def expect_breach(self, rule, part):
        code, output = self.check()
        self.assertEqual(code, 1, output)
        self.assertIn(f"FAIL {rule}", output)
        self.assertIn(part, output)
        self.assertEqual(output.count("FAIL"), 1, output)

    def test_nothing_wrong(self):
        code, output = self.check()
        self.assertEqual(code, 0, output)
        self.assertTrue(output.endswith("7 passed, 0 failed\n"), output)

    def test_header_that_needs_another(self):
        self.write("sim/base/other.h", "#pragma once\n\nsize_t other_size(void);\n")
        self.expect_breach("headers", "sim/base/other.h: does not compile alone")

    def test_symbol_of_a_foreign_name(self):
        self.write("sim/base/other.c", "int foreign(void);\n\nint foreign(void)\n{\n    return 1;\n}\n")
        self.expect_breach("symbols", "exported name foreign")

    def test_symbol_of_a_type_of_the_header_is_fine(self):
        self.write("sim/base/thing.c", GOOD["sim/base/thing.c"] +
                   "\nint shade_depth(void);\n\nint shade_depth(void)\n{\n    return 1;\n}\n")
        self.assertEqual(self.check()[0], 0)

    def test_writable_global(self):
        self.write("sim/base/other.c", "static int calls = 1;\nint other_call(void);\n\nint other_call(void)\n{\n"
                                       "    return calls++;\n}\n")
        self.expect_breach("globals", "writable object calls")

    def test_constant_tables_are_fine(self):
        self.write("sim/base/other.c", 'static const char *const words[] = {"a", "b"};\n'
                                       "const char *other_word(int i);\n\nconst char *other_word(int i)\n{\n"
                                       "    return words[i];\n}\n")
        self.assertEqual(self.check()[0], 0)

    def test_floor_above(self):
        self.write("sim/model/cloud.h", "#pragma once\n")
        self.write("sim/base/thing.h", '#pragma once\n\n#include "model/cloud.h"\n\nint thing_count(void);\n')
        self.expect_breach("floors", "sim/base/thing.h:3: base may not include from model")

    def test_sibling_floor(self):
        self.write("sim/results/file.h", "#pragma once\n")
        self.write("sim/scenario/loader.h", '#pragma once\n\n#include "results/file.h"\n')
        self.expect_breach("floors", "scenario may not include from results")

    def test_long_function(self):
        body = "    thing_count();\n" * 70
        self.write("sim/base/thing.c", f'#include "base/thing.h"\n\nint thing_count(void)\n{{\n{body}    return 1;\n}}\n')
        self.expect_breach("lengths", "thing_count has 74 lines")

    def test_many_parameters(self):
        self.write("sim/base/other.c", "int other_sum(int a, int b, int c, int d, int e, int f);\n\n"
                                       "int other_sum(int a, int b, int c, int d, int e, int f)\n{\n"
                                       "    return a + b + c + d + e + f;\n}\n")
        self.expect_breach("lengths", "other_sum has 6 parameters")

    def test_long_file(self):
        self.write("sim/base/other.h", "#pragma once\n\n" + "// words\n" * 600)
        self.expect_breach("lengths", "602 lines")

    def test_format(self):
        self.write("sim/base/thing.c", GOOD["sim/base/thing.c"].replace("    return", "  return"))
        self.expect_breach("format", "sim/base/thing.c: not in the project's format")


class Runner(unittest.TestCase):
    def run_script(self, text, suffix):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / f"test_x{suffix}"
            script.write_text(text)
            done = subprocess.run([sys.executable, TOOLS / "run_tests.py", "--build", folder, script],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout.splitlines()[-1]

    def test_exit_code(self):
        self.assertEqual(self.run_script("exit 0", ".sh"), (0, "1 passed, 0 failed"))
        self.assertEqual(self.run_script("exit 3", ".sh"), (1, "0 passed, 1 failed"))

    def test_tap(self):
        self.assertEqual(self.run_script("echo ok 1; echo not ok 2; exit 0", ".sh"), (1, "1 passed, 1 failed"))
        self.assertEqual(self.run_script("echo 1..3; echo ok 1", ".sh"), (1, "1 passed, 2 failed"))

    def test_killed(self):
        self.assertEqual(self.run_script("echo ok 1; kill -9 $$", ".sh"), (1, "1 passed, 1 failed"))

    def test_unittest(self):
        head = "import unittest\nclass T(unittest.TestCase):\n"
        self.assertEqual(self.run_script(head + "    def test_a(self): pass\n", ".py"), (0, "1 passed, 0 failed"))
        self.assertEqual(self.run_script(head + "    def test_a(self): self.fail()\n", ".py"),
                         (1, "0 passed, 1 failed"))
        self.assertEqual(self.run_script("syntax error", ".py"), (1, "0 passed, 1 failed"))
        self.assertEqual(self.run_script(head, ".py"), (1, "0 passed, 1 failed"))

    def test_undefined_behaviour_in_the_output(self):
        self.assertEqual(self.run_script("echo ok 1; echo x.c:1: runtime error: overflow", ".sh"),
                         (1, "1 passed, 1 failed"))


class Builds(unittest.TestCase):
    def compare(self, *scripts):
        """Exit code and output for builds that run these scripts."""
        with tempfile.TemporaryDirectory() as folder:
            programs = [pathlib.Path(folder) / f"build{i}" for i in range(len(scripts))]
            for program, script in zip(programs, scripts):
                program.write_text(f"#!/bin/sh\n{script}\n")
                program.chmod(0o755)
            done = subprocess.run([sys.executable, TOOLS / "compare_builds.py", *programs],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout

    def expect_difference(self, text, *scripts):
        code, output = self.compare(*scripts)
        self.assertEqual(code, 1)
        self.assertIn(text, output)

    def test_equal(self):
        code, output = self.compare("echo a; echo b", "echo a; echo b", "echo a; echo b")
        self.assertEqual((code, output), (0, "ok   2 lines are the same from 3 builds\n"))

    def test_first_difference(self):
        self.expect_difference("line 2 differs", "echo a; echo b; echo c", "echo a; echo x; echo y")

    def test_missing_line(self):
        self.expect_difference("line 2 differs", "echo a; echo b", "echo a")

    def test_failure_and_silence(self):
        self.expect_difference("exit code 3", "echo a", "echo a; exit 3")
        self.expect_difference("printed nothing", "true", "true")


if __name__ == "__main__":
    unittest.main()
