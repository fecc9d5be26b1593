/* place.c - the lane of a row, and its ids. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "base/str.h"
#include "router/load/target.h"

enum { IDS_MS = 30000, IDS_AT_ONCE = 256, MOST_VAIN = 100000, CHUNK = 1000 };

static bool is_zero(weir_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != '0')
            return false;
    return text.size > 0;
}

/* As a server sees AUTO_INCREMENT. */
static bool lacks(const weir__load_record *record, uint32_t cell)
{
    const weir__load_cell *c = &record->cells[cell];
    return c->kind != WEIR__LOAD_TEXT || is_zero(c->text);
}

/* A fraction would be rounded without a word. */
static bool is_no_integer(weir_str text)
{
    size_t i = 0;
    while (i < text.size && text.data[i] != '.' && text.data[i] != 'e' && text.data[i] != 'E')
        i++;
    if (i == text.size)
        return false;
    for (size_t k = i + 1; k < text.size && text.data[i] == '.'; k++)
        if (text.data[k] != '0')
            return true;
    return text.data[i] != '.';
}

static weir_status wrong(weir__load_record *record, char why[160], const char *text, const char *about)
{
    snprintf(why, 160, "%s %s", about, text);
    record->wrong = why;
    return WEIR_OK;
}

/* Where its key says. *hash: alike for equal keys. */
static weir_status place_key(weir__load_target *t, const weir__given *given, weir__load_record *record, char why[160],
                             weir__load_place *place, uint64_t *hash)
{
    const weir__routed_table *s = t->spread;
    weir__key key;
    int64_t unit;
    const char *bad = weir__key_of_row(&s->form, given, &t->arena, &key);
    if (bad)
        return wrong(record, why, bad, s->rule->shard_by);
    if (!s->placer->unit(&s->rule->method, &key, &unit))
        return wrong(record, why, "is a key that no shard takes", s->rule->shard_by);
    const weir__shard_config *shard = s->placer->shard(&s->rule->method, unit);
    *hash = XXH3_64bits(key.text.data ? key.text.data : "", key.text.size);
    place->table = weir__place_table(s->rule, unit);
    place->lane = (uint32_t)(shard - t->database->config->shards) * t->per_shard;
    return WEIR_OK;
}

/* Of a table without shard key: rows of equal primary keys are of one lane. */
static uint64_t hash_primary(const weir__load_target *t, const weir__load_record *record)
{
    const weir__index *primary = t->table->primary;
    uint64_t hash = record->number / CHUNK;
    uint32_t found = 0;
    for (uint32_t p = 0; primary && p < primary->part_count; p++)
        for (uint32_t i = 0; i < t->file_columns; i++)
            found += primary->parts[p].index >= 0 && t->columns[i] == &t->table->columns[primary->parts[p].index];
    if (!primary || found != primary->part_count)
        return hash;
    hash = 0;
    for (uint32_t p = 0; p < primary->part_count; p++)
        for (uint32_t i = 0; i < t->file_columns; i++)
            if (t->columns[i] == &t->table->columns[primary->parts[p].index])
                hash = XXH3_64bits_withSeed(record->cells[i].text.size ? record->cells[i].text.data : "",
                                            record->cells[i].text.size, hash);
    return hash;
}

weir_status weir__load_target_place(weir__load_target *t, weir__load_record *record, char why[160],
                                    weir__load_place *place, weir_error *error)
{
    const weir__routing *r = t->routing;
    uint64_t hash = 0;
    weir_status status = WEIR_OK;
    *place = (weir__load_place){.lane = 0};
    for (uint32_t i = 0; i < t->file_columns && !record->wrong; i++)
        if (record->cells[i].kind == WEIR__LOAD_TEXT && weir__column_class(t->columns[i]) == WEIR__CLASS_INTEGER &&
            is_no_integer(record->cells[i].text))
            wrong(record, why, "is not an integer", t->names[i]);
    if (record->wrong)
        return WEIR_OK;
    place->makes_id = t->ids && lacks(record, r->id_cell);
    if (t->spread && r->numbered_cell != WEIR__NONE && lacks(record, r->numbered_cell))
        return wrong(record, why, "is AUTO_INCREMENT, which each shard would count for itself: give it",
                     t->names[r->numbered_cell]);
    if (!t->spread) {
        hash = hash_primary(t, record);
    } else {
        weir__given given = {.kind = WEIR__GIVEN_NULL};
        const weir__load_cell *cell = &record->cells[r->id_is_key ? r->id_cell : r->key_cell];
        char digits[24];
        weir__arena_reset(&t->arena);
        if (r->id_is_key && place->makes_id) { /* any shard, as many rows to each as the map says */
            given.kind = WEIR__GIVEN_NUMBER;
            given.text = (weir_str){digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, record->number)};
        } else if (cell->kind == WEIR__LOAD_ABSENT) {
            return wrong(record, why, "is the shard key, and missing",
                         t->names[r->id_is_key ? r->id_cell : r->key_cell]);
        } else if (cell->kind == WEIR__LOAD_TEXT) {
            given.kind = WEIR__GIVEN_STRING;
            given.text = cell->text;
        }
        status = place_key(t, &given, record, why, place, &hash);
        if (t->arena.failed)
            return weir__fail_nomem(error);
        if (r->id_is_key && place->makes_id)
            hash = record->number;
    }
    if (!record->wrong)
        place->lane += (uint32_t)(hash % t->per_shard);
    return status;
}

/* More ids, each to the shard that it belongs to; too many of one are given up. */
static weir_status make_ids(weir__load_target *t, weir_error *error)
{
    uint64_t made[IDS_AT_ONCE];
    const weir__routed_table *s = t->ids_count > 1 ? t->spread : NULL;
    weir__deadline deadline = weir__deadline_in(&t->client->env.clock, IDS_MS);
    weir_status status = weir__ids_take(t->client->ids, t->routing->ids, deadline, made, IDS_AT_ONCE, error);
    for (size_t i = IDS_AT_ONCE; status == WEIR_OK && i-- > 0;) {
        weir__load_ids *to = t->ids;
        if (s) {
            char digits[24];
            weir__given given = {.kind = WEIR__GIVEN_NUMBER};
            weir__key key;
            int64_t unit;
            given.text = (weir_str){digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, made[i])};
            if (weir__key_of_row(&s->form, &given, &t->arena, &key) || !s->placer->unit(&s->rule->method, &key, &unit))
                continue;
            to += s->placer->shard(&s->rule->method, unit) - t->database->config->shards;
        }
        if (to->count < WEIR__LOAD_IDS)
            to->list[to->count++] = made[i];
    }
    return status;
}

weir_status weir__load_target_id(weir__load_target *t, const weir__load_place *place, weir__load_record *record,
                                 char room[24], weir_error *error)
{
    weir__load_ids *ids = &t->ids[t->ids_count > 1 ? place->lane / t->per_shard : 0];
    for (uint32_t vain = 0; ids->count == 0; vain++) {
        if (vain == MOST_VAIN / IDS_AT_ONCE)
            return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                              "no id that weir makes for %s belongs to shard %s: give the ids in the file", t->name,
                              t->database->shards[place->lane / t->per_shard].config->name);
        weir_status status = make_ids(t, error);
        if (status != WEIR_OK)
            return status;
    }
    int size = snprintf(room, 24, "%" PRIu64, ids->list[--ids->count]);
    record->cells[t->routing->id_cell] = (weir__load_cell){{room, (size_t)size}, WEIR__LOAD_TEXT};
    return WEIR_OK;
}

weir__shard *weir__load_target_shard(const weir__load_target *t, uint32_t lane)
{
    return t->spread ? &t->database->shards[lane / t->per_shard] : t->fixed;
}

uint32_t weir__load_target_lanes(const weir__load_target *t)
{
    return (t->spread ? (uint32_t)t->database->shard_count : 1) * t->per_shard;
}

/* ---- the map ---- */

typedef struct mapping {
    XXH64_hash_t hash;
} mapping;

static void add(mapping *m, const char *text)
{
    m->hash = XXH3_64bits_withSeed(text, strlen(text) + 1, m->hash);
}

static void add_number(mapping *m, int64_t number)
{
    m->hash = XXH3_64bits_withSeed(&number, sizeof number, m->hash);
}

void weir__load_target_map(const weir__load_target *t, char hex[17])
{
    mapping m = {0};
    const weir__method *method = t->spread ? &t->spread->rule->method : NULL;
    add(&m, t->everywhere ? "everywhere" : t->spread ? "spread" : t->fixed->config->name);
    for (size_t i = 0; i < t->database->shard_count; i++)
        add(&m, t->database->shards[i].config->name);
    if (t->spread) {
        add(&m, t->spread->rule->shard_by);
        add_number(&m, method->kind);
        add_number(&m, method->modulus);
        for (uint32_t i = 0; i < method->modulus; i++)
            add(&m, t->spread->placer->shard(method, i)->name);
        for (size_t i = 0; i < method->bound_count; i++) {
            add(&m, method->bounds[i].rest ? "" : method->bounds[i].below);
            add(&m, method->bounds[i].shard->name);
        }
        for (size_t i = 0; i < method->key_count; i++) {
            m.hash = XXH3_64bits_withSeed(method->keys[i].key, method->keys[i].size, m.hash);
            add(&m, method->keys[i].shard->name);
        }
        for (size_t i = 0; i < method->time.shard_count; i++)
            add(&m, method->time.shards[i]->name);
        if (method->kind == WEIR__METHOD_TIME) {
            add_number(&m, (int64_t)method->time.unit);
            add_number(&m, method->time.year * 10000 + method->time.month * 100 + method->time.day);
        }
    }
    snprintf(hex, 17, "%016" PRIx64, (uint64_t)m.hash);
}
