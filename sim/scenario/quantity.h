// Quantities: numbers with units, as written in scenario files ("250 ms", "12 MiB", "0.57 /year").
//
// A dimension says which units a value may carry and in which unit the program keeps it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum dimension {
    DIMENSION_NUMBER,   // no unit
    DIMENSION_TIME,     // seconds
    DIMENSION_RATIO,    // plain 0..1 or percent; kept as a ratio
    DIMENSION_SIZE,     // bytes
    DIMENSION_RATE,     // per second
    DIMENSION_BIT_RATE, // bits per second
    DIMENSION_DISTANCE, // km
    DIMENSION_SPEED,    // km/s
    DIMENSION_ANGLE,    // degrees
    DIMENSIONS,
};

// Why a text is no quantity of its dimension.
struct quantity_mistake {
    char message[160];
    char expected[160];
    char suggestion[64]; // empty: none
};

// Reads a quantity; false with *mistake filled otherwise.
bool quantity_parse(const char *text, enum dimension dimension, double *value,
                    struct quantity_mistake *mistake);
// Writes a value in the unit that suits it into out; returns out.
char *quantity_format(double value, enum dimension dimension, char out[48]);
// The same for programs, in the unit of the program, with 15 digits: quantity_parse reads it.
char *quantity_write(double value, enum dimension dimension, char out[48]);

const char *quantity_name(enum dimension dimension);    // "duration"
const char *quantity_example(enum dimension dimension); // "250 ms"
// "ns, us, ms, s, min, h, d": what may stand behind a number; "" for plain numbers.
const char *quantity_units(enum dimension dimension);
// The i-th unit's symbol, or NULL behind the last. A dimension without units has none.
const char *quantity_unit(enum dimension dimension, size_t i);
// Whether a number may stand without a unit.
bool quantity_may_be_plain(enum dimension dimension);
