// Pins: every task that is dealt is answered once, by whoever is free; a worker that crashes
// answers its task with what killed it, and is replaced; one that is asked to stop in vain is
// killed at the end; answers of any size come whole.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment/crew.h"

enum { TASKS = 200 };

// The task's number as many times as it says; every seventh crashes, every eleventh just ends.
static void work(void *argument, const struct crew_task *order, struct bytes *answer)
{
    const uint64_t task = order->item;
    const size_t *crashes = argument;
    if (*crashes != 0 && task % 7 == 3)
        raise(SIGKILL);
    if (*crashes != 0 && task % 11 == 5)
        _exit(9);
    for (size_t i = 0; i <= task * task; i++)
        bytes_put_u64(answer, task);
}

static void play(int n_workers, size_t crashes)
{
    struct crew *crew =
        crew_hire(&(struct crew_conf){.n_workers = n_workers, .work = work, .argument = &crashes});
    size_t dealt = 0, answered[TASKS] = {0};
    struct crew_answer a;
    cr_assert_not_null(crew);
    while (dealt < TASKS || crew_busy(crew) > 0) {
        while (dealt < TASKS && crew_busy(crew) < crew_size(crew)) {
            crew_deal(crew, &(struct crew_task){.item = dealt, .first = 3, .n = (uint32_t)dealt});
            dealt++;
        }
        if (!crew_wait(crew, 1000, &a))
            continue;
        const uint64_t task = a.task.item;
        cr_assert_eq(a.task.first, 3);
        cr_assert_eq(a.task.n, task);
        answered[task]++;
        const bool is_killed = crashes != 0 && task % 7 == 3;
        const bool has_ended = crashes != 0 && !is_killed && task % 11 == 5;
        if (is_killed) {
            cr_expect_not_null(strstr(a.death, "killed by signal 9"));
        } else if (has_ended) {
            cr_expect_str_eq(a.death, "ended with code 9");
        } else {
            cr_assert_null(a.death);
            cr_assert_eq(a.n, 8 * (task * task + 1));
            for (size_t i = 0; i < a.n; i += 8)
                cr_assert_eq(memcmp(a.bytes + i, &task, 8), 0);
        }
    }
    for (size_t i = 0; i < TASKS; i++)
        cr_expect_eq(answered[i], 1, "task %zu: %zu", i, answered[i]);
    crew_dismiss(crew);
}

Test(crew, every_task_is_answered_once)
{
    play(1, 0);
    play(3, 0);
}

Test(crew, crashes_cost_one_task)
{
    play(1, 1);
    play(3, 1);
}

static void sleep_long(void *argument, const struct crew_task *task, struct bytes *answer)
{
    (void)argument, (void)task, (void)answer;
    sleep(100);
}

Test(crew, busy_ones_are_ended, .timeout = 20)
{
    struct crew_answer a;
    struct crew *crew = crew_hire(&(struct crew_conf){.n_workers = 2, .work = sleep_long});
    crew_deal(crew, &(struct crew_task){.item = 0});
    crew_deal(crew, &(struct crew_task){.item = 1});
    cr_expect_eq(crew_size(crew), 2);
    cr_expect_not(crew_wait(crew, 10, &a));
    cr_expect_eq(crew_busy(crew), 2);
    crew_dismiss(crew);
}
