/* 04_transaction.c - move money: all or nothing, run again after a deadlock.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <weir.h>

typedef struct transfer {
    int64_t from, to, amount;
} transfer;

/* May run more than once, so it changes nothing but the database. */
static weir_status move(weir_session *session, void *context, weir_error *error)
{
    const transfer *t = (const transfer *)context;
    weir_result done;
    weir_status status =
        weir_execute(session, "UPDATE accounts SET credit = credit - ? WHERE id = ? AND credit >= ?",
                     WEIR_ARGS(weir_int(t->amount), weir_int(t->from), weir_int(t->amount)), &done, error);
    if (status != WEIR_OK)
        return status;
    if (done.affected == 0)
        return WEIR_ROLLBACK; /* too poor: nothing happens */
    return weir_execute(session, "UPDATE accounts SET credit = credit + ? WHERE id = ?",
                        WEIR_ARGS(weir_int(t->amount), weir_int(t->to)), NULL, error);
}

static weir_status show(weir_session *session, weir_error *error)
{
    weir_rows *rows = NULL;
    weir_status status =
        weir_query(session, "SELECT id, credit FROM accounts ORDER BY id", weir_no_args(), &rows, error);
    if (status != WEIR_OK)
        return status;
    while (weir_next(rows))
        printf("  account %" PRId64 " has %" PRId64 "\n", weir_get_int(rows, 0), weir_get_int(rows, 1));
    return weir_finish(rows, error);
}

int main(void)
{
    weir_client *client = NULL;
    weir_session *session = NULL;
    weir_error error;
    transfer small = {42, 43, 30}, large = {42, 43, 1000};

    weir_status status = weir_open(NULL, NULL, &client, &error);
    if (status == WEIR_OK)
        status = weir_session_open(client, NULL, &session, &error);
    if (status == WEIR_OK)
        status = weir_execute(session, "CREATE OR REPLACE TABLE accounts (id INT PRIMARY KEY, credit INT NOT NULL)",
                              weir_no_args(), NULL, &error);
    if (status == WEIR_OK)
        status = weir_execute(session, "INSERT INTO accounts VALUES (42, 100), (43, 5)", weir_no_args(), NULL, &error);
    if (status == WEIR_OK)
        status = weir_transaction(session, NULL, move, &small, &error);
    if (status == WEIR_OK) {
        status = weir_transaction(session, NULL, move, &large, &error);
        printf("the large transfer: %s\n", weir_status_name(status));
        status = status == WEIR_ROLLBACK ? show(session, &error) : WEIR_USAGE;
    }
    if (status != WEIR_OK)
        fprintf(stderr, "%s at %s: %s\n", weir_status_name(status), error.endpoint, error.text);
    weir_session_close(session);
    weir_close(client);
    return status == WEIR_OK ? 0 : 1;
}
