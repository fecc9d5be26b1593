/* plan.c - text to plan, and the plan's life. SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/str.h"
#include "router/plan/planner.h"

static void statement(planner *p, node *root)
{
    reach nowhere = {.only = NONE};
    switch (root->kind) {
    case NODE(SELECT):
    case NODE(VALUES):
    case NODE(TABLE_QUERY):
    case NODE(SETOP):
    case NODE(NESTED):
        planner__query(p, root, WEIR__SCOPE_STATEMENT, NONE);
        return;
    case NODE(INSERT):
        planner__insert(p, root);
        return;
    case NODE(UPDATE):
        planner__update(p, root);
        return;
    case NODE(DELETE):
        planner__delete(p, root);
        return;
    case NODE(EXPLAIN):
        if (root->first && root->first->kind != NODE(TABLE)) {
            statement(p, root->first);
            return;
        }
        break;
    default:
        break;
    }
    planner__open_scope(p, WEIR__SCOPE_STATEMENT, NONE);
    if (root->kind == NODE(CALL))
        planner__note_call(p, 0, root);
    if (root->kind == NODE(EXPLAIN) && root->first)
        planner__table(p, 0, root->first, WEIR__HOW_FROM);
    else
        for (node *child = root->first; child && !planner__failed(p); child = child->next)
            planner__expr(p, &nowhere, child);
    planner__close_scope(p, 0);
}

/* UPDATE assigns from left to right: a subquery in SET may see the new value of a column that WHERE saw the old one of. */
static void drop_stale_flows(planner *p)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->flows.count; i++) {
        const weir__plan_flow f = *AT(p, flows, weir__plan_flow, i);
        bool stale = !f.both && planner__find(p, NAME_GROUP, NONE, COLUMN_AT(p, f.from)->name);
        if (!stale)
            *AT(p, flows, weir__plan_flow, kept++) = f;
    }
    p->flows.count = kept;
}

static void copy_lists(planner *p)
{
    weir__plan *plan = p->plan;
#define KEEP(list, member, counter)                                                                                    \
    plan->member = weir__arena_copy(&plan->arena, p->list.data, p->list.count * sizeof *plan->member);                 \
    plan->counter = p->list.count
    KEEP(tables, tables, table_count);
    KEEP(scopes, scopes, scope_count);
    KEEP(columns, columns, column_count);
    KEEP(flows, flows, flow_count);
    KEEP(conditions, conditions, condition_count);
    KEEP(values, values, value_count);
    KEEP(calls, calls, call_count);
#undef KEEP
    if (p->tree.root->kind != NODE(INSERT))
        return;
    p->insert.cells = weir__arena_copy(&plan->arena, p->cells.data, p->cells.count * sizeof *p->insert.cells);
    p->insert.cell_count = p->cells.count;
    p->insert.row_ends =
        weir__arena_copy(&plan->arena, p->row_ends.data, p->row_ends.count * sizeof *p->insert.row_ends);
    p->insert.row_count = p->row_ends.count;
    plan->insert = weir__arena_copy(&plan->arena, &p->insert, sizeof p->insert);
}

/* One element of each list: from here on index 0 always is memory, also after a failure. */
static void make_lists(planner *p, size_t bytes)
{
    struct {
        rowset *list;
        size_t size;
    } all[] = {{&p->tables, sizeof(weir__plan_table)},
               {&p->marks, sizeof(bool)},
               {&p->scopes, sizeof(weir__plan_scope)},
               {&p->works, sizeof(scope_work)},
               {&p->columns, sizeof(weir__plan_column)},
               {&p->values, sizeof(weir__plan_value)},
               {&p->outputs, sizeof(uint32_t)},
               {&p->joins, sizeof(join_work)},
               {&p->ctes, sizeof(cte_work)}};
    uint32_t buckets = 16;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        planner__add(p, all[i].list, all[i].size, NULL);
        all[i].list->count = 0;
    }
    while (buckets < 65536 && buckets < bytes / 16)
        buckets *= 2;
    p->buckets = weir__arena_array(p->scratch, buckets, sizeof *p->buckets);
    p->bucket_mask = buckets - 1;
}

static void not_understood(weir__plan *plan, const char *why, uint32_t at)
{
    size_t size = strlen(why);
    plan->not_understood = (weir_str){weir__arena_text(&plan->arena, why, size), size};
    plan->not_understood_at = at;
}

/* Everything but what the effects tell. */
static weir_status understand(planner *p, weir_str sql, weir_error *error)
{
    weir__plan *plan = p->plan;
    char *copy = weir__arena_text(&plan->arena, sql.data, sql.size);
    weir_status status = WEIR_OK;

    if (copy)
        status = weir__parse((weir_str){copy, sql.size}, p->options, p->scratch, &p->tree, error);
    if (status == WEIR_SYNTAX) {
        weir__arena_reset(&plan->arena);
        not_understood(plan, error->text, error->sql_offset);
        return WEIR_OK;
    }
    if (!copy || status)
        return status;
    plan->parameters = p->tree.parameters;
    if (p->tree.root->kind == NODE(HEAD) || p->tree.root->kind == NODE(SHOW)) {
        weir__arena_reset(&plan->arena);
        not_understood(plan, "weir knows such a statement by its first words alone", 0);
        return WEIR_OK;
    }
    make_lists(p, sql.size);
    if (planner__failed(p))
        return WEIR_OK; /* told by the arenas */
    planner__number_values(p, p->tree.root);
    statement(p, p->tree.root);
    planner__derived_flows(p);
    if (planner__failed(p))
        return WEIR_OK;
    if (plan->effects.verb == WEIR__VERB_UPDATE)
        drop_stale_flows(p);
    copy_lists(p);
    plan->understood = true;
    return WEIR_OK;
}

weir_status weir__plan_build(weir_str sql, const weir__lex_options *options, const weir__env *env, weir__plan **out,
                             weir_error *error)
{
    weir__arena scratch;
    weir__plan *plan = weir__new(&env->mem, sizeof *plan);
    weir_status status;

    *out = NULL;
    if (!plan)
        return weir__fail_nomem(error);
    plan->mem = env->mem;
    atomic_init(&plan->references, 1);
    weir__arena_init(&plan->arena, &plan->mem, WEIR__MAX_PLAN_BYTES);
    weir__arena_init(&scratch, &env->mem, WEIR__MAX_PLAN_BYTES);
    plan->effects = weir__sql_effects_of(sql, options);
    plan->parameters = plan->effects.parameters;
    planner__role(plan);
    planner p = {.options = options, .scratch = &scratch, .plan = plan};
    status = understand(&p, sql, error);
    if (!status && (scratch.failed == WEIR_LIMIT || plan->arena.failed == WEIR_LIMIT))
        status =
            weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the statement needs more than %d MiB of memory; split it",
                       WEIR__MAX_PLAN_BYTES / 1024 / 1024);
    else if (!status && planner__failed(&p))
        status = weir__fail_nomem(error);
    weir__arena_deinit(&scratch);
    if (status) {
        weir__plan_unref(plan);
        return status;
    }
    *out = plan;
    return WEIR_OK;
}

weir__plan *weir__plan_ref(weir__plan *plan)
{
    atomic_fetch_add_explicit(&plan->references, 1, memory_order_relaxed);
    return plan;
}

void weir__plan_unref(weir__plan *plan)
{
    if (!plan || atomic_fetch_sub_explicit(&plan->references, 1, memory_order_acq_rel) != 1)
        return;
    weir__mem mem = plan->mem;
    weir__plan_annex *annex = atomic_load_explicit(&plan->annex, memory_order_acquire);
    if (annex)
        annex->free(annex);
    weir__arena_deinit(&plan->arena);
    weir__free(&mem, plan);
}

size_t weir__plan_bytes(const weir__plan *plan)
{
    return sizeof *plan + weir__arena_held(&plan->arena);
}
