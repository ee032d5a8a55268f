# Pins: every shipped design under every shipped fault plan, shortened, gives the stored digest of events and the stored
# counts. Whoever changes the model on purpose shows and stores the new numbers by `make golden-update`.

AASIM=$(realpath "${AASIM:-build/aasim}")

# Prints a line for each design: digest, events, outcomes, stores.
summary() {
    "$AASIM" compare topologies/*.yaml --workload workloads/global-shop.yaml --replications 1 --quiet --json "$@" |
        jq -r --arg plan "$plan" '.designs[] | .name as $name | .replications[0] |
            "\($plan) \($name) digest \(.digest) events \(.events) started \(.requests_started)" +
            " outcomes \(.outcomes | to_entries | map("\(.key)=\(.value)") | join(" "))" +
            " lost_writes \(.metrics.lost_writes) p99_ms \((.metrics.latency_p99_s // 0) * 1000 | round)"'
}

compare_with_stored() {
    local stored=tests/golden/expected/$1 now=$BATS_TEST_TMPDIR/$1
    cat >"$now"
    [ -s "$now" ]
    if [ -n "${AASIM_GOLDEN_OUT:-}" ]; then
        cp "$now" "$AASIM_GOLDEN_OUT/$1"
    fi
    diff -u "$stored" "$now"
}

for_plan() {
    plan=$1
    shift
    summary "$@" | compare_with_stored "$plan.txt"
}

@test "no faults" { for_plan no-faults --duration '20 min'; }
@test "zone power loss" {
    for_plan zone-power-loss --faults workloads/zone-power-loss.yaml --duration '45 min'
}
@test "regional service loss" {
    for_plan regional-service-loss --faults workloads/regional-service-loss.yaml --duration '45 min'
}
@test "network partition" {
    for_plan network-partition --faults workloads/network-partition.yaml --duration '45 min'
}
@test "random year" {
    for_plan random-year --faults workloads/random-year.yaml --scale 0.002 --duration '2 d'
}
