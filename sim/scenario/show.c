#include "scenario/show.h"
void show_settings(const struct settings *settings, FILE *out){ for(size_t i=0;i<settings->n;i++) fprintf(out,"%s = %s\n",settings->items[i].path,settings->items[i].value);}
