/* catalog_test.c - who asks, how often, and what is kept: with an asker that the test holds by the hand. SPDX-License-Identifier: Apache-2.0 */
#include "schema/catalog.h"

#include <pthread.h>

#include "base/str.h"
#include "base/wait.h"
#include "tests/support/test.h"

enum { LONG_MS = 30000, SHORT_MS = 20, THREADS = 8 };

/* The server side: what tables look like now, and a gate before each answer. */
typedef struct servers {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *type; /* of the only column; NULL: there is no such table */
    weir_status fails;
    bool passing;
    int shut;         /* answers wait while it is not 0 */
    int begun, asked; /* asks begun, answered */
    int lines, hung_up, released;
} servers;

static weir_status describe(const char *name, const char *type, weir__table **table, weir_error *error)
{
    weir__table_builder *b = weir__table_begin(&test_env()->mem, weir__view(name));
    if (!b)
        return weir__fail_nomem(error);
    weir__column id = {.name = "id",
                       .type_text = weir__table_text(b, weir__view(type)),
                       .charset = "",
                       .collation = "",
                       .preset = "",
                       .expression = ""};
    weir__table_add_column(b, &id);
    return weir__table_end(b, table, error);
}

static weir_status ask(void *context, void **line, const weir__table_name *name, weir__table **table, bool *passing,
                       weir_error *error)
{
    servers *s = context;
    pthread_mutex_lock(&s->lock);
    if (!*line)
        s->lines++;
    *line = s;
    const char *type = s->type; /* what the server reads before it is held up */
    weir_status fails = s->fails;
    *passing = s->passing;
    s->begun++;
    pthread_cond_broadcast(&s->changed);
    while (s->shut)
        pthread_cond_wait(&s->changed, &s->lock);
    s->asked++;
    pthread_mutex_unlock(&s->lock);
    if (fails)
        return weir__fail(error, fails, WEIR_RETRY_CALL, "the test says so");
    return type ? describe(name->table, type, table, error) : WEIR_OK;
}

static void hang_up(void *context, void *line)
{
    servers *s = context;
    EXPECT(line == s);
    pthread_mutex_lock(&s->lock);
    s->hung_up++;
    pthread_mutex_unlock(&s->lock);
}

static void released(void *context)
{
    ((servers *)context)->released++;
}

static weir_status open_catalog(servers *s, weir__catalog **catalog, weir_error *error)
{
    *s = (servers){.type = "int(11)"};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    weir__catalog_asker asker = {s, ask, hang_up, released};
    return weir__catalog_new(test_env(), &asker, catalog, error);
}

static void close_catalog(servers *s, weir__catalog *catalog)
{
    EXPECT(weir__catalog_close(catalog, weir__deadline_in(&test_env()->clock, LONG_MS)));
    EXPECT_INT(s->released, 1);
    EXPECT_INT(s->hung_up, s->lines);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}

static void set_shut(servers *s, int shut)
{
    pthread_mutex_lock(&s->lock);
    s->shut = shut;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void await_begun(servers *s, int begun)
{
    pthread_mutex_lock(&s->lock);
    while (s->begun < begun)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static weir__table *find(weir__catalog *c, const char *table, weir_status want)
{
    weir__table_name name = {"shop", "", table, "", false};
    weir__table *found = NULL;
    weir_error error;
    EXPECT_STATUS(weir__catalog_find(c, &name, weir__deadline_in(&test_env()->clock, LONG_MS), &found, &error), error,
                  want);
    return found;
}

TEST(catalog, asks_once_and_keeps)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    weir__table *a = find(c, "users", WEIR_OK), *b = find(c, "users", WEIR_OK), *other = find(c, "Users", WEIR_OK);
    EXPECT(a && a == b && a != other);
    EXPECT_INT(s.asked, 2);
    EXPECT_INT(s.lines, 1);
    uint64_t changes = weir__catalog_changes(c), version = a->version;
    weir__catalog_drop(c, "other", "users");
    weir__catalog_drop(c, "shop", "user");
    EXPECT_INT(weir__catalog_changes(c), changes);
    weir__catalog_drop(c, "shop", "USERS"); /* both */
    EXPECT(weir__catalog_changes(c) > changes);
    weir__table *again = find(c, "users", WEIR_OK);
    EXPECT(again == a); /* equal: the same object */
    EXPECT_INT(s.asked, 3);
    s.type = "bigint(20)";
    weir__catalog_drop(c, "shop", NULL);
    weir__table *wider = find(c, "users", WEIR_OK);
    EXPECT(wider && wider != a && wider->version > version);
    EXPECT_TEXT(a->columns[0].type_text, "int(11)"); /* who reads it has a reference */
    s.type = NULL;
    weir__catalog_drop(c, NULL, NULL);
    EXPECT(find(c, "users", WEIR_OK) == NULL);
    EXPECT(find(c, "users", WEIR_OK) == NULL);
    EXPECT_INT(s.asked, 6); /* that there is none is not kept */
    weir__table_unref(a);
    weir__table_unref(b);
    weir__table_unref(other);
    weir__table_unref(again);
    weir__table_unref(wider);
    close_catalog(&s, c);
}

typedef struct finder {
    weir__catalog *catalog;
    weir__table *table;
    pthread_t thread;
} finder;

static void *find_users(void *context)
{
    finder *f = context;
    f->table = find(f->catalog, "users", WEIR_OK);
    return NULL;
}

TEST(catalog, many_threads_ask_once)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    finder finders[THREADS];
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    set_shut(&s, 1);
    for (int i = 0; i < THREADS; i++) {
        finders[i] = (finder){.catalog = c};
        pthread_create(&finders[i].thread, NULL, find_users, &finders[i]);
    }
    await_begun(&s, 1);
    set_shut(&s, 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(finders[i].thread, NULL);
        EXPECT(finders[i].table && finders[i].table == finders[0].table);
        weir__table_unref(finders[i].table);
    }
    EXPECT_INT(s.asked, 1);
    close_catalog(&s, c);
}

/* Who gives up leaves the question running: the next one has the answer. */
TEST(catalog, a_deadline_ends_the_wait_not_the_question)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    weir__table_name name = {"shop", "", "users", "", false};
    weir__table *table = NULL;
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    set_shut(&s, 1);
    EXPECT_STATUS(weir__catalog_find(c, &name, weir__deadline_in(&test_env()->clock, SHORT_MS), &table, &error), error,
                  WEIR_TIMEOUT);
    EXPECT_HAS(error.text, "shop.users");
    EXPECT(table == NULL && error.retry == WEIR_RETRY_CALL);
    set_shut(&s, 0);
    table = find(c, "users", WEIR_OK);
    EXPECT(table != NULL);
    EXPECT_INT(s.asked, 1);
    weir__table_unref(table);
    close_catalog(&s, c);
}

/* The answer was read before the DDL: it must not be kept, whoever waits for it. */
TEST(catalog, an_answer_from_before_a_drop_is_not_kept)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    finder f;
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    f = (finder){.catalog = c};
    set_shut(&s, 1);
    pthread_create(&f.thread, NULL, find_users, &f);
    await_begun(&s, 1); /* it has read int(11) */
    s.type = "bigint(20)";
    weir__catalog_drop(c, "shop", "users");
    set_shut(&s, 0);
    pthread_join(f.thread, NULL);
    EXPECT_INT(s.asked, 2);
    EXPECT_TEXT(f.table ? f.table->columns[0].type_text : NULL, "bigint(20)");
    weir__table_unref(f.table);
    close_catalog(&s, c);
}

TEST(catalog, failures_reach_those_who_wait_and_are_not_kept)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    s.fails = WEIR_UNREACHABLE;
    EXPECT(find(c, "users", WEIR_UNREACHABLE) == NULL);
    s.fails = WEIR_OK;
    weir__table *table = find(c, "users", WEIR_OK);
    EXPECT(table != NULL);
    weir__table_unref(table);
    close_catalog(&s, c);
}

static uint64_t hand(void *context)
{
    return *(uint64_t *)context;
}

/* What a replica said serves, and is asked for again after a while. */
TEST(catalog, a_passing_answer_is_asked_for_again)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    uint64_t now = weir__now(&test_env()->clock);
    weir__clock real = test_env()->clock;
    test_env()->clock = (weir__clock){hand, &now}; /* stands still; waits end by answers */
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    s.passing = true;
    weir__table *old = find(c, "users", WEIR_OK), *same = find(c, "users", WEIR_OK);
    EXPECT(old && same == old);
    EXPECT_INT(s.asked, 1);
    s.passing = false;
    s.type = "bigint(20)";
    uint64_t changes = weir__catalog_changes(c);
    now += UINT64_C(10000000000);
    weir__table *meanwhile = find(c, "users", WEIR_OK);
    EXPECT(meanwhile != NULL);
    while (weir__catalog_changes(c) == changes)
        weir__wait_ready(&real, -1, 0, -1, weir__deadline_in(&real, 1));
    weir__table *new = find(c, "users", WEIR_OK);
    EXPECT_TEXT(new ? new->columns[0].type_text : NULL, "bigint(20)");
    EXPECT_INT(s.asked, 2);
    weir__table_unref(old);
    weir__table_unref(same);
    weir__table_unref(meanwhile);
    weir__table_unref(new);
    now += UINT64_C(40000000000);
    test_env()->clock = real;
    close_catalog(&s, c);
}

TEST(catalog, closed)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    EXPECT_OK(open_catalog(&s, &c, &error), error);
    weir__table *table = find(c, "users", WEIR_OK);
    weir__table_unref(table);
    close_catalog(&s, c);
    EXPECT(weir__catalog_close(NULL, 0));
}

TORTURE(catalog, without_memory)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    weir__table_name name = {"shop", "", "users", "", false};
    weir__table *table = NULL;
    weir_status status = open_catalog(&s, &c, &error);
    if (status != WEIR_OK)
        return status;
    status = weir__catalog_find(c, &name, weir__deadline_in(&test_env()->clock, LONG_MS), &table, &error);
    EXPECT((status == WEIR_OK) == (table != NULL));
    weir__table_unref(table);
    close_catalog(&s, c);
    return status;
}

TORTURE_FAULT(catalog, without_a_thread, thread_create)
{
    servers s;
    weir__catalog *c = NULL;
    weir_error error;
    weir__table_name name = {"shop", "", "users", "", false};
    weir__table *table = NULL;
    weir_status status = open_catalog(&s, &c, &error);
    if (status != WEIR_OK)
        return status;
    status = weir__catalog_find(c, &name, weir__deadline_in(&test_env()->clock, LONG_MS), &table, &error);
    weir__table_unref(table);
    close_catalog(&s, c);
    return status;
}
