/* key_given.c - values of a statement: literals without their quotes, bound values. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "router/plan/plan_literal.h"
#include "router/route/key.h"

static void string_literal(weir_str text, const weir__lex_options *reading, weir__arena *arena, weir__given *out)
{
    /* Nothing to undo: the commonest. */
    size_t inner = text.size - 2;
    if (text.size >= 2 && text.data[0] == '\'' && text.data[text.size - 1] == '\'' &&
        !memchr(text.data + 1, '\'', inner) && !memchr(text.data + 1, '\\', inner)) {
        out->kind = WEIR__GIVEN_STRING;
        out->text = (weir_str){text.data + 1, inner};
        return;
    }
    char *buffer = weir__arena_take(arena, text.size);
    if (buffer && weir__literal_string(text, reading, buffer, text.size, &out->text))
        out->kind = WEIR__GIVEN_STRING;
}

static void number_literal(weir_str text, const weir__lex_options *reading, weir__arena *arena, weir__given *out)
{
    weir__number n;
    out->kind = WEIR__GIVEN_NUMBER;
    out->text = text;
    char first = text.data[0];
    if (first >= '0' && first <= '9')
        return;
    /* Between sign and digits there may be blanks. */
    char *copy = weir__literal_number(text, reading, &n) ? weir__arena_take(arena, n.digits.size + 1) : NULL;
    if (!copy) {
        out->kind = WEIR__GIVEN_OTHER;
        return;
    }
    copy[0] = n.negative ? '-' : '+';
    memcpy(copy + 1, n.digits.data, n.digits.size);
    out->text = (weir_str){copy, n.digits.size + 1};
}

void weir__given_literal(weir__value_kind kind, weir_str text, const weir__lex_options *reading, weir__arena *arena,
                         weir__given *out)
{
    out->kind = WEIR__GIVEN_OTHER;
    out->text = (weir_str){"", 0};
    switch (kind) {
    case WEIR__VALUE_NULL:
        out->kind = WEIR__GIVEN_NULL;
        break;
    case WEIR__VALUE_INTEGER:
    case WEIR__VALUE_DECIMAL:
        number_literal(text, reading, arena, out);
        break;
    case WEIR__VALUE_STRING:
        string_literal(text, reading, arena, out);
        break;
    case WEIR__VALUE_PARAM:
    case WEIR__VALUE_FLOAT:
    case WEIR__VALUE_BOOLEAN:
    case WEIR__VALUE_OTHER:
        break;
    }
}

/* snprintf takes as long as all the rest of finding a shard. */
static void set_integer(weir__given *out, bool negative, uint64_t magnitude)
{
    char *end = out->room + sizeof out->room, *at = end;
    do
        *--at = (char)('0' + magnitude % 10);
    while ((magnitude /= 10) > 0);
    if (negative)
        *--at = '-';
    out->kind = WEIR__GIVEN_NUMBER;
    out->text = (weir_str){at, (size_t)(end - at)};
}

void weir__given_bound(const weir_value *value, weir__given *out)
{
    out->kind = WEIR__GIVEN_OTHER;
    out->text = (weir_str){"", 0};
    switch (value->type) {
    case WEIR_T_NULL:
        out->kind = WEIR__GIVEN_NULL;
        return;
    case WEIR_T_INT:
        set_integer(out, value->as.i < 0, value->as.i < 0 ? 0 - value->as.u : value->as.u);
        return;
    case WEIR_T_UINT:
        set_integer(out, false, value->as.u);
        return;
    case WEIR_T_DECIMAL:
        out->kind = WEIR__GIVEN_NUMBER;
        out->text = (weir_str){value->as.p, value->size};
        return;
    case WEIR_T_TEXT:
    case WEIR_T_DATE:
    case WEIR_T_DATETIME:
        out->kind = WEIR__GIVEN_STRING;
        out->text = (weir_str){value->as.p, value->size};
        return;
    case WEIR_T_BYTES:
        out->kind = WEIR__GIVEN_BYTES;
        out->text = (weir_str){value->as.p, value->size};
        return;
    case WEIR_T_DOUBLE:
    case WEIR_T_JSON:
    case WEIR_T_TIME:
        return;
    }
}
