#include "scenario/schema_json.h"
void schema_json_write(const struct record *record, FILE *out){ fprintf(out,"%s\n",record->name);}
