// Keys of a topology's stores.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define ASSUMED "Assumption"

static const struct choice quorum_reads[] = {
    {"quorum", QUORUM_READ_QUORUM, "asks 'read' replicas and takes the newest answer"},
    {"local", QUORUM_READ_LOCAL, "asks the nearest replica only: fast, may be stale"},
    {"leased", QUORUM_READ_LEASED,
     "asks the nearest replica only; writes wait for every one that serves and can be reached, and "
     "one that has been cut off from the others serves nobody"},
    {NULL, 0, NULL},
};

static const struct choice quorum_scopes[] = {
    {"all", QUORUM_OF_ALL, "counted among all of an item's replicas"},
    {"local", QUORUM_OF_REGION,
     "counted in the region of the replica that is asked (Cassandra: LOCAL_QUORUM)"},
    {"each-region", QUORUM_EACH_REGION,
     "that many in every region that has any (Cassandra: EACH_QUORUM)"},
    {NULL, 0, NULL},
};

static const struct choice quorum_conflicts[] = {
    {"newest-wins", QUORUM_NEWEST_WINS, "both succeed, and the newer one stays"},
    {"reject", QUORUM_REJECTS, "a write is refused while another of its item is under way"},
    {NULL, 0, NULL},
};

#define CASSANDRA "Apache Cassandra documentation"
#define LEG(key_, member_, doc_)                                                                   \
    {                                                                                              \
        key_, FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, quorum.legs.member_),           \
            .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 600,                  \
            .source = "The network and the times of reads and writes say it all", .doc = doc_      \
    }

static const struct field legs_fields[] = {
    LEG("write", write, "From the replica that is asked until another has a write (W)."),
    LEG("acknowledge", acknowledge, "And back (A)."),
    LEG("read", read, "From the replica that is asked until another looks at an item (R)."),
    LEG("response", response, "And back (S)."),
};
static const struct schema_record legs_record = {
    "legs",
    "Times of an operation's messages beside the network's, its own replica's among them: the WARS "
    "model (Bailis et al., VLDB 2012), for fits that were published.",
    SCHEMA_RECORD(struct store_spec, legs_fields)};

#define SOURCE_MRSC                                                                                \
    "DynamoDB Developer Guide, multi-Region strong consistency: synchronous to at least one "      \
    "other "                                                                                       \
    "of three Regions"
#define SOURCE_DSQL "Aurora DSQL User Guide, multi-Region clusters: two Regions and a witness"

static const struct field_default quorum_write_defaults[] = {
    {"^product=dynamodb-mrsc", "2", SOURCE_MRSC},
    {"^product=aurora-dsql", "2", SOURCE_DSQL},
    {NULL, NULL, NULL},
};
static const struct field_default quorum_conflict_defaults[] = {
    {"^product=dynamodb-mrsc", "reject",
     "DynamoDB Developer Guide: ReplicatedWriteConflictException when an item is being changed in "
     "another Region"},
    {"^product=aurora-dsql", "reject",
     "Aurora DSQL User Guide, concurrency control: optimistic, a conflict is found at commit"},
    {NULL, NULL, NULL},
};
static const struct field_default quorum_read_mode_defaults[] = {
    {"^product=aurora-dsql", "leased",
     "Aurora DSQL (M. Brooker, re:Invent 2024 posts): strongly consistent reads within the Region, "
     "the way between Regions is paid at commit"},
    {NULL, NULL, NULL},
};
static const struct field_words quorum_conflict_words[] = {
    {"^product=dynamodb-mrsc|aurora-dsql", "reject"},
    {NULL, NULL},
};

static const struct field quorum_fields[] = {
    {"copies", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, quorum.copies), .initial = "all",
     .keyword = "all", .low = 1, .high = STORE_MAX_MEMBERS,
     .source = "Every replica has every item unless they say otherwise",
     .doc = "Replicas that have an item (N), out of all: chosen by the item, one after the other."},
    {"write", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, quorum.write), .initial = "majority",
     .keyword = "majority", .alternatives = quorum_write_defaults, .low = 1,
     .high = STORE_MAX_MEMBERS,
     .source = "Majority quorums, as in DynamoDB multi-Region strong consistency (2 of 3 regions)",
     .doc = "Replicas that must have a write before it is acknowledged (W)."},
    {"write_scope", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, quorum.write_scope),
     .initial = "all", .choices = quorum_scopes, .source = "Dynamo (SOSP 2007): N, R, W",
     .doc = "Among which replicas these are counted."},
    {"read_mode", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, quorum.read_mode),
     .initial = "quorum", .choices = quorum_reads, .alternatives = quorum_read_mode_defaults,
     .source = "Strongly consistent reads", .doc = "How reads are answered."},
    {"read", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, quorum.read), .initial = "majority",
     .keyword = "majority", .low = 1, .high = STORE_MAX_MEMBERS, .when = "read_mode=quorum",
     .source = "Majority quorums", .doc = "Replicas that must answer a read (R)."},
    {"read_scope", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, quorum.read_scope),
     .initial = "all", .choices = quorum_scopes, .when = "read_mode=quorum",
     .source = "Dynamo (SOSP 2007): N, R, W", .doc = "Among which replicas these are counted."},
    {"conflict", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, quorum.conflict),
     .initial = "newest-wins", .choices = quorum_conflicts,
     .alternatives = quorum_conflict_defaults, .allowed = quorum_conflict_words,
     .source = CASSANDRA ": last write wins",
     .doc = "What becomes of two writes of an item at the same time."},
    {"read_repair", FIELD_BOOL, SCHEMA_MEMBER(struct store_spec, quorum.read_repair),
     .initial = "true", .when = "read_mode=quorum",
     .source = CASSANDRA ": read_repair is BLOCKING unless a table says otherwise",
     .doc = "Replicas that answer a read with an older version are sent the newest one."},
    {"sloppy", FIELD_BOOL, SCHEMA_MEMBER(struct store_spec, quorum.sloppy), .initial = "false",
     .source = "Strict quorums, as in Cassandra; Dynamo's (SOSP 2007) are sloppy",
     .doc = "Replicas without a copy of the item stand in for those that cannot be reached: a "
            "write counts as theirs, and is handed over later."},
    {"hint_window", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, quorum.hint_window_s),
     .initial = "3 h", .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9,
     .source = CASSANDRA ": max_hint_window 3 h",
     .doc = "Writes are kept this long for a replica that cannot be reached; then it has to be "
            "repaired."},
    {"anti_entropy", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, quorum.anti_entropy_s),
     .initial = "7 d", .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9,
     .source = CASSANDRA ": nodetool repair within gc_grace_seconds, 10 days; weekly is usual",
     .doc = "Replicas are compared this often, and what one lacks is brought to it; 0: never."},
    {"witness", FIELD_NAME_SET, SCHEMA_MEMBER(struct store_spec, quorum.witnesses), .initial = "[]",
     .scope = SCOPE_REGION, .source = "None unless given",
     .doc = "Regions whose replicas only vote: nobody's calls go there."},
    {"timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, quorum.timeout_s),
     .initial = "1 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600, .source = ASSUMED,
     .doc = "An operation without its quorum after this time is an error."},
    {"legs", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &legs_record,
     .doc = "Times of the messages beside the network's."},
};
static const struct schema_record quorum_record = {"quorum",
                                                   "How many replicas take part in an operation.",
                                                   SCHEMA_RECORD(struct store_spec, quorum_fields)};

static const struct choice forwardings[] = {
    {"none", FORWARD_NONE, "writes are refused: programs must write where the leader is"},
    {"eventual", FORWARD_EVENTUAL, "writes go on to the leader, reads are of the local copy"},
    {"session", FORWARD_SESSION,
     "reads wait until writes of their item that were forwarded here have come back"},
    {"global", FORWARD_GLOBAL, "reads wait for all that had been written when they began"},
    {NULL, 0, NULL},
};

#define AURORA_FORWARDING                                                                          \
    "Aurora User Guide, write forwarding: aurora_replica_read_consistency EVENTUAL, SESSION, "     \
    "GLOBAL"

static const struct field_default forwarding_defaults[] = {
    {"^product=aurora-global", "none",
     "Aurora User Guide, write forwarding: off unless it is turned on for a cluster"},
    {NULL, NULL, NULL},
};

static const struct field leading_fields[] = {
    {"forwarding", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, leading.forwarding),
     .initial = "eventual", .choices = forwardings, .alternatives = forwarding_defaults,
     .source = AURORA_FORWARDING,
     .doc = "What followers do with their clients' operations. A session is known by the item that "
            "it writes."},
    {"sync_followers", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, leading.sync_followers),
     .initial = "0", .low = 0, .high = STORE_MAX_MEMBERS - 1,
     .source = "Asynchronous, as Aurora Global Database; MySQL's semi-synchronous replication "
               "waits for 1 (rpl_semi_sync_source_wait_for_replica_count)",
     .doc = "Followers that must have received a write before it is acknowledged."},
    {"sync_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, leading.sync_timeout_s),
     .initial = "10 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 86400,
     .source = "MySQL: rpl_semi_sync_source_timeout 10000 ms",
     .doc = "After this time the write is acknowledged all the same, and so are others until the "
            "followers have caught up."},
    {"rpo", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, leading.rpo_s), .initial = "0 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 2147483647,
     .source = "Off, as Aurora's rds.global_db_rpo (PostgreSQL: 20 s to 2,147,483,647 s; Aurora "
               "User Guide, disaster recovery)",
     .doc = "No write is committed while every follower is later than this; 0: no bound."},
    {"reader_lag", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, leading.reader_lag),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 60,
     .source = "Reads at the writer itself; Aurora's readers in a region lag 'usually well under "
               "100 ms' (Aurora User Guide, replication)",
     .doc = "How old the copy is that reads in the leader's region are served from."},
};
static const struct schema_record leading_record = {
    "leading", "How the leader and its followers serve clients.",
    SCHEMA_RECORD(struct store_spec, leading_fields)};

static const struct field failover_fields[] = {
    {"automatic", FIELD_BOOL, SCHEMA_MEMBER(struct store_spec, failover), .initial = "false",
     .source = "Aurora Global Database: an operator or automation must start a failover "
               "(Aurora User Guide, disaster recovery)",
     .doc = "Whether a follower is promoted when the leader falls silent."},
    {"heartbeat", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, heartbeat_s), .initial = "1 s",
     .dimension = DIMENSION_TIME, .low = 0.01, .high = 600, .source = ASSUMED,
     .doc =
         "The leader tells its followers that it lives this often; with `leading.rpo` they tell it "
         "how far they are. Only with one of `automatic` and `leading.rpo`."},
    {"detect", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, detect_s), .initial = "30 s",
     .when = "automatic=true", .dimension = DIMENSION_TIME, .low = 0.01, .high = 86400,
     .source = ASSUMED " (three periods of a 10 s alarm: 30 to 60 s, CloudWatch guide)",
     .doc = "Silence that counts as a failure."},
    {"decide", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, decide),
     .initial = "{lognormal: {median: 60 s, p99: 5 min}}", .when = "automatic=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = ASSUMED
     " (automated region failover takes 1 to 5 min; a human decision 10 to 45 min)",
     .doc = "From the failure being noticed to the decision to promote."},
    {"promote", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, promote),
     .initial = "{lognormal: {median: 60 s, p99: 5 min}}", .when = "automatic=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "Aurora Global Database: 'under a minute once started' (Well-Architected labs); 1 "
               "to 5 min in runbooks",
     .doc = "From the decision until the follower accepts writes."},
};
static const struct schema_record failover_record = {
    "failover", "Promotion of a follower when the leader is lost; the times add up.",
    SCHEMA_RECORD(struct store_spec, failover_fields)};

static const struct field_default delay_defaults[] = {
    {"^product=aurora-global", "{lognormal: {median: 150 ms, p99: 900 ms}}",
     "Aurora User Guide, global databases: 'typically less than 1 second'; 50 to 200 ms nearby, "
     "200 "
     "to 900 ms far away (general knowledge)"},
    {"^product=s3-replication", "{lognormal: {median: 30 s, p99: 15 min}}",
     "S3 User Guide, replication: most objects within 15 minutes, some later; small ones in "
     "seconds "
     "to a few minutes (general knowledge)"},
    {"^product=s3-rtc", "{lognormal: {median: 5 s, p99: 2 min}}",
     "S3 User Guide, Replication Time Control: most objects in seconds, 99.99 % within 15 minutes"},
    {NULL, NULL, NULL},
};
static const struct field_default bandwidth_defaults[] = {
    {"^product=s3-rtc", "1 Gbit/s",
     "S3 User Guide, Replication Time Control: 1 Gbps unless raised"},
    {NULL, NULL, NULL},
};

static const struct field replication_fields[] = {
    {"delay", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, replication.delay),
     .initial = "{lognormal: {median: 400 ms, p99: 1.5 s}}", .alternatives = delay_defaults,
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "DynamoDB global tables: 'typically within a second' (Developer Guide, how global "
               "tables work)",
     .doc = "From a commit, the cut of its batch, or the end of the sender's work on it, until the "
            "change leaves its region; the network's time comes on top."},
    {"batch", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, replication.batch_s),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = ASSUMED " (streams and logs are read all the time)",
     .doc = "Changes leave together, this far apart (log shipping); 0: each by itself."},
    {"send_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, replication.send_time),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = ASSUMED " (senders keep up)",
     .doc = "Time that one change keeps the sender to a region busy; the others wait in line."},
    {"bandwidth", FIELD_QUANTITY,
     SCHEMA_MEMBER(struct store_spec, replication.bandwidth_bits_per_s), .initial = "unlimited",
     .keyword = "unlimited", .alternatives = bandwidth_defaults, .dimension = DIMENSION_BIT_RATE,
     .low = 1e3, .high = 1e13,
     .source = ASSUMED " (senders keep up); S3 Replication Time Control has 1 Gbit/s unless "
                       "raised (S3 User Guide)",
     .doc = "Of the sender to a region; changes have the size of their requests."},
    {"apply_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, replication.apply_time),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = ASSUMED " (appliers keep up)",
     .doc = "Time that an applier of the receiving region works on one change; a slow replica's "
            "appliers are slow."},
    {"appliers", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, replication.appliers),
     .initial = "1", .low = 1, .high = 1024,
     .source = "MySQL: replica_parallel_workers 4 since 8.0.27, one before; one keeps the order",
     .doc = "Changes that a region applies at the same time."},
};
static const struct schema_record replication_record = {
    "replication", "How acknowledged writes come to the other regions.",
    SCHEMA_RECORD(struct store_spec, replication_fields)};

static const struct choice consensus_reads[] = {
    {"index", CONSENSUS_READ_INDEX,
     "the leader makes sure by a round of heartbeats that it still leads: never stale"},
    {"lease", CONSENSUS_READ_LEASE,
     "the leader answers by itself while it has a lease: never stale if clocks keep to "
     "'clock_tolerance', and nobody else can lead before the lease of a lost leader is over"},
    {"follower", CONSENSUS_READ_FOLLOWER,
     "the replica that is asked answers from its own copy: fast, may be stale"},
    {NULL, 0, NULL},
};

#define CONSENSUS_MEMBER(m) SCHEMA_MEMBER(struct store_spec, consensus.m)

static const struct field consensus_fields[] = {
    {"groups", FIELD_INTEGER, CONSENSUS_MEMBER(groups), .initial = "12", .low = 1,
     .high = STORE_MAX_GROUPS,
     .source = ASSUMED " (etcd has one; CockroachDB and TiKV one for each 512 or 96 to 256 MiB)",
     .doc = "Items are dealt to this many groups (ranges, regions, tablets), each with a leader "
            "and a log of its own: writes of one take effect in order."},
    {"leaders", FIELD_NAME, CONSENSUS_MEMBER(leaders), .initial = "spread", .keyword = "spread",
     .scope = SCOPE_REGION,
     .source = "Stores balance leaders over all replicas unless told otherwise (CockroachDB: "
               "lease_preferences; Spanner: the leader region of a configuration)",
     .doc = "Where leaders are wished: in a region, or spread over all replicas."},
    {"transfer_back", FIELD_BOOL, CONSENSUS_MEMBER(transfer_back), .initial = "true",
     .source = "CockroachDB moves leases back to where they are preferred",
     .doc = "Whether leadership returns to a wished replica that is well again."},
    {"transfer_after", FIELD_QUANTITY, CONSENSUS_MEMBER(transfer_after_s), .initial = "10 s",
     .when = "transfer_back=true", .dimension = DIMENSION_TIME, .low = 0, .high = 86400,
     .source = ASSUMED " (CockroachDB: leases move once a second at most, "
                       "kv.allocator.min_lease_transfer_interval)",
     .doc = "It must have answered without a break for this long."},
    {"election_timeout", FIELD_QUANTITY, CONSENSUS_MEMBER(election_timeout_s), .initial = "1 s",
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 3600,
     .source = "etcd: --election-timeout 1000 ms; CockroachDB 2 s (pkg/base/config.go)",
     .doc = "A follower stands for election after a silence of once to twice this, drawn anew each "
            "time; a leader whom no majority answers for this long steps down."},
    {"heartbeat", FIELD_QUANTITY, CONSENSUS_MEMBER(heartbeat_s), .initial = "100 ms",
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .source = "etcd: --heartbeat-interval 100 ms; CockroachDB 1 s (pkg/base/config.go)",
     .doc = "Leaders tell the others this often that they lead, in one message for all groups."},
    {"read", FIELD_CHOICE, CONSENSUS_MEMBER(read), .initial = "index", .choices = consensus_reads,
     .source = "etcd's Raft library: ReadOnlySafe is the default and suggested",
     .doc = "How reads are answered."},
    {"lease", FIELD_QUANTITY, CONSENSUS_MEMBER(lease_s), .initial = "2 s", .when = "read=lease",
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 3600,
     .source = "YugabyteDB: leader_lease_duration_ms 2000; CockroachDB: 3 s of support "
               "(pkg/base/config.go); TiKV 9 s (raft-store-max-leader-lease); Spanner 10 s "
               "(Corbett et al., OSDI 2012); all with longer election timeouts",
     .doc = "A member that answers a heartbeat votes for nobody else for this long."},
    {"clock_tolerance", FIELD_QUANTITY, CONSENSUS_MEMBER(clock_tolerance_s), .initial = "500 ms",
     .when = "read=lease", .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = "CockroachDB: --max-offset 500 ms",
     .doc = "How far apart two regions' clocks are assumed to be at most (regions: clock_offset, "
            "clock_error): a leader gives its lease up this long before its end."},
    {"timeout", FIELD_QUANTITY, CONSENSUS_MEMBER(timeout_s), .initial = "7 s",
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600,
     .source = "etcd: 5 s and two election timeouts (server/config, ReqTimeout)",
     .doc =
         "An operation without a result after this time is an error; a write may have been done."},
};
static const struct schema_record consensus_record = {
    "consensus", "How replicas agree by majority, under an elected leader.",
    SCHEMA_RECORD(struct store_spec, consensus_fields)};

static const struct field conditional_fields[] = {
    {"share", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, conditional.share), .initial = "0 %",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 1,
     .source = ASSUMED " (writes are unconditional unless a program says otherwise)",
     .doc = "Share of writes that are conditional."},
    {"read_before", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, conditional.read_before),
     .initial = "100 ms", .when = "share!=0 %", .dimension = DIMENSION_TIME, .low = 0,
     .high = 86400,
     .source = ASSUMED " (a program reads, works and writes in one request; people who edit a form "
                       "take minutes)",
     .doc = "How long before the write the item was read, at the replica that takes the write."},
};
static const struct schema_record conditional_record = {
    "conditional", "Writes that fail if the item has changed since it was read.",
    SCHEMA_RECORD(struct store_spec, conditional_fields)};

static const struct choice guarantees[] = {
    {"none", GUARANTEE_NONE, "what the replica has that is asked"},
    {"read-your-writes", GUARANTEE_READ_YOUR_WRITES,
     "nothing older than what the user's client was told it had written"},
    {"monotonic-reads", GUARANTEE_MONOTONIC_READS,
     "nothing older than what the user's client was given before"},
    {"both", GUARANTEE_BOTH, "neither"},
    {NULL, 0, NULL},
};

static const struct choice session_misses[] = {
    {"wait", false, "waits until the replica has it (MongoDB: afterClusterTime)"},
    {"forward", true,
     "is sent on to the leader, or to the replica that took the write (Cosmos DB: its client "
     "libraries turn to another region)"},
    {NULL, 0, NULL},
};

static const struct choice session_ends[] = {
    {"error", false, "is an error"},
    {"stale", true, "is answered with what the replica has"},
    {NULL, 0, NULL},
};

static const struct field session_fields[] = {
    {"guarantee", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, session.guarantee),
     .initial = "none", .choices = guarantees,
     .source =
         "Replicas that follow later give none unless they are asked (DynamoDB global tables, "
         "Aurora Global Database; MongoDB outside of causally consistent sessions)",
     .doc =
         "What a read of an own item returns: the session guarantees of Terry et al., PDIS 1994. "
         "For classes with own items; the user's client sends what it has seen along."},
    {"on_miss", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, session.sends_on), .initial = "wait",
     .choices = session_misses, .when = "guarantee!=none",
     .source = "MongoDB manual, read concern and afterClusterTime",
     .doc = "What a read does that finds too little."},
    {"timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, session.timeout_s),
     .initial = "5 s", .when = "guarantee!=none", .dimension = DIMENSION_TIME, .low = 1e-3,
     .high = 3600,
     .source = ASSUMED " (MongoDB: maxTimeMS, without which the caller's timeout ends it)",
     .doc = "For so long at most."},
    {"on_timeout", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, session.serves_stale),
     .initial = "error", .choices = session_ends, .when = "guarantee!=none",
     .source = "MongoDB: MaxTimeMSExpired; Cosmos DB: 404/1002, read session not available",
     .doc = "What becomes of it then."},
};
static const struct schema_record session_record = {
    "session", "What users may rely on who read and write items of their own.",
    SCHEMA_RECORD(struct store_spec, session_fields)};

static const struct choice store_modes[] = {
    {"multi-leader", STORE_MULTI_LEADER,
     "every replica takes writes and sends them on later; the last writer wins"},
    {"single-leader", STORE_SINGLE_LEADER, "one replica takes writes, the others follow later"},
    {"quorum", STORE_QUORUM, "a write waits for several replicas"},
    {"consensus", STORE_CONSENSUS,
     "elected leaders put writes into logs that a majority has (Raft, Paxos)"},
    {NULL, 0, NULL},
};

static const struct choice products[] = {
    {"none", PRODUCT_NONE, "a store of one's own: all keys as given"},
    {"dynamodb-mrec", PRODUCT_DYNAMODB_MREC,
     "DynamoDB global table, multi-Region eventual consistency"},
    {"dynamodb-mrsc", PRODUCT_DYNAMODB_MRSC,
     "DynamoDB global table, multi-Region strong consistency"},
    {"aurora-global", PRODUCT_AURORA_GLOBAL, "Aurora Global Database"},
    {"aurora-dsql", PRODUCT_AURORA_DSQL, "Aurora DSQL, multi-Region"},
    {"rds-multi-az", PRODUCT_RDS_MULTI_AZ, "RDS Multi-AZ instance, in one region"},
    {"rds-multi-az-cluster", PRODUCT_RDS_MULTI_AZ_CLUSTER, "RDS Multi-AZ cluster, in one region"},
    {"s3-replication", PRODUCT_S3_REPLICATION, "S3 buckets with two-way replication"},
    {"s3-rtc", PRODUCT_S3_RTC, "the same with Replication Time Control"},
    {NULL, 0, NULL},
};

#define BY_PRODUCT "The product's way to agree"
static const struct field_default mode_defaults[] = {
    {"product=dynamodb-mrec|s3-replication|s3-rtc", "multi-leader", BY_PRODUCT},
    {"product=dynamodb-mrsc|aurora-dsql", "quorum", BY_PRODUCT},
    {"product=aurora-global|rds-multi-az|rds-multi-az-cluster", "single-leader", BY_PRODUCT},
    {NULL, NULL, NULL},
};
static const struct field_words mode_words[] = {
    {"product=dynamodb-mrec|s3-replication|s3-rtc", "multi-leader"},
    {"product=dynamodb-mrsc|aurora-dsql", "quorum"},
    {"product=aurora-global|rds-multi-az|rds-multi-az-cluster", "single-leader"},
    {NULL, NULL},
};

#define SOURCE_S3_TIME                                                                             \
    "S3: first byte after 20 to 100 ms, small objects about 15 to 30 ms (general knowledge)"
#define SOURCE_SQL_TIME "Relational reads and commits of a few ms (general knowledge)"
static const struct field_default read_time_defaults[] = {
    {"product=s3-replication|s3-rtc", "{lognormal: {median: 25 ms, p99: 150 ms}}", SOURCE_S3_TIME},
    {"product=aurora-global|aurora-dsql|rds-multi-az|rds-multi-az-cluster",
     "{lognormal: {median: 2 ms, p99: 15 ms}}", SOURCE_SQL_TIME},
    {NULL, NULL, NULL},
};
static const struct field_default write_time_defaults[] = {
    {"product=s3-replication|s3-rtc", "{lognormal: {median: 40 ms, p99: 250 ms}}", SOURCE_S3_TIME},
    {"product=aurora-global|aurora-dsql|rds-multi-az|rds-multi-az-cluster",
     "{lognormal: {median: 5 ms, p99: 25 ms}}", SOURCE_SQL_TIME},
    {NULL, NULL, NULL},
};

static const struct field store_fields[] = {
    {"product", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, product), .initial = "none",
     .choices = products, .source = "A store of one's own unless it says otherwise",
     .doc = "Managed service that it is: chooses defaults and brings its rules."},
    {"mode", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, mode), .choices = store_modes,
     .alternatives = mode_defaults, .allowed = mode_words, .doc = "How replicas agree."},
    {"regions", FIELD_NAME_SET, SCHEMA_MEMBER(struct store_spec, regions), .initial = "all",
     .keyword = "all", .scope = SCOPE_REGION,
     .source = "Stores have a replica everywhere unless they say otherwise",
     .doc = "Regions with a replica."},
    {"passive", FIELD_NAME_SET, SCHEMA_MEMBER(struct store_spec, passive), .initial = "[]",
     .when = "mode=multi-leader", .scope = SCOPE_REGION,
     .source = "Callers ask the nearest replica unless told otherwise",
     .doc =
         "Regions whose replicas follow but are asked by nobody, until operators make them active "
         "(actions of kind access-point): callers there ask the nearest active region. S3: passive "
         "in a Multi-Region Access Point."},
    {"replicas_per_region", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, replicas_per_region),
     .initial = "1", .low = 1, .high = STORE_MAX_MEMBERS, .when = "mode=quorum|consensus",
     .source = ASSUMED
     " (managed stores look like one replica a region, as available as the region)",
     .doc = "Replicas in each region, dealt to its zones: they fail with their zone. Callers ask "
            "the one in their own zone."},
    {"leader", FIELD_NAME, SCHEMA_MEMBER(struct store_spec, leader), .scope = SCOPE_REGION,
     .when = "mode=single-leader", .doc = "Region of the first leader."},
    {"servers", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, servers), .low = 1, .high = 100000,
     .doc = "Operations that a replica can work on at the same time."},
    {"read_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, read_time),
     .initial = "{lognormal: {median: 3 ms, p99: 12 ms}}", .alternatives = read_time_defaults,
     .dimension = DIMENSION_TIME, .low = 0, .high = 600,
     .source = "DynamoDB: single-digit ms (Developer Guide); GetItem p50 2-4 ms, p99 8-15 ms "
               "(general knowledge)",
     .doc = "Time a replica works on a read."},
    {"write_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, write_time),
     .initial = "{lognormal: {median: 5 ms, p99: 18 ms}}", .alternatives = write_time_defaults,
     .dimension = DIMENSION_TIME, .low = 0, .high = 600,
     .source = "DynamoDB: single-digit ms (Developer Guide); PutItem p50 4-6 ms, p99 10-25 ms "
               "(general knowledge)",
     .doc = "Time a replica works on a write."},
    {"queue", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, queue), .initial = "1000", .low = 0,
     .high = 1000000, .source = ASSUMED,
     .doc = "Operations that may wait at a replica; further ones are shed."},
    {"replication", FIELD_BLOCK, .offset = 0, .initial = "{}",
     .when = "mode=multi-leader|single-leader", .record = &replication_record,
     .doc = "How acknowledged writes come to the other regions."},
    {"items", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, items), .initial = "100000", .low = 1,
     .high = 100000000, .source = ASSUMED, .doc = "Items that reads and writes choose from."},
    {"zipf", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, zipf), .initial = "0.99",
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 3,
     .source = "YCSB's default; web objects 0.6-0.85, Twitter cache clusters' median 1.21",
     .doc = "Exponent of the items' popularity; 0: all equally popular."},
    {"cache", FIELD_BLOCK, SCHEMA_MEMBER(struct store_spec, cache), .initial = "{}",
     .record = &schema_cache, .doc = "Caches in front of it."},
    {"throughput", FIELD_BLOCK, SCHEMA_MEMBER(struct store_spec, throughput), .initial = "{}",
     .when = "mode=multi-leader|quorum", .record = &schema_throughput,
     .doc = "Limits of throughput in each region, of the table and of its partitions."},
    {"conditional", FIELD_BLOCK, .offset = 0, .initial = "{}",
     .when = "mode=multi-leader|single-leader", .record = &conditional_record,
     .doc = "Conditional writes (optimistic locking)."},
    {"quorum", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=quorum",
     .record = &quorum_record, .doc = "How many replicas take part."},
    {"leading", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=single-leader",
     .record = &leading_record, .doc = "How the leader and its followers serve clients."},
    {"consensus", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=consensus",
     .record = &consensus_record, .doc = "How replicas agree by majority."},
    {"session", FIELD_BLOCK, .offset = 0, .initial = "{}",
     .when = "mode=multi-leader|single-leader", .record = &session_record,
     .doc = "Session guarantees."},
    {"failover", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=single-leader",
     .record = &failover_record, .doc = "Promotion of a follower."},
    {"cluster", FIELD_BLOCK, SCHEMA_MEMBER(struct store_spec, cluster), .initial = "{}",
     .when = "mode=multi-leader|single-leader|quorum", .record = &schema_cluster,
     .doc = "Instances and storage inside each of its regions, which zones' faults then hit."},
};
const struct schema_record schema_store = {
    "store", "A replicated store: one replica in each of its regions.",
    SCHEMA_RECORD(struct store_spec, store_fields)};
