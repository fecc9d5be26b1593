/* print.c - a merge plan as one line. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/str.h"
#include "router/merge/plan.h"

static void print_column(uint32_t column, weir__buf *out)
{
    if (column >= WEIR__HIDDEN)
        weir__buf_addf(out, "h%u", (unsigned)(column - WEIR__HIDDEN));
    else
        weir__buf_addf(out, "%u", (unsigned)column);
}

static void print_keys(const weir__merge_key *keys, uint32_t count, weir__buf *out)
{
    static const char *const kinds[] = {"number", "double", "bytes", "padded", "time"};
    for (uint32_t i = 0; i < count; i++) {
        weir__buf_addc(out, ' ');
        print_column(keys[i].column, out);
        weir__buf_addf(out, ":%s%s", kinds[keys[i].kind], keys[i].descending ? ":desc" : "");
    }
}

static void print_groups(const weir__aggregation *g, weir__buf *out)
{
    static const char *const names[] = {
#define X(name, text) text,
        WEIR__AGGREGATE_MAP(X)
#undef X
    };
    weir__buf_addf(out, " (%s", g->rollup ? "rollup" : g->sorted ? "groups-in-order" : "groups");
    print_keys(g->keys, g->key_count, out);
    for (uint32_t i = 0; i < g->aggregate_count; i++) {
        const weir__aggregate *a = &g->aggregates[i];
        weir__buf_addf(out, " (%s ", names[a->kind]);
        print_column(a->out, out);
        print_keys(a->elements, a->element_count, out);
        weir__buf_addc(out, ')');
    }
    weir__buf_addc(out, ')');
}

void weir__merge_print(const weir__merge_plan *plan, weir__buf *out)
{
    if (plan->refused) {
        weir__buf_addf(out, "(refused \"%s\" %u)", plan->refused, (unsigned)plan->refused_at);
        return;
    }
    weir__buf_addf(out, "(merge (%s", plan->order_count ? "ordered" : "concat");
    print_keys(plan->order, plan->order_count, out);
    weir__buf_addc(out, ')');
    if (plan->distinct_count) {
        weir__buf_adds(out, " (distinct");
        print_keys(plan->distinct, plan->distinct_count, out);
        weir__buf_addc(out, ')');
    }
    if (plan->groups)
        print_groups(plan->groups, out);
    if (plan->sort_count) {
        weir__buf_adds(out, " (sort");
        print_keys(plan->sort, plan->sort_count, out);
        weir__buf_addc(out, ')');
    }
    if (plan->limit != UINT64_MAX)
        weir__buf_addf(out, " (limit %" PRIu64 ")", plan->limit);
    if (plan->offset)
        weir__buf_addf(out, " (offset %" PRIu64 ")", plan->offset);
    weir__buf_addc(out, ')');
}
