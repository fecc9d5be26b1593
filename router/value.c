/* value.c - exact conversions of cells. SPDX-License-Identifier: Apache-2.0 */
#include "router/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_DECIMAL_TEXT = 96 /* 65 digits, sign, point */, EXACT_DIGITS = 400 };

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

bool weir__value_int(const weir_value *cell, int64_t *out)
{
    bool negative;
    uint64_t magnitude;
    switch (cell->type) {
    case WEIR_T_INT:
        *out = cell->as.i;
        return true;
    case WEIR_T_UINT:
        return int_of_magnitude(false, cell->as.u, out);
    case WEIR_T_DOUBLE:
        if (!(cell->as.d >= -0x1p63 && cell->as.d < 0x1p63) || cell->as.d != trunc(cell->as.d))
            return false;
        *out = (int64_t)cell->as.d;
        return true;
    default:
        return whole_number(text_of(cell), &negative, &magnitude) && int_of_magnitude(negative, magnitude, out);
    }
}

bool weir__value_uint(const weir_value *cell, uint64_t *out)
{
    bool negative;
    switch (cell->type) {
    case WEIR_T_INT:
        *out = (uint64_t)cell->as.i;
        return cell->as.i >= 0;
    case WEIR_T_UINT:
        *out = cell->as.u;
        return true;
    case WEIR_T_DOUBLE:
        if (!(cell->as.d >= 0 && cell->as.d < 0x1p64) || cell->as.d != trunc(cell->as.d))
            return false;
        *out = (uint64_t)cell->as.d;
        return true;
    default:
        return whole_number(text_of(cell), &negative, out) && (!negative || *out == 0);
    }
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

/* Is the decimal text exactly this double? All digits of a double come out of %f, and those behind
 * the text's must be zeros. */
static bool decimal_is(const char *text, double value)
{
    char digits[EXACT_DIGITS + 512];
    const char *point = strchr(text, '.');
    snprintf(digits, sizeof digits, "%.*f", EXACT_DIGITS, value);
    const char *t = text, *d = digits;
    bool t_negative = *t == '-', d_negative = *d == '-';
    t += *t == '-' || *t == '+';
    d += d_negative;
    while (*t == '0' && is_digit(t[1]))
        t++;
    for (; *t && *t == *d; t++, d++)
        ;
    if (*t)
        return false;
    if (!point && *d++ != '.')
        return false;
    while (*d == '0')
        d++;
    return *d == '\0' && (t_negative == d_negative || value == 0);
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
    char text[MAX_DECIMAL_TEXT + 1];
    char *end;
    switch (cell->type) {
    case WEIR_T_INT:
        return int_is_double(cell->as.i, out);
    case WEIR_T_UINT:
        return uint_is_double(cell->as.u, out);
    case WEIR_T_DOUBLE:
        *out = cell->as.d;
        return true;
    default:
        if (cell->size == 0 || cell->size > MAX_DECIMAL_TEXT)
            return false;
        memcpy(text, cell->as.p, cell->size);
        text[cell->size] = '\0';
        if (column != WEIR_T_DOUBLE && !decimal_shape(text_of(cell)))
            return false;
        *out = strtod(text, &end);
        return *end == '\0' && strlen(text) == cell->size && (column == WEIR_T_DOUBLE || decimal_is(text, *out));
    }
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
    if (cell->type <= WEIR_T_DOUBLE)
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

/* Digits of the shortest print that reads back as the same double, and the power of ten of the
 * first one. */
static int shortest(double value, char *digits, int *power)
{
    char print[40];
    int precision = 0;
    do
        snprintf(print, sizeof print, "%.*e", precision, value);
    while (strtod(print, NULL) != value && ++precision < 17);
    int count = 0;
    const char *p = print;
    for (; *p != 'e'; p++)
        if (is_digit(*p))
            digits[count++] = *p;
    *power = (int)strtol(p + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* The server prints doubles by dtoa's shortest digits: plainly from 1e-15 up to 1e15, else with an
 * exponent. */
static size_t print_double(double value, char *out)
{
    char digits[32];
    int power, n = 0;
    char *p = out;
    if (value == 0) {
        *p++ = signbit(value) ? '-' : '0';
        if (signbit(value))
            *p++ = '0';
        return (size_t)(p - out);
    }
    int count = shortest(fabs(value), digits, &power);
    if (value < 0)
        *p++ = '-';
    if (power >= 15 || power < -15) {
        *p++ = digits[n++];
        if (n < count)
            *p++ = '.';
        while (n < count)
            *p++ = digits[n++];
        p += snprintf(p, 8, "e%d", power);
        return (size_t)(p - out);
    }
    for (int place = power < 0 ? 0 : power; place >= 0 || n < count; place--) {
        if (place == -1)
            *p++ = '.';
        *p++ = place > power || n >= count ? '0' : digits[n++];
    }
    return (size_t)(p - out);
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
    case WEIR_T_DOUBLE:
        return (weir_str){scratch, print_double(cell->as.d, scratch)};
    default:
        return text_of(cell);
    }
}
