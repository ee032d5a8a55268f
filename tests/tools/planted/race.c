// Two threads write one variable without any order: the thread sanitizer must say so.
#include <stdio.h>

#include "base/parallel.h"

static void race_body(void *argument, int thread, int team_size)
{
    (void)team_size;
    int *shared = argument;
    for (int i = 0; i < 1000; ++i)
        *shared += thread;
}

int main(void)
{
    int shared = 0;
    parallel_team(2, race_body, &shared);
    printf("%d\n", shared);
    return 0;
}
