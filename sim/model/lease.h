// Leases of a quorum's members: which of them may serve reads of their own copy.
//
// What Aurora DSQL does (Aurora DSQL User Guide; how is not published): reads are local and
// strongly consistent in each of two regions, a third only votes; a region that is cut off serves
// nothing. Modelled: a member may serve while it sees so many others as a write needs, and as none
// that it does not see may be serving; of two that see enough but not each other the one that is
// named first goes on; one that comes back waits until it has heard what happened. Members know at
// once whom they see, as if by leases of no length. Knobs: read_mode: leased, witness, write.
#pragma once

#include "model/replica.h"

// Whether this member may serve.
bool lease_is_held(const struct context *x, const struct replica *r);
// Whether it was cut off and has not caught up with an item.
bool lease_lacks(const struct replica *r, uint32_t item);
// Whether every member that serves and can be seen is in a bit set.
bool lease_is_with_all(const struct context *x, const struct replica *r, uint32_t answered);
