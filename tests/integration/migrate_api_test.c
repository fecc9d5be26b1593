/* migrate_api_test.c - weir_migrate_up and weir_migrate_pending: services that migrate on start. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/support/live.h"

enum { SERVICES = 8, MAX_PATH = 512 };

static const char *directory(void)
{
    static char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/migrations", test_folder());
    return path;
}

static void put(const char *name, const char *text)
{
    char path[2 * MAX_PATH];
    mkdir(directory(), 0777);
    snprintf(path, sizeof path, "%s/shop", directory());
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/shop/%s", directory(), name);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL);
    if (file) {
        EXPECT(fputs(text, file) >= 0);
        EXPECT_INT(fclose(file), 0);
    }
}

static void drop_all(live *l)
{
    live_run(l, "DROP TABLE IF EXISTS migrated, weir_ledger, weir_lease", WEIR_ARGS());
}

/* ---- many services at once ---- */

typedef struct service {
    weir_client *client;
    const char *directory;
    uint64_t statements;
    weir_status status;
    weir_error error;
} service;

static void ignore_line(void *context, const char *line)
{
    (void)line;
    atomic_fetch_add((_Atomic int *)context, 1);
}

static _Atomic int lines;

static void *begin_service(void *context)
{
    service *s = context;
    weir_migrate_options options = WEIR_MIGRATE_OPTIONS_INIT;
    options.directory = s->directory;
    options.told = ignore_line;
    options.context = &lines;
    s->status = weir_migrate_up(s->client, &options, &s->statements, &s->error);
    return NULL;
}

TEST(migrate_api, many_at_once_run_it_once)
{
    live l;
    service services[SERVICES] = {{0}};
    pthread_t threads[SERVICES];
    uint64_t ran = 0, pending = 0;
    weir_migrate_options options = WEIR_MIGRATE_OPTIONS_INIT;
    live_open(&l, NULL);
    drop_all(&l);
    put("0001_make.up.sql",
        "CREATE TABLE migrated (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO migrated VALUES (1, 0);");
    put("0002_count.up.sql",
        "UPDATE migrated SET n = n + 1; ALTER TABLE migrated ADD COLUMN age INT; UPDATE migrated SET n = n * 3;");
    options.directory = directory();
    EXPECT_INT(weir_migrate_pending(l.client, &options, &pending, &l.error), WEIR_OK);
    EXPECT_INT(pending, 2);
    for (int i = 0; i < SERVICES; i++) {
        services[i].client = l.client;
        services[i].directory = options.directory;
        EXPECT_INT(pthread_create(&threads[i], NULL, begin_service, &services[i]), 0);
    }
    for (int i = 0; i < SERVICES; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_INT(services[i].status, WEIR_OK);
        ran += services[i].statements;
    }
    EXPECT_INT(ran, 5);
    EXPECT(lines > 0);
    EXPECT_TEXT(live_one(&l, "SELECT n FROM migrated", WEIR_ARGS()), "3");
    EXPECT_INT(weir_migrate_pending(l.client, &options, &pending, &l.error), WEIR_OK);
    EXPECT_INT(pending, 0);
    drop_all(&l);
    live_close(&l);
}

TEST(migrate_api, a_client_sees_what_it_migrated)
{
    live l;
    weir_migrate_options options = WEIR_MIGRATE_OPTIONS_INIT;
    live_open(&l, NULL);
    drop_all(&l);
    options.directory = directory();
    put("0001_make.up.sql", "CREATE TABLE migrated (id INT PRIMARY KEY); INSERT INTO migrated VALUES (1);");
    EXPECT_INT(weir_migrate_up(l.client, &options, NULL, &l.error), WEIR_OK);
    EXPECT_TEXT(live_rows(&l, "SELECT * FROM migrated WHERE id = ?", WEIR_ARGS(weir_int(1))), "1");
    put("0002_more.up.sql", "ALTER TABLE migrated ADD COLUMN first INT NOT NULL DEFAULT 7 FIRST;");
    EXPECT_INT(weir_migrate_up(l.client, &options, NULL, &l.error), WEIR_OK);
    EXPECT_TEXT(live_rows(&l, "SELECT * FROM migrated WHERE id = ?", WEIR_ARGS(weir_int(1))), "7|1");
    drop_all(&l);
    live_close(&l);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

TEST(migrate_api, says_what_is_wrong)
{
    live l;
    weir_migrate_options options = WEIR_MIGRATE_OPTIONS_INIT;
    uint64_t statements = 5;
    live_open(&l, NULL);
    drop_all(&l);
    EXPECT_INT(weir_migrate_up(NULL, &options, NULL, &l.error), WEIR_USAGE);
    EXPECT_INT(weir_migrate_pending(l.client, &options, NULL, &l.error), WEIR_USAGE);
    options.directory = "/nowhere";
    EXPECT_INT(weir_migrate_up(l.client, &options, NULL, &l.error), WEIR_CONFIG);
    options.directory = directory();
    options.database = "nowhere";
    EXPECT_INT(weir_migrate_up(l.client, &options, NULL, &l.error), WEIR_USAGE);
    options.database = "shop";
    put("0001_make.up.sql", "TRUNCATE migrated;");
    EXPECT_INT(weir_migrate_up(l.client, &options, &statements, &l.error), WEIR_CONFIG);
    EXPECT(strstr(l.error.text, "0001_make.up.sql:1: statement 1: TRUNCATE") != NULL);
    EXPECT_INT(statements, 0);
    put("0001_make.up.sql", "CREATE TABLE migrated (id INT PRIMARY KEY);");
    options.stopped = always;
    EXPECT_INT(weir_migrate_up(l.client, &options, &statements, &l.error), WEIR_CANCELLED);
    EXPECT_TEXT(
        live_one(&l, "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'migrated'", WEIR_ARGS()), "0");
    options.stopped = NULL;
    options.size = 3;
    EXPECT_INT(weir_migrate_up(l.client, &options, NULL, &l.error), WEIR_USAGE);
    drop_all(&l);
    live_close(&l);
}
