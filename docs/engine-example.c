// Questions with a timeout: how to use the engine, on one page.
//
// Each of 4,096 sites asks the next one. An answer takes an exponential time, and the network
// twice; who has waited for 3 s gives up and asks again. Prints the share given up, beside the
// exact one.
//
//   cc engine-example.c $(pkg-config --cflags --libs aasim-engine) -o ask && ./ask [THREADS]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/stream.h>
#include <engine/api.h>

enum { SITES = 4096, CELLS = 8 };
enum kind { START, QUESTION, ANSWER, GIVE_UP };
static const simtime NETWORK = 50 * SIMTIME_MS, THINKING = SIMTIME_S, PATIENCE = 3 * SIMTIME_S;

struct site { // an LP
    struct stream draws;
    uint32_t lane;   // of its timer
    uint64_t ticket; // of the timer of the last question
    uint64_t n_asked, n_given_up;
};

static void ask(struct cell *cell, struct site *s, uint32_t self)
{
    uint64_t number = s->n_asked++;
    s->ticket = cell_arm(cell, s->lane, number);
    cell_send(cell, (self + 1) % SITES, NETWORK, QUESTION, &number, sizeof number);
}

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct site *s = (struct site *)world + event->dst;
    uint64_t number; // of the question
    memcpy(&number, event->payload, sizeof number);
    if (event->kind == QUESTION) {
        simtime thinking = (simtime)(-log(stream_uniform(&s->draws)) * (double)THINKING);
        cell_send(cell, (event->dst + SITES - 1) % SITES, NETWORK + thinking, ANSWER, &number,
                  sizeof number);
        return;
    }
    if (event->kind == ANSWER && number + 1 != s->n_asked)
        return; // too late: given up
    if (event->kind == ANSWER)
        cell_disarm(cell, s->lane, s->ticket);
    s->n_given_up += event->kind == GIVE_UP;
    ask(cell, s, event->dst);
}

int main(int argc, char **argv)
{
    static struct site sites[SITES];
    uint32_t cell_of[SITES];
    simtime lookahead[CELLS][CELLS]; // from row to column: a cell talks to its two neighbours
    for (int from = 0; from < CELLS; from++)
        for (int to = 0; to < CELLS; to++)
            lookahead[from][to] = SIMTIME_NEVER;
    for (int cell = 0, next; cell < CELLS; cell++) {
        next = (cell + 1) % CELLS;
        lookahead[cell][next] = lookahead[next][cell] = NETWORK;
    }
    for (uint32_t lp = 0; lp < SITES; lp++)
        cell_of[lp] = lp * CELLS / SITES;
    struct engine *engine = engine_create(&(struct engine_conf){SITES, cell_of, CELLS, lookahead[0],
                                                                .handler = handle, .world = sites});
    for (uint32_t lp = 0; lp < SITES; lp++) {
        char name[32];
        snprintf(name, sizeof name, "site/%u", lp);
        sites[lp].draws = stream_open(2, 0, name, "thinking"); // seed 2, replication 0
        sites[lp].lane = engine_lane(engine, lp, PATIENCE, GIVE_UP);
        engine_post(engine, lp, lp, 0, START, NULL, 0);
    }
    engine_run(engine, 300 * SIMTIME_S, argc > 1 ? atoi(argv[1]) : 1, NULL);
    double asked = 0, given_up = 0;
    for (int i = 0; i < SITES; i++)
        asked += (double)sites[i].n_asked - 1, given_up += (double)sites[i].n_given_up;
    double share = given_up / asked, half = 1.96 * sqrt(share * (1 - share) / asked);
    printf("given up  %.3f %% +- %.3f %% (95 %%) of %.0f questions, exact %.3f %%\n", 100 * share,
           100 * half, asked,
           100 * exp(-simtime_to_seconds(PATIENCE - 2 * NETWORK) / simtime_to_seconds(THINKING)));
    printf("digest    %016llx\n", (unsigned long long)engine_digest(engine));
    engine_destroy(engine);
    return 0;
}
