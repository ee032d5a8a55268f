# Pins: what the output says of users' own items, in the table, JSON and results: reads that miss what their session has seen
# where stores follow later, none where a store keeps the guarantee, and what that costs; nothing without own items, and a
# note where a guarantee is for nobody. The examples of the page. Not pinned: digits.
load common.bash

# The page's block of that title.
example() { sed -n "/^title: $1/,/^\`\`\`/p" "$ROOT/docs/scenario-files.md" | sed '/^```/d'; }

setup() {
    cd "$BATS_TEST_TMPDIR"
    example 'Profiles that their users find again' >kept.yaml
    example 'Visitors with a profile' >load.yaml
    sed '/^    session:/d' kept.yaml >plain.yaml
    sed 's/^    session:.*/    session: {guarantee: both, timeout: 30 s}/' kept.yaml >waits.yaml
}

# session DESIGN KEY: of the output's designs.
session() { jq "[.designs[] | select(.name == \"$1\") | .sessions[0].$2][0]" <<<"$output"; }

@test "guarantees are broken where none is kept, kept where one is, and cost time" {
    expect 0 "$AASIM" compare plain.yaml kept.yaml waits.yaml --workload load.yaml --duration "20 min" -r 2 --quiet --json
    [ "$(session plain own_reads)" -gt 20000 ]
    jq -e '. > 0.01' <<<"$(session plain ryw_violation_ratio.value)"
    jq -e '. > 0.001' <<<"$(session plain monotonic_violation_ratio.value)"
    for key in misses timeout_ratio wait_s; do
        [ "$(session plain $key)" = null ]
    done
    for key in ryw_violation_ratio monotonic_violation_ratio timeout_ratio; do
        jq -e '. == 0' <<<"$(session waits $key.value)"
    done
    jq -e '. > 100' <<<"$(session kept misses.value)"
    # There and back over the Atlantic; or until the write has come.
    jq -e '. > 0.05 and . < 0.1' <<<"$(session kept 'wait_s[0].value')"
    jq -e '. > 0.3 and . < 1' <<<"$(session waits 'wait_s[0].value')"
    jq -e '(.designs[2].metrics.latency_p999_s.value) > (.designs[0].metrics.latency_p999_s.value) + 0.5' <<<"$output"
}

@test "the table" {
    expect 0 "$AASIM" compare plain.yaml kept.yaml --workload load.yaml --duration "20 min" -r 2 --quiet
    contains "$output" "Reads of users' own items"
    awk '$1 == "plain" && $2 == "profiles" { exit !($3 > 1 && /- +- +-$/) }' <<<"$output"
    expect 0 "$AASIM" compare plain.yaml kept.yaml --workload load.yaml --duration "20 min" -r 2 --quiet --set classes.profile.items=shared \
        --set classes.save.items=shared
    lacks "$output" "own items:"
    contains "$output" "the guarantee of store 'profiles' in kept has no effect"
    expect 0 "$AASIM" run plain.yaml --workload load.yaml --duration "20 min" -r 1 --quiet --set classes.profile.items=shared \
        --set classes.save.items=shared --json
    jq -e '.designs[0].sessions == []' <<<"$output"
}

# values NAME: of /stores, one a line.
values() { h5dump -d "/stores/$1" -y r.h5 | awk '/DATA {/ {n++} n == 1 && /^ *[0-9]/' | tr -s ', \n' '\n' | sed '/^$/d'; }

@test "results have what the table says, and no number where nobody waits" {
    expect 0 "$AASIM" compare plain.yaml kept.yaml --workload load.yaml --duration "20 min" -r 2 --quiet --json -o r.h5
    [ "$(values own_reads | head -1)" = "$(session plain own_reads)" ]
    [ "$(values session_misses | head -1)" = 18446744073709551615 ]
    misses=$(values session_misses | tail -1)
    jq -e ". * 2 == $misses" <<<"$(session kept misses.value)"
    # Each miss has waited some time, but those under way at the end.
    waits=$(values session_wait | awk '{n += $1} END {print n}')
    [ "$waits" -le "$misses" ] && [ "$waits" -ge $((misses - 20)) ]
}
