/* utf8.h - as much UTF-8 as a database client needs. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UTF-8 as Unicode defines it: shortest form, no surrogates, at most U+10FFFF? O(size). */
bool weir__utf8_valid(const char *text, size_t size);

/* The largest length <= limit at which text (longer than limit) may be cut without splitting a
 * character. */
size_t weir__utf8_cut(const char *text, size_t limit);

#endif
