/* plan_values.h - the values of a plan as they are in the statement it was found for. SPDX-License-Identifier: Apache-2.0
 * A plan serves all statements that differ in lifted literals and in the lengths of their lists, so plan->values[n].text is of another
 * statement. What a condition, a LIMIT or a cell refers to by number is asked for here. One value O(1), a cell O(log runs of rows);
 * nothing allocates. A lookup of a text that has a plan of its own (too long, more parameters than there are slots, ..) answers
 * likewise, from the plan itself.
 *
 *    weir__value v;                                                   weir__value_walk walk;
 *    if (scope->limit != WEIR__NONE)                                  weir__leaf_values(&lookup, leaf, &walk);
 *        weir__value_at(&lookup, scope->limit, &v);                   while (weir__value_next(&walk, &v)) ..
 *
 * Threads: those that may read the lookup. Not here: what a literal says (plan_literal.h). */
#ifndef WEIR_ROUTER_PLAN_PLAN_VALUES_H
#define WEIR_ROUTER_PLAN_PLAN_VALUES_H

#include "router/plan/plan_cache.h"

typedef struct weir__value {
    uint32_t number;    /* plan->values[number] says what it is compared with or assigned to */
    uint8_t kind;       /* weir__value_kind */
    bool lifted;        /* no part of what the plan was found by: a parameter may take its place at [start, end) */
    uint32_t parameter; /* PARAM: which ? of this statement, from 0; else NONE */
    uint32_t start,
        end;       /* bytes of this statement; NONE where that is not known: not lifted, in a plan of many statements */
    weir_str text; /* as written; holds as long as the statement and the lookup */
} weir__value;

/* Not for a value of an IN-list or a row, of which this statement may have more: gives the one of the same position then.
 * False: there is none, this statement's list is shorter. */
bool weir__value_at(const weir__lookup *lookup, uint32_t number, weir__value *value);

typedef struct weir__value_walk {
    const weir__lookup *lookup;
    uint32_t number, stride, left; /* of the plan's values: the next one, how far it is to that behind it, how many */
    uint32_t element, inner;       /* in a run: the next element, and the next value in it */
    bool whole;                    /* all values of an element, not that of a leaf alone */
} weir__value_walk;

/* All values of the statement, in the order of its text. */
void weir__all_values(const weir__lookup *lookup, weir__value_walk *walk);
/* Those of one condition's leaf: of an IN-list each, of BETWEEN two. */
void weir__leaf_values(const weir__lookup *lookup, const weir__condition *leaf, weir__value_walk *walk);
/* How many it has. O(runs of its list) */
uint32_t weir__leaf_size(const weir__lookup *lookup, const weir__condition *leaf);
/* False: there are no more. */
bool weir__value_next(weir__value_walk *walk, weir__value *value);

/* Of an INSERT or REPLACE of rows: how many this statement has, else 0. */
uint32_t weir__row_count(const weir__lookup *lookup);
/* The cells of one row: the plan's, from *first on; cells of VALUE are read by weir__cell_at. */
uint32_t weir__row_cells(const weir__lookup *lookup, uint32_t row, const weir__plan_cell **first);
/* The cell's kind; *value is set for VALUE alone. row and cell are there. */
weir__cell_kind weir__cell_at(const weir__lookup *lookup, uint32_t row, uint32_t cell, weir__value *value);

#endif
