// Locations as DNS policies know them: subdivision, country, continent, or anywhere; and blocks of
// addresses.
//
// Route 53's geolocation records name a continent (AF AN AS EU NA OC SA), a country (ISO 3166-1
// alpha-2) or a subdivision (a US state, ISO 3166-2 "US-CA"); the default record answers everybody
// else (Route 53 Developer Guide, "Values specific for geolocation records").
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum location_kind { LOCATION_DEFAULT, LOCATION_CONTINENT, LOCATION_COUNTRY, LOCATION_SUBDIVISION };

struct location {
    enum location_kind kind; // the finest part that is known; LOCATION_DEFAULT: nothing is
    char continent[3], country[3], subdivision[4]; // "" beyond what the kind says; "NA" "US" "CA"
};

// A block of IPv4 addresses: those whose first `bits` bits are those of `address`.
struct cidr {
    uint32_t address;
    int bits; // 0 .. 32; -1: none, in no block and without members
};

#define LOCATION_EXPECTED                                                                          \
    "'continent EU' (AF AN AS EU NA OC SA), 'country DE' (ISO 3166), 'subdivision US-CA' or "      \
    "'default'"

// "default", "continent EU", "country DE", "subdivision US-CA". False: it is none of these, or the
// code is not known.
bool location_parse(const char *text, struct location *out);
// How coarse a record is that holds the place: 0 a subdivision, 1 a country, 2 a continent, 3 the
// default; INFINITY: it does not.
double location_distance(const struct location *place, const struct location *record);

// "203.0.113.0/24", a lone address being a block of one, "none". False: it is none of these, or has
// bits beyond the prefix.
bool cidr_parse(const char *text, struct cidr *out);
bool cidr_contains(const struct cidr *block, const struct cidr *part);
