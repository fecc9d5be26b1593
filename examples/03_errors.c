/* 03_errors.c - what an error record says, and when to try again. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <weir.h>

/* Runs a statement again while the record says that nothing has happened yet. */
static weir_status patiently(weir_session *session, const char *sql, int attempts, weir_error *error)
{
    weir_status status;
    do
        status = weir_execute(session, sql, weir_no_args(), NULL, error);
    while (status != WEIR_OK && error->retry == WEIR_RETRY_CALL && --attempts > 0);
    return status;
}

static void explain(const char *what, weir_status status, const weir_error *error)
{
    static const char *const advice[] = {
        [WEIR_RETRY_NEVER] = "do not repeat it as it is",
        [WEIR_RETRY_CALL] = "nothing happened: the call may be repeated",
        [WEIR_RETRY_TRANSACTION] = "rolled back: run the transaction again",
        [WEIR_RETRY_AFTER_LOOKING] = "it may have happened: look first",
    };
    if (status == WEIR_OK) {
        printf("%s: fine\n", what);
        return;
    }
    printf("%s: %s", what, weir_status_name(status));
    if (error->server_errno)
        printf(" (server error %d, SQLSTATE %s)", (int)error->server_errno, error->sqlstate);
    printf("\n  %s\n  %s\n", error->text, advice[error->retry]);
}

int main(void)
{
    weir_client *client = NULL;
    weir_session *session = NULL;
    weir_error error;
    weir_session_options hasty = WEIR_SESSION_OPTIONS_INIT;
    hasty.timeout_ms = 300;

    weir_status status = weir_open(NULL, NULL, &client, &error);
    if (status == WEIR_OK)
        status = weir_session_open(client, &hasty, &session, &error);
    if (status != WEIR_OK) {
        explain("opening", status, &error);
        weir_close(client);
        return 1;
    }
    status = patiently(session, "CREATE OR REPLACE TABLE seats (number INT PRIMARY KEY)", 3, &error);
    explain("creating a table", status, &error);
    status = patiently(session, "INSERT INTO seats VALUES (1)", 3, &error);
    explain("taking a seat", status, &error);
    status = patiently(session, "INSERT INTO seats VALUES (1)", 3, &error);
    explain("taking it again", status, &error);
    status = patiently(session, "SELEC 1", 3, &error);
    explain("a typing error", status, &error);
    status = patiently(session, "SELECT SLEEP(10)", 2, &error);
    explain("past the deadline", status, &error);
    weir_session_close(session);
    weir_close(client);
    return status == WEIR_TIMEOUT ? 0 : 1;
}
