/* lift.h - a statement's literals sent as parameters, so that it runs as fast as one that has them. SPDX-License-Identifier: Apache-2.0
 *
 *    SELECT c FROM t WHERE id = 7      is sent as      SELECT c FROM t WHERE id = ?      with 7 for it
 *
 * Sent so, the answer must be that of the text in every byte (HAZARDS 21). Of what a fingerprint lifts, only this qualifies: integers and
 * strings compared with a column whose class, as the catalog knows it, is theirs; values assigned to columns; counts of LIMIT. One
 * lifted literal that does not qualify leaves the whole statement as it is. The elements of an IN-list become 1, 2, 4, 8, .. by repeating
 * the last one, so that lists of any length need few statements (HAZARDS 39); a list of several rows is not lifted.
 *
 * fits is asked once for a plan and a state of the catalog, O(values); make O(bytes of the statement), nothing allocates. Pure. Threads: any.
 * Not here: whether what is made is prepared already (drivers/mysql_prepared.c), asking the catalog (lift_plan.c). */
#ifndef WEIR_ROUTER_LIFT_H
#define WEIR_ROUTER_LIFT_H

#include "router/plan/plan_cache.h"
#include "schema/table.h"

enum { WEIR__LIFT_VALUES = 64, WEIR__LIFT_TEXT = 4096, WEIR__LIFT_STRINGS = 2048 };

/* In the caller's frame; args point into it, into the statement and into the caller's own values. */
typedef struct weir__lifted {
    weir_str sql;
    weir_args args;
    weir_value values[WEIR__LIFT_VALUES];
    char text[WEIR__LIFT_TEXT];
    char strings[WEIR__LIFT_STRINGS]; /* of literals with escapes */
} weir__lifted;

/* Does it have literals that a fingerprint lifted? */
bool weir__lift_has_literals(const weir__lookup *lookup);
/* Must the tables be known for it? */
bool weir__lift_needs_tables(const weir__lookup *lookup);
/* Do all literals qualify? tables: by the plan's numbers, NULL where one is not known. */
bool weir__lift_fits(const weir__lookup *lookup, const weir__table *const *tables);
/* False: it stays text (too long, too many values, a string that is no UTF-8, ..). */
bool weir__lift_make(const weir__lookup *lookup, weir_args args, weir__lifted *out);

#endif
