#include "experiment/progress.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/array.h"
#include "base/base.h"
#include "base/walltime.h"

enum { BAR_WIDTH = 30, SHARE_ONE = 1 << 20 };

static const double redraw_s = 0.1;
// Plain lines get rarer as a study gets longer: a log of hours stays readable.
static const double least_line_s = 5, most_line_s = 60;

struct progress {
    struct progress_conf conf;
    double start_s;
    atomic_flag printing;   // held by the thread that prints
    double next_print_s;    // guarded by `printing`
    bool has_bar;           // guarded by `printing`
    _Atomic uint32_t *done; // [n_jobs] share of each job in units of 1/SHARE_ONE
};

struct progress *progress_create(const struct progress_conf *conf)
{
    struct progress *progress = array_new(struct progress, 1);
    progress->conf = *conf;
    progress->done = array_new(_Atomic uint32_t, conf->n_jobs);
    progress->next_print_s = conf->is_terminal ? 0 : least_line_s;
    atomic_flag_clear(&progress->printing);
    progress->start_s = walltime_s();
    return progress;
}

static struct progress_state state_of(const struct progress *progress, double now_s)
{
    struct progress_state state = {.n_jobs = progress->conf.n_jobs,
                                   .simulated_s = progress->conf.simulated_s,
                                   .elapsed_s = now_s};
    uint64_t sum = 0;
    for (size_t j = 0; j < state.n_jobs; ++j) {
        uint32_t done = atomic_load_explicit(&progress->done[j], memory_order_relaxed);
        sum += done;
        state.jobs_done += done == SHARE_ONE;
    }
    state.share = (double)sum / SHARE_ONE / (double)state.n_jobs;
    return state;
}

static int format_duration(double seconds, char *out, size_t size)
{
    if (seconds < 90)
        return snprintf(out, size, "%.0f s", ceil(seconds));
    if (seconds < 5400)
        return snprintf(out, size, "%.0f min", ceil(seconds / 60));
    return snprintf(out, size, "%.1f h", seconds / 3600);
}

static void format_bar(double share, int width, char *out)
{
    int full = (int)(share * width);
    *out++ = '[';
    for (int i = 0; i < width; ++i)
        *out++ = i < full ? '#' : '.';
    *out++ = ']';
    *out++ = ' ';
    *out = '\0';
}

void progress_line(const struct progress_state *s, int width, char *out, size_t size)
{
    char bar[BAR_WIDTH + 8] = "", left[32] = "?", rate[48] = "";
    if (width > 0)
        format_bar(s->share, width < BAR_WIDTH ? width : BAR_WIDTH, bar);
    if (s->share > 0 && s->elapsed_s > 0) {
        format_duration(s->elapsed_s * (1 - s->share) / s->share, left, sizeof left);
        snprintf(rate, sizeof rate, ", %.3g simulated h/s",
                 s->share * s->simulated_s / s->elapsed_s / 3600);
    }
    snprintf(out, size, "%s%3.0f %%, %zu of %zu runs%s, %s left", bar, floor(100 * s->share),
             s->jobs_done, s->n_jobs, rate, left);
}

static void print_line(struct progress *progress, double now_s)
{
    char line[160];
    struct progress_state state = state_of(progress, now_s);
    progress_line(&state, progress->conf.is_terminal ? BAR_WIDTH : 0, line, sizeof line);
    // "\r" and "erase to the end of line": the bar is redrawn in place.
    if (progress->conf.is_terminal)
        fprintf(progress->conf.out, "\r%s\033[K", line);
    else
        fprintf(progress->conf.out, "aasim: %s\n", line);
    fflush(progress->conf.out);
    progress->has_bar = progress->conf.is_terminal;
    double pause_s = fmin(fmax(now_s / 10, least_line_s), most_line_s);
    progress->next_print_s = now_s + (progress->conf.is_terminal ? redraw_s : pause_s);
}

void progress_report(struct progress *progress, size_t job, double share)
{
    REQUIRE(job < progress->conf.n_jobs, "job %zu of %zu", job, progress->conf.n_jobs);
    double within = fmin(fmax(share, 0), 1);
    atomic_store_explicit(&progress->done[job], (uint32_t)(within * SHARE_ONE),
                          memory_order_relaxed);
    if (progress->conf.out == NULL || atomic_flag_test_and_set(&progress->printing))
        return;
    double now_s = walltime_s() - progress->start_s;
    if (now_s >= progress->next_print_s)
        print_line(progress, now_s);
    atomic_flag_clear(&progress->printing);
}

void progress_free(struct progress *progress)
{
    if (progress->has_bar)
        fputs("\r\033[K", progress->conf.out);
    array_release(progress->done);
    array_release(progress);
}
