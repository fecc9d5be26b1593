/* sql_text.h - values as JSON, as CSV and as columns of a terminal. SPDX-License-Identifier: Apache-2.0
 * All O(size). A failure latches in the buffer (base/buf.h). A weir_str with data == NULL is SQL NULL. */
#ifndef WEIR_TOOLS_SQL_TEXT_H
#define WEIR_TOOLS_SQL_TEXT_H

#include "base/buf.h"

/* null; "text" by RFC 8259; {"hex":"C3FF"} for what is not UTF-8 */
void sql_json_value(weir__buf *to, weir_str value);
/* Always a string: what is not UTF-8 becomes U+FFFD. */
void sql_json_message(weir__buf *to, weir_str text);

/* By RFC 4180. NULL is nothing, an empty text is "". */
void sql_csv_cell(weir__buf *to, weir_str value);

/* For a terminal: NULL; control characters as \n, \t, \x1B, so that no value can steer it; 0xC3FF for what is not UTF-8. */
void sql_show_cell(weir__buf *to, weir_str value);
/* The same for a message: it stays readable where it is not UTF-8, as \xC3. */
void sql_show_message(weir__buf *to, weir_str text);

/* Columns that shown text (UTF-8) takes on the terminal; characters of the locale need setlocale. */
size_t sql_width(weir_str text);
/* Bytes of text that fit in width columns; *used: the columns they take. Splits no character from its combining marks. */
size_t sql_fit(weir_str text, size_t width, size_t *used);

#endif
