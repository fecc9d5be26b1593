/* value.h - a cell read as another type, exactly or not at all. SPDX-License-Identifier: Apache-2.0
 * Pure. */
#ifndef WEIR_ROUTER_VALUE_H
#define WEIR_ROUTER_VALUE_H

#include "weir.h"

enum { WEIR__NUMBER_TEXT = 24 }; /* bytes that the print of an integer takes */

/* False: the cell has no such value exactly. The column's type decides what a text means: the print
 * of a DOUBLE is that double. */
bool weir__value_int(const weir_value *cell, weir_type column, int64_t *out);
bool weir__value_uint(const weir_value *cell, weir_type column, uint64_t *out);
bool weir__value_double(const weir_value *cell, weir_type column, double *out);
bool weir__value_time(const weir_value *cell, weir_time *out);
/* The text as the server prints it; scratch holds WEIR__NUMBER_TEXT bytes. */
weir_str weir__value_text(const weir_value *cell, char *scratch);

#endif
