// The LPs of a model, their names and places; how they are grouped into cells; how far ahead cells
// may run.
#pragma once

#include "model/model.h"

// Numbers and names all LPs. After the topology and workload are known, before net_compile.
void layout_number(struct model *m);
// Gives each LP its place, after net_compile.
void layout_place(struct model *m);
// Cells by the chosen partition, and the lookahead between them from the paths' floors.
void layout_cells(struct model *m);
