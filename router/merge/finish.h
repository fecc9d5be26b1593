/* finish.h - reads that cannot be merged: what is read of the shards, and the statement with which one server finishes it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The statement is taken apart: its parts are statements of their own that can be merged, and what is left of it, with each part as a
 * table of typed constants (JSON_TABLE over a parameter), is the final statement. docs/merge.md, "Finished by one server", is the
 * specification. The caller runs
 *
 *    head (the statement without rows: its columns) -> the parts -> weir__finish_close with the parts' columns -> the final statement
 *
 * Pure: the same input gives the same texts. What would not be exact is refused; another way may do. */
#ifndef WEIR_ROUTER_MERGE_FINISH_H
#define WEIR_ROUTER_MERGE_FINISH_H

#include "router/merge/plan.h"

#define WEIR__FINISH_DOCUMENT (UINT32_C(1) << 30)

/* In the order in which they are tried. X(name, in s-expressions) */
#define WEIR__FINISH_MAP(X)                                                                                            \
    X(GROUPS, "groups") /* the groups are merged, what is done with them is left */                                    \
    X(BLOCKS, "blocks") /* queries within it, and arms of a UNION, that name nothing around them are read */           \
    X(KEYED, "keyed")   /* tables of few rows by key are read, the others stay where they are */                       \
    X(TABLES, "tables") /* every spread table is read */

typedef enum weir__finish_way {
#define X(name, text) WEIR__FINISH_##name,
    WEIR__FINISH_MAP(X)
#undef X
        WEIR__FINISH_WAYS
} weir__finish_way;

typedef struct weir__finish_text {
    weir_str sql;
    const uint32_t *args; /* of its ? the number of the user's; WEIR__FINISH_DOCUMENT + i: the rows of part i */
    uint32_t arg_count;
} weir__finish_text;

/* How a column of a part is declared to the server. */
typedef struct weir__finish_column {
    weir_str name;       /* in the final statement; empty: weir_<number> */
    weir_str type;       /* empty: as the part's answer says */
    const char *charset; /* of text; NULL: none is needed */
    const char *collation;
    uint32_t octets;  /* of bytes: at most so many; 0: not bounded, or no bytes */
    const char *cast; /* to a type that JSON_TABLE does not know; NULL: none */
} weir__finish_column;

typedef struct weir__finish_part {
    weir__finish_text text;
    const weir__finish_column *columns;
    uint32_t column_count;
    struct piece *before, *behind; /* of the final text, around the parameter */
} weir__finish_part;

typedef struct weir__finish {
    const char *refused; /* NULL: it can be answered in this way */
    uint32_t refused_at;
    weir__finish_text head;
    weir__finish_part *parts;
    uint32_t part_count;
    struct weir__planning *planning;
} weir__finish;

/** Takes the statement apart in one way. input->plan must be of input->sql itself.
 *  Returns: OK, also when it is refused; SYNTAX, LIMIT, NOMEM.
 *  Owns: all of it is the arena's, and refers to input, which must live until close. Threads: any. */
WEIR_MUST_USE weir_status weir__finish_plan(const weir__merge_input *input, weir__finish_way way, weir__arena *arena,
                                            weir__finish **finish, weir_error *error);
/** The final statement, where columns[i] are those of part i's answer. Returns: OK; UNSUPPORTED: a column that cannot be declared; NOMEM, LIMIT. */
WEIR_MUST_USE weir_status weir__finish_close(weir__finish *finish, const weir_column *const *columns,
                                             weir__finish_text *out, weir_error *error);

const char *weir__finish_way_name(weir__finish_way way);

#endif
