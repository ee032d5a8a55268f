// Identity of a point: a digest of everything that its results depend on, so that equal identities
// mean equal results, wherever and whenever they were computed.
//
// That is: the files as they are after all changes (without comments and blanks), the tables of
// places, the seed, and the version of the model. Neither the number of replications nor the place
// of a point in its study enters: results stay good when points, replications or shards are added.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct identity {
    uint64_t high, low;
};

enum { IDENTITY_TEXT = 33 }; // characters of its text, with the end

// Of a scenario with one topology.
struct identity identity_of(const struct scenario *scenario, uint64_t seed);
// 32 hexadecimal digits.
void identity_write(struct identity id, char out[IDENTITY_TEXT]);
// False: the text is none.
bool identity_read(const char *text, struct identity *id);
static inline bool identity_is_same(struct identity a, struct identity b)
{
    return a.high == b.high && a.low == b.low;
}
// An order, for sorting: below 0, 0, above 0.
int identity_compare(struct identity a, struct identity b);
// Program version and digest of the model's sources: "1.0.0+0123456789ab".
const char *identity_model_version(void);
