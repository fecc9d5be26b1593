/* insert_text.h - the text of an INSERT or REPLACE in its parts, and one made of some of them. SPDX-License-Identifier: Apache-2.0
 *
 *    INSERT INTO users (id, name) VALUES | (1, 'a') | , (7, ?) | ON DUPLICATE KEY UPDATE name = ?
 *    head                                  row 0       row 1     tail
 *
 * A shard is sent the head, its own rows and the tail, with the ? of those; ids that weir makes stand where a row left them out. The
 * form INSERT .. SET is a head and one row without parentheses. Pure. read and write O(bytes of the text). Threads: any.
 * Not here: which rows (targets_rows.c), which of them want an id (rows.c). */
#ifndef WEIR_ROUTER_ROUTE_INSERT_TEXT_H
#define WEIR_ROUTER_ROUTE_INSERT_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "router/sql/lexer.h"

typedef struct weir__insert_row {
    uint32_t start, end;      /* bytes, parentheses included */
    uint32_t first_arg, args; /* its ? */
} weir__insert_row;

typedef struct weir__insert_text {
    weir_str sql;
    weir__lex_options reading;
    bool set;           /* INSERT .. SET */
    uint32_t list_end;  /* the byte of the parenthesis that ends the list of columns; 0: there is no list */
    bool list_is_empty; /* () */
    weir__insert_row *rows;
    uint32_t row_count;
    uint32_t tail;      /* the byte behind the last row */
    uint32_t arg_count; /* of the whole */
} weir__insert_text;

/* False: it is not of this form, or there is no memory (arena->failed). */
bool weir__insert_text_read(weir_str sql, const weir__lex_options *reading, weir__arena *arena, weir__insert_text *out);

/* Ids for rows. As parameters where the statement has some, so that its text stays the same; else as digits. */
typedef struct weir__insert_ids {
    const uint64_t *of_row; /* 0: as given */
    uint32_t cell;          /* NONE: a cell more, for column; where there is a list of columns it is added to it */
    const char *column;
} weir__insert_ids;

/* rows: some, by their numbers; NULL: all, count of them. ids may be NULL. *args: values for the ? of out, in arena. Returns: did memory
 * last (out->failed, arena->failed), and was each cell found? */
bool weir__insert_text_write(const weir__insert_text *text, const uint32_t *rows, uint32_t count,
                             const weir__insert_ids *ids, weir_args given, weir__arena *arena, weir__buf *out,
                             weir_args *args);

#endif
