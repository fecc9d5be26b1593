/* mapping.h - compares the values of a looked up plan with those of the statement's own plan. SPDX-License-Identifier: Apache-2.0
 * A plan that was found by a fingerprint must say of a statement what its own plan would have said. */
#ifndef WEIR_TESTS_PLAN_MAPPING_H
#define WEIR_TESTS_PLAN_MAPPING_H

#include "router/plan/plan_values.h"

/* NULL, or what differs. own: weir__plan_build of the same text. */
const char *mapping_mistake(const weir__lookup *lookup, const weir__plan *own);

/* Writes the statement with each run of it twice. Gives the size, 0: it does not fit the room. */
size_t mapping_double(weir_str sql, const weir__run *runs, uint32_t count, char *out, size_t room);

#endif
