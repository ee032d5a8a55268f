// Keys of topologies/tables/regions.yaml.
#include "base/base.h"
#include "model/geography.h"
#include "scenario/schema.h"

static const struct field fact_fields[] = {
    {"name", FIELD_TEXT, SCHEMA_MEMBER(struct region_fact, name), .doc = "Name for people."},
    {"latitude", FIELD_QUANTITY, SCHEMA_MEMBER(struct region_fact, latitude_deg),
     .dimension = DIMENSION_ANGLE, .low = -90, .high = 90, .doc = "Degrees north."},
    {"longitude", FIELD_QUANTITY, SCHEMA_MEMBER(struct region_fact, longitude_deg),
     .dimension = DIMENSION_ANGLE, .low = -180, .high = 180, .doc = "Degrees east."},
    {"zones", FIELD_INTEGER, SCHEMA_MEMBER(struct region_fact, n_zones), .low = 1, .high = 26,
     .doc = "Availability zones it has."},
};
static const struct schema_record fact_record = {"region", "A cloud region.",
                                                 SCHEMA_RECORD(struct region_fact, fact_fields)};

static const struct field regions_fields[] = {
    {"regions", FIELD_TABLE, SCHEMA_MEMBER(struct geography, regions),
     SCHEMA_COUNT(struct geography, n_regions), .least = 1, .record = &fact_record,
     .name_offset = offsetof(struct region_fact, code), .doc = "Regions by code."},
};

const struct schema_record schema_regions = {"region table", "Cloud regions and where they are.",
                                             SCHEMA_RECORD(struct geography, regions_fields)};
