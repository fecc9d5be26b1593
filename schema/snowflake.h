/* snowflake.h - ids of time, worker and number. SPDX-License-Identifier: Apache-2.0
 * next O(1). Pure: the caller knows the time and has the stretch of milliseconds for itself (docs/ids.md), so that no id is made twice
 * whatever its clock does. Invariants: (1) ids of one stretch rise; (2) each is of a millisecond below end_ms. Not thread-safe. */
#ifndef WEIR_SCHEMA_SNOWFLAKE_H
#define WEIR_SCHEMA_SNOWFLAKE_H

#include <stdbool.h>
#include <stdint.h>

enum { WEIR__SNOWFLAKE_WORKER_BITS = 10, WEIR__SNOWFLAKE_NUMBER_BITS = 12, WEIR__SNOWFLAKE_TIME_BITS = 41 };
enum { WEIR__SNOWFLAKE_WORKERS = 1 << WEIR__SNOWFLAKE_WORKER_BITS };

/* 2024-01-01 00:00:00 UTC, milliseconds since 1970. */
#define WEIR__SNOWFLAKE_EPOCH_MS UINT64_C(1704067200000)

typedef struct weir__snowflake {
    uint32_t worker;
    uint64_t last;   /* milliseconds since the epoch, then the number: 53 bits */
    uint64_t end_ms; /* since 1970 */
} weir__snowflake;

/* Times since 1970. The first id is of from_ms at the earliest. */
void weir__snowflake_init(weir__snowflake *s, uint32_t worker, uint64_t from_ms, uint64_t end_ms);
/* False: the stretch, or what 41 bits hold, is used up. */
bool weir__snowflake_next(weir__snowflake *s, uint64_t now_ms, uint64_t *id);
uint64_t weir__snowflake_used_ms(const weir__snowflake *s); /* of the last id, since 1970 */

#endif
