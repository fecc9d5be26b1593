/* plan_print.c - a plan as an s-expression, for tests and logs. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/plan.h"

#include "base/str.h"

#define X(name, text) text,
static const char *const sources[] = {WEIR__SOURCE_MAP(X)}, *const hows[] = {WEIR__HOW_MAP(X)},
                         *const scopes[] = {WEIR__SCOPE_MAP(X)}, *const ops[] = {WEIR__OP_MAP(X)},
                         *const uses[] = {WEIR__USE_MAP(X)}, *const kinds[] = {WEIR__VALUE_MAP(X)};
#undef X

const char *weir__source_name(weir__source source)
{
    return sources[source];
}

const char *weir__how_name(weir__how how)
{
    return hows[how];
}

const char *weir__scope_name(weir__scope_kind kind)
{
    return scopes[kind];
}

const char *weir__op_name(weir__op op)
{
    return ops[op];
}

const char *weir__use_name(weir__use use)
{
    return uses[use];
}

const char *weir__value_name(weir__value_kind kind)
{
    return kinds[kind];
}

static void adds(weir__buf *out, weir_str text)
{
    weir__buf_add(out, text.data, text.size);
}

void weir__plan_print_column(const weir__plan *plan, uint32_t column, weir__buf *out)
{
    const weir__plan_column *c = &plan->columns[column];
    if (c->table != WEIR__NONE) {
        adds(out, weir__plan_table_label(&plan->tables[c->table]));
        weir__buf_addc(out, '.');
    }
    adds(out, c->name);
}

enum { LONGEST_LIST = 8 };

static void print_leaf(const weir__plan *plan, const weir__condition *c, weir__buf *out)
{
    weir__buf_addf(out, "(%s ", ops[c->op]);
    weir__plan_print_column(plan, c->column, out);
    for (uint32_t i = 0; i < c->count && c->count <= LONGEST_LIST; i++)
        weir__buf_addf(out, " %u", (unsigned)(c->value + i * c->stride));
    if (c->count > LONGEST_LIST)
        weir__buf_addf(out, " %u..%u", (unsigned)c->value, (unsigned)(c->value + (c->count - 1) * c->stride));
    weir__buf_addc(out, ')');
}

void weir__plan_print_condition(const weir__plan *plan, const weir__condition *condition, weir__buf *out)
{
    switch ((weir__condition_kind)condition->kind) {
    case WEIR__CONDITION_TRUE:
        weir__buf_adds(out, "true");
        return;
    case WEIR__CONDITION_FALSE:
        weir__buf_adds(out, "false");
        return;
    case WEIR__CONDITION_LEAF:
        print_leaf(plan, condition, out);
        return;
    case WEIR__CONDITION_AND:
    case WEIR__CONDITION_OR:
        break;
    }
    weir__buf_adds(out, condition->kind == WEIR__CONDITION_AND ? "(and" : "(or");
    for (const weir__condition *child = condition->first; child; child = child->next) {
        weir__buf_addc(out, ' ');
        weir__plan_print_condition(plan, child, out);
    }
    weir__buf_addc(out, ')');
}

/* schema.name:alias, with a question mark where an outer join may put NULLs. */
static void print_table(const weir__plan_table *t, weir__buf *out)
{
    weir__buf_addc(out, ' ');
    if (t->schema.size) {
        adds(out, t->schema);
        weir__buf_addc(out, '.');
    }
    adds(out, t->name);
    if (t->alias.size) {
        weir__buf_addc(out, ':');
        adds(out, t->alias);
    }
    if (t->null_supplied)
        weir__buf_addc(out, '?');
}

static void print_tables(const weir__plan *plan, bool written, weir__buf *out)
{
    bool any = false;
    for (uint32_t i = 0; i < plan->table_count; i++) {
        const weir__plan_table *t = &plan->tables[i];
        if (t->source != WEIR__SOURCE_BASE || !(written ? t->written : t->read))
            continue;
        if (!any)
            weir__buf_adds(out, written ? " (writes" : " (reads");
        any = true;
        print_table(t, out);
    }
    if (any)
        weir__buf_addc(out, ')');
}

/* (where ..) of the statement's own scope, (subquery 2 ..) of another, (on a b ..) of the tables a and b. */
static void print_conditions(const weir__plan *plan, weir__buf *out)
{
    for (uint32_t i = 0; i < plan->condition_count; i++) {
        const weir__plan_condition *c = &plan->conditions[i];
        if (c->on) {
            weir__buf_adds(out, " (on");
            for (uint32_t t = c->first; t < c->end; t++)
                if (plan->tables[t].scope == c->scope) {
                    weir__buf_addc(out, ' ');
                    adds(out, weir__plan_table_label(&plan->tables[t]));
                }
        } else {
            weir__buf_addf(out, " (%s", c->scope ? scopes[plan->scopes[c->scope].kind] : "where");
        }
        weir__buf_addc(out, ' ');
        weir__plan_print_condition(plan, c->root, out);
        weir__buf_addc(out, ')');
    }
}

static void print_flows(const weir__plan *plan, weir__buf *out)
{
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        const weir__plan_flow *f = &plan->flows[i];
        weir__buf_adds(out, f->both ? " (same " : " (flow ");
        weir__plan_print_column(plan, f->from, out);
        weir__buf_addc(out, ' ');
        weir__plan_print_column(plan, f->to, out);
        weir__buf_addc(out, ')');
    }
}

static void print_values(const weir__plan *plan, weir__buf *out)
{
    weir__buf_adds(out, " (values");
    for (uint32_t i = 0; i < plan->value_count; i++) {
        const weir__plan_value *v = &plan->values[i];
        weir__buf_adds(out, " (");
        adds(out, v->text);
        weir__buf_addf(out, " %s %s", kinds[v->kind], uses[v->use]);
        if (v->use == WEIR__USE_COMPARED)
            weir__buf_addf(out, " %s", ops[v->op]);
        if (v->column != WEIR__NONE) {
            weir__buf_addc(out, ' ');
            weir__plan_print_column(plan, v->column, out);
        }
        weir__buf_addc(out, ')');
    }
    weir__buf_addc(out, ')');
}

static void print_columns(const weir__plan *plan, weir__buf *out)
{
    weir__buf_adds(out, " (columns");
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const weir__plan_column *c = &plan->columns[i];
        if (!c->read && !c->written)
            continue;
        weir__buf_addc(out, ' ');
        weir__plan_print_column(plan, i, out);
        if (c->written)
            weir__buf_adds(out, c->read ? "!?" : "!");
    }
    for (uint32_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i].all_columns) {
            weir__buf_addc(out, ' ');
            adds(out, weir__plan_table_label(&plan->tables[i]));
            weir__buf_adds(out, ".*");
        }
    weir__buf_addc(out, ')');
}

static void print_calls(const weir__plan *plan, weir__buf *out)
{
    weir__buf_adds(out, " (calls");
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const weir__plan_call *c = &plan->calls[i];
        weir__buf_addf(out, " (%.*s%s%.*s%s%s%s%s)", WEIR__STR(c->schema), c->schema.size ? "." : "",
                       WEIR__STR(c->name), c->varies ? " varies" : "", c->changes ? " changes" : "",
                       c->reads_session ? " reads-session" : "", c->unknown ? " unknown" : "");
    }
    weir__buf_addc(out, ')');
}

static void print_insert(const weir__plan_insert *insert, const weir__plan *plan, weir__buf *out)
{
    weir__buf_adds(out, " (insert");
    if (insert->column_list) {
        weir__buf_adds(out, " (into");
        for (uint32_t i = 0; i < insert->column_count; i++) {
            weir__buf_addc(out, ' ');
            adds(out, plan->columns[insert->columns[i]].name);
        }
        weir__buf_addc(out, ')');
    }
    for (uint32_t row = 0, cell = 0; row < insert->row_count; row++) {
        weir__buf_adds(out, " (row");
        for (; cell < insert->row_ends[row]; cell++) {
            if (insert->cells[cell].kind == WEIR__CELL_VALUE)
                weir__buf_addf(out, " %u", (unsigned)insert->cells[cell].value);
            else
                weir__buf_adds(out, insert->cells[cell].kind == WEIR__CELL_DEFAULT ? " default" : " expression");
        }
        weir__buf_addc(out, ')');
    }
    if (insert->source != WEIR__NONE)
        weir__buf_adds(out, " source");
    weir__buf_adds(out, insert->ignore ? " ignore" : "");
    weir__buf_adds(out, insert->on_duplicate ? " duplicate)" : ")");
}

static void print_scopes(const weir__plan *plan, weir__buf *out)
{
    weir__buf_adds(out, " (scopes");
    for (uint32_t i = 0; i < plan->scope_count; i++) {
        const weir__plan_scope *s = &plan->scopes[i];
        weir__buf_addf(out, " (%s", scopes[s->kind]);
        for (uint32_t t = s->first_table; t < s->end_table; t++)
            if (plan->tables[t].scope == i) {
                weir__buf_addf(out, " %s:", hows[plan->tables[t].how]);
                adds(out, weir__plan_table_label(&plan->tables[t]));
            }
        if (s->limit != WEIR__NONE)
            weir__buf_addf(out, " limit=%u", (unsigned)s->limit);
        if (s->offset != WEIR__NONE)
            weir__buf_addf(out, " offset=%u", (unsigned)s->offset);
        weir__buf_addf(out, "%s%s%s%s%s%s%s%s%s)", s->limited && s->limit == WEIR__NONE ? " limited" : "",
                       s->distinct ? " distinct" : "", s->grouped ? " grouped" : "", s->rollup ? " rollup" : "",
                       s->aggregates ? " aggregates" : "", s->windows ? " windows" : "", s->ordered ? " ordered" : "",
                       s->recursive ? " recursive" : "", s->correlated ? " correlated" : "");
    }
    weir__buf_addc(out, ')');
}

void weir__plan_print(const weir__plan *plan, unsigned what, weir__buf *out)
{
    weir__buf_adds(out, "(plan ");
    for (const char *c = weir__verb_name(plan->effects.verb); *c; c++)
        weir__buf_addc(out, (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c));
    weir__buf_adds(out, plan->role == WEIR__REPLICA ? " replica" : " primary");
    if (!plan->understood)
        weir__buf_adds(out, " not-understood");
    print_tables(plan, false, out);
    print_tables(plan, true, out);
    print_conditions(plan, out);
    print_flows(plan, out);
    if (what & WEIR__PRINT_VALUES)
        print_values(plan, out);
    if (what & WEIR__PRINT_COLUMNS)
        print_columns(plan, out);
    if (what & WEIR__PRINT_CALLS)
        print_calls(plan, out);
    if (what & WEIR__PRINT_INSERT && plan->insert)
        print_insert(plan->insert, plan, out);
    if (what & WEIR__PRINT_SCOPES)
        print_scopes(plan, out);
    weir__buf_addc(out, ')');
}
