/* route_print.c - a route as an s-expression, for tests and logs. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/str.h"
#include "router/route/route.h"

static void print_target(const weir__route *route, const weir__target *target, weir__buf *out)
{
    weir__buf_addf(out, " (shard %s", target->shard->name);
    for (uint32_t i = 0; i < target->part_count; i++)
        weir__buf_addf(out, " %" PRIu32, target->parts[i]);
    if (route->routing->splice_count && target->sql.data)
        weir__buf_addf(out, " \"%.*s\"", WEIR__STR(target->sql));
    weir__buf_addc(out, ')');
}

void weir__route_print(const weir__route *route, weir__buf *out)
{
    if (route->refusal != WEIR__REFUSAL_none)
        weir__buf_addf(out, "(refused %s", weir__refusal_word(route->refusal));
    else
        weir__buf_adds(out, "(route");
    if (route->several)
        weir__buf_adds(out, " several");
    if (route->moves)
        weir__buf_adds(out, " moves");
    if (route->any)
        weir__buf_adds(out, " any");
    if (route->empty)
        weir__buf_adds(out, " empty");
    for (size_t i = 0; i < route->target_count; i++)
        print_target(route, &route->targets[i], out);
    if (route->target_total > route->target_count)
        weir__buf_addf(out, " (more %zu)", route->target_total - route->target_count);
    if (route->refusal == WEIR__REFUSAL_none)
        weir__buf_adds(out, route->role == WEIR__REPLICA ? " replica" : " primary");
    weir__buf_addc(out, ')');
}
