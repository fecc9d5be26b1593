/* rows.c - where the rows of an INSERT or REPLACE go. SPDX-License-Identifier: Apache-2.0
 * Each row gives its key as a value that the server stores unchanged, else nothing is inserted. O(rows). */
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

/* An AUTO_INCREMENT column that the row leaves to the server. */
static bool is_numbered(const weir__binding *b, uint32_t row, uint32_t cells)
{
    weir__value value;
    weir__given given;
    uint32_t cell = b->routing->numbered_cell;
    if (cell >= cells || weir__cell_at(b->lookup, row, cell, &value) != WEIR__CELL_VALUE)
        return true;
    weir__bind_given(b, &value, &given);
    if (given.kind != WEIR__GIVEN_NUMBER)
        return true;
    for (size_t i = 0; i < given.text.size; i++)
        if (given.text.data[i] >= '1' && given.text.data[i] <= '9')
            return false;
    return true;
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
