/* server.c - doing harm to the primary of the test's own cluster. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/wait.h"
#include "tests/support/test.h"

static const char *playground(void)
{
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    if (!dir || !getenv("WEIR_COMMAND"))
        test_fail(__FILE__, __LINE__, "run by ctest: WEIR_PLAYGROUND_DIR and WEIR_COMMAND are not set");
    return dir ? dir : ".";
}

pid_t server_pid(void)
{
    char command[512], line[4096];
    pid_t pid = -1;
    snprintf(command, sizeof command, "'%s' playground status --json --dir '%s'", getenv("WEIR_COMMAND"), playground());
    FILE *out = popen(command, "r");
    while (out && fgets(line, sizeof line, out)) {
        const char *at = strstr(line, "\"pid\": ");
        if (at && strstr(line, "\"mysql\""))
            pid = (pid_t)strtol(at + 7, NULL, 10);
    }
    if (out)
        pclose(out);
    if (pid <= 1)
        test_fail(__FILE__, __LINE__, "no server found in %s", playground());
    return pid;
}

static void tell(int signal)
{
    pid_t pid = server_pid();
    if (pid > 1)
        kill(pid, signal);
}

void server_pause(void)
{
    tell(SIGSTOP);
}

void server_go_on(void)
{
    tell(SIGCONT);
}

void server_kill(void)
{
    pid_t pid = server_pid();
    if (pid <= 1)
        return;
    kill(pid, SIGKILL);
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
        weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 10));
}

void server_restart(void)
{
    char command[512];
    snprintf(command, sizeof command, "'%s' playground up --dir '%s' >/dev/null 2>&1", getenv("WEIR_COMMAND"),
             playground());
    if (system(command) != 0)
        test_fail(__FILE__, __LINE__, "the server does not start again: %s", command);
}

_Bool server_root(const char *sql)
{
    char command[2048];
    snprintf(command, sizeof command, "mariadb --defaults-file='%s/root.cnf' --socket='%s/shop/sock' -e \"%s\"",
             playground(), playground(), sql);
    return system(command) == 0;
}
