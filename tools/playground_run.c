/* playground_run.c - a playground that lives as long as one command; the watchdog.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whatever ends `run`, nothing of it stays: a signal is passed to COMMAND, then the cluster goes
 * down; when weir itself is killed, the kernel kills the servers and COMMAND (PR_SET_PDEATHSIG) and
 * the watchdog, which waits for our end on a pidfd, clears up. Processes that COMMAND leaves behind
 * become our children (PR_SET_CHILD_SUBREAPER) and are ended too. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/playground.h"

enum { LOOK_MS = 500, COMMAND_ENDS_S = 10, CANNOT_RUN = 127, BY_SIGNAL = 128 };

/* The cluster is still the one that this watchdog was made for. */
static bool still_there(playground *pg, const char *id)
{
    pg_found found = pg_load(pg);
    return (found == PG_HALF || found == PG_READY) && strcmp(pg->id, id) == 0;
}

_Noreturn static void watch(playground *pg, int owner)
{
    char id[sizeof pg->id];
    snprintf(id, sizeof id, "%s", pg->id);
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    for (int fd = 3; fd < 64; fd++) /* the lock above all; a pipe of the caller's would make it wait for us */
        if (fd != owner)
            close(fd);
    struct pollfd wait = {.fd = owner, .events = POLLIN};
    while (poll(&wait, 1, LOOK_MS) == 0)
        if (!still_there(pg, id))
            _exit(0);
    if (still_there(pg, id))
        pg_down(pg);
    _exit(0);
}

bool pg_watch(playground *pg, pid_t owner)
{
    int fd = (int)syscall(SYS_pidfd_open, owner, 0);
    if (fd < 0) {
        pg_say("cannot watch process %d: %s", (int)owner, strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        watch(pg, fd);
    close(fd);
    if (pid < 0)
        pg_say("no process for the watchdog: %s", strerror(errno));
    else
        pg->watchdog = pid;
    return pid > 0;
}

static pid_t start_command(playground *pg, char **command)
{
    char config[PATH_MAX];
    pid_t parent = getpid();
    if (!pg_path(config, "%s/weir.yaml", pg->dir))
        return -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || setenv("WEIR_CONFIG", config, 1) != 0 ||
        setenv("WEIR_PLAYGROUND_DIR", pg->dir, 1) != 0)
        _exit(CANNOT_RUN);
    pg_release_signals();
    execvp(command[0], command);
    pg_say("cannot run %s: %s", command[0], strerror(errno));
    _exit(CANNOT_RUN);
}

/* Waits for the command; passes signals on, and kills it COMMAND_ENDS_S after the first or at the
 * second. */
static int wait_for_command(pid_t command)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    const struct timespec patience = {.tv_sec = COMMAND_ENDS_S};
    int status = 0;
    bool told = false;
    while (waitpid(command, &status, WNOHANG) == 0) {
        siginfo_t info;
        int number = sigtimedwait(&set, &info, told ? &patience : NULL);
        if (number == SIGCHLD || (number < 0 && errno == EINTR))
            continue;
        if (number < 0 || told)
            kill(command, SIGKILL);
        else if (info.si_code <= 0) /* from a process; the terminal's own Ctrl-C has reached the command too */
            kill(command, number);
        told = true;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}

static bool is_ours(playground *pg, pid_t pid)
{
    bool ours = pid == pg->watchdog;
    for (int i = 0; i < pg->count && !ours; i++)
        ours = pg_alive(pg, &pg->servers[i]) == pid;
    return ours;
}

/* Ends what the command left running. A killed child's own children become ours: until none is
 * left. */
static void end_leftovers(playground *pg)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    for (bool found = true; found;) {
        char *text = pg_read_file(pg, path), *rest = text;
        found = false;
        for (char *word; rest && (word = strsep(&rest, " "));) {
            long pid;
            if (pg_number(word, INT_MAX, &pid) && pid > 1 && !is_ours(pg, (pid_t)pid)) {
                kill((pid_t)pid, SIGKILL);
                waitpid((pid_t)pid, NULL, 0);
                found = true;
            }
        }
        weir__free(&pg->env.mem, text);
    }
}

int pg_run(playground *pg, char **command)
{
    pg->tied = true;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pg_found found = pg_load(pg);
    if (found != PG_NONE) {
        pg_say("%s is in use; `run` needs a folder of its own (without --dir it makes one)", pg->dir);
        return EXIT_FAILED;
    }
    if (pg_up(pg, true, false, getpid()) != EXIT_DONE)
        return EXIT_FAILED;
    pid_t pid = start_command(pg, command);
    int code = pid > 0 ? wait_for_command(pid) : EXIT_FAILED;
    end_leftovers(pg);
    int down = pg_down(pg);
    kill(pg->watchdog, SIGKILL);
    waitpid(pg->watchdog, NULL, 0);
    return code ? code : down;
}
