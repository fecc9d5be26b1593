/* functions.h - what is known of the functions that servers bring along. SPDX-License-Identifier: Apache-2.0
 * A function that is not here may be a stored one and do anything. find O(log n). */
#ifndef WEIR_ROUTER_SQL_FUNCTIONS_H
#define WEIR_ROUTER_SQL_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "weir.h"

enum {
    WEIR__FN_PLAIN = 1 << 0,   /* no side effect, and the same answer on every connection that is set up alike */
    WEIR__FN_READS = 1 << 1,   /* reads what earlier statements of the session left behind */
    WEIR__FN_CHANGES = 1 << 2, /* changes the session's state, or data */
    WEIR__FN_VARIES = 1 << 3,  /* another answer at another time or on another server: NOW, RAND, UUID */
    WEIR__FN_AGGREGATE = 1 << 4,
    WEIR__FN_TIGHT =
        1 << 5, /* with a blank before its parenthesis a stored function, unless sql_mode has IGNORE_SPACE */
    WEIR__FN_MARIADB = 1 << 6,  /* only MariaDB has it */
    WEIR__FN_MYSQL = 1 << 7,    /* only MySQL has it */
    WEIR__FN_HARMLESS = 1 << 8, /* the same everywhere, but not for what it answers: SLEEP */
};

typedef struct weir__function {
    const char *name; /* lower case */
    uint16_t flags;
} weir__function;

/* NULL: not known. Letters of any case. */
const weir__function *weir__function_find(weir_str name);

/* All of them, sorted by name. */
const weir__function *weir__functions(size_t *count);

#endif
