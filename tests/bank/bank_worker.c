/* bank_worker.c - moves money between accounts on many shards until it is told to stop, or killed. SPDX-License-Identifier: Apache-2.0
 * usage: bank_worker CONFIG LOG THREADS SECONDS ACCOUNTS
 * Each transfer has a number of its own. LOG gets one line a transfer and outcome: "ok N", "no N" (surely nothing happened), "maybe N";
 * "begun N" stands before. bank_test.py compares it with the tables. */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "weir.h"

enum { MOST_THREADS = 64 };

typedef struct bank {
    weir_client *client;
    int log;
    uint64_t accounts;
    time_t end;
} bank;

typedef struct transfer {
    uint64_t number, from, to;
    int64_t amount;
} transfer;

static uint64_t random_number(void)
{
    uint64_t n = 0;
    if (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n)
        abort();
    return n >> 2;
}

static void note(const bank *b, const char *word, const transfer *t, const weir_error *error)
{
    char line[512];
    int size = snprintf(line, sizeof line, "%s %" PRIu64 " %s %s\n", word, t->number,
                        error ? weir_status_name(error->status) : "", error ? error->text : "");
    if (size >= (int)sizeof line)
        line[(size = sizeof line) - 1] = '\n';
    if (write(b->log, line, (size_t)size) != size)
        abort();
}

static weir_status lock_account(weir_session *s, uint64_t account, weir_error *error)
{
    return weir_execute(s, "SELECT balance FROM accounts WHERE id = ? FOR UPDATE", WEIR_ARGS(weir_uint(account)), NULL,
                        error);
}

static weir_status move(weir_session *s, void *context, weir_error *error)
{
    const transfer *t = context;
    weir_status status = lock_account(s, t->from, error);
    if (status == WEIR_OK)
        status = lock_account(s, t->to, error);
    const struct {
        uint64_t account;
        int64_t amount;
    } sides[] = {{t->from, -t->amount}, {t->to, t->amount}};
    for (int i = 0; i < 2 && status == WEIR_OK; i++) {
        status = weir_execute(s, "UPDATE accounts SET balance = balance + ? WHERE id = ?",
                              WEIR_ARGS(weir_int(sides[i].amount), weir_uint(sides[i].account)), NULL, error);
        if (status == WEIR_OK)
            status = weir_execute(
                s, "INSERT INTO transfers (account, number, amount) VALUES (?, ?, ?)",
                WEIR_ARGS(weir_uint(sides[i].account), weir_uint(t->number), weir_int(sides[i].amount)), NULL, error);
    }
    return status;
}

static weir_status by_hand(weir_session *s, transfer *t, weir_error *error)
{
    weir_error ignored;
    weir_status status = weir_begin(s, NULL, error);
    if (status != WEIR_OK)
        return status;
    status = move(s, t, error);
    if (status == WEIR_OK)
        return weir_commit(s, error);
    weir_status undone = weir_rollback(s, &ignored);
    (void)undone;
    return status;
}

static void *work(void *context)
{
    bank *b = context;
    weir_session *s = NULL;
    weir_error error;
    if (weir_session_open(b->client, NULL, &s, &error) != WEIR_OK)
        abort();
    while (time(NULL) < b->end) {
        transfer t = {random_number(), random_number() % b->accounts, 0, (int64_t)(random_number() % 100)};
        t.to = (t.from + 1 + random_number() % (b->accounts - 1)) % b->accounts;
        note(b, "begun", &t, NULL);
        weir_status status = t.number % 2 ? weir_transaction(s, NULL, move, &t, &error) : by_hand(s, &t, &error);
        if (status == WEIR_OK || status == WEIR_COMMITTED_PENDING)
            note(b, "ok", &t, status == WEIR_OK ? NULL : &error);
        else
            note(b, status == WEIR_UNKNOWN ? "maybe" : "no", &t, &error);
    }
    weir_session_close(s);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[MOST_THREADS];
    weir_error error;
    if (argc != 6)
        return 2;
    int count = atoi(argv[3]);
    bank b = {.log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600),
              .accounts = strtoull(argv[5], NULL, 10),
              .end = time(NULL) + atoi(argv[4])};
    if (b.log < 0 || count < 1 || count > MOST_THREADS)
        return 2;
    if (weir_open(argv[1], NULL, &b.client, &error) != WEIR_OK) {
        fprintf(stderr, "bank_worker: %s\n", error.text);
        return 1;
    }
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, &b) != 0)
            abort();
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    weir_close(b.client);
    return 0;
}
