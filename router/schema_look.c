/* schema_look.c - see schema_look.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/schema_look.h"

#include <xxhash.h>

#include "base/str.h"
#include "router/resolve_impl.h"
#include "schema/information.h"

enum { NO_SUCH_TABLE = 1146, NO_LEDGER = 1, UNREADABLE, FIRST_MARK };

static void mark_row(void *context, const weir_str *cells, uint32_t count)
{
    uint64_t mark = 0;
    for (uint32_t i = 0; i < count; i++)
        mark = XXH3_64bits_withSeed(cells[i].data ? cells[i].data : "", cells[i].size, mark);
    *(uint64_t *)context = mark < FIRST_MARK ? FIRST_MARK : mark;
}

/* 0: it could not be asked. */
static uint64_t ask(weir_client *client, weir__topology *topology, const weir__shard *shard)
{
    weir__pass pass = {.env = &client->env, .topology = topology};
    weir__call call;
    weir_error error;
    uint64_t mark = 0;
    if (weir__pass_call(&pass, shard, &call, &error) != WEIR_OK)
        return 0;
    call.conn->deadline = weir__pass_soon(&pass);
    weir_status status = weir__information_ask(
        call.conn, "SELECT COUNT(*), COUNT(ended_at), MAX(started_at) FROM weir_ledger", mark_row, &mark, &error);
    weir__pass_hang_up(&call);
    if (status == WEIR_OK)
        return mark;
    return error.server_errno == NO_SUCH_TABLE ? NO_LEDGER : status == WEIR_SERVER ? UNREADABLE : 0;
}

static void notice(weir_client *client, const weir__shard_config *shard, uint64_t before, uint64_t mark)
{
    if (mark == UNREADABLE) {
        weir__logf(&client->env.log, WEIR_LOG_WARNING,
                   "shard %s: its weir_ledger cannot be read, so that changes by migrations are not noticed in time: "
                   "give the user of weir.yaml SELECT on it",
                   shard->name);
        return;
    }
    weir__catalog_drop(client->catalog, shard->database->name, NULL);
    if (before)
        weir__logf(&client->env.log, WEIR_LOG_INFO,
                   "shard %s: a migration has been at work: what was known of its tables is asked anew", shard->name);
}

static bool begin(const weir_client *client, const weir__topology *topology, unsigned epoch, weir__schema_marks *marks)
{
    if (marks->epoch == epoch && marks->marks)
        return true;
    weir__schema_marks_free(&client->env.mem, marks);
    marks->epoch = epoch;
    marks->marks = weir__array(&client->env.mem, topology->shard_count, sizeof *marks->marks);
    return marks->marks != NULL;
}

void weir__schema_look(weir_client *client, weir__topology *topology, unsigned epoch, weir__schema_marks *marks,
                       const _Atomic bool *stop)
{
    if (!begin(client, topology, epoch, marks))
        return;
    for (size_t i = 0; i < topology->shard_count && !atomic_load_explicit(stop, memory_order_relaxed); i++) {
        const weir__shard_config *shard = topology->shards[i].config;
        uint64_t mark = ask(client, topology, &topology->shards[i]), before = marks->marks[i];
        if (mark == 0 || mark == before)
            continue;
        marks->marks[i] = mark;
        notice(client, shard, before, mark);
    }
}

void weir__schema_marks_free(const weir__mem *mem, weir__schema_marks *marks)
{
    weir__free(mem, marks->marks);
    *marks = (weir__schema_marks){.marks = NULL};
}
