# Pins: what the output says of caches, in tables, JSON and results; that a restart of a cache fills it anew; that designs
# without caches are not spoken of; that an example of the page is right.
load common.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    cat >load.yaml <<'YAML'
title: a load
duration: 20 min
warmup: 1 min
window: 10 s
classes:
  browse: {kind: read, weight: 9, deadline: 4 s}
  order: {kind: write, weight: 1, deadline: 4 s}
populations:
  boston: {latitude: 42.4 deg, longitude: -71.1 deg, access: fibre, rate: 20 req/s, clients: 100}
YAML
    printf '%s\n' 'title: restart' 'faults: {restart: {target: cache, region: every, store: orders, effect: down, at: 10 min, lasts: 2 s}}' >restart.yaml
}

# design NAME CACHE: a design of one region and store, with this cache.
design() {
    cat >"$1.yaml" <<YAML
title: a design
regions:
  us-east-1: {zones: 2}
entry: web
services:
  web:
    servers_per_zone: 4
    work: {exponential: {mean: 5 ms}}
    steps:
      - {call: orders, timeout: 1 s}
stores:
  orders:
    mode: multi-leader
    servers: 8
    items: 1000
    cache: {$2}
steering:
  policy: latency
YAML
}

# cache NAME COUNT: of a design's run in $output.
cache() { jq ".designs[0].caches[0].$1" <<<"$output"; }

# counted NAME: of the store in cached.h5.
counted() { h5dump -d "/stores/$1" -y cached.h5 | sed -n 's/^ *\([0-9]\+\)$/\1/p' | head -1; }

@test "hits, stale ones and those who went past, in the table" {
    design cached 'scope: zone, size: 200, ttl: 60 s'
    expect 0 "$AASIM" run cached.yaml --workload load.yaml -r 1 --quiet
    contains "$output" 'What caches keep from the stores'
    awk '$1 == "cached" && $2 == "orders" { exit !($3 > 20 && $3 < 90 && $5 > 0.1 && $6 == 0) }' <<<"$(sed -n '/^What caches/,$p' <<<"$output")"
    design plain 'scope: none'
    expect 0 "$AASIM" run plain.yaml --workload load.yaml -r 1 --quiet
    lacks "$output" 'What caches'
    expect 0 "$AASIM" run plain.yaml --workload load.yaml -r 1 --quiet --json
    jq -e '.designs[0].caches == []' <<<"$output"
}

@test "JSON and results have the same counts, and reads are those of the store and of the caches" {
    design cached 'scope: region, size: 200, coalesce: true'
    expect 0 "$AASIM" run cached.yaml --workload load.yaml -r 2 --quiet --json -o cached.h5
    jq -e '.designs[0].caches[0] | .store == "orders" and .hits > 1000 and .evicted > 0 and .invalidated > 0' <<<"$output"
    [ "$(cache store_reads)" = $(($(counted reads) - $(cache hits) - $(cache coalesced))) ]
    for count in hits misses stale refused; do
        [ "$(counted "cache_$count")" = "$(cache $count)" ]
    done
}

# Of a write in another region a cache of a zone hears by the feed, DAX not at all before a copy expires.
@test "the designs with caches: staler than the table alone, DAX most of all" {
    cd "$ROOT"
    expect 0 "$AASIM" compare topologies/stores/dynamodb-{mrec,dax,elasticache}.yaml --workload workloads/global-shop.yaml \
        -d '90 min' -r 1 --quiet --json
    jq -e '[.designs[].metrics.stale_read_ratio.value] | .[0] < .[2] and .[2] < .[1]' <<<"$output"
    jq -e '.designs[1].caches[0].hits > 1000 and .designs[2].caches[0].invalidated > 0' <<<"$output"
}

@test "a restart empties the caches" {
    design cached 'scope: zone, size: 1000, ttl: 1000 d, on_write: none'
    expect 0 "$AASIM" run cached.yaml --workload load.yaml -r 1 --quiet --json
    [ "$(cache misses)" -lt 10 ]
    expect 0 "$AASIM" run cached.yaml --workload load.yaml --faults restart.yaml -r 1 --quiet --json
    [ "$(cache misses)" -gt 500 ]
    [ "$(cache bypassed)" -gt 10 ]
    [ "$(cache evicted)" = 0 ]
    expect 65 "$AASIM" run cached.yaml --workload load.yaml --faults restart.yaml --set stores.orders.cache.scope=none
}

@test "the example of the page is right" {
    sed -n '/^title: Caches in front/,/^```/p' "$ROOT/docs/scenario-files.md" | sed '/^```/d' >page.yaml
    expect 0 "$AASIM" check page.yaml
    expect 0 "$AASIM" run page.yaml --workload load.yaml -r 1 --quiet
    contains "$output" 'What caches keep from the stores'
}
