/* tls.c - the cluster with a certificate. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "tests/support/live.h"

static const char *folder(void)
{
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    if (dir)
        return dir;
    test_fail(__FILE__, __LINE__, "WEIR_PLAYGROUND_DIR is not set: run by ctest or under weir playground run");
    return "/";
}

static char *next_path(void)
{
    static char paths[4][PATH_SIZE];
    static unsigned next;
    return paths[next++ % 4];
}

/* The first line of a file of the cluster that begins so, from behind that; "" for none. */
static const char *line_of(const char *file, const char *begin, char line[PATH_SIZE])
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder(), file);
    FILE *in = fopen(path, "r");
    const char *found = "";
    while (in && !*found && fgets(line, PATH_SIZE, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, begin, strlen(begin)) == 0)
            found = line + strlen(begin);
    }
    if (in)
        fclose(in);
    return found;
}

const char *tls_address(const char *host)
{
    char line[PATH_SIZE], *path = next_path();
    const char *port = line_of(".weir-playground", "port shop ", line);
    if (!*port)
        test_fail(__FILE__, __LINE__, "the cluster has no port");
    snprintf(path, PATH_SIZE, "%s:%s", host, port);
    return path;
}

const char *tls_socket(void)
{
    char line[PATH_SIZE], *path = next_path();
    const char *sockets = line_of(".weir-playground", "sockets ", line);
    snprintf(path, PATH_SIZE, "%s%s", *sockets ? sockets : folder(), *sockets ? "/shop" : "/shop/sock");
    return path;
}

bool tls_cluster_has_ipv6(void)
{
    return strstr(live_yaml(NULL), "[::1]") != NULL;
}

const char *tls_file(const char *name)
{
    char *path = next_path();
    snprintf(path, PATH_SIZE, "%s/tls/%s", folder(), name);
    return path;
}

const char *tls_config(char *yaml, size_t size, const char *address, const char *tls, const char *user)
{
    int written = snprintf(yaml, size,
                           "version: 1\ndefaults:\n  user: %s\n  password: {file: \"%s/password\"}\n  tls: {%s}\n"
                           "  timeouts: {connect: 2s}\n  limits: {bytes: 64MiB}\n"
                           "databases:\n  shop:\n    shards:\n      shop: {primary: \"%s\", schema: shop}\n",
                           user, folder(), tls, address);
    if (written < 0 || (size_t)written >= size)
        test_fail(__FILE__, __LINE__, "the configuration is too long");
    return yaml;
}

pid_t tls_server_pid(void)
{
    char line[PATH_SIZE];
    long pid = strtol(line_of("shop/pid", "", line), NULL, 10);
    if (pid <= 1)
        test_fail(__FILE__, __LINE__, "the cluster's server has no process");
    return pid > 1 ? (pid_t)pid : 0;
}

void tls_as_root(const char *sql)
{
    char yaml[4096];
    live l;
    live_open_config(&l, tls_config(yaml, sizeof yaml, tls_socket(), "mode: none", "root"));
    live_run(&l, sql, weir_no_args());
    live_close(&l);
}

static void run(const char *command)
{
    int end = system(command);
    if (end == -1 || !WIFEXITED(end) || WEXITSTATUS(end) != 0)
        test_fail(__FILE__, __LINE__, "this failed: %s", command);
}

void tls_certificate(const char *dir, const char *name, const char *authority, const char *names, int days)
{
    char command[2048];
    snprintf(command, sizeof command,
             "cd '%s' && printf 'subjectAltName=%s\\n' >%s.ext && "
             "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s.key -out %s.csr -subj "
             "/CN=%s 2>/dev/null",
             dir, names, name, name, name, name);
    run(command);
    if (authority)
        snprintf(command, sizeof command,
                 "cd '%s' && openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -set_serial 7 -days %d -extfile "
                 "%s.ext -out %s.pem "
                 "2>/dev/null",
                 dir, name, authority, authority, days, name, name);
    else
        snprintf(
            command, sizeof command,
            "cd '%s' && openssl x509 -req -in %s.csr -signkey %s.key -days %d -extfile %s.ext -out %s.pem 2>/dev/null",
            dir, name, name, days, name, name);
    run(command);
}
