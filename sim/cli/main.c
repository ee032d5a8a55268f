// The command: libraries are told to report failures instead of stopping the program, the allocator
// to keep what it has, then the verb runs.
#include <malloc.h>
#include <signal.h>

#include <gsl/gsl_errno.h>
#include <hdf5.h>

#include "cli/verb.h"

// Every replication takes the memory of its world anew; without this the allocator gives most of it
// back to the system in between, and the system clears each page again: with worlds of 5 ms that
// was more than half of the time.
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20); // the most it takes
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 16 << 20);
#endif
}

int main(int argc, char **argv)
{
    keep_memory();
    signal(SIGXFSZ, SIG_IGN); // a file beyond the size limit is an error of write(), with a message
    gsl_set_error_handler_off();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return verb_main(argc, argv);
}
