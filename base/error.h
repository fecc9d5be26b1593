/* error.h - filling the caller's error record. SPDX-License-Identifier: Apache-2.0
 * Inside the library an error pointer is never NULL; the public functions put a record of their own
 * there. */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include <stdarg.h>

#include "weir.h"

#define WEIR__PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Writes the whole record. Too long a text is cut between characters. */
void weir__error_fill(weir_error *error, weir_status status, weir_retry retry, const char *format, va_list args)
    WEIR__PRINTF(4, 0);

/* The same and returns status, so that `return weir__fail(..)` reads as it should. In the header, so that static analysis sees that
 * what is returned is the failure. */
WEIR__PRINTF(4, 5)
static inline weir_status weir__fail(weir_error *error, weir_status status, weir_retry retry, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    weir__error_fill(error, status, retry, format, args);
    va_end(args);
    return status;
}

static inline weir_status weir__fail_nomem(weir_error *error)
{
    weir__fail(error, WEIR_NOMEM, WEIR_RETRY_NEVER, "out of memory");
    return WEIR_NOMEM;
}

/* Copies text into one of the record's fields, cut between characters; size is the field's. */
void weir__error_field(char *field, size_t size, const char *text);

#endif
