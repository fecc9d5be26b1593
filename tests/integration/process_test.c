/* process_test.c - forks and signals of the process that weir lives in. SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/live.h"

TEST(process, a_forked_child_does_not_touch_its_parents_stream)
{
    enum { ROWS = 20000 };
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    EXPECT_OK(
        weir_query(l.session, "SELECT seq, REPEAT('x', 200) FROM seq_1_to_20000", weir_no_args(), &rows, &l.error),
        l.error);
    EXPECT(weir_next(rows));
    pid_t child = fork();
    if (child == 0) {
        int wrong = 0;
        weir_error error;
        weir_cancel(l.session);
        for (int i = 0; i < ROWS / 2; i++)
            wrong |= weir_next(rows) ? 1 : 0;
        wrong |= weir_finish(rows, &error) != WEIR_USAGE ? 2 : 0;
        weir_session_close(l.session);
        weir_close(l.client);
        _exit(wrong);
    }
    int ended = 0;
    waitpid(child, &ended, 0);
    EXPECT_INT(ended, 0);
    int64_t count = 1;
    while (weir_next(rows))
        EXPECT_THAT(weir_get_int(rows, 0) == ++count, "row %" PRId64 " is not itself", count);
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_INT(count, ROWS);
    live_close(&l);
}

/* How many threads of this process there are that block this signal. */
static int threads_that_block(int number)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks)) != NULL;) {
        char path[300], line[256];
        unsigned long long mask = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        FILE *file = fopen(path, "r");
        while (file && fgets(line, sizeof line, file))
            if (strncmp(line, "SigBlk:", 7) == 0)
                mask = strtoull(line + 7, NULL, 16);
        if (file)
            fclose(file);
        count += (mask >> (number - 1)) & 1;
    }
    if (tasks)
        closedir(tasks);
    return count;
}

/* The host's signals are for the host's threads: a handler on one of weir's would run on its small stack, and sigwait would miss. */
TEST(process, weirs_threads_take_no_signals)
{
    live l;
    char yaml[128];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(silent, (struct sockaddr *)&a, sizeof a) == 0 && listen(silent, 8) == 0);
    getsockname(silent, (struct sockaddr *)&a, &size);
    snprintf(yaml, sizeof yaml,
             "databases: {shop: {primary: \"127.0.0.1:%d\", user: app, timeouts: {connect: 60s, query: 50ms}}}\n",
             ntohs(a.sin_port));
    live_open_config(&l, yaml);
    int before = threads_that_block(SIGUSR2), before_own = threads_that_block(SIGSEGV);
    EXPECT_STATUS(weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_TIMEOUT);
    int greeted = accept(silent, NULL, NULL);
    EXPECT(live_counter(&l, "weir_pool_dialling") == 1); /* weir's thread waits for the greeting */

    EXPECT_INT(threads_that_block(SIGUSR2), before + 1);
    EXPECT_INT(threads_that_block(SIGSEGV), before_own);
    close(greeted);
    close(silent);
    live_close(&l);
}
