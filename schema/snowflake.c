/* snowflake.c - the next id. SPDX-License-Identifier: Apache-2.0 */
#include "schema/snowflake.h"

static uint64_t place(uint64_t ms)
{
    uint64_t since = ms > WEIR__SNOWFLAKE_EPOCH_MS ? ms - WEIR__SNOWFLAKE_EPOCH_MS : 0;
    return since << WEIR__SNOWFLAKE_NUMBER_BITS;
}

void weir__snowflake_init(weir__snowflake *s, uint32_t worker, uint64_t from_ms, uint64_t end_ms)
{
    *s = (weir__snowflake){worker, place(from_ms) - 1, end_ms};
}

bool weir__snowflake_next(weir__snowflake *s, uint64_t now_ms, uint64_t *id)
{
    uint64_t next = s->last + 1, now = place(now_ms);
    if (next < now)
        next = now;
    uint64_t ms = next >> WEIR__SNOWFLAKE_NUMBER_BITS, number = next & ((1u << WEIR__SNOWFLAKE_NUMBER_BITS) - 1);
    if (ms + WEIR__SNOWFLAKE_EPOCH_MS >= s->end_ms || ms >> WEIR__SNOWFLAKE_TIME_BITS)
        return false;
    s->last = next;
    *id = (ms << WEIR__SNOWFLAKE_WORKER_BITS | s->worker) << WEIR__SNOWFLAKE_NUMBER_BITS | number;
    return true;
}

uint64_t weir__snowflake_used_ms(const weir__snowflake *s)
{
    return (s->last >> WEIR__SNOWFLAKE_NUMBER_BITS) + WEIR__SNOWFLAKE_EPOCH_MS;
}
