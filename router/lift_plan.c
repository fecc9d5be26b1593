/* lift_plan.c - see lift_plan.h. SPDX-License-Identifier: Apache-2.0
 * plan->lifting is the catalog's count of changes and, in its low bits, what was found out under it. A plan belongs to one database and
 * configuration (plan_cache.h: scope), so its tables are always the same ones; threads that find out at once find out the same. */
#include "router/lift_plan.h"

#include <stdio.h>

#include "base/str.h"

enum { NEW, SEEN, STAYS, LIFTED, KNOWN_BITS = 2, KNOWN_MASK = 3, MOST_TABLES = 16, ASKING_MS = 200, NAME_BYTES = 256 };

static weir_status find_table(const weir__statement *q, const weir__plan_table *named, const weir__table **out)
{
    char name[NAME_BYTES];
    weir_error error;
    weir__table *table = NULL;
    const weir_session *s = q->session;
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, ASKING_MS);
    *out = NULL;
    if (named->schema.size || named->source != WEIR__SOURCE_BASE || named->name.size >= sizeof name)
        return WEIR_OK;
    snprintf(name, sizeof name, "%.*s", WEIR__STR(named->name));
    const weir__table_name wanted = {
        .database = s->database->config->name, .shard = q->seat->shard->config->name, .table = name, .suffix = ""};
    weir_status status =
        weir__catalog_find(s->client->catalog, &wanted, weir__deadline_min(deadline, q->deadline), &table, &error);
    *out = table;
    return status;
}

static bool fits(const weir__statement *q)
{
    const weir__plan *plan = q->lookup.plan;
    const weir__table *tables[MOST_TABLES] = {NULL};
    if (!weir__lift_needs_tables(&q->lookup))
        return weir__lift_fits(&q->lookup, NULL);
    if (plan->table_count > MOST_TABLES)
        return false;
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < plan->table_count && status == WEIR_OK; i++)
        status = find_table(q, &plan->tables[i], &tables[i]);
    bool good = status == WEIR_OK && weir__lift_fits(&q->lookup, tables);
    for (uint32_t i = 0; i < plan->table_count; i++)
        weir__table_unref(tables[i]);
    return good;
}

bool weir__lift_allowed(const weir__statement *q)
{
    /* With MySQL it is not shown that the answer is the same: it gives parameters their types while it prepares. */
    const bool as_given = q->text.data == q->lookup.sql.data && q->text.size == q->lookup.sql.size;
    if (!as_given || !weir__lift_has_literals(&q->lookup) || !q->seat->conn->mariadb ||
        q->session->database->shard_count > 1)
        return false;
    _Atomic uint64_t *lifting = &((weir__plan *)(uintptr_t)q->lookup.plan)->lifting;
    uint64_t changes = weir__catalog_changes(q->session->client->catalog) << KNOWN_BITS;
    uint64_t known = atomic_load_explicit(lifting, memory_order_relaxed);
    if (known == NEW) {
        atomic_store_explicit(lifting, SEEN, memory_order_relaxed);
        return false;
    }
    if ((known & ~(uint64_t)KNOWN_MASK) != changes || (known & KNOWN_MASK) == SEEN) {
        known = changes | (fits(q) ? LIFTED : STAYS); /* a change meanwhile has it looked at again */
        atomic_store_explicit(lifting, known, memory_order_relaxed);
    }
    return (known & KNOWN_MASK) == LIFTED;
}
