/* config_method.c - how a table's keys find their shard, and the tables behind one name. SPDX-License-Identifier: Apache-2.0
 * O(n log n) in ranges and keys. */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "schema/config_read.h"
#include "schema/units.h"

enum { MOST_TABLES = 10000, MOST_NAME = 64 };

static const weir__names *shards_of(const weir__reader *reader, const weir__table_config *table)
{
    return &reader->database_reads[table->database - reader->config->databases].shards;
}

void weir__read_slots_method(weir__reader *reader, weir__yaml *table_node, weir__table_config *table)
{
    const weir__database_config *database = table->database;
    table->method = (weir__method){.kind = WEIR__METHOD_SLOTS,
                                   .modulus = database->slots,
                                   .shares = database->shares,
                                   .share_of = database->share_of,
                                   .share_count = database->share_count};
    if (database->shard_count && !database->share_count &&
        !reader->database_reads[database - reader->config->databases].says_slots)
        weir__wrong_key(reader, table_node, "is sharded by slots, but no shard of %s says its slots; or give a method",
                        database->name);
}

static void read_mod(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    weir__yaml *mod = weir__yaml_get(node, "mod");
    size_t room = 0, count = 0, items;
    uint64_t divisor = 0;
    bool fine = weir__read_count(reader, mod, 1, WEIR__MAX_SLOTS, &divisor);
    for (weir__yaml *child = node->first; child; child = child->next)
        if (child != mod && weir__items(child, &items))
            room += items;
    weir__piece *pieces = weir__arena_array(&reader->scratch, room, sizeof *pieces);
    for (weir__yaml *child = node->first; child; child = child->next) {
        if (child == mod)
            continue;
        child->named_free = true;
        const weir__shard_config *shard =
            child->bad ? NULL : weir__names_resolve_key(reader, shards_of(reader, table), child, "shard");
        size_t from = count;
        if (!shard || !weir__read_ranges(reader, child, "remainder", pieces, &count))
            fine = false;
        for (; from < count; from++)
            pieces[from].share.shard = shard;
    }
    if (!fine || !pieces)
        return;
    if (count == 0) {
        weir__wrong(reader, mod, "needs the shards' remainders beside it, as in {mod: 4, shop-0: 0-1, shop-1: 2-3}");
        return;
    }
    weir__pieces_check(reader, pieces, count, (uint32_t)divisor, "remainder");
    table->method = (weir__method){.kind = WEIR__METHOD_MOD, .modulus = (uint32_t)divisor, .share_count = count};
    table->method.shares = weir__pieces_keep(reader, pieces, count);
    table->method.share_of = weir__shares_index(reader, table->method.shares, count, (uint32_t)divisor);
}

static bool is_number(const weir__yaml *node, int64_t *number)
{
    uint64_t value;
    bool minus = node->text.size && node->text.data[0] == '-';
    if (!node->plain ||
        weir__unit_count(weir__slice(node->text.data + minus, node->text.data + node->text.size), &value) ||
        value > INT64_MAX)
        return false;
    *number = minus ? -(int64_t)value : (int64_t)value;
    return true;
}

static const weir__key bound_keys[] = {
    WEIR__KEY("below", TEXT, offsetof(weir__bound, below), .most = 255),
    WEIR__KEY("shard", LATER, 0, .flags = WEIR__KEY_REQUIRED),
    WEIR__KEYS_END,
};

static void read_bound(weir__reader *reader, weir__yaml *item, weir__bound *bounds, size_t i, const weir__names *shards)
{
    weir__bound *bound = &bounds[i];
    const weir__bound *before = i ? &bounds[i - 1] : NULL;
    if (!weir__keys_read(reader, item, bound_keys, bound))
        return;
    weir__yaml *shard = weir__yaml_get(item, "shard"), *below = weir__yaml_get(item, "below");
    if (shard)
        bound->shard = weir__names_resolve(reader, shards, shard, "shard");
    bound->rest = !weir__yaml_has(item, "below");
    if (bound->rest != (item->next == NULL)) {
        weir__wrong(reader, item,
                    bound->rest ? "needs below: only the last range goes without"
                                : "the last range must have no below: it takes all other keys");
        return;
    }
    if (!below || below->kind != WEIR__YAML_SCALAR)
        return;
    bound->is_number = is_number(below, &bound->number);
    if (!before || !before->below)
        return;
    if (bound->is_number != before->is_number)
        weir__wrong(reader, below, "all bounds must be numbers, or all texts");
    else if (bound->is_number ? bound->number <= before->number : strcmp(bound->below, before->below) <= 0)
        weir__wrong(reader, below, "must be above the bound before, %s",
                    weir__shown(reader, weir__view(before->below)));
}

static void read_range(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__table_config *table = member;
    if (node->kind != WEIR__YAML_LIST || node->count == 0) {
        weir__wrong(reader, node, "must be a list, such as [{below: 1000, shard: shop-0}, {shard: shop-1}]");
        return;
    }
    weir__bound *bounds = weir__arena_array(reader->arena, node->count, sizeof *bounds);
    if (!bounds)
        return;
    for (weir__yaml *item = node->first; item; item = item->next)
        read_bound(reader, item, bounds, item->index, shards_of(reader, table));
    table->method = (weir__method){.kind = WEIR__METHOD_RANGE, .bounds = bounds, .bound_count = node->count};
}

/* A value of a list of keys; false: told. */
static bool is_listed_key(weir__reader *reader, weir__yaml *item)
{
    if (!weir__is_scalar(reader, item, "a key's value"))
        return false;
    if (weir__yaml_is_old_flag(item) ||
        (item->plain && (weir__str_is_nocase(item->text, "true") || weir__str_is_nocase(item->text, "false")))) {
        weir__wrong(reader, item, "write \"%s\" with quotes: YAML tools read the bare word as true or false",
                    item->text.data);
        return false;
    }
    return true;
}

static void read_list(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__table_config *table = member;
    weir__names found;
    size_t room = 0, items, count = 0;
    if (!weir__is_named(reader, node, "shard", false))
        return;
    for (weir__yaml *child = node->first; child; child = child->next)
        if (weir__items(child, &items))
            room += items;
    weir__names_init(reader, &found, room);
    weir__listed_key *keys = weir__arena_array(reader->arena, room, sizeof *keys);
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__shard_config *shard =
            child->bad ? NULL : weir__names_resolve_key(reader, shards_of(reader, table), child, "shard");
        for (weir__yaml *item = shard ? weir__items(child, &items) : NULL; item; item = weir__next_item(child, item))
            if (is_listed_key(reader, item))
                weir__names_add(&found, item->text, item, shard);
    }
    weir__names_sort(&found);
    for (size_t i = 0; keys && i < found.count; i++) {
        const weir__name *name = &found.list[i], *before = i ? name - 1 : NULL;
        const weir__shard_config *owner = before ? before->value : NULL;
        if (owner && weir__str_equal(before->name, name->name))
            weir__wrong(reader, name->node, "is a key of %s already, on line %u", owner->name,
                        (unsigned)before->node->line);
        keys[count++] = (weir__listed_key){weir__arena_text(reader->arena, name->name.data, name->name.size),
                                           name->name.size, name->value};
    }
    table->method = (weir__method){.kind = WEIR__METHOD_LIST, .keys = keys, .key_count = count};
}

static bool take_number(const char **text, size_t digits, int32_t least, int32_t most, int32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < digits; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return *number >= least && *number <= most;
}

static bool is_period(const char *text, weir__time_unit unit, int32_t *year, int32_t *month, int32_t *day)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    *month = *day = 1;
    if (!take_number(&text, 4, 1000, 9999, year))
        return false;
    if (unit >= WEIR__TIME_MONTH && (*text++ != '-' || !take_number(&text, 2, 1, 12, month)))
        return false;
    bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
    if (unit == WEIR__TIME_DAY &&
        (*text++ != '-' || !take_number(&text, 2, 1, days[*month - 1] + (*month == 2 && leap), day)))
        return false;
    return *text == '\0';
}

static void read_time_shards(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    if (node->kind != WEIR__YAML_LIST || node->count == 0) {
        weir__wrong(reader, node, "must be a list of shards, which take the periods in turn");
        return;
    }
    const weir__shard_config **shards = weir__arena_array(reader->arena, node->count, sizeof(void *));
    for (weir__yaml *item = shards ? node->first : NULL; item; item = item->next)
        shards[item->index] = weir__names_resolve(reader, shards_of(reader, table), item, "shard");
    table->method.time.shards = shards;
    table->method.time.shard_count = node->count;
}

static void read_time(weir__reader *reader, weir__yaml *node, void *member)
{
    static const weir__word units[] = {
        {"year", WEIR__TIME_YEAR}, {"month", WEIR__TIME_MONTH}, {"day", WEIR__TIME_DAY}, {NULL, 0}};
    static const char *const forms[] = {"\"2026\"", "\"2026-01\"", "\"2026-01-31\""};
    weir__table_config *table = member;
    weir__method *method = &table->method;
    weir__yaml *from = weir__yaml_get(node->parent, "from"), *shards = weir__yaml_get(node->parent, "shards");
    int unit = 0;
    const char *text = NULL;
    *method = (weir__method){.kind = WEIR__METHOD_TIME};
    bool unit_known = weir__read_word(reader, node, units, &unit);
    method->time.unit = (weir__time_unit)unit;
    if (unit_known && from && weir__read_text(reader, from, NULL, 32, &text) &&
        !is_period(text, method->time.unit, &method->time.year, &method->time.month, &method->time.day))
        weir__wrong(reader, from, "must be the first %s, such as %s", units[unit].text, forms[unit]);
    if (shards)
        read_time_shards(reader, shards, table);
    if (!weir__yaml_has(node->parent, "from") || !weir__yaml_has(node->parent, "shards"))
        weir__wrong(
            reader, node,
            "needs from and shards beside it, as in {time: month, from: \"2026-01\", shards: [shop-0, shop-1]}");
}

void weir__read_method(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    static const weir__key range_keys[] = {WEIR__KEY("range", BY, 0, .read = read_range), WEIR__KEYS_END};
    static const weir__key list_keys[] = {WEIR__KEY("list", BY, 0, .read = read_list), WEIR__KEYS_END};
    static const weir__key time_keys[] = {WEIR__KEY("time", BY, 0, .read = read_time), WEIR__KEY("from", LATER, 0),
                                          WEIR__KEY("shards", LATER, 0), WEIR__KEYS_END};
    if (node->kind == WEIR__YAML_SCALAR && weir__str_is(node->text, "slots"))
        weir__read_slots_method(reader, node->parent, table);
    else if (weir__yaml_has(node, "mod")) {
        if (weir__yaml_get(node, "mod"))
            read_mod(reader, node, table);
    } else if (weir__yaml_has(node, "range"))
        weir__keys_read(reader, node, range_keys, table);
    else if (weir__yaml_has(node, "list"))
        weir__keys_read(reader, node, list_keys, table);
    else if (weir__yaml_has(node, "time"))
        weir__keys_read(reader, node, time_keys, table);
    else
        weir__wrong(reader, node, "must be slots, or a mapping with mod, range, list or time");
}

/* What stands between the braces; false: not understood. */
static bool read_braces(weir_str inside, weir__physical *physical)
{
    static const char *const dates[] = {"yyyy", "yyyymm", "yyyymmdd"};
    const char *end = inside.data + inside.size, *dots = memchr(inside.data, '.', inside.size);
    uint64_t from, to;
    for (size_t unit = 0; unit < sizeof dates / sizeof dates[0]; unit++)
        if (weir__str_is(inside, dates[unit])) {
            physical->kind = WEIR__PHYSICAL_TIME;
            physical->unit = (weir__time_unit)unit;
            return true;
        }
    if (!dots || end - dots < 3 || dots[1] != '.' || dots - inside.data != end - dots - 2 || dots - inside.data > 9)
        return false;
    if (weir__unit_count(weir__slice(inside.data, dots), &from) || weir__unit_count(weir__slice(dots + 2, end), &to))
        return false;
    physical->kind = WEIR__PHYSICAL_NUMBER;
    physical->first = (uint32_t)from;
    physical->count = from <= to && to - from < MOST_TABLES ? (uint32_t)(to - from + 1) : 0;
    physical->digits = (uint32_t)(dots - inside.data);
    return physical->count > 0;
}

void weir__read_physical(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    weir__physical physical = {.kind = WEIR__PHYSICAL_SAME};
    const char *text = NULL;
    if (!weir__read_text(reader, node, NULL, MOST_NAME, &text))
        return;
    const char *open = strchr(text, '{'), *close = open ? strchr(open, '}') : NULL;
    if (!close || strpbrk(close + 1, "{}") || memchr(open + 1, '{', (size_t)(close - open - 1)) ||
        !read_braces(weir__slice(open + 1, close), &physical)) {
        weir__wrong(reader, node,
                    "must hold one {00..15} (both ends as long, at most %d) or {yyyy}, {yyyymm}, {yyyymmdd}",
                    MOST_TABLES);
        return;
    }
    bool by_time = table->method.kind == WEIR__METHOD_TIME;
    bool by_number = table->method.kind == WEIR__METHOD_SLOTS || table->method.kind == WEIR__METHOD_MOD;
    if (physical.kind == WEIR__PHYSICAL_TIME ? !by_time : !by_number) {
        weir__wrong(reader, node,
                    physical.kind == WEIR__PHYSICAL_TIME ? "dates in a name need method: {time: ..}"
                                                         : "numbers in a name need the method slots or mod");
        return;
    }
    physical.prefix = weir__arena_text(reader->arena, text, (size_t)(open - text));
    physical.suffix = close + 1;
    table->physical = physical;
}
