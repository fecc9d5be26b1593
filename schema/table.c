/* table.c - building a table's description, looking into it, counting who reads it. SPDX-License-Identifier: Apache-2.0
 * Lists grow by doubling inside the arena: what is given up is at most as large as what is kept. */
#include "schema/table.h"

#include "base/limits.h"
#include "base/str.h"

struct weir__table_builder {
    weir__table *table;
    uint32_t column_room, index_room, foreign_key_room, trigger_room;
};

weir__table *weir__table_ref(const weir__table *table)
{
    weir__table *counted = (weir__table *)(uintptr_t)table;
    atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    return counted;
}

void weir__table_unref(const weir__table *table)
{
    weir__table *counted = (weir__table *)(uintptr_t)table;
    if (!counted || atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) != 1)
        return;
    const weir__mem *mem = counted->arena.mem;
    weir__arena_deinit(&counted->arena);
    weir__free(mem, counted);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static uint32_t hash(weir_str name)
{
    uint32_t h = 2166136261u; /* FNV-1a: names are short and come from the schema */
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ (unsigned char)lower(name.data[i])) * 16777619u;
    return h;
}

const weir__column *weir__table_column(const weir__table *table, weir_str name)
{
    uint32_t mask = table->by_name_size - 1;
    for (uint32_t at = hash(name) & mask; table->by_name[at]; at = (at + 1) & mask) {
        const weir__column *column = &table->columns[table->by_name[at] - 1];
        if (weir__str_is_nocase(name, column->name))
            return column;
    }
    return NULL;
}

/* ---- builder ---- */

weir__table_builder *weir__table_begin(const weir__mem *mem, weir_str name)
{
    weir__table *table = weir__new(mem, sizeof *table);
    weir__table_builder *b = weir__new(mem, sizeof *b);
    if (!table || !b) {
        weir__free(mem, table);
        weir__free(mem, b);
        return NULL;
    }
    b->table = table;
    weir__arena_init(&table->arena, mem, WEIR__MAX_TABLE_BYTES);
    atomic_init(&table->references, 1);
    table->name = weir__table_text(b, name);
    table->engine = "";
    return b;
}

weir__arena *weir__table_arena(weir__table_builder *b)
{
    return &b->table->arena;
}

const char *weir__table_builder_name(const weir__table_builder *b)
{
    return b->table->name;
}

const char *weir__table_text(weir__table_builder *b, weir_str text)
{
    const char *copy = text.size ? weir__arena_text(&b->table->arena, text.data, text.size) : "";
    return copy ? copy : "";
}

void weir__table_set_kind(weir__table_builder *b, bool is_view, weir_str engine)
{
    b->table->is_view = is_view;
    b->table->engine = is_view ? "" : weir__table_text(b, engine);
}

/* A list with room for one more; NULL without memory. */
static void *grown(weir__table_builder *b, const void *list, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return (void *)(uintptr_t)list;
    uint32_t more = *room ? *room * 2 : 8;
    void *wider = weir__arena_array(&b->table->arena, more, size);
    if (wider && list && count)
        memcpy(wider, list, count * size);
    if (wider)
        *room = more;
    return wider;
}

void weir__table_add_column(weir__table_builder *b, const weir__column *column)
{
    weir__table *t = b->table;
    weir__column *list = grown(b, t->columns, t->column_count, &b->column_room, sizeof *list);
    if (!list)
        return;
    t->columns = list;
    list[t->column_count] = *column;
    if (weir__column_type_parse(&t->arena, weir__view(column->type_text), &list[t->column_count].type))
        t->column_count++;
}

void weir__table_add_key_part(weir__table_builder *b, weir_str key, weir_str kind, bool unique, weir_str column,
                              uint32_t prefix)
{
    weir__table *t = b->table;
    weir__index *list = (weir__index *)(uintptr_t)t->indexes, *last = t->index_count ? &list[t->index_count - 1] : NULL;
    if (!last || !weir__str_is(key, last->name)) {
        list = grown(b, t->indexes, t->index_count, &b->index_room, sizeof *list);
        if (!list)
            return;
        t->indexes = list;
        last = &list[t->index_count++];
        *last = (weir__index){.name = weir__table_text(b, key), .kind = weir__table_text(b, kind), .unique = unique};
    }
    weir__key_part *parts = weir__arena_array(&t->arena, last->part_count + 1, sizeof *parts);
    if (!parts)
        return;
    if (last->part_count)
        memcpy(parts, last->parts, last->part_count * sizeof *parts);
    parts[last->part_count++] = (weir__key_part){weir__table_text(b, column), -1, prefix};
    last->parts = parts;
}

void weir__table_add_reference(weir__table_builder *b, weir_str name, weir_str to_schema, weir_str to_table,
                               weir_str on_update, weir_str on_delete, weir_str column, weir_str to_column)
{
    weir__table *t = b->table;
    weir__foreign_key *list = (weir__foreign_key *)(uintptr_t)t->foreign_keys;
    weir__foreign_key *last = t->foreign_key_count ? &list[t->foreign_key_count - 1] : NULL;
    if (!last || !weir__str_is(name, last->name)) {
        list = grown(b, t->foreign_keys, t->foreign_key_count, &b->foreign_key_room, sizeof *list);
        if (!list)
            return;
        t->foreign_keys = list;
        last = &list[t->foreign_key_count++];
        *last = (weir__foreign_key){
            .name = weir__table_text(b, name),
            .to_schema = weir__table_text(b, to_schema),
            .to_table = weir__table_text(b, to_table),
            .on_update = weir__table_text(b, on_update),
            .on_delete = weir__table_text(b, on_delete),
        };
    }
    weir__reference *pairs = weir__arena_array(&t->arena, last->pair_count + 1, sizeof *pairs);
    if (!pairs)
        return;
    if (last->pair_count)
        memcpy(pairs, last->pairs, last->pair_count * sizeof *pairs);
    pairs[last->pair_count++] = (weir__reference){weir__table_text(b, column), weir__table_text(b, to_column)};
    last->pairs = pairs;
}

void weir__table_add_trigger(weir__table_builder *b, weir_str name, weir_str timing, weir_str event, weir_str body)
{
    weir__table *t = b->table;
    weir__trigger *list = grown(b, t->triggers, t->trigger_count, &b->trigger_room, sizeof *list);
    if (!list)
        return;
    t->triggers = list;
    list[t->trigger_count++] = (weir__trigger){weir__table_text(b, name), weir__table_text(b, timing),
                                               weir__table_text(b, event), weir__table_text(b, body)};
}

static void index_columns(weir__table *t)
{
    uint32_t size = 4;
    while (size < 2 * t->column_count)
        size *= 2;
    uint16_t *places = weir__arena_array(&t->arena, size, sizeof *places);
    for (uint32_t i = 0; places && i < t->column_count; i++) {
        uint32_t at = hash(weir__view(t->columns[i].name)) & (size - 1);
        while (places[at])
            at = (at + 1) & (size - 1);
        places[at] = (uint16_t)(i + 1);
    }
    t->by_name = places;
    t->by_name_size = size;
}

static bool is_primary(const weir__index *index)
{
    return strcmp(index->name, "PRIMARY") == 0;
}

/* Keys are few: by insertion, the primary key first, so that two servers' orders do not matter. */
static void sort_indexes(weir__table *t)
{
    weir__index *list = (weir__index *)(uintptr_t)t->indexes;
    for (uint32_t i = 1; i < t->index_count; i++) {
        weir__index moved = list[i];
        uint32_t at = i;
        while (at > 0 &&
               (is_primary(&moved) || (!is_primary(&list[at - 1]) && strcasecmp(moved.name, list[at - 1].name) < 0))) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = moved;
    }
    t->primary = t->index_count && is_primary(&list[0]) ? &list[0] : NULL;
}

static void sort_foreign_keys(weir__table *t)
{
    weir__foreign_key *list = (weir__foreign_key *)(uintptr_t)t->foreign_keys;
    for (uint32_t i = 1; i < t->foreign_key_count; i++) {
        weir__foreign_key moved = list[i];
        uint32_t at = i;
        for (; at > 0 && strcmp(moved.name, list[at - 1].name) < 0; at--)
            list[at] = list[at - 1];
        list[at] = moved;
    }
}

static void find_parts(weir__table *t)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        for (uint32_t p = 0; p < t->indexes[i].part_count; p++) {
            weir__key_part *part = (weir__key_part *)(uintptr_t)&t->indexes[i].parts[p];
            const weir__column *column = *part->column ? weir__table_column(t, weir__view(part->column)) : NULL;
            part->index = column ? (int32_t)weir__column_index(t, column) : -1;
        }
}

weir_status weir__table_end(weir__table_builder *b, weir__table **out, weir_error *error)
{
    weir__table *t = b->table;
    const weir__mem *mem = t->arena.mem;
    weir_status status = WEIR_OK;
    weir__free(mem, b);
    if (!out) {
        weir__table_unref(t);
        return WEIR_OK;
    }
    *out = NULL;
    if (t->column_count < UINT16_MAX)
        index_columns(t);
    if (t->arena.failed == WEIR_NOMEM)
        status = weir__fail_nomem(error);
    else if (t->arena.failed != WEIR_OK || t->column_count >= UINT16_MAX)
        status = weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the description of table %s takes more than %d bytes",
                            t->name, WEIR__MAX_TABLE_BYTES);
    if (status != WEIR_OK) {
        weir__table_unref(t);
        return status;
    }
    sort_indexes(t);
    sort_foreign_keys(t);
    find_parts(t);
    *out = t;
    return WEIR_OK;
}
