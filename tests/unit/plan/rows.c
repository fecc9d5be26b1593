/* rows.c - see rows.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/plan/rows.h"

const weir__lex_options plan_mariadb = {.flavour = WEIR__MARIADB, .version = 101106};

/* What plan.h promises of every plan. */
static void check_promises(const plan_row *row, const weir__plan *plan, size_t sql_size)
{
    for (uint32_t i = 0; i < plan->value_count; i++) {
        const weir__plan_value *v = &plan->values[i];
        EXPECT_THAT(v->start < v->end && v->end <= sql_size, "%s: value %u is at %u-%u", row->name, i, v->start,
                    v->end);
        EXPECT_THAT(i == 0 || plan->values[i - 1].end <= v->start, "%s: value %u is not behind the one before",
                    row->name, i);
        EXPECT_THAT(weir__str_equal(v->text, (weir_str){row->sql + v->start, v->end - v->start}),
                    "%s: value %u is %.*s", row->name, i, WEIR__STR(v->text));
        EXPECT_THAT(v->text.data < row->sql || v->text.data > row->sql + sql_size, "%s: value %u is the caller's text",
                    row->name, i);
        EXPECT_THAT(v->column == WEIR__NONE || v->column < plan->column_count, "%s: value %u", row->name, i);
    }
    for (uint32_t i = 0; i < plan->table_count; i++) {
        const weir__plan_table *t = &plan->tables[i];
        EXPECT_THAT(t->scope < plan->scope_count, "%s: table %u", row->name, i);
        for (uint32_t s = t->scope; s != WEIR__NONE; s = plan->scopes[s].parent)
            EXPECT_THAT(plan->scopes[s].kind == WEIR__SCOPE_CTE || plan->scopes[s].kind == WEIR__SCOPE_DERIVED ||
                            (plan->scopes[s].first_table <= i && i < plan->scopes[s].end_table),
                        "%s: table %u is out of its scope", row->name, i);
    }
    for (uint32_t i = 0; i < plan->flow_count; i++)
        EXPECT_THAT(plan->flows[i].from < plan->column_count && plan->flows[i].to < plan->column_count, "%s: flow %u",
                    row->name, i);
    for (uint32_t i = 0; i < plan->condition_count; i++)
        EXPECT_THAT(plan->conditions[i].root->kind != WEIR__CONDITION_TRUE, "%s: condition %u is true", row->name, i);
    EXPECT_THAT(plan->scope_count == 0 || plan->scopes[0].parent == WEIR__NONE, "%s: the first scope", row->name);
}

void plan_check(const plan_row *rows, size_t count, const weir__lex_options *options, unsigned what)
{
    for (size_t i = 0; i < count; i++) {
        weir__plan *plan;
        weir_error error;
        weir__buf got;
        weir_status status = weir__plan_build(weir__view(rows[i].sql), options, test_env(), &plan, &error);
        EXPECT_THAT(status == WEIR_OK, "%s: %s: %s", rows[i].name, weir_status_name(status), status ? error.text : "");
        if (status)
            continue;
        weir__buf_init(&got, &test_env()->mem, 1 << 20);
        weir__plan_print(plan, what, &got);
        EXPECT_THAT(weir__str_is(weir__view(rows[i].plan), weir__buf_text(&got)), "%s: %s\n    is   %s\n    not  %s",
                    rows[i].name, rows[i].sql, weir__buf_text(&got), rows[i].plan);
        check_promises(&rows[i], plan, strlen(rows[i].sql));
        weir__buf_deinit(&got);
        weir__plan_unref(plan);
    }
}

char *plan_repeat(const char *head, const char *middle, size_t count, const char *tail, size_t *size)
{
    size_t step = strlen(middle);
    weir__buf buf;
    weir__buf_init(&buf, &test_env()->mem, 64 * 1024 * 1024);
    weir__buf_adds(&buf, head);
    char *to = weir__buf_grow(&buf, step * count);
    for (size_t i = 0; to && i < count; i++)
        memcpy(to + i * step, middle, step);
    weir__buf_adds(&buf, tail);
    return weir__buf_detach(&buf, size);
}
