/* line_test.c - every line to a server does the same: TCP, IPv6, Unix socket, plain and TLS; and what is refused. SPDX-License-Identifier: Apache-2.0
 * On a cluster with a certificate (weir playground up --tls --ipv6). That a wait ends is told by the ends themselves: the server would
 * go on for a minute, and ctest ends a test that hangs. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/wait.h"
#include "tests/support/live.h"
#include "tests/support/tls.h"

enum { LONG_MS = 20000, MANY_ROWS = 1000000, LARGE = 6 << 20, YAML = 4096 };

typedef struct way {
    const char *name;
    enum { TCP, IPV6, SOCKET } way;
    bool encrypted, verified;
} way;

static const way lines[] = {
    {"plain TCP", TCP, false, false},          {"TCP, required", TCP, true, false},
    {"TCP, verified", TCP, true, true},        {"IPv6, plain", IPV6, false, false},
    {"IPv6, verified", IPV6, true, true},      {"socket, plain", SOCKET, false, false},
    {"socket, required", SOCKET, true, false}, {"socket, verified", SOCKET, true, true},
};

/* Opens a client on a line; false where this machine has no such line. */
static bool open_line(live *l, const way *line)
{
    char yaml[YAML], tls[PATH_SIZE + 40] = "mode: none";
    const char *address = line->way == TCP    ? tls_address("127.0.0.1")
                          : line->way == IPV6 ? tls_address("[::1]")
                                              : tls_socket();
    if (line->way == IPV6 && !tls_cluster_has_ipv6()) {
        fprintf(stderr, "line_test: %s is left out: no ::1 here\n", line->name);
        return false;
    }
    if (line->encrypted)
        snprintf(tls, sizeof tls, line->verified ? "mode: verify, ca: \"%s\"" : "mode: required", tls_file("ca.pem"));
    live_open_config(l, tls_config(yaml, sizeof yaml, address, tls, "app"));
    return true;
}

TEST(line, answers_are_the_same_on_every_line)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        live l;
        if (!open_line(&l, &lines[i]))
            continue;
        const char *cipher = live_rows(&l, "SHOW STATUS LIKE 'Ssl_cipher'", weir_no_args());
        bool encrypted = strlen(cipher) > strlen("Ssl_cipher|");
        EXPECT_THAT(encrypted == lines[i].encrypted && strncmp(cipher, "Ssl_cipher|", 11) == 0, "%s: %s", lines[i].name,
                    cipher);
        const char *compression = live_rows(&l, "SHOW STATUS LIKE 'Compression'", weir_no_args());
        EXPECT_THAT(strcmp(compression, "Compression|OFF") == 0, "%s: %s", lines[i].name, compression);
        EXPECT_TEXT(live_rows(&l, "SELECT @@character_set_client, @@character_set_connection, @@character_set_results",
                              weir_no_args()),
                    "utf8mb4|utf8mb4|utf8mb4");
        EXPECT_TEXT(live_rows(&l, "SELECT 1, 'gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x9F', NULL UNION SELECT 2, '', ''",
                              weir_no_args()),
                    "1|gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x9F|~;2||");
        EXPECT_TEXT(live_rows(&l, "SELECT ?, ?, CHAR_LENGTH(?)",
                              WEIR_ARGS(weir_int(7), weir_text("\xF0\x9F\x90\x9F"), weir_text("\xF0\x9F\x90\x9F"))),
                    "7|\xF0\x9F\x90\x9F|1");
        live_close(&l);
    }
}

TEST(line, files_of_the_client_and_second_statements_are_refused)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        live l;
        if (!open_line(&l, &lines[i]))
            continue;
        live_run(&l, "CREATE OR REPLACE TABLE line_infile (a TEXT)", weir_no_args());
        EXPECT(weir_execute(l.session, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE line_infile", weir_no_args(),
                            NULL, &l.error) != WEIR_OK);
        EXPECT(weir_execute(l.session, "INSERT INTO line_infile VALUES ('a'); INSERT INTO line_infile VALUES ('b')",
                            weir_no_args(), NULL, &l.error) != WEIR_OK);
        EXPECT_THAT(strcmp(live_one(&l, "SELECT COUNT(*) FROM line_infile", weir_no_args()), "0") == 0,
                    "%s: rows came in", lines[i].name);
        live_run(&l, "DROP TABLE line_infile", weir_no_args());
        live_close(&l);
    }
}

TEST(line, a_deadline_ends_the_wait_and_the_statement)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 250;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (int prepared = 0; prepared < 2; prepared++) {
            live l;
            if (!open_line(&l, &lines[i]))
                continue;
            const char *sql = prepared ? "SELECT SLEEP(?) AS line_sleep" : "SELECT SLEEP(60) AS line_sleep";
            weir_value minute = weir_int(60);
            weir_rows *rows = NULL;
            EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
            uint64_t began = test_ms();
            weir_status status = weir_query_with(l.session, &options, (weir_str){sql, strlen(sql)},
                                                 (weir_args){&minute, (size_t)prepared}, &rows, &l.error);
            if (status == WEIR_OK) { /* the columns may come before the first row */
                while (weir_next(rows))
                    ;
                status = weir_finish(rows, &l.error);
            }
            uint64_t took = test_ms() - began;
            EXPECT_THAT(status == WEIR_TIMEOUT, "%s, prepared %d: %s: %s", lines[i].name, prepared,
                        weir_status_name(status), l.error.text);
            EXPECT_THAT(took < LONG_MS, "%s, prepared %d: back after %d ms", lines[i].name, prepared, (int)took);
            EXPECT_THAT(live_until_running(&l, "line_sleep", 0), "%s: the statement runs on", lines[i].name);
            EXPECT_TEXT(live_one(&l, "SELECT 2", weir_no_args()), "2");
            live_close(&l);
        }
}

static void *cancel_when_running(void *context)
{
    live *l = context, own = {.client = l->client};
    if (!live_until_running(&own, "line_cancel", 1))
        test_fail(__FILE__, __LINE__, "the statement does not run");
    weir_cancel(l->session);
    return NULL;
}

TEST(line, another_thread_can_cancel)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        live l;
        pthread_t other;
        if (!open_line(&l, &lines[i]))
            continue;
        pthread_create(&other, NULL, cancel_when_running, &l);
        weir_status status = weir_execute(l.session, "SELECT SLEEP(60) AS line_cancel", weir_no_args(), NULL, &l.error);
        pthread_join(other, NULL);
        EXPECT_THAT(status == WEIR_CANCELLED, "%s: %s: %s", lines[i].name, weir_status_name(status), l.error.text);
        EXPECT_THAT(live_until_running(&l, "line_cancel", 0), "%s: the statement runs on", lines[i].name);
        live_close(&l);
    }
}

TEST(line, a_long_stream_comes_whole)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 120000;
    const char *sql = "SELECT seq, REPEAT('x', seq % 50) FROM seq_1_to_1000000";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        live l;
        weir_rows *rows = NULL;
        int64_t count = 0, sum = 0;
        size_t bytes = 0;
        if (!open_line(&l, &lines[i]))
            continue;
        EXPECT_OK(weir_query_with(l.session, &options, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &l.error),
                  l.error);
        while (weir_next(rows)) {
            count++;
            sum += weir_get_int(rows, 0);
            bytes += weir_get_text(rows, 1).size;
        }
        EXPECT_OK(weir_finish(rows, &l.error), l.error);
        EXPECT_INT(count, MANY_ROWS);
        EXPECT_INT(sum, (int64_t)MANY_ROWS * (MANY_ROWS + 1) / 2);
        EXPECT_INT(bytes, MANY_ROWS / 50 * (49 * 50 / 2));
        live_close(&l);
    }
}

TEST(line, large_values_go_and_come)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 60000;
    options.max_bytes = 4u * LARGE;
    char *large = weir__alloc(&test_env()->mem, LARGE);
    for (size_t i = 0; large && i < LARGE; i++)
        large[i] = (char)(i * 2654435761u >> 24);
    for (size_t i = 0; large && i < sizeof lines / sizeof *lines; i++) {
        live l;
        weir_rows *rows = NULL;
        weir_value value = weir_bytes(large, LARGE);
        if (!open_line(&l, &lines[i]))
            continue;
        EXPECT_OK(
            weir_query_with(l.session, &options, (weir_str){"SELECT ?", 8}, (weir_args){&value, 1}, &rows, &l.error),
            l.error);
        EXPECT(weir_next(rows));
        weir_str back = weir_get_text(rows, 0);
        EXPECT_THAT(back.size == LARGE && memcmp(back.data, large, LARGE) == 0, "%s: %zu bytes came back",
                    lines[i].name, back.size);
        EXPECT_OK(weir_finish(rows, &l.error), l.error);
        live_close(&l);
    }
    weir__free(&test_env()->mem, large);
}

/* A server that stops in the middle of the rows: over TLS the library would wait in the socket itself. */
TEST(line, a_server_that_stops_amid_the_rows_is_given_up)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 2500; /* the first rows are there before */
    const char *sql = "SELECT seq, REPEAT('x', 500) FROM seq_1_to_100000000";
    pid_t server = tls_server_pid();
    for (size_t i = 0; server > 1 && i < sizeof lines / sizeof *lines; i++) {
        live l;
        weir_rows *rows = NULL;
        if (!open_line(&l, &lines[i]))
            continue;
        EXPECT_OK(weir_query_with(l.session, &options, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &l.error),
                  l.error);
        for (int row = 0; row < 1000; row++)
            EXPECT(weir_next(rows));
        uint64_t began = test_ms();
        kill(server, SIGSTOP);
        while (weir_next(rows))
            ;
        weir_status status = weir_finish(rows, &l.error);
        kill(server, SIGCONT);
        EXPECT_THAT(status == WEIR_TIMEOUT, "%s: %s: %s", lines[i].name, weir_status_name(status), l.error.text);
        EXPECT_THAT(test_ms() - began < LONG_MS, "%s: back after %d ms", lines[i].name, (int)(test_ms() - began));
        EXPECT_THAT(live_until_running(&l, "seq_1_to_100000000", 0), "%s: the statement runs on", lines[i].name);
        live_close(&l);
    }
}
