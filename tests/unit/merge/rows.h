/* rows.h - streams of written rows for the merge's tests. SPDX-License-Identifier: Apache-2.0
 * A stream is text: cells parted by one blank, rows by ";", "-" is NULL, "" no rows, "_" a blank within a cell. */
#ifndef WEIR_TESTS_MERGE_ROWS_H
#define WEIR_TESTS_MERGE_ROWS_H

#include "router/merge/operators.h"
#include "tests/support/test.h"

/* Gives a stream that owns its rows and itself (of test_env's memory); NULL: no memory. */
weir__stream *merge_rows(const char *text, uint32_t width);
/* Pulls all and prints in the same form; a failure as "STATUS". Closes the stream. */
const char *merge_print(weir__stream *stream, uint32_t width, char *out, size_t room);

#endif
