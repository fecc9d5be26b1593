/* budget.c - a head in front of each block remembers its size. SPDX-License-Identifier: Apache-2.0 */
#include "base/budget.h"

#include <stdalign.h>
#include <stdint.h>

typedef struct head {
    alignas(max_align_t) size_t size;
} head;

static void *resize(void *context, void *old, size_t size)
{
    weir__budget *b = context;
    head *before = old ? (head *)old - 1 : NULL;
    size_t had = before ? before->size : 0;

    if (size == 0) {
        b->used -= had;
        weir__free(b->under, before);
        return NULL;
    }
    if (size > SIZE_MAX - sizeof(head) || size + sizeof(head) > b->limit - (b->used - had)) {
        b->over = true;
        return NULL;
    }
    head *after = weir__resize(b->under, before, size + sizeof(head));
    if (!after)
        return NULL;
    after->size = size + sizeof(head);
    b->used += after->size - had;
    return after + 1;
}

void weir__budget_init(weir__budget *budget, const weir__mem *under, size_t limit)
{
    *budget = (weir__budget){.mem = {resize, budget}, .under = under, .limit = limit};
}

weir_status weir__budget_fail(const weir__budget *budget, weir_error *error)
{
    if (!budget->over)
        return weir__fail_nomem(error);
    return weir__fail(
        error, WEIR_LIMIT, WEIR_RETRY_NEVER,
        "merging its rows takes more than %zu bytes (max_bytes, or limits.bytes in weir.yaml): ask for less, "
        "or by the shard key",
        budget->limit);
}
