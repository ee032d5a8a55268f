// Signals: the first SIGINT or SIGTERM asks the run to stop, one that comes seconds later ends the
// program at once.
#pragma once

// Installs the handlers; call once, before threads start.
void interrupt_install(void);
// Non-zero after a signal; for world_run_conf.cancel. Valid for the whole program.
const volatile int *interrupt_requested(void);
// Exit code for a run that was stopped: 130 after SIGINT, 75 (try again) after SIGTERM.
int interrupt_exit_code(void);
