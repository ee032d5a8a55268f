// The one switch from event kinds to typed handlers.
#pragma once

#include "engine/engine.h"

// An engine_handler; `world` is a struct world.
void dispatch_event(struct cell *cell, void *world, const struct event *event);
// Asks the processor for the frame that an event names, some events before it is handled.
void dispatch_prefetch(const void *world, const struct event *event);
