/* lint_cache.c - which reads a cache of rows can answer. SPDX-License-Identifier: Apache-2.0
 * Rows are kept by primary key: an autocommit read of one table by = or IN of its whole primary key, of a table whose rule has cache:. */
#include "base/str.h"
#include "tools/lint.h"

/* Does the condition say, of each row, that the column is one of some values? */
static bool fixes(const weir__plan *plan, const weir__condition *c, const char *column, bool *list)
{
    if (c->kind == WEIR__CONDITION_AND) {
        for (const weir__condition *child = c->first; child; child = child->next)
            if (fixes(plan, child, column, list))
                return true;
        return false;
    }
    bool by_key = c->kind == WEIR__CONDITION_LEAF && (c->op == WEIR__OP_EQ || c->op == WEIR__OP_IN);
    if (!by_key || !weir__str_is_nocase(plan->columns[c->column].name, column))
        return false;
    *list |= c->op == WEIR__OP_IN;
    return true;
}

static bool by_primary_key(const weir__plan *plan, const weir__index *primary)
{
    bool list = false;
    for (uint32_t part = 0; part < primary->part_count; part++) {
        bool fixed = false;
        for (uint32_t i = 0; i < plan->condition_count && !fixed; i++)
            fixed = plan->conditions[i].scope == 0 &&
                    fixes(plan, plan->conditions[i].root, primary->parts[part].column, &list);
        if (!fixed || primary->parts[part].prefix)
            return false;
    }
    return primary->part_count > 0 && (!list || primary->part_count == 1);
}

static bool is_plain(const weir__plan *plan)
{
    const weir__plan_scope *all = plan->scopes;
    return plan->scope_count == 1 && !all->grouped && !all->aggregates && !all->windows && !all->distinct &&
           !all->limited && plan->call_count == 0;
}

const char *lint_why_not_cached(const lint_rules *rules, const weir__plan *plan)
{
    const weir__table_config *rule;
    if (plan->effects.verb != WEIR__VERB_SELECT)
        return "it is no read of rows";
    if (!plan->understood)
        return "it cannot be read";
    if (plan->effects.locking_read || plan->role != WEIR__REPLICA)
        return "it runs on the primary";
    if (plan->table_count != 1)
        return "it does not read exactly one table";
    if (!rules->config)
        return "no weir.yaml is given";
    weir__table *table = lint_table(rules, &plan->tables[0], &rule);
    const char *why = !rule || !rule->cache.in                ? "its table has no cache: in weir.yaml"
                      : !table                                ? "its table is not in schema_file"
                      : !table->primary                       ? "its table has no primary key"
                      : !is_plain(plan)                       ? "it asks for more than rows"
                      : !by_primary_key(plan, table->primary) ? "it is not by = or IN of the whole primary key"
                                                              : NULL;
    weir__table_unref(table);
    return why;
}
