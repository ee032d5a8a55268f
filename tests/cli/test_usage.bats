# Pins: help, version, suggestions and exit codes of everything that goes wrong before a simulation.
load common.bash

@test "without arguments: help on stdout" {
    expect 0 "$AASIM"
    contains "$output" "Usage: aasim VERB" "compare" "Exit codes"
    [ -z "$errors" ]
}

@test "help in all its spellings" {
    for verb in run compare check show; do
        expect 0 "$AASIM" $verb --help
        contains "$output" "aasim $verb:" "Usage: aasim $verb" "Examples" "Options" "Exit codes"
        first=$output
        expect 0 "$AASIM" help $verb
        [ "$output" = "$first" ]
        expect 0 "$AASIM" $verb -h
        [ "$output" = "$first" ]
    done
    expect 0 "$AASIM" --help
    expect 0 "$AASIM" help
}

@test "no help line is wider than 100 columns" {
    for verb in "" run compare check show; do
        expect 0 "$AASIM" $verb --help
        [ "$(wc -L <<<"$output")" -le 100 ]
    done
}

@test "version" {
    expect 0 "$AASIM" --help
    contains "$output" "--version"
    expect 0 "$AASIM" --version
    [[ $output =~ ^aasim\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "unknown verb: the nearest one" {
    expect 2 "$AASIM" cmpare
    contains "$errors" "unknown verb 'cmpare'" "did you mean 'compare'?"
    expect 2 "$AASIM" help shw
    contains "$errors" "did you mean 'show'?"
    [ -z "$output" ]
}

@test "unknown option: the nearest one" {
    expect 2 "$AASIM" run x.yaml --workloda y.yaml
    contains "$errors" "unknown option '--workloda'" "did you mean '--workload'?" "aasim run --help"
    expect 2 "$AASIM" check --replications 3 x.yaml
    contains "$errors" "unknown option '--replications'"
    expect 2 "$AASIM" run x.yaml -z
    contains "$errors" "unknown option '-z'"
}

@test "option without its value, or with a wrong one" {
    expect 2 "$AASIM" run x.yaml --workload
    contains "$errors" "needs a value"
    expect 2 "$AASIM" run x.yaml --replications none
    contains "$errors" "--replications 'none': expected a whole number from 1"
    expect 2 "$AASIM" run x.yaml --set nothing
    contains "$errors" "expected PATH=VALUE"
}

@test "a study without workload says what is missing" {
    expect 2 "$AASIM" compare "$TINY/one.yaml" "$TINY/two.yaml"
    contains "$errors" "a workload is needed (--workload FILE)"
    expect 2 "$AASIM" compare "$TINY/one.yaml" "$TINY/load.yaml"
    contains "$errors" "give it as --workload $TINY/load.yaml"
}

@test "number of designs" {
    expect 2 "$AASIM" run "${STUDY[@]}"
    contains "$errors" "one topology is needed, 2 given"
    expect 2 "$AASIM" compare "$TINY/one.yaml" --workload "$TINY/load.yaml"
    contains "$errors" "2 to 64 topologies are needed, 1 given"
    expect 2 "$AASIM" check
    expect 2 "$AASIM" show
}

@test "missing file: 66" {
    expect 66 "$AASIM" run nowhere.yaml --workload "$TINY/load.yaml"
    contains "$errors" "cannot read 'nowhere.yaml'"
    expect 66 "$AASIM" check nowhere.yaml "$TINY/one.yaml"
    expect 66 "$AASIM" check "$TINY"
    contains "$errors" "it is a directory"
}

@test "mistakes in a file: 65, all of them, with their places" {
    sed 's/servers_per_zone/server_per_zone/; s/5 ms/5/' "$TINY/one.yaml" >"$BATS_TEST_TMPDIR/bad.yaml"
    expect 65 "$AASIM" check "$BATS_TEST_TMPDIR/bad.yaml"
    contains "$errors" "bad.yaml:6:5" "did you mean 'servers_per_zone'?" "bad.yaml:7:" "2 errors"
    expect 65 "$AASIM" run "$BATS_TEST_TMPDIR/bad.yaml" --workload "$TINY/load.yaml"
    [ -z "$output" ]
}

@test "check --json names every mistake" {
    sed 's/servers_per_zone/server_per_zone/; s/5 ms/5/' "$TINY/one.yaml" >"$BATS_TEST_TMPDIR/bad.yaml"
    expect 65 "$AASIM" check --json "$BATS_TEST_TMPDIR/bad.yaml" "$TINY/load.yaml"
    [ "$(jq 'map(select(.severity == "error")) | length' <<<"$output")" -ge 2 ]
    [ "$(jq -r '.[0] | "\(.line):\(.column) \(.suggestion)"' <<<"$output")" = "6:5 servers_per_zone" ]
    expect 0 "$AASIM" check --json "$TINY"/*.yaml
    [ "$(jq length <<<"$output")" = 0 ]
}

@test "check names what each file is" {
    expect 0 "$AASIM" check topologies/*.yaml topologies/steering/*.yaml topologies/stores/*.yaml workloads/*.yaml workloads/stores/*.yaml
    contains "$output" "topologies/one-region.yaml: topology, no mistakes" \
        "workloads/global-shop.yaml: workload, no mistakes" \
        "workloads/global-shop-sessions.yaml: workload, no mistakes" \
        "workloads/partner-programs.yaml: workload, no mistakes" \
        "workloads/regional-service-loss.yaml: fault plan, no mistakes"
}

@test "a file that is no scenario" {
    printf 'hello: world\n' >"$BATS_TEST_TMPDIR/x.yaml"
    expect 65 "$AASIM" check "$BATS_TEST_TMPDIR/x.yaml"
    printf 'a: [1\n' >"$BATS_TEST_TMPDIR/y.yaml"
    expect 65 "$AASIM" check "$BATS_TEST_TMPDIR/y.yaml"
    contains "$errors" "y.yaml:"
}

@test "two designs of the same name" {
    mkdir "$BATS_TEST_TMPDIR/other"
    cp "$TINY/one.yaml" "$BATS_TEST_TMPDIR/other/one.yaml"
    expect 65 "$AASIM" compare "$TINY/one.yaml" "$BATS_TEST_TMPDIR/other/one.yaml" --workload "$TINY/load.yaml"
    contains "$errors" "two designs are named 'one'"
}

@test "output that cannot be created: 73, before the simulation" {
    expect 73 "$AASIM" compare "${STUDY[@]}" -o "$BATS_TEST_TMPDIR/no/such/folder/r.h5"
    contains "$errors" "cannot create"
    [ -z "$output" ]
    expect 73 "$AASIM" compare "${STUDY[@]}" -o ''
    contains "$errors" "without a name"
    lacks "$errors" "simulated"
    [ -z "$output" ]
}

@test "set changes a value, and a wrong path is a mistake" {
    expect 0 "$AASIM" show "$TINY/two.yaml" --set steering.health_check.interval='17 s'
    contains "$output" "17 s"
    expect 65 "$AASIM" show "$TINY/one.yaml" --set steering.alais=false
    contains "$errors" "alias"
}

@test "schemas are JSON, the reference is text" {
    for kind in topology workload faults study; do
        expect 0 "$AASIM" show --schema $kind
        jq -e '.properties | length > 0' <<<"$output" >/dev/null
    done
    expect 2 "$AASIM" show --schema topolgy
    contains "$errors" "did you mean 'topology'?"
    expect 0 "$AASIM" show --reference
    contains "$output" "servers_per_zone"
}

@test "show prints values with their origin" {
    expect 0 "$AASIM" show "$TINY/one.yaml" --workload "$TINY/load.yaml" --faults "$TINY/outage.yaml"
    contains "$output" "servers_per_zone" "default" "one.yaml:"
    [ "$(wc -L <<<"$output")" -le 100 ]
}
