// Pins: for each check of the loaders one mistake in otherwise correct files: reported alone, at
// its line and column, with its message and suggestion. Not pinned: the rest of the wording.
#include "mistakes.h"

static const struct mistake mistakes[] = {
    // ---- syntax
    {T, 4, "  us-east-1: {zones: 3", 5, 12, "did not find expected ',' or '}'", NULL},
    {T, 8, "\tservers_per_zone: 2", 8, 1, "a tab cannot start a value", NULL},
    {T, 2, "entry: web\nentry: cart", 3, 1, "key 'entry' is given twice", NULL},
    {T, 24, "  ttl: 60 s\n  ttl: 30 s", 25, 3, "key 'ttl' is given twice", NULL},
    {T, 9, "    work: *slow", 9, 11, "alias '*slow' has no anchor", NULL},
    {T, 9, "    work: &slow 10 ms\n    queue: *slwo", 10, 12, "alias '*slwo' has no anchor",
     "*slow"},
    {T, 21, "balancer: &b {health_check: *b}", 21, 29, "stands inside its own anchor", NULL},
    {T, 2, "entry: !!str web", 2, 8, "tags", NULL},
    {T, 25, "---\nsecond: document", 25, 1, "a second document", NULL},
    {T, 21, "balancer: {<<: {policy: round-robin}}", 21, 12, "merge keys", NULL},
    {T, 21, "? [a, b]\n: c", 21, 3, "a key must be a single word", NULL},
    {T, 2,
     "entry: w\xFF"
     "eb",
     2, 9, "byte 0xFF is not UTF-8", NULL},
    {T, 2,
     "entry: w\x01"
     "eb",
     2, 9, "control character U+0001", NULL},
    {T, 1, "title: [[[[[[[[[[[[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 1, 31, "levels deep",
     NULL},
    {T, 2, "entry: \"web", 26, 15, "found unexpected end of stream", NULL},
    // ---- keys
    {T, 24, "  tll: 60 s", 24, 3, "unknown key 'tll' in steering", "ttl"},
    {T, 25, "  heath_check: {interval: 10 s}", 25, 3, "unknown key 'heath_check'", "health_check"},
    {T, 25, "  colour: red", 25, 3, "unknown key 'colour'", NULL},
    {T, 8, "    servers-per-zone: 2", 8, 5, "unknown key 'servers-per-zone'", "servers_per_zone"},
    {T, 9, "", 7, 3, "'work' is missing in services.web", NULL},
    {T, 1, "", 1, 1, "'title' is missing", NULL},
    {T, 20, "", 18, 3, "'servers' is missing in stores.orders", NULL},
    {T, 11, "      - {call: cart}", 11, 9, "'timeout' is missing in services.web.steps.0", NULL},
    {W, 11, "", 8, 3, "'access' is missing in populations.europe", NULL},
    {F, 15, "", 10, 3, "'ratio' is missing in faults.partition", NULL},
    {F, 6, "", 3, 3, "'zone' is missing in faults.power", NULL},
    // ---- types
    {T, 24, "  ttl: [60 s]", 24, 8, "'ttl' cannot be a list", NULL},
    {T, 24, "  ttl: {s: 60}", 24, 8, "'ttl' cannot be a block of keys", NULL},
    {T, 24, "  ttl:", 24, 7, "'ttl'", NULL},
    {T, 7, "  web: fast\n  old:", 7, 8, "'services' cannot be a single value", NULL},
    {T, 8, "    servers_per_zone: two", 8, 23, "'servers_per_zone' cannot be 'two'", NULL},
    {T, 8, "    servers_per_zone: 2.5", 8, 23, "'servers_per_zone' cannot be '2.5'", NULL},
    {T, 21, "balancer: {cross_zone: yes}", 21, 24, "'cross_zone' cannot be 'yes'", "true"},
    {T, 21, "balancer: {cross_zone: flase}", 21, 24, "'cross_zone' cannot be 'flase'", "false"},
    {T, 23, "  policy: latancy", 23, 11, "'policy' cannot be 'latancy'", "latency"},
    {T, 19, "    mode: multi_leader", 19, 11, "'mode' cannot be 'multi_leader'", "multi-leader"},
    {T, 11, "      - cart", 11, 9, "'steps' cannot be a single value", NULL},
    {T, 11, "      - {parallel: [{call: cart, timeout: 1 s}]}", 11, 20, "fewer than two calls",
     NULL},
    {T, 11, "      - {parallel: {call: cart}}", 11, 20, "'parallel' cannot be a block", NULL},
    {T, 11, "      - {parallel: [], call: cart}", 11, 9, "'parallel' stands alone", NULL},
    {W, 5, "  browse: {kind: raed, weight: 9, deadline: 2 s}", 5, 18, "'kind' cannot be 'raed'",
     "read"},
    {T, 11,
     "      - &c {call: cart, timeout: 1 s}\n      - *c\n      - *c\n      - *c\n      - *c\n"
     "      - *c\n      - *c\n      - *c\n      - *c",
     19, 9, "'steps' has more than 8 entries", NULL},
    // ---- units
    {T, 24, "  ttl: 60", 24, 8, "'ttl': the unit is missing", "60 s"},
    {T, 24, "  ttl: 60 sec", 24, 8, "unknown unit 'sec' for a duration", "60 s"},
    {T, 24, "  ttl: 1 m", 24, 8, "unknown unit 'm' for a duration", "1 min"},
    {T, 24, "  ttl: 60 MiB", 24, 8, "unit 'MiB' does not measure a duration", NULL},
    {T, 24, "  ttl: soon", 24, 8, "not a duration: 'soon'", NULL},
    {T, 24, "  ttl: 1.23456789012345678 s", 24, 8, "more digits than can be kept", NULL},
    {W, 12, "    rate: 5", 12, 11, "'rate': the unit is missing", "5 req/s"},
    {W, 12, "    rate: 5 rps", 12, 11, "unknown unit 'rps' for a rate", "5 req/s"},
    {W, 9, "    latitude: 50", 9, 15, "'latitude': the unit is missing", "50 deg"},
    {W, 5, "  browse: {kind: read, weight: 9 s, deadline: 2 s}", 5, 32, "a plain number is wanted",
     "9"},
    // ---- ranges
    {T, 8, "    servers_per_zone: 0", 8, 23, "'servers_per_zone' is out of range: 0", NULL},
    {T, 4, "  us-east-1: {zones: 7}", 4, 22, "'zones' is out of range: 7", NULL},
    {T, 11, "      - {call: cart, timeout: 1 s, probability: 130 %}", 11, 49,
     "'probability' is out of range", NULL},
    {T, 9, "    work: 1 h", 9, 11, "'work' is out of range", NULL},
    {W, 9, "    latitude: 91 deg", 9, 15, "'latitude' is out of range", NULL},
    {W, 2, "duration: 3653 d", 2, 11, "'duration' is out of range", NULL},
    {W, 2, "duration: 3000 d\nwindow: 1 s", 3, 9, "more than 1000000 pieces", NULL},
    {W, 12, "    rate: 0 req/s", 12, 11, "'rate' is out of range: 0 req/s", NULL},
    {F, 1, "title: x\nduration: 3653 d", 2, 11, "'duration' is out of range", NULL},
    // ---- distributions
    {T, 14, "    work: {lognormal: {median: 12 ms}}", 14, 23, "'lognormal' needs other parameters",
     NULL},
    {T, 14, "    work: {lognormal: {medain: 12 ms, p99: 80 ms}}", 14, 24, "no parameter 'medain'",
     "median"},
    {T, 14, "    work: {lognorml: {median: 12 ms, p99: 80 ms}}", 14, 12,
     "'lognorml' is no distribution", "lognormal"},
    {T, 14, "    work: {lognormal: {median: 12 ms, p99: 8 ms}}", 14, 23,
     "must lie above the median", NULL},
    {T, 14, "    work: {lognormal: {median: 12 ms, p99: 80}}", 14, 44, "'p99': the unit is missing",
     "80 s"},
    {T, 14, "    work: {uniform: {low: 5 ms, high: 5 ms}}", 14, 21, "'high' must lie above 'low'",
     NULL},
    {T, 14, "    work: {pareto: {least: 5 ms, alpha: 1}}", 14, 20, "'alpha' must exceed 1", NULL},
    {T, 14, "    work: {erlang: {mean: 5 ms, k: 1.5}}", 14, 20, "'k' must be a whole number", NULL},
    {T, 14, "    work: {hyperexponential: {mean: 5 ms, scv: 1}}", 14, 30, "'scv' must exceed 1",
     NULL},
    {T, 14, "    work: {exponential: {mean: -5 ms}}", 14, 32, "'mean' must be above zero", NULL},
    {T, 14, "    work: {empirical: [[0 %, 1 ms], [50 %, 5 ms]]}", 14, 37,
     "the last point must be at 100 %", NULL},
    {T, 14, "    work: {empirical: [[0 %, 2 ms], [100 %, 1 ms]]}", 14, 37,
     "values must not decrease", NULL},
    {T, 14, "    work: {gamma: {mean: 5 ms, shape: 2}, shift: 1 ms}", 14, 11,
     "'work' is no distribution", NULL},
    // ---- steering
    {T, 23, "  policy: geolocation", 23, 11, "'records' must say whom each answers", NULL},
    {T, 23, "  policy: geolocation\n  records: [{region: us-east-1}]", 24, 13,
     "'location' is missing", NULL},
    {T, 23, "  policy: geolocation\n  records: [{region: us-east-1, location: Bavaria}]", 24, 43,
     "'Bavaria' is no location that Route 53 knows", NULL},
    {T, 23,
     "  policy: geolocation\n  records:\n    - {region: us-east-1, location: default}\n"
     "    - {region: us-east-1, location: default}",
     26, 37, "there is a record for 'default' already", NULL},
    {T, 23, "  policy: latency\n  records: [{region: us-east-1, location: default}]", 24, 33,
     "'location' has no effect", NULL},
    {T, 23, "  policy: geoproximity\n  records: [{region: us-east-1, bias: 100 %}]", 24, 39,
     "'bias' is out of range", NULL},
    {T, 23, "  policy: weighted\n  records: [{region: us-east-1, weight: 256}]", 24, 41,
     "'weight' is out of range", NULL},
    {T, 23, "  policy: ip\n  records: [{region: us-east-1, cidr: 10.0.0.1/8}]", 24, 39,
     "'10.0.0.1/8' is no block of addresses", NULL},
    {T, 23, "  policy: ip\n  records: [{region: us-east-1, cidr: 10.0.0.0/30}]", 24, 39,
     "'10.0.0.0/30' is no block of addresses", NULL},
    {T, 23, "  policy: latency\n  records: [{region: us-east-1, weight: 1}]", 24, 33,
     "'weight' has no effect", NULL},
    {T, 23, "  policy: weighted\n  records: [{weight: 1}]", 24, 13, "a record needs a 'region'",
     NULL},
    {T, 23, "  policy: weighted\n  records: [{set: world}]", 24, 19, "there is no 'world' here",
     NULL},
    {T, 23,
     "  policy: weighted\n  records: [{set: a}, {region: us-east-1}]\n  sets:\n    a: {policy: "
     "weighted, records: "
     "[{set: "
     "b}]}\n    b: {policy: weighted, records: [{set: a}]}",
     27, 43, "record sets point to each other in a circle", NULL},
    {T, 23, "  policy: latency\n  sets: {a: {policy: latency}}", 24, 10,
     "record set 'a' has no effect", NULL},
    {T, 23,
     "  policy: latency\n  records: [{set: a}, {region: us-east-1}]\n  sets: {a: {policy: "
     "latency}}",
     24, 13, "with this policy a record needs a 'region'", NULL},
    {T, 25, "  health_check: {kind: tcp, deep: true}", 25, 29,
     "'deep' has no effect with 'kind: tcp'", NULL},
    {T, 25, "  health_check: {tcp_timeout: 5 s}", 25, 18,
     "'tcp_timeout' has no effect with 'kind: http'", NULL},
    {T, 23, "  policy: geolocation\n  records: []", 23, 11, "'records' must say whom each answers",
     NULL},
    {T, 23,
     "  policy: ip\n  records: [{region: us-east-1, cidr: 10.0.0.0/8}, {region: eu-west-1, cidr: "
     "10.0.0.0/8}]",
     24, 78, "another record answers a block", NULL},
    {T, 23,
     "  policy: ip\n  records: [{region: us-east-1, cidr: default}, {region: eu-west-1, cidr: "
     "default}]",
     24, 75, "another record answers a block of 'default'", NULL},
    {T, 23, "  policy: ip\n  records: [{region: us-east-1, cidr: ' '}]", 24, 39,
     "' ' is no block of addresses", NULL},
    {T, 23, "  policy: weighted\n  records: [{region: us-east-1, evaluate_target_health: true}]",
     24, 33, "is a matter of aliases", NULL},
    {T, 26, "  alias: true", 24, 3, "'ttl' has no effect with 'alias: true'", NULL},
    {T, 24, "  ttl: 60 s\n  records: [{region: us-east-1, set: a}]\n  sets: {a: {policy: latency}}",
     24, 3, "'ttl' has no effect: no record points to a region", NULL},
    {T, 23, "  policy: failover", 22, 1, "needs exactly two records", NULL},
    {W, 9, "    latitude: 50 deg\n    location: country XX", 10, 15, "'country XX' is no location",
     NULL},
    {W, 9,
     "    latitude: 50 deg\n    dns_caches: [{share: 60 %, keeps: 1 min}, {share: 50 %, keeps: 1 "
     "h}]",
     10, 5, "the shares of 'dns_caches' exceed 100 %", NULL},
    {W, 9, "    latitude: 50 deg\n    resolvers: {min_ttl: 2 d}", 10, 26,
     "must not exceed 'max_ttl'", NULL},
    {W, 9, "    latitude: 50 deg\n    address: 10.0.0", 10, 14, "'10.0.0' is no block of addresses",
     NULL},
    // ---- health checks by name
    {T, 26, "  alias: false\n  checks: {a: {region: us-east-1}}", 27, 12,
     "check 'a' has no effect: no record", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1, health_check: bodi}]\n  checks: {body: "
     "{region: "
     "us-east-1}}",
     27, 47, "there is no 'bodi' here", "body"},
    {T, 26, "  alias: false\n  records: [{region: us-east-1, health_check: true}]", 27, 47,
     "there is no 'true' here", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1, health_check: a}]\n  checks: {a: {kind: "
     "http}}",
     28, 12, "'region' is missing in steering.checks.a", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1, health_check: none}, {region: eu-west-1, "
     "health_check: "
     "us-east-1}]\n"
     "  checks: {us-east-1: {region: us-east-1}}",
     28, 12, "the name of the region's default check", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1, health_check: a}]\n"
     "  checks: {a: {region: us-east-1, kind: tcp, deep: true}}",
     28, 46, "'deep' has no effect with 'kind: tcp'", NULL},
    {T, 25,
     "  health_check: {interval: 10 s}\n"
     "  records: [{region: us-east-1, health_check: a}]\n"
     "  checks: {a: {region: us-east-1, interval: 30 s}}",
     25, 18, "'interval' has no effect: no record has the default check", NULL},
    {T, 25,
     "  health_check: {interval: 10}\n"
     "  records: [{region: us-east-1, health_check: a}]\n"
     "  checks: {a: {region: us-east-1}}",
     25, 28, "'interval': the unit is missing", "10 s"},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1, health_check: a}]\n"
     "  checks:\n"
     "    a: {kind: calculated, of: [b], healthy_at_least: 1}\n"
     "    b: {kind: calculated, of: [c], healthy_at_least: 1}\n"
     "    c: {region: us-east-1}",
     29, 31, "'b' is a calculated check itself", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: calculated, of: [b], healthy_at_least: 2}, b: {region: us-east-1}}",
     28, 61, "2 of 1 checks can never be healthy", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: alarm, region: us-east-1}}",
     28, 12, "'metric' is missing in steering.checks.a.alarm", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: alarm, region: us-east-1, alarm: {metric: errors, count: 5, period: 90 "
     "s}}}",
     28, 90, "'period' must be whole minutes", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: alarm, region: us-east-1, alarm: {metric: errors, count: 5, statistic: "
     "minimum}}}",
     28, 82, "'statistic' has no effect with 'metric: errors'", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: control, region: us-east-1}}",
     28, 31, "'region' has no effect with 'kind: control'", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: control}}\n"
     "  safety_rules: {one: {controls: [a], at_least: 2}}",
     29, 49, "2 of 1 controls can never be on", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: control, initially_on: false}}\n"
     "  safety_rules: {one: {controls: [a], at_least: 1}}",
     29, 49, "the rule is broken from the beginning: 0 controls are on", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {region: us-east-1}}\n"
     "  safety_rules: {one: {controls: [a], at_least: 1}}",
     29, 34, "'a' is no routing control", NULL},
    {T, 23,
     "  policy: failover\n"
     "  records: [{set: a, health_check: default}, {region: us-east-1, secondary: true}]\n"
     "  sets: {a: {policy: latency}}",
     24, 36, "'default' has no effect beside 'set'", NULL},
    {T, 25, "  policyy: latency\n  checks: {default: {region: us-east-1}}", 25, 3,
     "unknown key 'policyy'", "policy"},
    // ---- resolvers elsewhere
    {W, 9, "    latitude: 50 deg\n    resolvers: {elsewhere: {share: 20 %}}", 10, 29,
     "'as' must say which population", NULL},
    {W, 9, "    latitude: 50 deg\n    resolvers: {elsewhere: {share: 20 %, as: europe}}", 10, 46,
     "'as' names the population itself", NULL},
    {W, 9, "    latitude: 50 deg\n    resolvers: {elsewhere: {share: 20 %, as: eurpe}}", 10, 46,
     "there is no 'eurpe' here", "europe"},
    {W, 9, "    latitude: 50 deg\n    resolvers: {elsewhere: {client_subnet: true}}", 10, 29,
     "'client_subnet' has no effect", NULL},
    // ---- demand
    {W, 12, "    rate: 5 req/s\n    think: 5 s", 13, 5, "'think' has no effect with 'demand: open'",
     NULL},
    {W, 14, "    demand: closed\n    think: 5 s", 12, 5,
     "'rate' has no effect with 'demand: closed'", NULL},
    {W, 12, "    demand: closed\n    think: 1 s", 15, 5,
     "'diurnal' has no effect with 'demand: closed'", NULL},
    {W, 14, "    demand: sessions\n    requests: 3", 8, 3,
     "'think' is missing in populations.europe", NULL},
    {W, 14, "    demand: sessions\n    requests: 3\n    think: 0 s", 16, 12,
     "'think' is out of range", NULL},
    {W, 14, "    demand: sessions\n    requests: 0.5\n    think: 1 s", 15, 15,
     "'requests' is out of range", NULL},
    {W, 14, "    demand: sessions\n    requests: 1\n    think: 1 s", 16, 5,
     "'think' has no effect: no session has more than one request", NULL},
    {W, 14, "    patience: forever", 14, 15, "'patience'", NULL},
    {W, 14, "    patience: 1 h", 14, 5, "'patience' has no effect: nobody waits that long", NULL},
    // ---- names
    {T, 2, "entry: wbe", 2, 8, "there is no 'wbe' here", "web"},
    {T, 16, "      - {call: order, timeout: 500 ms}", 16, 16, "there is no 'order' here", "orders"},
    {T, 5, "  eu-wets-1: {zones: 3}", 5, 3, "'eu-wets-1' is not known", "eu-west-1"},
    {T, 7, "  web:\n    regions: [us-east-2]", 8, 15, "there is no 'us-east-2' here", "us-east-1"},
    {T, 7, "  web:\n    regions: [us-east-1, us-east-1]", 8, 26, "names 'us-east-1' twice", NULL},
    {W, 8, "  2europe:", 8, 3, "'2europe' is not a good name", NULL},
    {T, 25, "  health_check: {checker_regions: [us-east-1, mars-1]}", 25, 47,
     "there is no 'mars-1' here", NULL},
    {T, 4, "  eu-central-1: {zones: 4}\n  us-east-1: {zones: 3}", 4, 25,
     "eu-central-1 has 3 zones, not 4", NULL},
    {W, 15, "    mix: {browse: 9, ordr: 1}", 15, 22, "there is no 'ordr' here", "order"},
    {F, 5, "    region: us-east-2", 5, 13, "no design has a region 'us-east-2'", "us-east-1"},
    {F, 6, "    zone: d", 6, 11, "no design uses zone 'd'", NULL},
    {F, 6, "    zone: use1-az4", 6, 11, "is no letter of a zone", NULL},
    {F, 13, "    peer: europa", 13, 11, "no design has a region or population 'europa'", "europe"},
    {F, 13, "    peer: region", 13, 11, "no design has a region or population 'region'", "regions"},
    {F, 13, "    peer: us-east-1", 13, 11, "a link needs two ends", NULL},
    {F, 10,
     "  shop: {target: store, region: us-east-1, store: order, effect: down, at: 1 min, lasts: 1 "
     "s}\n  partition:",
     10, 51, "no design has a store 'order'", "orders"},
    {F, 10,
     "  shop: {target: service, region: us-east-1, service: web, zone: each, effect: down, at: 1 "
     "min, lasts: 1 s}\n  partition:",
     10, 66, "'each' is no letter of a zone", NULL},
    {F, 10,
     "  shop: {target: service, region: us-east-1, service: web, zone: e, effect: down, at: 1 "
     "min, lasts: 1 s}\n  partition:",
     10, 66, "no design uses zone 'e'", NULL},
    {F, 10,
     "  shop: {target: service, region: us-east-1, service: web, targets: 4, effect: down, at: 1 "
     "min, lasts: 1 s}\n  partition:",
     10, 69, "no design has 4 targets there, but 3 at most", NULL},
    {F, 10,
     "  shop: {target: service, region: us-east-1, service: web, zone: a, targets: 2, effect: "
     "down, at: 1 min, lasts: 1 s}\n  partition:",
     10, 78, "no design has 2 targets there, but 1 at most", NULL},
    {F, 7, "    effect: down\n    targets: 1", 8, 5, "'targets' has no effect with 'target: zone'",
     NULL},
    {F, 6, "    zone: all", 6, 11, "'all' is no letter of a zone", NULL},
    // ---- sense
    {T, 16, "      - {call: orders, timeout: 500 ms}\n      - {call: web, timeout: 1 s}", 17, 16,
     "in a circle: web -> cart -> web", NULL},
    {T, 12, "  lonely: {servers_per_zone: 1, work: 1 ms}\n  cart:", 12, 3,
     "service 'lonely' has no effect", NULL},
    {T, 20, "    servers: 4\n  cache: {mode: multi-leader, servers: 1}", 21, 3,
     "store 'cache' has no effect", NULL},
    {T, 11, "      - {call: cart, timeout: 1 s, operation: read}", 11, 36,
     "'operation' has no effect", NULL},
    {T, 19, "    mode: single-leader", 18, 3, "'leader' is missing in stores.orders", NULL},
    {T, 19, "    mode: multi-leader\n    leader: us-east-1", 20, 5,
     "'leader' has no effect with 'mode: multi-leader'", NULL},
    {T, 19, "    mode: single-leader\n    leader: eu-west-1\n    regions: [us-east-1]", 20, 13,
     "no replica in its leader's region", NULL},
    {T, 19, "    mode: single-leader\n    leader: us-east-1\n    failover: {detect: 10 s}", 21, 16,
     "'detect' has no effect with 'automatic: false'", NULL},
    {T, 19,
     "    mode: single-leader\n    leader: us-east-1\n    failover: {automatic: true, heartbeat: 9 "
     "s, detect: 9 s}",
     21, 57, "'detect' must be longer", NULL},
    {T, 19, "    mode: multi-leader\n    regions: [us-east-1]\n    replication: {delay: 1 s}", 21,
     5, "'replication' has no effect: store 'orders' has a single replica", NULL},
    {T, 19, "    mode: quorum\n    replication: {delay: 1 s}", 20, 5,
     "'replication' has no effect with", NULL},
    {T, 19, "    mode: quorum\n    quorum: {write: 3}", 20, 21,
     "has 2 replicas; 3 cannot acknowledge", NULL},
    {T, 19, "    mode: quorum\n    quorum: {read: 3}", 20, 20, "has 2 replicas; 3 cannot answer",
     NULL},
    {T, 19, "    mode: quorum\n    quorum: {read_mode: local, copies: 1, write: 1}", 20, 40,
     "an item is at 1 of 2 replicas; a read of the nearest replica only may meet one that does not",
     NULL},
    {T, 19, "    mode: quorum\n    quorum: {read_mode: leased, copies: 1, write: 1}", 20, 41,
     "an item is at 1 of 2 replicas; a read of the nearest replica only may meet one that does not",
     NULL},
    {T, 19, "    mode: quorum\n    quorum: {read_mode: local, read: 1}", 20, 32,
     "'read' has no effect with", NULL},
    {T, 23, "  policy: failover", 22, 1, "exactly two records, one of them with 'secondary: true'",
     NULL},
    {T, 23, "  policy: failover\n  records: [{region: us-east-1}]", 24, 3, "not 1 with 0", NULL},
    {T, 23, "  policy: failover\n  records: [{region: us-east-1}, {region: eu-west-1}]", 24, 3,
     "not 2 with 0", NULL},
    {T, 23,
     "  policy: failover\n  records: [{region: us-east-1, secondary: true}, {region: eu-west-1, "
     "secondary: true}]",
     24, 3, "not 2 with 2", NULL},
    {T, 24, "  records: [{region: us-east-1, weight: 2}]", 24, 33,
     "'weight' has no effect with 'policy: latency'", NULL},
    {T, 24, "  records: [{region: us-east-1}, {region: us-east-1}]", 24, 43, "has a record already",
     NULL},
    {T, 24, "  records: [{region: us-east-1, health_check: none}]", 25, 3,
     "'health_check' has no effect: no record", NULL},
    {T, 23, "  policy: simple\n  records: [{region: us-east-1}]", 26, 3,
     "'health_check' has no effect: no record has its health checked", NULL},
    {T, 25, "  records: []\n  policyy: latency", 26, 3, "unknown key 'policyy'", "policy"},
    {T, 21, "balancer: {health_check: {timeout: 30 s}}", 21, 36, "'timeout' must be shorter", NULL},
    {T, 21, "network: {zone_rtt: {median: 2 ms, p99: 1 ms}}", 21, 41, "'p99' must not lie below",
     NULL},
    {T, 20, "    servers: 4\n  web: {mode: multi-leader, servers: 1}", 21, 3,
     "'web' is the name of a service too", NULL},
    {W, 3, "warmup: 2 h", 3, 9, "'warmup' must be shorter", NULL},
    {W, 3, "window: 2 h", 3, 9, "'window' must not be longer", NULL},
    {W, 14, "    diurnal: {first: 60 %, second: 50 %}", 14, 36, "the rate would be negative", NULL},
    {W, 14, "    diurnal: {first: 0 %, first_peak: 20 h}", 14, 27, "'first_peak' has no effect",
     NULL},
    {W, 14, "    resolvers: {count: 1, skew: 2}", 14, 27, "'skew' has no effect", NULL},
    {W, 15, "    client: {attempts: 1, backoff: {base: 1 s}}", 15, 27,
     "'backoff' has no effect with 'attempts: 1'", NULL},
    {W, 15, "    client: {retry_budget: {mode: tokens, size: 0}}", 15, 49, "'size' is out of range",
     NULL},
    {W, 15, "    client: {retry_budget: {mode: tokens, size: 5}}", 15, 49,
     "'size' is less than a retry costs", NULL},
    {W, 15, "    client: {retry_budget: {size: 5}}", 15, 29,
     "'size' has no effect with 'mode: none'", NULL},
    {W, 15, "    client: {backoff: {growth: fixed, cap: 5 s}}", 15, 39,
     "'cap' has no effect with 'growth: fixed'", NULL},
    {W, 15, "    client: {backoff: {base: 30 s}}", 15, 30, "'base' must not exceed 'cap'", NULL},
    {W, 5, "  browse: {kind: read, weight: 0, deadline: 2 s}", 5, 3, "class 'browse' has no effect",
     NULL},
    {F, 7, "    effect: errors\n    ratio: 5 %", 7, 13, "with 'target: zone'", NULL},
    {F, 7, "    effect: wrong-answers\n    ratio: 5 %", 7, 13, "with 'target: zone'", NULL},
    {F, 7, "    effect: down\n    ratio: 5 %", 8, 5, "'ratio' has no effect with 'effect: down'",
     NULL},
    {F, 7, "    effect: down\n    ramp: 5 min", 8, 5, "'ramp' has no effect with 'effect: down'",
     NULL},
    {F, 7, "    effect: down\n    peer: eu-west-1", 8, 5,
     "'peer' has no effect with 'target: zone'", NULL},
    {F, 8, "", 3, 3, "'at' or 'rate' is missing", NULL},
    {F, 8, "    rate: 1 /year", 3, 3, "'source' is missing", NULL},
    {F, 8, "    at: 10 min\n    rate: 1 /year\n    source: x", 8, 5, "'at' has no effect", NULL},
    {F, 1, "title: x\noccurs: {rate: 1 /year}", 2, 1, "'source' is missing", NULL},
    {F, 1, "title: x\noccurs: {source: y}", 2, 10, "'source' has no effect", NULL},
    // ---- actions
    {F, 1,
     "title: x\nactions: {a: {kind: traffic-dial, group: eu-west-1, change: dial, at: 1 min}}", 2,
     11, "'dial' is missing in actions.a", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: traffic-dial, group: eu-west-1, change: dial, dial: 0 %, at: 1 "
     "min}}",
     2, 42, "no design has a group of an accelerator in 'eu-west-1'", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: endpoint-weight, group: us-east-1, service: web, change: "
     "weight, "
     "at: 1 min}}",
     2, 11, "'weight' is missing in actions.a", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: endpoint-weight, group: us-east-1, service: web, change: dial, "
     "dial: 50 %, at: 1 min}}",
     2, 78, "'change' cannot be 'dial' with 'kind: endpoint-weight'", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: endpoint-weight, group: us-east-1, service: web, change: dial, "
     "weight: 5, at: 1 min}}",
     2, 78, "'change' cannot be 'dial' with 'kind: endpoint-weight'", NULL},
    {F, 1, "title: x\nactions: {a: {kind: record, record: us-east-1, change: take-out}}", 2, 11,
     "'at' is missing in actions.a", NULL},
    {F, 1, "title: x\nactions: {a: {kind: record, change: take-out, at: 1 min}}", 2, 11,
     "'record' is missing in actions.a", NULL},
    {F, 1, "title: x\nactions: {a: {kind: record, record: us-east-1, change: turn-off, at: 1 min}}",
     2, 56, "with 'kind: record'", NULL},
    {F, 1, "title: x\nactions: {a: {kind: record, record: us-east-1, change: weight, at: 1 min}}",
     2, 11, "'weight' is missing in actions.a", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: record, record: us-east-1, change: take-out, weight: 5, at: 1 "
     "min}}",
     2, 66, "'weight' has no effect with 'change: take-out'", NULL},
    {F, 1, "title: x\nactions: {a: {kind: record, record: eu-wets-1, change: take-out, at: 1 min}}",
     2, 37, "no design has a region or record set 'eu-wets-1'", "eu-west-1"},
    {F, 1,
     "title: x\nactions: {a: {kind: record, set: world, record: us-east-1, change: take-out, at: 1 "
     "min}}",
     2, 34, "no design has a record set 'world'", NULL},
    {F, 1, "title: x\nactions: {a: {kind: check, check: deep, change: disable, at: 1 min}}", 2, 35,
     "no design has a health check 'deep'", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: routing-control, control: b, change: turn-on, takes: 1 s, at: "
     "1 min}}",
     2, 67, "'takes' has no effect with 'kind: routing-control'", NULL},
    {T, 23,
     "  policy: latency\n  records: [{region: us-east-1, set: root}, {region: eu-west-1}]\n  sets: "
     "{root: {policy: "
     "latency}}",
     25, 10, "a set cannot be called 'root'", NULL},
    {F, 2, "services: {}\nfaults:", 1, 1, "this is a topology, not a fault plan", NULL},
};

Test(mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

Test(mistakes, good_texts_are_good)
{
    struct files f;
    files_load(&f, NULL, NULL, 0);
    if (!f.is_good)
        diag_print(&f.diags, stderr, false);
    cr_assert(f.is_good);
    cr_assert_eq(f.diags.items.n, 0);
    files_free(&f);
}

// A third region comes from --set, since a spoilt text differs in one place only.
Test(mistakes, failover_has_no_third_record)
{
    struct files f;
    char *text = spoil(&(struct mistake){
        .kind = T,
        .line = 23,
        .text = "  policy: failover\n  records:\n    - {region: us-east-1}\n"
                "    - {region: eu-west-1, secondary: true}\n"
                "    - {region: us-west-2, secondary: true}",
    });
    const char *const texts[FILES_KINDS] = {text};
    const char *const sets[] = {"regions={us-east-1: {}, eu-west-1: {}, us-west-2: {}}"};
    files_load(&f, texts, sets, 1);
    cr_assert_eq(diag_errors(&f.diags), 1);
    cr_assert_eq(f.diags.items.items[0].place.line, 24);
    cr_assert_not_null(strstr(f.diags.items.items[0].message, "not 3 with 2"));
    files_free(&f);
    free(text);
}

// Mistakes of all files and all places are reported by one load.
Test(mistakes, all_are_reported_at_once)
{
    struct files f;
    const char *texts[FILES_KINDS];
    char *spoilt[FILES_KINDS];
    const struct mistake chosen[FILES_KINDS] = {
        {T, 24, "  ttl: 60\n  tll: 1 s\n  propagation: 1", 0, 0, "", NULL},
        {W, 12, "    rate: 5\n    colour: red", 0, 0, "", NULL},
        {F, 7, "    effect: dwon", 0, 0, "", NULL},
    };
    for (int i = 0; i < FILES_KINDS; i++)
        texts[i] = spoilt[i] = spoil(&chosen[i]);
    files_load(&f, texts, NULL, 0);
    cr_assert_eq(diag_errors(&f.diags), 6, "%zu errors", diag_errors(&f.diags));
    files_free(&f);
    for (int i = 0; i < FILES_KINDS; i++)
        free(spoilt[i]);
}

static size_t count_errors(const char *const *sets, size_t n)
{
    struct files f;
    files_load(&f, NULL, sets, n);
    size_t errors = diag_errors(&f.diags);
    files_free(&f);
    return errors;
}

// A value that could not be had hides only what is said of it: each of these is a mistake by
// itself, in pairs of a value and of what makes no sense beside others.
Test(mistakes, wrong_values_hide_no_nonsense)
{
    static const char *const sets[] = {
        "services.web.work=soon",    "steering.records=[{region: us-east-1}, {region: us-east-1}]",
        "network.fibre_speed=fast",  "network.zone_rtt={median: 3 ms, p99: 2 ms}",
        "stores.orders.items=many",  "balancer.idle_timeout=5000 s",
        "populations.europe.rate=5", "warmup=2 h",
        "classes.browse.request=1",  "classes.order.weight=0",
        "faults.power.at=soon",      "faults.partition.peer=us-east-1",
    };
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        cr_expect_eq(count_errors(&sets[i], 1), 1, "%s: %zu", sets[i], count_errors(&sets[i], 1));
    cr_expect_eq(count_errors(sets, ARRAY_LEN(sets)), ARRAY_LEN(sets), "%zu of %zu",
                 count_errors(sets, ARRAY_LEN(sets)), ARRAY_LEN(sets));
    // A weight says nothing of who points to whom.
    static const char *const weighed[] = {
        "steering={policy: weighted, records: [{region: us-east-1, weight: 300}, "
        "{region: us-east-1}, {region: eu-west-1}]}"};
    cr_expect_eq(count_errors(weighed, 1), 2, "%zu", count_errors(weighed, 1));
}

// What checks go by is not looked at when it could not be had: one mistake, one message.
Test(mistakes, wrong_values_have_no_echo)
{
    static const char *const sets[] = {
        "entry=wbe",
        "services.web.regions=[us-west-2]",
        "services.web.steps=[{call: crat, timeout: 1 s}]",
        "services.web.targets_per_zone=none",
        "stores.orders.mode=master",
        "regions.us-east-1.zones=many",
        "steering.policy=latancy",
        "steering.records=[{region: us-west-2}, {region: eu-west-1}]",
        "balancer.kind=netwrok",
        "network.local_rtt.median=1",
        "warmup=1",
        "classes.order.deadline=4",
        "populations.europe.mix={browse: x}",
        "faults.power.target=zoen",
    };
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        cr_expect_eq(count_errors(&sets[i], 1), 1, "%s: %zu", sets[i], count_errors(&sets[i], 1));
}

// Names with dots would be several steps of a path: they are mistakes, and are looked at no
// further.
Test(mistakes, names_with_dots_are_looked_at_no_further)
{
    static const char *const sets[] = {
        "services={web: {servers_per_zone: 1, work: 1 ms}, a.b: {servers_per_zone: 1, work: 1 ms, "
        "steps: [{call: none, timeout: 1 s, operation: read}]}}",
        "stores={a.b: {mode: quorum, servers: 1, replication: {delay: 1 s}, leader: us-east-1}}"};
    cr_expect_gt(count_errors(sets, ARRAY_LEN(sets)), 0);
    cr_expect_gt(count_errors(sets, 1), 0);
}
