#include "scenario/product_check.h"

#include <string.h>

#include "base/base.h"

struct product_rule {
    const char *name;
    int least, most;      // regions
    int witnesses;        // among them, at most
    bool is_in_a_set;     // all regions are of one set
    bool is_two_of_three; // its quorum is
    double least_rpo_s;   // 0: there is none to set
    const char *source;
    int instances; // in zones of their own, each with its own storage; 0: as the design likes
};

#define GUIDE_MRSC "DynamoDB Developer Guide, how global tables work"
#define GUIDE_DSQL "Aurora DSQL User Guide, multi-Region clusters"
#define GUIDE_AURORA "Aurora User Guide, global databases"

static const struct product_rule product_rules[STORE_PRODUCTS] = {
    [PRODUCT_NONE] = {.most = TOPOLOGY_MAX_REGIONS,
                      .witnesses = TOPOLOGY_MAX_REGIONS,
                      .least_rpo_s = 1e-9},
    [PRODUCT_DYNAMODB_MREC] = {.name = "dynamodb-mrec",
                               .least = 1,
                               .most = TOPOLOGY_MAX_REGIONS,
                               .source = GUIDE_MRSC},
    [PRODUCT_DYNAMODB_MRSC] = {.name = "dynamodb-mrsc",
                               .least = 3,
                               .most = 3,
                               .witnesses = 1,
                               .is_in_a_set = true,
                               .is_two_of_three = true,
                               .source = GUIDE_MRSC},
    [PRODUCT_AURORA_GLOBAL] = {.name = "aurora-global",
                               .least = 1,
                               .most = 11,
                               .least_rpo_s = 20,
                               .source = GUIDE_AURORA},
    [PRODUCT_AURORA_DSQL] = {.name = "aurora-dsql",
                             .least = 3,
                             .most = 3,
                             .witnesses = 1,
                             .is_in_a_set = true,
                             .is_two_of_three = true,
                             .source = GUIDE_DSQL},
    [PRODUCT_RDS_MULTI_AZ] = {.name = "rds-multi-az",
                              .least = 1,
                              .most = 1,
                              .source = "RDS User Guide, Multi-AZ deployments",
                              .instances = 2},
    [PRODUCT_RDS_MULTI_AZ_CLUSTER] = {.name = "rds-multi-az-cluster",
                                      .least = 1,
                                      .most = 1,
                                      .source = "RDS User Guide, Multi-AZ DB clusters",
                                      .instances = 3},
    [PRODUCT_S3_REPLICATION] = {.name = "s3-replication",
                                .least = 1,
                                .most = TOPOLOGY_MAX_REGIONS,
                                .source = "S3 User Guide, replication"},
    [PRODUCT_S3_RTC] = {.name = "s3-rtc",
                        .least = 1,
                        .most = TOPOLOGY_MAX_REGIONS,
                        .source = "S3 User Guide, Replication Time Control"},
};

// Regions that may form one strongly consistent store (DynamoDB Developer Guide; Aurora DSQL User
// Guide).
static const char *const product_sets[][4] = {
    {"us-east-1", "us-east-2", "us-west-2", NULL},
    {"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"},
    {"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", NULL},
};

struct product_checking {
    const struct loading *l;
    const struct topology *t;
    const struct store_spec *s;
    const struct product_rule *rule;
};

static const char *product_path(const struct product_checking *c, const char *key)
{
    return arena_printf(c->l->arena, "stores.%s.%s", c->s->name, key);
}

static int product_set_of(const char *region)
{
    for (int i = 0; i < (int)ARRAY_LEN(product_sets); i++)
        for (size_t k = 0; k < ARRAY_LEN(product_sets[i]); k++)
            if (product_sets[i][k] != NULL && strcmp(product_sets[i][k], region) == 0)
                return i;
    return -1;
}

static void product_check_set(const struct product_checking *c)
{
    const int first = __builtin_ctz(c->s->regions);
    const int set = product_set_of(c->t->regions[first].name);
    for (uint32_t left = c->s->regions; left != 0; left &= left - 1) {
        const char *name = c->t->regions[__builtin_ctz(left)].name;
        if (product_set_of(name) >= 0 && product_set_of(name) == set)
            continue;
        loading_error(c->l, product_path(c, "regions"), false,
                      "store '%s': %s cannot have a replica in '%s' together with '%s' (%s)",
                      c->s->name, c->rule->name, name, c->t->regions[first].name, c->rule->source);
        diag_expect(c->l->diags, "all regions from one of: us-east-1, us-east-2, us-west-2; "
                                 "eu-west-1, eu-west-2, eu-west-3, eu-central-1; ap-northeast-1, "
                                 "ap-northeast-2, ap-northeast-3");
        return;
    }
}

static void product_check_regions(const struct product_checking *c)
{
    const int n = __builtin_popcount(c->s->regions);
    if (n < c->rule->least || n > c->rule->most)
        loading_error(c->l, product_path(c, "regions"), false,
                      "store '%s' has replicas in %d regions; %s has %s%d (%s)", c->s->name, n,
                      c->rule->name, c->rule->least == c->rule->most ? "exactly " : "at most ",
                      c->rule->most, c->rule->source);
    else if (c->rule->is_in_a_set)
        product_check_set(c);
}

static void product_check_quorum(const struct product_checking *c)
{
    const struct quorum_spec *q = &c->s->quorum;
    const int n_witnesses = __builtin_popcount(q->witnesses);
    if (n_witnesses > c->rule->witnesses ||
        (c->s->product == PRODUCT_AURORA_DSQL && n_witnesses != 1))
        loading_error(c->l, product_path(c, "quorum.witness"), false,
                      "store '%s': %s has %s witness (%s)", c->s->name, c->rule->name,
                      c->s->product == PRODUCT_AURORA_DSQL ? "one" : "at most one",
                      c->rule->source);
    if (q->write != 2 || (q->read_mode == QUORUM_READ_QUORUM && q->read != 2) || q->copies != 0 ||
        q->write_scope != QUORUM_OF_ALL || c->s->replicas_per_region != 1)
        loading_error(c->l, product_path(c, "quorum"), false,
                      "store '%s': writes of %s are in two of three regions, and so are its quorum "
                      "reads; that cannot be chosen (%s)",
                      c->s->name, c->rule->name, c->rule->source);
}

static void product_check_leader(const struct product_checking *c)
{
    const struct leader_spec *lead = &c->s->leading;
    if (lead->rpo_s > 0 && lead->rpo_s < c->rule->least_rpo_s)
        loading_error(c->l, product_path(c, "leading.rpo"), false,
                      "store '%s': the least 'rpo' of %s is %g s (%s)", c->s->name, c->rule->name,
                      c->rule->least_rpo_s, c->rule->source);
    if (lead->sync_followers > 0)
        loading_error(c->l, product_path(c, "leading.sync_followers"), false,
                      "store '%s': %s does not wait for other regions (%s)", c->s->name,
                      c->rule->name, c->rule->source);
}

static void product_check_session(const struct product_checking *c)
{
    if (c->s->session.guarantee == GUARANTEE_NONE)
        return;
    loading_error(c->l, product_path(c, "session.guarantee"), false,
                  "store '%s': %s keeps no guarantees for sessions that change regions (%s)",
                  c->s->name, c->rule->name, c->rule->source);
    diag_expect(c->l->diags, c->s->product == PRODUCT_AURORA_GLOBAL
                                 ? "'leading.forwarding: session', or a store without 'product'"
                                 : "a store without 'product'");
}

static void product_check_access(const struct product_checking *c)
{
    if (c->s->passive != 0 && c->s->product == PRODUCT_DYNAMODB_MREC)
        loading_error(c->l, product_path(c, "passive"), false,
                      "store '%s': %s has no routes of its own: programs ask the endpoint of their "
                      "region (%s)",
                      c->s->name, c->rule->name, c->rule->source);
}

static void product_check_instances(const struct product_checking *c)
{
    const struct cluster_spec *cluster = &c->s->cluster;
    const struct region_spec *region = &c->t->regions[__builtin_ctz(c->s->regions)];
    if (cluster->instances != c->rule->instances)
        loading_error(c->l, product_path(c, "cluster.instances"), false,
                      "store '%s': %s has %d instances (%s)", c->s->name, c->rule->name,
                      c->rule->instances, c->rule->source);
    else if (region->n_zones < cluster->instances)
        loading_error(c->l, product_path(c, "product"), false,
                      "store '%s': the %d instances of %s are in zones of their own, '%s' has %d "
                      "(%s)",
                      c->s->name, cluster->instances, c->rule->name, region->name, region->n_zones,
                      c->rule->source);
    if (cluster->storage.copies_per_zone > 0)
        loading_error(c->l, product_path(c, "cluster.storage.copies_per_zone"), false,
                      "store '%s': the instances of %s share no storage (%s)", c->s->name,
                      c->rule->name, c->rule->source);
}

void product_check(const struct loading *l, const struct topology *t, const struct store_spec *s)
{
    const struct product_checking c = {l, t, s, &product_rules[s->product]};
    if (s->product == PRODUCT_NONE)
        return;
    product_check_regions(&c);
    product_check_session(&c);
    product_check_access(&c);
    if (c.rule->is_two_of_three)
        product_check_quorum(&c);
    if (s->mode == STORE_SINGLE_LEADER)
        product_check_leader(&c);
    if (c.rule->instances > 0)
        product_check_instances(&c);
}
