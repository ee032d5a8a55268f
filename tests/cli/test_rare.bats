# Rare queues: shares with their intervals, the same for any number of processes; mistakes.
load common

setup() {
    cd "$TINY"
}

rare() {
    "$AASIM" rare one.yaml -w load.yaml -d '10 min' -s 'services.web.work={exponential: {mean: 200 ms}}' -q "$@"
}

@test "a rare queue, the same on one process and on two" {
    expect 0 rare --pool pool/us-east-1/web/a --waiting 12 -r 4 -j 1
    contains "$output" "Requests that find 12 or more waiting at pool/us-east-1/web/a" "4 roots" "-fold each" "effective roots"
    one=$output
    expect 0 rare --pool pool/us-east-1/web/a --waiting 12 -r 4 -j 2
    [ "$output" = "$one" ]
    rare --pool pool/us-east-1/web/a --waiting 12 -r 4 --json |
        jq -e '.waiting == 12 and .share.value >= 0 and (.thresholds | length) > 0 and .effective_roots <= 4'
}

@test "one root has no interval" {
    expect 0 rare --pool pool/us-east-1/web/a --waiting 1 -r 1
    contains "$output" "no interval"
    lacks "$output" "nan"
}

@test "what is common needs no splitting" {
    expect 0 rare --pool pool/us-east-1/web/a --waiting 1 -r 3
    contains "$output" "no thresholds: it is not rare"
}

@test "mistakes are explained" {
    expect 2 rare --pool pool/us-east1/web/a --waiting 5
    contains "$errors" "there is no pool 'pool/us-east1/web/a'; did you mean 'pool/us-east-1/web/a'?" "pool/us-east-1/web/b"
    expect 2 rare --waiting 5
    contains "$errors" "a pool is needed"
    expect 2 rare --pool pool/us-east-1/web/a
    expect 2 rare --pool pool/us-east-1/web/a --waiting 101
    contains "$errors" "at most 100 wait at pool/us-east-1/web/a ('queue' of its service)"
    expect 2 "$AASIM" rare one.yaml two.yaml -w load.yaml --pool x --waiting 3
    expect 2 "$AASIM" rare one.yaml --pool x --waiting 3
}
