// A ring of queues: how to use the engine, on one page.
//
// 256 customers walk round a ring of 64 stations. At each they wait in line, first come first
// served, are served for an exponential time and walk on. Who has waited for 10 s complains: a
// timer, cancelled when service begins. Prints means over 20 batches of time, beside the exact
// ones. The output is the same for every number of threads.
//
//   cc engine-example.c $(pkg-config --cflags --libs aasim-engine) -o ring && ./ring [THREADS]
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/stream.h>
#include <engine/api.h>

enum { STATIONS = 64, CELLS = 8, CUSTOMERS = 256, BATCHES = 20 };
enum kind { ARRIVE, SERVED, COMPLAIN };
static const simtime WALK = SIMTIME_S / 2, SERVICE = SIMTIME_S, PATIENCE = 10 * SIMTIME_S;
// The first one is warm-up. Of 1,000 s they would depend on one another: the interval too small.
static const simtime BATCH = 4000 * SIMTIME_S;

struct station { // an LP
    struct stream draws;
    uint32_t lane;
    struct customer {
        simtime since;
        uint64_t ticket; // of the timer; 0: it has fired
    } line[CUSTOMERS];   // by position modulo CUSTOMERS
    uint64_t head, tail; // positions: of the customer being served, of the next to arrive
    simtime waited;      // sums of the batch: integers, so that their order does not matter
    uint64_t n_waited, n_complaints;
};

static void serve(struct cell *cell, struct station *s, uint32_t self)
{
    const struct customer *customer = &s->line[s->head % CUSTOMERS];
    if (customer->ticket != 0)
        cell_disarm(cell, s->lane, customer->ticket);
    s->n_waited++;
    s->waited += cell_now(cell) - customer->since;
    double service_ns = -log(stream_uniform(&s->draws)) * (double)SERVICE;
    cell_send(cell, self, 1 + (simtime)service_ns, SERVED, NULL, 0);
}

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct station *s = (struct station *)world + event->dst;
    uint64_t position;
    switch ((enum kind)event->kind) {
    case ARRIVE:
        s->line[s->tail % CUSTOMERS] = (struct customer){cell_now(cell),
                                                         cell_arm(cell, s->lane, s->tail)};
        if (s->tail++ == s->head)
            serve(cell, s, event->dst);
        break;
    case SERVED:
        cell_send(cell, (event->dst + 1) % STATIONS, WALK, ARRIVE, NULL, 0);
        if (++s->head < s->tail)
            serve(cell, s, event->dst);
        break;
    case COMPLAIN:
        memcpy(&position, event->payload, sizeof position); // the token given to cell_arm
        s->line[position % CUSTOMERS].ticket = 0;
        s->n_complaints++;
        break;
    }
}

// Eight stations a cell. A cell hears from the one before it only, after the walk.
static struct engine *make_ring(struct station *stations)
{
    uint32_t cell_of[STATIONS];
    simtime lookahead[CELLS * CELLS]; // from row to column
    for (uint32_t i = 0; i < CELLS * CELLS; i++)
        lookahead[i] = i % CELLS == (i / CELLS + 1) % CELLS ? WALK : SIMTIME_NEVER;
    for (uint32_t lp = 0; lp < STATIONS; lp++)
        cell_of[lp] = lp * CELLS / STATIONS;
    struct engine *engine = engine_create(&(struct engine_conf){
        STATIONS, cell_of, CELLS, lookahead, .handler = handle, .world = stations});
    for (uint32_t lp = 0; lp < STATIONS; lp++) {
        char name[32];
        snprintf(name, sizeof name, "station/%" PRIu32, lp);
        stations[lp].draws = stream_open(1, 0, name, "service"); // seed 1, replication 0
        stations[lp].lane = engine_lane(engine, lp, PATIENCE, COMPLAIN);
    }
    for (uint32_t i = 0; i < CUSTOMERS; i++)
        engine_post(engine, i % STATIONS, i % STATIONS, 0, ARRIVE, NULL, 0);
    return engine;
}

int main(int argc, char **argv)
{
    static struct station stations[STATIONS];
    struct engine *engine = make_ring(stations);
    double n = 0, complaints = 0, sum = 0, squares = 0;
    for (int batch = 0; batch <= BATCHES; batch++) {
        engine_run(engine, (batch + 1) * BATCH, argc > 1 ? atoi(argv[1]) : 1, NULL);
        uint64_t n_waited = 0, n_complaints = 0;
        simtime waited = 0;
        for (struct station *s = stations; s < stations + STATIONS; s++) {
            n_waited += s->n_waited, n_complaints += s->n_complaints, waited += s->waited;
            s->n_waited = s->n_complaints = 0, s->waited = 0;
        }
        double mean = batch == 0 ? 0 : simtime_to_seconds(waited) / (double)n_waited;
        n += batch == 0 ? 0 : (double)n_waited;
        complaints += batch == 0 ? 0 : (double)n_complaints;
        sum += mean, squares += mean * mean;
    }
    // Mean value analysis (Reiser & Lavenberg 1980): customers join the ring one after another.
    double at_station = 0, length = 0;
    for (int i = 1; i <= CUSTOMERS; i++) {
        at_station = simtime_to_seconds(SERVICE) * (1 + length);
        length = i * at_station / (STATIONS * (at_station + simtime_to_seconds(WALK)));
    }
    double deviation = sqrt((squares - sum * sum / BATCHES) / (BATCHES - 1));
    printf("throughput  %.4f customers a second and station, exact %.4f\n",
           n / (BATCHES * STATIONS * simtime_to_seconds(BATCH)), length / at_station);
    printf("mean wait   %.4f +- %.4f s (95 %%), exact %.4f s\n", sum / BATCHES,
           2.093 * deviation / sqrt(BATCHES), at_station - simtime_to_seconds(SERVICE));
    printf("complaints  %.2f %% of customers\n", 100 * complaints / n);
    printf("digest      %016" PRIx64 "\n", engine_digest(engine));
    engine_destroy(engine);
    return 0;
}
