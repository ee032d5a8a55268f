// The command: libraries are told to report failures instead of stopping the program, then the verb
// runs.
#include <signal.h>

#include <gsl/gsl_errno.h>
#include <hdf5.h>

#include "cli/verb.h"

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); // a file beyond the size limit is an error of write(), with a message
    gsl_set_error_handler_off();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return verb_main(argc, argv);
}
