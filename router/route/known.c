/* known.c - conditions on a shard key, with values, to units. SPDX-License-Identifier: Apache-2.0
 * Bottom-up, three-valued by what plan.h says: a value that is not canonical, and what has no order where one is asked for, is any
 * unit. O(values), an equality O(1). */
#include <string.h>

#include "base/str.h"
#include "router/route/bind.h"

void weir__bind_given(const weir__binding *b, const weir__value *value, weir__given *given)
{
    if (value->kind != WEIR__VALUE_PARAM) {
        weir__given_literal((weir__value_kind)value->kind, value->text, &b->lookup->reading, b->arena, given);
    } else if (value->parameter < b->args.count) {
        weir__given_bound(&b->args.values[value->parameter], given);
    } else {
        given->kind = WEIR__GIVEN_OTHER;
        given->text = (weir_str){"", 0};
    }
}

typedef enum reading { NOTHING_TOLD, IS_NULL, IS_KEY } reading;

static reading read_key(const weir__binding *b, const weir__routed_table *t, weir__value_walk *walk, weir__key *key)
{
    weir__value value;
    weir__given given;
    if (!weir__value_next(walk, &value))
        return NOTHING_TOLD;
    weir__bind_given(b, &value, &given);
    if (given.kind == WEIR__GIVEN_NULL)
        return IS_NULL;
    if (!weir__key_of_condition(&t->form, &given, b->arena, key))
        return NOTHING_TOLD;
    if (key->text.data[0] == '-' && weir__fault(b->routing->env, wrong_sign))
        key->text = (weir_str){key->text.data + 1, key->text.size - 1};
    if (t->form.fold && weir__fault(b->routing->env, wrong_fold))
        key->text = given.text;
    return IS_KEY;
}

static weir__units unit_of(const weir__routed_table *t, const weir__key *key)
{
    int64_t unit;
    if (!t->placer->unit(&t->rule->method, key, &unit))
        return weir__units_none();
    return weir__units_of(unit, unit);
}

static weir__units of_null(const weir__routed_table *t)
{
    const weir__column *column = weir__table_column(t->info, weir__view(t->rule->shard_by));
    bool date = t->form.kind == WEIR__FORM_DATE || t->form.kind == WEIR__FORM_DATETIME;
    weir__key null = {.text = {NULL, 0}};
    if (date || !column || column->auto_increment)
        return weir__units_all();
    return unit_of(t, &null);
}

static weir__units equal_to(const weir__binding *b, const weir__routed_table *t, const weir__condition *c,
                            bool nullsafe)
{
    weir__value_walk walk;
    weir__key key;
    weir__leaf_values(b->lookup, c, &walk);
    switch (read_key(b, t, &walk, &key)) {
    case NOTHING_TOLD:
        break;
    case IS_NULL:
        return nullsafe ? of_null(t) : weir__units_none();
    case IS_KEY:
        return unit_of(t, &key);
    }
    return weir__units_all();
}

static weir__units in_list(weir__binding *b, const weir__routed_table *t, const weir__condition *c)
{
    weir__value_walk walk;
    uint32_t count = 0, total = 0;
    weir__value value;
    weir__key key;
    weir__leaf_values(b->lookup, c, &walk);
    while (weir__value_next(&walk, &value))
        total++;
    if (total > 1 && weir__fault(b->routing->env, wrong_list_element))
        total--;
    int64_t *units = weir__arena_array(b->arena, total + 1, sizeof *units);
    int64_t *parts = b->describe ? weir__arena_array(b->arena, total + 1, sizeof *parts) : NULL;
    weir__leaf_values(b->lookup, c, &walk);
    for (uint32_t i = 0; units && i < total; i++) {
        int64_t unit = -1;
        reading r = read_key(b, t, &walk, &key);
        if (r == NOTHING_TOLD)
            return weir__units_all();
        if (r == IS_KEY && t->placer->unit(&t->rule->method, &key, &unit))
            units[count++] = unit;
        else
            unit = -1;
        if (parts)
            parts[i] = unit;
    }
    if (!units)
        return weir__units_all();
    b->part_units = parts;
    b->part_count = parts ? total : 0;
    return weir__units_of_list(b->arena, units, count);
}

static bool has_order(const weir__routed_table *t)
{
    switch ((weir__form_kind)t->form.kind) {
    case WEIR__FORM_UNFIT:
    case WEIR__FORM_ENUM:
    case WEIR__FORM_UUID:
        return false;
    case WEIR__FORM_CHAR:
    case WEIR__FORM_VARCHAR:
        return t->form.exact && !t->form.fold && t->placer->least;
    case WEIR__FORM_BINARY:
    case WEIR__FORM_DATE:
    case WEIR__FORM_DATETIME:
    case WEIR__FORM_DECIMAL:
    case WEIR__FORM_INTEGER:
    case WEIR__FORM_VARBINARY:
        break;
    }
    return t->placer->least != NULL;
}

static weir__units in_range(const weir__binding *b, const weir__routed_table *t, const weir__condition *c)
{
    const weir__method *method = &t->rule->method;
    weir__value_walk walk;
    weir__key first, second;
    weir__leaf_values(b->lookup, c, &walk);
    reading r = read_key(b, t, &walk, &first), other = IS_KEY;
    if (c->op == WEIR__OP_BETWEEN)
        other = read_key(b, t, &walk, &second);
    if (r == IS_NULL || other == IS_NULL)
        return weir__units_none();
    if (r != IS_KEY || other != IS_KEY || !has_order(t))
        return weir__units_all();
    switch ((weir__op)c->op) {
    case WEIR__OP_LT:
        return weir__units_of(0, t->placer->most(method, &first, true));
    case WEIR__OP_LE:
        return weir__units_of(0, t->placer->most(method, &first, false));
    case WEIR__OP_GT:
    case WEIR__OP_GE:
        return weir__units_of(t->placer->least(method, &first), WEIR__UNIT_MOST);
    case WEIR__OP_BETWEEN:
        return weir__units_of(t->placer->least(method, &first),
                              t->placer->most(method, &second, weir__fault(b->routing->env, wrong_range_end)));
    default:
        return weir__units_all();
    }
}

static weir__units leaf(weir__binding *b, const weir__routed_table *t, const weir__condition *c)
{
    switch ((weir__op)c->op) {
    case WEIR__OP_EQ:
        return equal_to(b, t, c, false);
    case WEIR__OP_NULLSAFE:
        return equal_to(b, t, c, true);
    case WEIR__OP_IN:
        return in_list(b, t, c);
    case WEIR__OP_LT:
    case WEIR__OP_LE:
    case WEIR__OP_GT:
    case WEIR__OP_GE:
    case WEIR__OP_BETWEEN:
        return in_range(b, t, c);
    case WEIR__OP_IS_NULL:
        return of_null(t);
    case WEIR__OP_NE:
    case WEIR__OP_LIKE:
        break;
    }
    return weir__units_all();
}

static weir__units evaluate(weir__binding *b, const weir__routed_table *t, const weir__condition *c)
{
    weir__units set;
    switch ((weir__condition_kind)c->kind) {
    case WEIR__CONDITION_TRUE:
        return weir__units_all();
    case WEIR__CONDITION_FALSE:
        return weir__units_none();
    case WEIR__CONDITION_LEAF:
        return leaf(b, t, c);
    case WEIR__CONDITION_AND:
    case WEIR__CONDITION_OR:
        break;
    }
    bool and_ = c->kind == WEIR__CONDITION_AND || weir__fault(b->routing->env, wrong_or);
    set = evaluate(b, t, c->first);
    for (const weir__condition *child = c->first->next; child; child = child->next) {
        weir__units other = evaluate(b, t, child);
        set = and_ ? weir__units_intersect(b->arena, &set, &other) : weir__units_unite(b->arena, &set, &other);
    }
    return set;
}

weir__units weir__bind_known(weir__binding *b, const weir__routed_table *t)
{
    weir__units all = weir__units_of(0, t->placer->last(&t->rule->method)), set = all;
    b->part_units = NULL;
    b->part_count = 0;
    for (const weir__condition *c = t->conditions; c; c = c->next) {
        weir__units other = evaluate(b, t, c);
        set = weir__units_intersect(b->arena, &set, &other);
    }
    return set;
}

/* The one value that the key must have by a condition as `key = value`; NULL: not that simple. */
static const weir__condition *asked_value(const weir__condition *c)
{
    for (; c; c = c->next) {
        if (c->kind == WEIR__CONDITION_LEAF && c->op == WEIR__OP_EQ)
            return c;
        const weir__condition *inside = c->kind == WEIR__CONDITION_AND ? asked_value(c->first) : NULL;
        if (inside)
            return inside;
    }
    return NULL;
}

/* Where do rows go that are given another key? */
static void change_key(weir__binding *b, const weir__routed_table *t)
{
    weir__value value;
    weir__given given;
    weir__key key;
    const char *wrong = "is not a value";
    if (weir__value_at(b->lookup, b->routing->assigned_value, &value)) {
        weir__bind_given(b, &value, &given);
        wrong = weir__key_of_row(&t->form, &given, b->arena, &key);
    }
    if (!wrong && !t->placer->unit(&t->rule->method, &key, &b->new_unit))
        wrong = "is a key that no shard takes";
    b->moves = !wrong;
    if (wrong)
        weir__bind_refuse(b, WEIR__REFUSAL_key_changed, WEIR__NONE,
                          "%s is the shard key of %s, and the one given %s: a row whose key changes may belong to "
                          "another shard",
                          t->rule->shard_by, t->rule->label, wrong);
}

void weir__bind_assigned(weir__binding *b)
{
    const weir__routing *r = b->routing;
    const weir__routed_table *t = &r->tables[r->assigned_table];
    const weir__condition *asked = asked_value(t->conditions);
    weir__value value;
    weir__given given;
    weir__key old, fresh;
    bool same = false;
    if (asked && weir__value_at(b->lookup, r->assigned_value, &value)) {
        weir__value_walk walk;
        weir__leaf_values(b->lookup, asked, &walk);
        weir__bind_given(b, &value, &given);
        same = read_key(b, t, &walk, &old) == IS_KEY && weir__key_of_row(&t->form, &given, b->arena, &fresh) == NULL &&
               fresh.text.data && old.text.size == fresh.text.size &&
               memcmp(old.text.data, fresh.text.data, old.text.size) == 0;
    }
    if (!same)
        change_key(b, t);
}
