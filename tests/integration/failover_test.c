/* failover_test.c - the primary dies, another is promoted: what is kept, what is told. SPDX-License-Identifier: Apache-2.0
 * A cluster of its own: a primary (shop) and two replicas, which replicate as FAILOVER_LOSSLESS or not says. Servers end as they
 * may; the cluster is not used again. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/support/cluster.h"

enum { WRITERS = 4, MOST = 200000, IDLE_MS = 20, EVERY_MS = 50 };

#ifdef FAILOVER_LOSSLESS
static const bool lossless = true;
#else
static const bool lossless = false;
#endif

typedef struct writer {
    weir_client *client;
    const _Atomic bool *stop;
    int number;
    _Atomic int64_t acknowledged; /* its rows 1 .. this were acknowledged, but those in doubt */
    uint64_t told, failed;
    unsigned char *kept; /* by row: 1 acknowledged, 2 in doubt, 3 told lost */
    weir_error error;
} writer;

/* A session a writer: it writes rows of its own, each once. The first one is idle most of the time, also when the primary dies: no
 * call of its own need fail then. */
static void *write_on(void *context)
{
    writer *w = context;
    weir_session *s = NULL;
    weir_error error;
    weir_status status = weir_session_open(w->client, NULL, &s, &error);
    int64_t since = 1; /* what may be lost: all since it was told last */
    for (int64_t n = 1; status == WEIR_OK && !*w->stop && n < MOST;) {
        weir_status wrote = weir_execute(s, "INSERT INTO fail (w, n) VALUES (?, ?)",
                                         WEIR_ARGS(weir_int(w->number), weir_int(n)), NULL, &error);
        if (wrote == WEIR_OK) {
            w->kept[n] = 1;
            w->acknowledged = n++;
        } else if (wrote == WEIR_LOST_WRITES) {
            for (int64_t i = since; i < n; i++)
                w->kept[i] = w->kept[i] == 1 ? 3 : w->kept[i];
            since = n;
            w->told++;
        } else if (wrote == WEIR_UNKNOWN) {
            w->kept[n++] = 2;
        } else if (w->failed++ == 0) {
            w->error = error;
        }
        if (w->number == 0 ||
            (wrote != WEIR_OK && wrote != WEIR_LOST_WRITES)) /* none of them spins while it is refused */
            sleep_ms(IDLE_MS);
    }
    weir_session_close(s);
    return NULL;
}

static void all(const char *sql)
{
    root_run("shop", sql);
    root_run("shop-r1", sql);
    root_run("shop-r2", sql);
}

static void make_lossless(void)
{
    all("SET GLOBAL rpl_semi_sync_master_timeout = 4294967295, rpl_semi_sync_master_wait_point = 'AFTER_SYNC', "
        "rpl_semi_sync_master_wait_no_slave = ON");
    root_run("shop-r1", "SET GLOBAL rpl_semi_sync_slave_enabled = ON; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD");
    root_run("shop-r2", "SET GLOBAL rpl_semi_sync_slave_enabled = ON; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD");
    EXPECT(root_until(
        "shop-r1",
        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME='Rpl_semi_sync_slave_status'",
        "ON"));
    EXPECT(root_until(
        "shop-r2",
        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME='Rpl_semi_sync_slave_status'",
        "ON"));
    root_run("shop", "SET GLOBAL rpl_semi_sync_master_enabled = ON");
}

/* The last sequence that it has. */
static uint64_t applied(const char *server)
{
    return strtoull(root_one(server, "SELECT SUBSTRING_INDEX(@@gtid_slave_pos, '-', -1)"), NULL, 10);
}

/* What a person would do: the relay logs are applied to their ends, then the most advanced one becomes the primary. */
static const char *promote(void)
{
    static const char *const replicas[] = {"shop-r1", "shop-r2"};
    for (int i = 0; i < 2; i++)
        EXPECT(
            root_until(replicas[i],
                       "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Slave_SQL' AND STATE LIKE "
                       "'%has read all relay log%'",
                       "1"));
    const char *best = applied("shop-r1") >= applied("shop-r2") ? "shop-r1" : "shop-r2";
    root_run(best,
             "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_master_enabled = OFF; SET GLOBAL read_only = 0");
    return best;
}

static const char *other_than(const char *server)
{
    return strcmp(server, "shop-r1") == 0 ? "shop-r2" : "shop-r1";
}

static void follow(const char *replica, const char *primary)
{
    char sql[300];
    snprintf(sql, sizeof sql, "STOP SLAVE; CHANGE MASTER TO MASTER_PORT = %s, MASTER_USE_GTID = slave_pos; START SLAVE",
             root_one(primary, "SELECT @@port"));
    root_run(replica, sql);
}

static int64_t rows_on(const char *server, int number, unsigned char *there)
{
    char path[600];
    snprintf(
        path, sizeof path,
        "mariadb --defaults-file='%s/root.cnf' --socket='%s/%s/sock' -N -B -e 'SELECT n FROM fail WHERE w = %d' shop",
        getenv("WEIR_PLAYGROUND_DIR"), getenv("WEIR_PLAYGROUND_DIR"), server, number);
    FILE *pipe = popen(path, "r");
    char line[64];
    int64_t count = 0;
    while (pipe && fgets(line, sizeof line, pipe)) {
        long n = strtol(line, NULL, 10);
        if (n > 0 && n < MOST)
            there[n] = 1;
        count++;
    }
    if (pipe)
        pclose(pipe);
    return count;
}

static void begin(live *l)
{
    char changes[300];
    cluster_setup();
    if (lossless)
        make_lossless();
    snprintf(changes, sizeof changes,
             "  health: {every: %dms}\n  timeouts: {failover: 30s, query: 40s}\n  reads: {max_lag: 10s}\n", EVERY_MS);
    const char *yaml = live_yaml(changes);
    static char text[16384];
    const char *at = strstr(yaml, "{primary:");
    EXPECT(at);
    snprintf(text, sizeof text, "%.*s{lossless: %s, %s", (int)(at - yaml), yaml, lossless ? "true" : "false", at + 1);
    live_open_config(l, text);
    live_run(l, "CREATE TABLE fail (w INT NOT NULL, n INT NOT NULL, PRIMARY KEY (w, n))", weir_no_args());
}

static void check(const writer *w, const char *primary)
{
    unsigned char *there = test_env()->mem.resize(test_env()->mem.context, NULL, MOST);
    memset(there, 0, MOST);
    rows_on(primary, w->number, there);
    uint64_t lost = 0, silent = 0;
    for (int n = 0; n < MOST; n++) {
        bool acknowledged = w->kept[n] == 1 || w->kept[n] == 3;
        lost += acknowledged && !there[n];
        silent += w->kept[n] == 1 && !there[n];
    }
    EXPECT_THAT(silent == 0, "writer %d: %" PRIu64 " acknowledged writes are gone, and it was not told", w->number,
                silent);
    EXPECT_THAT(!lossless || lost == 0, "writer %d: %" PRIu64 " acknowledged writes are gone", w->number, lost);
    test_env()->mem.resize(test_env()->mem.context, there, 0);
}

/* Each has had some more rows acknowledged. */
static void until_all_write(writer *writers)
{
    enum { SOME = 5, MOST_MS = 60000 };
    uint64_t deadline = test_ms() + MOST_MS;
    for (int i = 0; i < WRITERS; i++) {
        int64_t before = writers[i].acknowledged;
        while (writers[i].acknowledged < before + SOME && test_ms() < deadline)
            sleep_ms(10);
        EXPECT_THAT(writers[i].acknowledged >= before + SOME, "writer %d does not write: %s", i, writers[i].error.text);
    }
}

/* All are at a write that does not end, and so many probes could see it. */
static void until_all_wait(unsigned probes)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT COUNT(*) = %d FROM information_schema.PROCESSLIST WHERE INFO LIKE 'INSERT INTO fail%%'", WRITERS);
    EXPECT(root_until("shop", sql, "1"));
    sleep_ms(probes * EVERY_MS);
}

static uint64_t seconds(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

TEST(failover, the_primary_dies_and_another_is_promoted)
{
    live l;
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    _Atomic bool stop = false;
    begin(&l);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.client = l.client, .stop = &stop, .number = i};
        writers[i].kept = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        pthread_create(&threads[i], NULL, write_on, &writers[i]);
    }
    until_all_write(writers);
    /* Both are behind: what is written now is on the primary alone. */
    root_run("shop-r1", "STOP SLAVE IO_THREAD");
    root_run("shop-r2", "STOP SLAVE IO_THREAD");
    if (!lossless) /* and acknowledged */
        until_all_write(writers);
    else /* or it waits for them, logged and acknowledged to nobody, and probes are told its position */
        until_all_wait(5);
    cluster_kill("shop");
    const char *primary = promote();
    follow(other_than(primary), primary);
    until_all_write(writers); /* on the new one: the old one is dead */
    /* The old primary comes back, writable: it gets no write. */
    root_run(primary, "SELECT 1");
    cluster_start_alone("shop");
    char before[100];
    EXPECT_TEXT(root_one("shop", "SELECT @@read_only"), "0");
    snprintf(before, sizeof before, "%s", root_one("shop", "SELECT @@gtid_binlog_pos"));
    uint64_t until = test_ms() + 1000 * seconds("WEIR_OLD_PRIMARY_SECONDS", 5);
    while (test_ms() < until)
        sleep_ms(100);
    EXPECT_TEXT(root_one("shop", "SELECT @@gtid_binlog_pos"), before);
    stop = true;
    root_run("shop", "SET GLOBAL read_only = 1");
    uint64_t told = 0;
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        check(&writers[i], primary);
        told += writers[i].told;
        munmap(writers[i].kept, MOST);
    }
    EXPECT_THAT(lossless || told >= WRITERS, "%" PRIu64 " sessions were told", told);
    live_close(&l);
}
