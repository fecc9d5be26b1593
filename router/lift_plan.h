/* lift_plan.h - may a plan's literals be sent as parameters? SPDX-License-Identifier: Apache-2.0
 * Asked of the catalog when a plan is met the second time, and again when the catalog's tables change; kept with the plan. Until it is
 * known, and where the catalog cannot tell, statements go as they are written. */
#ifndef WEIR_ROUTER_LIFT_PLAN_H
#define WEIR_ROUTER_LIFT_PLAN_H

#include "router/lift.h"
#include "router/query.h"

/* By the statement's deadline, mostly at once. Threads: any. */
bool weir__lift_allowed(const weir__statement *q);

#endif
