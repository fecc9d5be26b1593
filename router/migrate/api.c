/* api.c - weir_migrate_up and weir_migrate_pending. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "router/client_impl.h"
#include "router/migrate/migrate.h"

enum { WAIT_MS = 10 * 60 * 1000, MAX_LINE = 1600 };

/* One call. */
typedef struct calling {
    weir_client *client;
    weir__topology *topology; /* counted: its configuration */
    const weir__config *config;
    const weir__database_config *database;
    const weir_migrate_options *options;
    char first_mistake[200];
} calling;

static void put_line(const weir__migrate_event *e, char *line, size_t room)
{
    const char *shard = *e->shard ? e->shard : "all shards";
    if (e->step)
        snprintf(line, room, "%s: %s, statement %u of %u, %" PRIu64 " ms", shard, e->migration->name, e->step->number,
                 e->statements, e->milliseconds);
    else if (e->kind == WEIR__MIGRATE_WAITING)
        snprintf(line, room, "%s: waiting %s", shard, e->text);
    else
        snprintf(line, room, "%s: %s%s%s", shard, e->text, e->error ? ": " : "", e->error ? e->error->text : "");
}

static void take_event(void *context, const weir__migrate_event *e)
{
    calling *c = context;
    char line[MAX_LINE];
    if (e->kind == WEIR__MIGRATE_BEGIN)
        return; /* its end tells */
    if (e->kind == WEIR__MIGRATE_MISTAKE && !*c->first_mistake)
        snprintf(c->first_mistake, sizeof c->first_mistake, "%.190s", e->text);
    put_line(e, line, sizeof line);
    if (c->options->told)
        c->options->told(c->options->context, line);
    else
        weir__logf(&c->client->env.log, e->kind == WEIR__MIGRATE_MISTAKE ? WEIR_LOG_ERROR : WEIR_LOG_INFO,
                   "migrate: %s", line);
}

static bool is_stopped(void *context)
{
    const calling *c = context;
    return c->options->stopped && c->options->stopped(c->options->context);
}

static weir_status find_database(calling *c, weir_error *error)
{
    const weir__config *config = c->config = c->topology->config;
    if (!c->options->database && config->database_count != 1)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir.yaml has several databases: say which in options.database");
    c->database = c->options->database ? weir__config_database(config, c->options->database) : &config->databases[0];
    return c->database ? WEIR_OK
                       : weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir.yaml has no database '%.60s'",
                                    c->options->database);
}

static weir_status begin(calling *c, weir_client *client, const weir_migrate_options *options, const char *name,
                         weir_error *error)
{
    static const weir_migrate_options defaults = WEIR_MIGRATE_OPTIONS_INIT;
    unsigned epoch;
    *c = (calling){.client = client, .options = options ? options : &defaults};
    if (!client)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "%s: client is NULL", name);
    if (c->options->size != sizeof *options)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "%s: options.size is %zu: begin with WEIR_MIGRATE_OPTIONS_INIT", name, c->options->size);
    weir_status status = weir__client_usable(client, error);
    if (status != WEIR_OK)
        return status;
    c->topology = weir__client_topology(client, &epoch);
    if (!c->topology)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
    return find_database(c, error);
}

static weir_status survey(calling *c, weir__migrate_what what, weir__migrate **m, weir__migrate_options *options,
                          weir_error *error)
{
    uint32_t mistakes = 0;
    *options = weir__migrate_defaults;
    options->what = what;
    options->directory = c->options->directory ? c->options->directory : options->directory;
    options->to = c->options->to;
    options->has_to = c->options->to != 0;
    options->parallel = c->options->parallel ? c->options->parallel : options->parallel;
    options->allow_blocking = c->options->allow_blocking;
    options->wait_ms = c->options->wait_ms ? c->options->wait_ms : WAIT_MS;
    options->stopped = is_stopped;
    options->stopped_context = c;
    options->told = take_event;
    options->context = c;
    weir_status status = weir__migrate_survey(&c->client->env, c->config, c->database, options, m, &mistakes, error);
    if (status == WEIR_OK && mistakes)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%u mistake%s, nothing was run; the first: %s",
                            mistakes, mistakes == 1 ? "" : "s", c->first_mistake);
    return status;
}

weir_status weir_migrate_up(weir_client *client, const weir_migrate_options *options, uint64_t *statements,
                            weir_error *error)
{
    weir_error local;
    calling c;
    weir__migrate_options inner;
    weir__migrate *m = NULL;
    error = error ? error : &local;
    weir_status status = begin(&c, client, options, "weir_migrate_up", error);
    if (status == WEIR_OK)
        status = survey(&c, WEIR__MIGRATE_UP, &m, &inner, error);
    if (status == WEIR_OK)
        status = weir__migrate_run(m, error);
    size_t count = 0;
    uint64_t ran = 0;
    const weir__migrate_shard *shards = m ? weir__migrate_shards(m, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        ran += shards[i].done;
    if (statements)
        *statements = ran;
    if (ran) /* this client's plans and statements of those tables */
        weir__catalog_drop(client->catalog, c.database->name, NULL);
    weir__migrate_close(m);
    weir__topology_unref(c.topology);
    return status;
}

weir_status weir_migrate_pending(weir_client *client, const weir_migrate_options *options, uint64_t *versions,
                                 weir_error *error)
{
    weir_error local;
    calling c;
    weir__migrate_options inner;
    weir__migrate *m = NULL;
    error = error ? error : &local;
    weir_status status =
        versions ? begin(&c, client, options, "weir_migrate_pending", error)
                 : weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_migrate_pending: versions is NULL");
    if (!versions)
        return status;
    *versions = 0;
    if (status == WEIR_OK)
        status = survey(&c, WEIR__MIGRATE_UP, &m, &inner, error);
    size_t count = 0;
    const weir__migrate_shard *shards = m ? weir__migrate_shards(m, &count) : NULL;
    const weir__migrations *files = m ? weir__migrate_files(m) : NULL;
    for (size_t f = 0; files && status == WEIR_OK && f < files->count; f++) {
        bool everywhere = true;
        for (size_t i = 0; i < count; i++)
            everywhere =
                everywhere && weir__ledger_standing(&shards[i].ledger, files->list[f].version) == WEIR__APPLIED;
        *versions += !everywhere;
    }
    weir__migrate_close(m);
    weir__topology_unref(c.topology);
    return status;
}
