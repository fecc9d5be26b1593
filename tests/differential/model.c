/* model.c - the tables as SQL and as weir.yaml, and where a row of them belongs. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/model.h"

#include <string.h>

enum { MOD = 12, RANGE_LOW = -50, RANGE_SIZE = 200 };

static const char *const listed[] = {"de", "at", "ch", "fr", "es", "it", "pl", "nl", "se", "no"};
enum { LISTED = sizeof listed / sizeof *listed };

const table *table_named(const char *name)
{
    for (uint32_t i = 0; i < table_count; i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

void add_columns(weir__buf *out, const table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        weir__buf_addf(out, "%s`%s`", i ? ", " : "", t->columns[i].name);
}

void add_create(weir__buf *out, const table *t, const char *schema, const char *name)
{
    weir__buf_addf(out, "CREATE TABLE `%s`.`%s` (", schema, name);
    for (uint32_t i = 0; i < t->count; i++)
        weir__buf_addf(out, "%s`%s` %s", i ? ", " : "", t->columns[i].name, t->columns[i].sql);
    for (uint32_t i = 0; i < MAX_KEYS && t->keys[i] >= 0; i++)
        weir__buf_addf(out, "%s`%s`", i ? ", " : ", PRIMARY KEY (", t->columns[t->keys[i]].name);
    weir__buf_addf(out, "%s%s%s) CHARACTER SET utf8mb4", table_has_key(t) ? ")" : "", t->indexes ? ", " : "",
                   t->indexes ? t->indexes : "");
}

/* The first of the parts [0, size) that a shard has. */
static uint32_t share(uint32_t size, uint32_t shard, uint32_t shards)
{
    return (uint32_t)((uint64_t)size * shard / shards);
}

static void add_slot(weir__buf *out, const table *t)
{
    const char *key = key_column(t)->name;
    if (t->placed == P_FOLDED)
        weir__buf_addf(out, "COALESCE(MOD(CRC32(LOWER(TRIM(TRAILING ' ' FROM `%s`))), %d), 0)", key, SLOTS);
    else
        weir__buf_addf(out, "COALESCE(MOD(CRC32(`%s`), %d), 0)", key, SLOTS);
}

void add_belongs(weir__buf *out, const table *t, uint32_t shard, uint32_t shards, int physical)
{
    const column *k = key_column(t);
    uint32_t size = t->placed == P_MOD ? MOD : SLOTS;
    /* The only shard takes all, also what no list names. */
    switch (shards == 1 ? P_EVERYWHERE : t->placed) {
    case P_SLOTS:
    case P_FOLDED:
        add_slot(out, t);
        weir__buf_addf(out, " BETWEEN %u AND %u", share(size, shard, shards), share(size, shard + 1, shards) - 1);
        break;
    case P_MOD:
        weir__buf_addf(out, "MOD(MOD(`%s`, %d) + %d, %d) BETWEEN %u AND %u", k->name, MOD, MOD, MOD,
                       share(size, shard, shards), share(size, shard + 1, shards) - 1);
        break;
    case P_RANGE:
        weir__buf_adds(out, "(1");
        if (shard > 0)
            weir__buf_addf(out, " AND `%s` >= %d", k->name, RANGE_LOW + (int)share(RANGE_SIZE, shard, shards));
        if (shard + 1 < shards)
            weir__buf_addf(out, " AND `%s` < %d", k->name, RANGE_LOW + (int)share(RANGE_SIZE, shard + 1, shards));
        weir__buf_addc(out, ')');
        break;
    case P_LIST:
        weir__buf_addf(out, "`%s` IN (''", k->name);
        for (uint32_t i = shard; i < LISTED; i += shards)
            weir__buf_addf(out, ", '%s'", listed[i]);
        weir__buf_addc(out, ')');
        break;
    case P_TIME:
        weir__buf_addf(out, "MOD(YEAR(`%s`) * 12 + MONTH(`%s`) - 24289, %u) = %u", k->name, k->name, shards, shard);
        break;
    case P_EVERYWHERE:
    case P_SINGLE:
        weir__buf_adds(out, lives_on(t, shard) ? "1" : "0");
        break;
    }
    if (physical >= 0 && t->physical) {
        weir__buf_adds(out, " AND MOD(");
        add_slot(out, t);
        weir__buf_addf(out, ", %u) = %d", t->physical, physical);
    }
}

void add_physical_name(weir__buf *out, const table *t, uint32_t physical)
{
    weir__buf_adds(out, t->name);
    if (t->physical)
        weir__buf_addf(out, "_%02u", physical);
}

bool lives_on(const table *t, uint32_t shard)
{
    return t->placed != P_SINGLE || shard == 0;
}

static void add_method(weir__buf *out, const table *t, uint32_t shards)
{
    weir__buf_adds(out, ", method: {");
    if (t->placed == P_MOD) {
        weir__buf_addf(out, "mod: %d", MOD);
        for (uint32_t i = 0; i < shards; i++)
            weir__buf_addf(out, ", s%u: %u-%u", i, share(MOD, i, shards), share(MOD, i + 1, shards) - 1);
    } else if (t->placed == P_RANGE) {
        weir__buf_adds(out, "range: [");
        for (uint32_t i = 0; i + 1 < shards; i++)
            weir__buf_addf(out, "{below: %d, shard: s%u}, ", RANGE_LOW + (int)share(RANGE_SIZE, i + 1, shards), i);
        weir__buf_addf(out, "{shard: s%u}]", shards - 1);
    } else if (t->placed == P_LIST) {
        weir__buf_adds(out, "list: {");
        for (uint32_t s = 0; s < shards; s++) {
            weir__buf_addf(out, "%ss%u: [", s ? ", " : "", s);
            for (uint32_t i = s; i < LISTED; i += shards)
                weir__buf_addf(out, "%s\"%s\"", i == s ? "" : ", ", listed[i]);
            weir__buf_addc(out, ']');
        }
        weir__buf_addc(out, '}');
    } else {
        weir__buf_adds(out, "time: month, from: \"2024-01\", shards: [");
        for (uint32_t i = 0; i < shards; i++)
            weir__buf_addf(out, "%ss%u", i ? ", " : "", i);
        weir__buf_addc(out, ']');
    }
    weir__buf_addc(out, '}');
}

static void add_rule(weir__buf *out, const table *t, uint32_t shards)
{
    weir__buf_addf(out, "  %s: {", t->name);
    if (t->placed == P_EVERYWHERE)
        weir__buf_adds(out, "everywhere: true");
    else if (t->placed == P_SINGLE)
        weir__buf_adds(out, "single: s0");
    else
        weir__buf_addf(out, "shard_by: %s", key_column(t)->name);
    if (t->with)
        weir__buf_addf(out, ", with: %s", t->with);
    if (t->more)
        weir__buf_addf(out, ", %s", t->more);
    if (t->placed >= P_MOD && t->placed <= P_TIME)
        add_method(out, t, shards);
    weir__buf_adds(out, "}\n");
}

void add_yaml(weir__buf *out, const char *address, const char *prefix, const char *defaults, uint32_t shards)
{
    weir__buf_addf(out, "version: 1\ndefaults:\n%s", defaults);
    weir__buf_addf(out, "groups:\n  one: {primary: \"%s\"}\ndatabases:\n  %s:\n    slots: %d\n    shards:\n", address,
                   REFERENCE, SLOTS);
    for (uint32_t i = 0; i < shards; i++)
        weir__buf_addf(out, "      s%u: {group: one, schema: %s_%u_%u, slots: %u-%u}\n", i, prefix, shards, i,
                       share(SLOTS, i, shards), share(SLOTS, i + 1, shards) - 1);
    weir__buf_adds(out, "tables:\n");
    for (uint32_t i = 0; i < table_count; i++)
        add_rule(out, &tables[i], shards);
}
