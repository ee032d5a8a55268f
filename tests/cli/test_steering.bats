# Pins: the designs of topologies/steering/ under the loss of a region, in their order and within the bounds that
# docs/steering.md tells of: several addresses in an answer beat everything; a global balancer beats an
# accelerator, and that beats plain latency; places without a deputy do worst; an alias
# tree does what plain latency does when only one region is lost. Not pinned: digits.
load common.bash

@test "policies under the loss of a region" {
    cd "$ROOT"
    "$AASIM" compare topologies/steering/*.yaml --workload workloads/global-shop.yaml --faults workloads/region-loss.yaml \
        --replications 2 --quiet --json >"$BATS_TEST_TMPDIR/r.json"
    jq -e '[.designs[] | {(.name): .metrics.availability.value}] | add
           | .multivalue > .accelerator and .accelerator > .latency and .["global-balancer"] > .accelerator
             and .multivalue > 0.998 and .multivalue > .latency and .geoproximity > .latency
             and .latency > .failover and .failover > .geolocation and .geolocation > .ip
             and .ip > 0.85 and (.tree - .latency | fabs) < 0.002' "$BATS_TEST_TMPDIR/r.json"
}

@test "populations that match no record are named" {
    cd "$ROOT"
    run "$AASIM" run topologies/steering/geolocation.yaml --workload workloads/global-shop.yaml --duration '20 min' -r 1 \
        --set 'steering.records.3.location=country FR'
    [ "$status" -eq 0 ]
    [[ $output == *"2 of 6 populations may get no answer"* ]]
    [[ $output == *"north-america-east, south-america"* ]]
}

@test "the study leaves a results file a plan and its notebook" {
    cd "$ROOT"
    AASIM=$AASIM analysis/steering_study.sh "$BATS_TEST_TMPDIR/study" 1 >"$BATS_TEST_TMPDIR/paths"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -eq 4 ]
    while read -r path; do [ -s "$path" ]; done <"$BATS_TEST_TMPDIR/paths"
    jq -e '[.cells[].outputs // [] | .[] | select(.data["image/png"])] | length == 13' "$BATS_TEST_TMPDIR/study/steering.ipynb"
}
