/* value.h - seeded values for a column: as a literal, or as a parameter. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_VALUE_H
#define WEIR_TESTS_DIFFERENTIAL_VALUE_H

#include "tests/differential/model.h"
#include "tests/differential/random.h"

enum { DATUM_ROOM = 400 };

/* One value; text holds what v points to. */
typedef struct datum {
    weir_type type; /* WEIR_T_NULL: NULL */
    int64_t i;      /* WEIR_T_INT */
    uint64_t u;     /* WEIR_T_UINT */
    double d;       /* WEIR_T_DOUBLE */
    size_t size;    /* of text */
    char text[DATUM_ROOM];
} datum;

/* A value that the column takes as it is. NULLs only where it is nullable. */
void datum_for(datum *d, rng *r, const column *c);
/* The same without NULLs. */
void datum_there(datum *d, rng *r, const column *c);
/* What the server printed of such a column. */
void datum_parse(datum *d, const column *c, weir_str text);
/* As SQL. */
void datum_add(weir__buf *out, const datum *d);
/* As a parameter; it points into d. */
weir_value datum_value(const datum *d);

#endif
