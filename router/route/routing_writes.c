/* routing_writes.c - what INSERT, REPLACE and UPDATE do to shard keys and unique keys. SPDX-License-Identifier: Apache-2.0
 * A row must be found again where its key says, so a key is written only as a value that weir can see, and never changed. A unique key
 * without the shard key is unique on each shard only: who has not said that this will do (unique: per_shard) gets no such writes. */
#include <string.h>

#include "base/str.h"
#include "router/route/routing_impl.h"

static const char *key_of(const weir__routed_table *t)
{
    return t->rule->shard_by;
}

bool weir__routing_is_key(const weir__routing_work *w, const weir__routed_table *t, uint32_t column)
{
    const weir__plan_column *c = &w->plan->columns[column];
    const weir__plan_table *table = &w->plan->tables[t->table];
    if (!weir__str_is_nocase(c->name, key_of(t)))
        return false;
    return c->table == t->table ||
           (c->table == WEIR__NONE && c->scope == table->scope && c->first <= t->table && t->table < c->end);
}

/* Is a column of the table assigned, by SET or ON DUPLICATE KEY UPDATE? */
static bool assigns(const weir__routing_work *w, const weir__routed_table *t, const char *name)
{
    for (uint32_t i = 0; i < w->plan->column_count; i++) {
        const weir__plan_column *c = &w->plan->columns[i];
        bool meant = c->table == t->table || (c->table == WEIR__NONE && c->first <= t->table && t->table < c->end);
        if (c->assigned && meant && weir__str_is_nocase(c->name, name))
            return true;
    }
    return false;
}

static bool has_timestamp(const weir__column *c)
{
    return strncasecmp(c->type_text, "timestamp", 9) == 0;
}

/* Do its texts come back as they went out, through utf8mb4? */
static bool travels(const weir__column *c)
{
    static const char *const charsets[] = {"", "ascii", "binary", "latin1", "utf8mb3", "utf8mb4"};
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
        if (strcmp(c->charset, charsets[i]) == 0)
            return true;
    return false;
}

/* A row that moves is read, deleted and put in again: that must do nothing else, and lose nothing (docs/writes.md). */
static const char *why_stays(const weir__routing_work *w, const weir__routed_table *t)
{
    if (w->plan->table_count != 1 || w->plan->scopes[0].limited)
        return "rows move only by an UPDATE of one table, without LIMIT";
    if (weir__routing_has_word(w, "ignore"))
        return "UPDATE IGNORE might lose a row on its way";
    if (t->info->trigger_count || t->info->foreign_key_count)
        return "the table has triggers or foreign keys, which would act on a row that moves";
    for (uint32_t i = 0; i < t->info->column_count; i++) {
        const weir__column *c = &t->info->columns[i];
        if (c->auto_increment || has_timestamp(c) || !travels(c))
            return "the table has a column that might change on the way: AUTO_INCREMENT, TIMESTAMP, or a rare "
                   "character set";
    }
    return NULL;
}

/* SET key = value is no change where WHERE asks for the same value: known when values are (route.c). */
static void assigned_key(weir__routing_work *w, uint32_t index)
{
    const weir__routed_table *t = &w->routing->tables[index];
    uint32_t value = WEIR__NONE, values = 0, columns = 0;
    for (uint32_t i = 0; i < w->plan->value_count; i++) {
        const weir__plan_value *v = &w->plan->values[i];
        if (v->use == WEIR__USE_ASSIGNED && v->column != WEIR__NONE && weir__routing_is_key(w, t, v->column)) {
            value = i;
            values++;
        }
    }
    for (uint32_t i = 0; i < w->plan->column_count; i++)
        columns += w->plan->columns[i].assigned && weir__routing_is_key(w, t, i);
    bool update = w->plan->effects.verb == WEIR__VERB_UPDATE;
    if (!update || values != 1 || columns != 1 || w->routing->key_assigned) {
        weir__routing_refuse(
            w, WEIR__REFUSAL_key_changed,
            "%s is the shard key of %s, and a row whose key changes may belong to another shard: delete the "
            "row and insert it anew, or leave the key out",
            key_of(t), t->rule->label);
        return;
    }
    w->routing->key_assigned = true;
    w->routing->stays = why_stays(w, t);
    w->routing->assigned_table = index;
    w->routing->assigned_value = value;
}

/* ---- what the server does by itself ---- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = text; *at; at++)
        if ((at == text || !is_word_char(at[-1])) && strncasecmp(at, word, size) == 0 && !is_word_char(at[size]))
            return true;
    return false;
}

/* A trigger that does no more than compute columns other than the key is fine: all it sees is the row. */
static void check_triggers(weir__routing_work *w, const weir__routed_table *t)
{
    static const char *const others[] = {"select", "insert", "update", "delete", "replace",
                                         "call",   "from",   "table",  NULL};
    for (uint32_t i = 0; i < t->info->trigger_count; i++) {
        const weir__trigger *trigger = &t->info->triggers[i];
        weir__verb verb = w->plan->effects.verb;
        bool runs =
            verb == WEIR__VERB_INSERT || verb == WEIR__VERB_REPLACE || strcasecmp(trigger->event, "INSERT") != 0;
        bool touches = has_word(trigger->body, key_of(t)) && strcasecmp(trigger->timing, "BEFORE") == 0;
        for (const char *const *word = others; *word; word++)
            touches |= has_word(trigger->body, *word);
        if (runs && touches)
            weir__routing_refuse(w, WEIR__REFUSAL_trigger,
                                 "the trigger %s of %s may change the shard key, or touch tables of other shards",
                                 trigger->name, t->rule->label);
    }
}

static bool holds_key(const weir__index *index, const weir__routed_table *t)
{
    for (uint32_t i = 0; i < index->part_count; i++)
        if (index->parts[i].prefix == 0 && strcasecmp(index->parts[i].column, key_of(t)) == 0)
            return true;
    return false;
}

static bool assigns_part(const weir__routing_work *w, const weir__routed_table *t, const weir__index *index)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        const char *column = index->parts[i].column;
        if (column[0] == '\0' || assigns(w, t, column))
            return true;
    }
    return false;
}

static void check_unique_keys(weir__routing_work *w, const weir__routed_table *t, bool inserts)
{
    for (uint32_t i = 0; i < t->info->index_count && !t->rule->unique_per_shard; i++) {
        const weir__index *index = &t->info->indexes[i];
        if (index->unique && !holds_key(index, t) && (inserts || assigns_part(w, t, index)))
            weir__routing_refuse(
                w, WEIR__REFUSAL_unique_key,
                "the unique key %s of %s does not hold the shard key %s, so it is unique on each shard "
                "only: unique: per_shard in the table's rule says that this will do",
                index->name, t->rule->label, key_of(t));
    }
}

/* ---- INSERT and REPLACE ---- */

uint32_t weir__routing_cell_of(const weir__routing_work *w, const weir__routed_table *t, const char *name)
{
    const weir__plan_insert *insert = w->plan->insert;
    uint32_t cell = 0;
    for (uint32_t i = 0; i < insert->column_count; i++) {
        uint32_t column = insert->columns[i];
        if (column != WEIR__NONE && weir__str_is_nocase(w->plan->columns[column].name, name))
            return i;
    }
    for (uint32_t i = 0; !insert->column_list && i < t->info->column_count; i++) {
        if (strcasecmp(t->info->columns[i].name, name) == 0)
            return cell;
        cell += !t->info->columns[i].invisible;
    }
    return WEIR__NONE;
}

/* The server numbers a row where the value is left out, NULL or 0. */
static void check_numbering(weir__routing_work *w, const weir__routed_table *t)
{
    for (uint32_t i = 0; i < t->info->column_count; i++) {
        const weir__column *column = &t->info->columns[i];
        if (!column->auto_increment || (w->routing->ids && strcasecmp(column->name, w->routing->ids->ids.column) == 0))
            continue;
        w->routing->numbered_cell = weir__routing_cell_of(w, t, column->name);
        if (w->routing->numbered_cell == WEIR__NONE || w->routing->from_query)
            weir__routing_refuse(w, WEIR__REFUSAL_auto_increment,
                                 "%s of %s is AUTO_INCREMENT, and each shard counts for itself: give a value that is "
                                 "unique on all shards, or let weir make them (ids: in the table's rule)",
                                 column->name, t->rule->label);
    }
}

/* weir numbers the rows of a table with `ids:` as AUTO_INCREMENT would. Which of several ids were used is not known where rows may be
 * passed over. */
static void find_ids(weir__routing_work *w, const weir__routed_table *t)
{
    const weir__plan_insert *insert = w->plan->insert;
    const char *column = t->rule->ids.column;
    const weir__column *info = t->info ? weir__table_column(t->info, weir__view(column)) : NULL;
    if (!info) {
        weir__routing_refuse(w, WEIR__REFUSAL_auto_increment, "%s has no column %s, which ids: in its rule names",
                             t->rule->label, column);
        return;
    }
    w->routing->ids = t->rule;
    w->routing->id_cell = weir__routing_cell_of(w, t, column);
    w->routing->id_is_key = t->spot == WEIR__SPOT_SPREAD && strcasecmp(column, key_of(t)) == 0;
    if (w->routing->from_query)
        weir__routing_refuse(w, WEIR__REFUSAL_auto_increment,
                             "weir makes the ids of %s (ids: in its rule), and the rows of a query are not seen: read "
                             "them first, then insert them with their values",
                             t->rule->label);
    else if (w->routing->id_cell == WEIR__NONE && !insert->column_list)
        weir__routing_refuse(w, WEIR__REFUSAL_auto_increment, "%s of %s is invisible: name the columns of the INSERT",
                             column, t->rule->label);
}

/* The column that the query gives for the shard key; NONE: it is not a column as it is. */
static uint32_t source_of_key(const weir__routing_work *w, const weir__routed_table *t)
{
    for (uint32_t i = 0; i < w->plan->flow_count; i++)
        if (w->plan->columns[w->plan->flows[i].to].table == t->table &&
            weir__str_is_nocase(w->plan->columns[w->plan->flows[i].to].name, key_of(t)))
            return w->plan->flows[i].from;
    return WEIR__NONE;
}

/* Is it stored as it is: the same type, as long, of the same characters? */
static bool is_stored_alike(const weir__routing_work *w, const weir__routed_table *t, uint32_t column)
{
    const weir__plan_column *c = &w->plan->columns[column];
    const weir__column *key = weir__table_column(t->info, weir__view(key_of(t))), *source = NULL;
    for (uint32_t i = 0; i < w->routing->table_count; i++)
        if (w->routing->tables[i].table == c->table && w->routing->tables[i].info)
            source = weir__table_column(w->routing->tables[i].info, c->name);
    return key && source && strcmp(key->type_text, source->type_text) == 0 &&
           strcmp(key->collation, source->collation) == 0 && key->nullable >= source->nullable;
}

/* INSERT .. SELECT: each row is of the shard where its key is read. */
static void insert_query(weir__routing_work *w, const weir__routed_table *t)
{
    uint32_t column = source_of_key(w, t);
    if (column == WEIR__NONE || !is_stored_alike(w, t, column))
        weir__routing_refuse(
            w, WEIR__REFUSAL_key_not_value,
            "the shard keys of %s come from a query, and are not a column of it of the same type: read "
            "its rows first, then insert them with their values",
            t->rule->label);
}

static void insert_into(weir__routing_work *w, uint32_t index)
{
    weir__routing *r = w->routing;
    const weir__routed_table *t = &r->tables[index];
    r->target = index;
    r->key_cell = weir__routing_cell_of(w, t, key_of(t));
    if (r->key_cell == WEIR__NONE && !r->id_is_key && !r->from_query)
        weir__routing_refuse(w, WEIR__REFUSAL_key_missing,
                             "the row's shard key %s is not given: %s has no row without one", key_of(t),
                             t->rule->label);
    else if (r->from_query)
        insert_query(w, t);
    if (r->database->shard_count > 1)
        check_numbering(w, t);
}

void weir__routing_writes(weir__routing_work *w)
{
    weir__routing *r = w->routing;
    const weir__plan_insert *insert = w->plan->insert;
    for (uint32_t i = 0; i < r->table_count && r->refusal == WEIR__REFUSAL_none; i++) {
        const weir__routed_table *t = &r->tables[i];
        const weir__plan_table *table = &w->plan->tables[t->table];
        bool inserts = insert && table->how == WEIR__HOW_TARGET;
        r->from_query |= inserts && insert->source != WEIR__NONE;
        if (inserts && t->rule && t->rule->ids.kind)
            find_ids(w, t);
        if (t->spot != WEIR__SPOT_SPREAD || !t->rule || !table->written)
            continue;
        if (assigns(w, t, key_of(t)))
            assigned_key(w, i);
        if (inserts)
            insert_into(w, i);
        if (r->database->shard_count > 1) {
            check_unique_keys(w, t, inserts);
            check_triggers(w, t);
        }
    }
}
