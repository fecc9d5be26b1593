/* check_physical.c - which tables on which shards a rule stands for. SPDX-License-Identifier: Apache-2.0
 * Only names: nothing here has seen a server. Each O(shares of the rule) or O(rules of the database). */
#include <ctype.h>

#include "tools/check_live.h"

bool check_is_sharded(const weir__table_config *rule)
{
    return rule && (rule->kind == WEIR__TABLE_SHARDED || rule->kind == WEIR__TABLE_COLOCATED);
}

/* Do any of the shard's slots or remainders give i modulo count? */
static bool holds(const weir__method *method, const weir__shard_config *shard, uint32_t i, uint32_t count)
{
    for (size_t s = 0; s < method->share_count; s++) {
        weir__range range = method->shares[s].range;
        uint32_t ahead = (i + count - range.from % count) % count; /* the first one at or after from */
        if (method->shares[s].shard == shard && ahead <= range.to - range.from)
            return true;
    }
    return false;
}

static bool method_uses(const weir__method *method, const weir__shard_config *shard)
{
    switch (method->kind) {
    case WEIR__METHOD_RANGE:
        for (size_t i = 0; i < method->bound_count; i++)
            if (method->bounds[i].shard == shard)
                return true;
        return false;
    case WEIR__METHOD_LIST:
        for (size_t i = 0; i < method->key_count; i++)
            if (method->keys[i].shard == shard)
                return true;
        return false;
    case WEIR__METHOD_TIME:
        for (size_t i = 0; i < method->time.shard_count; i++)
            if (method->time.shards[i] == shard)
                return true;
        return false;
    default:
        return holds(method, shard, 0, 1);
    }
}

bool check_lives_on(const weir__table_config *rule, const weir__shard_config *shard)
{
    if (rule->kind == WEIR__TABLE_DOCUMENT || rule->database != shard->database)
        return false;
    if (rule->kind == WEIR__TABLE_BROADCAST)
        return true;
    return rule->kind == WEIR__TABLE_SINGLE ? rule->single == shard : method_uses(&rule->method, shard);
}

uint32_t check_physical_count(const weir__table_config *rule)
{
    if (rule->physical.kind == WEIR__PHYSICAL_NUMBER)
        return rule->physical.count;
    return rule->physical.kind == WEIR__PHYSICAL_SAME ? 1 : 0;
}

const char *check_physical_name(check *c, const weir__table_config *rule, const weir__shard_config *shard, uint32_t i)
{
    const weir__physical *physical = &rule->physical;
    if (physical->kind == WEIR__PHYSICAL_SAME)
        return check_lives_on(rule, shard) ? rule->name : NULL;
    if (!holds(&rule->method, shard, i, physical->count))
        return NULL;
    return check_printf(c, "%s%0*u%s", physical->prefix, (int)physical->digits, physical->first + i, physical->suffix);
}

static bool digits_between(weir_str text, uint64_t least, uint64_t most)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!isdigit((unsigned char)text.data[i]))
            return false;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number >= least && number <= most;
}

static bool stands_for(const weir__table_config *rule, const char *name, bool any_case)
{
    static const uint8_t sizes[] = {[WEIR__TIME_YEAR] = 4, [WEIR__TIME_MONTH] = 6, [WEIR__TIME_DAY] = 8};
    int (*compare)(const char *, const char *, size_t) = any_case ? strncasecmp : strncmp;
    const weir__physical *p = &rule->physical;
    if (p->kind == WEIR__PHYSICAL_SAME)
        return compare(rule->name, name, strlen(name) + 1) == 0;
    size_t digits = p->kind == WEIR__PHYSICAL_TIME ? sizes[p->unit] : p->digits;
    size_t before = strlen(p->prefix), after = strlen(p->suffix);
    if (strlen(name) != before + digits + after || compare(name, p->prefix, before) != 0 ||
        compare(name + before + digits, p->suffix, after) != 0)
        return false;
    weir_str number = {name + before, digits};
    return p->kind == WEIR__PHYSICAL_TIME ? digits_between(number, 0, UINT64_MAX)
                                          : digits_between(number, p->first, (uint64_t)p->first + p->count - 1);
}

const weir__table_config *check_rule_of(const check *c, const check_server *at, const char *name)
{
    const weir__config *config = c->s->config;
    const weir__table_config *found = NULL;
    bool any_case = !check_is(at, "lower_case_table_names", "0");
    for (size_t i = 0; i < config->table_count; i++) {
        const weir__table_config *rule = &config->tables[i];
        if (rule->kind == WEIR__TABLE_DOCUMENT || rule->database != at->shard->database ||
            !stands_for(rule, name, any_case))
            continue;
        found = rule;
        if (rule->physical.kind == WEIR__PHYSICAL_SAME)
            break; /* a name of its own goes before a pattern */
    }
    return found;
}
