/* fake_driver.c - see fake_driver.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_driver.h"

#include "base/wait.h"
#include "drivers/settings.h"
#include "tests/support/test.h"

void fake_pause(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

static fake_server *server_of(const weir__endpoint *endpoint)
{
    return (fake_server *)(uintptr_t)endpoint->password_context;
}

static weir_status fake_open(const weir__env *env, const weir__endpoint *endpoint, weir__deadline deadline,
                             weir__conn **conn, weir_error *error)
{
    fake_server *s = server_of(endpoint);
    *conn = NULL;
    (void)deadline;
    s->opening++;
    while (s->hangs)
        fake_pause(2);
    s->opening--;
    if (s->refuses)
        return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "refused");
    weir__conn *c = weir__new(&env->mem, sizeof *c);
    if (!c)
        return weir__fail_nomem(error);
    c->driver = &fake_driver;
    c->env = env;
    c->endpoint = endpoint;
    c->wake_fd = -1;
    c->born_ns = c->used_ns = weir__now(&env->clock);
    c->server_thread = ++s->numbers;
    s->opens++;
    *conn = c;
    return WEIR_OK;
}

static void fake_close(weir__conn *conn)
{
    server_of(conn->endpoint)->closes++;
    weir__settings_free(&conn->env->mem, conn->settings);
    weir__settings_free(&conn->env->mem, conn->settings_base);
    weir__free(&conn->env->mem, conn);
}

static weir_status fake_run(weir__conn *conn, const weir__command *command, weir__answer *answer, weir_error *error)
{
    (void)conn;
    (void)command;
    (void)error;
    *answer = (weir__answer){0};
    return WEIR_OK;
}

static weir_status fake_fetch(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error)
{
    (void)conn;
    (void)answer;
    (void)cells;
    (void)error;
    *row = false;
    return WEIR_OK;
}

static void fake_end(weir__conn *conn)
{
    conn->in_rows = false;
}

static bool fake_alive(weir__conn *conn)
{
    return !server_of(conn->endpoint)->dead;
}

static weir_status fake_kill(weir__conn *control, const weir__late *late, weir_error *error)
{
    fake_server *s = server_of(control->endpoint);
    (void)late;
    s->kills++;
    if (s->mute) {
        control->broken = true;
        return weir__fail(error, WEIR_TIMEOUT, WEIR_RETRY_CALL, "no answer");
    }
    if (s->struck > 0) {
        enum { CONNECTION_KILLED = 1927 };
        s->struck--;
        control->broken = true;
        weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "the connection broke");
        error->server_errno = CONNECTION_KILLED;
        return WEIR_UNREACHABLE;
    }
    if (s->kill_errno) {
        weir__fail(error, WEIR_SERVER, WEIR_RETRY_NEVER, "the server refused the KILL");
        error->server_errno = s->kill_errno;
        return WEIR_SERVER;
    }
    return WEIR_OK;
}

const weir__driver fake_driver = {
    .name = "fake",
    .version = 1,
    .open = fake_open,
    .close = fake_close,
    .run = fake_run,
    .fetch = fake_fetch,
    .take = fake_fetch,
    .end = fake_end,
    .alive = fake_alive,
    .kill = fake_kill,
};

void fake_server_init(fake_server *server, const char *name)
{
    memset(server, 0, sizeof *server);
    server->endpoint =
        (weir__endpoint){.text = name, .host = name, .shard = "fake", .user = "", .schema = "", .connect_ms = 10000};
    server->endpoint.password_context = server;
}

static void released(void *context)
{
    fake_pool *p = context;
    p->released = true;
}

void fake_pool_open(fake_pool *p, fake_server *server, weir__pool_options options)
{
    weir_error error;
    memset(p, 0, sizeof *p);
    EXPECT_OK(weir__keeper_new(test_env(), &p->keeper, &error), error);
    EXPECT_OK(weir__reaper_new(test_env(), &p->reaper, &error), error);
    EXPECT_OK(weir__pool_new(test_env(), &fake_driver, &server->endpoint, &options, p->reaper, p->keeper, released, p,
                             &p->pool, &error),
              error);
}

void fake_pool_close(fake_pool *p)
{
    weir__deadline deadline = weir__deadline_in(&weir__clock_system, 10000);
    weir__keeper_stop(p->keeper);
    weir__pool_close(p->pool);
    EXPECT(weir__pool_settle(p->pool, deadline));
    weir__reaper_stop(p->reaper, deadline);
    weir__pool_unref(p->pool);
    FAKE_UNTIL(p->released);
    weir__reaper_free(p->reaper);
    weir__keeper_free(p->keeper);
}

weir__conn *fake_take(fake_pool *p, unsigned level, const char *purpose, uint32_t ms, weir_status *status)
{
    weir__waiter waiter;
    weir__conn *conn = NULL;
    weir_error error;
    weir__waiter_init(&waiter);
    waiter.level = level;
    waiter.purpose = (weir_str){purpose, purpose ? strlen(purpose) : 0};
    weir_status got = weir__pool_take(p->pool, &waiter, weir__deadline_in(&weir__clock_system, ms), &conn, &error);
    if (status)
        *status = got;
    return conn;
}
