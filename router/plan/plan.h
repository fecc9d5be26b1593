/* plan.h - what one statement is: tables, role, values and their places, conditions. SPDX-License-Identifier: Apache-2.0
 * A plan is immutable and shared: built once, read by any thread, freed with its last reference. Pure: the same text and options give
 * the same plan. build O(bytes); memory at most about 150 bytes per byte of text, all counted by weir__plan_bytes.
 *
 * VALUES. Every literal and every ? is a value, numbered from 0 in the order of the text; a sign before a number belongs to it. What
 * conditions and rows refer to is that number. A plan may serve statements that differ in lifted literals, so nothing in it is
 * concluded from a literal that stands beside a bare column, is assigned, or is a LIMIT: `a = 7 AND a = 8` is no contradiction here.
 * FALSE comes only from NULL, from constants alone (WHERE 0, 1 = 2), and from nothing else.
 *
 * CONDITIONS say which rows of a table can matter to the answer; TRUE stands for all that is not understood, so that they never say
 * too little. Routing finds the shards of a table T sharded by column k so:
 *   own(c)   for a column c of table T: the intersection, over the conditions with first <= T < end, of the condition evaluated
 *            bottom-up: AND intersects, OR unites, TRUE is all shards, FALSE none, a leaf on c is the shards of its values, a leaf on
 *            any other column is all shards.
 *   known(c) the intersection of own(c) and known(b) of every column b with a flow from b to c (over flows as far as they lead).
 * The rows of T that matter are in known(T.k). Where that is empty, T counts as empty; the statement still answers (COUNT gives 0).
 * Flows compare as SQL does: they carry a shard only between columns whose key types and collations are the same.
 * A leaf tells shards only if each of its values is in the key type's canonical form (HAZARDS 27); with one that is not, it is all
 * shards, for one odd value can change how the server compares the whole list or range. NULL in a list or compared by = matches
 * nothing. IS NULL tells nothing of DATE and DATETIME columns (0000-00-00 is NULL there) nor under sql_auto_is_null.
 *
 * A COLUMN whose owner is not certain has no table: it was written without one, and more than one table can be meant. It belongs to a
 * table of its scope with first <= table < end that has a column of that name, if there is one (two are an error of the server, but
 * for columns of USING and NATURAL, where each may be taken); if there is none, to an outer query. Routing may take such a leaf for
 * T.k when it knows that T, one of these tables, has k. */
#ifndef WEIR_ROUTER_PLAN_PLAN_H
#define WEIR_ROUTER_PLAN_PLAN_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "router/sql/effects.h"
#include "router/sql/lexer.h"
#include "weir.h"

#define WEIR__NONE UINT32_MAX /* no table, column, value or scope */

typedef enum weir__role { WEIR__PRIMARY, WEIR__REPLICA } weir__role;

/* X(name, word in s-expressions) */
#define WEIR__SOURCE_MAP(X)                                                                                            \
    X(BASE, "table")      /* a table or view of the server */                                                          \
    X(DERIVED, "derived") /* a query in FROM */                                                                        \
    X(CTE, "cte")         /* a name that WITH gave */                                                                  \
    X(JSON, "json-table")

#define WEIR__HOW_MAP(X)                                                                                               \
    X(TARGET, "target") /* of INSERT and REPLACE */                                                                    \
    X(FROM, "from")     /* first, or behind a comma; the one table of UPDATE and DELETE too */                         \
    X(JOIN, "join")                                                                                                    \
    X(LEFT, "left")   /* right operand of LEFT JOIN */                                                                 \
    X(RIGHT, "right") /* right operand of RIGHT JOIN: the one that is kept whole */                                    \
    X(SEQUENCE, "sequence")

#define WEIR__SCOPE_MAP(X)                                                                                             \
    X(STATEMENT, "statement")                                                                                          \
    X(DERIVED, "derived")                                                                                              \
    X(CTE, "cte")                                                                                                      \
    X(SUBQUERY, "subquery") /* in an expression */                                                                     \
    X(SOURCE, "source")     /* of INSERT .. SELECT */                                                                  \
    X(ARM, "arm")           /* of UNION, EXCEPT, INTERSECT, or a query in parentheses with clauses behind them */

#define WEIR__OP_MAP(X)                                                                                                \
    X(EQ, "=")                                                                                                         \
    X(NULLSAFE, "<=>")                                                                                                 \
    X(LT, "<")                                                                                                         \
    X(LE, "<=")                                                                                                        \
    X(GT, ">")                                                                                                         \
    X(GE, ">=")                                                                                                        \
    X(IN, "in")                                                                                                        \
    X(BETWEEN, "between")                                                                                              \
    X(IS_NULL, "is-null")                                                                                              \
    X(NE, "<>") /* this one and the next only of values, never of a leaf */                                            \
    X(LIKE, "like")

#define WEIR__USE_MAP(X)                                                                                               \
    X(OTHER, "other")                                                                                                  \
    X(COMPARED, "compared") /* with column, by op */                                                                   \
    X(ASSIGNED, "assigned") /* to column, in SET or ON DUPLICATE KEY UPDATE */                                         \
    X(INSERTED, "inserted") /* into column (NONE: no column list), as a whole cell of a row */                         \
    X(LIMIT, "limit")                                                                                                  \
    X(OFFSET, "offset")

#define WEIR__VALUE_MAP(X)                                                                                             \
    X(PARAM, "?")                                                                                                      \
    X(INTEGER, "integer")                                                                                              \
    X(DECIMAL, "decimal")                                                                                              \
    X(FLOAT, "float")                                                                                                  \
    X(STRING, "string") /* '..' or "..", also several in a row */                                                      \
    X(NULL, "null")                                                                                                    \
    X(BOOLEAN, "boolean") /* TRUE, FALSE */                                                                            \
    X(OTHER, "constant")  /* hex, bits, N'..', _utf8'..', DATE '..' */

#define X(name, text) WEIR__SOURCE_##name,
typedef enum weir__source { WEIR__SOURCE_MAP(X) } weir__source;
#undef X
#define X(name, text) WEIR__HOW_##name,
typedef enum weir__how { WEIR__HOW_MAP(X) } weir__how;
#undef X
#define X(name, text) WEIR__SCOPE_##name,
typedef enum weir__scope_kind { WEIR__SCOPE_MAP(X) } weir__scope_kind;
#undef X
#define X(name, text) WEIR__OP_##name,
typedef enum weir__op { WEIR__OP_MAP(X) } weir__op;
#undef X
#define X(name, text) WEIR__USE_##name,
typedef enum weir__use { WEIR__USE_MAP(X) } weir__use;
#undef X
#define X(name, text) WEIR__VALUE_##name,
typedef enum weir__value_kind { WEIR__VALUE_MAP(X) } weir__value_kind;
#undef X

/* In the order in which they are met; what stands in the FROM of one scope, with all that is inside it, is one range of numbers. */
typedef struct weir__plan_table {
    weir_str schema, name,
        alias;           /* without quotes, letters as written; empty: not there. Derived tables have only an alias */
    uint32_t scope;      /* where it stands */
    uint32_t query;      /* the scope whose rows it holds (DERIVED, CTE), else NONE */
    uint32_t start, end; /* bytes of its name, with the schema, in the text that was planned */
    uint8_t source, how; /* weir__source, weir__how */
    bool read, written;
    bool null_supplied; /* an outer join may put NULLs in its place, and WHERE does not drop those rows */
    bool all_columns;   /* * or t.* reads it, or it is read in a way that names no columns */
} weir__plan_table;

/* A query block, or the whole of a UNION. Tables of inner scopes are inside the range of the outer one. */
typedef struct weir__plan_scope {
    uint32_t parent;                 /* NONE: the statement's own */
    uint32_t first_table, end_table; /* its tables and those of the scopes in it */
    uint32_t limit, offset;          /* values, or NONE */
    uint8_t kind;                    /* weir__scope_kind */
    bool limited;                    /* has a LIMIT of any form */
    bool distinct, grouped, rollup, aggregates, windows, ordered;
    bool set_operation; /* its rows are those of its arms */
    bool recursive;     /* a CTE that reads itself */
    bool correlated;    /* names a column of a scope around it, for certain */
} weir__plan_scope;

/* Each column that the statement names, once per table. */
typedef struct weir__plan_column {
    weir_str name;       /* as first written; compare without case */
    uint32_t table;      /* NONE: not certain, see above */
    uint32_t scope;      /* where the table is, or is looked for first */
    uint32_t first, end; /* table == NONE: among these */
    bool read, written;
    bool assigned; /* in SET or ON DUPLICATE KEY UPDATE */
} weir__plan_column;

/* What is known of `from` holds for `to`; both: the other way round too. It comes
 * - both ways from column = column or column <=> column in a part of WHERE that must be true, and in ON and USING of an inner join,
 *   or of an outer join that a condition above makes an inner one (WHERE names a null-supplied column so that NULL fails);
 * - from the side that is kept to the null-supplied side in ON and USING of an outer join; both ways when both are null-supplied;
 * - from a column of an outer query to the one that a subquery compares with it;
 * - both ways from `a IN (SELECT b ..)` and `a = ANY (SELECT b ..)` in a part of WHERE that must be true;
 * - from a column in the select list of a derived table or CTE to that column of the table, unless an outer join, ROLLUP or an aggregate without
 *   GROUP BY may change it; the other way when dropping rows early changes no others: no LIMIT, no window, grouped by that column,
 *   no user variable, no unknown function, a CTE that is read once;
 * - from a column of a UNION to that of each arm;
 * - from a column in the select list of INSERT .. SELECT to the column that it is stored in (whose type may be another). */
typedef struct weir__plan_flow {
    uint32_t from, to; /* columns */
    bool both;
} weir__plan_flow;

typedef enum weir__condition_kind {
    WEIR__CONDITION_TRUE,
    WEIR__CONDITION_FALSE,
    WEIR__CONDITION_AND, /* of two or more, none TRUE or FALSE */
    WEIR__CONDITION_OR,  /* likewise */
    WEIR__CONDITION_LEAF,
} weir__condition_kind;

typedef struct weir__condition weir__condition;
struct weir__condition {
    uint8_t kind; /* weir__condition_kind */
    uint8_t op;   /* LEAF: weir__op; the column stands on its left */
    uint32_t column;
    uint32_t value, count, stride; /* LEAF: values value + i * stride, i < count. BETWEEN has two, IS_NULL none */
    const weir__condition *first;  /* AND, OR */
    const weir__condition *next;   /* sibling */
};

/* A condition and the tables of whose rows it says something. WHERE with the inner joins' ON is one for each scope; what an outer join's
 * ON says, it says of the null-supplied side only. */
typedef struct weir__plan_condition {
    const weir__condition *root; /* never TRUE */
    uint32_t scope;
    uint32_t first, end; /* tables */
    bool on;             /* of ON */
} weir__plan_condition;

typedef struct weir__plan_value {
    uint32_t start, end; /* bytes of the text that was planned */
    uint32_t parameter;  /* PARAM: which, from 0; else NONE */
    uint32_t column;     /* COMPARED, ASSIGNED, INSERTED */
    weir_str text;       /* as written there. Of a value that a fingerprint lifts, another statement has another text */
    uint8_t kind;        /* weir__value_kind */
    uint8_t use;         /* weir__use */
    uint8_t op;          /* weir__op, if COMPARED; the column stands on its left */
} weir__plan_value;

/* A function that is not a plain one. */
typedef struct weir__plan_call {
    weir_str schema, name;
    uint32_t start, end; /* of its first call in the text that was planned */
    bool varies;         /* another answer at another time or place */
    bool changes;        /* data or session */
    bool reads_session;
    bool unknown; /* may be a stored function and do anything */
} weir__plan_call;

typedef enum weir__cell_kind { WEIR__CELL_VALUE, WEIR__CELL_DEFAULT, WEIR__CELL_EXPRESSION } weir__cell_kind;

typedef struct weir__plan_cell {
    uint32_t kind; /* weir__cell_kind */
    uint32_t value;
} weir__plan_cell;

typedef struct weir__plan_insert {
    uint32_t *columns; /* none: all of the table, in its order */
    uint32_t column_count;
    bool column_list; /* a list was written, maybe an empty one */
    bool ignore, on_duplicate;
    uint32_t source; /* the scope of a SELECT, or NONE: rows */
    uint32_t row_count;
    uint32_t *row_ends;     /* row i is cells [i ? row_ends[i - 1] : 0, row_ends[i]) */
    weir__plan_cell *cells; /* rows may differ in length; the server refuses that */
    uint32_t cell_count;
} weir__plan_insert;

/* The first member of what is hung on a plan. */
typedef struct weir__plan_annex weir__plan_annex;
struct weir__plan_annex {
    void (*free)(weir__plan_annex *annex);
};

typedef struct weir__plan {
    weir__sql_effects effects; /* the verb, and what it does to the session */
    bool understood;           /* false: no tables, no conditions; not_understood says why */
    weir_str not_understood;
    uint32_t not_understood_at; /* byte of the text */
    weir__role role;            /* outside a transaction; unknown means PRIMARY */
    const char *role_reason;
    uint32_t parameters; /* number of ? in the text that was planned */

    const weir__plan_table *tables;
    const weir__plan_scope *scopes; /* the first is the statement's own */
    const weir__plan_column *columns;
    const weir__plan_flow *flows;
    const weir__plan_condition *conditions;
    const weir__plan_value *values;
    const weir__plan_call *calls;
    uint32_t table_count, scope_count, column_count, flow_count, condition_count, value_count, call_count;
    const weir__plan_insert *insert; /* INSERT, REPLACE; else NULL */
    const struct weir__places
        *places; /* of the values in other texts (plan_values.h); NULL: it is good for its own text alone */

    _Atomic uint64_t lifting;   /* router/lift_plan.h: what was found out about sending its literals as parameters */
    _Atomic uint32_t numbering; /* router/past_insert.c: what was found out about the ids of its rows */
    /* What a later stage has made of it, set at most once and freed with the plan. Not counted by weir__plan_bytes. */
    _Atomic(weir__plan_annex *) annex;

    atomic_uint references;
    weir__mem mem;
    weir__arena arena; /* of all of the above */
} weir__plan;

/** Makes the plan of one statement. Nothing of sql or options is kept.
 *  Returns: OK, also for text that weir cannot read (understood is false: the server may accept it); LIMIT: nested too deep or too
 *  large; NOMEM.
 *  Owns: the caller has one reference to *plan, to be given back by weir__plan_unref. Threads: any. */
WEIR_MUST_USE weir_status weir__plan_build(weir_str sql, const weir__lex_options *options, const weir__env *env,
                                           weir__plan **plan, weir_error *error);

/* One more reference; gives plan. Threads: any, as long as it holds one. */
weir__plan *weir__plan_ref(weir__plan *plan);
/* NULL is fine. The last one frees it. */
void weir__plan_unref(weir__plan *plan);

/* Bytes of memory held: for the bound of a cache. */
size_t weir__plan_bytes(const weir__plan *plan);

/* The name by which a column names the table: the alias, else the name. */
static inline weir_str weir__plan_table_label(const weir__plan_table *table)
{
    return table->alias.size ? table->alias : table->name;
}

const char *weir__source_name(weir__source source);
const char *weir__how_name(weir__how how);
const char *weir__scope_name(weir__scope_kind kind);
const char *weir__op_name(weir__op op);
const char *weir__use_name(weir__use use);
const char *weir__value_name(weir__value_kind kind);

/* Adds "orders.user_id", or "user_id" where the table is not certain. */
void weir__plan_print_column(const weir__plan *plan, uint32_t column, weir__buf *out);
/* Adds (and (= orders.user_id 0) (in orders.state 1 2)); a list of more than 8 values is (in orders.state 1..100). */
void weir__plan_print_condition(const weir__plan *plan, const weir__condition *condition, weir__buf *out);

enum {
    WEIR__PRINT_VALUES = 1 << 0,
    WEIR__PRINT_COLUMNS = 1 << 1,
    WEIR__PRINT_CALLS = 1 << 2,
    WEIR__PRINT_INSERT = 1 << 3,
    WEIR__PRINT_SCOPES = 1 << 4,
};
/* Adds the plan as one line: (plan select replica (reads orders) (where ..) ..), and the parts that the bits of `what` ask for. */
void weir__plan_print(const weir__plan *plan, unsigned what, weir__buf *out);

#endif
