// Pins: a call to a service or store that the caller's region does not have goes to the nearest
// region that has it, and takes the round trip there. Not pinned: how the nearest is chosen among
// equals.
#include <criterion/criterion.h>

#include "support/tiny.h"

// Latency of a request whose web server, in the first region, calls "back" with 0 s of work.
static double median_ms(uint32_t back_regions)
{
    struct tiny t;
    struct record record;
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 64);
    tiny_add_region(&t, "eu-west-1", 200);
    tiny_set_rtt(&t, 0, 1, 64);
    t.topology.steering.root.n_records = 1;
    t.topology.services[0].work = distribution_constant(1e-3);
    struct service_spec *back = tiny_add_service(&t, "back", distribution_constant(1e-3));
    tiny_add_call(&t, 0, 1, 0);
    back->regions = back_regions;
    t.workload.duration_s = 2000;
    tiny_run(&t, 0, &record);
    double median = histogram_quantile(&record.latency[0], 0.5) * 1e-6;
    cr_expect_eq(record.outcomes[OUTCOME_ERROR] + record.outcomes[OUTCOME_TIMEOUT], 0);
    record_free(&record);
    return median;
}

Test(regions, a_call_goes_to_the_nearest_region_that_has_the_service)
{
    double home = median_ms(7), west = median_ms(2), both = median_ms(6), far = median_ms(4);
    cr_expect_float_eq(west - home, 64, 2, "%g ms further", west - home);
    cr_expect_float_eq(both, west, 1, "%g ms with a choice", both);
    cr_expect_float_eq(far - home, 200, 4, "%g ms further", far - home);
}
