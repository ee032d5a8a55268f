// The final log of a consensus store's groups: after a run, what has been committed.
//
// A leader may have committed entries of which no other member knows yet; a member that is up may
// not have applied what a majority has. An entry that was committed is lost if every member that
// has it is down for good, as long as there are others.
#pragma once

#include "model/replica.h"

// Brings one of the store's members up to date for each group, and marks what is lost.
void finallog_settle(struct replica *members, int n_members);
// That member.
const struct replica *finallog_member(const struct replica *members, int n_members, uint32_t item);
