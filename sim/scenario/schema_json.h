// JSON Schema of scenario files, from the table of fields: editors complete and check with it.
#pragma once

#include <stdio.h>

#include "scenario/schema.h"

// Writes the schema of files of this record (draft 2020-12).
void schema_json_write(const struct schema_record *record, FILE *out);
