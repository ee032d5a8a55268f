// Reference of scenario files in Markdown, from the table of fields.
#pragma once

#include <stdio.h>

#include "scenario/schema.h"

// Writes the keys of files of this record, block by block.
void reference_write(const struct schema_record *record, FILE *out);
// Writes how values are written: units and distributions.
void reference_write_values(FILE *out);
