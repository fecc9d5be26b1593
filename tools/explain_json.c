/* explain_json.c - a plan as one line of JSON. SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/str.h"
#include "tools/explain.h"
#include "tools/sql_text.h"

static void key(weir__buf *out, const char *before, const char *name)
{
    weir__buf_addf(out, "%s\"%s\":", before, name);
}

static void text(weir__buf *out, const char *before, const char *name, weir_str value)
{
    key(out, before, name);
    if (value.size)
        sql_json_message(out, value);
    else
        weir__buf_adds(out, "null");
}

static void flag(weir__buf *out, const char *name, bool value)
{
    key(out, ",", name);
    weir__buf_adds(out, value ? "true" : "false");
}

static void number(weir__buf *out, const char *name, uint32_t value)
{
    key(out, ",", name);
    if (value == WEIR__NONE)
        weir__buf_adds(out, "null");
    else
        weir__buf_addf(out, "%u", (unsigned)value);
}

/* By one of the printers of plan.h, as a string. */
static void column(weir__buf *out, const char *before, const char *name, const weir__plan *plan, uint32_t index)
{
    weir__buf printed;
    weir__buf_init(&printed, out->mem, WEIR__MAX_PLAN_BYTES);
    if (index != WEIR__NONE)
        weir__plan_print_column(plan, index, &printed);
    out->failed = out->failed ? out->failed : printed.failed;
    text(out, before, name, (weir_str){weir__buf_text(&printed), printed.size});
    weir__buf_deinit(&printed);
}

static void condition(weir__buf *out, const weir__plan *plan, const weir__plan_condition *c)
{
    weir__buf printed;
    weir__buf_init(&printed, out->mem, WEIR__MAX_PLAN_BYTES);
    weir__plan_print_condition(plan, c->root, &printed);
    out->failed = out->failed ? out->failed : printed.failed;
    text(out, "{", "condition", (weir_str){weir__buf_text(&printed), printed.size});
    number(out, "scope", c->scope);
    number(out, "first_table", c->first);
    number(out, "end_table", c->end);
    flag(out, "on", c->on);
    weir__buf_addc(out, '}');
    weir__buf_deinit(&printed);
}

static void table(weir__buf *out, const weir__plan_table *t, const weir__config *config)
{
    const weir__table_config *rule = explain_rule(t, config);
    text(out, "{", "schema", t->schema);
    text(out, ",", "name", t->name);
    text(out, ",", "alias", t->alias);
    text(out, ",", "source", weir__view(weir__source_name((weir__source)t->source)));
    text(out, ",", "how", weir__view(weir__how_name((weir__how)t->how)));
    number(out, "scope", t->scope);
    flag(out, "read", t->read);
    flag(out, "written", t->written);
    flag(out, "null_supplied", t->null_supplied);
    if (config) {
        text(out, ",", "rule", rule ? weir__view(weir__table_kind_name(rule->kind)) : (weir_str){NULL, 0});
        text(out, ",", "shard_by", rule && rule->shard_by ? weir__view(rule->shard_by) : (weir_str){NULL, 0});
    }
    weir__buf_addc(out, '}');
}

static void value(weir__buf *out, const weir__plan *plan, const weir__plan_value *v)
{
    text(out, "{", "text", v->text);
    text(out, ",", "kind", weir__view(weir__value_name((weir__value_kind)v->kind)));
    number(out, "parameter", v->parameter);
    text(out, ",", "use", weir__view(weir__use_name((weir__use)v->use)));
    text(out, ",", "op",
         v->use == WEIR__USE_COMPARED ? weir__view(weir__op_name((weir__op)v->op)) : (weir_str){NULL, 0});
    column(out, ",", "column", plan, v->column);
    number(out, "start", v->start);
    number(out, "end", v->end);
    weir__buf_addc(out, '}');
}

static void call(weir__buf *out, const weir__plan_call *c)
{
    text(out, "{", "schema", c->schema);
    text(out, ",", "name", c->name);
    flag(out, "varies", c->varies);
    flag(out, "changes", c->changes);
    flag(out, "reads_session", c->reads_session);
    flag(out, "unknown", c->unknown);
    weir__buf_addc(out, '}');
}

void explain_json(const weir__plan *plan, const weir__config *config, weir__buf *out)
{
    text(out, "{", "statement", weir__view(weir__verb_name(plan->effects.verb)));
    text(out, ",", "role", weir__view(plan->role == WEIR__REPLICA ? "replica" : "primary"));
    text(out, ",", "why", weir__view(plan->role_reason));
    flag(out, "understood", plan->understood);
    text(out, ",", "not_understood", plan->not_understood);
    key(out, ",", "tables");
    for (uint32_t i = 0; i < plan->table_count; i++) {
        weir__buf_addc(out, i ? ',' : '[');
        table(out, &plan->tables[i], config);
    }
    weir__buf_adds(out, plan->table_count ? "]" : "[]");
    key(out, ",", "conditions");
    for (uint32_t i = 0; i < plan->condition_count; i++) {
        weir__buf_addc(out, i ? ',' : '[');
        condition(out, plan, &plan->conditions[i]);
    }
    weir__buf_adds(out, plan->condition_count ? "]" : "[]");
    key(out, ",", "flows");
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        weir__buf_addc(out, i ? ',' : '[');
        column(out, "{", "from", plan, plan->flows[i].from);
        column(out, ",", "to", plan, plan->flows[i].to);
        flag(out, "both", plan->flows[i].both);
        weir__buf_addc(out, '}');
    }
    weir__buf_adds(out, plan->flow_count ? "]" : "[]");
    key(out, ",", "calls");
    for (uint32_t i = 0; i < plan->call_count; i++) {
        weir__buf_addc(out, i ? ',' : '[');
        call(out, &plan->calls[i]);
    }
    weir__buf_adds(out, plan->call_count ? "]" : "[]");
    key(out, ",", "values");
    for (uint32_t i = 0; i < plan->value_count; i++) {
        weir__buf_addc(out, i ? ',' : '[');
        value(out, plan, &plan->values[i]);
    }
    weir__buf_adds(out, plan->value_count ? "]" : "[]");
}

static void how(const weir__foreseen *seen, weir__buf *out)
{
    const char *steps[EXPLAIN_MERGE_STEPS];
    size_t count = seen->merge ? explain_merge(seen->merge, steps) : 0;
    flag(out, "merged", seen->merge);
    key(out, ",", "merge");
    for (size_t i = 0; i < count; i++)
        weir__buf_addf(out, "%c\"%s\"", i ? ',' : '[', steps[i]);
    weir__buf_adds(out, count ? "]" : "[]");
    text(out, ",", "finishing", seen->finish ? weir__view(weir__finish_way_name(seen->way)) : (weir_str){NULL, 0});
    key(out, ",", "parts");
    weir__buf_addc(out, '[');
    for (uint32_t i = 0; seen->finish && i < seen->finish->part_count; i++) {
        weir__buf_adds(out, i ? "," : "");
        sql_json_message(out, seen->finish->parts[i].text.sql);
    }
    weir__buf_addc(out, ']');
}

void explain_route_json(const weir__foreseen *seen, weir__buf *out)
{
    const weir__route *route = seen->route;
    key(out, ",", "route");
    text(out, "{", "refused", route->refusal ? weir__view(weir__refusal_word(route->refusal)) : (weir_str){NULL, 0});
    text(out, ",", "why", route->refusal ? route->why : (weir_str){NULL, 0});
    text(out, ",", "database", weir__view(route->routing->database->name));
    flag(out, "several", route->several);
    flag(out, "moves", route->moves);
    how(seen, out);
    flag(out, "any", route->any);
    flag(out, "empty", route->empty);
    number(out, "shards", (uint32_t)route->target_total);
    key(out, ",", "targets");
    for (size_t i = 0; i < route->target_count; i++) {
        const weir__target *target = &route->targets[i];
        weir__buf_addc(out, i ? ',' : '[');
        text(out, "{", "shard", weir__view(target->shard->name));
        text(out, ",", "sql", target->sql);
        key(out, ",", route->by_rows ? "rows" : "elements");
        for (uint32_t n = 0; n < target->part_count; n++)
            weir__buf_addf(out, "%c%u", n ? ',' : '[', (unsigned)target->parts[n]);
        weir__buf_adds(out, target->part_count ? "]}" : "[]}");
    }
    weir__buf_adds(out, route->target_count ? "]}" : "[]}");
}
