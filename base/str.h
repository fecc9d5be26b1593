/* str.h - views of text. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "weir.h"

/* For printf("%.*s", WEIR__STR(view)). */
#define WEIR__STR(s) (int)(s).size, (s).data ? (s).data : ""

static inline weir_str weir__view(const char *text)
{
    weir_str view = {text, text ? strlen(text) : 0};
    return view;
}

static inline weir_str weir__slice(const char *from, const char *to)
{
    weir_str view = {from, (size_t)(to - from)};
    return view;
}

static inline bool weir__str_equal(weir_str a, weir_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool weir__str_is(weir_str a, const char *text)
{
    return weir__str_equal(a, weir__view(text));
}

/* ASCII letters of any case. */
static inline bool weir__str_is_nocase(weir_str a, const char *text)
{
    return a.size == strlen(text) && strncasecmp(a.size ? a.data : "", text, a.size) == 0;
}

static inline bool weir__str_has_nocase(weir_str text, const char *part)
{
    size_t size = strlen(part);
    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.data + i, part, size) == 0)
            return true;
    return false;
}

#endif
