/* planning.h - what the files that make a merge plan share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_MERGE_PLANNING_H
#define WEIR_ROUTER_MERGE_PLANNING_H

#include "base/str.h"
#include "router/merge/plan.h"
#include "router/sql/ast.h"
#include "router/sql/functions.h"
#include "router/sql/tokens.h"

#define NODE(name) WEIR__NODE_##name
#define TK(name) WEIR__TK_##name

typedef weir__node node;

/* What the values of an expression are, as far as merging needs to know. */
typedef struct weir__shape {
    enum {
        SHAPE_UNKNOWN,
        SHAPE_NUMBER, /* integers and DECIMAL */
        SHAPE_DOUBLE,
        SHAPE_FLOAT, /* prints fewer digits than it has */
        SHAPE_TEXT,
        SHAPE_BYTES, /* also DATE and DATETIME, which sort as they print */
        SHAPE_TIME,
        SHAPE_TIMESTAMP,
        SHAPE_BITS,   /* BIT */
        SHAPE_MEMBER, /* ENUM, SET: sorted by number, compared by text in MIN and MAX */
    } kind;
    uint64_t characters;   /* TEXT, MEMBER: at most so many */
    const char *collation; /* TEXT, MEMBER: of a column; NULL: of an expression */
} weir__shape;

/* A piece of a shard's text: of the user's, or made. */
typedef struct piece {
    struct piece *next;
    uint32_t start, end; /* of the user's text; end 0: made */
    weir_str text;
    uint32_t arg; /* made: the text is a ? for this value, one that is not the user's; 0: none */
} piece;

/* [start, end) of the user's text becomes pieces. */
typedef struct edit {
    struct edit *next;
    uint32_t start, end;
    piece *first, **last;
} edit;

typedef struct weir__planning {
    const weir__merge_input *input;
    weir__arena *arena;
    weir__tree tree;
    weir__merge_plan *plan;
    const node *select, *items, *group, *order, *limit;
    uint32_t scope; /* of select, in the plan */
    uint32_t root;  /* the table whose rows the answer's rows come from, each from one shard */
    edit *edits;
    edit *hidden; /* where hidden columns are put */
} weir__planning;

/* The first refusal stays. Gives false. */
bool weir__planning_refuse(weir__planning *p, const node *at, const char *why);
static inline bool weir__planning_refused(const weir__planning *p)
{
    return p->plan->refused != NULL;
}

/* ---- text.c ---- */
edit *weir__planning_edit(weir__planning *p, uint32_t start, uint32_t end);
void weir__planning_say(weir__planning *p, edit *e, const char *text);
void weir__planning_sayf(weir__planning *p, edit *e, const char *format, ...) WEIR__PRINTF(3, 4);
void weir__planning_copy(weir__planning *p, edit *e, uint32_t start, uint32_t end);
/* A ? of its own, which plan->args numbers so. Not 0. */
void weir__planning_ask(weir__planning *p, edit *e, uint32_t arg);
/* A place for text that is not known yet. NULL: no memory. */
piece *weir__planning_hole(weir__planning *p, edit *e);
/* A name in the quotes that are its in every sql_mode. */
void weir__planning_say_name(weir__planning *p, edit *e, weir_str name);
/* A hidden column: before, the node's text, behind. Gives its number. at NULL: before alone. */
uint32_t weir__planning_hide(weir__planning *p, const char *before, const node *at, const char *behind);
/* plan->sql and plan->args. */
bool weir__planning_render(weir__planning *p);

/* ---- shapes.c ---- */
weir__shape weir__planning_shape(const weir__planning *p, const node *e);
/* The table and column of a column node of the outermost query; NULL: not certain. */
const weir__column *weir__planning_column(const weir__planning *p, const node *e, uint32_t *table);
/* How values of that shape are compared: *key, and what must be put around the expression for it ("" where nothing). False: they
 * cannot be, *why says it. */
typedef struct weir__wrapping {
    weir__merge_key_kind kind;
    char before[32], behind[48];
} weir__wrapping;
bool weir__planning_wrap(const weir__planning *p, weir__shape shape, weir__wrapping *w, const char **why);

/* ---- spread.c ---- */
/* Finds the root; refuses where a shard alone could not answer for its rows. scope: the query's. */
bool weir__planning_spread(weir__planning *p, uint32_t scope, uint32_t *root);
/* Is it the column of the root's shard key? */
bool weir__planning_is_key(const weir__planning *p, const node *e);

/* ---- grouping.c ---- */
bool weir__planning_groups(weir__planning *p);
/* The aggregate that a node calls (not over a window); NULL: none. */
const weir__function *weir__planning_aggregate(const weir__planning *p, const node *e);
bool weir__planning_has_aggregate(const weir__planning *p, const node *e);
/* ---- keys.c ---- */
/* The expression that a name or number in GROUP BY or ORDER BY stands for, and the number of its item (NONE: none). */
const node *weir__planning_meant(weir__planning *p, const node *by, bool alias_first, uint32_t *item);
/* A key for an expression, hidden if it must be. */
bool weir__planning_key(weir__planning *p, const node *e, uint32_t item, weir__merge_key *key);
bool weir__planning_same(const weir__planning *p, const node *a, const node *b);

#endif
