/* units.h - times, sizes and numbers as people write them. SPDX-License-Identifier: Apache-2.0
 * Each gives NULL and the value, or what is wrong as the end of a sentence ("needs a unit: .."); *value is then untouched. */
#ifndef WEIR_SCHEMA_UNITS_H
#define WEIR_SCHEMA_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "weir.h"

const char *weir__unit_time(weir_str text, uint64_t *ms);     /* 250ms 5s 30m 1h 2d; 0 */
const char *weir__unit_size(weir_str text, uint64_t *bytes);  /* 4096 16KiB 64MiB 1GiB */
const char *weir__unit_count(weir_str text, uint64_t *count); /* digits */
const char *weir__unit_weight(weir_str text, double *weight); /* 2, 0.5: at most nine digits each side of the point */
const char *weir__unit_percent(weir_str text, uint64_t *percent); /* 10% */

/* Prints a time or size in the largest unit that keeps it whole: "250ms", "64MiB". */
void weir__unit_print_time(char *text, size_t room, uint64_t ms);
void weir__unit_print_size(char *text, size_t room, uint64_t bytes);

#endif
