#include "model/geography.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

// Last-mile round trips, losses and rates by access type. Ranges from FCC "Measuring Broadband
// America", Ookla and M-Lab summaries; wireless medians agree with Dang et al., IMC 2021. The 99th
// percentiles are estimates: wired from one published home-to-cloud series (p50 15, p99 30 ms),
// wireless about three times the median.
static const struct access_fact access_facts[ACCESS_TYPES] = {
    [ACCESS_FIBRE] = {"fibre", 2, 5, 15, 0.0005, 200e6, 100e6, "FCC MBA, Ookla ranges: 3-8 ms"},
    [ACCESS_CABLE] = {"cable", 6, 14, 40, 0.001, 100e6, 15e6, "FCC MBA, Ookla ranges: 10-18 ms"},
    [ACCESS_VDSL] = {"vdsl", 8, 15, 40, 0.001, 50e6, 10e6, "FCC MBA, Ookla ranges: 10-20 ms"},
    [ACCESS_ADSL] = {"adsl", 16, 30, 80, 0.002, 8e6, 1e6, "FCC MBA, Ookla ranges: 20-40 ms"},
    [ACCESS_5G] = {"5g", 10, 22, 70, 0.003, 100e6, 20e6, "Ookla ranges: 15-30 ms"},
    [ACCESS_4G] = {"4g", 22, 40, 130, 0.005, 25e6, 8e6, "Ookla ranges: 30-50 ms"},
    [ACCESS_3G] = {"3g", 55, 100, 350, 0.01, 2e6, 0.7e6, "Ookla ranges: 80-120 ms"},
    [ACCESS_LEO] = {"leo-satellite", 22, 37, 120, 0.005, 80e6, 12e6, "Ookla ranges: 30-45 ms"},
    [ACCESS_GEO] = {"geo-satellite", 540, 600, 900, 0.01, 20e6, 3e6, "geometry; 580-650 ms"},
    [ACCESS_DATACENTRE] = {"datacentre", 0.5, 1, 3, 0.0001, 5e9, 5e9, "region to provider edge"},
};

const struct access_fact *geography_access(enum access_type type)
{
    REQUIRE(type < ACCESS_TYPES, "access type %d", (int)type);
    return &access_facts[type];
}

int geography_find(const struct geography *g, const char *code)
{
    for (size_t i = 0; i < g->n_regions; i++)
        if (strcmp(g->regions[i].code, code) == 0)
            return (int)i;
    return -1;
}

double geography_distance_km(double lat1_deg, double lon1_deg, double lat2_deg, double lon2_deg)
{
    static const double earth_km = 6371.0, degree = 3.14159265358979323846 / 180;
    double dlat = (lat2_deg - lat1_deg) * degree, dlon = (lon2_deg - lon1_deg) * degree;
    double h = sin(dlat / 2) * sin(dlat / 2) +
               cos(lat1_deg * degree) * cos(lat2_deg * degree) * sin(dlon / 2) * sin(dlon / 2);
    return 2 * earth_km * asin(sqrt(h < 1 ? h : 1));
}
