/* servers.c - one connection after the other, for `weir setup` and `weir check --live`.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/servers.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATEMENT_MS = 60000 };

/* A connection with the server that describes it. */
typedef struct call {
    weir__server server;
    weir__conn *conn;
} call;

bool servers_open(servers *s, const char *command, const char *config_file)
{
    weir__mistakes mistakes;
    weir_error error;
    memset(s, 0, sizeof *s);
    weir__env_init(&s->env);
#ifdef WEIR_FAULTS
    const char *armed = getenv("WEIR_FAULTS");
    weir__faults_init(&s->faults);
    s->env.faults = &s->faults;
    if (armed && !weir__faults_parse(&s->faults, armed)) {
        fprintf(stderr, "weir %s: WEIR_FAULTS is not understood: %s\n", command, armed);
        return false;
    }
#endif
    weir_status status = weir__config_read(&s->env, config_file, &s->config, &mistakes, &error);
    weir__mistakes_deinit(&mistakes);
    if (status != WEIR_OK)
        fprintf(stderr, "weir %s: %s\nweir check names every mistake\n", command, error.text);
    return status == WEIR_OK;
}

void servers_close(servers *s)
{
    weir__config_free(&s->env, s->config);
}

weir__conn *server_call(servers *s, const weir__shard_config *shard, const weir__endpoint_config *at, weir_error *error)
{
    call *c = weir__new(&s->env.mem, sizeof *c);
    if (!c) {
        weir__fail_nomem(error);
        return NULL;
    }
    weir__deadline deadline = weir__deadline_in(&s->env.clock, shard->settings.timeouts.connect_ms);
    if (weir__server_init(&c->server, &s->env, shard, at, error) == WEIR_OK &&
        weir__mysql_driver.open(&s->env, &c->server.endpoint, deadline, &c->conn, error) == WEIR_OK)
        return c->conn;
    weir__server_deinit(&c->server);
    weir__free(&s->env.mem, c);
    return NULL;
}

void server_hang_up(weir__conn *conn)
{
    if (!conn)
        return;
    const weir__env *env = conn->env;
    call *c = (call *)(void *)((char *)(uintptr_t)conn->endpoint - offsetof(call, server.endpoint));
    conn->driver->close(conn);
    weir__server_deinit(&c->server);
    weir__free(&env->mem, c);
}

weir_status server_run(weir__conn *conn, const char *sql, server_row *each, void *context, weir_error *error)
{
    weir__command command = {.sql = {sql, strlen(sql)}, .may_write = true};
    weir__answer answer;
    conn->deadline = weir__deadline_in(&conn->env->clock, STATEMENT_MS);
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status != WEIR_OK || answer.column_count == 0)
        return status;
    weir__cell *cells = weir__array(&conn->env->mem, answer.column_count, sizeof *cells);
    weir_str *texts = weir__array(&conn->env->mem, answer.column_count, sizeof *texts);
    bool row = cells && texts;
    status = row ? WEIR_OK : weir__fail_nomem(error);
    while (row && (status = conn->driver->fetch(conn, &answer, cells, &row, error)) == WEIR_OK && row) {
        for (uint32_t i = 0; i < answer.column_count; i++)
            texts[i] = (weir_str){cells[i].type == WEIR_T_NULL ? NULL : cells[i].as.p, cells[i].size};
        if (each)
            each(context, answer.columns, texts, answer.column_count);
    }
    conn->driver->end(conn);
    weir__free(&conn->env->mem, cells);
    weir__free(&conn->env->mem, texts);
    return status;
}
