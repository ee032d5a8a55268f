# Pins: what run and compare print and write: tables, JSON, files; the same for any number of threads; nothing half done.
load common.bash

@test "compare prints the decision" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 4
    contains "$output" "availability" "downtime" "stale reads" "lost writes" "Latency of answered requests" \
        "Difference to one" "better" "Best by availability: two" "Notes" "boston" "dublin" "replications"
    [ "$(wc -L <<<"$output")" -le 100 ]
    lacks "$output" $'\033'
}

@test "run prints one design" {
    expect 0 "$AASIM" run "$TINY/two.yaml" --workload "$TINY/load.yaml" --replications 3
    contains "$output" "availability" "outcome" "no_answer" "boston" "nothing fails without a fault plan" "n/a"
    lacks "$output" "Difference"
}

@test "minutes of a run, where the plan does not say how often; else a year's, if both would be too wide" {
    cd "$BATS_TEST_TMPDIR"
    sed '/^occurs/d' "$TINY/outage.yaml" >once.yaml
    cp "$TINY/one.yaml" the-first-of-two-designs-with-long-names.yaml
    cp "$TINY/two.yaml" the-second-of-two-designs-with-long-names.yaml
    designs=(the-first-of-two-designs-with-long-names.yaml the-second-of-two-designs-with-long-names.yaml)
    expect 0 "$AASIM" compare "${designs[@]}" --workload "$TINY/load.yaml" --faults once.yaml -r 3 --quiet
    contains "$output" "min/run" "does not say how often"
    lacks "$output" "min/year"
    expect 0 "$AASIM" compare "${designs[@]}" --workload "$TINY/load.yaml" --faults "$TINY/outage.yaml" -r 3 --quiet
    contains "$output" "min/year"
    lacks "$output" "min/run"
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 3 --quiet
    contains "$output" "min/year" "min/run"
}

@test "one replication: no interval, and it is said" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 1
    contains "$output" "no interval is possible" "one replication cannot tell designs apart" "not distinguishable"
}

@test "scale: a warning in every output" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 2 --scale 0.5
    contains "$output" "thinned to 50 % (--scale): queueing is not representative"
    contains "$output" "downtime and figures by window are coarse; conflicts and staleness"
    contains "$errors" "queueing is not representative"
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 2 --scale 0.5 --json
    [ "$(jq .is_queueing_representative <<<"$output")" = false ]
    jq -e '.notes | any(contains("not representative"))' <<<"$output"
}

@test "JSON holds the numbers of the tables" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 4 --json
    jq -e '.designs | length == 2' <<<"$output"
    jq -e '.designs[1].metrics.availability | .low < .value and .value < .high and .n == 4' <<<"$output"
    jq -e '.designs[1].difference_to_first.availability.verdict == "better"' <<<"$output"
    jq -e '.designs[0].difference_to_first == null' <<<"$output"
    jq -e '.designs[0].populations[0].latency_s | map(.quantile) == [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]' <<<"$output"
    jq -e '.judgement | .best == "two" and .is_distinguishable' <<<"$output"
    jq -e '[.designs[].replications[] | .requests_started - .requests_in_flight_at_end] | all(. > 0)' <<<"$output"
    jq -e '.designs[0].replications | map(.replication) == [0, 1, 2, 3]' <<<"$output"
    jq -e '.designs[].endpoints | length > 0 and all(.answers <= .tries and .tries > 0)' <<<"$output"
}

@test "requests are conserved: started in the whole run at least as many as ended after the warm-up" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 2 --json
    jq -e '[.designs[].replications[] | .requests_started >= ([.outcomes[]] | add)] | all' <<<"$output"
}

@test "quiet is quiet" {
    expect 0 "$AASIM" compare "${STUDY[@]}" --replications 2 --quiet -o "$BATS_TEST_TMPDIR/r.h5"
    [ -z "$errors" ]
}

@test "on a terminal: a bar, and colours unless they are unwanted" {
    command -v script || skip
    cd "$BATS_TEST_TMPDIR"
    TERM=xterm script -qec "$AASIM compare ${STUDY[*]} -r 3" typescript >/dev/null
    grep -q $'\033\[32mbetter' typescript
    grep -q '\[#*\.*\]' typescript
    NO_COLOR=1 TERM=xterm script -qec "$AASIM compare ${STUDY[*]} -r 3 -q" typescript >/dev/null
    ! grep -q $'\033\[32m' typescript
    TERM=xterm script -qec "$AASIM compare ${STUDY[*]} -r 3 -q --no-color" typescript >/dev/null
    ! grep -q $'\033\[32m' typescript
}

@test "files and JSON are the same for 1, 2 and 3 threads, replications in parallel" {
    for threads in 1 2 3; do
        expect 0 "$AASIM" compare "${STUDY[@]}" -r 4 --threads $threads --json -o "$BATS_TEST_TMPDIR/$threads.h5"
        jq 'del(.execution, .notes)' <<<"$output" >"$BATS_TEST_TMPDIR/$threads.json"
    done
    cmp "$BATS_TEST_TMPDIR/1.h5" "$BATS_TEST_TMPDIR/2.h5"
    cmp "$BATS_TEST_TMPDIR/1.h5" "$BATS_TEST_TMPDIR/3.h5"
    cmp "$BATS_TEST_TMPDIR/1.json" "$BATS_TEST_TMPDIR/3.json"
}

@test "files are the same when windows run in parallel" {
    for threads in 1 2; do
        expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -d '2 s' -r 1 -j $threads \
            -o "$BATS_TEST_TMPDIR/$threads.h5" --set warmup='1 s' --set window='1 s' \
            --set services.web.servers_per_zone=50 --set stores.data.servers=50 \
            --set populations.boston.rate='8000 req/s' --set populations.boston.clients=5000
    done
    contains "$output" "1 run on 2 threads, windows in parallel"
    cmp "$BATS_TEST_TMPDIR/1.h5" "$BATS_TEST_TMPDIR/2.h5"
}

@test "a single run with little work takes one thread" {
    expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -d '3 min' -r 1 -j 2 --json
    jq -e '.execution | .threads == 1 and .mode == "replications"' <<<"$output"
    jq -e '.notes | any(contains("1 run on 1 thread, too little work a window for more"))' <<<"$output"
}

@test "a fault that outlasts the run is said" {
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 2 --duration '5 min'
    lacks "$output" "ends after the run"
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 2 --duration '290 s'
    contains "$output" "fault 'power' ends after the run: what follows is not seen."
}

@test "another seed gives other numbers, more replications keep the first ones" {
    expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -r 2 --json
    two=$(jq -c '[.designs[0].replications[].digest]' <<<"$output")
    expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -r 3 --json
    [ "$(jq -c '[.designs[0].replications[:2][].digest]' <<<"$output")" = "$two" ]
    expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -r 2 --seed 2 --json
    [ "$(jq -c '[.designs[0].replications[].digest]' <<<"$output")" != "$two" ]
}

@test "the order of designs changes nobody's numbers" {
    expect 0 "$AASIM" compare "$TINY/one.yaml" "$TINY/two.yaml" -w "$TINY/load.yaml" -r 2 --json
    one=$(jq -c '.designs[] | select(.name == "one") | .metrics' <<<"$output")
    expect 0 "$AASIM" compare "$TINY/two.yaml" "$TINY/one.yaml" -w "$TINY/load.yaml" -r 2 --json
    [ "$(jq -c '.designs[] | select(.name == "one") | .metrics' <<<"$output")" = "$one" ]
}

@test "duration shortens the run" {
    expect 0 "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -r 2 --duration '3 min' --json
    jq -e '.workload.duration_s == 180' <<<"$output"
}

@test "stdout that cannot be written: 74" {
    expect 74 bash -c "'$AASIM' run '$TINY/two.yaml' -w '$TINY/load.yaml' -r 2 >/dev/full"
    contains "$errors" "cannot be written"
}

@test "a results file that outgrows the disk: 74, and no file" {
    expect 74 bash -c "ulimit -f 8; '$AASIM' compare ${STUDY[*]} -r 2 -q -o '$BATS_TEST_TMPDIR/r.h5'"
    [ -z "$(ls "$BATS_TEST_TMPDIR" | grep h5)" ]
}

# started SIGNAL CODE: begins a study of many minutes, stops it in the middle.
stopped() {
    cd "$BATS_TEST_TMPDIR"
    local code=0
    timeout --preserve-status --signal "$1" 1 \
        "$AASIM" compare "${STUDY[@]}" --duration '100 d' -o r.h5 >out 2>err || code=$?
    [ "$code" -eq "$2" ] || { echo "exit code $code"; cat err; return 1; }
    [ -z "$(ls | grep h5)" ]
    [ ! -s out ]
}

@test "SIGINT: 130 and no file" {
    stopped INT 130
    grep -q "interrupted; nothing was written" err
}

@test "SIGTERM: 75 and no file" {
    stopped TERM 75
}

# ended_after SECONDS OPTION...: how long a single run goes on after SIGTERM, in ms.
ended_after() {
    local pid start code=0
    "$AASIM" run "$TINY/two.yaml" -w "$TINY/load.yaml" -r 1 -q "${@:2}" >out 2>err &
    pid=$!
    sleep "$1"
    start=$(date +%s%N)
    kill -TERM $pid
    wait $pid || code=$?
    [ "$code" -eq 75 ] || { echo "exit code $code"; cat err; return 1; }
    grep -q "interrupted; nothing was written" err
    echo $((($(date +%s%N) - start) / 1000000))
}

@test "a stopped run ends within about a second, on one thread and in windows" {
    cd "$BATS_TEST_TMPDIR"
    busy=(--set services.web.servers_per_zone=50 --set stores.data.servers=50
        --set populations.boston.rate='8000 req/s' --set populations.boston.clients=5000)
    [ "$(ended_after 1 -j 1 -d '100 d' "${busy[@]}")" -lt 2000 ]
    [ "$(ended_after 1 -j 2 -d '100 d' "${busy[@]}")" -lt 2000 ]
    [ "$(ended_after 1 -j 1 -d '3000 d' --set window='1 d')" -lt 2000 ]
}

@test "SIGKILL: no file" {
    stopped KILL 137
}

@test "an older file survives an interrupted study" {
    cd "$BATS_TEST_TMPDIR"
    expect 0 "$AASIM" compare "${STUDY[@]}" -r 2 --duration '6 min' -q -o r.h5
    before=$(sha256sum r.h5)
    timeout --preserve-status --signal TERM 1 "$AASIM" compare "${STUDY[@]}" --duration '100 d' -o r.h5 || true
    [ "$before" = "$(sha256sum r.h5)" ]
}

@test "what is no results file is not written over: 73" {
    cd "$BATS_TEST_TMPDIR"
    echo "title: a design" >mine.yaml
    expect 73 "$AASIM" compare "${STUDY[@]}" -r 2 -q -o mine.yaml
    contains "$errors" "is no results file"
    [ "$(cat mine.yaml)" = "title: a design" ]
}
