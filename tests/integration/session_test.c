/* session_test.c - what a session may say of its connection; reload, fork, closing. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/live.h"

TEST(session, the_connections_past_is_no_business_of_a_statement)
{
    static const char *const refused[] = {"SELECT CONNECTION_ID()", "SELECT @@insert_id", "SELECT @@last_gtid",
                                          "GET DIAGNOSTICS @n = NUMBER"};
    live l;
    live_open(&l, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_THAT(weir_execute(l.session, refused[i], weir_no_args(), NULL, &l.error) == WEIR_UNSUPPORTED,
                    "answered: %s", refused[i]);
    live_run(&l, "CREATE OR REPLACE TABLE session_ids (id INT AUTO_INCREMENT PRIMARY KEY)", weir_no_args());
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "INSERT INTO session_ids VALUES (NULL)", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT LAST_INSERT_ID()", weir_no_args()), "1");
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    live_run(&l, "DROP TABLE session_ids", weir_no_args());
    live_close(&l);
}

/* A connection that a session has changed is its own, and nobody else's afterwards. */
TEST(session, state_stays_with_its_session)
{
    live l;
    weir_session *other = NULL;
    live_open(&l, NULL);
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    live_run(&l, "SET @mine = 5", weir_no_args());
    live_run(&l, "SET div_precision_increment = 9", weir_no_args());
    live_run(&l, "CREATE TEMPORARY TABLE session_temporary (a INT)", weir_no_args());
    EXPECT_TEXT(live_rows(&l, "SELECT @mine, 1/3, COUNT(*) FROM session_temporary", weir_no_args()), "5|0.333333333|0");
    live o = {l.client, other, l.error, WEIR_OK};
    EXPECT_TEXT(live_rows(&o, "SELECT @mine, 1/3", weir_no_args()), "~|0.3333");
    weir_session_close(l.session);
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
        EXPECT_TEXT(live_rows(&l, "SELECT @mine, 1/3", weir_no_args()), "~|0.3333");
        EXPECT_HAS(live_one(&l, "SELECT COUNT(*) FROM session_temporary", weir_no_args()), "(SERVER)");
        weir_session_close(l.session);
    }
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    weir_session_close(other);
    live_close(&l);
}

/* Locks that outlive their statement stay on a connection of the session's own. */
TEST(session, locks_and_open_branches_keep_the_connection)
{
    static const char *const statements[] = {"XA START 'session_test'", "LOCK TABLES session_lock READ",
                                             "DO GET_LOCK('session_test', 0)", "HANDLER session_lock OPEN"};
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE session_lock (a INT)", weir_no_args());
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        live_run(&l, statements[i], weir_no_args());
        EXPECT_THAT(live_counter(&l, "weir_pool_taken") == 1, "given back after %s", statements[i]);
        weir_session_close(l.session);
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
        EXPECT(live_counter(&l, "weir_pool_taken") == 0 && live_counter(&l, "weir_pool_idle") <= 1);
    }
    EXPECT(live_until(&l, "SELECT IS_FREE_LOCK('session_test')", "1"));
    live_run(&l, "DROP TABLE session_lock", weir_no_args());
    live_close(&l);
}

TEST(session, sql_mode_set_by_the_session_is_how_its_text_is_read)
{
    live l;
    live_open(&l, NULL);
    EXPECT_TEXT(live_one(&l, "SELECT \"a;b\"", weir_no_args()), "a;b");
    live_run(&l, "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT 'x\\' AS \"a;b\"", weir_no_args()), "x\\");
    live_close(&l);
}

TEST(session, text_stays_utf8)
{
    static const char *const refused[] = {"SET NAMES latin1",
                                          "SET CHARACTER SET latin1",
                                          "SET character_set_results = latin1",
                                          "SET @@session.character_set_client = binary",
                                          "SET NAMES DEFAULT",
                                          "SET CHAR SET latin1",
                                          "SET a = 1, NAMES latin1"};
    live l;
    live_open(&l, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_THAT(weir_execute(l.session, refused[i], weir_no_args(), NULL, &l.error) == WEIR_UNSUPPORTED,
                    "accepted: %s", refused[i]);
    live_run(&l, "SET NAMES utf8mb4 COLLATE utf8mb4_bin", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT 'a' = 'A'", weir_no_args()), "0");
    live_close(&l);
}

static void kill_connections_of(live *l)
{
    char sql[64];
    weir_session *session = NULL;
    EXPECT_OK(weir_session_open(l->client, NULL, &session, &l->error), l->error);
    live o = {l->client, session, l->error, WEIR_OK};
    const char *ids = live_rows(
        &o, "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Sleep' AND USER = 'app'", weir_no_args());
    for (const char *p = ids; *p; p += strspn(p, ";")) {
        size_t size = strcspn(p, ";");
        snprintf(sql, sizeof sql, "KILL %.*s", (int)size, p);
        weir_status status = weir_execute(session, sql, weir_no_args(), NULL, &l->error);
        (void)status; /* it may have gone by itself */
        p += size;
    }
    weir_session_close(session);
}

TEST(session, lost_state_is_an_error_not_a_wrong_answer)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "SET @mine = 5", weir_no_args());
    kill_connections_of(&l);
    EXPECT(weir_execute(l.session, "SELECT @mine", weir_no_args(), NULL, &l.error) != WEIR_OK);
    EXPECT_STATUS(weir_execute(l.session, "SELECT @mine", weir_no_args(), NULL, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_HAS(l.error.text, "open a new session");
    weir_session_close(l.session);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT @mine", weir_no_args()), "(null)");
    live_close(&l);
}

TEST(session, a_transaction_on_a_lost_connection_is_a_conflict)
{
    live l;
    live_open(&l, NULL);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    kill_connections_of(&l);
    EXPECT_STATUS(weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_TRANSACTION);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_TEXT(live_one(&l, "SELECT 2", weir_no_args()), "2");
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    kill_connections_of(&l);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_UNKNOWN);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT_TEXT(live_one(&l, "SELECT 2", weir_no_args()), "2");
    live_close(&l);
}

TEST(session, options_are_checked)
{
    live l;
    weir_session *s = NULL;
    weir_session_options o = WEIR_SESSION_OPTIONS_INIT;
    live_open(&l, NULL);
    o.database = "nowhere";
    EXPECT_STATUS(weir_session_open(l.client, &o, &s, &l.error), l.error, WEIR_USAGE);
    EXPECT_HAS(l.error.text, "nowhere");
    o.database = "shop";
    o.after_token = "rubbish";
    EXPECT_STATUS(weir_session_open(l.client, &o, &s, &l.error), l.error, WEIR_USAGE);
    o.after_token = "";
    o.size = 3;
    EXPECT_STATUS(weir_session_open(l.client, &o, &s, &l.error), l.error, WEIR_USAGE);
    EXPECT(s == NULL);
    char token[8] = "x";
    EXPECT_INT(weir_token(l.session, token, sizeof token), 0);
    EXPECT_TEXT(token, "");
    live_close(&l);
}

TEST(session, reload_takes_effect_and_a_bad_file_changes_nothing)
{
    live l;
    char path[128];
    weir_client *client = NULL;
    weir_session *session = NULL;
    snprintf(path, sizeof path, "%s/weir.yaml", test_folder());
    const char *texts[] = {live_yaml(NULL), NULL, "databases: {shop: 5}\n", NULL};
    char *first = weir__strdup(&test_env()->mem, texts[0]);
    char *second = weir__strdup(&test_env()->mem, live_yaml("  connection: {time_zone: \"+03:00\"}\n"));
    texts[0] = first;
    texts[1] = second;
    texts[3] = second;
    static const char *const zones[] = {"+00:00", "+03:00", "+03:00", "+03:00"};
    for (int i = 0; i < 4; i++) {
        FILE *file = fopen(path, "w");
        EXPECT(file && fputs(texts[i], file) >= 0 && fclose(file) == 0);
        if (i == 0) {
            EXPECT_OK(weir_open(path, NULL, &client, &l.error), l.error);
            EXPECT_OK(weir_session_open(client, NULL, &session, &l.error), l.error);
        } else {
            EXPECT_STATUS(weir_reload(client, &l.error), l.error, i == 2 ? WEIR_CONFIG : WEIR_OK);
        }
        live o = {client, session, l.error, WEIR_OK};
        EXPECT_TEXT(live_one(&o, "SELECT @@time_zone", weir_no_args()), zones[i]);
    }
    /* The last reload changed nothing, so its connection is the one from before. */
    live o = {client, session, l.error, WEIR_OK};
    EXPECT(live_counter(&o, "weir_pool_dials_total") == 1);
    weir_session_close(session);
    weir_close(client);
    weir__free(&test_env()->mem, first);
    weir__free(&test_env()->mem, second);
}

TEST(session, an_open_transaction_stays_where_it_began_over_a_reload)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE session_reload (a INT)", weir_no_args());
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "INSERT INTO session_reload VALUES (1)", weir_no_args());
    EXPECT_OK(weir_reload(l.client, &l.error), l.error);
    live_run(&l, "INSERT INTO session_reload VALUES (2)", weir_no_args());
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM session_reload", weir_no_args()), "2");
    live_run(&l, "DROP TABLE session_reload", weir_no_args());
    live_close(&l);
}

TEST(session, a_forked_child_gets_usage_and_the_parent_goes_on)
{
    live l;
    live_open(&l, NULL);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    pid_t child = fork();
    if (child == 0) {
        weir_session *s = NULL;
        int wrong = 0;
        wrong += weir_session_open(l.client, NULL, &s, &l.error) != WEIR_USAGE;
        wrong += weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error) != WEIR_USAGE;
        wrong += weir_commit(l.session, &l.error) != WEIR_USAGE;
        wrong += weir_reload(l.client, &l.error) != WEIR_USAGE;
        weir_cancel(l.session);
        weir_session_close(l.session);
        weir_close(l.client);
        _exit(wrong);
    }
    int status = -1;
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TEXT(live_one(&l, "SELECT 2", weir_no_args()), "2");
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    EXPECT(live_counter(&l, "weir_pool_dials_total") == 1);
    live_close(&l);
}

TEST(session, closing_the_client_first_is_an_error_for_its_sessions_not_a_crash)
{
    live l;
    live_open(&l, NULL);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    weir_close(l.client);
    EXPECT_STATUS(weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_USAGE);
    weir_session_close(l.session);
}

TEST(session, opening_fails_with_the_first_mistake)
{
    weir_client *client = NULL;
    weir_error error;
    weir_client_options o = WEIR_CLIENT_OPTIONS_INIT;
    o.yaml = "databases:\n  shop: {primary: \"127.0.0.1:99999\", colour: red}\n";
    EXPECT_STATUS(weir_open(NULL, &o, &client, &error), error, WEIR_CONFIG);
    EXPECT(client == NULL);
    EXPECT_HAS(error.text, "weir.yaml:2:");
    EXPECT_STATUS(weir_open("/nowhere/weir.yaml", NULL, &client, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "/nowhere/weir.yaml");
    o.size = 1;
    EXPECT_STATUS(weir_open(NULL, &o, &client, &error), error, WEIR_USAGE);
}
