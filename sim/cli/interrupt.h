// Signals: the first SIGINT or SIGTERM asks the run to stop and ends the program when it has not
// done so within a second, one that comes seconds later ends the program at once.
#pragma once

#define INTERRUPT_TEXT "aasim: interrupted; nothing was written\n"

// Installs the handlers; call once, before threads start.
void interrupt_install(void);
// The same for runs that stop by themselves, however long that takes, when the flag is set; SIGUSR1
// stops as well. A second signal ends the program at once.
void interrupt_install_patiently(void);
// The run is over: from here on a first signal does not end the program, results are written to the
// end.
void interrupt_settle(void);
// Non-zero after a signal; for world_run_conf.cancel. Valid for the whole program.
const volatile int *interrupt_requested(void);
// Exit code for a run that was stopped: 130 after SIGINT, 75 (try again) after SIGTERM.
int interrupt_exit_code(void);
