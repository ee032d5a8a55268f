// Pins: a failure's code and first line, a line a frame, and that texts too long for the buffer are
// cut, not written past.
#include <criterion/criterion.h>
#include <string.h>

#include "base/status.h"

Test(status, a_line_a_frame)
{
    struct status status = {0};
    cr_assert_not(status_fail(&status, STATUS_IO, "cannot write %s", "a.h5"));
    cr_assert_not(status_frame(&status, "saving replication %d", 3));
    cr_assert_not(status_frame(&status, "running the study"));
    cr_assert_eq(status.code, STATUS_IO);
    cr_assert_str_eq(status.text, "cannot write a.h5\n  while saving replication 3\n"
                                  "  while running the study");
}

Test(status, a_new_failure_replaces_the_old)
{
    struct status status = {0};
    status_fail(&status, STATUS_IO, "a long first line that is replaced");
    status_fail(&status, STATUS_NO_INPUT, "second");
    cr_assert_eq(status.code, STATUS_NO_INPUT);
    cr_assert_str_eq(status.text, "second");
}

Test(status, long_texts_are_cut)
{
    for (int length = 990; length < 1040; length++) {
        struct {
            struct status status;
            char guard[16];
        } s = {.guard = "untouched"};
        status_fail(&s.status, STATUS_IO, "%*s", length, "x");
        for (int i = 0; i < 50; i++)
            status_frame(&s.status, "frame %d", i);
        cr_assert_lt(strlen(s.status.text), sizeof s.status.text);
        cr_assert_str_eq(s.guard, "untouched");
    }
}

Test(status, codes_are_the_exit_codes)
{
    cr_assert(STATUS_OK == 0 && STATUS_INTERNAL == 1 && STATUS_USAGE == 2);
    cr_assert(STATUS_BAD_INPUT == 65 && STATUS_NO_INPUT == 66 && STATUS_CANNOT_CREATE == 73 &&
              STATUS_IO == 74 && STATUS_INTERRUPTED == 75);
}
