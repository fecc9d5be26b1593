/* hint.c - see hint.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/hint.h"

#include <ctype.h>
#include <stdbool.h>

#include "base/str.h"

static weir_str trimmed(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return weir__slice(from, to);
}

/* The inside of one comment. */
static weir__hint read_comment(weir_str text)
{
    static const char head[] = "weir:";
    size_t size = sizeof head - 1;
    if (text.size < size || strncasecmp(text.data, head, size) != 0)
        return WEIR__HINT_NONE;
    weir_str word = trimmed(text.data + size, text.data + text.size);
    return weir__str_is_nocase(word, "primary")   ? WEIR__HINT_PRIMARY
           : weir__str_is_nocase(word, "replica") ? WEIR__HINT_REPLICA
                                                  : WEIR__HINT_UNKNOWN;
}

weir__hint weir__hint_of(weir_str sql)
{
    const char *at = sql.data, *end = sql.data + sql.size;
    for (;;) {
        while (at < end && isspace((unsigned char)*at))
            at++;
        bool plain = end - at >= 4 && at[0] == '/' && at[1] == '*' && at[2] != '!' && !(at[2] == 'M' && at[3] == '!');
        const char *close = plain ? memmem(at + 2, (size_t)(end - at - 2), "*/", 2) : NULL;
        if (!close)
            return WEIR__HINT_NONE;
        weir__hint hint = read_comment(trimmed(at + 2, close));
        if (hint != WEIR__HINT_NONE)
            return hint;
        at = close + 2;
    }
}
