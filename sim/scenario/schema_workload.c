// Keys of a workload file: demand by population and request class.
#include "base/base.h"
#include "model/breaker.h"
#include "scenario/schema.h"

#define ASSUMED "Assumption"

static const struct choice class_kinds[] = {
    {"read", false, "leaves the stores as they are"},
    {"write", true, "changes an item of each store it reaches"},
    {NULL, 0, NULL},
};

static const struct choice class_items[] = {
    {"shared", false, "chosen by popularity among all that a store has"},
    {"own", true,
     "the user's: in every store each user has one of his own beside those, which nobody else asks "
     "for"},
    {NULL, 0, NULL},
};

static const struct field class_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct class_spec, is_write), .choices = class_kinds,
     .doc = "Whether its requests read or write."},
    {"items", FIELD_CHOICE, SCHEMA_MEMBER(struct class_spec, has_own_items), .initial = "shared",
     .choices = class_items, .source = "Catalogues, feeds: what all look at",
     .doc =
         "Which items its requests touch. With own items, stores count what reads their sessions "
         "would miss, and can keep guarantees (`session` of a store)."},
    {"weight", FIELD_QUANTITY, SCHEMA_MEMBER(struct class_spec, weight), .initial = "1",
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 1e9, .source = "All classes alike",
     .doc = "Share of a population's requests, relative to the other classes; see 'mix'."},
    {"request", FIELD_QUANTITY, SCHEMA_MEMBER(struct class_spec, request_bytes), .initial = "1 KiB",
     .dimension = DIMENSION_SIZE, .low = 0, .high = 1e10, .source = ASSUMED,
     .doc = "Mean payload from the user."},
    {"response", FIELD_QUANTITY, SCHEMA_MEMBER(struct class_spec, response_bytes),
     .initial = "4 KiB", .dimension = DIMENSION_SIZE, .low = 0, .high = 1e10,
     .source = "WorldCup98 traces: mean response 3,963 bytes", .doc = "Mean payload to the user."},
    {"deadline", FIELD_QUANTITY, SCHEMA_MEMBER(struct class_spec, deadline_s),
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 3600,
     .doc = "An answer later than this, from the first try on, is a failure."},
};
static const struct schema_record class_record = {"class", "A kind of request.",
                                                  SCHEMA_RECORD(struct class_spec, class_fields)};

static const struct choice jitters[] = {
    {"full", BACKOFF_FULL, "uniform between zero and the backoff"},
    {"none", BACKOFF_NONE, "exactly the backoff"},
    {"equal", BACKOFF_EQUAL, "uniform between half the backoff and the whole"},
    {"decorrelated", BACKOFF_DECORRELATED,
     "uniform between the base and three times the last wait, at most the cap"},
    {NULL, 0, NULL},
};

static const struct choice growths[] = {
    {"exponential", BACKOFF_EXPONENTIAL, "doubles with each further try, up to the cap"},
    {"fixed", BACKOFF_FIXED, "is the base, always"},
    {NULL, 0, NULL},
};

static const struct field backoff_fields[] = {
    {"base", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, backoff_base_s), .initial = "50 ms",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = "AWS SDKs, retry behaviour of 2026: base 50 ms for transient errors",
     .doc = "Longest wait before the second try."},
    {"growth", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, backoff_growth),
     .initial = "exponential", .choices = growths, .when = "jitter!=decorrelated",
     .source = "AWS SDKs: exponential", .doc = "How the wait grows."},
    {"cap", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, backoff_cap_s), .initial = "20 s",
     .when = "growth!=fixed", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = "AWS SDKs: backoff is capped at 20 s", .doc = "Longest wait of all."},
    {"jitter", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, backoff_jitter), .initial = "full",
     .choices = jitters, .source = "AWS SDKs: delay = random(0, 1) x min(cap, base x 2^retry)",
     .doc = "How the wait varies."},
};
static const struct schema_record backoff_record = {
    "backoff", "Waits between tries.", SCHEMA_RECORD(struct client_spec, backoff_fields)};

static const struct choice budget_modes[] = {
    {"none", BUDGET_NONE, "no: attempts and deadlines alone bound them"},
    {"tokens", BUDGET_TOKENS, "yes: of a bucket that calls and successes fill"},
    {NULL, 0, NULL},
};

static const struct field budget_fields[] = {
    {"mode", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, budget.mode), .initial = "none",
     .choices = budget_modes, .source = "Browsers and apps have none; AWS SDKs do",
     .doc = "Whether retries cost tokens."},
    {"size", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, budget.size), .initial = "500",
     .dimension = DIMENSION_NUMBER, .low = 0.001, .high = 1e6, .when = "mode=tokens",
     .source = "AWS SDKs: 500", .doc = "Tokens in a full bucket, as it is at first."},
    {"cost", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, budget.cost), .when = "mode=tokens",
     .initial = "14", .dimension = DIMENSION_NUMBER, .low = 0.001, .high = 1e6,
     .source = "AWS SDKs, retry quota of 2026: 14 for a transient error (before: 5)",
     .doc = "Of a retry after an error; without so many tokens the request fails at once."},
    {"timeout_cost", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, budget.timeout_cost),
     .when = "mode=tokens", .initial = "14", .dimension = DIMENSION_NUMBER, .low = 0.001,
     .high = 1e6, .source = "AWS SDKs, retry quota of 2026: as other transient errors (before: 10)",
     .doc = "Of a retry after a timeout."},
    {"per_call", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, budget.per_call),
     .when = "mode=tokens", .initial = "0", .dimension = DIMENSION_NUMBER, .low = 0, .high = 1000,
     .source = "AWS SDKs give none; a budget of 10 % gives 0.1 with cost 1",
     .doc = "Given to the bucket when a request begins."},
    {"per_success", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, budget.per_success),
     .when = "mode=tokens", .initial = "1", .dimension = DIMENSION_NUMBER, .low = 0, .high = 1000,
     .source = "AWS SDKs: 1 for a success", .doc = "Given to the bucket by a success."},
    {"refund", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, budget.refund), .when = "mode=tokens",
     .initial = "true",
     .source = "AWS SDKs, retry quota of 2026: a retry's cost is refunded when it succeeds",
     .doc = "Whether a retry that succeeds gives back its cost instead."},
    {"shared", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, budget.shared), .when = "mode=tokens",
     .initial = "false", .source = "SDKs keep one a client",
     .doc = "One bucket for the population, not one a user."},
};
static const struct schema_record budget_record = {
    "retry budget",
    "Tokens that retries cost, so that they cannot "
    "multiply an overload.",
    SCHEMA_RECORD(struct client_spec, budget_fields)};

static const struct choice address_orders[] = {
    {"in-turn", false, "the next region when a connection timeout is over"},
    {"happy-eyeballs", true,
     "the next region, or node of a single one, 'address_delay' later; the first connection wins"},
    {NULL, 0, NULL},
};

static const struct choice hedge_addresses[] = {
    {"same", false, "the user's connection"},
    {"other", true,
     "another address of the answer if there is one: another region's, else another node; behind "
     "an accelerator another connection"},
    {NULL, 0, NULL},
};

static const struct field hedge_fields[] = {
    {"most", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, hedge.most), .initial = "0", .low = 0,
     .high = 4, .source = "Few clients do; gRPC allows up to 5 attempts in all",
     .doc = "Copies an attempt; 0: none."},
    {"after", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, hedge.after_s), .when = "most!=0",
     .dimension = DIMENSION_TIME, .low = 1e-6, .high = 600,
     .doc =
         "Sent when there is no answer after this long, from the attempt's beginning or the copy "
         "before; about the 95th percentile of what answers take."},
    {"budget", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, hedge.budget), .initial = "5 %",
     .when = "most!=0", .dimension = DIMENSION_RATIO, .low = 1e-4, .high = 1,
     .source = "Dean, Barroso, CACM 2013: copies after the 95th percentile are 5 % more load; "
               "Finagle's backup requests have such a bound",
     .doc = "Copies for each request that may have them, in the mean; up to ten are saved up."},
    {"writes", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, hedge.writes), .initial = "false",
     .when = "most!=0", .source = "gRPC: only what may be executed twice",
     .doc = "Whether requests that write have copies, too."},
    {"to", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, hedge.elsewhere), .initial = "same",
     .when = "most!=0", .choices = hedge_addresses,
     .source = "Behind a balancer a copy meets another server anyway", .doc = "Where copies go."},
};
static const struct schema_record hedge_record = {
    "hedge",
    "Copies of requests that take long; the first answer "
    "wins.",
    SCHEMA_RECORD(struct client_spec, hedge_fields)};

static const struct choice breaker_modes[] = {
    {"none", BREAKER_NONE, "never"},
    {"consecutive", BREAKER_CONSECUTIVE, "after so many 'failures' in a row"},
    {"ratio", BREAKER_RATIO, "when so many of the latest attempts have failed"},
    {NULL, 0, NULL},
};

#define RESILIENCE4J "Resilience4j, CircuitBreakerConfig: "

static const struct field breaker_fields[] = {
    {"mode", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, breaker.mode), .initial = "none",
     .choices = breaker_modes, .source = "Browsers have none; many services do",
     .doc = "When a client stops asking an address: a region's, or an edge's, which is one for all "
            "regions."},
    {"failures", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, breaker.failures), .initial = "5",
     .when = "mode=consecutive", .low = 1, .high = 200,
     .source = "Envoy, outlier detection: consecutive_5xx is 5",
     .doc = "In a row: errors, full queues, no answer, no connection."},
    {"ratio", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, breaker.ratio), .initial = "50 %",
     .when = "mode=ratio", .dimension = DIMENSION_RATIO, .low = 1e-3, .high = 1,
     .source = RESILIENCE4J "failureRateThreshold is 50 %",
     .doc = "Share of failures that is too much."},
    {"window", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, breaker.window), .initial = "100",
     .when = "mode=ratio", .low = 1, .high = BREAKER_WINDOW_MOST,
     .source = RESILIENCE4J "slidingWindowSize is 100", .doc = "Attempts that are looked at."},
    {"minimum", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, breaker.minimum), .initial = "100",
     .when = "mode=ratio", .low = 1, .high = BREAKER_WINDOW_MOST,
     .source = RESILIENCE4J "minimumNumberOfCalls is 100", .doc = "Fewer attempts say nothing."},
    {"open", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, breaker.open_s), .initial = "60 s",
     .when = "mode!=none", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 86400,
     .source = RESILIENCE4J "waitDurationInOpenState is 60 s (Envoy: 30 s)",
     .doc = "For so long the address is not asked."},
    {"probes", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, breaker.probes), .initial = "10",
     .when = "mode!=none", .low = 1, .high = 200,
     .source = RESILIENCE4J "permittedNumberOfCallsInHalfOpenState is 10",
     .doc =
         "Attempts on trial after that: all must succeed, or with 'ratio' enough of them, before "
         "the address is asked as before."},
    {"shared", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, breaker.shared), .initial = "false",
     .when = "mode!=none", .source = "A process has its own",
     .doc = "One for each address and the population, not for each user."},
};
static const struct schema_record breaker_record = {
    "circuit breaker", "When a client stops asking an address that fails.",
    SCHEMA_RECORD(struct client_spec, breaker_fields)};

static const struct field client_fields[] = {
    {"connections", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, connections),
     .initial = "shared", .keyword = "shared", .low = 1, .high = WORKLOAD_MOST_CONNECTIONS,
     .source = "HTTP/2: one connection for all requests to a host. With HTTP/1.1 browsers have 6, "
               "AWS SDK for Java 2 up to 50, Apache HttpClient 5 a route",
     .doc = "How many a user keeps at most, each with its own region and one request at a time; "
            "`shared`: one, which all his requests share."},
    {"acquire_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, acquire_timeout_s),
     .initial = "10 s", .when = "connections!=shared", .dimension = DIMENSION_TIME, .low = 1e-3,
     .high = 600, .source = "AWS SDK for Java 2: DEFAULT_CONNECTION_ACQUIRE_TIMEOUT is 10 s",
     .doc = "How long an attempt waits for one of them, at most until the deadline."},
    {"connect_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, connect_timeout_s),
     .initial = "2 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .source = "AWS SDK for Java 2, Apache client: 2 s (general knowledge)",
     .doc = "Time for the TCP connection."},
    {"attempt_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, attempt_timeout_s),
     .initial = "5 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .source = ASSUMED " (most users give up after 3 to 10 s)",
     .doc = "From the connection (TLS set-up included) to the answer."},
    {"dns_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, dns_timeout_s),
     .initial = "5 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .source = "resolv.conf(5): 5 s", .doc = "Time for an answer of the resolver."},
    {"addresses", FIELD_CHOICE, SCHEMA_MEMBER(struct client_spec, races), .initial = "in-turn",
     .choices = address_orders, .source = "Most programs; browsers race (RFC 8305)",
     .doc = "How the addresses of an answer are tried."},
    {"address_delay", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, address_delay_s),
     .initial = "250 ms", .when = "addresses=happy-eyeballs", .dimension = DIMENSION_TIME,
     .low = 0.01, .high = 2,
     .source = "RFC 8305, section 5: 250 ms recommended, at least 10 ms, at most 2 s",
     .doc = "Between an address and the next."},
    {"attempts", FIELD_INTEGER, SCHEMA_MEMBER(struct client_spec, attempts), .initial = "3",
     .low = 1, .high = 20, .source = "AWS SDKs, standard mode: three attempts in all",
     .doc = "Tries in all, the first included."},
    {"backoff", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &backoff_record,
     .when = "attempts!=1", .doc = "Waits between tries."},
    {"retry_budget", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &budget_record,
     .when = "attempts!=1", .doc = "Tokens that retries cost."},
    {"cancel", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, cancels), .initial = "false",
     .source = "Few services look whether their client is still there (general knowledge)",
     .doc = "Whether attempts that are given up are cancelled: who waits in a service's queue "
            "leaves it, and no further calls are made."},
    {"propagate_deadline", FIELD_BOOL, SCHEMA_MEMBER(struct client_spec, tells_deadline),
     .initial = "false", .source = "gRPC does; HTTP has no header for it",
     .doc = "Whether requests say until when their client waits: services drop what is too late "
            "when its turn comes, and make no calls for it."},
    {"hedge", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &hedge_record,
     .doc = "Copies of requests that take long."},
    {"breaker", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &breaker_record,
     .doc = "Circuit breakers: not asking a region that fails."},
    {"idle_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, idle_timeout_s),
     .initial = "60 s", .dimension = DIMENSION_TIME, .low = 0, .high = 86400,
     .source = "Application Load Balancers close idle connections after 60 s (user guide); Chrome "
               "after 300 s",
     .doc = "An idle connection is closed after this time."},
    {"max_age", FIELD_QUANTITY, SCHEMA_MEMBER(struct client_spec, max_age_s), .initial = "1 h",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "Application Load Balancers: client keep-alive 3600 s (CloudFormation, load "
               "balancer attributes)",
     .doc = "A connection is closed at this age: until then its user stays where he is."},
};
static const struct schema_record client_record = {
    "client", "How a population's programs connect and retry.",
    SCHEMA_RECORD(struct client_spec, client_fields)};

static const struct choice access_types[] = {
    {"fibre", ACCESS_FIBRE, "fibre to the home"},
    {"cable", ACCESS_CABLE, "cable television network"},
    {"vdsl", ACCESS_VDSL, "VDSL"},
    {"adsl", ACCESS_ADSL, "ADSL"},
    {"5g", ACCESS_5G, "5G mobile network"},
    {"4g", ACCESS_4G, "4G mobile network"},
    {"3g", ACCESS_3G, "3G mobile network"},
    {"leo-satellite", ACCESS_LEO, "satellites in low orbit"},
    {"geo-satellite", ACCESS_GEO, "geostationary satellite"},
    {"datacentre", ACCESS_DATACENTRE, "machines in a data centre"},
    {NULL, 0, NULL},
};

static const struct field diurnal_fields[] = {
    {"first", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, diurnal_first),
     .initial = "0 %", .dimension = DIMENSION_RATIO, .low = 0, .high = 1,
     .source = "Flat unless stated", .doc = "Amplitude of the 24 h wave, relative to the mean."},
    {"first_peak", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, diurnal_first_peak_h),
     .initial = "20 h", .dimension = DIMENSION_TIME, .low = 0, .high = 86400, .source = ASSUMED,
     .doc = "Local time of day of its peak."},
    {"second", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, diurnal_second),
     .initial = "0 %", .dimension = DIMENSION_RATIO, .low = 0, .high = 1,
     .source = "Flat unless stated", .doc = "Amplitude of the 12 h wave."},
    {"second_peak", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, diurnal_second_peak_h),
     .initial = "12 h", .dimension = DIMENSION_TIME, .low = 0, .high = 86400, .source = ASSUMED,
     .doc = "Local time of day of its first peak; the other is 12 h later."},
};
static const struct schema_record diurnal_record = {
    "diurnal", "How the rate follows the local time of day: two waves around the mean.",
    SCHEMA_RECORD(struct population_spec, diurnal_fields)};

static const struct field elsewhere_fields[] = {
    {"share", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, elsewhere_share),
     .initial = "0 %", .dimension = DIMENSION_RATIO, .low = 0, .high = 1,
     .source = "15 to 30 % of users have a public resolver (general knowledge, unverified); most "
               "of these stand near",
     .doc = "Users whose resolvers stand elsewhere."},
    {"as", FIELD_NAME, SCHEMA_MEMBER(struct population_spec, elsewhere_as), .initial = "none",
     .scope = SCOPE_POPULATION, .keyword = "none", .source = "None unless given",
     .doc = "Population among which they stand: name servers answer as to its users."},
    {"count", FIELD_INTEGER, SCHEMA_MEMBER(struct population_spec, elsewhere_resolvers),
     .initial = "2", .low = 1, .high = 10000, .source = ASSUMED, .doc = "How many there are."},
    {"client_subnet", FIELD_BOOL, SCHEMA_MEMBER(struct population_spec, tells_subnet),
     .initial = "false",
     .source = "Most resolvers do not (Google's and OpenDNS's do; general knowledge, unverified)",
     .doc =
         "Whether they tell the user's network (EDNS Client Subnet), so that answers are for the "
         "user's place after all."},
};
static const struct schema_record elsewhere_record = {
    "resolvers elsewhere", "Resolvers that stand far from their users.",
    SCHEMA_RECORD(struct population_spec, elsewhere_fields)};

static const struct field resolver_fields[] = {
    {"elsewhere", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &elsewhere_record,
     .doc = "Resolvers that stand far from their users."},
    {"count", FIELD_INTEGER, SCHEMA_MEMBER(struct population_spec, resolvers), .initial = "8",
     .low = 1, .high = 1000, .source = ASSUMED,
     .doc = "Recursive resolvers that serve the population, each with its own cache."},
    {"skew", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, resolver_skew), .initial = "1",
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 3,
     .source = ASSUMED " (a few public resolvers and large providers serve most users)",
     .doc = "Zipf exponent of the resolvers' shares of the users; 0: all alike."},
    {"min_ttl", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, least_ttl_s),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "Most resolvers obey short TTLs; 0-30 s are common, some providers take 300 s "
               "(general knowledge)",
     .doc = "They keep every answer at least this long."},
    {"max_ttl", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, most_ttl_s), .initial = "1 d",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "Caps of 1 h to 1 d are far more common than stretching (SIDN Labs, TTL violations "
               "with RIPE Atlas)",
     .doc = "They keep no answer longer than this."},
};
static const struct field cache_fields[] = {
    {"share", FIELD_QUANTITY, SCHEMA_MEMBER(struct cache_spec, share), .dimension = DIMENSION_RATIO,
     .low = 0, .high = 1, .doc = "Of the population's users."},
    {"keeps", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct cache_spec, keeps),
     .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e8,
     .doc = "How long they keep an answer; its TTL, if that is longer."},
};
static const struct schema_record cache_record = {
    "dns cache", "Users who keep DNS answers longer than they may.",
    SCHEMA_RECORD(struct cache_spec, cache_fields)};

static const struct schema_record resolver_record = {
    "resolvers", "The DNS resolvers between the users and the name servers.",
    SCHEMA_RECORD(struct population_spec, resolver_fields)};

static const struct choice demand_modes[] = {
    {"open", DEMAND_OPEN, "at random times, whatever becomes of their requests"},
    {"closed", DEMAND_CLOSED, "each 'client' when he has thought about the last outcome"},
    {"sessions", DEMAND_SESSIONS, "they come at random times, make some requests, and leave"},
    {NULL, 0, NULL},
};

static const struct field population_fields[] = {
    {"latitude", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, latitude_deg),
     .dimension = DIMENSION_ANGLE, .low = -90, .high = 90, .doc = "Degrees north."},
    {"longitude", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, longitude_deg),
     .dimension = DIMENSION_ANGLE, .low = -180, .high = 180, .doc = "Degrees east."},
    {"location", FIELD_TEXT, SCHEMA_MEMBER(struct population_spec, location_text),
     .initial = "default", .source = "Not known unless stated",
     .doc = "Where DNS finds it: `country DE`, `subdivision US-CA`, `continent EU`; `default`: "
            "nowhere that it knows."},
    {"address", FIELD_TEXT, SCHEMA_MEMBER(struct population_spec, address_text), .initial = "none",
     .source = "Not known unless stated",
     .doc = "Block of IPv4 addresses that its questions to DNS come from: `203.0.113.0/24`."},
    {"access", FIELD_CHOICE, SCHEMA_MEMBER(struct population_spec, access), .choices = access_types,
     .doc = "How it reaches the internet: the last mile's round trip, loss and rate."},
    {"demand", FIELD_CHOICE, SCHEMA_MEMBER(struct population_spec, demand.mode), .initial = "open",
     .choices = demand_modes, .source = "Many users who do not know of each other: Poisson",
     .doc = "When its users ask."},
    {"rate", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, rate_rps),
     .when = "demand!=closed", .dimension = DIMENSION_RATE, .low = 1e-6, .high = 1e7,
     .doc = "Requests, mean over a day; with sessions, if nobody leaves early."},
    {"clients", FIELD_INTEGER, SCHEMA_MEMBER(struct population_spec, clients), .low = 1,
     .high = 10000000, .doc = "Users, each with connections of his own."},
    {"requests", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct population_spec, demand.requests),
     .when = "demand=sessions", .dimension = DIMENSION_NUMBER, .low = 1, .high = 1e6,
     .doc = "How many a session has; less than 1 counts as 1, and between whole numbers it is one "
            "or the other."},
    {"think", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct population_spec, demand.think),
     .when = "demand=closed|sessions", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 86400,
     .doc = "From an outcome to the user's next request."},
    {"patience", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct population_spec, demand.patience),
     .initial = "endless", .keyword = "endless", .dimension = DIMENSION_TIME, .low = 1e-3,
     .high = 86400,
     .source = "Programs wait until their timeouts; people give up after 3 to 10 s (general "
               "knowledge)",
     .doc = "How long a user waits for a request, from the first try on: then he abandons it, and "
            "his session."},
    {"utc_offset", FIELD_QUANTITY, SCHEMA_MEMBER(struct population_spec, utc_offset_s),
     .initial = "0 h", .dimension = DIMENSION_TIME, .low = -43200, .high = 50400,
     .source = "UTC unless stated", .doc = "Local time minus UTC."},
    {"mix", FIELD_WEIGHTS, SCHEMA_MEMBER(struct population_spec, mix), .initial = "{}",
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 1e9, .scope = SCOPE_CLASS,
     .capacity = WORKLOAD_MAX_CLASSES, .source = "The weights of the classes",
     .doc = "Weights of the classes for this population; classes not named get none."},
    {"diurnal", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &diurnal_record,
     .when = "demand!=closed", .doc = "Daily course of the rate."},
    {"resolvers", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &resolver_record,
     .doc = "Recursive resolvers."},
    {"dns_caches", FIELD_LIST, SCHEMA_MEMBER(struct population_spec, caches),
     .initial = "[{share: 7 %, keeps: {exponential: {mean: 180 s}}}, "
                "{share: 3 %, keeps: {exponential: {mean: 40 min}}}]",
     SCHEMA_COUNT(struct population_spec, n_caches), .capacity = WORKLOAD_MAX_CACHES,
     .record = &cache_record,
     .source = "Fit to Flavel, Mani, Maltz (LANMAN 2014): at TTL 20 s 90 % moved after 60 s, 2 % "
               "not after 15 min; and to Bhowmick et al. (PAM 2023): 8.74 % of resolvers stretch",
     .doc = "Users who keep DNS answers longer than they may; `[]`: nobody."},
    {"client", FIELD_BLOCK, SCHEMA_MEMBER(struct population_spec, client), .initial = "{}",
     .record = &client_record, .doc = "Timeouts and retries."},
};
static const struct schema_record population_record = {
    "population", "Users of one part of the world.",
    SCHEMA_RECORD(struct population_spec, population_fields)};

static const struct field workload_fields[] = {
    {"title", FIELD_TEXT, SCHEMA_MEMBER(struct workload, title), .doc = "One line for people."},
    {"name", FIELD_TEXT, SCHEMA_MEMBER(struct workload, name), .initial = "(stem)",
     .source = "The file's name without its ending", .doc = "Name of the workload in results."},
    {"duration", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, duration_s),
     .dimension = DIMENSION_TIME, .low = 1, .high = 10 * 365.25 * 86400,
     .doc = "Simulated time, warm-up included."},
    {"warmup", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, warmup_s), .initial = "10 min",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9,
     .source = ASSUMED " (caches of DNS and connections fill within a few TTLs)",
     .doc = "Requests started before are simulated but not counted."},
    {"start_utc", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, start_utc_s), .initial = "0 h",
     .dimension = DIMENSION_TIME, .low = 0, .high = 86400, .source = "Midnight UTC",
     .doc = "Time of day at which the run begins."},
    {"window", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, window_s), .initial = "10 s",
     .dimension = DIMENSION_TIME, .low = 0.1, .high = 86400, .source = ASSUMED,
     .doc = "Width of the windows of time series and of downtime."},
    {"up_threshold", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, up_threshold),
     .initial = "95 %", .dimension = DIMENSION_RATIO, .low = 0.01, .high = 1, .source = ASSUMED,
     .doc = "A window is up when at least this share of its requests was answered in time."},
    {"inactive_after", FIELD_QUANTITY, SCHEMA_MEMBER(struct workload, inactive_after_s),
     .initial = "30 min", .dimension = DIMENSION_TIME, .low = 0.1, .high = 3.2e8,
     .source = "Hauer et al., Meaningful Availability, NSDI 2020: 99 % of the gaps between a "
               "user's requests are shorter (mail)",
     .doc = "A user who has asked nothing for so long is away: his time counts no more in "
            "user-uptime."},
    {"classes", FIELD_TABLE, SCHEMA_MEMBER(struct workload, classes),
     SCHEMA_COUNT(struct workload, n_classes), .capacity = WORKLOAD_MAX_CLASSES, .least = 1,
     .record = &class_record, .name_offset = offsetof(struct class_spec, name),
     .doc = "Kinds of requests by name."},
    {"populations", FIELD_TABLE, SCHEMA_MEMBER(struct workload, populations),
     SCHEMA_COUNT(struct workload, n_populations), .least = 1, .record = &population_record,
     .name_offset = offsetof(struct population_spec, name), .doc = "Users by part of the world."},
};

const struct schema_record schema_workload = {
    "workload", "What happens: demand by population and request class. No servers.",
    SCHEMA_RECORD(struct workload, workload_fields)};
