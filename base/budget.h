/* budget.h - memory with a bound: an allocator over another one. SPDX-License-Identifier: Apache-2.0
 * What is taken through budget->mem counts against the limit, 16 bytes a block on top; a take that would pass it fails and is
 * remembered, so that the caller can tell "too much" from "no memory". O(1) beside the allocator below. Not thread-safe.
 * Invariant: used is what all blocks that are alive take, and never above limit. */
#ifndef WEIR_BASE_BUDGET_H
#define WEIR_BASE_BUDGET_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

typedef struct weir__budget {
    weir__mem mem; /* give this to what allocates */
    const weir__mem *under;
    size_t limit, used; /* bytes */
    bool over;          /* a take would have passed the limit */
} weir__budget;

/* The budget must stay where it is while anything holds budget->mem. */
void weir__budget_init(weir__budget *budget, const weir__mem *under, size_t limit);
/* After a failed take: LIMIT with what the statement may do about it, or NOMEM. */
weir_status weir__budget_fail(const weir__budget *budget, weir_error *error);

#endif
