# Pins: what the output says of stores and of the recovery of data: only where there are stores, no numbers that mean
# nothing, not wider than a terminal, and the same numbers in text, JSON and file.
load common.bash

setup() { cd "$BATS_TEST_TMPDIR"; }

# no_wider TEXT: no line has more than 100 characters.
no_wider() {
    if LC_ALL=C.UTF-8 grep -nE '.{101}' <<<"$1"; then
        return 1
    fi
}

# from_file FILE VARIABLE: its numbers.
from_file() { h5dump -A 0 -d "$2" -y "$1" | sed -n '/DATA {/,/}/p' | grep -oE '(-?nan|[0-9.]+(e[+-][0-9]+)?)' ; }

@test "tables of stores" {
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 4 --quiet
    contains "$output" "Store 'data': operations answered" "Store 'data': what reads miss" "stale 0.1 s after" \
        "Store 'data': writes on their way" "overwritten" "Recovery of data after 'power'"
    contains "$(tr "\n" " " <<<"$output")" "None in any design:" "writes that were answered with failure and took effect"
    lacks "$output" "strong"           # no store has a quorum
    lacks "$output" "under way"        # and none refuses writes in a conflict
    lacks "$output" "nan"
    no_wider "$output"
}

@test "a store in one place only has no recovery point" {
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 2 --quiet
    table=$(sed -n '/^Recovery of data/,/^Store/p' <<<"$output")
    grep -qE '^one +data( +-){7}$' <<<"$table"
    grep -qE '^two +data +[0-9]' <<<"$table"
}

@test "without stores there are no tables of them" {
    sed '/^stores:/d; /^  data:/d; /steps:/d; /call: data/d' "$TINY/two.yaml" >bare.yaml
    expect 0 "$AASIM" run bare.yaml --workload "$TINY/load.yaml" --faults "$TINY/outage.yaml" -r 2 --quiet
    lacks "$output" "Store"
    lacks "$output" "Recovery of data"
}

@test "several stores have a column, and tables go on when they are too wide" {
    sed -e 's/^stores:/stores:\n  carts: {mode: quorum, servers: 4, quorum: {write: 2, read: 2, conflict: reject}}/' \
        -e 's/- {call: data, timeout: 500 ms}/- {call: data, timeout: 500 ms}\n      - {call: carts, timeout: 1 s}/' \
        "$TINY/two.yaml" >several-stores-and-a-long-name.yaml
    expect 0 "$AASIM" run several-stores-and-a-long-name.yaml --workload "$TINY/load.yaml" \
        --faults "$TINY/outage.yaml" -r 3 --quiet
    contains "$output" "Stores: operations answered" "strong"
    grep -qE '^several-stores-and-a-long-name +carts ' <<<"$output"
    grep -qE '^several-stores-and-a-long-name +data ' <<<"$output"
    no_wider "$output"
}

@test "faults beyond the third are not kept silent" {
    {
        echo 'title: five'
        echo 'faults:'
        for i in 1 2 3 4 5; do
            echo "  power$i: {target: region, region: us-east-1, effect: down, at: $i min, lasts: 20 s}"
        done
    } >five.yaml
    expect 0 "$AASIM" run "$TINY/two.yaml" --workload "$TINY/load.yaml" --faults five.yaml -r 2 --quiet
    [ "$(grep -c '^Recovery of data' <<<"$output")" -eq 3 ]
    contains "$output" "2 more faults: in the results file"
    expect 0 "$AASIM" run "$TINY/two.yaml" --workload "$TINY/load.yaml" --faults five.yaml -r 2 --quiet --json
    jq -e '.designs[0].recovery | length == 5' <<<"$output"
}

@test "links that are cut together have a table each, of the way back only, and the JSON's numbers" {
    {
        echo 'title: two cuts'
        echo 'faults:'
        echo '  east: {target: link, region: us-east-1, peer: us-west-2, effect: down, at: 4 min, lasts: 1 min}'
        echo '  west: {target: link, region: us-east-1, peer: eu-west-1, effect: down, at: 4 min, lasts: 1 min}'
    } >cuts.yaml
    sed 's/^  eu-west-1: .*/&\n  us-west-2: {zones: 2}/' "$TINY/two.yaml" >three.yaml
    expect 0 "$AASIM" run three.yaml --workload "$TINY/load.yaml" --faults cuts.yaml -r 2 --quiet
    [ "$(grep -c '^Recovery of data' <<<"$output")" -eq 2 ]
    contains "$output" "once the way was clear"
    lacks "$output" "a failure found nowhere else"
    table=$(sed -n '/^Recovery of data/,/^Endpoint/p' <<<"$output")
    [ "$(grep -cE '^three +data +[0-9]' <<<"$table")" -eq 2 ]
    expect 0 "$AASIM" run three.yaml --workload "$TINY/load.yaml" --faults cuts.yaml -r 2 --quiet --json
    jq -e '.designs[0].recovery | length == 2 and all(.healed == 2 and .never_converged == 0)' <<<"$output"
    jq -e '.designs[0] | .convergences as $all | .recovery | all(.fault as $f |
        ([$all[] | select(.fault == $f) | .converged_s - .healed_s] | max) - .converged_after_worst_s | fabs < 1e-9)' \
        <<<"$output"
}

@test "JSON and file have the same numbers" {
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 3 --quiet --json -o both.h5
    jq -e '.designs[1].stores[0] | .name == "data" and .operations.write.a_run.n == 3 and .counts.conflicts == null
        and .stale_after_write[0].after_s == 0.1 and .lag_s[1].quantile == 0.99
        and (.operations.strong_read.latency_s[0].value == null)' <<<"$output"
    jq -e '.designs[0].exposures == [] and .designs[1].recovery[0].fault == "power"' <<<"$output"
    writes=$(jq '.designs[1].stores[0].counts.writes.value * 3 | round' <<<"$output")
    [ "$(from_file both.h5 /stores/writes | tail -1)" = "$writes" ]
    [ "$(from_file both.h5 /recovery/exposure_writes | paste -sd' ')" = \
        "$(jq -r '[.designs[].exposures[].writes] | join(" ")' <<<"$output")" ]
    [ "$(from_file both.h5 /recovery/convergence_healed | wc -l)" -eq \
        "$(jq '[.designs[].convergences[]] | length' <<<"$output")" ]
    rpo=$(jq '[.designs[1].exposures[].age_s] | add / length' <<<"$output")
    jq -e --argjson rpo "$rpo" '.designs[1].metrics.rpo_s.value - $rpo | fabs < 1e-9' <<<"$output"
    jq -e --argjson rpo "$rpo" '.designs[1].recovery[0].rpo_s.value - $rpo | fabs < 1e-9' <<<"$output"
    jq -e '.designs[0].metrics.rpo_s.value == null' <<<"$output"
}

# Until operators fail over every caller of the passive design is refused, and the callers of one region of three in the other.
@test "buckets behind an access point are dark until operators fail over" {
    cd "$ROOT"
    expect 0 "$AASIM" compare topologies/stores/s3-{rtc,access-point}.yaml --workload workloads/global-shop.yaml \
        --faults workloads/stores/bucket-failover.yaml -r 3 --scale 0.1 --quiet --json
    jq -e '[.designs[].metrics.availability.value] | .[0] > .[1] + 0.03 and .[1] < 0.85 and .[1] > 0.7' <<<"$output"
    jq -e '[.designs[].stores[0].refused.value] | .[1] > 1.2 * .[0]' <<<"$output"
}

# They wait in frames that were other operations' before, while a majority is away and another leads.
@test "reads of a member's own copy stay its own when consensus is lost and found" {
    cat >co.yaml <<'YAML'
title: consensus, some reads eventual
regions: {us-east-1: {zones: 2}, us-west-2: {zones: 2}, eu-west-1: {zones: 2}}
services:
  web:
    servers_per_zone: 32
    work: {exponential: {mean: 1 ms}}
    steps:
      - {call: data, timeout: 900 ms, operation: read, consistency: eventual}
      - {call: data, timeout: 5 s}
stores: {data: {mode: consensus, servers: 8, read_time: 300 ms, consensus: {timeout: 2.5 s}}}
entry: web
steering: {policy: latency, records: [{region: us-east-1}, {region: us-west-2}, {region: eu-west-1}]}
YAML
    cat >crowd.yaml <<'YAML'
title: two populations
duration: 3 min
warmup: 30 s
classes:
  browse: {kind: read, weight: 4, deadline: 2 s}
  buy: {kind: write, weight: 6, deadline: 2 s}
populations:
  boston: {latitude: 42.4 deg, longitude: -71.1 deg, access: fibre, rate: 60 req/s, clients: 50}
  dublin: {latitude: 53.3 deg, longitude: -6.3 deg, access: cable, rate: 40 req/s, clients: 50}
YAML
    cat >fewer.yaml <<'YAML'
title: no majority for a while, then fewer servers
faults:
  a: {target: region, region: us-east-1, effect: down, at: 1 min, lasts: 30 s}
  b: {target: region, region: us-west-2, effect: down, at: 1 min, lasts: 30 s}
  c: {target: store, region: eu-west-1, store: data, effect: capacity, left: 90 %, at: 92 s, lasts: 10 s}
YAML
    expect 0 "$AASIM" run co.yaml --workload crowd.yaml --faults fewer.yaml -r 4 --quiet
}
