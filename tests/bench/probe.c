#include "probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROBE_LINE = 512 };

// The high-water mark of this program's memory. Not getrusage: its figure outlives exec and would
// count what the parent had when it forked.
static double probe_peak_kib(void)
{
    char line[256];
    double kib = nan("");
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (status != NULL)
        fclose(status);
    return kib;
}

void probe_answer(probe_work work, double length)
{
    double operations = work(length);
    printf("probe %.17g %.17g\n", operations, probe_peak_kib());
}

// The last line with more than valgrind's prefix stays in `last`: when the child fails it says why.
static void probe_read(FILE *from, struct probe_report *report, char last[PROBE_LINE])
{
    char line[PROBE_LINE];
    while (fgets(line, sizeof line, from) != NULL) {
        double kib;
        if (strpbrk(line, "abcdefghijklmnopqrstuvwxyz") != NULL)
            memcpy(last, line, sizeof line);
        const char *collected = strstr(line, "Collected : ");
        if (sscanf(line, "probe %lf %lf", &report->operations, &kib) == 2)
            report->peak_bytes = kib * 1024;
        else if (collected != NULL)
            report->instructions = strtod(collected + strlen("Collected : "), NULL);
    }
}

static bool probe_start(const char *prefix, const char *name, double length,
                        struct probe_report *report)
{
    char program[512], command[1024], last[PROBE_LINE] = "";
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0)
        return false;
    program[n] = '\0';
    snprintf(command, sizeof command, "%s '%s' --probe %s %.17g 2>&1", prefix, program, name,
             length);
    *report = (struct probe_report){
        .operations = nan(""), .peak_bytes = nan(""), .instructions = nan("")};
    fflush(NULL);
    FILE *child = popen(command, "r");
    if (child == NULL)
        return false;
    probe_read(child, report, last);
    if (pclose(child) == 0 && !isnan(report->operations))
        return true;
    fprintf(stderr, "\nbench: failed: %s\nbench: its last words: %s\n", command, last);
    return false;
}

bool probe_ask(const char *name, double length, struct probe_report *report)
{
    return probe_start("", name, length, report);
}

bool probe_can_count(void)
{
    return system("valgrind --version >/dev/null 2>&1") == 0;
}

bool probe_instructions(const char *name, double shorter, double longer, double *per_operation)
{
    // One thread: valgrind runs threads in turn, and waiting for each other would be counted.
    static const char prefix[] = "OMP_NUM_THREADS=1 valgrind --tool=callgrind "
                                 "--callgrind-out-file=/dev/null";
    struct probe_report a, b;
    if (!probe_start(prefix, name, shorter, &a) || !probe_start(prefix, name, longer, &b))
        return false;
    *per_operation = (b.instructions - a.instructions) / (b.operations - a.operations);
    return isfinite(*per_operation);
}
