/* place.c - the methods by number, and tables behind a name. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/place.h"

#include <inttypes.h>

#include "router/route/period.h"

const weir__placer *weir__placer_of(const weir__method *method)
{
    switch (method->kind) {
    case WEIR__METHOD_SLOTS:
        return &weir__place_slots;
    case WEIR__METHOD_MOD:
        return &weir__place_mod;
    case WEIR__METHOD_RANGE:
        return &weir__place_range;
    case WEIR__METHOD_LIST:
        return &weir__place_list;
    case WEIR__METHOD_TIME:
        return &weir__place_time;
    }
    return &weir__place_slots;
}

bool weir__place_same(const weir__method *a, const weir__method *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case WEIR__METHOD_SLOTS:
        return a->shares == b->shares;
    case WEIR__METHOD_MOD:
        return a->shares == b->shares && a->modulus == b->modulus;
    case WEIR__METHOD_RANGE:
        return a->bounds == b->bounds;
    case WEIR__METHOD_LIST:
        return a->keys == b->keys;
    case WEIR__METHOD_TIME:
        return a->time.shards == b->time.shards;
    }
    return false;
}

int64_t weir__place_table(const weir__table_config *rule, int64_t unit)
{
    switch (rule->physical.kind) {
    case WEIR__PHYSICAL_SAME:
        break;
    case WEIR__PHYSICAL_NUMBER:
        return unit % rule->physical.count;
    case WEIR__PHYSICAL_TIME:
        return weir__period_convert(&rule->method, unit, rule->physical.unit);
    }
    return 0;
}

void weir__place_table_name(const weir__table_config *rule, int64_t table, weir__buf *out)
{
    const weir__physical *p = &rule->physical;
    if (p->kind == WEIR__PHYSICAL_SAME) {
        weir__buf_adds(out, rule->name);
        return;
    }
    weir__buf_adds(out, p->prefix);
    if (p->kind == WEIR__PHYSICAL_NUMBER)
        weir__buf_addf(out, "%0*" PRId64, (int)p->digits, (int64_t)p->first + table);
    else
        weir__buf_addf(out, "%0*" PRId64, p->unit == WEIR__TIME_YEAR ? 4 : p->unit == WEIR__TIME_MONTH ? 6 : 8, table);
    weir__buf_adds(out, p->suffix);
}
