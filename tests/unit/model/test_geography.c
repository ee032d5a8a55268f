// Pins: great-circle distances of known pairs, look-up by code, and that the table of access types
// is sensible: each has a name and a source, and its round trips and rates are in order.
#include <criterion/criterion.h>
#include <string.h>

#include "model/geography.h"

static const double pi = 3.14159265358979323846;

Test(geography, known_distances)
{
    // London to New York (airports LHR, JFK): 5540 km on the sphere.
    cr_expect_float_eq(geography_distance_km(51.4706, -0.4619, 40.6398, -73.7789), 5540, 5);
    cr_expect_float_eq(geography_distance_km(0, 0, 0, 90), 6371 * pi / 2, 1e-6);
    cr_expect_float_eq(geography_distance_km(90, 0, -90, 0), 6371 * pi, 1e-6);
    cr_expect_float_eq(geography_distance_km(0, 0, 0, 180), 6371 * pi, 1e-6);
    cr_expect_float_eq(geography_distance_km(12, 34, 12, 34), 0, 1e-9);
    cr_expect_float_eq(geography_distance_km(10, 179, 10, -179),
                       geography_distance_km(10, -1, 10, 1), 1e-6);
}

Test(geography, find)
{
    static const struct region_fact facts[] = {{"us-east-1", "", 0, 0, 3},
                                               {"us-east-2", "", 0, 0, 3}};
    struct geography g = {.regions = facts, .n_regions = 2};
    cr_expect_eq(geography_find(&g, "us-east-2"), 1);
    cr_expect_eq(geography_find(&g, "us-east"), -1);
}

Test(geography, access_types)
{
    for (int i = 0; i < ACCESS_TYPES; i++) {
        const struct access_fact *a = geography_access((enum access_type)i);
        cr_expect(strlen(a->name) > 0 && strlen(a->source) > 0, "type %d", i);
        cr_expect(0 < a->rtt_floor_ms && a->rtt_floor_ms < a->rtt_median_ms &&
                      a->rtt_median_ms < a->rtt_p99_ms,
                  "%s", a->name);
        cr_expect(0 < a->loss_ratio && a->loss_ratio < 0.05, "%s", a->name);
        cr_expect(a->down_bits_per_s >= a->up_bits_per_s && a->up_bits_per_s > 0, "%s", a->name);
    }
}
