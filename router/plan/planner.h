/* planner.h - what the plan_*.c files share while one plan is built. SPDX-License-Identifier: Apache-2.0
 * Everything here lives in a scratch arena that goes when the plan is done; lists are copied into the plan's arena at the end. Both
 * arenas latch their first failure, so no function looks for it: indexes past a failure are 0 and point at a spare element.
 * Order of the work for a query block: FROM (tables get numbers), then every expression (plan_expr.c: values, columns, subqueries),
 * then its conditions (plan_joins.c, plan_conditions.c). Flows through derived tables come last of all (plan_flows.c). */
#ifndef WEIR_ROUTER_PLAN_PLANNER_H
#define WEIR_ROUTER_PLAN_PLANNER_H

#include <stddef.h>

#include "router/plan/plan.h"
#include "router/sql/ast.h"

#define TK(name) WEIR__TK_##name
#define NODE(name) WEIR__NODE_##name
#define NONE WEIR__NONE

typedef weir__node node;

/* A list that grows in the scratch arena. */
typedef struct rowset {
    void *data;
    uint32_t count, room;
} rowset;

typedef enum name_kind {
    NAME_TABLE,  /* scope, alias or name: a table */
    NAME_COLUMN, /* table, name: a column */
    NAME_LOOSE,  /* scope, name: a column without a table */
    NAME_OUTPUT, /* scope, name: a column of its rows, by position */
    NAME_RENAME, /* scope, name: the same, by the list of names behind the alias */
    NAME_ALIAS,  /* scope, name: an alias of its select list */
    NAME_GROUP,  /* scope, name: a column of its GROUP BY */
    NAME_CTE,    /* name: a CTE */
    NAME_CALL,   /* name: a call */
} name_kind;

typedef struct name_entry name_entry;
struct name_entry {
    name_entry *next;
    weir_str name;
    uint32_t hash, owner, value;
    uint8_t kind;
};

/* Where a name of a column is looked for. */
typedef struct reach {
    uint32_t scope;
    uint32_t first, end; /* tables */
    uint32_t sources;    /* how many of them are of this scope */
    uint32_t only;       /* the one, where sources is 1 */
    bool aliases;        /* names of the select list count too */
} reach;

/* What is known of a scope while building; beside each weir__plan_scope. */
typedef struct scope_work {
    reach all;
    uint32_t first_output, output_count; /* in outputs */
    bool star;                           /* a * among them */
    bool star_all;                       /* one of them is bare: all tables of the scope */
    uint32_t star_table;                 /* t.* is the only one: t; else NONE */
    bool odd;                            /* calls what is not known to be plain */
    bool renamed;                        /* the alias has a list of names */
    uint32_t first_arm, last_arm, next_arm;
    uint32_t references; /* how many tables hold its rows */
    bool null_supplied;  /* any of its tables is */
} scope_work;

typedef struct join_work {
    reach left, right, both;
    const node *join;
    bool inner; /* as written, or made so by the conditions above */
} join_work;

typedef struct cte_work {
    uint32_t scope; /* NONE: further on in a WITH RECURSIVE */
    bool open;      /* its own body is being read: recursive */
    bool early;     /* named before its own body */
} cte_work;

typedef struct planner {
    weir__tree tree;
    const weir__lex_options *options;
    weir__arena *scratch;
    weir__plan *plan;
    /* in pairs, of equal length: tables and marks, scopes and works */
    rowset tables, marks, scopes, works, columns, flows, conditions, values, calls, outputs, joins, ctes, cells,
        row_ends;
    weir__plan_insert insert;
    name_entry **buckets;
    uint32_t bucket_mask;
    _Alignas(max_align_t) char spare[256]; /* what a failed list gives */
} planner;

/* ---- plan_names.c ---- */

/* A cleared element more; *index may be NULL. Never NULL: after a failure a spare one. */
void *planner__add(planner *p, rowset *l, size_t size, uint32_t *index);
#define ADD(p, l, type, index) ((type *)planner__add(p, &(p)->l, sizeof(type), index))
#define AT(p, l, type, index) (&((type *)(p)->l.data)[index])
#define TABLE_AT(p, i) AT(p, tables, weir__plan_table, i)
#define SCOPE_AT(p, i) AT(p, scopes, weir__plan_scope, i)
#define WORK_AT(p, i) AT(p, works, scope_work, i)
#define COLUMN_AT(p, i) AT(p, columns, weir__plan_column, i)
#define VALUE_AT(p, i) AT(p, values, weir__plan_value, i)
bool planner__failed(const planner *p);

weir_str planner__name(planner *p, weir__span name);
/* The first entry of that name, letters of any case; owner is passed over for NAME_CTE and NAME_CALL. */
name_entry *planner__find(planner *p, name_kind kind, uint32_t owner, weir_str name);
name_entry *planner__find_next(const name_entry *entry);
/* Adds one in front. */
void planner__enter(planner *p, name_kind kind, uint32_t owner, weir_str name, uint32_t value);
void planner__forget(planner *p, name_kind kind, uint32_t owner, weir_str name);

/* The column of a table, made if it is new. */
uint32_t planner__column(planner *p, uint32_t table, weir_str name);
/* A column that belongs to one of these tables. */
uint32_t planner__loose_column(planner *p, const reach *where, weir_str name);
/* The column that a COLUMN node names, or NONE: none of the statement's. */
uint32_t planner__resolve(planner *p, const reach *where, const node *column);
/* The scope in which a column is at home. */
uint32_t planner__home(planner *p, uint32_t column);

/* ---- plan_query.c ---- */

uint32_t planner__open_scope(planner *p, weir__scope_kind kind, uint32_t parent);
void planner__close_scope(planner *p, uint32_t scope);
/* A query of any form. Gives its scope. */
uint32_t planner__query(planner *p, const node *query, weir__scope_kind kind, uint32_t parent);
/* WITH: its names are known until planner__with_end. */
void planner__with(planner *p, const node *with, uint32_t parent);
void planner__with_end(planner *p, const node *with);
/* ORDER BY, LIMIT, .. among the children of owner. */
void planner__tail(planner *p, uint32_t scope, const node *owner);
/* A select list, of RETURNING too. */
void planner__items(planner *p, uint32_t scope, const node *items);

/* ---- plan_from.c ---- */

/* Numbers the tables of FROM and reads what stands in it. */
void planner__from(planner *p, uint32_t scope, const node *from);
uint32_t planner__table(planner *p, uint32_t scope, const node *table, weir__how how);
/* NEXT VALUE FOR: a table in no FROM. */
void planner__sequence(planner *p, uint32_t scope, const node *sequence);

/* ---- plan_expr.c ---- */

/* Numbers literals and parameters: of a LITERAL, PARAM or signed number, node->index is its value then. */
void planner__number_values(planner *p, node *n);
/* The value that an expression is, or NONE. */
uint32_t planner__value_of(const planner *p, const node *e);
/* Reads an expression or any clause made of some. */
void planner__expr(planner *p, const reach *where, node *e);
void planner__note_call(planner *p, uint32_t scope, const node *call);
/* The value is assigned to or inserted into this column. */
void planner__use(planner *p, uint32_t value, weir__use use, uint32_t column);
/* Token of a comparison to op; false: it is none. */
bool planner__op(uint16_t token, weir__op *op);
weir__op planner__mirrored(weir__op op);

/* ---- plan_joins.c ---- */

/* All conditions of a scope, when FROM and its expressions have been read. where may be NULL. */
void planner__scope_conditions(planner *p, uint32_t scope, const node *from, const node *where);
void planner__flow(planner *p, uint32_t from, uint32_t to, bool both);
/* An outer join of its scope, whose conditions have been read, may put NULL in its place. */
bool planner__may_be_null(planner *p, uint32_t column);

/* ---- plan_conditions.c ---- */

/* What must hold where e is true: a superset. TRUE is a node too. */
const weir__condition *planner__condition(planner *p, const reach *where, const node *e);
/* AND of them. Each may be used once. */
const weir__condition *planner__all_of(planner *p, const weir__condition *const *parts, uint32_t count);
/* Calls use for each part of e that must be true. */
void planner__each_part(const node *e, void (*use)(void *context, const node *part), void *context);

/* ---- plan_flows.c ---- */

/* The columns of a SELECT's rows. */
void planner__outputs(planner *p, uint32_t scope, const node *items);
/* Flows between a column outside and the position-th column of a scope's rows. */
void planner__flow_output(planner *p, uint32_t column, uint32_t scope, uint32_t position, bool outward, bool inward);
/* Flows through derived tables and CTEs, for all columns that are named. */
void planner__derived_flows(planner *p);

/* ---- plan_writes.c ---- */

void planner__insert(planner *p, node *statement);
void planner__update(planner *p, node *statement);
void planner__delete(planner *p, node *statement);

/* ---- plan_role.c ---- */

void planner__role(weir__plan *plan);

#endif
