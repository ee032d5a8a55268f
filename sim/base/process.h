// Processes that are forked from this one and do not outlive it.
#pragma once

#include <sys/types.h>

// As fork; the child is killed as soon as the thread that forked it ends, however that comes.
pid_t process_fork(void);
// Waits for the end of a child, whatever signals come; how it ended, as waitpid says.
int process_wait(pid_t child);
