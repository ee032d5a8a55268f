// A FIFO queue in front of c equal servers, as indices of frames: which start now, which wait,
// which are shed.
//
// The owner keeps the frames and schedules completions; the station only decides. The queue is
// explicit rather than a heap of server-free times because capacity and speed change while requests
// wait (faults), and because a completion event is needed anyway to send the answer: the cost is
// the same, and it is exact.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum station_verdict { STATION_START, STATION_WAIT, STATION_FULL };

struct station {
    uint32_t servers; // may be 0 (no capacity left): everything waits
    uint32_t busy;
    uint32_t limit; // how many may wait
    uint32_t waiting;
    uint32_t head;  // position of the first in line
    uint32_t mask;  // ring size - 1
    uint32_t *ring; // frame indices; owned
};

void station_init(struct station *s, uint32_t servers, uint32_t limit);
void station_free(struct station *s);
// Leaves a share of n servers. Servers are whole, so that their number is rounded up and work takes
// longer instead: returns by how much (1 when nothing is lost).
double station_set_capacity(struct station *s, uint32_t n, double share);
// Admits a frame: start it now (a server is taken), let it wait, or shed it.
enum station_verdict station_admit(struct station *s, uint32_t frame);
// A server became free: yields true and the next frame to start, or false.
bool station_release(struct station *s, uint32_t *next);
// Starts a waiting frame if there is both one and a free server (after capacity grew).
bool station_next(struct station *s, uint32_t *next);
// Forgets all who wait and all in service.
void station_clear(struct station *s);
