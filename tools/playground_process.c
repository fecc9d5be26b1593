/* playground_process.c - starting, finding and ending the playground's processes.
 * SPDX-License-Identifier: Apache-2.0
 * A server is known by <dir>/<server>/pid and believed only while its command line names that
 * folder. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/playground.h"

enum { STEP_MS = 10, TAIL_LINES = 8 };

bool pg_arg(pg_args *args, const char *format, ...)
{
    if (args->count == PG_MAX_ARGS) {
        pg_say("more than %d arguments for one server", PG_MAX_ARGS);
        return false;
    }
    va_list list;
    va_start(list, format);
    int size = vsnprintf(args->text[args->count], PG_ARG, format, list);
    va_end(list);
    if (size < 0 || size >= PG_ARG) {
        pg_say("the argument %.60s.. is too long", args->text[args->count]);
        return false;
    }
    args->list[args->count] = args->text[args->count];
    args->list[++args->count] = NULL;
    return true;
}

int pg_free_port(int wanted)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)wanted)};
    socklen_t size = sizeof address;
    if (fd < 0)
        return 0;
    /* A port whose last connections are in TIME_WAIT is free for a server, which asks for this
     * option too. */
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port == 0 && wanted ? pg_free_port(0) : port;
}

static sigset_t held_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    return set;
}

void pg_hold_signals(void)
{
    sigset_t set = held_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void pg_release_signals(void)
{
    sigset_t set = held_signals();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool pg_interrupted(void)
{
    sigset_t set;
    return sigpending(&set) == 0 &&
           (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGHUP) == 1);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* In the child: becomes args, its output in log (or in out, when that is a descriptor). told stays
 * open until exec succeeds. */
_Noreturn static void become(pg_args *args, const char *folder, const char *log, int out, int told)
{
    int null = open("/dev/null", O_RDONLY);
    if (out < 0)
        out = open(log ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null >= 0 && out >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 &&
        (!folder || chdir(folder) == 0)) {
        if (out > 2)
            close(out);
        if (null > 2)
            close(null);
        pg_release_signals();
        execv(args->list[0], args->list);
    }
    int why = errno;
    (void)!write(told, &why, sizeof why);
    _exit(127);
}

bool pg_has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool there = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return there;
}

bool pg_spawn(playground *pg, const pg_server *server, pg_args *args)
{
    char folder[PATH_MAX], log[PATH_MAX], path[PATH_MAX], text[32];
    int told[2], why = 0;
    pid_t parent = getpid();
    if (!pg_path(folder, "%s/%s", pg->dir, server->name) || !pg_path(log, "%s/log", folder) ||
        !pg_path(path, "%s/pid", folder))
        return false;
    if (pipe2(told, O_CLOEXEC) != 0) {
        pg_say("no pipe: %s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        setsid(); /* a Ctrl-C is for us, not for the servers */
        if (pg->tied && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
            _exit(127);
        become(args, folder, log, -1, told[1]);
    }
    close(told[1]);
    /* Ends when exec has closed the pipe: from then on the command line tells whose process this
     * is. */
    bool failed = pid < 0 || read(told[0], &why, sizeof why) > 0;
    close(told[0]);
    if (failed) {
        pg_say("cannot start %s: %s", args->list[0], strerror(why ? why : errno));
        return false;
    }
    snprintf(text, sizeof text, "%d\n", (int)pid);
    if (pg_write_file(path, 0600, text))
        return true;
    kill(pid, SIGKILL);
    return false;
}

pid_t pg_alive(playground *pg, const pg_server *server)
{
    char path[PATH_MAX], folder[PATH_MAX], line[64 * 1024];
    long pid = 0;
    if (!pg_path(folder, "%s/%s/", pg->dir, server->name) || !pg_path(path, "%spid", folder))
        return 0;
    char *text = pg_read_file(pg, path);
    bool known = false;
    if (text) {
        text[strcspn(text, "\n")] = '\0';
        known = pg_number(text, INT_MAX, &pid) && pid > 1;
    }
    weir__free(&pg->env.mem, text);
    if (!known)
        return 0;
    /* A zombie's command line is empty, a reused number's is another's: both are dead to us. */
    snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, line, sizeof line);
    if (fd >= 0)
        close(fd);
    return size > 0 && memmem(line, (size_t)size, folder, strlen(folder)) ? (pid_t)pid : 0;
}

static int signal_all(playground *pg, int number)
{
    int live = 0;
    for (int i = 0; i < pg->count; i++) {
        pid_t pid = pg_alive(pg, &pg->servers[i]);
        if (pid && kill(pid, number) == 0)
            live++;
        if (pid && number == SIGTERM)
            kill(pid, SIGCONT); /* a stopped one would not hear */
    }
    return live;
}

void pg_stop_all(playground *pg)
{
    weir__deadline deadline = weir__deadline_in(&pg->env.clock, PG_STOP_MS);
    if (signal_all(pg, SIGTERM) == 0)
        return;
    while (signal_all(pg, 0) > 0 && weir__deadline_left(&pg->env.clock, deadline) > 0)
        nap();
    int killed = signal_all(pg, SIGKILL);
    if (killed)
        pg_say("%d %s did not end on SIGTERM within %d s and got SIGKILL", killed, killed == 1 ? "server" : "servers",
               PG_STOP_MS / 1000);
    while (killed && signal_all(pg, 0) > 0)
        nap();
}

bool pg_run_to_end(playground *pg, pg_args *args, const char *log, weir__buf *output)
{
    int told[2], out[2] = {-1, -1}, why = 0, status = 0;
    pid_t parent = getpid();
    if (pipe2(told, O_CLOEXEC) != 0 || (output && pipe2(out, O_CLOEXEC) != 0)) {
        pg_say("no pipe: %s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(127);
        become(args, NULL, log, out[1], told[1]);
    }
    close(told[1]);
    bool failed = pid < 0 || read(told[0], &why, sizeof why) > 0;
    close(told[0]);
    if (output) {
        char piece[4096];
        close(out[1]);
        for (ssize_t got; (got = read(out[0], piece, sizeof piece)) > 0;)
            weir__buf_add(output, piece, (size_t)got);
        close(out[0]);
    }
    if (failed)
        pg_say("cannot run %s: %s", args->list[0], strerror(why ? why : errno));
    if (pid > 0 && waitpid(pid, &status, 0) != pid)
        failed = true;
    (void)pg;
    return !failed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void pg_show_log(playground *pg, const char *path)
{
    char *text = pg_read_file(pg, path);
    if (!text)
        return;
    char *from = text + strlen(text);
    for (int lines = 0; from > text; from--)
        if (from[-1] == '\n' && lines++ == TAIL_LINES)
            break;
    fprintf(stderr, "  the end of %s:\n", path);
    for (char *line; (line = strsep(&from, "\n")) && (*line || from);)
        fprintf(stderr, "  | %s\n", line);
    weir__free(&pg->env.mem, text);
}
