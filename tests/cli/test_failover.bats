# Pins: what the output says of a fault: detection by what steers users, also where their balancer knows sooner; faults of
# single targets; where tries go in a region with several endpoints; warnings and notes.
load common.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    cat >load.yaml <<'YAML'
title: a load
duration: 20 min
window: 10 s
classes:
  browse: {kind: read, deadline: 4 s}
populations:
  boston: {latitude: 42.4 deg, longitude: -71.1 deg, access: fibre, rate: 10 req/s, clients: 100}
YAML
    printf '%s\n' 'title: dark' 'duration: 20 min' 'faults: {dark: {target: region, region: us-east-1, effect: down, at: 5 min, lasts: 8 min}}' >dark.yaml
}

# design NAME KEYS: a design of two regions with these keys of steering.
design() {
    cat >"$1.yaml" <<YAML
title: a design
regions:
  us-east-1: {zones: 2}
  eu-west-1: {zones: 2}
entry: web
services:
  web: {targets_per_zone: 2, servers_per_zone: 4, work: {exponential: {mean: 5 ms}}}
steering:
  policy: latency
$2
YAML
}

# failover NAME VARIABLE: of the first fault.
failover() {
    h5dump -A 0 -d "/failovers/$2" -y -s 0 -c 1 "$1.h5" | sed -n 's/^ *\([0-9.]\+\|-\?nan\)$/\1/p'
}

is_between() { awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x >= low && x <= high) }'; }

@test "detected: by what records look at, not by what a balancer knows" {
    check='health_check: {interval: 30 s}'
    records='records: [{region: us-east-1, evaluate_target_health: true}, {region: eu-west-1, evaluate_target_health: true}]'
    design blind "  $check"
    design looks "  $check
  $records"
    design quick '  health_check: {interval: 10 s}'
    for d in blind looks quick; do
        expect 0 "$AASIM" run "$d.yaml" --workload load.yaml --faults dark.yaml -r 1 --quiet -o "$d.h5"
    done
    is_between "$(failover blind balancer_detected)" 30 60
    is_between "$(failover blind detected)" 80 110
    is_between "$(failover looks detected)" 30 60
    [ "$(failover looks detected)" = "$(failover looks balancer_detected)" ]
    is_between "$(failover quick detected)" 30 50
}

@test "a fault of one target has a row, and its requests end when the balancer takes it out" {
    printf '%s\n' 'title: one target' 'duration: 20 min' 'faults: {one: {target: service, region: us-east-1, service: web, zone: a, targets: 1, effect: down, at: 5 min,
        lasts: 8 min}}' >one.yaml
    design plain ''
    expect 0 "$AASIM" run plain.yaml --workload load.yaml --faults one.yaml -r 1 --quiet -o plain.h5
    contains "$output" "After 'one'"
    is_between "$(failover plain detected)" 20 70
    is_between "$(failover plain moved_99)" 20 80
    expect 0 "$AASIM" run plain.yaml --workload load.yaml --faults one.yaml -r 1 --quiet --json
    jq -e '.designs[0].failovers | length == 1 and .[0].fault == "one" and .[0].detected_s > 20' <<<"$output"
}

@test "a dead side that is answered for want of a better one is not withdrawn, a weight of 0 withdraws" {
    design alone '  records: [{region: us-east-1}]'
    expect 0 "$AASIM" run alone.yaml --workload load.yaml --faults dark.yaml -r 1 --quiet --json
    jq -e '.designs[0].failovers[0] | .detected_s > 0 and .withdrawn_s == null' <<<"$output"
    design weighed '  health_check: {interval: 30 s, threshold: 10}'
    sed -i 's/policy: latency/policy: weighted/' weighed.yaml
    # Not us-east-1: the control plane of Route 53 is there.
    sed 's/us-east-1/eu-west-1/; s/^faults:/actions: {out: {kind: record, record: eu-west-1, change: weight, weight: 0, at: 6 min}}\nfaults:/' \
        dark.yaml >weigh.yaml
    expect 0 "$AASIM" run weighed.yaml --workload load.yaml --faults weigh.yaml -r 1 --quiet --json
    jq -e '.designs[0].failovers[0] | .withdrawn_s > 60 and .withdrawn_s < 200' <<<"$output"
}

@test "a canary's share is in the output" {
    cat >canary.yaml <<'YAML'
title: a canary
regions:
  us-east-1: {zones: 2}
entry: web
services:
  web: {servers_per_zone: 4, work: {exponential: {mean: 5 ms}}}
  next: {servers_per_zone: 4, work: {exponential: {mean: 5 ms}}}
steering:
  policy: accelerator
  records:
    - region: us-east-1
      endpoints: [{service: web, weight: 192}, {service: next, weight: 64}]
YAML
    expect 0 "$AASIM" run canary.yaml --workload load.yaml -r 1 --quiet --threads 1
    contains "$output" "Where tries go in regions with several endpoints"
    is_between "$(awk '$2 == "us-east-1/next" { print $3 }' <<<"$output")" 17 33
    first=$output
    expect 0 "$AASIM" run canary.yaml --workload load.yaml -r 1 --quiet --threads 2
    [ "$(sed -n '/^Where/,/next/p' <<<"$output")" = "$(sed -n '/^Where/,/next/p' <<<"$first")" ]
    design plain ''
    expect 0 "$AASIM" run plain.yaml --workload load.yaml -r 1 --quiet
    lacks "$output" "Where tries go"
}

# steered KEYS: checks a design with this block of steering and the load; prints what is said.
steered() {
    design steered ''
    sed -i "/^steering:/,\$d" steered.yaml
    echo "steering: {$1}" >>steered.yaml
    "$AASIM" check steered.yaml load.yaml 2>&1
}

@test "what hardly steers is warned of, what does not is a mistake" {
    contains "$(steered 'policy: failover, records: [{region: us-east-1, health_check: none}, {region: eu-west-1, secondary: true}]')" \
        'warning: the secondary will not answer'
    contains "$(steered 'policy: failover, records: [{set: a}, {region: eu-west-1, secondary: true}], sets: {a: {policy: latency}}')" \
        'warning: the secondary will not answer'
    lacks "$(steered 'policy: failover, records: [{region: us-east-1}, {region: eu-west-1, secondary: true}]')" warning
    contains "$(steered 'policy: accelerator, records: [{region: us-east-1, dial: 0 %}, {region: eu-west-1, dial: 0 %}]')" \
        'warning: all dials are 0 %'
    lacks "$(steered 'policy: accelerator')" warning
    contains "$(steered 'policy: accelerator, negative_ttl: 5 s')" "'negative_ttl' has no effect"
    contains "$(steered 'policy: latency, health_check: {deep: true}')" "'deep' has no effect"
    lacks "$(steered 'policy: latency, health_check: {deep: false}')" error
    contains "$(steered 'policy: geolocation, records: [{region: eu-west-1, location: continent EU}]')" \
        'note: 1 of 1 populations may get no answer'
    sed -i 's/clients: 100/clients: 100, client: {attempts: 2, retry_budget: {mode: tokens, size: 10, timeout_cost: 5}}/' load.yaml
    contains "$(steered 'policy: latency')" "'size' is less than a retry after an error costs"
}

@test "actions that come to nothing are noted, and a lost control plane is no incident of users" {
    cat >plan.yaml <<'YAML'
title: in vain
duration: 20 min
faults:
  plane: {target: region, region: eu-west-1, effect: control-plane, at: 5 min, lasts: 14 min}
actions:
  undo: {kind: zonal-shift, region: us-east-1, service: web, zone: a, change: cancel, at: 6 min}
  late: {kind: record, record: us-east-1, change: take-out, at: 1199 s}
YAML
    design plain ''
    expect 0 "$AASIM" run plain.yaml --workload load.yaml --faults plan.yaml -r 2 --quiet --json
    jq -e '.notes | any(contains("'"'undo'"' was refused in plain, in 2 of 2 replications"))' <<<"$output"
    jq -e '.notes | any(contains("no zone left, or it was so already (the region led, or was active)"))' <<<"$output"
    jq -e '.notes | any(contains("'"'late'"' was not carried out in plain before the end, in 2 of 2"))' <<<"$output"
    jq -e '.designs[0].failovers == []' <<<"$output"
}

@test "how deep a probe is, is for the service that is probed to say" {
    design canary ''
    sed -i '/^services:/,$d' canary.yaml
    cat >>canary.yaml <<'YAML'
services:
  web: {servers_per_zone: 4, work: {exponential: {mean: 5 ms}}}
  next: {servers_per_zone: 4, work: {exponential: {mean: 5 ms}}, steps: [{call: web, timeout: 1 s}]}
steering:
  policy: accelerator
  records:
    - {region: us-east-1, endpoints: [{service: next}], health_check: page}
    - {region: eu-west-1}
  checks: {page: {kind: http, region: us-east-1, deep: true}}
YAML
    expect 0 "$AASIM" check canary.yaml load.yaml
    sed -i 's/\[{service: next}\]/[{service: web}]/' canary.yaml
    expect 65 "$AASIM" check canary.yaml load.yaml
    contains "$errors" "'deep' has no effect"
}
