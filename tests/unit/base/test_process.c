// Pins: a process that was forked does not outlive the one that forked it, even when that is
// killed; process_wait says how a child ended.
#include "base/process.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// Forks one that waits for ever and holds `alive`, and says so.
static void be_parent(int alive)
{
    if (process_fork() == 0)
        for (;;)
            pause();
    cr_assert_eq(write(alive, "!", 1), 1);
    close(alive);
    for (;;)
        pause();
}

Test(process, nobody_outlives_who_forked_him, .timeout = 60)
{
    int ends[2];
    char c;
    cr_assert_eq(pipe(ends), 0);
    const pid_t child = process_fork();
    if (child == 0)
        be_parent(ends[1]);
    close(ends[1]);
    cr_assert_eq(read(ends[0], &c, 1), 1);
    kill(child, SIGKILL);
    const int how = process_wait(child);
    cr_expect(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    cr_expect_eq(read(ends[0], &c, 1), 0); // the end of the pipe, as the grandchild is gone
    close(ends[0]);
}
