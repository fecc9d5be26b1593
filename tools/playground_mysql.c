/* playground_mysql.c - MariaDB servers with GTID replicas.
 * SPDX-License-Identifier: Apache-2.0
 *
 * mariadb-install-db runs once, into a template; each server starts from a copy, so all have the
 * same users and an empty binary log, and a replica needs no dump. Replication is (re)started by
 * each replica's --init-file, which also follows a port that has changed.
 * Each server has a --tmpdir of its own: a MariaDB that starts removes the temporary tables that it finds in its tmpdir, also
 * those of another server that is running, whose statements then fail.
 * Users: root (everything), app (the service: no SUPER, so read_only holds for it), repl; one password. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/playground.h"

enum { MOST_SQL = 8192, MOST_SOCKET_PATH = 107, MOST_ANSWER = 64 * 1024 };

#define LOG_FILE_SIZE "--innodb-log-file-size=16M"

void pg_mysql_socket(playground *pg, const pg_server *server, char out[PATH_MAX])
{
    const char *folder = pg->sockets[0] ? pg->sockets : pg->dir;
    if (!pg_path(out, pg->sockets[0] ? "%s/%s" : "%s/%s/sock", folder, server->name))
        out[0] = '\0';
}

/* Chooses another folder for the sockets when the longest path would not fit into a socket address.
 */
static bool choose_sockets(playground *pg)
{
    size_t longest = 0;
    for (int i = 0; i < pg->count; i++)
        if (strlen(pg->servers[i].name) > longest)
            longest = strlen(pg->servers[i].name);
    if (strlen(pg->dir) + longest + strlen("//sock") <= MOST_SOCKET_PATH)
        return true;
    snprintf(pg->sockets, sizeof pg->sockets, "/tmp/weir-XXXXXX");
    if (mkdtemp(pg->sockets)) /* removed with the playground */
        return true;
    pg_say("cannot make a folder for the sockets in /tmp: %s", strerror(errno));
    pg->sockets[0] = '\0';
    return false;
}

static bool write_users(playground *pg, const char *path)
{
    weir__buf sql;
    weir__buf_init(&sql, &pg->env.mem, MOST_SQL);
    /* One statement a line: mariadbd --bootstrap reads it. FLUSH switches the grants on, which it
     * starts without. */
    weir__buf_addf(&sql,
                   "FLUSH PRIVILEGES;\n"
                   "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\n"
                   "FLUSH PRIVILEGES;\n"
                   "CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
                   "CREATE USER root@'%%' IDENTIFIED BY '%s';\n"
                   "GRANT ALL ON *.* TO root@'%%' WITH GRANT OPTION;\n"
                   "CREATE USER app@'%%' IDENTIFIED BY '%s';\n"
                   "GRANT ALL ON shop.* TO app@'%%';\n"
                   "GRANT PROCESS, BINLOG MONITOR, SLAVE MONITOR ON *.* TO app@'%%';\n"
                   "CREATE USER repl@'%%' IDENTIFIED BY '%s';\n"
                   "GRANT REPLICATION SLAVE ON *.* TO repl@'%%';\n",
                   pg->password, pg->password, pg->password);
    bool written = sql.failed == WEIR_OK && pg_write_file(path, 0600, weir__buf_text(&sql));
    weir__buf_deinit(&sql);
    return written;
}

static bool write_client_file(playground *pg)
{
    char path[PATH_MAX], text[256];
    snprintf(text, sizeof text, "[client]\nuser=root\npassword=%s\n", pg->password);
    return pg_path(path, "%s/root.cnf", pg->dir) && pg_write_file(path, 0600, text);
}

static bool need_program(char out[PATH_MAX], const char *name, const char *package)
{
    if (pg_find_program(out, name))
        return true;
    pg_say("there is no %s in PATH or /usr/sbin; install the package %s", name, package);
    return false;
}

bool pg_mysql_prepare(playground *pg)
{
    char program[PATH_MAX], template[PATH_MAX], users[PATH_MAX], log[PATH_MAX];
    pg_args args = {.count = 0};
    if (!need_program(program, "mariadb", "mariadb-client") ||
        !need_program(program, "mariadbd", "mariadb-server-core") ||
        !need_program(program, "mariadb-install-db", "mariadb-server-core"))
        return false;
    if (!pg_path(template, "%s/template", pg->dir) || !pg_path(users, "%s/users.sql", pg->dir) ||
        !pg_path(log, "%s/template.log", pg->dir))
        return false;
    if (!choose_sockets(pg) || !write_users(pg, users) || !write_client_file(pg))
        return false;
    bool ran = pg_arg(&args, "%s", program) && pg_arg(&args, "--no-defaults") &&
               pg_arg(&args, "--datadir=%s", template) && pg_arg(&args, "--tmpdir=%s", pg->dir) &&
               pg_arg(&args, "--auth-root-authentication-method=normal") && pg_arg(&args, "--skip-test-db") &&
               pg_arg(&args, "--skip-name-resolve") &&
               pg_arg(&args, "--force") /* a machine may not know its own name */ && pg_arg(&args, LOG_FILE_SIZE) &&
               pg_arg(&args, "--extra-file=%s", users) && (geteuid() != 0 || pg_arg(&args, "--user=root")) &&
               pg_run_to_end(pg, &args, log, NULL);
    unlink(users);
    /* It ends with 0 even when a statement of ours failed, and says so. */
    char *said = ran ? pg_read_file(pg, log) : NULL;
    ran = said && !strstr(said, "ERROR");
    weir__free(&pg->env.mem, said);
    if (!ran) {
        pg_say("mariadb-install-db failed");
        pg_show_log(pg, log);
    }
    return ran;
}

bool pg_mysql_install(playground *pg, const pg_server *server, bool last)
{
    char template[PATH_MAX], folder[PATH_MAX], data[PATH_MAX];
    if (!pg_path(template, "%s/template", pg->dir) || !pg_path(folder, "%s/%s", pg->dir, server->name) ||
        !pg_path(data, "%s/data", folder))
        return false;
    if (mkdir(folder, 0700) != 0) {
        pg_say("cannot make %s: %s", folder, strerror(errno));
        return false;
    }
    return last ? rename(template, data) == 0 : pg_copy_tree(template, data);
}

static const pg_server *primary_of(const playground *pg, const pg_server *replica)
{
    while (replica->replica != 0) /* it stands before its replicas in the plan */
        replica--;
    (void)pg;
    return replica;
}

static bool write_init(playground *pg, const pg_server *server, char path[PATH_MAX])
{
    char sql[1024];
    snprintf(sql, sizeof sql,
             "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='repl', "
             "MASTER_PASSWORD='%s', "
             "MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos;\nSTART SLAVE;\n",
             primary_of(pg, server)->port, pg->password);
    return pg_path(path, "%s/%s/init.sql", pg->dir, server->name) && pg_write_file(path, 0600, sql);
}

bool pg_mysql_start(playground *pg, const pg_server *server)
{
    char program[PATH_MAX], socket[PATH_MAX], init[PATH_MAX];
    pg_args args = {.count = 0};
    pg_mysql_socket(pg, server, socket);
    if (!socket[0] || !need_program(program, "mariadbd", "mariadb-server-core") ||
        (server->replica && !write_init(pg, server, init)))
        return false;
    unlink(socket); /* of a server that was killed */
    static const char *const settings[] = {
        "--skip-name-resolve",
        "--skip-slave-start",
        "--log-bin=binlog",
        "--relay-log=relay",
        "--binlog-format=ROW",
        "--log-slave-updates=1",
        "--gtid-strict-mode=1",
        "--gtid-domain-id=0",
        /* As in production: what was acknowledged survives kill -9. */
        "--sync-binlog=1",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-buffer-pool-size=64M",
        LOG_FILE_SIZE,
        "--max-connections=500",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
    };
    bool told = pg_arg(&args, "%s", program) && pg_arg(&args, "--no-defaults") &&
                pg_arg(&args, "--datadir=%s/%s/data", pg->dir, server->name) &&
                pg_arg(&args, "--tmpdir=%s/%s", pg->dir, server->name) && pg_arg(&args, "--socket=%s", socket) &&
                pg_arg(&args, "--pid-file=%s/%s/mariadbd.pid", pg->dir, server->name) &&
                pg_arg(&args, "--port=%d", server->port) &&
                pg_arg(&args, "--server-id=%d", 1 + server->shard * (1 + PG_MAX_REPLICAS) + server->replica) &&
                pg_arg(&args, "--bind-address=127.0.0.1%s", pg->lines & PG_IPV6 ? ",::1" : "") &&
                (!(pg->lines & PG_TLS) || pg_tls_tell(pg, &args)) && (geteuid() != 0 || pg_arg(&args, "--user=root"));
    for (size_t i = 0; told && i < sizeof settings / sizeof settings[0]; i++)
        told = pg_arg(&args, "%s", settings[i]);
    if (told && server->replica)
        told = pg_arg(&args, "--read-only=1") && pg_arg(&args, "--init-file=%s", init);
    return told && pg_spawn(pg, server, &args);
}

bool pg_mysql_replicates(playground *pg, const pg_server *server)
{
    char program[PATH_MAX], socket[PATH_MAX];
    pg_args args = {.count = 0};
    weir__buf answer;
    pg_mysql_socket(pg, server, socket);
    if (!need_program(program, "mariadb", "mariadb-client"))
        return false;
    weir__buf_init(&answer, &pg->env.mem, MOST_ANSWER);
    bool good = pg_arg(&args, "%s", program) && pg_arg(&args, "--defaults-file=%s/root.cnf", pg->dir) &&
                pg_arg(&args, "--socket=%s", socket) && pg_arg(&args, "--execute=SHOW SLAVE STATUS\\G") &&
                pg_run_to_end(pg, &args, NULL, &answer) && strstr(weir__buf_text(&answer), "Slave_IO_Running: Yes") &&
                strstr(weir__buf_text(&answer), "Slave_SQL_Running: Yes");
    weir__buf_deinit(&answer);
    return good;
}
