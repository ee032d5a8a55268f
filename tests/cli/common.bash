# Shared by the tests of the command: paths, a small study, exit codes.
#
# AASIM is the command under test; tests run in the repository's root.
AASIM=$(realpath "${AASIM:-build/aasim}")
ROOT=$PWD
TINY=$ROOT/tests/cli/tiny
STUDY=("$TINY/one.yaml" "$TINY/two.yaml" --workload "$TINY/load.yaml" --faults "$TINY/outage.yaml")

# expect CODE COMMAND...: output in $output (stdout) and $errors (stderr).
expect() {
    local wanted=$1 code=0
    shift
    output=$("$@" 2>"$BATS_TEST_TMPDIR/errors") || code=$?
    errors=$(cat "$BATS_TEST_TMPDIR/errors")
    if [ "$code" -ne "$wanted" ]; then
        printf 'exit code %s, wanted %s: %s\n%s\n%s\n' "$code" "$wanted" "$*" "$output" "$errors"
        return 1
    fi
}

# contains TEXT PART...: every part is in the text.
contains() {
    local text=$1 part
    shift
    for part in "$@"; do
        if [[ $text != *"$part"* ]]; then
            printf 'no "%s" in:\n%s\n' "$part" "$text"
            return 1
        fi
    done
}

lacks() {
    if [[ $1 == *"$2"* ]]; then
        printf '"%s" in:\n%s\n' "$2" "$1"
        return 1
    fi
}
