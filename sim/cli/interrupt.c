#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "base/base.h"
#include "base/status.h"

enum { EXIT_SIGINT = 128 + SIGINT };

// A signal handler has no other place to write to: the signal's number.
static volatile sig_atomic_t interrupt_flag;

_Static_assert(_Generic(interrupt_flag, int : 1, default : 0), "the engine polls an int");

static void on_signal(int number)
{
    interrupt_flag = number;
}

void interrupt_install(void)
{
    // SA_RESETHAND: the default action, which ends the program, is back for the second signal.
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
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
