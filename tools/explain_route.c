/* explain_route.c - where a statement goes, for people. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "tools/explain.h"

enum { MOST_RANGES = 8, MOST_PARTS = 16, MOST_TARGETS = 20, TEXT = 65536 };

static void paragraph(const char *word, const weir__buf *text, weir__buf *out)
{
    explain_paragraph(word, (weir_str){weir__buf_text(text), text->size}, out);
}

static const weir__routed_table *first_spread(const weir__route *route)
{
    for (uint32_t i = 0; i < route->routing->table_count; i++)
        if (route->routing->tables[i].spot == WEIR__SPOT_SPREAD)
            return &route->routing->tables[i];
    return NULL;
}

static void show_units(const weir__route *route, weir__buf *text, weir__buf *out)
{
    static const char *const words[] = {
        [WEIR__METHOD_SLOTS] = "slots",  [WEIR__METHOD_MOD] = "rest",     [WEIR__METHOD_RANGE] = "ranges",
        [WEIR__METHOD_LIST] = "numbers", [WEIR__METHOD_TIME] = "periods",
    };
    const weir__routed_table *t = first_spread(route);
    if (!t || route->unit_count == 0)
        return;
    weir__buf_reset(text);
    for (size_t i = 0; i < route->unit_count && i < MOST_RANGES; i++) {
        const weir__unit_range *range = &route->units[i];
        weir__buf_addf(text, "%s%" PRId64, i ? ", " : "", range->first);
        if (range->last > range->first)
            weir__buf_addf(text, "-%" PRId64, range->last);
    }
    if (route->unit_count > MOST_RANGES)
        weir__buf_addf(text, ", and %zu more", route->unit_count - MOST_RANGES);
    weir__buf_addf(text, " of %s", t->rule->label);
    paragraph(words[t->rule->method.kind], text, out);
}

static void show_target(const weir__foreseen *seen, const weir__target *target, weir__buf *text, weir__buf *out)
{
    const weir__route *route = seen->route;
    weir__buf_reset(text);
    weir__buf_addf(text, "%s, schema %s on %s", target->shard->name, target->shard->schema,
                   target->shard->primary.address.text);
    for (uint32_t i = 0; i < target->part_count && i < MOST_PARTS; i++)
        weir__buf_addf(text, "%s%u",
                       i                ? ", "
                       : route->by_rows ? ": rows "
                                        : ": elements ",
                       (unsigned)target->parts[i] + 1);
    if (target->part_count > MOST_PARTS)
        weir__buf_addf(text, ", and %u more", (unsigned)(target->part_count - MOST_PARTS));
    paragraph("shard", text, out);
    bool differs = route->routing->splice_count || seen->merge || (route->several && route->by_rows);
    if (target->sql.data && differs && !seen->finish)
        explain_paragraph("sends", target->sql, out);
}

size_t explain_merge(const weir__merge_plan *plan, const char *steps[EXPLAIN_MERGE_STEPS])
{
    size_t count = 0;
    steps[count++] = plan->order_count ? "ordered" : "concat";
    if (plan->distinct_count)
        steps[count++] = "distinct";
    if (plan->groups)
        steps[count++] = plan->groups->rolled_count ? "rollup" : "groups";
    if (plan->sort_count)
        steps[count++] = "sort";
    if (plan->offset || plan->limit != UINT64_MAX)
        steps[count++] = "limit";
    return count;
}

static void show_merge(const weir__foreseen *seen, weir__buf *text, weir__buf *out)
{
    const char *steps[EXPLAIN_MERGE_STEPS];
    size_t count = explain_merge(seen->merge, steps);
    weir__buf_addf(text, "%zu shards of %s, whose rows are put together", seen->route->target_total,
                   seen->route->routing->database->name);
    paragraph("goes to", text, out);
    weir__buf_reset(text);
    for (size_t i = 0; i < count; i++)
        weir__buf_addf(text, "%s%s", i ? ", " : "", steps[i]);
    paragraph("merge", text, out);
}

static void show_finish(const weir__foreseen *seen, weir__buf *text, weir__buf *out)
{
    const weir__finish *f = seen->finish;
    weir__buf_addf(text, "shards of %s, of which %u part%s read first; %s", seen->route->routing->database->name,
                   (unsigned)f->part_count, f->part_count == 1 ? " is" : "s are",
                   seen->way == WEIR__FINISH_KEYED ? "the rest is sent to its shards, with these rows"
                                                   : "one server finishes the statement");
    paragraph("goes to", text, out);
    weir__buf_reset(text);
    weir__buf_adds(text, weir__finish_way_name(seen->way));
    paragraph("finishing", text, out);
    for (uint32_t i = 0; i < f->part_count; i++)
        explain_paragraph("part", f->parts[i].text.sql, out);
}

void explain_route_text(const weir__foreseen *seen, weir__buf *out)
{
    const weir__route *route = seen->route;
    weir__buf text;
    weir__buf_init(&text, out->mem, TEXT);
    if (seen->merge) {
        show_merge(seen, &text, out);
    } else if (seen->finish) {
        show_finish(seen, &text, out);
    } else if (route->refusal) {
        weir__buf_addf(&text, "%s: %.*s", weir__refusal_word(route->refusal), WEIR__STR(route->why));
        paragraph("refused", &text, out);
    } else {
        weir__buf_addf(&text, "%s of %s",
                       route->several ? "several shards, as one transaction,"
                       : route->moves ? "one shard, and its rows to another,"
                       : route->empty ? "no row can match: any shard"
                       : route->any   ? "any shard"
                                      : "one shard",
                       route->routing->database->name);
        paragraph("goes to", &text, out);
    }
    show_units(route, &text, out);
    for (size_t i = 0; i < route->target_count && i < MOST_TARGETS; i++)
        show_target(seen, &route->targets[i], &text, out);
    if (route->target_total > route->target_count || route->target_count > MOST_TARGETS) {
        size_t shown = route->target_count < MOST_TARGETS ? route->target_count : MOST_TARGETS;
        weir__buf_reset(&text);
        weir__buf_addf(&text, "and %zu more", route->target_total - shown);
        paragraph("", &text, out);
    }
    weir__buf_deinit(&text);
}
