# Pins: the examples in the help and in the README work as they are written, shortened to a few simulated minutes.
load common.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    ln -s "$ROOT/topologies" "$ROOT/workloads" .
    mkdir bin build
    ln -s "$AASIM" bin/aasim
    ln -s "$AASIM" build/aasim
    PATH=$PWD/bin:$PATH
}

# Runs each command of the text: one a line, continued after a backslash. Studies are shortened.
run_commands() {
    local n=0 line
    while IFS= read -r line; do
        case $line in
        *"aasim run "* | *"aasim compare "*) line="$line --duration '50 min' --replications 2 --quiet" ;;
        esac
        echo "\$ $line"
        bash -c "$line" >/dev/null
        n=$((n + 1))
    done < <(sed -e ':a' -e '/\\$/N; s/\\\n */ /; ta' <<<"$1" | sed 's/^ *//' | grep -E '^((build/)?aasim|cp) ')
    [ "$n" -ge "$2" ]
}

examples_of() {
    aasim "$1" --help | sed -n '/^Examples/,/^$/p'
}

@test "examples of run" { run_commands "$(examples_of run)" 2; }
@test "examples of compare" { run_commands "$(examples_of compare)" 2; }
@test "examples of check" { run_commands "$(examples_of check)" 2; }
@test "examples of show" { run_commands "$(examples_of show)" 3; }
@test "example of the overview" { run_commands "$(aasim --help | sed -n '/^Example/,/^$/p')" 1; }

@test "examples of the README" {
    run_commands "$(sed -n '/^```sh/,/^```/p' "$ROOT/README.md")" 3
}

@test "files in the README are right" {
    awk '/^```yaml/ {n++; next} /^```/ {inside = 0} {if (n) print > ("block" n ".yaml")}' "$ROOT/README.md"
    for block in block*.yaml; do
        sed '/^```/,$d' "$block" >"readme-$block"
    done
    aasim check readme-block*.yaml
    aasim compare readme-block1.yaml topologies/one-region.yaml --workload readme-block2.yaml -r 2 -q
}
