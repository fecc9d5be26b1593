/* decimal.h - sums of DECIMAL, exact, and the server's division for averages. SPDX-License-Identifier: Apache-2.0
 * A whole number of seven 64-bit limbs with a count of digits behind the point: 134 digits, where the servers have at most 65 with 38
 * behind the point, a sum of 2^64 of them 20 more. Fixed in size, so that a sum takes no memory of its own and cannot fail half way
 * (arbitrary precision, as GMP has it, would allocate beside the statement's budget). add O(limbs). Pure. */
#ifndef WEIR_ROUTER_MERGE_DECIMAL_H
#define WEIR_ROUTER_MERGE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir.h"

enum {
    WEIR__DECIMAL_LIMBS = 7,
    WEIR__DECIMAL_TEXT = 160,  /* bytes that any print takes */
    WEIR__DECIMAL_DIGITS = 65, /* that a server's DECIMAL has; a result of more is refused */
    WEIR__DECIMAL_SCALE = 38,  /* behind the point: MariaDB's most; MySQL's is 30 */
};

typedef struct weir__decimal {
    uint64_t limb[WEIR__DECIMAL_LIMBS]; /* least first */
    uint32_t scale;
    bool negative; /* never of zero */
} weir__decimal;

/* Reads "-12.50". False: no such number, or one of more digits than fit. */
bool weir__decimal_parse(weir_str text, weir__decimal *out);
void weir__decimal_of_uint(uint64_t number, weir__decimal *out);
/* to += x; the result has the greater scale of both. False: it does not fit, to is then of no use. */
bool weir__decimal_add(weir__decimal *to, const weir__decimal *x);
/* sum / count as the servers' AVG gives it with so many digits behind the point. They divide in words of nine digits and drop what is
 * behind the last one, then round half away from zero: 2.00000 / 3 with 9 digits is 0.666666666. count > 0. */
bool weir__decimal_average(const weir__decimal *sum, uint64_t count, uint32_t decimals, weir__decimal *out);
int weir__decimal_compare(const weir__decimal *a, const weir__decimal *b);
/* Digits before and behind the point. */
uint32_t weir__decimal_digits(const weir__decimal *x);
/* As a server prints it, with NUL; gives the length. out has WEIR__DECIMAL_TEXT bytes. */
size_t weir__decimal_print(const weir__decimal *x, char *out);

#endif
