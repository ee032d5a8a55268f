#include "model/location.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

// ISO 3166-1 alpha-2 by continent, as tables of addresses have them: Central America and the
// Caribbean in North America, Turkey and Cyprus in Asia, lone islands with those they are governed
// from; from general knowledge.
static const struct {
    char code[3];
    const char *countries;
} location_continents[] = {
    {"AF",
     "DZ AO BJ BW BF BI CV CM CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY "
     "MG MW ML MR MU YT MA MZ NA NE NG RE RW SH ST SN SC SL SO ZA SS SD TZ TG TN UG EH ZM ZW"},
    {"AN", "AQ BV GS HM TF"},
    {"AS", "AF AM AZ BH BD BT BN KH CN CX CC GE HK IN ID IR IQ IL JP JO KZ KW KG LA LB MO MY MV MN "
           "MM NP KP OM PK PS PH QA SA SG KR LK SY TW TJ TH TL TR TM AE UZ VN YE IO CY"},
    {"EU", "AX AL AD AT BY BE BA BG HR CZ DK EE FO FI FR DE GI GR GG HU IS IE IM IT JE XK LV LI LT "
           "LU MT MD MC ME NL MK NO PL PT RO RU SM RS SK SI ES SJ SE CH UA GB VA"},
    {"NA", "AI AG AW BS BB BZ BM BQ VG CA KY CR CU CW DM DO SV GL GD GP GT HT HN JM MQ MX MS NI PA "
           "PR BL KN LC MF PM VC SX TT TC US VI"},
    {"OC", "AS AU CK FJ PF GU KI MH FM NR NC NZ NU NF MP PW PG PN WS SB TK TO TV UM VU WF"},
    {"SA", "AR BO BR CL CO EC FK GF GY PY PE SR UY VE"},
};

static const char location_states[] =
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY";

// Whether a list of codes, parted by spaces, has this one.
static bool location_has(const char *list, const char *code)
{
    size_t n = strlen(code);
    for (const char *at = strstr(list, code); n == 2 && at != NULL; at = strstr(at + 1, code))
        if ((at - list) % 3 == 0)
            return true;
    return false;
}

static bool location_set_continent(struct location *l, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(location_continents); i++)
        if (strcmp(location_continents[i].code, code) == 0) {
            snprintf(l->continent, sizeof l->continent, "%s", code);
            return true;
        }
    return false;
}

static bool location_set_country(struct location *l, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(location_continents); i++)
        if (location_has(location_continents[i].countries, code)) {
            snprintf(l->continent, sizeof l->continent, "%s", location_continents[i].code);
            snprintf(l->country, sizeof l->country, "%s", code);
            return true;
        }
    return false;
}

static bool location_set_subdivision(struct location *l, const char *code)
{
    if (strncmp(code, "US-", 3) != 0 || !location_has(location_states, code + 3))
        return false;
    snprintf(l->subdivision, sizeof l->subdivision, "%s", code + 3);
    return location_set_country(l, "US");
}

bool location_parse(const char *text, struct location *out)
{
    static const struct {
        const char *word;
        enum location_kind kind;
        bool (*set)(struct location *l, const char *code);
    } kinds[] = {
        {"subdivision ", LOCATION_SUBDIVISION, location_set_subdivision},
        {"country ", LOCATION_COUNTRY, location_set_country},
        {"continent ", LOCATION_CONTINENT, location_set_continent},
    };
    *out = (struct location){.kind = LOCATION_DEFAULT};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n) == 0) {
            out->kind = kinds[i].kind;
            return kinds[i].set(out, text + n);
        }
    }
    return strcmp(text, "default") == 0;
}

double location_distance(const struct location *place, const struct location *record)
{
    const bool is_inside =
        (record->kind < LOCATION_CONTINENT || strcmp(place->continent, record->continent) == 0) &&
        (record->kind < LOCATION_COUNTRY || strcmp(place->country, record->country) == 0) &&
        (record->kind < LOCATION_SUBDIVISION ||
         strcmp(place->subdivision, record->subdivision) == 0);
    return is_inside ? LOCATION_SUBDIVISION - record->kind : (double)INFINITY;
}

// ---- addresses

bool cidr_parse(const char *text, struct cidr *out)
{
    unsigned part[4], bits = 32;
    int end = -1, with_bits = -1;
    *out = (struct cidr){.bits = -1};
    if (strcmp(text, "none") == 0)
        return true;
    sscanf(text, "%3u.%3u.%3u.%3u%n/%2u%n", &part[0], &part[1], &part[2], &part[3], &end, &bits,
           &with_bits);
    if (end < 0 || text[with_bits >= 0 ? with_bits : end] != '\0' || bits > 32)
        return false;
    for (int i = 0; i < 4; i++) {
        if (part[i] > 255)
            return false;
        out->address = out->address << 8 | part[i];
    }
    out->bits = (int)bits;
    return ((uint64_t)out->address << bits & UINT32_MAX) == 0;
}

bool cidr_contains(const struct cidr *block, const struct cidr *part)
{
    if (block->bits < 0 || part->bits < block->bits)
        return false;
    return (uint64_t)(block->address ^ part->address) >> (32 - block->bits) == 0;
}
