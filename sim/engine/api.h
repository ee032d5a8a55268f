// The engine's door: all that a program includes which simulates with it, and the contract.
//
// The engine executes discrete events on one or more threads, and whatever their number executes
// the same events. It knows nothing of what it simulates. A model is a struct, the world, and one
// function, the handler. docs/engine-example.c is a whole program; docs/engine.md says how the
// engine works and what each operation costs; engine.h and cell.h say what each function takes.
//
// Vocabulary
//   LP         logical process: an entity of the model with a state of its own, known by number.
//   event      a plain value of 48 bytes: when, from whom, to which LP, a kind, a payload.
//   cell       LPs that are executed together, with one list of events and one clock.
//   lookahead  the least delay of any message from one cell to another; given for each pair.
//   horizon    the time before which a cell can hear from no other cell any more.
//   window     what lies between two meetings of the threads: each cell executes its events before
//              its horizon.
//   lane       the timers of one LP that all run equally long: arming and cancelling one costs a
//              few instructions, however many there are. Its id counts within its cell: keep it
//              with its LP, since another LP's may be the same number.
// Time is int64_t, in ns from 0 on (base/simtime.h); all delays are in ns.
//
// Life cycle
//   engine_create             copies lp_cell and lookahead; world, context and the strings in it
//                             stay the caller's and must outlive the engine.
//   engine_lane, engine_post  set-up, over when the first run begins. The order of an LP's posts is
//                             the order of its events at one time; any other does not matter.
//   engine_run                again and again with later ends, with as many threads as one likes
//                             each time. Runs in pieces equal a run in one; so does a run that was
//                             cancelled and is continued. Or engine_run_serial, all the time.
//   readers                   engine_digest, engine_events, engine_pending, engine_stats_of: at any
//                             time but during a run.
//   engine_destroy
// Between two runs the world belongs to the caller, who may read it and change it. After a cancel
// some cells have come further than others, until the run is continued. During engine_run the world
// is the handlers'; only engine_conf.report, called some 64 times a run, may look at it meanwhile.
//
// A handler may
//   - read the event, until it returns, and change the state of the LP that the event is for;
//   - read what nobody changes during a run;
//   - call the functions of cell.h, on the cell it was given: a message to any LP, timers of its
//     own LP;
//   - add to sums of its cell, indexed by cell_id. If these are integers, their total depends
//     neither on the order of additions nor on how LPs were put into cells;
//   - allocate, though it need not: events, timers and mailboxes are the engine's memory, which
//     grows to the largest size seen and is kept.
// A handler may not
//   - read or change another LP's state, not even of its own cell: it sends a message;
//   - ask anything that differs from run to run: a clock, rand() or any other state that all
//     threads share, addresses, cell_id (but as an index of sums), the thread. Numbers of lanes and
//     tickets depend on how LPs were put into cells: they may be kept, not sent. Each LP draws from
//     streams of its own, opened by name (base/stream.h);
//   - call engine_ functions, keep the cell or the event for later, or leave by longjmp.
// A timer whose length varies is a message to oneself, with a number that says whether it is still
// wanted.
//
// Order. Events are executed by (time, sending LP, its sequence number). All three are the senders'
// own: a sequence number counts what an LP posted, sent and armed. So the order is total, and it is
// the same whoever runs which cell and in which order messages come in.
//
// Why results depend neither on threads nor on cells. By induction over that order: what an LP does
// at an event follows from its state and the event; its state, from the events it executed; these
// and their order, from their senders. A cell runs to its horizon only; what another cell sends it
// is due at that or later, since no delay is below the lookahead; and what has come in sorts
// itself. engine_digest proves it: it covers every byte of every executed event, and each LP's
// order. It is the same for any number of threads, any grouping into cells with legal lookaheads,
// and in engine_run_serial, which has neither cells nor windows. It does not cover the world: two
// models that send the same events have the same digest.
//
// Bounds
//   LPs             1 .. 2^24 - 1
//   cells           1 .. 4096; each takes 56 KiB, each pair 33 bytes, 3 KiB once it had mail: tens
//                   are usual. Up to 64 cells have horizons of their own, more share one.
//   times           0 .. SIMTIME_NEVER - 1 (292 years); a run executes what is before its end
//   delays          >= 1 ns, and >= the lookahead to another cell; of lanes < SIMTIME_NEVER / 2
//   sends           2^40 - 1 posts, sends and timers an LP
//   kinds           0 .. 65534
//   payload         24 bytes, unused ones zero; a struct in it must have no padding, or be zeroed
//   threads         as many as there are cells, and 256; more are not started
//
// Traps. Whoever breaks a bound, sends below a lookahead, to an unknown LP or a cell it never talks
// to, uses a lane of another LP, sets up after a run or changes between engine_run and
// engine_run_serial is stopped where it happens: a message on stderr with the rule, the LPs (by
// lp_name, if given), the numbers, time, seed and replication, then abort(). So is a program that
// is out of memory. In programs compiled with -DAASIM_CHECKS=1 it also traps cancelling a timer
// that has fired or was cancelled; without it, that has no effect. Not trapped: a handler that
// touches what is not its own or uses a kept cell, and a lane of another cell whose number one of
// its own has too. docs/engine.md says how such a handler is found.
//
// Threads. The functions of an engine are called by one thread at a time; the exception is the
// cancel flag, which any thread or signal handler may set, by an atomic store. Engines are
// independent: many may run at once, each on a thread of its own (parallel_for), which is the
// better way to use processors when there are many runs to do. During engine_run the handler is
// called by all threads, but never by two for one cell, and what a cell did in a window is visible
// to whichever thread runs it in the next. Within an OpenMP region of the caller's, and with
// OMP_THREAD_LIMIT, engine_run may get fewer threads than asked for; engine_stats_of says how many.
//
// Team or one thread. Windows with few events are run faster by one thread than by many that meet
// twice a window. engine_run therefore measures, a few milliseconds each, and keeps to what is
// faster; now and then it tries again. It looks at the clock for that, but who runs a window never
// changes what happens in it. Threads that wait spin, then yield, and sleep, up to 0.5 ms at a
// time, when it lasts.
//
// Cost, n events pending. In memory: about 50 bytes an event, 24 to 48 a timer, 24 an LP.
//   engine_create    O(LPs + cells^2), + cells^3 up to 64 cells
//   engine_lane, engine_post, cell_arm, cell_disarm, cell_now, cell_id     O(1)
//   cell_send        O(1) some 25 instructions; O(log n) for the few that are far beyond the rest
//   next event       O(1) for times spread evenly, at most O(log n)
//   window           O(cells) a thread (O(cells^2) in all up to 64 cells), two barriers
//   engine_run       that for every event and window; once O(n + cells), with several threads
//                    up to O(cells^2): let pieces have many events
//   engine_digest O(LPs), engine_pending O(n + cells), engine_stats_of O(cells^2)
// A cancel is seen between windows. These are no longer than 1/1024 of the run's end, or the least
// lookahead if that is longer: a run that is to be cancelled should not have its end in a century.
//
// Prefetching. With many LPs the time of an event is that of fetching its LP's state from memory.
// engine_conf.prefetch, if given, is called six events ahead with the world and the event to come,
// in cells of more than 1,024 LPs or with more than 2 MiB of pending events (some 40,000), for
// most; what it may do is __builtin_prefetch. It decides by event->dst: the event may also be that
// of a lane's head (EVENT_KIND_LANE), whose payload is the engine's.
//
// Public, and kept as they are: this header, engine.h, the functions of cell.h that are named
// above, event.h; base/simtime.h, base/stream.h, base/variate.h with distribution.h and arena.h,
// base/gslstream.h, base/parallel.h, struct bug_context. The other headers are installed because
// these include them, for inline functions; they may change.
//
// Names. External names of the library, and macros and types of these headers, begin with the stems
// of the files in base/ and engine/ (array_, bug_, cell_, event_, heap_, ring_, run_ ...); besides
// there are the macros ARRAY, ARRAY_LEN, CHECK, REQUIRE, VALIDATE, LIKELY and UNLIKELY.
//
// C17 with GNU built-ins, by gcc or clang. Not C++: cell.h is made of inline functions in C. A C++
// program keeps its model in a C file.
#pragma once

#ifdef __cplusplus
#error "engine/api.h is C17: compile the model as C, and call it from C++"
#endif

#include "engine/cell.h"
#include "engine/engine.h"
