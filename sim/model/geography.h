// Facts about places: regions with coordinates, measured round trips between them, distances,
// access types. Loaded from topologies/tables/ (sources named there); read-only after that.
#pragma once

#include <stddef.h>

struct region_fact {
    const char *code; // "us-east-1"
    const char *name; // "US East (N. Virginia)"
    double latitude_deg, longitude_deg;
    int n_zones;
};

struct geography {
    const struct region_fact *regions;
    size_t n_regions;
    // Round trips in ms, [n_regions][n_regions], row: source; NaN: no measurement (distance model
    // instead).
    const float *rtt_p50_ms, *rtt_p90_ms;
    const char *rtt_source; // where the figures come from, for the assumption ledger
    const char *directory;  // of the files
};

// Index of a region by its code, or -1.
int geography_find(const struct geography *g, const char *code);
// Great-circle distance in km (haversine, sphere of 6371 km).
double geography_distance_km(double lat1_deg, double lon1_deg, double lat2_deg, double lon2_deg);

// How a population reaches the internet. Medians and spreads: see access_facts in geography.c.
enum access_type {
    ACCESS_FIBRE,
    ACCESS_CABLE,
    ACCESS_VDSL,
    ACCESS_ADSL,
    ACCESS_5G,
    ACCESS_4G,
    ACCESS_3G,
    ACCESS_LEO,
    ACCESS_GEO,
    ACCESS_DATACENTRE,
    ACCESS_TYPES,
};

struct access_fact {
    const char *name;       // as written in YAML
    double rtt_floor_ms;    // least last-mile round trip
    double rtt_median_ms;   // median last-mile round trip
    double rtt_p99_ms;      // its 99th percentile
    double loss_ratio;      // packets lost
    double down_bits_per_s; // goodput of one connection towards the user
    double up_bits_per_s;
    const char *source;
};
const struct access_fact *geography_access(enum access_type type);
