/* explain_text.c - a plan for people: a word on the left, what it says in lines of 80 columns. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "tools/explain.h"
#include "tools/sql_text.h"

enum { WIDTH = 80, INDENT = 10, LONGEST_VALUE = 24, MOST_VALUES = 40, MOST_IN_LIST = 8 };

typedef struct page {
    const weir__plan *plan;
    const weir__config *config;
    weir__buf *out;
    weir__buf line; /* what the next paragraph says */
    const char *word;
} page;

const weir__table_config *explain_rule(const weir__plan_table *table, const weir__config *config)
{
    char schema[256], name[256];
    if (!config || table->source != WEIR__SOURCE_BASE || table->schema.size >= sizeof schema ||
        table->name.size >= sizeof name)
        return NULL;
    snprintf(schema, sizeof schema, "%.*s", WEIR__STR(table->schema));
    snprintf(name, sizeof name, "%.*s", WEIR__STR(table->name));
    return weir__config_table(config, *schema ? schema : NULL, name);
}

/* ---- paragraphs ---- */

static void begin(page *p, const char *word)
{
    p->word = word;
    weir__buf_reset(&p->line);
}

/* The line, broken at blanks. A word that is too long for a line is broken where it must be. */
static void end(page *p)
{
    weir_str rest = {weir__buf_text(&p->line), p->line.size};
    const char *word = p->word;
    p->out->failed = p->out->failed ? p->out->failed : p->line.failed;
    do {
        size_t used, size = sql_fit(rest, WIDTH - INDENT, &used), cut = size;
        if (size < rest.size) {
            while (cut > 0 && rest.data[cut] != ' ')
                cut--;
            cut = cut ? cut : size ? size : rest.size;
        }
        weir__buf_addf(p->out, "%-*s", INDENT, word);
        weir__buf_add(p->out, rest.data, cut);
        weir__buf_addc(p->out, '\n');
        rest = weir__slice(rest.data + cut, rest.data + rest.size);
        while (rest.size && rest.data[0] == ' ')
            rest = weir__slice(rest.data + 1, rest.data + rest.size);
        word = "";
    } while (rest.size && !p->out->failed);
}

static void show(page *p, weir_str text)
{
    sql_show_message(&p->line, text);
}

static void show_column(page *p, uint32_t column)
{
    weir__buf name;
    weir__buf_init(&name, p->line.mem, WEIR__MAX_PLAN_BYTES);
    weir__plan_print_column(p->plan, column, &name);
    if (name.failed)
        p->line.failed = name.failed;
    show(p, (weir_str){weir__buf_text(&name), name.size});
    weir__buf_deinit(&name);
}

static void show_value(page *p, uint32_t value)
{
    const weir__plan_value *v = &p->plan->values[value];
    size_t used, size = sql_fit(v->text, LONGEST_VALUE, &used);
    if (v->kind == WEIR__VALUE_PARAM) {
        weir__buf_addf(&p->line, "?%u", (unsigned)v->parameter + 1);
    } else {
        show(p, (weir_str){v->text.data, size});
        weir__buf_adds(&p->line, size < v->text.size ? ".." : "");
    }
}

void explain_paragraph(const char *word, weir_str text, weir__buf *out)
{
    page p = {.out = out};
    weir__buf_init(&p.line, out->mem, WEIR__MAX_PLAN_BYTES);
    begin(&p, word);
    show(&p, text);
    end(&p);
    weir__buf_deinit(&p.line);
}

/* ---- tables ---- */

static void show_table(page *p, const weir__plan_table *t)
{
    const weir__table_config *rule = explain_rule(t, p->config);
    show(p, t->schema);
    weir__buf_adds(&p->line, t->schema.size ? "." : "");
    show(p, t->name);
    if (t->alias.size) {
        weir__buf_adds(&p->line, " AS ");
        show(p, t->alias);
    }
    if (rule)
        weir__buf_addf(&p->line, ", %s%s%s", weir__table_kind_name(rule->kind), rule->shard_by ? " by " : "",
                       rule->shard_by ? rule->shard_by : "");
    else if (p->config)
        weir__buf_adds(&p->line, ", without a rule");
    if (t->null_supplied)
        weir__buf_adds(&p->line, ", NULLs where the join finds no row");
}

static void show_tables(page *p, bool written)
{
    const char *word = written ? "writes" : "reads";
    for (uint32_t i = 0; i < p->plan->table_count; i++) {
        const weir__plan_table *t = &p->plan->tables[i];
        if (t->source != WEIR__SOURCE_BASE || !(written ? t->written : t->read))
            continue;
        begin(p, word);
        show_table(p, t);
        end(p);
        word = "";
    }
}

/* ---- conditions ---- */

static void show_leaf(page *p, const weir__condition *c)
{
    show_column(p, c->column);
    switch ((weir__op)c->op) {
    case WEIR__OP_IS_NULL:
        weir__buf_adds(&p->line, " IS NULL");
        return;
    case WEIR__OP_BETWEEN:
        weir__buf_adds(&p->line, " BETWEEN ");
        show_value(p, c->value);
        weir__buf_adds(&p->line, " AND ");
        show_value(p, c->value + c->stride);
        return;
    case WEIR__OP_IN:
        weir__buf_adds(&p->line, " IN (");
        for (uint32_t i = 0; i < c->count && i < MOST_IN_LIST; i++) {
            weir__buf_adds(&p->line, i ? ", " : "");
            show_value(p, c->value + i * c->stride);
        }
        if (c->count > MOST_IN_LIST)
            weir__buf_addf(&p->line, ", and %u more", (unsigned)(c->count - MOST_IN_LIST));
        weir__buf_addc(&p->line, ')');
        return;
    case WEIR__OP_EQ:
    case WEIR__OP_NULLSAFE:
    case WEIR__OP_LT:
    case WEIR__OP_LE:
    case WEIR__OP_GT:
    case WEIR__OP_GE:
    case WEIR__OP_NE:
    case WEIR__OP_LIKE:
        weir__buf_addf(&p->line, " %s ", weir__op_name((weir__op)c->op));
        show_value(p, c->value);
    }
}

static void show_condition(page *p, const weir__condition *c, bool inner)
{
    bool is_and = c->kind == WEIR__CONDITION_AND;
    if (c->kind == WEIR__CONDITION_LEAF) {
        show_leaf(p, c);
        return;
    }
    if (c->kind != WEIR__CONDITION_AND && c->kind != WEIR__CONDITION_OR) {
        weir__buf_adds(&p->line, "never true");
        return;
    }
    weir__buf_adds(&p->line, inner ? "(" : "");
    for (const weir__condition *child = c->first; child; child = child->next) {
        weir__buf_adds(&p->line, child == c->first ? "" : is_and ? " AND " : " OR ");
        show_condition(p, child, true);
    }
    weir__buf_adds(&p->line, inner ? ")" : "");
}

static void show_conditions(page *p)
{
    for (uint32_t i = 0; i < p->plan->condition_count; i++) {
        const weir__plan_condition *c = &p->plan->conditions[i];
        begin(p, c->on ? "join" : c->scope ? "inner" : "where");
        show_condition(p, c->root, false);
        end(p);
    }
}

static void show_flows(page *p)
{
    const char *word = "equal";
    for (uint32_t i = 0; i < p->plan->flow_count; i++) {
        const weir__plan_flow *f = &p->plan->flows[i];
        begin(p, word);
        show_column(p, f->both ? f->from : f->to);
        weir__buf_adds(&p->line, f->both ? " and " : " follows ");
        show_column(p, f->both ? f->to : f->from);
        end(p);
        word = "";
    }
}

/* ---- values and calls ---- */

static void show_values(page *p)
{
    const char *word = "values";
    for (uint32_t i = 0; i < p->plan->value_count && i < MOST_VALUES; i++) {
        const weir__plan_value *v = &p->plan->values[i];
        begin(p, word);
        show_value(p, i);
        weir__buf_adds(&p->line, ": ");
        weir__buf_adds(&p->line, weir__use_name((weir__use)v->use));
        if (v->use == WEIR__USE_COMPARED)
            weir__buf_addf(&p->line, " by %s with", weir__op_name((weir__op)v->op));
        else if (v->column != WEIR__NONE)
            weir__buf_adds(&p->line, v->use == WEIR__USE_INSERTED ? " into" : " to");
        if (v->column != WEIR__NONE) {
            weir__buf_addc(&p->line, ' ');
            show_column(p, v->column);
        } else if (v->use == WEIR__USE_COMPARED) {
            weir__buf_adds(&p->line, " a column of no table here");
        }
        end(p);
        word = "";
    }
    if (p->plan->value_count > MOST_VALUES)
        weir__buf_addf(p->out, "%-*sand %u more\n", INDENT, "", (unsigned)(p->plan->value_count - MOST_VALUES));
}

static void show_calls(page *p)
{
    const char *word = "calls";
    for (uint32_t i = 0; i < p->plan->call_count; i++) {
        const weir__plan_call *c = &p->plan->calls[i];
        begin(p, word);
        show(p, c->schema);
        weir__buf_adds(&p->line, c->schema.size ? "." : "");
        show(p, c->name);
        weir__buf_adds(&p->line, c->unknown         ? ": not known, it may do anything"
                                 : c->changes       ? ": changes data or the session"
                                 : c->reads_session ? ": tells of what the session did before"
                                                    : ": another answer at another time or place");
        end(p);
        word = "";
    }
}

void explain_text(const weir__plan *plan, const weir__config *config, weir__buf *out)
{
    page p = {.plan = plan, .config = config, .out = out};
    weir__buf_init(&p.line, out->mem, WEIR__MAX_PLAN_BYTES);
    begin(&p, "statement");
    weir__buf_adds(&p.line, weir__verb_name(plan->effects.verb));
    end(&p);
    begin(&p, "role");
    weir__buf_addf(&p.line, "%s: %s", plan->role == WEIR__REPLICA ? "replica" : "primary", plan->role_reason);
    end(&p);
    if (!plan->understood) {
        begin(&p, "note");
        weir__buf_adds(&p.line, "not understood, so its tables are not known: ");
        show(&p, plan->not_understood);
        end(&p);
    }
    show_tables(&p, false);
    show_tables(&p, true);
    show_conditions(&p);
    show_flows(&p);
    show_calls(&p);
    show_values(&p);
    weir__buf_deinit(&p.line);
}
