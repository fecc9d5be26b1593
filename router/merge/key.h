/* key.h - comparing cells as a server compares the values they print. SPDX-License-Identifier: Apache-2.0
 * A kind says how; text that a collation orders is never compared here by itself, only its weights are, as BYTES (docs/merge.md).
 * NULL is the least value and equal to NULL, as in ORDER BY and GROUP BY. Cells are numbers or the text that a server printed.
 * Invariants: (1) rank(a) < rank(b) implies a < b, so ranks decide most comparisons; (2) two cells have the same encoding exactly when
 * they compare as equal. Pure. */
#ifndef WEIR_ROUTER_MERGE_KEY_H
#define WEIR_ROUTER_MERGE_KEY_H

#include "base/buf.h"
#include "weir.h"

typedef enum weir__merge_key_kind {
    WEIR__MERGE_NUMBER, /* integers, DECIMAL, YEAR: digits, maybe a point */
    WEIR__MERGE_DOUBLE, /* printed so that it reads back as the same double */
    WEIR__MERGE_BYTES,  /* binary strings, weights, DATE and DATETIME: by bytes, the shorter first */
    WEIR__MERGE_PADDED, /* UTF-8 text of a _bin collation that pads with blanks */
    WEIR__MERGE_TIME,   /* "-838:59:59.000000" */
} weir__merge_key_kind;

typedef struct weir__merge_key {
    uint32_t column;
    uint8_t kind; /* weir__merge_key_kind */
    bool descending;
} weir__merge_key;

/* -1, 0, 1 */
int weir__merge_key_compare(weir__merge_key_kind kind, const weir_value *a, const weir_value *b);
/* A number that orders as the cells do, but for equals; *exact: equal ranks are equal cells. */
uint64_t weir__merge_key_rank(weir__merge_key_kind kind, const weir_value *cell, bool *exact);
/* The integer of a NUMBER's exact rank that is not NULL's. */
static inline int64_t weir__merge_key_rank_int(uint64_t rank)
{
    return (int64_t)(rank ^ UINT64_C(1) << 63);
}
/* Adds the cell in one form for all that are equal; no encoding is the beginning of another. */
void weir__merge_key_encode(weir__merge_key_kind kind, const weir_value *cell, weir__buf *out);

/* By all keys, with their directions. */
int weir__merge_keys_compare(const weir__merge_key *keys, uint32_t count, const weir_value *a, const weir_value *b);

/* The cell as a double: the print of a number, or the number. */
double weir__cell_double(const weir_value *cell);
/* The cell's text; scratch holds 32 bytes. Of a number its print. */
weir_str weir__cell_text(const weir_value *cell, char *scratch);

#endif
