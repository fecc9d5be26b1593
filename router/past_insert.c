/* past_insert.c - what an INSERT does to LAST_INSERT_ID(). SPDX-License-Identifier: Apache-2.0
 *
 * The reply of an INSERT names an id in any case: the first that the server gave, or, when it gave none, the last that the statement
 * itself said (or an ON DUPLICATE KEY UPDATE met). Only the first kind changes LAST_INSERT_ID(). Which it was hangs on where the
 * AUTO_INCREMENT column is, and on triggers, which nobody may be shown. So a plan is watched at first: the connection is made to say the
 * session's id before, and is asked after; what that proves is remembered on the plan, and from then on the statement's values tell.
 *
 *    NEW --its table has no such column--> NONE            --the server gives the ids of all rows--> SERVER
 *        --the column is one of the list--> LISTED + place --a trigger, a view, an expression there, RETURNING--> GUARDED: asked each
 * time */
#include <stdio.h>

#include "base/str.h"
#include "router/past.h"
#include "router/plan/plan_literal.h"
#include "router/plan/plan_values.h"
#include "router/query.h"
#include "schema/catalog.h"

enum { NEW, NONE, SERVER, GUARDED, LISTED };
enum { CATALOG_MS = 1000, MOST_NAME = 256 };

/* What the values say of the AUTO_INCREMENT column. */
typedef enum given { GIVEN_BY_SERVER, GIVEN_BY_STATEMENT, GIVEN_BY_BOTH, GIVEN_UNKNOWN } given;

static _Atomic uint32_t *numbering(const weir__statement *q)
{
    weir__plan *plan = (weir__plan *)(uintptr_t)q->lookup.plan; /* of a plan, what is found out comes later */
    return &plan->numbering;
}

static uint32_t load(const weir__statement *q)
{
    return atomic_load_explicit(numbering(q), memory_order_relaxed);
}

static void store(const weir__statement *q, uint32_t kind)
{
    atomic_store_explicit(numbering(q), kind, memory_order_relaxed);
}

static const weir__plan_insert *insert_of(const weir__statement *q)
{
    return q->lookup.plan->insert;
}

static bool has_one_row(const weir__statement *q)
{
    return insert_of(q) && insert_of(q)->source == WEIR__NONE && weir__row_count(&q->lookup) == 1;
}

/* A session's temporary table may stand before the one that was looked at; what it keeps a connection for costs no question. */
bool weir__past_is_guarded(const weir__statement *q)
{
    const weir__plan *plan = q->lookup.plan;
    if (q->first_id)
        return false;
    uint32_t kind = load(q);
    if (kind == NEW || kind == GUARDED || q->seat->carries_state || !plan->insert)
        return true;
    if (plan->insert->on_duplicate && !has_one_row(q))
        return true;
    return plan->effects.sets_insert_id && !(plan->insert->on_duplicate && kind == SERVER);
}

/* ---- where the column is ---- */

static weir_status find_table(const weir__statement *q, const weir__plan_table *t, weir__table **table)
{
    weir_session *s = q->session;
    weir__catalog *catalog = s->client->catalog;
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, CATALOG_MS);
    const weir__shard_config *shard = q->seat->shard->config;
    weir_error ignored;
    char name[MOST_NAME];
    if (t->schema.size || t->name.size >= sizeof name)
        return WEIR_UNSUPPORTED;
    snprintf(name, sizeof name, "%.*s", WEIR__STR(t->name));
    const weir__table_config *rule = weir__config_table(s->topology->config, shard->database->name, name);
    if (rule)
        return weir__catalog_find_rule(catalog, rule, deadline, table, &ignored);
    weir__table_name asked = {.database = shard->database->name, .shard = shard->name, .table = name, .suffix = ""};
    return weir__catalog_find(catalog, &asked, deadline, table, &ignored);
}

static const weir__column *numbered_column(const weir__table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].auto_increment)
            return &table->columns[i];
    return NULL;
}

static bool may_be_triggered(const weir__table *table)
{
    for (uint32_t i = 0; i < table->trigger_count; i++)
        if (weir__str_is_nocase(weir__view(table->triggers[i].timing), "BEFORE"))
            return true;
    return false;
}

/* The place of the column in each row of the statement; WEIR__NONE: the rows do not name it. */
static uint32_t place_of(const weir__plan *plan, const weir__table *table, const weir__column *column)
{
    const weir__plan_insert *insert = plan->insert;
    uint32_t place = 0;
    if (insert->column_list) {
        for (uint32_t i = 0; i < insert->column_count; i++)
            if (weir__str_is_nocase(plan->columns[insert->columns[i]].name, column->name))
                return i;
        return WEIR__NONE;
    }
    for (const weir__column *c = table->columns; c < column; c++)
        place += !c->invisible;
    return column->invisible ? WEIR__NONE : place;
}

static uint32_t kind_by_catalog(const weir__statement *q)
{
    const weir__plan *plan = q->lookup.plan;
    const weir__plan_insert *insert = plan->insert;
    weir__table *table = NULL;
    uint32_t kind = GUARDED;
    if (!insert || !plan->understood || plan->table_count == 0 || find_table(q, &plan->tables[0], &table) != WEIR_OK ||
        !table)
        return GUARDED;
    const weir__column *column = numbered_column(table);
    uint32_t place = column ? place_of(plan, table, column) : WEIR__NONE;
    if (!column && !table->is_view)
        kind = NONE;
    else if (column && !table->is_view && !may_be_triggered(table)) {
        if (place == WEIR__NONE || (insert->source == WEIR__NONE && insert->row_count && insert->cell_count == 0))
            kind = SERVER;
        else if (insert->source == WEIR__NONE)
            kind = LISTED + place;
    }
    weir__table_unref(table);
    return kind;
}

/* ---- what the values say ---- */

static given given_number(bool zero, const weir__conn *conn)
{
    if (!zero)
        return GIVEN_BY_STATEMENT;
    return strstr(conn->sql_mode, "NO_AUTO_VALUE_ON_ZERO") ? GIVEN_UNKNOWN : GIVEN_BY_SERVER;
}

static given given_argument(const weir__statement *q, uint32_t parameter)
{
    if (parameter >= q->args.count)
        return GIVEN_UNKNOWN;
    const weir_value *v = &q->args.values[parameter];
    if (v->type == WEIR_T_NULL)
        return GIVEN_BY_SERVER;
    return v->type == WEIR_T_INT || v->type == WEIR_T_UINT ? given_number(v->as.u == 0, q->seat->conn) : GIVEN_UNKNOWN;
}

static given given_in(const weir__statement *q, uint32_t row, uint32_t place)
{
    weir__value value;
    weir__whole_number number;
    const weir__plan_cell *first;
    if (place >= weir__row_cells(&q->lookup, row, &first))
        return GIVEN_UNKNOWN;
    weir__cell_kind kind = weir__cell_at(&q->lookup, row, place, &value);
    if (kind != WEIR__CELL_VALUE)
        return kind == WEIR__CELL_DEFAULT ? GIVEN_BY_SERVER : GIVEN_UNKNOWN;
    if (value.kind == WEIR__VALUE_NULL)
        return GIVEN_BY_SERVER;
    if (value.kind == WEIR__VALUE_PARAM)
        return given_argument(q, value.parameter);
    if (value.kind == WEIR__VALUE_INTEGER && weir__literal_whole_number(value.text, &q->reading, &number))
        return given_number(number.magnitude == 0, q->seat->conn);
    return GIVEN_UNKNOWN;
}

static given given_by_rows(const weir__statement *q, uint32_t place)
{
    uint32_t rows = weir__row_count(&q->lookup);
    given all = GIVEN_UNKNOWN;
    for (uint32_t i = 0; i < rows; i++) {
        given one = given_in(q, i, place);
        if (one == GIVEN_UNKNOWN)
            return one;
        all = i == 0 || all == one ? one : GIVEN_BY_BOTH;
    }
    return all;
}

/* By a plan that is known: was id given by the server? */
static given who_gave(const weir__statement *q, uint32_t kind, const weir_result *result)
{
    const weir__plan_insert *insert = insert_of(q);
    if (kind == NEW || kind == NONE || kind == GUARDED)
        return GIVEN_UNKNOWN;
    if (insert->on_duplicate && result->affected != 1) /* of the one row: it was there */
        return q->lookup.plan->effects.sets_insert_id ? GIVEN_BY_SERVER : GIVEN_BY_STATEMENT;
    return kind == SERVER ? GIVEN_BY_SERVER : given_by_rows(q, kind - LISTED);
}

/* ---- after it ---- */

static void know(weir__past *p, weir__conn *conn, uint64_t id)
{
    p->insert_is = WEIR__KNOWN;
    p->insert_id = conn->insert_id = id;
    conn->insert_id_unknown = false;
}

/* The first time, guarded: what the server answers proves where its ids come from, or not yet. */
static void learn(const weir__statement *q, const weir_result *result)
{
    weir_session *s = q->session;
    weir__past *p = &s->past;
    const weir__plan *plan = q->lookup.plan;
    uint64_t before = p->insert_id;
    bool was_known = p->was_known && p->base_known && p->base == before;
    weir__past_ask_insert_id(s);
    if (p->insert_is != WEIR__KNOWN || !was_known ||
        (plan->insert && plan->insert->on_duplicate && result->affected != 1) ||
        (plan->effects.sets_insert_id && !(plan->insert && plan->insert->on_duplicate)))
        return;
    uint32_t kind = kind_by_catalog(q);
    bool given_now = p->insert_id == result->insert_id && p->insert_id != before;
    bool kept_now = p->insert_id == before && before != result->insert_id;
    given said = who_gave(q, kind, result);
    if (kind == GUARDED || kind == NONE || (said == GIVEN_BY_SERVER && kept_now) ||
        (said == GIVEN_BY_STATEMENT && given_now))
        store(q, GUARDED);
    else if ((said == GIVEN_BY_SERVER && given_now) || (said == GIVEN_BY_STATEMENT && kept_now))
        store(q, kind);
}

bool weir__past_note_made(weir__statement *q, weir_status status, const weir_result *result)
{
    weir__past *p = &q->session->past;
    const weir__plan_insert *insert = insert_of(q);
    if (!q->first_id)
        return false;
    if (status != WEIR_OK) {
        if (!has_one_row(q)) {
            p->insert_is = WEIR__LOST;
            p->insert_lost = "an INSERT failed, and whether one of its rows had been stored before is not known";
        }
        return true;
    }
    bool stored = result->affected == 1 || !(insert && (insert->ignore || insert->on_duplicate));
    if (stored || (q->lookup.plan->effects.sets_insert_id && result->insert_id)) {
        p->insert_is = WEIR__KNOWN;
        p->insert_id = stored ? q->first_id : result->insert_id;
    }
    if (q->seat && q->seat->conn)
        q->seat->conn->insert_id_unknown |= q->lookup.plan->effects.sets_insert_id;
    return true;
}

void weir__past_note_insert(weir__statement *q, const weir_result *result)
{
    weir_session *s = q->session;
    weir__past *p = &s->past;
    weir__seat *seat = q->seat;
    const weir__plan *plan = q->lookup.plan;
    uint32_t kind = load(q);
    if (plan->effects.returning) { /* rows come instead of a reply that names an id */
        if (kind == NEW)
            store(q, kind = kind_by_catalog(q) == NONE ? NONE : GUARDED);
        if (kind != NONE || seat->carries_state)
            weir__past_doubt(p, seat, NULL);
        return;
    }
    if (result->insert_id == 0) {
        if (plan->effects.sets_insert_id)
            weir__past_doubt(p, seat, result);
        else if (kind == NEW && result->affected && plan->insert && !plan->insert->on_duplicate && !seat->carries_state)
            store(q, NONE);
        return;
    }
    if (weir__fault(&s->client->env, wrong_insert_id)) {
        know(p, seat->conn, result->insert_id);
        return;
    }
    given by = weir__past_is_guarded(q) ? GIVEN_UNKNOWN : who_gave(q, kind, result);
    if (by == GIVEN_BY_SERVER)
        know(p, seat->conn, result->insert_id);
    else if (by != GIVEN_BY_STATEMENT) {
        weir__past_doubt(p, seat, result);
        if (kind == NONE)
            store(q, NEW);
        if (kind == NEW && !seat->carries_state)
            learn(q, result);
    }
}
