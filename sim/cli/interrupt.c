#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/status.h"

enum { EXIT_SIGINT = 128 + SIGINT, SAME_REQUEST_S = 1 };

// A signal handler has no other place to write to: the first signal's number, and when it came.
static volatile sig_atomic_t interrupt_flag;
static volatile sig_atomic_t interrupt_at_s;

_Static_assert(_Generic(interrupt_flag, int : 1, default : 0), "the engine polls an int");

static sig_atomic_t clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)now.tv_sec;
}

// Wrappers such as timeout(1) signal both the process and its group: what follows at once is the
// same request.
static void on_signal(int number)
{
    if (interrupt_flag == 0) {
        interrupt_at_s = clock_s();
        interrupt_flag = number;
    } else if (clock_s() - interrupt_at_s > SAME_REQUEST_S) {
        _exit(interrupt_exit_code());
    }
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    REQUIRE(sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0,
            "signal handlers cannot be installed");
}

const volatile int *interrupt_requested(void)
{
    return &interrupt_flag;
}

int interrupt_exit_code(void)
{
    return interrupt_flag == SIGINT ? EXIT_SIGINT : STATUS_INTERRUPTED;
}
