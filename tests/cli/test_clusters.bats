# Pins: the clusters of topologies/stores/ when the writer's zone loses power: a standby that serves nothing costs more than
# readable ones, the longer its failover the more; with the writer in another zone nobody notices. Not pinned: digits.
load common.bash

lose_zone() {
    cd "$ROOT"
    "$AASIM" compare topologies/stores/{aurora,rds-multi-az,rds-multi-az-cluster}.yaml --workload workloads/global-shop.yaml --faults workloads/zone-power-loss.yaml \
        --duration '50 min' --replications 4 --quiet --json "$@" >"$BATS_TEST_TMPDIR/r.json"
}

availability() {
    jq -e "[.designs[] | {(.name): .metrics.availability.value}] | add | $1" "$BATS_TEST_TMPDIR/r.json"
}

@test "the writer's zone is lost" {
    lose_zone
    availability '.aurora > .["rds-multi-az"] + 0.01 and .["rds-multi-az-cluster"] > .["rds-multi-az"] + 0.01'
}

@test "a zone without the writer is lost" {
    lose_zone --set stores.orders.cluster.writer_zone=a
    availability '(.aurora - .["rds-multi-az"] | fabs) < 0.001'
}

@test "the journal tells of the writer" {
    lose_zone -o "$BATS_TEST_TMPDIR/r.h5"
    kinds=$(h5dump -A -g /events "$BATS_TEST_TMPDIR/r.h5")
    [[ $kinds == *writer_failed* && $kinds == *writer_ready* ]]
}
