/* place.h - from a key to its unit, from a unit to its shard and table. SPDX-License-Identifier: Apache-2.0
 *
 * A unit is the smallest part of a table that lies in one place; each method numbers its own:
 *
 *    method  unit                                                   NULL
 *    list    a shard of the database, by its number in weir.yaml    has none
 *    mod     the remainder ((key % n) + n) % n                      0
 *    range   a range, by its number in weir.yaml                    0: it sorts before all else
 *    slots   the slot CRC32(key) % slots                            0
 *    time    the period, counted from `from`                        has none
 *
 * A key without a unit can be in no row that weir has written. Sets of units (units.h) are what conditions are evaluated to.
 * Pure, no allocation; unit O(length of the key + log(ranges or listed keys)), shard O(1), whatever the
 * number of shards. One file a method,
 * place_<method>.c, and one word in the list below. Threads: any. */
#ifndef WEIR_ROUTER_ROUTE_PLACE_H
#define WEIR_ROUTER_ROUTE_PLACE_H

#include "base/buf.h"
#include "router/route/key.h"
#include "schema/config_tables.h"

/* Sorted. */
#define WEIR__PLACE_MAP(X) X(list) X(mod) X(range) X(slots) X(time)

/* Both included; first > last: none. */
typedef struct weir__unit_range {
    int64_t first, last;
} weir__unit_range;

#define WEIR__UNIT_MOST INT64_MAX

typedef struct weir__placer {
    const char *name;
    /* Can keys of this type be placed? */
    bool (*fits)(const weir__method *method, const weir__key_form *form);
    /* False: it has none. */
    bool (*unit)(const weir__method *method, const weir__key *key, int64_t *unit);
    /* Keys not below `key` have no smaller unit. NULL, as the next: the method keeps no order. The key is not NULL. */
    int64_t (*least)(const weir__method *method, const weir__key *key);
    /* Keys below it (with `strict`, else also it itself) have no larger unit; -1: none is below. */
    int64_t (*most)(const weir__method *method, const weir__key *key, bool strict);
    /* The last unit behind this one that is on its shard without a gap. NULL: the unit itself. */
    int64_t (*run)(const weir__method *method, int64_t unit);
    const weir__shard_config *(*shard)(const weir__method *method, int64_t unit);
    /* The last unit there is. */
    int64_t (*last)(const weir__method *method);
} weir__placer;

#define X(name) extern const weir__placer weir__place_##name;
WEIR__PLACE_MAP(X)
#undef X

const weir__placer *weir__placer_of(const weir__method *method);

/* Conditions on one key say the same units for both: a unit known for one holds for the other. */
bool weir__place_same(const weir__method *a, const weir__method *b);

/* Which of the tables behind the name a unit is in; 0 where there is one. A name by date counts up with the units. */
int64_t weir__place_table(const weir__table_config *rule, int64_t unit);
/* Adds its name. */
void weir__place_table_name(const weir__table_config *rule, int64_t table, weir__buf *out);

#endif
