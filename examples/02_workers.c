/* 02_workers.c - one client, many threads, a session for each request. SPDX-License-Identifier: Apache-2.0
 * Eight workers share one pool; a session costs no connection until its first statement,
 * and none after it. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <weir.h>

enum { WORKERS = 8, REQUESTS = 25 };

static weir_client *client; /* set before the workers start, closed after they ended */

static weir_status serve(int worker, int request, weir_error *error)
{
    weir_session *session = NULL;
    weir_status status = weir_session_open(client, NULL, &session, error);
    if (status == WEIR_OK)
        status = weir_execute(session, "INSERT INTO visits (worker, request) VALUES (?, ?)",
                              WEIR_ARGS(weir_int(worker), weir_int(request)), NULL, error);
    weir_session_close(session);
    return status;
}

static void *work(void *number)
{
    int worker = *(int *)number;
    weir_error error;
    for (int request = 0; request < REQUESTS; request++)
        if (serve(worker, request, &error) != WEIR_OK)
            fprintf(stderr, "worker %d: %s: %s\n", worker, weir_status_name(error.status), error.text);
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    int numbers[WORKERS];
    weir_session *session = NULL;
    weir_rows *rows = NULL;
    weir_error error;
    int64_t counted = -1;

    weir_status status = weir_open(NULL, NULL, &client, &error);
    if (status == WEIR_OK)
        status = weir_session_open(client, NULL, &session, &error);
    if (status == WEIR_OK)
        status = weir_execute(session,
                              "CREATE OR REPLACE TABLE visits (worker INT, request INT, PRIMARY "
                              "KEY (worker, request))",
                              weir_no_args(), NULL, &error);
    for (int i = 0; status == WEIR_OK && i < WORKERS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; status == WEIR_OK && i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    if (status == WEIR_OK)
        status = weir_query(session, "SELECT COUNT(*) FROM visits", weir_no_args(), &rows, &error);
    if (status == WEIR_OK) {
        counted = weir_next(rows) ? weir_get_int(rows, 0) : -1;
        status = weir_finish(rows, &error);
    }
    if (status != WEIR_OK)
        fprintf(stderr, "%s: %s\n", weir_status_name(status), error.text);
    printf("%" PRId64 " visits by %d workers\n", counted, WORKERS);
    weir_session_close(session);
    weir_close(client);
    return counted == WORKERS * REQUESTS ? 0 : 1;
}
