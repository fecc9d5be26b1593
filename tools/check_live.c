/* check_live.c - the course of `weir check --live`: ask every server, then compare. SPDX-License-Identifier: Apache-2.0 */
#include "tools/check_live.h"

enum { MAX_MEMORY = 1 << 30, MAX_PRINTED = 256 * 1024 };

const char *check_text(check *c, weir_str text)
{
    const char *copy = text.size ? weir__arena_text(&c->arena, text.data, text.size) : NULL;
    return copy ? copy : "";
}

const char *check_printf(check *c, const char *format, ...)
{
    va_list args;
    weir__buf_reset(&c->scratch);
    va_start(args, format);
    weir__buf_addfv(&c->scratch, format, args);
    va_end(args);
    return check_text(c, weir__view(weir__buf_text(&c->scratch)));
}

bool check_ask(check *c, const check_server *at, weir__conn *conn, const char *sql, server_row *each, void *context)
{
    weir_error error;
    if (server_run(conn, sql, each, context, &error) == WEIR_OK)
        return true;
    check_tell(c, CHECK_ERROR, at, "",
               "it could not be asked: %s" CHECK_SHOULD "an answer to %.40s.." CHECK_FIX
               "see what the server's log says, and run weir check --live again",
               error.text, sql);
    return false;
}

const char *check_value(const check_server *at, const char *name)
{
    for (const check_variable *v = at->variables; v; v = v->next)
        if (strcasecmp(v->name, name) == 0)
            return v->value;
    return NULL;
}

bool check_is(const check_server *at, const char *name, const char *value)
{
    const char *is = check_value(at, name);
    return is && strcasecmp(is, value) == 0;
}

static void add_server(check *c, const weir__shard_config *shard, const weir__endpoint_config *at, bool replica)
{
    c->servers[c->server_count++] = (check_server){.shard = shard, .at = at, .replica = replica, .collation = ""};
}

static bool list_servers(check *c)
{
    const weir__config *config = c->s->config;
    size_t count = 0;
    for (size_t d = 0; d < config->database_count; d++)
        for (size_t i = 0; i < config->databases[d].shard_count; i++)
            count += 1 + config->databases[d].shards[i].replica_count;
    c->servers = weir__arena_array(&c->arena, count, sizeof *c->servers);
    for (size_t d = 0; c->servers && d < config->database_count; d++)
        for (size_t i = 0; i < config->databases[d].shard_count; i++) {
            const weir__shard_config *shard = &config->databases[d].shards[i];
            add_server(c, shard, &shard->primary, false);
            for (size_t r = 0; r < shard->replica_count; r++)
                add_server(c, shard, &shard->replicas[r], true);
        }
    return c->servers != NULL;
}

static void ask_server(check *c, check_server *at)
{
    weir_error error;
    weir__conn *conn = server_call(c->s, at->shard, at->at, &error);
    if (!conn) {
        check_unreached(c, at, &error);
        return;
    }
    if (check_read_variables(c, at, conn) && check_read_schema(c, at, conn)) {
        at->reached = true;
        c->reached++;
        check_server_itself(c, at, conn);
        check_replication(c, at, conn);
        if (!at->replica) {
            check_own_tables(c, at);
            check_folding(c, at, conn);
            check_links(c, at);
        }
    }
    server_hang_up(conn);
}

bool check_run(check *c, servers *s)
{
    memset(c, 0, sizeof *c);
    c->s = s;
    weir__arena_init(&c->arena, &s->env.mem, MAX_MEMORY);
    weir__buf_init(&c->scratch, &s->env.mem, MAX_PRINTED);
    if (!list_servers(c))
        return false;
    for (size_t i = 0; i < c->server_count; i++)
        ask_server(c, &c->servers[i]);
    check_settings(c);
    check_pools(c);
    check_tables(c);
    check_sort(c);
    return c->arena.failed == WEIR_OK;
}

void check_deinit(check *c)
{
    weir__buf_deinit(&c->scratch);
    weir__arena_deinit(&c->arena);
}
