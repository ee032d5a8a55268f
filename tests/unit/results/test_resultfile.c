#include <criterion/criterion.h>

#include "results/resultfile.h"
#include "synthetic.h"

// Also the maker of the files that tests/analysis reads: AASIM_SYNTHETIC names where to, AASIM_SYNTHETIC_KIND
// which one.
Test(resultfile, export)
{
    const char *path = getenv("AASIM_SYNTHETIC"), *kind = getenv("AASIM_SYNTHETIC_KIND");
    if (path == NULL)
        return;
    struct synthetic_conf conf = synthetic_plain;
    if (kind != NULL && strcmp(kind, "silent") == 0)
        conf.rate_rps = 0, conf.has_events = false, conf.has_values = false;
    struct synthetic s = synthetic_make(&conf);
    struct status status = {0};
    cr_assert(resultfile_write(path, &s.set, &status), "%s", status.text);
    synthetic_free(&s);
}
