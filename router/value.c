/* value.c - exact conversions of cells. SPDX-License-Identifier: Apache-2.0 */
#include "router/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_DOUBLE_TEXT = 400 /* a DOUBLE(255,30) in full */, EXACT_DIGITS = 1100 /* after the point, of any double */ };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [-+]digits[.zeros]: magnitude and sign. False when it is no whole number or does not fit 64 bits.
 */
static bool whole_number(weir_str text, bool *negative, uint64_t *magnitude)
{
    size_t i = 0;
    uint64_t n = 0;
    *negative = text.size && text.data[0] == '-';
    if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
        i++;
    if (i == text.size || !is_digit(text.data[i]))
        return false;
    for (; i < text.size && is_digit(text.data[i]); i++)
        if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (uint64_t)(text.data[i] - '0'), &n))
            return false;
    if (i < text.size && text.data[i] == '.') {
        if (i + 1 == text.size)
            return false;
        for (i++; i < text.size && text.data[i] == '0'; i++)
            ;
    }
    *magnitude = n;
    return i == text.size;
}

static bool int_of_magnitude(bool negative, uint64_t magnitude, int64_t *out)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

static weir_str text_of(const weir_value *cell)
{
    return (weir_str){cell->as.p, cell->size};
}

/* The double that the server printed so. */
static bool printed_double(weir_str text, double *out)
{
    char copy[MAX_DOUBLE_TEXT + 1];
    char *end;
    if (text.size == 0 || text.size > MAX_DOUBLE_TEXT)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *out = strtod(copy, &end);
    return end == copy + text.size;
}

bool weir__value_int(const weir_value *cell, weir_type column, int64_t *out)
{
    bool negative;
    uint64_t magnitude;
    double d;
    if (cell->type == WEIR_T_INT) {
        *out = cell->as.i;
        return true;
    }
    if (cell->type == WEIR_T_UINT)
        return int_of_magnitude(false, cell->as.u, out);
    if (column != WEIR_T_DOUBLE)
        return whole_number(text_of(cell), &negative, &magnitude) && int_of_magnitude(negative, magnitude, out);
    if (!printed_double(text_of(cell), &d) || !(d >= -0x1p63 && d < 0x1p63) || d != trunc(d))
        return false;
    *out = (int64_t)d;
    return true;
}

bool weir__value_uint(const weir_value *cell, weir_type column, uint64_t *out)
{
    bool negative;
    double d;
    if (cell->type == WEIR_T_UINT || cell->type == WEIR_T_INT) {
        *out = cell->as.u;
        return cell->type == WEIR_T_UINT || cell->as.i >= 0;
    }
    if (column != WEIR_T_DOUBLE)
        return whole_number(text_of(cell), &negative, out) && (!negative || *out == 0);
    if (!printed_double(text_of(cell), &d) || !(d >= 0 && d < 0x1p64) || d != trunc(d))
        return false;
    *out = (uint64_t)d;
    return true;
}

static bool int_is_double(int64_t i, double *out)
{
    *out = (double)i;
    return *out < 0x1p63 && (int64_t)*out == i;
}

static bool uint_is_double(uint64_t u, double *out)
{
    *out = (double)u;
    return *out < 0x1p64 && (uint64_t)*out == u;
}

static weir_str without_sign_and_zeros(weir_str text)
{
    if (text.size && (*text.data == '-' || *text.data == '+'))
        text = (weir_str){text.data + 1, text.size - 1};
    while (text.size > 1 && *text.data == '0' && is_digit(text.data[1]))
        text = (weir_str){text.data + 1, text.size - 1};
    return text;
}

/* Is the decimal text exactly this double? All digits of a double come out of %f, and those behind the text's own must be zeros. */
static bool decimal_is(weir_str text, double value)
{
    char digits[EXACT_DIGITS + 512];
    snprintf(digits, sizeof digits, "%.*f", EXACT_DIGITS, fabs(value));
    weir_str t = without_sign_and_zeros(text);
    const char *d = digits;
    bool point = memchr(t.data, '.', t.size) != NULL;
    for (; t.size && *t.data == *d; t.data++, t.size--, d++)
        ;
    if (t.size || (!point && *d++ != '.'))
        return false;
    while (*d == '0')
        d++;
    return *d == '\0';
}

static bool decimal_shape(weir_str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_digit(text.data[i]))
            digits++;
        else if (!(text.data[i] == '.' && digits && i + 1 < text.size) &&
                 !(i == 0 && (text.data[0] == '-' || text.data[0] == '+')))
            return false;
    }
    return digits > 0;
}

bool weir__value_double(const weir_value *cell, weir_type column, double *out)
{
    if (cell->type == WEIR_T_INT)
        return int_is_double(cell->as.i, out);
    if (cell->type == WEIR_T_UINT)
        return uint_is_double(cell->as.u, out);
    weir_str text = text_of(cell);
    if (column == WEIR_T_DOUBLE)
        return printed_double(text, out);
    return decimal_shape(text) && printed_double(text, out) && decimal_is(text, *out);
}

/* Reads digits into *out; false if there are none or more than most. */
static bool take_number(weir_str *text, int most, int32_t *out)
{
    int n = 0;
    *out = 0;
    while (text->size && is_digit(*text->data) && n <= most) {
        *out = *out * 10 + (*text->data - '0');
        text->data++;
        text->size--;
        n++;
    }
    return n > 0 && n <= most;
}

static bool take_char(weir_str *text, char c)
{
    if (!text->size || *text->data != c)
        return false;
    text->data++;
    text->size--;
    return true;
}

static bool take_clock(weir_str *text, weir_time *out)
{
    if (!take_number(text, 3, &out->hour) || !take_char(text, ':') || !take_number(text, 2, &out->minute) ||
        !take_char(text, ':') || !take_number(text, 2, &out->second))
        return false;
    if (!take_char(text, '.'))
        return true;
    size_t before = text->size;
    if (!take_number(text, 6, &out->microsecond))
        return false;
    for (size_t digits = before - text->size; digits < 6; digits++)
        out->microsecond *= 10;
    return true;
}

bool weir__value_time(const weir_value *cell, weir_time *out)
{
    memset(out, 0, sizeof *out);
    if (cell->type != WEIR_T_TEXT)
        return false;
    weir_str text = text_of(cell);
    bool dated = text.size >= 10 && text.data[4] == '-' && text.data[7] == '-';
    if (!dated) {
        out->negative = take_char(&text, '-');
        return take_clock(&text, out) && text.size == 0;
    }
    if (!take_number(&text, 4, &out->year) || !take_char(&text, '-') || !take_number(&text, 2, &out->month) ||
        !take_char(&text, '-') || !take_number(&text, 2, &out->day))
        return false;
    if (text.size == 0)
        return true;
    return (take_char(&text, ' ') || take_char(&text, 'T')) && take_clock(&text, out) && text.size == 0;
}

weir_str weir__value_text(const weir_value *cell, char *scratch)
{
    int size = 0;
    switch (cell->type) {
    case WEIR_T_NULL:
        return (weir_str){NULL, 0};
    case WEIR_T_INT:
        size = snprintf(scratch, WEIR__NUMBER_TEXT, "%" PRId64, cell->as.i);
        return (weir_str){scratch, (size_t)size};
    case WEIR_T_UINT:
        size = snprintf(scratch, WEIR__NUMBER_TEXT, "%" PRIu64, cell->as.u);
        return (weir_str){scratch, (size_t)size};
    default:
        return text_of(cell);
    }
}
