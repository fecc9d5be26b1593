/* lift.c - see lift.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/lift.h"

#include "base/str.h"
#include "base/utf8.h"
#include "router/plan/plan_literal.h"
#include "router/plan/plan_values.h"

bool weir__lift_has_literals(const weir__lookup *lookup)
{
    return lookup->mapped && lookup->plan->understood && lookup->slot_count > lookup->parameters;
}

static bool next_literal(weir__value_walk *walk, weir__value *value)
{
    while (weir__value_next(walk, value))
        if (value->lifted && value->kind != WEIR__VALUE_PARAM)
            return true;
    return false;
}

bool weir__lift_needs_tables(const weir__lookup *lookup)
{
    weir__value_walk walk;
    weir__value value;
    weir__all_values(lookup, &walk);
    while (next_literal(&walk, &value))
        if (lookup->plan->values[value.number].use == WEIR__USE_COMPARED)
            return true;
    return false;
}

/* Is the literal of the class of the column that it is compared with? */
static bool is_of_class(const weir__plan *plan, const weir__plan_value *value, const weir__table *const *tables)
{
    if (value->column == WEIR__NONE || plan->columns[value->column].table == WEIR__NONE)
        return false;
    const weir__plan_column *named = &plan->columns[value->column];
    const weir__table *table = tables ? tables[named->table] : NULL;
    const weir__column *column = table && !table->is_view ? weir__table_column(table, named->name) : NULL;
    if (!column || plan->tables[named->table].source != WEIR__SOURCE_BASE)
        return false;
    switch (weir__column_class(column)) {
    case WEIR__CLASS_INTEGER:
        return value->kind == WEIR__VALUE_INTEGER;
    case WEIR__CLASS_TEXT: /* other character sets convert the literal first, and may refuse to */
        return value->kind == WEIR__VALUE_STRING && strcmp(column->charset, "utf8mb4") == 0;
    case WEIR__CLASS_BYTES:
    case WEIR__CLASS_OTHER:
        break;
    }
    return false;
}

static bool qualifies(const weir__plan *plan, const weir__plan_value *value, const weir__table *const *tables)
{
    switch ((weir__use)value->use) {
    case WEIR__USE_COMPARED:
        return value->op != WEIR__OP_LIKE && is_of_class(plan, value, tables);
    case WEIR__USE_ASSIGNED:
    case WEIR__USE_INSERTED:
        return value->kind == WEIR__VALUE_INTEGER || value->kind == WEIR__VALUE_STRING ||
               value->kind == WEIR__VALUE_DECIMAL;
    case WEIR__USE_LIMIT:
    case WEIR__USE_OFFSET:
        return value->kind == WEIR__VALUE_INTEGER;
    case WEIR__USE_OTHER:
        break;
    }
    return false;
}

bool weir__lift_fits(const weir__lookup *lookup, const weir__table *const *tables)
{
    uint32_t literals = 0;
    weir__value_walk walk;
    weir__value value;
    weir__all_values(lookup, &walk);
    for (; next_literal(&walk, &value); literals++)
        if (!qualifies(lookup->plan, &lookup->plan->values[value.number], tables))
            return false;
    /* All slots are values that the plan knows, or something about the statement is not understood. */
    return literals > 0 && literals == lookup->slot_count - lookup->parameters;
}

/* ---- making it ---- */

typedef struct maker {
    const weir__lookup *lookup;
    weir_args args;
    weir__lifted *out;
    size_t size, strings; /* of out->text and out->strings that are written */
} maker;

static bool add(maker *m, const char *text, size_t size)
{
    if (size > WEIR__LIFT_TEXT - m->size)
        return false;
    memcpy(m->out->text + m->size, text, size);
    m->size += size;
    return true;
}

/* Behind a sign there may be blanks and comments. */
static bool is_plain_number(weir_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < '0' || text.data[i] > '9') && text.data[i] != '.' && (i || text.data[i] != '-'))
            return false;
    return true;
}

static bool value_of(maker *m, const weir__slot *slot, weir_value *value)
{
    const weir__lex_options *reading = &m->lookup->reading;
    weir_str text = {m->lookup->sql.data + slot->start, slot->end - slot->start}, string;
    weir__whole_number n;
    switch (slot->id) {
    case WEIR__TK_PARAM:
        *value = m->args.values[slot->parameter];
        return true;
    case WEIR__TK_INTEGER_NUMBER:
        if (!weir__literal_whole_number(text, reading, &n) || n.magnitude > INT64_MAX)
            return false;
        *value = weir_int(n.negative ? -(int64_t)n.magnitude : (int64_t)n.magnitude);
        return true;
    case WEIR__TK_DECIMAL_NUMBER:
        *value = weir_sized(WEIR_T_DECIMAL, text.data, text.size);
        return is_plain_number(text);
    case WEIR__TK_STRING:
        if (!weir__literal_string(text, reading, m->out->strings + m->strings, WEIR__LIFT_STRINGS - m->strings,
                                  &string))
            return false;
        m->strings += string.data == m->out->strings + m->strings ? string.size : 0;
        *value = weir_sized(WEIR_T_TEXT, string.data ? string.data : "", string.size);
        return weir__utf8_valid(string.data, string.size);
    default:
        return false;
    }
}

static bool add_value(maker *m, const weir_value *value)
{
    if (m->out->args.count == WEIR__LIFT_VALUES)
        return false;
    m->out->values[m->out->args.count++] = *value;
    return true;
}

/* Behind the last element of an IN-list: the same again, up to a power of two. */
static bool pad(maker *m, const weir__run *run)
{
    uint32_t wanted = 1;
    weir_value last = m->out->values[m->out->args.count - 1];
    if (run->elements > 1 && (run->of_rows || run->width != 1))
        return false;
    while (wanted < run->elements)
        wanted *= 2;
    for (uint32_t i = run->elements; i < wanted; i++)
        if (!add(m, ", ?", 3) || !add_value(m, &last))
            return false;
    return true;
}

bool weir__lift_make(const weir__lookup *lookup, weir_args args, weir__lifted *out)
{
    maker m = {.lookup = lookup, .args = args, .out = out};
    weir_str sql = lookup->sql;
    uint32_t from = 0, run = 0;
    out->args = (weir_args){out->values, 0};
    if (args.count != lookup->parameters || lookup->slot_count > WEIR__LIFT_VALUES)
        return false;
    for (uint32_t i = 0; i < lookup->slot_count; i++) {
        const weir__slot *slot = &lookup->slots[i];
        weir_value value;
        if (!add(&m, sql.data + from, slot->start - from) || !add(&m, "?", 1) || !value_of(&m, slot, &value) ||
            !add_value(&m, &value))
            return false;
        from = slot->end;
        const weir__run *r = run < lookup->run_count ? &lookup->runs[run] : NULL;
        if (!r || i + 1 != r->first + r->width * r->elements)
            continue;
        if (!pad(&m, r))
            return false;
        run++;
    }
    if (run != lookup->run_count || !add(&m, sql.data + from, sql.size - from))
        return false;
    out->sql = (weir_str){out->text, m.size};
    return true;
}
