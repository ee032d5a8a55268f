# How many replications: --precision, --select, --max-replications, --time-budget.
load common

setup() {
    cd "$TINY"
}

# The output without line breaks.
says() { # TEXT...
    contains "$(tr -s ' \n' ' ' <<<"$output")" "$@"
}

compare() {
    "$AASIM" compare one.yaml two.yaml -w load.yaml -f outage.yaml -r 5 "$@"
}

@test "precision: it goes on until intervals are narrow enough, and the result is that of a plain run" {
    expect 0 compare --precision availability='0.2 %'
    contains "$errors" "5 replications are not enough"
    says "availability is known to +- 0.1" "asked for +- 0.200 % points"
    n=$(sed -n 's/.*: [0-9.,a-z ]*, \([0-9]*\) replications a design.*/\1/p' <<<"$output")
    [ "$n" -gt 5 ]
    for threads in 1 2; do compare --precision availability='0.2 %' --json -q -j $threads; done |
        jq -s 'map(del(.execution, .notes)) | .[0] == .[1]' | grep -qx true
    "$AASIM" compare one.yaml two.yaml -w load.yaml -f outage.yaml -r "$n" -q -o "$BATS_TEST_TMPDIR/plain.h5" >/dev/null
    compare --precision availability='0.2 %' -q -o "$BATS_TEST_TMPDIR/staged.h5" >/dev/null
    cmp "$BATS_TEST_TMPDIR/plain.h5" "$BATS_TEST_TMPDIR/staged.h5"
}

@test "counts are plain numbers" {
    expect 0 compare --precision lost_writes=9 --precision user_uptime='9 %'
    says "lost_writes is known to +- 1." "asked for +- 9." "user_uptime is known to"
}

@test "a precision that is there needs nothing more" {
    expect 0 compare --precision availability='20 %'
    lacks "$errors" "not enough"
    contains "$output" "5 replications"
}

@test "what is not reached is said" {
    expect 0 compare --precision availability='0.001 %' --max-replications 12
    says "after 12 replications: NOT to the +- that was asked for, 0.00100 %"
    expect 0 compare --precision availability='0.001 %' --time-budget '1 ms'
    says "after 5 replications: NOT"
}

@test "what no replication has a value of is not pursued" {
    expect 0 compare --precision rpo_s='1 s'
    lacks "$errors" "not enough"
    says "rpo_s has no value in any replication of one: no precision can be reached."
}

@test "limits limit the first stage too, and are nothing without a goal" {
    expect 0 compare --precision availability='0.001 %' --max-replications 3
    says "after 3 replications: NOT"
    expect 2 compare --time-budget '1 h'
    contains "$errors" "--time-budget limits what --precision or --select ask for: give one of them"
    expect 2 compare --max-replications 7
    contains "$errors" "--max-replications limits"
}

@test "selection runs as many replications as the promise needs" {
    expect 0 compare --select latency_p99_s='100 ms'
    says "Selected by latency_p99_s: two. With probability 95 % or more" "within 100 ms of it" \
        "5 replications were needed"
    expect 0 compare --select latency_p99_s='1 ms' --max-replications 20
    says "Best in latency_p99_s so far: two" "with these 20 it is the best"
}

@test "what common random numbers gained is in the file and in the notes" {
    expect 0 compare -q -o "$BATS_TEST_TMPDIR/r.h5"
    says "without them, the difference in availability of two to one would need"
    /usr/bin/python3 - "$BATS_TEST_TMPDIR/r.h5" <<'PY'
import sys
import h5py
import numpy as np
file = h5py.File(sys.argv[1])
names = list(file["summary/metric"].asstr()[:])
m = names.index("availability")
gain, low, high = (file["summary"][name][1, m] for name in ("pairing_gain", "pairing_gain_ci_low", "pairing_gain_ci_high"))
assert 0 < low < gain < high
assert np.isnan(file["summary/pairing_gain"][0]).all()
PY
}

@test "mistakes are explained" {
    expect 2 compare --precision availabilty='1 %'
    contains "$errors" "'availabilty' is no metric; did you mean 'availability'?"
    expect 2 compare --precision latency_p99_s=5
    contains "$errors" "expected a duration above 0"
    expect 2 compare --select availability
    contains "$errors" "expected a share between 0 and 100 %, as in '=0.1 %'"
    expect 2 compare --select availability='1 %' --select latency_p99_s='5 ms'
    contains "$errors" "--select is given twice"
    expect 2 compare --precision availability='-1 %'
    expect 2 compare --precision availability=5
    contains "$errors" "expected a share between 0 and 100 %"
    expect 2 "$AASIM" run one.yaml -w load.yaml --select availability='1 %'
    contains "$errors" "unknown option"
}

@test "how the downtime of a year varies" {
    expect 0 compare -q --yearly-downtime '1.5 min' -o "$BATS_TEST_TMPDIR/year.h5"
    contains "$output" "Downtime of a year, min; objective: 1.50 min" "99 of 100"
    h5dump -d /summary/year_chance_ci_low "$BATS_TEST_TMPDIR/year.h5" | grep -q 'DATASPACE *SIMPLE { ( 2 )'
    compare -q --json --yearly-downtime '1.5 min' | jq -e '.designs[0].year |
        .objective_min == 1.5 and .chance.value < 0.5 and (.downtime_min | map(.share)) == [0.5, 0.9, 0.99]'
    expect 0 "$AASIM" run one.yaml -w load.yaml -r 2 -q
    lacks "$output" "Downtime of a year, min"
}

@test "one long run has an interval, a short one says why it has none" {
    expect 0 "$AASIM" run one.yaml -w load.yaml -r 1 -q -d '2 h'
    says "one in one long run: mean latency 87." " ± " "(over windows, 64 batches)" "Its start-up was over after"
    expect 0 "$AASIM" run one.yaml -w load.yaml -r 1 -q
    says "One replication: no interval is possible"
    expect 0 "$AASIM" run one.yaml -w load.yaml -f outage.yaml -r 1 -q -d '2 h'
    says "One replication: no interval is possible"
}

@test "a yearly objective without years says so" {
    expect 0 "$AASIM" run one.yaml -w load.yaml -r 2 -q --yearly-downtime '10 min'
    says "--yearly-downtime says nothing: these runs have no yearly scale"
}
