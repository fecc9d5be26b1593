/* playground_up.c - brings a playground up, resumes it, takes it down.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   nothing -> half [create: marker without "ready"] -> ready [every server answered]
 *   half    -> nothing [the next up or down: whatever lives is ended, the folder removed]
 *   ready   -> ready [up again: dead servers are started on their data] */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/playground.h"

enum { TRIES = 5, POLL_MS = 20, TELL_EVERY_MS = 5000, PORT_TRIES = 100, MS = 1000000 };

bool pg_start_server(playground *pg, const pg_server *server)
{
    switch (server->kind) {
    case PG_MYSQL:
        return pg_mysql_start(pg, server);
    case PG_REDIS:
        return pg_redis_start(pg, server);
    case PG_MONGO:
        return pg_mongo_start(pg, server);
    case PG_KINDS:
        break;
    }
    return false;
}

typedef enum waited { ANSWERS, DIED, GAVE_UP } waited;

static waited wait_for(playground *pg, const pg_server *server, weir__deadline deadline)
{
    uint64_t tell_at = weir__now(&pg->env.clock) + (uint64_t)TELL_EVERY_MS * MS;
    while (!pg_interrupted()) {
        if (!pg_alive(pg, server))
            return DIED;
        if (pg_answers(pg, server) &&
            (server->kind != PG_MYSQL || server->replica == 0 || pg_mysql_replicates(pg, server)))
            return ANSWERS;
        uint32_t left = weir__deadline_left(&pg->env.clock, deadline);
        if (left == 0)
            break;
        if (weir__now(&pg->env.clock) >= tell_at) {
            pg_say("still waiting for %s, %u s left", server->name, (unsigned)(left / 1000));
            tell_at += (uint64_t)TELL_EVERY_MS * MS;
        }
        nanosleep(&(struct timespec){.tv_nsec = (long)POLL_MS * MS}, NULL);
    }
    return GAVE_UP;
}

static bool lost_its_port(playground *pg, const pg_server *server)
{
    char path[PATH_MAX];
    char *log = pg_path(path, "%s/%s/log", pg->dir, server->name) ? pg_read_file(pg, path) : NULL;
    bool lost = log && (strstr(log, "ddress already in use") || strstr(log, "Bind on TCP/IP port"));
    weir__free(&pg->env.mem, log);
    return lost;
}

/* Waits for a server that was started; one whose port was taken in between gets another. */
static bool settle(playground *pg, pg_server *server)
{
    char path[PATH_MAX];
    weir__deadline deadline = weir__deadline_in(&pg->env.clock, PG_START_MS);
    for (int tries = 1;; tries++) {
        waited end = wait_for(pg, server, deadline);
        if (end == ANSWERS)
            return true;
        if (pg_interrupted()) {
            pg_say("interrupted");
            return false;
        }
        if (end == GAVE_UP && server->replica && pg_answers(pg, server))
            pg_say("%s answers, but does not replicate within %d s (SHOW REPLICA STATUS there says why): take the "
                   "playground down and up to make it anew",
                   server->name, PG_START_MS / 1000);
        else if (end == GAVE_UP)
            pg_say("%s does not answer within %d s", server->name, PG_START_MS / 1000);
        else if (tries < TRIES && lost_its_port(pg, server)) {
            pg_say("somebody else took port %d, %s gets another", server->port, server->name);
            server->port = pg_free_port(0);
            if (pg_path(path, "%s/%s/log", pg->dir, server->name) && pg_write_file(path, 0600, "") && pg_save(pg) &&
                pg_start_server(pg, server))
                continue;
        } else
            pg_say("%s ended before it answered", server->name);
        if (pg_path(path, "%s/%s/log", pg->dir, server->name))
            pg_show_log(pg, path);
        return false;
    }
}

/* The port it had, for replicas and weir.yaml know it: a server that was killed a moment ago may still hold it. */
static int keep_port(int port)
{
    int got = pg_free_port(port);
    for (int i = 0; port && got != port && i < PORT_TRIES && !pg_interrupted(); i++) {
        nanosleep(&(struct timespec){.tv_nsec = (long)POLL_MS * MS}, NULL);
        got = pg_free_port(port);
    }
    return got;
}

/* Primaries, Redis and MongoDB first: a replica that finds its primary replicates at once. */
static bool start_missing(playground *pg)
{
    bool missing[PG_MAX_SERVERS] = {false};
    for (int i = 0; i < pg->count; i++)
        missing[i] = pg_alive(pg, &pg->servers[i]) == 0;
    for (int replicas = 0; replicas < 2; replicas++) {
        for (int i = 0; i < pg->count; i++) {
            pg_server *server = &pg->servers[i];
            if (!missing[i] || (server->replica != 0) != replicas)
                continue;
            server->port = keep_port(server->port);
            if (!pg_save(pg) || !pg_start_server(pg, server))
                return false;
        }
        for (int i = 0; i < pg->count; i++)
            if ((pg->servers[i].replica != 0) == replicas && !settle(pg, &pg->servers[i]))
                return false;
    }
    return true;
}

static bool install_all(playground *pg)
{
    int last = -1;
    char template[PATH_MAX];
    for (int i = 0; i < pg->count; i++)
        if (pg->servers[i].kind == PG_MYSQL)
            last = i;
    if (last < 0)
        return true;
    if (!pg_mysql_prepare(pg) || !pg_save(pg)) /* it may have chosen a folder for the sockets */
        return false;
    for (int i = 0; i <= last; i++)
        if (pg->servers[i].kind == PG_MYSQL && (pg_interrupted() || !pg_mysql_install(pg, &pg->servers[i], i == last)))
            return false;
    return !pg_path(template, "%s/template", pg->dir) || pg_remove_tree(template);
}

static bool create(playground *pg)
{
    char path[PATH_MAX], line[sizeof pg->password + 1];
    if (!pg_random_text(pg->password, 33))
        return false;
    snprintf(line, sizeof line, "%s\n", pg->password);
    return pg_save(pg) && pg_path(path, "%s/password", pg->dir) && pg_write_file(path, 0600, line) &&
           (!(pg->lines & PG_TLS) || pg_tls_make(pg)) && install_all(pg) && start_missing(pg) && pg_write_config(pg);
}

/* Ends what lives and removes the folder. pg was loaded from a marker. */
static bool remove_all(playground *pg)
{
    pg_stop_all(pg);
    return (!pg->sockets[0] || pg_remove_tree(pg->sockets)) && pg_remove_tree(pg->dir);
}

int pg_down(playground *pg)
{
    switch (pg_load(pg)) {
    case PG_OTHER:
        pg_say("%s holds files but no playground: nothing is removed", pg->dir);
        return EXIT_FAILED;
    case PG_NONE:
        pg_say("there is no playground in %s", pg->dir);
        return EXIT_DONE;
    case PG_HALF:
    case PG_READY:
        break;
    }
    if (!pg_lock(pg, true))
        return EXIT_FAILED;
    bool removed = remove_all(pg);
    pg_unlock(pg);
    if (removed)
        pg_say("%d %s ended, %s removed", pg->count, pg->count == 1 ? "server" : "servers", pg->dir);
    return removed ? EXIT_DONE : EXIT_FAILED;
}

static void print_next(playground *pg)
{
    char socket[PATH_MAX];
    if (pg->json || pg->tied) {
        if (pg->json)
            pg_print_status(pg);
        return;
    }
    pg_print_status(pg);
    printf("\nUse it:\n  export WEIR_CONFIG=%s/weir.yaml\n", pg->dir);
    if (pg->with & 1u << PG_MYSQL) {
        pg_mysql_socket(pg, &pg->servers[0], socket);
        printf("  mariadb --defaults-file=%s/root.cnf --socket=%s shop   # as root\n", pg->dir, socket);
    }
    printf("  weir playground status --dir %s\n  weir playground down --dir %s\n", pg->dir, pg->dir);
}

/* Starts what is dead of a playground that was up; its weir.yaml is left alone unless a port had to
 * change. */
static int resume(playground *pg)
{
    int ports[PG_MAX_SERVERS] = {0}, dead = 0;
    bool moved = false;
    for (int i = 0; i < pg->count; i++) {
        ports[i] = pg->servers[i].port;
        dead += pg_alive(pg, &pg->servers[i]) == 0;
    }
    if (dead == 0) {
        pg_say("is already up in %s", pg->dir);
        print_next(pg);
        return EXIT_DONE;
    }
    pg_say("%d of %d servers in %s are dead: starting them on their data", dead, pg->count, pg->dir);
    if (!start_missing(pg))
        return EXIT_FAILED;
    for (int i = 0; i < pg->count; i++)
        moved = moved || ports[i] != pg->servers[i].port;
    if (moved)
        pg_say("a port was taken and has changed: weir.yaml is written anew");
    if (moved && !pg_write_config(pg))
        return EXIT_FAILED;
    print_next(pg);
    return EXIT_DONE;
}

/* The marker's cluster is not what the options ask for. */
static bool has_another_shape(playground *pg, int shards, int replicas, unsigned with, unsigned lines)
{
    if (pg->shards == shards && pg->replicas == replicas && pg->with == with && pg->lines == lines)
        return false;
    pg_say("%s holds a playground of another shape (--shards %d --replicas %d); take it down "
           "first, or add --fresh",
           pg->dir, pg->shards, pg->replicas);
    return true;
}

int pg_up(playground *pg, bool asked_for_a_shape, bool fresh, pid_t owner)
{
    int shards = pg->shards, replicas = pg->replicas;
    unsigned with = pg->with, lines = pg->lines;
    weir__clock clock = pg->env.clock;
    uint64_t began = weir__now(&clock);
    pg_found found = pg_load(pg);
    if (found == PG_OTHER) {
        pg_say("%s holds files that are not a playground's; name another folder with --dir", pg->dir);
        return EXIT_FAILED;
    }
    if (mkdir(pg->dir, 0700) != 0 && errno != EEXIST) {
        pg_say("cannot make %s: %s", pg->dir, strerror(errno));
        return EXIT_FAILED;
    }
    if (!pg_lock(pg, false))
        return EXIT_FAILED;
    int code = EXIT_FAILED;
    if (found == PG_READY && !fresh) {
        if (!asked_for_a_shape || !has_another_shape(pg, shards, replicas, with, lines))
            code = resume(pg);
        goto out;
    }
    if (found == PG_HALF)
        pg_say("what an interrupted start left in %s is removed", pg->dir);
    if (found != PG_NONE) { /* the folder itself stays: it is locked */
        pg_stop_all(pg);
        if (pg->sockets[0] && !pg_remove_tree(pg->sockets))
            goto out;
        if (!pg_remove_tree(pg->dir) || mkdir(pg->dir, 0700) != 0)
            goto out;
        pg_unlock(pg);
        if (!pg_lock(pg, false))
            goto out;
    }
    pg->shards = shards;
    pg->replicas = replicas;
    pg->with = with;
    pg->lines = lines;
    pg->ready = false;
    pg->sockets[0] = '\0';
    pg_plan(pg);
    pg_say("starting %d %s in %s", pg->count, pg->count == 1 ? "server" : "servers", pg->dir);
    if (!pg_random_text(pg->id, sizeof pg->id) || !pg_save(pg) || (owner && !pg_watch(pg, owner)) || !create(pg)) {
        remove_all(pg);
        goto out;
    }
    pg->ready = true;
    if (!pg_save(pg))
        goto out;
    pg_say("up after %.1f s", (double)(weir__now(&clock) - began) / 1e9);
    print_next(pg);
    code = EXIT_DONE;
out:
    pg_unlock(pg);
    return code;
}
