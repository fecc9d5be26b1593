/* error.c - filling the caller's error record, and the names of statuses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdio.h>

#include "base/utf8.h"

void weir__error_field(char *field, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size)
        length = weir__utf8_cut(text, size - 1);
    memcpy(field, text, length);
    field[length] = '\0';
}

void weir__error_fill(weir_error *error, weir_status status, weir_retry retry, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    memset(error, 0, sizeof *error);
    error->status = status;
    error->retry = retry;
    weir__error_field(error->text, sizeof error->text, text);
}

const char *weir_status_name(weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return "OK";
#define X(name, number, text)                                                                                          \
    case WEIR_##name:                                                                                                  \
        return #name;
        WEIR_STATUS_MAP(X)
#undef X
    }
    return "?";
}

const char *weir_version(void)
{
    return WEIR_VERSION;
}
