/* decimal.c - school arithmetic on limbs. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/decimal.h"

#include <string.h>

enum { LIMBS = WEIR__DECIMAL_LIMBS, WORD = 9 /* digits of one word of the servers' decimals */ };

typedef unsigned __int128 wide;

/* x = x * factor + more. False: too large. */
static bool grow(uint64_t *limb, uint64_t factor, uint64_t more)
{
    wide carry = more;
    for (int i = 0; i < LIMBS; i++) {
        carry += (wide)limb[i] * factor;
        limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

/* x = x / divisor; gives the rest. */
static uint64_t shrink(uint64_t *limb, uint64_t divisor)
{
    wide rest = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
        rest = rest << 64 | limb[i];
        limb[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint64_t)rest;
}

static bool is_zero(const uint64_t *limb)
{
    uint64_t any = 0;
    for (int i = 0; i < LIMBS; i++)
        any |= limb[i];
    return any == 0;
}

static int compare_limbs(const uint64_t *a, const uint64_t *b)
{
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool rescale(weir__decimal *x, uint32_t scale)
{
    for (; x->scale < scale; x->scale++)
        if (!grow(x->limb, 10, 0))
            return false;
    return true;
}

bool weir__decimal_parse(weir_str text, weir__decimal *out)
{
    const char *at = text.data, *end = text.data + text.size;
    bool point = false, digit = false;

    *out = (weir__decimal){0};
    if (at < end && (*at == '-' || *at == '+'))
        out->negative = *at++ == '-';
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || !grow(out->limb, 10, (uint64_t)(*at - '0')))
            return false;
        digit = true;
        out->scale += point;
    }
    out->negative = out->negative && !is_zero(out->limb);
    return digit;
}

void weir__decimal_of_uint(uint64_t number, weir__decimal *out)
{
    *out = (weir__decimal){.limb = {number}};
}

static bool add_limbs(uint64_t *to, const uint64_t *x)
{
    wide carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (wide)to[i] + x[i];
        to[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

/* to = great - small */
static void subtract_limbs(uint64_t *to, const uint64_t *great, const uint64_t *small)
{
    uint64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        wide less = (wide)small[i] + borrow;
        borrow = great[i] < less;
        to[i] = (uint64_t)(great[i] - less);
    }
}

bool weir__decimal_add(weir__decimal *to, const weir__decimal *x)
{
    weir__decimal other = *x;
    if (!rescale(to, other.scale) || !rescale(&other, to->scale))
        return false;
    if (to->negative == other.negative)
        return add_limbs(to->limb, other.limb);
    if (compare_limbs(to->limb, other.limb) >= 0) {
        subtract_limbs(to->limb, to->limb, other.limb);
    } else {
        subtract_limbs(to->limb, other.limb, to->limb);
        to->negative = other.negative;
    }
    to->negative = to->negative && !is_zero(to->limb);
    return true;
}

static uint32_t words(uint32_t digits)
{
    return (digits + WORD - 1) / WORD;
}

bool weir__decimal_average(const weir__decimal *sum, uint64_t count, uint32_t decimals, weir__decimal *out)
{
    static const weir__decimal one = {.limb = {1}};
    uint32_t whole = words(sum->scale) * WORD, /* digits of the sum's own words */
        wanted = decimals > whole ? decimals : whole, computed = words(wanted) * WORD;
    uint64_t last = 0;

    *out = *sum;
    if (!rescale(out, computed))
        return false;
    shrink(out->limb, count);
    for (; out->scale > decimals; out->scale--)
        last = shrink(out->limb, 10);
    if (last >= 5 && !add_limbs(out->limb, one.limb))
        return false;
    out->negative = out->negative && !is_zero(out->limb);
    return true;
}

int weir__decimal_compare(const weir__decimal *a, const weir__decimal *b)
{
    weir__decimal left = *a, right = *b;
    if (left.negative != right.negative)
        return left.negative ? -1 : 1;
    /* Both have at most 65 digits where they come from a server: they fit. */
    (void)(rescale(&left, right.scale) && rescale(&right, left.scale));
    int order = compare_limbs(left.limb, right.limb);
    return left.negative ? -order : order;
}

size_t weir__decimal_print(const weir__decimal *x, char *out)
{
    char digits[WEIR__DECIMAL_TEXT];
    weir__decimal rest = *x;
    size_t count = 0, size = 0;

    while (!is_zero(rest.limb) || count <= x->scale)
        digits[count++] = (char)('0' + shrink(rest.limb, 10));
    if (x->negative)
        out[size++] = '-';
    while (count > 0) {
        if (count == x->scale)
            out[size++] = '.';
        out[size++] = digits[--count];
    }
    out[size] = '\0';
    return size;
}

uint32_t weir__decimal_digits(const weir__decimal *x)
{
    char text[WEIR__DECIMAL_TEXT];
    size_t size = weir__decimal_print(x, text);
    return (uint32_t)(size - (x->scale > 0) - x->negative);
}
