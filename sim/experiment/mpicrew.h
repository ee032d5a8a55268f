// MPI crew: rank 0 deals tasks to the processes of the other ranks, wherever these run.
//
// Each of them has a local crew (crew.h) that was made before MPI was started, hands tasks on to it
// and its answers back; so a task that crashes ends neither its rank nor the job. A rank that is
// lost with its machine ends the job, as MPI does. Messages: tasks, answers, and at the end a
// farewell from either side, so that none is under way when MPI ends.
//
// Left out in builds without MPI (the default): mpicrew_join then fails and says so. Thread class:
// the main thread, once in a program.
#pragma once

#include "base/status.h"
#include "experiment/crew.h"

// To be called by all ranks, each with its local crew, which is taken over. In rank 0 a crew of all
// others' workers; it must be dismissed, which ends MPI everywhere. In the other ranks NULL with a
// good status, after they have worked until rank 0 dismissed them. NULL with a bad status: there is
// no MPI, or nobody but rank 0.
struct crew *mpicrew_join(struct crew *local, struct status *status);
