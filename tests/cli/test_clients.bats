# Pins: the shipped workloads with more of what clients do run under the designs, and what is about them is seen: with
# visitors in sessions the loss of a region makes some leave; careful programs stop asking a region that is lost, and lose
# next to nothing when answers have the addresses of others.
load common.bash

setup() {
    cd "$ROOT"
}

# The number in the second column of the outcome's row.
count_of() {
    awk -v name="$1" '$1 == name {print $2}' <<<"$output"
}

@test "visitors in sessions" {
    run "$AASIM" run topologies/one-region.yaml --workload workloads/global-shop-sessions.yaml \
        --faults workloads/region-loss.yaml --duration '50 min' -r 1 --quiet
    [ "$status" -eq 0 ]
    [ "$(count_of abandoned)" -gt 0 ]
    [ "$(count_of ok)" -gt "$(count_of abandoned)" ]
}

@test "careful programs" {
    run "$AASIM" run topologies/one-region.yaml --workload workloads/partner-programs.yaml \
        --faults workloads/region-loss.yaml --duration '50 min' -r 1 --quiet
    [ "$status" -eq 0 ]
    [ "$(count_of breaker_open)" -gt "$((20 * $(count_of timeout)))" ]
    run "$AASIM" run topologies/steering/multivalue.yaml --workload workloads/partner-programs.yaml \
        --faults workloads/region-loss.yaml --duration '50 min' -r 1 --quiet
    [ "$status" -eq 0 ]
    [ "$(count_of ok)" -gt "$((5000 * ($(count_of timeout) + $(count_of breaker_open))))" ]
}
