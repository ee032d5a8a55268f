#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool status_fail(struct status *status, enum status_code code, const char *format, ...)
{
    va_list args;
    status->code = code;
    va_start(args, format);
    vsnprintf(status->text, sizeof status->text, format, args);
    va_end(args);
    return false;
}

bool status_frame(struct status *status, const char *format, ...)
{
    static const char lead[] = "\n  while ";
    size_t used = strlen(status->text);
    if (used + sizeof lead >= sizeof status->text)
        return false;
    memcpy(status->text + used, lead, sizeof lead);
    used += sizeof lead - 1;
    va_list args;
    va_start(args, format);
    vsnprintf(status->text + used, sizeof status->text - used, format, args);
    va_end(args);
    return false;
}
