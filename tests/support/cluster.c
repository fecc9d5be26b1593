/* cluster.c - see cluster.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/cluster.h"

#include <signal.h>
#include <stdlib.h>

#include "base/wait.h"

enum { LINE = 4096 };

static const char *folder(void)
{
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    if (!dir || !getenv("WEIR_COMMAND"))
        test_fail(__FILE__, __LINE__, "run by ctest: WEIR_PLAYGROUND_DIR and WEIR_COMMAND are not set");
    return dir ? dir : ".";
}

void sleep_ms(unsigned ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

static bool command(const char *server, const char *sql, char *out, size_t size)
{
    char text[LINE];
    size_t got = 0;
    snprintf(text, sizeof text, "mariadb --defaults-file='%s/root.cnf' --socket='%s/%s/sock' -N -B -e \"%s\" shop 2>&1",
             folder(), folder(), server, sql);
    FILE *pipe = popen(text, "r");
    if (!pipe)
        return false;
    got = fread(out, 1, size - 1, pipe);
    out[got] = '\0';
    return pclose(pipe) == 0;
}

bool root_try(const char *server, const char *sql)
{
    char out[LINE];
    return command(server, sql, out, sizeof out);
}

void root_run(const char *server, const char *sql)
{
    char out[LINE];
    if (!command(server, sql, out, sizeof out))
        test_fail(__FILE__, __LINE__, "%s: %s: %s", server, sql, out);
}

const char *root_one(const char *server, const char *sql)
{
    static char texts[4][LINE];
    static unsigned next;
    char *text = texts[next++ % 4];
    if (!command(server, sql, text, LINE))
        text[0] = '\0';
    text[strcspn(text, "\t\n")] = '\0';
    return text;
}

bool root_until(const char *server, const char *sql, const char *wanted)
{
    for (int i = 0; i < 600; i++) {
        if (strcmp(root_one(server, sql), wanted) == 0)
            return true;
        sleep_ms(100);
    }
    return false;
}

pid_t cluster_pid(const char *server)
{
    char text[LINE], name[128];
    pid_t pid = -1;
    snprintf(text, sizeof text, "'%s' playground status --json --dir '%s'", getenv("WEIR_COMMAND"), folder());
    snprintf(name, sizeof name, "\"name\": \"%s\"", server);
    FILE *out = popen(text, "r");
    while (out && fgets(text, sizeof text, out)) {
        const char *at = strstr(text, "\"pid\": ");
        if (at && strstr(text, name))
            pid = (pid_t)strtol(at + 7, NULL, 10);
    }
    if (out)
        pclose(out);
    if (pid <= 1)
        test_fail(__FILE__, __LINE__, "no server %s in %s", server, folder());
    return pid;
}

void cluster_kill(const char *server)
{
    pid_t pid = cluster_pid(server);
    if (pid <= 1)
        return;
    kill(pid, SIGKILL);
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
        sleep_ms(10);
}

void cluster_start(void)
{
    char text[LINE];
    snprintf(text, sizeof text, "'%s' playground up --dir '%s' >/dev/null 2>&1", getenv("WEIR_COMMAND"), folder());
    if (system(text) != 0)
        test_fail(__FILE__, __LINE__, "the servers do not start again: %s", text);
}

void cluster_start_alone(const char *server)
{
    char text[LINE];
    long pid = 0;
    snprintf(text, sizeof text, "'%s' playground up --dir '%s' >/dev/null 2>&1 & echo $!", getenv("WEIR_COMMAND"),
             folder());
    FILE *out = popen(text, "r");
    if (out && fgets(text, sizeof text, out))
        pid = strtol(text, NULL, 10);
    if (out)
        pclose(out);
    if (!root_until(server, "SELECT 1", "1"))
        test_fail(__FILE__, __LINE__, "%s does not start again", server);
    if (pid > 1)
        kill((pid_t)pid, SIGKILL); /* it would wait for replicas that follow another now */
}

void cluster_setup(void)
{
    char text[LINE];
    snprintf(text, sizeof text, "'%s' setup >/dev/null", getenv("WEIR_COMMAND"));
    if (system(text) != 0)
        test_fail(__FILE__, __LINE__, "weir setup failed");
}
