// Keys of a fault plan: faults, and what operators do.
#include "base/base.h"
#include "model/workload.h"
#include "scenario/schema.h"

static const struct choice targets[] = {
    {"zone", FAULT_ZONE,
     "everything in an availability zone; of stores, what a `cluster` has there"},
    {"region", FAULT_REGION, "everything in a region"},
    {"link", FAULT_LINK, "the network between a region and another place"},
    {"service", FAULT_SERVICE, "a service's servers in a region"},
    {"store", FAULT_STORE, "a store's replica in a region"},
    {"cache", FAULT_CACHE, "a store's caches in a region"},
    {NULL, 0, NULL},
};

static const struct choice effects[] = {
    {"down", FAULT_DOWN,
     "zone, region: no power; link: cut; service, store: refuses everything; cache: the same, and "
     "comes back empty"},
    {"slow", FAULT_SLOW, "work, or a link's delay, takes 'factor' times as long"},
    {"lossy", FAULT_LOSSY,
     "a link, or all links of a zone or region, lose 'ratio' of their packets"},
    {"errors", FAULT_ERRORS,
     "a service, store or cache answers 'ratio' of its requests with an error"},
    {"capacity", FAULT_CAPACITY,
     "only the share 'left' of the servers remains; of a cache, the others take what they hold "
     "along"},
    {"control-plane", FAULT_CONTROL_PLANE,
     "a region promotes no store replica until it ends (it runs, but cannot be changed); in "
     "us-east-1 no record or health check of Route 53 can be changed either"},
    {"wrong-answers", FAULT_WRONG_ANSWERS,
     "a service gives 'ratio' of its answers a good status and a broken body: users see errors, "
     "balancers and health checks that look at the status do not"},
    {NULL, 0, NULL},
};

static const struct field_words effects_of_targets[] = {
    {"target=zone", "down|slow|lossy|capacity"},
    {"target=region", "down|slow|lossy|capacity|control-plane"},
    {"target=link", "down|slow|lossy"},
    {"target=service", "down|slow|errors|capacity|wrong-answers"},
    {"target=store", "down|slow|errors|capacity"},
    {"target=cache", "down|slow|errors|capacity"},
    {NULL, NULL},
};

static const struct field_default zone_defaults[] = {
    {"target=service", "all", "A service fails in a whole region unless stated"},
    {"target=cache", "all", "All of the region's unless stated"},
    {NULL, NULL, NULL},
};

static const struct field fault_fields[] = {
    {"target", FIELD_CHOICE, SCHEMA_MEMBER(struct fault_spec, target), .choices = targets,
     .doc = "What fails."},
    {"region", FIELD_NAME, SCHEMA_MEMBER(struct fault_spec, region), .scope = SCOPE_REGION,
     .by_name = true, .keyword = "every",
     .doc = "Region where it fails; 'every': each region on its own."},
    {"zone", FIELD_NAME, SCHEMA_MEMBER(struct fault_spec, zone), .by_name = true,
     .keyword = "every", .when = "target=zone|service|cache", .alternatives = zone_defaults,
     .doc = "Letter of the zone, a to f; 'every': each zone on its own; of a service or cache "
            "'all': all zones as one."},
    {"service", FIELD_NAME, SCHEMA_MEMBER(struct fault_spec, object), .scope = SCOPE_SERVICE,
     .by_name = true, .keyword = "every", .when = "target=service",
     .doc = "Name of the service; 'every': all."},
    {"targets", FIELD_INTEGER, SCHEMA_MEMBER(struct fault_spec, targets), .initial = "all",
     .keyword = "all", .low = 1, .high = BALANCER_MAX_TARGETS, .when = "target=service",
     .source = "A service fails as a whole unless stated",
     .doc = "How many of its targets are hit, the first ones of what the other keys name."},
    {"store", FIELD_NAME, SCHEMA_MEMBER(struct fault_spec, object), .scope = SCOPE_STORE,
     .by_name = true, .keyword = "every", .when = "target=store|cache",
     .doc = "Name of the store, or of the one behind the cache; 'every': all."},
    {"peer", FIELD_NAME, SCHEMA_MEMBER(struct fault_spec, peer), .scope = SCOPE_REGION,
     .by_name = true, .keyword = "every", .when = "target=link",
     .doc = "Other end of the link: a region or population; 'regions': every other region, which "
            "leaves users their way in, and health checkers theirs; 'every': the rest of the "
            "world, users included."},
    {"one_way", FIELD_BOOL, SCHEMA_MEMBER(struct fault_spec, one_way), .initial = "false",
     .when = "target=link", .source = "Links fail in both directions",
     .doc = "Whether only the direction from the region to its peer is hit."},
    {"effect", FIELD_CHOICE, SCHEMA_MEMBER(struct fault_spec, effect), .choices = effects,
     .allowed = effects_of_targets, .doc = "How it fails."},
    {"factor", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, level), .when = "effect=slow",
     .dimension = DIMENSION_NUMBER, .low = 1, .high = 1e6, .doc = "How many times slower."},
    {"ratio", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, level),
     .when = "effect=lossy|errors|wrong-answers", .dimension = DIMENSION_RATIO, .low = 1e-9,
     .high = 1, .doc = "Share that is lost or fails."},
    {"left", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, level), .when = "effect=capacity",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 0.999,
     .doc = "Share of the servers that remains."},
    {"at", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, at_s), .initial = "0 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9, .source = "From the start",
     .doc = "Start of a scheduled fault, from the beginning of the run."},
    {"rate", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, rate_per_s), .initial = "0 /year",
     .dimension = DIMENSION_RATE, .low = 0, .high = 1,
     .source = "Faults are scheduled unless they have a rate",
     .doc = "Makes it a random fault: starts per target, a Poisson process."},
    {"lasts", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct fault_spec, duration),
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 3.2e9, .doc = "How long it lasts."},
    {"ramp", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_spec, ramp_s), .initial = "0 s",
     .when = "effect=capacity", .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9,
     .source = "Capacity comes back at once unless stated",
     .doc = "Servers come back evenly over this time after it."},
    {"source", FIELD_TEXT, SCHEMA_MEMBER(struct fault_spec, source), .initial = "not stated",
     .source = "A scheduled fault may be a mere supposition; a random one must say",
     .doc = "Where its rate and duration come from."},
};
static const struct schema_record fault_record = {"fault", "One fault, scheduled or random.",
                                                  SCHEMA_RECORD(struct fault_spec, fault_fields)};

static const struct choice action_kinds[] = {
    {"record", ACTION_RECORD, "changes a DNS record: needs the control plane, in us-east-1"},
    {"check", ACTION_CHECK, "changes a health check: needs the control plane, in us-east-1"},
    {"routing-control", ACTION_ROUTING_CONTROL,
     "sets a check of kind control: needs three of the cluster's five endpoints (us-east-1, "
     "us-west-2, eu-west-1, ap-northeast-1, ap-southeast-2)"},
    {"traffic-dial", ACTION_TRAFFIC_DIAL,
     "turns an accelerator's dial: needs its control plane, in us-west-2"},
    {"endpoint-weight", ACTION_ENDPOINT_WEIGHT,
     "gives an accelerator's endpoint another weight: needs its control plane, in us-west-2"},
    {"zonal-shift", ACTION_ZONAL_SHIFT, "moves a balancer's traffic away from a zone"},
    {"store", ACTION_STORE,
     "makes another region's replica lead a store with one leader: needs that region's control "
     "plane"},
    {"access-point", ACTION_ACCESS_POINT,
     "changes which regions' replicas of a store are asked (S3 Multi-Region Access Point): needs "
     "one of five endpoints, in the same regions as a cluster's"},
    {"targets", ACTION_TARGETS, "takes targets out of a service's target group, or puts them back"},
    {NULL, 0, NULL},
};

static const struct choice action_changes[] = {
    {"weight", ACTION_WEIGHT, "record, endpoint-weight: gives it another weight"},
    {"take-out", ACTION_TAKE_OUT, "record: removes it from its set"},
    {"put-back", ACTION_PUT_BACK, "record: and puts it back"},
    {"disable", ACTION_DISABLE, "check: is not performed any more and counts as healthy"},
    {"enable", ACTION_ENABLE, "check: begins anew"},
    {"invert", ACTION_INVERT, "check: means the opposite of what it meant"},
    {"turn-on", ACTION_TURN_ON, "routing-control: its check is healthy"},
    {"turn-off", ACTION_TURN_OFF, "routing-control: and unhealthy"},
    {"dial", ACTION_DIAL, "traffic-dial: lets another share in"},
    {"start", ACTION_START, "zonal-shift: begins, or gets another expiry"},
    {"cancel", ACTION_CANCEL, "zonal-shift: ends before it expires"},
    {"deregister", ACTION_DEREGISTER,
     "targets: get no new requests, and what they have is cut after the deregistration delay"},
    {"register", ACTION_REGISTER, "targets: get requests after their first successful probe"},
    {"switchover", ACTION_SWITCHOVER,
     "store: planned; the old leader stops, and the new one waits until it has everything"},
    {"failover", ACTION_FAILOVER,
     "store: unplanned; what has not come to the new leader is lost; access-point: the region is "
     "asked, and no other any more"},
    {"activate", ACTION_ACTIVATE, "access-point: the region is asked too, by those it is near"},
    {"deactivate", ACTION_DEACTIVATE,
     "access-point: it is asked no more; refused for the last region"},
    {NULL, 0, NULL},
};

static const struct field_words changes_of_kinds[] = {
    {"kind=record", "weight|take-out|put-back"},
    {"kind=check", "disable|enable|invert"},
    {"kind=routing-control", "turn-on|turn-off"},
    {"kind=traffic-dial", "dial"},
    {"kind=endpoint-weight", "weight"},
    {"kind=zonal-shift", "start|cancel"},
    {"kind=targets", "deregister|register"},
    {"kind=store", "switchover|failover"},
    {"kind=access-point", "activate|deactivate|failover"},
    {NULL, NULL},
};

static const struct field_default action_zone_defaults[] = {
    {"kind=targets", "all", "All zones unless stated"},
    {NULL, NULL, NULL},
};

static const struct field_default action_takes_defaults[] = {
    {"kind=store", "{lognormal: {median: 50 s, p99: 2 min}}",
     "Aurora Global Database: writes are out for 30 to 120 s in a switchover, 'under a minute' to "
     "promote (general knowledge; Well-Architected labs)"},
    {"kind=access-point", "{lognormal: {median: 2 min, p99: 3 min}}",
     "S3 User Guide, failover controls: about 2 minutes; spread assumed"},
    {NULL, NULL, NULL},
};

static const struct field action_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct action_spec, kind), .choices = action_kinds,
     .doc = "What is changed."},
    {"set", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, set), .initial = "root",
     .scope = SCOPE_RECORD_SET, .by_name = true, .keyword = "root", .when = "kind=record",
     .source = "The records under `steering` itself",
     .doc = "Record set that the record is in; `root`: the service's own."},
    {"record", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, target), .scope = SCOPE_REGION,
     .by_name = true, .when = "kind=record",
     .doc = "Region, or record set, that the record points to."},
    {"check", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, check), .scope = SCOPE_CHECK,
     .by_name = true, .when = "kind=check", .doc = "Name of the health check."},
    {"control", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, check), .scope = SCOPE_CHECK,
     .by_name = true, .when = "kind=routing-control",
     .doc = "Name of the health check, of kind control."},
    {"group", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, group), .scope = SCOPE_REGION,
     .by_name = true, .when = "kind=traffic-dial|endpoint-weight",
     .doc = "Region of the endpoint group."},
    {"region", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, region), .scope = SCOPE_REGION,
     .by_name = true, .keyword = "every", .when = "kind=zonal-shift|targets|store|access-point",
     .doc = "Region of the balancer, 'every': all; or the one that is to lead, or to be asked."},
    {"store", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, store), .scope = SCOPE_STORE,
     .by_name = true, .when = "kind=store|access-point", .doc = "Name of the store."},
    {"service", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, service), .scope = SCOPE_SERVICE,
     .by_name = true, .keyword = "every", .when = "kind=zonal-shift|targets|endpoint-weight",
     .doc = "Service whose balancer it is; 'every': all."},
    {"zone", FIELD_NAME, SCHEMA_MEMBER(struct action_spec, zone), .by_name = true,
     .when = "kind=zonal-shift|targets", .alternatives = action_zone_defaults,
     .doc = "Letter of the zone, a to f; for targets also 'all'."},
    {"targets", FIELD_INTEGER, SCHEMA_MEMBER(struct action_spec, targets), .initial = "all",
     .keyword = "all", .low = 1, .high = BALANCER_MAX_TARGETS, .when = "kind=targets",
     .source = "All unless stated", .doc = "How many, the first ones of what the other keys name."},
    {"change", FIELD_CHOICE, SCHEMA_MEMBER(struct action_spec, change), .choices = action_changes,
     .allowed = changes_of_kinds, .doc = "What is done to it."},
    {"weight", FIELD_INTEGER, SCHEMA_MEMBER(struct action_spec, weight), .low = 0, .high = 255,
     .when = "change=weight", .doc = "The new weight."},
    {"dial", FIELD_QUANTITY, SCHEMA_MEMBER(struct action_spec, dial), .dimension = DIMENSION_RATIO,
     .low = 0, .high = 1, .when = "change=dial",
     .doc = "Share of the connections aimed at the group that it lets in."},
    {"expires", FIELD_QUANTITY, SCHEMA_MEMBER(struct action_spec, expires_s),
     .when = "change=start", .dimension = DIMENSION_TIME, .low = 60, .high = 72 * 3600,
     .doc = "How long after its start a zonal shift ends by itself, at most 72 h."},
    {"at", FIELD_QUANTITY, SCHEMA_MEMBER(struct action_spec, at_s), .dimension = DIMENSION_TIME,
     .low = 0, .high = 3.2e9, .doc = "When the operators act, from the beginning of the run."},
    {"takes", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct action_spec, takes),
     .initial = "{lognormal: {median: 20 s, p99: 60 s}}",
     .when = "kind=record|check|traffic-dial|endpoint-weight|store|access-point",
     .dimension = DIMENSION_TIME, .alternatives = action_takes_defaults, .low = 0, .high = 86400,
     .source = "Route 53 Developer Guide: changes generally reach all name servers within 60 s; "
               "median assumed",
     .doc =
         "From then until all name servers, or edges, have it, if the control plane is there; or "
         "until the new leader, having everything in a switchover, takes writes; or until all "
         "callers go by an access point's new routes."},
    {"endpoint_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct action_spec, endpoint_timeout_s),
     .initial = "5 s", .when = "kind=routing-control|access-point", .dimension = DIMENSION_TIME,
     .low = 0.1, .high = 600, .source = "Assumption",
     .doc = "Time lost at an endpoint that is down or without a quorum before the next is tried."},
};
static const struct schema_record action_record = {
    "action", "What operators do at a given time.",
    SCHEMA_RECORD(struct action_spec, action_fields)};

static const struct field occurs_fields[] = {
    {"rate", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_plan, occurs_per_s), .initial = "0 /year",
     .dimension = DIMENSION_RATE, .low = 0, .high = 1,
     .source = "Not stated: nothing is scaled to a year",
     .doc = "Incidents like this one, for minutes of downtime a year."},
    {"source", FIELD_TEXT, SCHEMA_MEMBER(struct fault_plan, occurs_source), .initial = "not stated",
     .source = "Needed with a rate", .doc = "Where the rate comes from."},
};
static const struct schema_record occurs_record = {"occurs", "How often such an incident happens.",
                                                   SCHEMA_RECORD(struct fault_plan, occurs_fields)};

static const struct field plan_fields[] = {
    {"title", FIELD_TEXT, SCHEMA_MEMBER(struct fault_plan, title), .doc = "One line for people."},
    {"name", FIELD_TEXT, SCHEMA_MEMBER(struct fault_plan, name), .initial = "(stem)",
     .source = "The file's name without its ending", .doc = "Name of the plan in results."},
    {"occurs", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &occurs_record,
     .doc = "How often such an incident happens."},
    {"duration", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_plan, duration_s), .initial = "0 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 10 * 365.25 * 86400,
     .source = "0: the workload's duration",
     .doc = "Replaces the workload's duration, for plans that need another one."},
    {"window", FIELD_QUANTITY, SCHEMA_MEMBER(struct fault_plan, window_s), .initial = "0 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 86400, .source = "0: the workload's windows",
     .doc = "Replaces the workload's window, so that a long run keeps a sensible number of them."},
    {"faults", FIELD_TABLE, SCHEMA_MEMBER(struct fault_plan, faults),
     SCHEMA_COUNT(struct fault_plan, n_faults), .initial = "{}", .record = &fault_record,
     .name_offset = offsetof(struct fault_spec, name),
     .source = "A plan may consist of actions alone", .doc = "Faults by name."},
    {"actions", FIELD_TABLE, SCHEMA_MEMBER(struct fault_plan, actions),
     SCHEMA_COUNT(struct fault_plan, n_actions), .initial = "{}", .record = &action_record,
     .name_offset = offsetof(struct action_spec, name), .source = "None unless given",
     .doc = "Actions of operators by name."},
};

const struct schema_record schema_faults = {
    "fault plan",
    "What breaks: scheduled or random faults of zones, regions, "
    "links, services and stores; and what "
    "operators do at given times.",
    SCHEMA_RECORD(struct fault_plan, plan_fields)};
