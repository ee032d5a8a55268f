#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/base.h"
#include "base/status.h"
#include "base/walltime.h"

enum { EXIT_SIGINT = 128 + SIGINT, SAME_REQUEST_S = 1, STOP_S = 1 };

// A signal handler has no other place to write to: the first signal's number, and when it came.
static volatile sig_atomic_t interrupt_flag;
static volatile sig_atomic_t interrupt_at_s;

_Static_assert(_Generic(interrupt_flag, int : 1, default : 0), "the engine polls an int");

// Wrappers such as timeout(1) signal both the process and its group: what follows at once is the
// same request.
static void on_signal_patiently(int number)
{
    if (interrupt_flag == 0) {
        interrupt_at_s = (sig_atomic_t)walltime_s();
        __atomic_store_n(&interrupt_flag, number, __ATOMIC_RELAXED); // read by all threads
    } else if ((sig_atomic_t)walltime_s() - interrupt_at_s > SAME_REQUEST_S) {
        _exit(interrupt_exit_code());
    }
}

static void on_signal(int number)
{
    if (interrupt_flag == 0)
        alarm(STOP_S);
    on_signal_patiently(number);
}

// Runs look at the flag between windows, and a window of a long run on one thread can take minutes.
static void on_alarm(int number)
{
    (void)number;
    ssize_t written = write(STDERR_FILENO, INTERRUPT_TEXT, sizeof INTERRUPT_TEXT - 1);
    (void)written;
    _exit(interrupt_exit_code());
}

void interrupt_install(void)
{
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction late = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&late.sa_mask);
    REQUIRE(sigaction(SIGINT, &stop, NULL) == 0 && sigaction(SIGTERM, &stop, NULL) == 0 &&
                sigaction(SIGALRM, &late, NULL) == 0,
            "signal handlers cannot be installed");
}

void interrupt_install_patiently(void)
{
    struct sigaction stop = {.sa_handler = on_signal_patiently}; // waits end with it
    sigemptyset(&stop.sa_mask);
    REQUIRE(sigaction(SIGINT, &stop, NULL) == 0 && sigaction(SIGTERM, &stop, NULL) == 0 &&
                sigaction(SIGUSR1, &stop, NULL) == 0,
            "signal handlers cannot be installed");
}

void interrupt_settle(void)
{
    signal(SIGALRM, SIG_IGN);
}

const volatile int *interrupt_requested(void)
{
    return &interrupt_flag;
}

int interrupt_exit_code(void)
{
    return interrupt_flag == SIGINT ? EXIT_SIGINT : STATUS_INTERRUPTED;
}
