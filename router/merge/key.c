/* key.c - cells as numbers, bytes and times. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { SCRATCH = 32, FAST_DIGITS = 18 /* fit an int64_t */ };

#define TOP (UINT64_C(1) << 63)

weir_str weir__cell_text(const weir_value *cell, char *scratch)
{
    switch (cell->type) {
    case WEIR_T_INT:
        return (weir_str){scratch, (size_t)snprintf(scratch, SCRATCH, "%" PRId64, cell->as.i)};
    case WEIR_T_UINT:
        return (weir_str){scratch, (size_t)snprintf(scratch, SCRATCH, "%" PRIu64, cell->as.u)};
    case WEIR_T_DOUBLE:
        return (weir_str){scratch, (size_t)snprintf(scratch, SCRATCH, "%.17g", cell->as.d)};
    case WEIR_T_NULL:
        return (weir_str){NULL, 0};
    default:
        return (weir_str){cell->as.p, cell->size};
    }
}

double weir__cell_double(const weir_value *cell)
{
    char text[400];
    switch (cell->type) {
    case WEIR_T_DOUBLE:
        return cell->as.d;
    case WEIR_T_INT:
        return (double)cell->as.i;
    case WEIR_T_UINT:
        return (double)cell->as.u;
    default:
        snprintf(text, sizeof text, "%.*s", (int)cell->size, (const char *)cell->as.p);
        return strtod(text, NULL);
    }
}

/* ---- numbers: [-]digits[.digits] without leading and trailing zeros ---- */

typedef struct number {
    bool negative;
    weir_str whole, part;
} number;

static number number_of(weir_str text)
{
    number n = {0};
    const char *at = text.data, *end = text.data + text.size;
    if (at < end && (*at == '-' || *at == '+'))
        n.negative = *at++ == '-';
    while (at < end && *at == '0')
        at++;
    n.whole.data = at;
    while (at < end && *at != '.')
        at++;
    n.whole.size = (size_t)(at - n.whole.data);
    n.part.data = at < end ? at + 1 : at;
    while (end > n.part.data && end[-1] == '0')
        end--;
    n.part.size = (size_t)(end - n.part.data);
    if (n.whole.size + n.part.size == 0)
        n.negative = false;
    return n;
}

static int compare_bytes(weir_str a, weir_str b)
{
    size_t both = a.size < b.size ? a.size : b.size;
    int order = both ? memcmp(a.data, b.data, both) : 0;
    if (order == 0)
        return (a.size > b.size) - (a.size < b.size);
    return order < 0 ? -1 : 1;
}

static int compare_numbers(weir_str a, weir_str b)
{
    number x = number_of(a), y = number_of(b);
    int order;
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    if (x.whole.size != y.whole.size)
        order = x.whole.size < y.whole.size ? -1 : 1;
    else if ((order = compare_bytes(x.whole, y.whole)) == 0)
        order = compare_bytes(x.part, y.part); /* no trailing zeros: the longer is the greater */
    return x.negative ? -order : order;
}

/* The integer part, at most what fits; *exact: that is all of it. */
static int64_t whole_of(const weir_value *cell, bool *exact)
{
    *exact = true;
    if (cell->type == WEIR_T_INT)
        return cell->as.i;
    if (cell->type == WEIR_T_UINT) {
        *exact = cell->as.u <= INT64_MAX;
        return *exact ? (int64_t)cell->as.u : INT64_MAX;
    }
    const char *at = cell->as.p, *end = at + cell->size;
    bool negative = at < end && *at == '-';
    int64_t value = 0;
    at += negative;
    const char *safe = end - at > FAST_DIGITS ? at + FAST_DIGITS : end;
    for (; at < safe && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0');
    if (at < end && *at >= '0' && *at <= '9') {
        *exact = false;
        return negative ? INT64_MIN : INT64_MAX;
    }
    *exact = at == end;
    return negative ? -value : value;
}

/* ---- times ---- */

static int64_t microseconds_of(weir_str text)
{
    const char *at = text.data, *end = text.data + text.size;
    bool negative = at < end && *at == '-';
    int64_t seconds = 0, field = 0, part = 0, unit = 1000000;
    at += negative;
    for (; at < end && *at != '.'; at++) {
        if (*at == ':') {
            seconds = (seconds + field) * 60;
            field = 0;
        } else {
            field = field * 10 + (*at - '0');
        }
    }
    seconds += field;
    for (at += at < end; at < end && unit > 1; at++) {
        unit /= 10;
        part += (*at - '0') * unit;
    }
    return negative ? -(seconds * 1000000 + part) : seconds * 1000000 + part;
}

/* ---- text ---- */

static weir_str trimmed(weir_str text)
{
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* The shorter goes on with blanks. */
static int compare_padded(weir_str a, weir_str b)
{
    size_t both = a.size < b.size ? a.size : b.size;
    int order = both ? memcmp(a.data, b.data, both) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    weir_str rest = a.size > b.size ? a : b;
    for (size_t i = both; i < rest.size; i++)
        if (rest.data[i] != ' ')
            return ((unsigned char)rest.data[i] < ' ') == (a.size > b.size) ? -1 : 1;
    return 0;
}

static weir_str view_of(const weir_value *cell)
{
    return (weir_str){cell->as.p, cell->size};
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

int weir__merge_key_compare(weir__merge_key_kind kind, const weir_value *a, const weir_value *b)
{
    char left[SCRATCH], right[SCRATCH];
    bool a_null = a->type == WEIR_T_NULL, b_null = b->type == WEIR_T_NULL;
    if (a_null || b_null)
        return b_null - a_null;
    switch (kind) {
    case WEIR__MERGE_NUMBER:
        if (a->type == WEIR_T_INT && b->type == WEIR_T_INT)
            return (a->as.i > b->as.i) - (a->as.i < b->as.i);
        return compare_numbers(weir__cell_text(a, left), weir__cell_text(b, right));
    case WEIR__MERGE_DOUBLE:
        return compare_doubles(weir__cell_double(a), weir__cell_double(b));
    case WEIR__MERGE_BYTES:
        return compare_bytes(view_of(a), view_of(b));
    case WEIR__MERGE_PADDED:
        return compare_padded(view_of(a), view_of(b));
    case WEIR__MERGE_TIME: {
        int64_t x = microseconds_of(view_of(a)), y = microseconds_of(view_of(b));
        return (x > y) - (x < y);
    }
    }
    return 0;
}

/* The first eight bytes, so many `pad` behind a shorter one. */
static uint64_t prefix_of(weir_str text, unsigned char pad)
{
    unsigned char bytes[8];
    uint64_t rank = 0;
    size_t size = text.size < sizeof bytes ? text.size : sizeof bytes;
    memset(bytes, pad, sizeof bytes);
    if (size)
        memcpy(bytes, text.data, size);
    for (size_t i = 0; i < sizeof bytes; i++)
        rank = rank << 8 | bytes[i];
    return rank;
}

static uint64_t rank_of_double(double value)
{
    uint64_t bits;
    value = value == 0 ? 0 : value; /* -0 */
    memcpy(&bits, &value, sizeof bits);
    return bits & TOP ? ~bits : bits | TOP;
}

uint64_t weir__merge_key_rank(weir__merge_key_kind kind, const weir_value *cell, bool *exact)
{
    uint64_t rank = 0;
    *exact = false;
    if (cell->type == WEIR_T_NULL) {
        *exact = true;
        return 0;
    }
    switch (kind) {
    case WEIR__MERGE_NUMBER:
        rank = (uint64_t)whole_of(cell, exact) ^ TOP;
        break;
    case WEIR__MERGE_DOUBLE:
        rank = rank_of_double(weir__cell_double(cell));
        *exact = true;
        break;
    case WEIR__MERGE_BYTES:
        rank = prefix_of(view_of(cell), 0);
        break;
    case WEIR__MERGE_PADDED:
        rank = prefix_of(view_of(cell), ' ');
        break;
    case WEIR__MERGE_TIME:
        rank = (uint64_t)microseconds_of(view_of(cell)) ^ TOP;
        *exact = true;
        break;
    }
    if (rank == 0) { /* NULL's */
        *exact = false;
        rank = 1;
    } else if (rank == 1) {
        *exact = false;
    }
    return rank;
}

static void encode_bytes(weir_str text, weir__buf *out)
{
    uint64_t size = text.size;
    weir__buf_add(out, &size, sizeof size);
    weir__buf_add(out, text.data, text.size);
}

static void encode_number(weir_str text, weir__buf *out)
{
    number n = number_of(text);
    weir__buf_addc(out, n.negative ? '-' : '+');
    encode_bytes(n.whole, out);
    encode_bytes(n.part, out);
}

void weir__merge_key_encode(weir__merge_key_kind kind, const weir_value *cell, weir__buf *out)
{
    char scratch[SCRATCH];
    uint64_t bits;
    if (cell->type == WEIR_T_NULL) {
        weir__buf_addc(out, 'N');
        return;
    }
    weir__buf_addc(out, 'V');
    switch (kind) {
    case WEIR__MERGE_NUMBER:
        encode_number(weir__cell_text(cell, scratch), out);
        break;
    case WEIR__MERGE_DOUBLE:
        bits = rank_of_double(weir__cell_double(cell));
        weir__buf_add(out, &bits, sizeof bits);
        break;
    case WEIR__MERGE_BYTES:
        encode_bytes(view_of(cell), out);
        break;
    case WEIR__MERGE_PADDED:
        encode_bytes(trimmed(view_of(cell)), out);
        break;
    case WEIR__MERGE_TIME:
        bits = (uint64_t)microseconds_of(view_of(cell));
        weir__buf_add(out, &bits, sizeof bits);
        break;
    }
}

int weir__merge_keys_compare(const weir__merge_key *keys, uint32_t count, const weir_value *a, const weir_value *b)
{
    for (uint32_t i = 0; i < count; i++) {
        int order = weir__merge_key_compare(keys[i].kind, &a[keys[i].column], &b[keys[i].column]);
        if (order != 0)
            return keys[i].descending ? -order : order;
    }
    return 0;
}
