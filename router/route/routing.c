/* routing.c - making and freeing what routing knows of a plan. SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/route/routing_impl.h"

enum { SCRATCH = 4096, MOST_WHY = 1024 };

void weir__routing_refuse(weir__routing_work *w, weir__refusal refusal, const char *format, ...)
{
    weir__routing *r = w->routing;
    weir__buf text;
    va_list args;
    if (r->refusal != WEIR__REFUSAL_none)
        return;
    r->refusal = refusal;
    weir__buf_init(&text, &r->mem, MOST_WHY);
    va_start(args, format);
    weir__buf_addfv(&text, format, args);
    va_end(args);
    /* A text too long tells at least what it is about. */
    r->why = text.failed || !text.size ? weir__refusal_about(refusal)
                                       : weir__arena_text(&r->arena, weir__buf_text(&text), text.size);
    weir__buf_deinit(&text);
}

static weir_status fill(weir__routing_work *w, weir_error *error)
{
    weir__routing *r = w->routing;
    weir_status status = weir__routing_tables(w, error);
    if (status == WEIR_OK && r->refusal == WEIR__REFUSAL_none)
        weir__routing_admit(w);
    if (status == WEIR_OK && r->refusal == WEIR__REFUSAL_none)
        weir__routing_writes(w);
    if (status == WEIR_OK && r->refusal == WEIR__REFUSAL_none)
        weir__routing_keys(w);
    if (status == WEIR_OK && r->refusal == WEIR__REFUSAL_none && r->database->shard_count > 1)
        weir__routing_several(w);
    if (status == WEIR_OK && r->refusal == WEIR__REFUSAL_none)
        status = weir__routing_names(w, error);
    return status;
}

/* All that it needs is on one shard, whatever its values are. */
static const weir__shard_config *direct(const weir__routing *r)
{
    const weir__shard_config *shard = r->database->shard_count == 1 ? r->database->shards : NULL;
    if (r->refusal != WEIR__REFUSAL_none || r->splice_count || r->ids)
        return NULL;
    for (uint32_t i = 0; i < r->table_count; i++) {
        const weir__routed_table *t = &r->tables[i];
        if (t->spot == WEIR__SPOT_SPREAD || (t->spot == WEIR__SPOT_FIXED && shard && shard != t->shard))
            return NULL;
        shard = t->spot == WEIR__SPOT_FIXED ? t->shard : shard;
    }
    return shard;
}

static void free_annex(weir__plan_annex *annex)
{
    weir__routing_free((weir__routing *)annex);
}

weir_status weir__routing_new(const weir__lookup *lookup, const weir__routing_context *context, weir__routing **routing,
                              weir_error *error)
{
    const weir__mem *mem = &context->env->mem;
    weir__routing *r = weir__new(mem, sizeof *r);
    weir__routing_work w = {.lookup = lookup, .plan = lookup->plan, .context = context, .routing = r};
    char first[SCRATCH];
    *routing = NULL;
    if (!r)
        return weir__fail_nomem(error);
    r->annex.free = free_annex;
    r->plan = lookup->plan;
    r->mem = *mem;
    r->env = context->env;
    r->kept = true;
    r->target = r->key_cell = r->numbered_cell = r->id_cell = r->assigned_table = r->assigned_value = WEIR__NONE;
    weir__arena_init(&r->arena, &r->mem, WEIR__MAX_PLAN_BYTES);
    weir__arena_init_with(&w.scratch, &r->mem, WEIR__MAX_PLAN_BYTES, first, sizeof first);
    weir_status status = fill(&w, error);
    r->database = r->database ? r->database : context->database;
    if (status == WEIR_OK)
        r->direct = direct(r);
    if (status == WEIR_OK && (r->arena.failed || w.scratch.failed))
        status = weir__fail_nomem(error);
    weir__arena_deinit(&w.scratch);
    if (status != WEIR_OK)
        weir__routing_free(r);
    else
        *routing = r;
    return status;
}

void weir__routing_free(weir__routing *r)
{
    if (!r)
        return;
    weir__mem mem = r->mem;
    for (uint32_t i = 0; i < r->table_count; i++)
        weir__table_unref(r->tables[i].info);
    weir__arena_deinit(&r->arena);
    weir__free(&mem, r);
}
