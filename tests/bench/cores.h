// Processor cores for the threads of a measurement: one for all, as on a machine whose others are
// busy, or all there are.
#pragma once

#include <stdbool.h>

// Puts this thread and those that its next teams of n_threads get onto one core. False: the system
// does not allow it.
bool cores_take_one(int n_threads);
// Gives them back what they had before.
void cores_take_all(int n_threads);
