// Keys of a topology file. Defaults are the documented ones of the real systems where there are
// such; the rest are assumptions and say so in their source.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define SOURCE_FAST_INTERNET                                                                       \
    "Derived from 528 region pairs: cloudping.co medians (2025-07) against great-circle distances"
#define ASSUMED "Assumption"

static const struct field region_fields[] = {
    {"zones", FIELD_INTEGER, SCHEMA_MEMBER(struct region_spec, n_zones), .initial = "3", .low = 1,
     .high = TOPOLOGY_MAX_ZONES,
     .source = "AWS 'Regions and Availability Zones': every region has at least three",
     .doc = "Availability zones that the design uses in this region, lettered a, b, c ..."},
    {"clock_offset", FIELD_QUANTITY, SCHEMA_MEMBER(struct region_spec, clock_offset_s),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = -1800, .high = 1800,
     .source = ASSUMED " (clocks are right)",
     .doc = "What the region's clock always shows too much; stores whose last writer wins order "
            "writes by it."},
    {"clock_error", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct region_spec, clock_error),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 1800,
     .source = ASSUMED " (Amazon Time Sync Service: within 1 ms by NTP, within 100 us by a "
                       "hardware clock; EC2 User Guide)",
     .doc = "How wrong it is beside that, to either side, drawn anew in each replication."},
};
static const struct schema_record region_record = {
    "region", "A cloud region that the design uses.",
    SCHEMA_RECORD(struct region_spec, region_fields)};

static const struct choice operations[] = {
    {"by-class", CALL_BY_CLASS, "a read for read classes of requests, a write for write classes"},
    {"read", CALL_READ, "always a read"},
    {"write", CALL_WRITE, "always a write"},
    {NULL, 0, NULL},
};

static const struct choice consistencies[] = {
    {"store", CONSISTENCY_OF_STORE, "as the store's reads are"},
    {"eventual", CONSISTENCY_EVENTUAL,
     "of the copy of the replica that is asked: no other is, and it may be stale"},
    {"strong", CONSISTENCY_STRONG,
     "of a quorum, or what the leader had when it began; where every replica takes writes, what "
     "was "
     "written in its region"},
    {NULL, 0, NULL},
};

#define SOURCE_SDK "AWS SDKs and Tools Reference Guide, 'Retry behavior' (2026)"

static const struct field call_backoff_fields[] = {
    {"base", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, retry.base_s), .initial = "25 ms",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = SOURCE_SDK ": 25 ms for DynamoDB, 50 ms for others",
     .doc = "Longest wait before the second attempt; twice as long before each further one."},
    {"throttled", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, retry.throttled_base_s),
     .initial = "1 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = SOURCE_SDK ": 1,000 ms; before 2026 as for other errors",
     .doc = "The same after an attempt that was throttled."},
    {"cap", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, retry.cap_s), .initial = "20 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3600, .source = SOURCE_SDK,
     .doc = "Longest wait of all; waits are uniform between zero and what they may be."},
};
static const struct schema_record call_backoff_record = {
    "backoff", "Waits between attempts.", SCHEMA_RECORD(struct call_spec, call_backoff_fields)};

static const struct field call_fields[] = {
    {"call", FIELD_NAME, SCHEMA_MEMBER(struct call_spec, index), .scope = SCOPE_CALLEE,
     .doc = "Service or store that is called; the nearest region that has it."},
    {"timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, timeout_s),
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .doc = "The caller stops waiting after this time and counts an error."},
    {"probability", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, probability),
     .initial = "100 %", .dimension = DIMENSION_RATIO, .low = 1e-6, .high = 1,
     .source = "A call is made unless it says otherwise",
     .doc = "Share of requests that make this call."},
    {"operation", FIELD_CHOICE, SCHEMA_MEMBER(struct call_spec, operation), .initial = "by-class",
     .choices = operations, .when = "call=" schema_any_store,
     .source = "The kind of the request decides", .doc = "What is asked of the store."},
    {"consistency", FIELD_CHOICE, SCHEMA_MEMBER(struct call_spec, consistency), .initial = "store",
     .choices = consistencies, .when = "call=" schema_any_store,
     .source = "DynamoDB API Reference, GetItem: eventually consistent unless asked otherwise; in "
               "other stores as their mode says",
     .doc = "What a read must have seen."},
    {"optional", FIELD_BOOL, SCHEMA_MEMBER(struct call_spec, optional), .initial = "false",
     .source = "A failed call fails its request",
     .doc = "Whether the request succeeds when this call fails (a degraded answer)."},
    {"attempts", FIELD_INTEGER, SCHEMA_MEMBER(struct call_spec, retry.attempts), .initial = "1",
     .low = 1, .high = 16, .when = "call=" schema_any_store,
     .source = "No retries unless given; " SOURCE_SDK ": DynamoDB 4, others 3; older clients up to "
               "10",
     .doc = "Attempts in all, within the timeout, when the store turns the call away, fails, or "
            "does not answer."},
    {"attempt_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, retry.attempt_timeout_s),
     .initial = "0 s", .when = "attempts!=1", .dimension = DIMENSION_TIME, .low = 0, .high = 600,
     .source = "AWS SDKs for Java: apiCallAttemptTimeout, none unless set",
     .doc = "An attempt without an answer is given up after this time; 0: only with the call."},
    {"backoff", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "attempts!=1",
     .record = &call_backoff_record, .doc = "Waits between attempts."},
    {"retry_quota", FIELD_QUANTITY, SCHEMA_MEMBER(struct call_spec, retry.quota), .initial = "500",
     .when = "attempts!=1", .dimension = DIMENSION_NUMBER, .low = 0, .high = 1e6,
     .source = SOURCE_SDK ": 500 tokens; a retry takes 14, after throttling 5, and gives them back "
                          "when it succeeds; a first attempt that succeeds gives 1",
     .doc =
         "Tokens of a target's client for retries, all there at first; without them a call fails "
         "at once; 0: no quota."},
};
static const struct schema_record call_record = {"call", "One call to a service or store.",
                                                 SCHEMA_RECORD(struct call_spec, call_fields)};

static const struct field service_fields[] = {
    {"regions", FIELD_NAME_SET, SCHEMA_MEMBER(struct service_spec, regions), .initial = "all",
     .keyword = "all", .scope = SCOPE_REGION,
     .source = "Services run everywhere unless they say otherwise",
     .doc = "Regions that run the service, in each of their zones."},
    {"servers_per_zone", FIELD_INTEGER, SCHEMA_MEMBER(struct service_spec, servers_per_zone),
     .low = 1, .high = 100000, .doc = "Servers in each zone; one works on one request at a time."},
    {"targets_per_zone", FIELD_INTEGER, SCHEMA_MEMBER(struct service_spec, targets_per_zone),
     .initial = "1", .low = 1, .high = BALANCER_MAX_TARGETS,
     .source = ASSUMED " (a zone's servers share one queue)",
     .doc = "Targets that a zone's servers are dealt to evenly; each has a queue and a health of "
            "its own."},
    {"targets_in_zone", FIELD_COUNTS, SCHEMA_MEMBER(struct service_spec, targets_in_zone),
     .initial = "{}", .capacity = TOPOLOGY_MAX_ZONES, .scope = SCOPE_ZONE, .low = 1,
     .high = BALANCER_MAX_TARGETS, .source = "Zones are alike unless they say otherwise",
     .doc = "Zones with more or fewer targets of that size, and so of servers: {a: 2}."},
    {"work", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct service_spec, work),
     .dimension = DIMENSION_TIME, .low = 0, .high = 600,
     .doc = "Time a server is busy with one request, calls not included."},
    {"queue", FIELD_INTEGER, SCHEMA_MEMBER(struct service_spec, queue), .initial = "100", .low = 0,
     .high = 1000000, .source = ASSUMED " (a listen backlog of common servers is 100 to 511)",
     .doc = "Requests that may wait at a target for a server; further ones are shed."},
    {"concurrency", FIELD_INTEGER, SCHEMA_MEMBER(struct service_spec, concurrency), .initial = "50",
     .low = 1, .high = 1000000, .source = ASSUMED,
     .doc =
         "Requests in flight per server, waiting for their calls included; further ones are shed."},
    {"balancer", FIELD_NAME, SCHEMA_MEMBER(struct service_spec, balancer), .initial = "default",
     .scope = SCOPE_BALANCER, .keyword = "default", .source = "One kind of balancer for all",
     .doc = "Which of the `balancers` stands in front of it; 'default': as `balancer` says."},
    {"steps", FIELD_STEPS, SCHEMA_MEMBER(struct service_spec, calls), .initial = "[]",
     SCHEMA_COUNT(struct service_spec, n_calls), .capacity = TOPOLOGY_MAX_CALLS,
     .record = &call_record, .step_offset = offsetof(struct call_spec, step),
     .source = "A service without calls answers by itself",
     .doc = "Calls made one after the other; those under 'parallel' at the same time."},
};
static const struct schema_record service_record = {
    "service", "A pool of servers in each zone of its regions, behind a balancer in each region.",
    SCHEMA_RECORD(struct service_spec, service_fields)};

#define SOURCE_GOOGLE "Google Cloud Load Balancing documentation"
#define SOURCE_ACCELERATOR "Global Accelerator Developer Guide"

static const struct field endpoint_fields[] = {
    {"service", FIELD_NAME, SCHEMA_MEMBER(struct endpoint_spec, service), .scope = SCOPE_SERVICE,
     .doc = "Service whose balancer in the region it is."},
    {"weight", FIELD_INTEGER, SCHEMA_MEMBER(struct endpoint_spec, weight), .initial = "128",
     .low = 0, .high = 255, .source = SOURCE_ACCELERATOR ", 'Endpoint weights'",
     .doc = "Share of the group's connections, over the sum of the healthy endpoints' weights; 0: "
            "none."},
    {"health_check", FIELD_NAME, SCHEMA_MEMBER(struct endpoint_spec, health_check),
     .initial = "none", .scope = SCOPE_CHECK, .keyword = "none",
     .source = SOURCE_ACCELERATOR ", 'Health checks': a balancer's targets decide",
     .doc = "A check of `checks` that must be healthy, too."},
};
static const struct schema_record endpoint_record = {
    "endpoint", "One of an accelerator's endpoints in a region.",
    SCHEMA_RECORD(struct endpoint_spec, endpoint_fields)};

static const struct field_default record_check_defaults[] = {
    {"^policy=accelerator", "none", SOURCE_ACCELERATOR ", 'Health checks': balancers say"},
    {NULL, NULL, NULL},
};

static const struct field record_fields[] = {
    {"region", FIELD_NAME, SCHEMA_MEMBER(struct record_spec, region), .initial = "none",
     .scope = SCOPE_REGION, .keyword = "none", .source = "A record points to a region or a set",
     .doc = "Region whose balancer is the answer; with a `set`: the region whose place counts."},
    {"set", FIELD_NAME, SCHEMA_MEMBER(struct record_spec, set), .initial = "none",
     .scope = SCOPE_RECORD_SET, .keyword = "none", .source = "A record points to a region or a set",
     .doc = "Instead of a region: the record set that makes the answer (an alias)."},
    {"evaluate_target_health", FIELD_BOOL,
     SCHEMA_MEMBER(struct record_spec, evaluate_target_health), .initial = "false",
     .when = "^policy!=accelerator|global-balancer",
     .source = "Off unless the alias says otherwise (as in the API)",
     .doc = "Healthy only while the balancer has a healthy target, or the set a healthy record."},
    {"weight", FIELD_INTEGER, SCHEMA_MEMBER(struct record_spec, weight), .initial = "1",
     .when = "^policy=weighted", .low = 0, .high = 255,
     .source = ASSUMED "; the range is Route 53's",
     .doc = "Share of the answers, over the sum of the weights; 0: only when all others are "
            "unhealthy."},
    {"secondary", FIELD_BOOL, SCHEMA_MEMBER(struct record_spec, is_secondary), .initial = "false",
     .when = "^policy=failover", .source = "A record is primary unless it says otherwise",
     .doc = "Whether it answers only when the primary is unhealthy."},
    {"location", FIELD_TEXT, SCHEMA_MEMBER(struct record_spec, location_text),
     .when = "^policy=geolocation",
     .doc = "Whom it answers: `continent EU`, `country DE`, `subdivision US-CA`, or `default` for "
            "everybody else."},
    {"bias", FIELD_QUANTITY, SCHEMA_MEMBER(struct record_spec, bias), .initial = "0 %",
     .dimension = DIMENSION_RATIO, .low = -0.99, .high = 0.99, .when = "^policy=geoproximity",
     .source = "Route 53 Developer Guide, 'Geoproximity routing': none unless given",
     .doc = "Draws users in: b % shortens the distance by as much; negative: drives them away."},
    {"dial", FIELD_QUANTITY, SCHEMA_MEMBER(struct record_spec, dial), .initial = "100 %",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 1, .when = "^policy=accelerator",
     .source = "Global Accelerator Developer Guide, 'Traffic dials': 100 % unless set",
     .doc = "Share of the connections aimed at the region that it takes; the rest goes to the next "
            "nearest."},
    {"capacity", FIELD_QUANTITY, SCHEMA_MEMBER(struct record_spec, capacity_rps),
     .initial = "0 req/s", .dimension = DIMENSION_RATE, .low = 0, .high = 1e9,
     .when = "^policy=global-balancer", .source = "Unless stated there is no limit",
     .doc = "Requests that the region takes; more go on to the next nearest. Those to whom it is "
            "nearest come first. Not stated: all."},
    {"endpoints", FIELD_LIST, SCHEMA_MEMBER(struct record_spec, endpoints), .initial = "[]",
     SCHEMA_COUNT(struct record_spec, n_endpoints), .capacity = GROUP_MAX_ENDPOINTS,
     .record = &endpoint_record, .when = "^policy=accelerator",
     .source = "The entry service's balancer alone",
     .doc = "Balancers in the region that share its connections; when empty, the entry service's."},
    {"cidr", FIELD_TEXT, SCHEMA_MEMBER(struct record_spec, cidr_text), .when = "^policy=ip",
     .doc = "Whom it answers: blocks of IPv4 addresses, `203.0.113.0/24 198.51.100.0/24`, or "
            "`default` for everybody else."},
    {"health_check", FIELD_NAME, SCHEMA_MEMBER(struct record_spec, health_check),
     .initial = "default", .alternatives = record_check_defaults, .scope = SCOPE_RECORD_CHECK,
     .source = ASSUMED,
     .doc = "A check of `checks`, or `default`: the region's endpoint, by the settings of "
            "`health_check` (a record that points to a set has none), or `none`: always healthy."},
};
static const struct schema_record record_record = {
    "record", "A DNS record: a region's balancer, or another set.",
    SCHEMA_RECORD(struct record_spec, record_fields)};

static const struct choice steering_policies[] = {
    {"simple", STEERING_SIMPLE, "every answer holds the one record; no health checks"},
    {"weighted", STEERING_WEIGHTED, "answers in proportion to the records' weights"},
    {"latency", STEERING_LATENCY, "the region with the least network latency, whatever its load"},
    {"failover", STEERING_FAILOVER,
     "two records: the primary while it is healthy, else the secondary"},
    {"geolocation", STEERING_GEOLOCATION, "by the asker's subdivision, country or continent"},
    {"geoproximity", STEERING_GEOPROXIMITY, "the nearest region, with a bias"},
    {"multivalue", STEERING_MULTIVALUE,
     "up to eight healthy records in one answer, of which the client takes one"},
    {"ip", STEERING_IP, "by the asker's address"},
    {"accelerator", STEERING_ACCELERATOR,
     "anycast addresses (Global Accelerator): the nearest edge takes users in and chooses the "
     "region; records are its endpoint groups"},
    {"global-balancer", STEERING_GLOBAL_BALANCER,
     "anycast proxies (Google's global external Application Load Balancer, Azure Front Door) that "
     "choose a region for each request; records are its regions"},
    {NULL, 0, NULL},
};

#define SOURCE_ELB_TTL                                                                             \
    "Aliases to load balancers have 60 s, not settable (Elastic Load Balancing user guide)"

// Keys of a record set, with the members of T at `at`.
#define RECORD_SET_FIELDS(T, at)                                                                   \
    {"policy", FIELD_CHOICE, SCHEMA_MEMBER(T, at policy), .choices = steering_policies,            \
     .doc = "How a DNS answer chooses among the records."},                                        \
        {"alias",                                                                                  \
         FIELD_BOOL,                                                                               \
         SCHEMA_MEMBER(T, at is_alias),                                                            \
         .initial = "true",                                                                        \
         .when = "policy!=accelerator|global-balancer",                                            \
         .source = "Route 53 Developer Guide: an alias is the usual way to a load balancer",       \
         .doc =                                                                                    \
             "Whether the records are aliases to the balancers, whose TTL then counts (60 s)."},   \
        {"ttl",                                                                                    \
         FIELD_QUANTITY,                                                                           \
         SCHEMA_MEMBER(T, at ttl_s),                                                               \
         .initial = "60 s",                                                                        \
         .dimension = DIMENSION_TIME,                                                              \
         .low = 0,                                                                                 \
         .high = 604800,                                                                           \
         .when = "alias=false",                                                                    \
         .source = SOURCE_ELB_TTL,                                                                 \
         .doc = "Resolvers keep an answer this long, as far as they obey."},                       \
    {                                                                                              \
        "records", FIELD_LIST, SCHEMA_MEMBER(T, at records),                                       \
            .initial = "[]", SCHEMA_COUNT(T, at n_records), .capacity = TOPOLOGY_MAX_REGIONS,      \
            .record = &record_record,                                                              \
            .source = "One for each region in which the entry service runs",                       \
            .doc = "DNS records; when empty, one for each region in which the entry service runs." \
    }

static const struct field record_set_fields[] = {RECORD_SET_FIELDS(struct record_set_spec, )};
static const struct schema_record record_set_record = {
    "record set", "Records to which a record of another set points.",
    SCHEMA_RECORD(struct record_set_spec, record_set_fields)};

static const struct choice affinities[] = {
    {"none", AFFINITY_NONE, "each connection on its own"},
    {"source-ip", AFFINITY_SOURCE_IP, "all connections of a user go to one endpoint"},
    {NULL, 0, NULL},
};

static const struct field accelerator_fields[] = {
    {"client_affinity", FIELD_CHOICE, SCHEMA_MEMBER(struct accelerator_spec, affinity),
     .initial = "none", .choices = affinities, .source = SOURCE_ACCELERATOR ", 'Client affinity'",
     .doc = "What of a connection decides which dial lets it in, and its endpoint."},
    {"idle_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct accelerator_spec, idle_timeout_s),
     .initial = "340 s", .dimension = DIMENSION_TIME, .low = 1, .high = 86400,
     .source = SOURCE_ACCELERATOR ", 'How AWS Global Accelerator works': 340 s for TCP",
     .doc = "An idle connection through the edge is closed."},
    {"reaction", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct accelerator_spec, reaction),
     .initial = "{uniform: {low: 0 s, high: 30 s}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 3600,
     .source = "Global Accelerator workshop: 30 s for the accelerator at most, after the balancer "
               "has noticed",
     .doc = "From an endpoint's failure being known until the edges send new connections "
            "elsewhere."},
    {"failback", FIELD_QUANTITY, SCHEMA_MEMBER(struct accelerator_spec, failback_s),
     .initial = "30 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = SOURCE_ACCELERATOR ", 'Endpoint weights': about 30 s",
     .doc = "The same after an endpoint's recovery."},
};
static const struct schema_record accelerator_record = {
    "accelerator", "Anycast addresses in front of the regions.",
    SCHEMA_RECORD(struct accelerator_spec, accelerator_fields)};

static const struct choice global_affinities[] = {
    {"none", AFFINITY_NONE, "each request on its own"},
    {"cookie", AFFINITY_COOKIE,
     "a user keeps his region while it is healthy, and is served elsewhere while it is full"},
    {NULL, 0, NULL},
};

static const struct choice proxy_retries[] = {
    {"gateway-error", PROXY_RETRY_GATEWAY_ERROR,
     "an error, a full queue, a refusal, or no answer within `try_timeout`"},
    {"connect-failure", PROXY_RETRY_CONNECT_FAILURE, "a refusal only"},
    {NULL, 0, NULL},
};

static const struct choice proxy_despairs[] = {
    {"refuse", PROXY_REFUSES, "answer 503 (Google)"},
    {"try-all", PROXY_TRIES_ALL, "treat all as healthy (Azure Front Door)"},
    {NULL, 0, NULL},
};

static const struct field global_balancer_fields[] = {
    {"affinity", FIELD_CHOICE, SCHEMA_MEMBER(struct global_balancer_spec, affinity),
     .initial = "none", .choices = global_affinities,
     .source = SOURCE_GOOGLE ", 'Session affinity': none unless set",
     .doc = "What ties a user to a region."},
    {"idle_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct global_balancer_spec, idle_timeout_s),
     .initial = "610 s", .dimension = DIMENSION_TIME, .low = 1, .high = 86400,
     .source = SOURCE_GOOGLE ", 'Request distribution': client keepalive of 610 s",
     .doc = "An idle connection of a user is closed."},
    {"reaction", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct global_balancer_spec, reaction),
     .initial = "1 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = ASSUMED " (probers are a part of the balancer)",
     .doc = "From a region's failure being known until the proxies send requests elsewhere."},
    {"failback", FIELD_QUANTITY, SCHEMA_MEMBER(struct global_balancer_spec, failback_s),
     .initial = "1 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600, .source = ASSUMED,
     .doc = "The same after a region's recovery."},
    {"retries", FIELD_INTEGER, SCHEMA_MEMBER(struct global_balancer_spec, retries), .initial = "1",
     .low = 0, .high = 25, .source = "Google Compute API, HttpRetryPolicy: num_retries, default 1",
     .doc = "How often a proxy tries a request again, in another region if one is healthy; 0: "
            "never."},
    {"retry_on", FIELD_CHOICE, SCHEMA_MEMBER(struct global_balancer_spec, retry_on),
     .initial = "gateway-error", .choices = proxy_retries, .when = "retries!=0",
     .source = SOURCE_GOOGLE ", 'Retries': 502, 503 and 504 unless set (general knowledge)",
     .doc = "Why it does."},
    {"retry_writes", FIELD_BOOL, SCHEMA_MEMBER(struct global_balancer_spec, retry_writes),
     .initial = "false", .when = "retries!=0",
     .source = SOURCE_GOOGLE ", 'Retries': not with a body (general knowledge)",
     .doc = "Whether writes, too."},
    {"try_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct global_balancer_spec, try_timeout_s),
     .initial = "30 s", .dimension = DIMENSION_TIME, .low = 0.01, .high = 86400,
     .source = SOURCE_GOOGLE ", 'Timeouts': backend service timeout 30 s",
     .doc = "A try without an answer is given up; the last one is answered 504."},
    {"none_healthy", FIELD_CHOICE, SCHEMA_MEMBER(struct global_balancer_spec, none_healthy),
     .initial = "refuse", .choices = proxy_despairs,
     .source = SOURCE_GOOGLE ": failed_to_pick_backend (general knowledge)",
     .doc = "What becomes of requests while no region is healthy."},
    {"report_period", FIELD_QUANTITY, SCHEMA_MEMBER(struct global_balancer_spec, report_period_s),
     .initial = "5 s", .dimension = DIMENSION_TIME, .low = 0.1, .high = 3600,
     .source = ASSUMED " (Envoy's load reporting service: an interval that the server sets)",
     .doc = "Proxies report load this often, and shares are set anew, where records have a "
            "`capacity`."},
};
static const struct schema_record global_balancer_record = {
    "global balancer", "Proxies at the edge that choose a region for each request.",
    SCHEMA_RECORD(struct global_balancer_spec, global_balancer_fields)};

static const struct field steering_fields[] = {
    RECORD_SET_FIELDS(struct steering_spec, root.),
    {"sets", FIELD_TABLE, SCHEMA_MEMBER(struct steering_spec, sets), .initial = "{}",
     SCHEMA_COUNT(struct steering_spec, n_sets), .record = &record_set_record,
     .name_offset = offsetof(struct record_set_spec, name), .source = "None unless given",
     .doc = "Further record sets by name, for records that point to one (`set`)."},
    {"accelerator", FIELD_BLOCK, SCHEMA_MEMBER(struct steering_spec, accelerator), .initial = "{}",
     .when = "policy=accelerator", .record = &accelerator_record,
     .doc = "What holds for all its endpoint groups."},
    {"global_balancer", FIELD_BLOCK, SCHEMA_MEMBER(struct steering_spec, global_balancer),
     .initial = "{}", .when = "policy=global-balancer", .record = &global_balancer_record,
     .doc = "What holds for all its proxies."},
    {"negative_ttl", FIELD_QUANTITY, SCHEMA_MEMBER(struct steering_spec, negative_ttl_s),
     .initial = "900 s", .dimension = DIMENSION_TIME, .low = 0, .high = 86400,
     .when = "policy!=accelerator|global-balancer",
     .source = "Route 53's SOA record: TTL 900 s, the lesser of it and the minimum (RFC 2308)",
     .doc =
         "Resolvers keep an answer without records this long: when none is for the asker's place, "
         "or operators have taken out all."},
    {"health_check", FIELD_BLOCK, SCHEMA_MEMBER(struct steering_spec, health), .initial = "{}",
     .record = &schema_checks_health,
     .doc = "The checkers behind the records, and what checks of endpoints are that do not say "
            "otherwise."},
    {"checks", FIELD_TABLE, SCHEMA_MEMBER(struct steering_spec, checks), .initial = "{}",
     SCHEMA_COUNT(struct steering_spec, n_checks), .record = &schema_checks_named,
     .name_offset = offsetof(struct check_spec, name), .defaults = "health_check",
     .source = "None unless given",
     .doc = "Health checks by name, for records that point to one (`health_check`)."},
    {"safety_rules", FIELD_TABLE, SCHEMA_MEMBER(struct steering_spec, rules), .initial = "{}",
     SCHEMA_COUNT(struct steering_spec, n_rules), .record = &schema_checks_rule,
     .name_offset = offsetof(struct safety_rule_spec, name), .source = "None unless given",
     .doc = "Rules by name that changes of routing controls must not break."},
};
static const struct schema_record steering_record = {
    "steering", "How users find a region: DNS records and the health checks behind them.",
    SCHEMA_RECORD(struct steering_spec, steering_fields)};

#define RTT_FIELDS(name, member, median, p99, origin)                                              \
    static const struct field name##_fields[] = {                                                  \
        {"median", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, member##_s),                 \
         .initial = (median), .dimension = DIMENSION_TIME, .low = 1e-6, .high = 10,                \
         .source = (origin), .doc = "Median round trip."},                                         \
        {"p99", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, member##_p99_s),                \
         .initial = (p99), .dimension = DIMENSION_TIME, .low = 1e-6, .high = 10,                   \
         .source = (origin), .doc = "Its 99th percentile."},                                       \
    };                                                                                             \
    static const struct schema_record name##_record = {                                            \
        #name, "A round trip time.", SCHEMA_RECORD(struct network_spec, name##_fields)}

RTT_FIELDS(zone_rtt, zone_rtt, "1 ms", "3 ms",
           "Pings between 47 zone pairs in 15 regions (R. Imaoka, 2019): median of the means 1.02 "
           "ms; worst of "
           "a series: median 1.7 ms, 90th percentile 4.7 ms");
RTT_FIELDS(local_rtt, local_rtt, "150 us", "500 us",
           "Ping runs inside a zone in 19 regions (fantoch latency data, 2020): 0.08-0.30 ms; tail "
           "assumed");
RTT_FIELDS(resolver_rtt, resolver_rtt, "4 ms", "20 ms",
           "General knowledge, unverified: providers' resolvers stand near their users");
RTT_FIELDS(authority_rtt, authority_rtt, "20 ms", "120 ms",
           "General knowledge, unverified: a cache miss costs 20 to 120 ms");

static const struct field network_fields[] = {
    {"internet_stretch", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, internet_stretch),
     .initial = "2", .dimension = DIMENSION_NUMBER, .low = 1, .high = 20,
     .source = "Derived: internet paths 1.8 to 2.2 times the great circle over fibre",
     .doc = "Path length from users to regions over the great circle."},
    {"backbone_stretch", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, backbone_stretch),
     .initial = "1.73", .dimension = DIMENSION_NUMBER, .low = 1, .high = 20,
     .source = SOURCE_FAST_INTERNET,
     .doc = "The same between regions that have no measured round trip in rtt.yaml."},
    {"fibre_speed", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, fibre_km_per_s),
     .initial = "200000 km/s", .dimension = DIMENSION_SPEED, .low = 1000, .high = 299792.458,
     .source = "Light in fibre: c over a refractive index of about 1.47 to 1.5",
     .doc = "Speed of a signal along a path."},
    {"zone_rtt", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &zone_rtt_record,
     .doc = "Between zones of a region."},
    {"local_rtt", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &local_rtt_record,
     .doc = "Within a zone."},
    {"resolver_rtt", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &resolver_rtt_record,
     .doc = "From a user to the recursive resolver, beyond the last mile."},
    {"edge_rtt", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, edge_rtt_s), .initial = "6 ms",
     .dimension = DIMENSION_TIME, .low = 1e-6, .high = 10,
     .source = "General knowledge, unverified: edge locations in more than 90 cities",
     .doc =
         "Round trip from a user to the nearest edge of an accelerator or global balancer, beyond "
         "the last mile; it "
         "jitters with the last mile."},
    {"authority_rtt", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &authority_rtt_record,
     .doc = "From a resolver to the nearest authoritative name server."},
    {"backbone_bandwidth", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, backbone_bits_per_s),
     .initial = "5 Gbit/s", .dimension = DIMENSION_BIT_RATE, .low = 1e3, .high = 1e12,
     .source = "Amazon EC2 User Guide, 'Instance network bandwidth': 5 Gbit/s for one flow",
     .doc = "One flow between regions."},
    {"zone_bandwidth", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, zone_bits_per_s),
     .initial = "5 Gbit/s", .dimension = DIMENSION_BIT_RATE, .low = 1e3, .high = 1e12,
     .source = "Amazon EC2 User Guide, 'Instance network bandwidth': 5 Gbit/s for one flow",
     .doc = "One flow inside a region."},
    {"backbone_loss", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, backbone_loss),
     .initial = "0 %", .dimension = DIMENSION_RATIO, .low = 0, .high = 0.5,
     .source = "AWS Network Manager documentation: about none in normal state",
     .doc = "Packets lost between regions."},
    {"zone_loss", FIELD_QUANTITY, SCHEMA_MEMBER(struct network_spec, zone_loss), .initial = "0 %",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 0.5, .source = ASSUMED,
     .doc = "Packets lost inside a region."},
    {"tls_round_trips", FIELD_INTEGER, SCHEMA_MEMBER(struct network_spec, tls_round_trips),
     .initial = "1", .low = 0, .high = 2,
     .source = "RFC 8446: one round trip in TLS 1.3; 1.2 needs two",
     .doc = "Round trips of a TLS handshake after TCP's; 0: no TLS."},
};
static const struct schema_record network_record = {
    "network", "Constants of the network.", SCHEMA_RECORD(struct network_spec, network_fields)};

static const struct field topology_fields[] = {
    {"title", FIELD_TEXT, SCHEMA_MEMBER(struct topology, title), .doc = "One line for people."},
    {"name", FIELD_TEXT, SCHEMA_MEMBER(struct topology, name), .initial = "(stem)",
     .source = "The file's name without its ending",
     .doc = "Name of the design in tables and results."},
    {"entry", FIELD_NAME, SCHEMA_MEMBER(struct topology, entry), .scope = SCOPE_SERVICE,
     .doc = "Service that users' requests come to."},
    {"regions", FIELD_TABLE, SCHEMA_MEMBER(struct topology, regions),
     SCHEMA_COUNT(struct topology, n_regions), .capacity = TOPOLOGY_MAX_REGIONS, .least = 1,
     .scope = SCOPE_GEOGRAPHY, .record = &region_record,
     .name_offset = offsetof(struct region_spec, name),
     .index_offset = offsetof(struct region_spec, geography),
     .doc = "Regions by code, us-east-1 and so on."},
    {"services", FIELD_TABLE, SCHEMA_MEMBER(struct topology, services),
     SCHEMA_COUNT(struct topology, n_services), .least = 1, .record = &service_record,
     .name_offset = offsetof(struct service_spec, name), .doc = "Services by name."},
    {"stores", FIELD_TABLE, SCHEMA_MEMBER(struct topology, stores),
     SCHEMA_COUNT(struct topology, n_stores), .initial = "{}", .record = &schema_store,
     .name_offset = offsetof(struct store_spec, name), .source = "A design may do without",
     .doc = "Stores by name."},
    {"balancer", FIELD_BLOCK, SCHEMA_MEMBER(struct topology, balancer), .initial = "{}",
     .record = &schema_balancer, .doc = "Load balancing inside a region."},
    {"balancers", FIELD_TABLE, SCHEMA_MEMBER(struct topology, balancers),
     SCHEMA_COUNT(struct topology, n_balancers), .initial = "{}", .record = &schema_balancer,
     .name_offset = offsetof(struct balancer_spec, name), .source = "None unless given",
     .doc = "Other balancers by name, for services that name one."},
    {"steering", FIELD_BLOCK, SCHEMA_MEMBER(struct topology, steering), .initial = NULL,
     .record = &steering_record, .doc = "How users find a region."},
    {"network", FIELD_BLOCK, SCHEMA_MEMBER(struct topology, network), .initial = "{}",
     .record = &network_record, .doc = "Constants of the network; seldom changed."},
};

const struct schema_record schema_topology = {
    "topology",
    "What exists: regions, services, stores and how users find them. No demand and no faults.",
    SCHEMA_RECORD(struct topology, topology_fields)};
