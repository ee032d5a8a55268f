// The one switch from event kinds to typed handlers.
#pragma once

#include "engine/engine.h"

// An engine_handler; `world` is a struct world.
void dispatch_event(struct cell *cell, void *world, const struct event *event);
