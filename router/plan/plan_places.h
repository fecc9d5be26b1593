/* plan_places.h - which slot of the fingerprint is which value of the plan. SPDX-License-Identifier: Apache-2.0
 * Made once, from the text that was planned. A statement of the same fingerprint has the same runs (router/sql/fingerprint.h), longer
 * or shorter; between two runs it has the same slots and the same bytes. So a place is told from the nearest run, and is found in any
 * of these statements by the runs of that one. Not here: reading them (plan_values.h). */
#ifndef WEIR_ROUTER_PLAN_PLAN_PLACES_H
#define WEIR_ROUTER_PLAN_PLAN_PLACES_H

#include "router/plan/plan.h"
#include "router/sql/fingerprint.h"

/* Where one value is. */
typedef struct weir__place {
    uint32_t run; /* the one it is in, or the last one before it; NONE: there is none */
    uint32_t
        slot; /* from the element's first one, or from the end of the run before; NONE: not lifted, its text is the plan's */
    uint32_t element; /* of the run, NONE: it is in no run */
} weir__place;

/* A run in the text that was planned. */
typedef struct weir__run_place {
    uint32_t elements, position; /* as in weir__run */
    uint32_t value;              /* the first one of the first element */
    uint32_t values;             /* of each element */
} weir__run_place;

typedef struct weir__places {
    const weir__place *values; /* one for each of the plan */
    const weir__run_place *runs;
    uint32_t run_count;
    uint32_t row_runs; /* the first so many are rows of the INSERT */
} weir__places;

/* Sets plan->places, for a plan that nobody else has yet: slots and runs are those of the text it was made of.
 * Gives: true; also for a plan without values. False: text and plan do not agree on where the values are, or there is no memory; the
 * plan is good for its own text alone then. O(values + slots) */
bool weir__places_make(weir__plan *plan, const weir__slot *slots, uint32_t slot_count, const weir__run *runs,
                       uint32_t run_count);

#endif
