#include "scenario/reference.h"
void reference_write(const struct record *record, FILE *out){ fprintf(out,"%s\n",record->name);}
void reference_write_values(FILE *out){(void)out;}
