/* key.h - a shard key's value, as the server prints it. SPDX-License-Identifier: Apache-2.0
 *
 * A row is placed by the bytes that the server prints for its key (CRC32(key) in SQL), so a value that a statement gives counts only
 * in that one form, the canonical one (HAZARDS 26, 27). Two questions are asked of a value:
 * - in WHERE: is it certain that rows that match `key = value` have this key? Else the value tells nothing.
 * - in INSERT: will the server store exactly this key? Else the row is not to be written.
 *
 *    type                 canonical                      beside it, in WHERE        beside it, in INSERT
 *    integers             7, -7; '7' up to 2^53          007, +7 (numbers)          007, +7; '7' of any size
 *    CHAR, VARCHAR        'text'
 *      with fold: lower   'Text  ' counts as text; bytes 0x20 to 0x7E only, in both
 *    BINARY(n)            n bytes
 *    VARBINARY            bytes
 *    DATE                 '2026-01-31'
 *    DATETIME(n)          '2026-01-31 10:00:00.n'        '2026-01-31'
 *    DECIMAL(p,s)         a number with s places         numbers with fewer         numbers and texts with fewer
 *    UUID                 36 characters, small letters
 *    ENUM                 a label, to the letter
 * Strings are '..' without an introducer, or bound text. Hex, bits, DATE '..', TRUE, floating point and expressions are never canonical.
 *
 * Pure; O(length). What must be changed (escapes, folding) is copied into the caller's arena. Threads: any. */
#ifndef WEIR_ROUTER_ROUTE_KEY_H
#define WEIR_ROUTER_ROUTE_KEY_H

#include "base/arena.h"
#include "router/plan/plan.h"

/* X(name, word) */
#define WEIR__FORM_MAP(X)                                                                                              \
    X(BINARY, "binary")                                                                                                \
    X(CHAR, "char")                                                                                                    \
    X(DATE, "date")                                                                                                    \
    X(DATETIME, "datetime")                                                                                            \
    X(DECIMAL, "decimal")                                                                                              \
    X(ENUM, "enum")                                                                                                    \
    X(INTEGER, "integer")                                                                                              \
    X(UUID, "uuid")                                                                                                    \
    X(VARBINARY, "varbinary")                                                                                          \
    X(VARCHAR, "varchar")

typedef enum weir__form_kind {
    WEIR__FORM_UNFIT, /* no key: printed in several ways, or not known */
#define X(name, word) WEIR__FORM_##name,
    WEIR__FORM_MAP(X)
#undef X
} weir__form_kind;

/* The column of a key. */
typedef struct weir__key_form {
    uint8_t kind;     /* weir__form_kind */
    uint8_t bytes;    /* INTEGER: 1, 2, 3, 4, 8 */
    uint8_t scale;    /* DECIMAL: places; DATETIME: digits of the fraction */
    bool is_unsigned; /* INTEGER, DECIMAL */
    bool nullable;
    bool ascii;             /* CHAR, VARCHAR: no other characters */
    bool exact;             /* CHAR, VARCHAR: equal means equal bytes */
    bool fold;              /* CHAR, VARCHAR: the rule says fold: lower */
    uint32_t length;        /* CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes; DECIMAL: digits in all */
    weir_str collation;     /* CHAR, VARCHAR, ENUM */
    const weir_str *labels; /* ENUM */
    uint32_t label_count;
} weir__key_form;

typedef enum weir__given_kind {
    WEIR__GIVEN_OTHER, /* anything that is no canonical form of anything */
    WEIR__GIVEN_NULL,
    WEIR__GIVEN_NUMBER, /* as written: sign, digits, perhaps a point */
    WEIR__GIVEN_STRING, /* its characters, without quotes and escapes */
    WEIR__GIVEN_BYTES,
} weir__given_kind;

enum { WEIR__GIVEN_TEXT = 24 };

/* A value as the statement gives it, literal or bound. */
typedef struct weir__given {
    weir__given_kind kind;
    weir_str text;
    char room[WEIR__GIVEN_TEXT]; /* of a bound integer's digits */
} weir__given;

/* reading: of the statement. A string with escapes is copied into arena; no memory there makes the value OTHER. */
void weir__given_literal(weir__value_kind kind, weir_str text, const weir__lex_options *reading, weir__arena *arena,
                         weir__given *out);
void weir__given_bound(const weir_value *value, weir__given *out);

enum { WEIR__KEY_ROOM = 72 };

typedef struct weir__key {
    weir_str text;  /* canonical, folded where the type folds; data NULL: SQL NULL */
    bool is_number; /* INTEGER, DECIMAL: the largest integer not above it is the next two */
    bool negative;
    uint64_t magnitude;
    char room[WEIR__KEY_ROOM];
} weir__key;

/* False: the value tells nothing. out may not be moved. NULL is left to the caller, it is false here. */
bool weir__key_of_condition(const weir__key_form *form, const weir__given *given, weir__arena *arena, weir__key *out);
/* NULL: stored as it is, and *out is the key; else what is wrong: "is not an integer". */
const char *weir__key_of_row(const weir__key_form *form, const weir__given *given, weir__arena *arena, weir__key *out);

/* Columns of these forms print alike wherever SQL calls them equal. */
bool weir__key_forms_agree(const weir__key_form *a, const weir__key_form *b);
const char *weir__form_kind_name(weir__form_kind kind);

#endif
