/* faults_test.c - a server that is killed, paused, full or refuses: an error in time, nothing leaked, the next query fine.
 * SPDX-License-Identifier: Apache-2.0 The cluster is this test's own: it is harmed and mended. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "router/client_impl.h"
#include "tests/support/live.h"
#include "tests/support/server.h"

static void pause_ms(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

static weir_status ask(live *l, const char *sql)
{
    return weir_execute(l->session, sql, weir_no_args(), NULL, &l->error);
}

static void expect_names_the_endpoint(const live *l)
{
    EXPECT(strncmp(l->error.endpoint, "127.0.0.1:", 10) == 0);
}

/* As soon as the server is back; a session's first try may meet a connection that died with the server. */
static void expect_the_next_query_is_fine(live *l)
{
    EXPECT_TEXT(live_one(l, "SELECT 'fine'", weir_no_args()), "fine");
}

TEST(faults, nobody_listens)
{
    live l;
    live_open_config(&l, "databases: {shop: {primary: \"127.0.0.1:1\", user: app}}\n");
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_UNREACHABLE);
    EXPECT_TEXT(l.error.endpoint, "127.0.0.1:1");
    EXPECT_INT(l.error.retry, WEIR_RETRY_CALL);
    EXPECT(live_counter(&l, "weir_pool_taken") == 0 && live_counter(&l, "weir_pool_dialling") == 0);
    live_close(&l);
}

TEST(faults, a_name_that_is_none)
{
    live l;
    live_open_config(&l, "databases: {shop: {primary: \"no-such-host.invalid:3306\", user: app}}\n");
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_UNREACHABLE);
    live_close(&l);
}

TEST(faults, a_wrong_password)
{
    live l;
    setenv("WEIR_TEST_WRONG", "wrong", 1);
    /* The last of two equal keys would be a mistake: the cluster's own password line is replaced. */
    char *yaml = weir__strdup(&test_env()->mem, live_yaml(NULL));
    char *at = yaml ? strstr(yaml, "password: {file: ") : NULL;
    EXPECT(at != NULL);
    if (at) {
        size_t size = strcspn(at, "\n");
        memset(at, ' ', size);
        memcpy(at, "password: {env: WEIR_TEST_WRONG}", 32);
    }
    live_open_config(&l, yaml);
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_CONFIG);
    EXPECT_INT(l.error.server_errno, 1045);
    EXPECT_HAS(l.error.text, "password:");
    expect_names_the_endpoint(&l);
    live_close(&l);
    weir__free(&test_env()->mem, yaml);
}

TEST(faults, the_password_is_read_anew_for_each_login)
{
    live l;
    char path[128];
    snprintf(path, sizeof path, "%s/password", test_folder());
    FILE *file = fopen(path, "w");
    EXPECT(file && fputs("old\n", file) >= 0 && fclose(file) == 0);
    EXPECT(server_root("CREATE OR REPLACE USER turning IDENTIFIED BY 'new'; GRANT SELECT ON shop.* TO turning"));
    char yaml[512];
    const char *port = strstr(live_yaml(NULL), "127.0.0.1:");
    snprintf(yaml, sizeof yaml, "databases: {shop: {primary: \"%.*s\", user: turning, password: {file: \"%s\"}}}\n",
             (int)strcspn(port, "\""), port, path);
    live_open_config(&l, yaml);
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_CONFIG);
    file = fopen(path, "w");
    EXPECT(file && fputs("new\n", file) >= 0 && fclose(file) == 0);
    expect_the_next_query_is_fine(&l);
    EXPECT(server_root("DROP USER turning"));
    live_close(&l);
}

TEST(faults, a_killed_server_and_its_return)
{
    live l;
    live_open(&l, NULL);
    expect_the_next_query_is_fine(&l);
    server_kill();
    weir_status status = ask(&l, "SELECT 1");
    EXPECT(status == WEIR_UNREACHABLE);
    expect_names_the_endpoint(&l);
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_UNREACHABLE);
    server_restart();
    expect_the_next_query_is_fine(&l);
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    live_close(&l);
}

/* Connections that died while idle are found out before a write is sent on them: no UNKNOWN for what was never sent. */
TEST(faults, idle_connections_that_died_are_not_written_to)
{
    live l;
    live_open(&l, NULL);
    EXPECT_OK(ask(&l, "CREATE OR REPLACE TABLE faults_idle (a INT)"), l.error);
    server_kill();
    server_restart(); /* takes longer than a connection counts as fresh */
    pause_ms(1100);
    EXPECT_OK(ask(&l, "INSERT INTO faults_idle VALUES (1)"), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM faults_idle", weir_no_args()), "1");
    EXPECT_OK(ask(&l, "DROP TABLE faults_idle"), l.error);
    live_close(&l);
}

typedef struct blow {
    live *watcher;
    const char *part;
    void (*strike)(void);
} blow;

static void *strike_when_running(void *context)
{
    blow *b = context;
    if (!live_until_running(b->watcher, b->part, 1))
        test_fail(__FILE__, __LINE__, "%s never ran", b->part);
    b->strike();
    return NULL;
}

TEST(faults, killed_in_the_middle_of_a_read_and_of_a_write)
{
    static const struct {
        const char *sql, *part;
        weir_status status;
        weir_retry retry;
    } rows[] = {
        {"SELECT SLEEP(30), 'killed read'", "killed read", WEIR_UNREACHABLE, WEIR_RETRY_CALL},
        {"INSERT INTO faults_write SELECT SLEEP(30)", "INSERT INTO faults_write", WEIR_UNKNOWN,
         WEIR_RETRY_AFTER_LOOKING},
    };
    live l, watcher;
    live_open(&l, "  timeouts: {query: 20s}\n");
    live_open(&watcher, NULL);
    EXPECT_OK(ask(&l, "CREATE OR REPLACE TABLE faults_write (a INT)"), l.error);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pthread_t thread;
        blow b = {&watcher, rows[i].part, server_kill};
        pthread_create(&thread, NULL, strike_when_running, &b);
        EXPECT_STATUS(ask(&l, rows[i].sql), l.error, rows[i].status);
        EXPECT_INT(l.error.retry, rows[i].retry);
        expect_names_the_endpoint(&l);
        pthread_join(thread, NULL);
        server_restart();
        pause_ms(1100);
        expect_the_next_query_is_fine(&l);
        expect_the_next_query_is_fine(&watcher);
    }
    EXPECT_OK(ask(&l, "DROP TABLE faults_write"), l.error);
    live_close(&watcher);
    live_close(&l);
}

TEST(faults, killed_in_the_middle_of_the_rows)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    EXPECT_OK(
        weir_query(l.session, "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_1000000", weir_no_args(), &rows, &l.error),
        l.error);
    EXPECT(weir_next(rows));
    server_kill();
    int64_t count = 1;
    while (weir_next(rows))
        count++;
    EXPECT(count < 1000000);
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_UNREACHABLE);
    server_restart();
    expect_the_next_query_is_fine(&l);
    live_close(&l);
}

/* Done when: after a deadline against a paused server its processlist shows no such statement. */
TEST(faults, a_paused_server_is_given_up_in_time_and_the_statement_killed_when_it_goes_on)
{
    live l;
    pthread_t thread;
    live watcher;
    live_open(&l, "  timeouts: {query: 2s, transaction: 90s}\n");
    live_open(&watcher, NULL);
    blow b = {&watcher, "paused read", server_pause};
    pthread_create(&thread, NULL, strike_when_running, &b);
    uint64_t before = test_ms();
    EXPECT_STATUS(ask(&l, "SELECT SLEEP(80), 'paused read'"), l.error, WEIR_TIMEOUT);
    EXPECT(test_ms() - before < 10000);
    pthread_join(thread, NULL);
    /* Now on: a new connection cannot be made either. */
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_UNREACHABLE);
    expect_names_the_endpoint(&l);
    server_go_on();
    EXPECT(live_until_running(&watcher, "paused read", 0));
    expect_the_next_query_is_fine(&l);
    EXPECT(live_counter(&l, "weir_kills_total") >= 1);
    live_close(&watcher);
    live_close(&l);
}

/* After a restart the number of a connection is somebody else's: what weir may not kill is not its own, and nothing is left to kill. */
TEST(faults, a_connection_that_is_another_users_now_is_gone)
{
    live l;
    char command[600], number[32] = "", sql[64];
    const weir__clock *clock = &test_env()->clock;
    weir__conn *control = NULL;
    live_open(&l, NULL);
    expect_the_next_query_is_fine(&l);
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    snprintf(command, sizeof command,
             "mariadb --defaults-file='%s/root.cnf' --socket='%s/shop/sock' -N -n -e 'SELECT CONNECTION_ID(); SELECT "
             "SLEEP(60)' 2>/dev/null",
             dir, dir);
    FILE *others = popen(command, "r");
    EXPECT(others && fgets(number, sizeof number, others));
    const weir__endpoint *at = &l.client->topology->shards[0].servers[0]->endpoint;
    EXPECT_OK(weir__mysql_driver.open(test_env(), at, weir__deadline_in(clock, 30000), &control, &l.error), l.error);
    weir__late late = {.server_thread = strtoull(number, NULL, 10), .server_id = control->server_id};
    late.born_ns = weir__now(clock);
    snprintf(late.host, sizeof late.host, "%s", control->host);
    control->deadline = weir__deadline_in(clock, 30000);
    EXPECT_OK(weir__mysql_driver.kill(control, &late, &l.error), l.error);
    weir__mysql_driver.close(control);
    snprintf(sql, sizeof sql, "KILL %s", number);
    EXPECT(server_root(sql)); /* it lived on */
    pclose(others);
    live_close(&l);
}

TEST(faults, paused_while_connecting_and_closing_waits_for_nobody)
{
    live l;
    live_open(&l, NULL);
    server_pause();
    uint64_t before = test_ms();
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_UNREACHABLE);
    EXPECT_HAS(l.error.text, "timeouts.connect");
    weir_session_close(l.session);
    weir_close(l.client);
    EXPECT(test_ms() - before < 10000);
    server_go_on();
    live_open(&l, NULL);
    expect_the_next_query_is_fine(&l);
    live_close(&l);
}

TEST(faults, no_connections_left_on_the_server)
{
    enum { SESSIONS = 12 };
    live l;
    weir_session *sessions[SESSIONS] = {NULL};
    weir_status status = WEIR_OK;
    live_open(&l, "  pool: {max: 20}\n");
    EXPECT(server_root("SET GLOBAL max_connections = 10"));
    for (int i = 0; i < SESSIONS && status == WEIR_OK; i++) {
        EXPECT_OK(weir_session_open(l.client, NULL, &sessions[i], &l.error), l.error);
        status = weir_begin(sessions[i], NULL, &l.error);
    }
    EXPECT_INT(status, WEIR_BUSY);
    EXPECT_INT(l.error.server_errno, 1040);
    EXPECT_INT(l.error.retry, WEIR_RETRY_CALL);
    EXPECT_HAS(l.error.text, "pool.max");
    expect_names_the_endpoint(&l);
    for (int i = 0; i < SESSIONS; i++)
        weir_session_close(sessions[i]);
    EXPECT(server_root("SET GLOBAL max_connections = 151"));
    expect_the_next_query_is_fine(&l);
    live_close(&l);
}

TEST(faults, too_many_connections_of_this_user)
{
    live l;
    weir_session *holder = NULL;
    live_open(&l, NULL);
    EXPECT(server_root("ALTER USER app WITH MAX_USER_CONNECTIONS 1"));
    EXPECT_OK(weir_session_open(l.client, NULL, &holder, &l.error), l.error);
    EXPECT_OK(weir_begin(holder, NULL, &l.error), l.error);
    EXPECT_STATUS(ask(&l, "SELECT 1"), l.error, WEIR_BUSY);
    EXPECT(l.error.server_errno == 1203 || l.error.server_errno == 1226);
    weir_session_close(holder);
    EXPECT(server_root("ALTER USER app WITH MAX_USER_CONNECTIONS 0"));
    expect_the_next_query_is_fine(&l);
    live_close(&l);
}

/* ---- peers that are no server ---- */

enum { SILENT, HALF_GREETING, DRIPPING };

typedef struct peer {
    int listener, port, kind;
    _Atomic bool leave;
    pthread_t thread;
} peer;

static void *misbehave(void *context)
{
    peer *p = context;
    static const char greeting[] = "\x4a\x00\x00\x00\x0a"
                                   "10.11.0-MariaDB";
    int fd = accept(p->listener, NULL, NULL);
    for (size_t i = 0; fd >= 0 && !p->leave; i++) {
        if (p->kind == HALF_GREETING && i == 0)
            send(fd, greeting, sizeof greeting, MSG_NOSIGNAL);
        if (p->kind == DRIPPING && i < sizeof greeting && i % 5 == 0)
            send(fd, greeting + i / 5, 1, MSG_NOSIGNAL);
        pause_ms(20);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void peer_start(peer *p, int kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    p->kind = kind;
    p->leave = false;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(p->listener, (struct sockaddr *)&address, size) == 0 && listen(p->listener, 5) == 0);
    getsockname(p->listener, (struct sockaddr *)&address, &size);
    p->port = ntohs(address.sin_port);
    pthread_create(&p->thread, NULL, misbehave, p);
}

static void peer_stop(peer *p)
{
    p->leave = true;
    shutdown(p->listener, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->listener);
}

TEST(faults, a_handshake_that_stops_half_way_is_given_up)
{
    for (int kind = SILENT; kind <= DRIPPING; kind++) {
        live l;
        peer p;
        char yaml[256];
        peer_start(&p, kind);
        snprintf(yaml, sizeof yaml,
                 "databases: {shop: {primary: \"127.0.0.1:%d\", user: app, timeouts: {connect: 300ms}}}\n", p.port);
        live_open_config(&l, yaml);
        uint64_t before = test_ms();
        weir_status status = ask(&l, "SELECT 1");
        EXPECT_THAT(status == WEIR_UNREACHABLE, "kind %d: %s", kind, weir_status_name(status));
        EXPECT(test_ms() - before < 10000);
        live_close(&l);
        peer_stop(&p);
    }
}
