/* rows.c - where the rows of an INSERT or REPLACE go. SPDX-License-Identifier: Apache-2.0
 * Each row gives its key as a value that the server stores unchanged, else nothing is inserted. O(rows). */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "router/route/bind.h"

static void refuse_value(weir__binding *b, weir__refusal refusal, const weir__value *value, const char *why)
{
    const weir__routed_table *t = &b->routing->tables[b->routing->target];
    weir__bind_refuse(b, refusal, value ? value->start : WEIR__NONE,
                      "the shard key %s of %s %s: give it as a value that %s(%s) stores and prints unchanged",
                      t->rule->shard_by, t->rule->label, why, weir__form_kind_name((weir__form_kind)t->form.kind),
                      t->rule->shard_by);
}

typedef enum leaves { GIVEN, LEFT_OUT, UNCLEAR } leaves;

static bool is_zero(weir_str digits)
{
    for (size_t i = 0; i < digits.size; i++)
        if (digits.data[i] >= '1' && digits.data[i] <= '9')
            return false;
    return true;
}

/* Does the row leave the column to be numbered, as a server sees it? */
static leaves leaves_cell(const weir__binding *b, uint32_t row, uint32_t cell, uint32_t cells)
{
    weir__value value;
    weir__given given;
    if (cell == WEIR__NONE)
        return LEFT_OUT;
    if (cell >= cells)
        return UNCLEAR;
    switch (weir__cell_at(b->lookup, row, cell, &value)) {
    case WEIR__CELL_DEFAULT:
        return LEFT_OUT;
    case WEIR__CELL_EXPRESSION:
        return UNCLEAR;
    case WEIR__CELL_VALUE:
        break;
    }
    weir__bind_given(b, &value, &given);
    if (given.kind == WEIR__GIVEN_NULL)
        return LEFT_OUT;
    if (given.kind == WEIR__GIVEN_NUMBER)
        return !is_zero(given.text) ? GIVEN : memchr(given.text.data, '.', given.text.size) ? UNCLEAR : LEFT_OUT;
    if (given.kind != WEIR__GIVEN_STRING || given.text.size == 0 || is_zero(given.text))
        return UNCLEAR;
    for (size_t i = 0; i < given.text.size; i++)
        if (given.text.data[i] < '0' || given.text.data[i] > '9')
            return UNCLEAR;
    return GIVEN;
}

static bool wants_id(const weir__binding *b, uint32_t row, uint32_t cells)
{
    return leaves_cell(b, row, b->routing->id_cell, cells) != GIVEN;
}

weir_status weir__route_ids_wanted(const weir__routing *routing, const weir__lookup *lookup, weir_args args,
                                   weir__arena *arena, weir__ids_wanted *wanted, weir_error *error)
{
    const weir__binding b = {.routing = routing, .lookup = lookup, .args = args, .arena = arena};
    const weir__plan_insert *insert = lookup->plan->insert;
    const weir__plan_cell *first;
    *wanted = (weir__ids_wanted){.row_count = weir__row_count(lookup)};
    wanted->of_row = weir__arena_array(arena, wanted->row_count + 1, sizeof *wanted->of_row);
    if (!wanted->of_row)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < wanted->row_count; i++) {
        leaves what = leaves_cell(&b, i, routing->id_cell, weir__row_cells(lookup, i, &first));
        if (what == UNCLEAR)
            wanted->refused =
                "it is not clear whether a row leaves its id to weir: give it as a number, NULL or DEFAULT";
        wanted->of_row[i] = what == LEFT_OUT;
        wanted->count += what == LEFT_OUT;
    }
    if (wanted->count && wanted->row_count > 1 && (insert->ignore || insert->on_duplicate))
        wanted->refused =
            "several rows leave their ids to weir, and rows may be passed over: which id was the first that "
            "was used would not be known; give the ids, or insert row by row";
    return WEIR_OK;
}

/* An AUTO_INCREMENT column that the row leaves to the server. */
static bool is_numbered(const weir__binding *b, uint32_t row, uint32_t cells)
{
    return leaves_cell(b, row, b->routing->numbered_cell, cells) != GIVEN;
}

/* The key is the row's id, which weir has made. */
static bool unit_of_id(weir__binding *b, uint64_t id, int64_t *unit)
{
    const weir__routed_table *t = &b->routing->tables[b->routing->target];
    char digits[24];
    weir__given given = {.kind = WEIR__GIVEN_NUMBER};
    weir__key key;
    given.text = (weir_str){digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, id)};
    const char *wrong = weir__key_of_row(&t->form, &given, b->arena, &key);
    if (wrong)
        refuse_value(b, WEIR__REFUSAL_key_not_canonical, NULL, wrong);
    else if (!t->placer->unit(&t->rule->method, &key, unit))
        weir__bind_refuse(b, WEIR__REFUSAL_key_unlisted, WEIR__NONE,
                          "no shard takes the id %s of %s: its method in weir.yaml does not name it", digits,
                          t->rule->label);
    else
        return true;
    return false;
}

/* False: refused. */
static bool row_unit(weir__binding *b, uint32_t row, int64_t *unit)
{
    const weir__routing *r = b->routing;
    const weir__routed_table *t = &r->tables[r->target];
    const weir__plan_cell *first;
    weir__value value;
    weir__given given;
    weir__key key;
    uint32_t cells = weir__row_cells(b->lookup, row, &first);
    if (r->id_is_key && b->ids && b->ids[row])
        return unit_of_id(b, b->ids[row], unit);
    if (r->id_is_key && !b->ids && wants_id(b, row, cells)) {
        weir__bind_refuse(b, WEIR__REFUSAL_auto_increment, WEIR__NONE,
                          "its shard key is the id that weir makes when it runs: until then its shard is not known");
        return false;
    }
    if (r->key_cell >= cells) {
        refuse_value(b, WEIR__REFUSAL_key_missing, NULL, "is missing in a row");
        return false;
    }
    if (r->numbered_cell != WEIR__NONE && is_numbered(b, row, cells)) {
        weir__bind_refuse(
            b, WEIR__REFUSAL_auto_increment, WEIR__NONE,
            "a row of %s leaves its AUTO_INCREMENT column to the server, and each shard counts for itself",
            t->rule->label);
        return false;
    }
    if (weir__cell_at(b->lookup, row, r->key_cell, &value) != WEIR__CELL_VALUE) {
        refuse_value(b, WEIR__REFUSAL_key_not_value, NULL, "is DEFAULT or an expression");
        return false;
    }
    weir__bind_given(b, &value, &given);
    const char *wrong = weir__key_of_row(&t->form, &given, b->arena, &key);
    if (wrong) {
        refuse_value(b, WEIR__REFUSAL_key_not_canonical, &value, wrong);
        return false;
    }
    if (key.text.size > 1 && weir__fault(r->env, wrong_row_place))
        key.text.size--;
    if (!t->placer->unit(&t->rule->method, &key, unit)) {
        weir__bind_refuse(b, WEIR__REFUSAL_key_unlisted, value.start,
                          "no shard takes the key '%.*s' of %s: its method in weir.yaml does not name it",
                          WEIR__STR(key.text), t->rule->label);
        return false;
    }
    return true;
}

weir__units weir__bind_rows(weir__binding *b)
{
    uint32_t rows = weir__row_count(b->lookup);
    int64_t one, *units = rows == 1 ? &one : weir__arena_array(b->arena, rows + 1, sizeof *units);
    int64_t *parts = b->describe ? weir__arena_array(b->arena, rows + 1, sizeof *parts) : NULL;
    b->part_units = parts;
    b->part_count = parts ? rows : 0;
    for (uint32_t i = 0; units && i < rows; i++) {
        if (!row_unit(b, i, &units[i]))
            return weir__units_none();
        if (parts)
            parts[i] = units[i];
    }
    return units ? weir__units_of_list(b->arena, units, rows) : weir__units_all();
}
