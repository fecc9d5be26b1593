/* playground_state.c - what a playground is made of: its marker file, weir.yaml, status.
 * SPDX-License-Identifier: Apache-2.0
 * The marker holds one word and its value a line; "port <server> <n>" once a server, "ready yes"
 * last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/playground.h"

#define MARKER ".weir-playground"
#define FIRST_LINE "weir playground 1\n"

enum { MOST_STATE = 64 * 1024, SLOTS = 1024 };

static const char *const kind_names[PG_KINDS] = {[PG_MYSQL] = "mysql", [PG_REDIS] = "redis", [PG_MONGO] = "mongo"};

const char *pg_kind_name(pg_kind kind)
{
    return kind_names[kind];
}

static pg_server *add_server(playground *pg, pg_kind kind, int shard, int replica)
{
    pg_server *server = &pg->servers[pg->count++];
    *server = (pg_server){.kind = kind, .shard = shard, .replica = replica};
    if (kind != PG_MYSQL)
        snprintf(server->name, sizeof server->name, "%s", kind_names[kind]);
    return server;
}

static void shard_name(const playground *pg, int shard, char out[16])
{
    if (pg->shards == 1)
        snprintf(out, 16, "shop");
    else
        snprintf(out, 16, "shop-%d", shard);
}

void pg_plan(playground *pg)
{
    pg->count = 0;
    for (int shard = 0; pg->with & 1u << PG_MYSQL && shard < pg->shards; shard++) {
        char shop[16];
        shard_name(pg, shard, shop);
        for (int replica = 0; replica <= pg->replicas; replica++) {
            pg_server *server = add_server(pg, PG_MYSQL, shard, replica);
            if (replica == 0)
                snprintf(server->name, sizeof server->name, "%s", shop);
            else
                snprintf(server->name, sizeof server->name, "%s-r%d", shop, replica);
        }
    }
    for (pg_kind kind = PG_REDIS; kind < PG_KINDS; kind++)
        if (pg->with & 1u << kind)
            add_server(pg, kind, 0, 0);
}

static bool folder_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT;
    int entries = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return entries == 0;
}

/* One line of the marker. Unknown words are passed over: an older or newer weir may have written
 * them. */
static void read_line(playground *pg, char *line)
{
    long number;
    char *value = strchr(line, ' ');
    if (!value)
        return;
    *value++ = '\0';
    if (strcmp(line, "shards") == 0 && pg_number(value, PG_MAX_SHARDS, &number))
        pg->shards = (int)number;
    else if (strcmp(line, "replicas") == 0 && pg_number(value, PG_MAX_REPLICAS, &number))
        pg->replicas = (int)number;
    else if (strcmp(line, "with") == 0 && pg_number(value, 1L << PG_KINDS, &number)) {
        pg->with = (unsigned)number;
        pg_plan(pg); /* it comes after shards and replicas, before the ports */
    } else if (strcmp(line, "lines") == 0 && pg_number(value, PG_LINES - 1, &number))
        pg->lines = (unsigned)number;
    else if (strcmp(line, "id") == 0)
        snprintf(pg->id, sizeof pg->id, "%s", value);
    else if (strcmp(line, "password") == 0)
        snprintf(pg->password, sizeof pg->password, "%s", value);
    else if (strcmp(line, "sockets") == 0)
        snprintf(pg->sockets, sizeof pg->sockets, "%s", value);
    else if (strcmp(line, "ready") == 0)
        pg->ready = true;
    else if (strcmp(line, "port") == 0) {
        char *port = strchr(value, ' ');
        if (!port)
            return;
        *port++ = '\0';
        for (int i = 0; i < pg->count; i++)
            if (strcmp(pg->servers[i].name, value) == 0 && pg_number(port, 65535, &number))
                pg->servers[i].port = (int)number;
    }
}

pg_found pg_load(playground *pg)
{
    char path[PATH_MAX];
    if (!pg_path(path, "%s/" MARKER, pg->dir))
        return PG_OTHER;
    char *text = pg_read_file(pg, path);
    if (!text)
        return folder_is_empty(pg->dir) ? PG_NONE : PG_OTHER;
    if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0) {
        weir__free(&pg->env.mem, text);
        return PG_OTHER;
    }
    pg->ready = false;
    pg->count = 0;
    pg->lines = 0;
    char *rest = text + strlen(FIRST_LINE);
    for (char *line; (line = strsep(&rest, "\n"));)
        read_line(pg, line);
    weir__free(&pg->env.mem, text);
    return pg->ready ? PG_READY : PG_HALF;
}

bool pg_save(playground *pg)
{
    char path[PATH_MAX];
    weir__buf text;
    weir__buf_init(&text, &pg->env.mem, MOST_STATE);
    weir__buf_addf(&text, FIRST_LINE "shards %d\nreplicas %d\nwith %u\nid %s\npassword %s\n", pg->shards, pg->replicas,
                   pg->with, pg->id, pg->password);
    if (pg->lines)
        weir__buf_addf(&text, "lines %u\n", pg->lines);
    if (pg->sockets[0])
        weir__buf_addf(&text, "sockets %s\n", pg->sockets);
    for (int i = 0; i < pg->count; i++)
        weir__buf_addf(&text, "port %s %d\n", pg->servers[i].name, pg->servers[i].port);
    if (pg->ready)
        weir__buf_adds(&text, "ready yes\n");
    bool saved = text.failed == WEIR_OK && pg_path(path, "%s/" MARKER, pg->dir) &&
                 pg_write_file(path, 0600, weir__buf_text(&text));
    weir__buf_deinit(&text);
    return saved;
}

bool pg_lock(playground *pg, bool wait)
{
    pg->lock = open(pg->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pg->lock < 0) {
        pg_say("cannot open %s: %s", pg->dir, strerror(errno));
        return false;
    }
    if (flock(pg->lock, LOCK_EX | (wait ? 0 : LOCK_NB)) == 0)
        return true;
    pg_say("another `weir playground` is at work in %s; try again when it has ended", pg->dir);
    pg_unlock(pg);
    return false;
}

void pg_unlock(playground *pg)
{
    if (pg->lock >= 0)
        close(pg->lock);
    pg->lock = -1;
}

static const pg_server *find_server(const playground *pg, pg_kind kind, int shard, int replica)
{
    for (int i = 0; i < pg->count; i++) {
        const pg_server *server = &pg->servers[i];
        if (server->kind == kind && server->shard == shard && server->replica == replica)
            return server;
    }
    return NULL;
}

/* As the lines that were asked for reach it. */
static void add_address(playground *pg, weir__buf *yaml, const pg_server *server)
{
    char socket[PATH_MAX];
    if (pg->lines & PG_SOCKET) {
        pg_mysql_socket(pg, server, socket);
        weir__buf_addf(yaml, "\"%s\"", socket);
    } else
        weir__buf_addf(yaml, "\"%s:%d\"", pg->lines & PG_IPV6 ? "[::1]" : "127.0.0.1", server->port);
}

static void add_shard(playground *pg, weir__buf *yaml, int shard)
{
    char name[16];
    shard_name(pg, shard, name);
    weir__buf_addf(yaml, "      %s: {primary: ", name);
    add_address(pg, yaml, find_server(pg, PG_MYSQL, shard, 0));
    for (int replica = 1; replica <= pg->replicas; replica++) {
        weir__buf_adds(yaml, replica == 1 ? ", replicas: [" : ", ");
        add_address(pg, yaml, find_server(pg, PG_MYSQL, shard, replica));
    }
    weir__buf_adds(yaml, pg->replicas ? "], schema: shop" : ", schema: shop");
    if (pg->shards > 1)
        weir__buf_addf(yaml, ", slots: %d-%d", SLOTS * shard / pg->shards, SLOTS * (shard + 1) / pg->shards - 1);
    weir__buf_adds(yaml, "}\n");
}

bool pg_write_config(playground *pg)
{
    char path[PATH_MAX];
    const pg_server *redis = find_server(pg, PG_REDIS, 0, 0), *mongo = find_server(pg, PG_MONGO, 0, 0);
    weir__buf yaml;
    weir__buf_init(&yaml, &pg->env.mem, MOST_STATE);
    weir__buf_addf(&yaml,
                   "# Written by `weir playground up`; add your table rules. `weir playground "
                   "down` removes it.\n"
                   "version: 1\n\ndefaults:\n  user: app\n  password: {file: \"%s/password\"}\n",
                   pg->dir);
    if (pg->lines & PG_TLS)
        weir__buf_addf(&yaml, "  tls: {mode: verify, ca: \"%s/tls/ca.pem\"}\n", pg->dir);
    if (pg->with & 1u << PG_MYSQL) {
        weir__buf_adds(&yaml, "\ndatabases:\n  shop:\n");
        if (pg->shards > 1)
            weir__buf_addf(&yaml, "    slots: %d\n", SLOTS);
        weir__buf_adds(&yaml, "    shards:\n");
        for (int shard = 0; shard < pg->shards; shard++)
            add_shard(pg, &yaml, shard);
    }
    if (redis)
        weir__buf_addf(&yaml,
                       "\ncaches:\n  hot:\n    redis: [\"127.0.0.1:%d\"]\n    password: {file: "
                       "\"%s/password\"}\n"
                       "    prefix: shop\n",
                       redis->port, pg->dir);
    if (mongo)
        weir__buf_addf(&yaml, "\ndocuments:\n  main:\n    uri: \"mongodb://127.0.0.1:%d/\"\n    database: shop\n",
                       mongo->port);
    bool written = yaml.failed == WEIR_OK && pg_path(path, "%s/weir.yaml", pg->dir) &&
                   pg_write_file(path, 0644, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
    return written;
}

static const char *role(const pg_server *server)
{
    return server->kind == PG_REDIS   ? "cache"
           : server->kind == PG_MONGO ? "documents"
           : server->replica          ? "replica"
                                      : "primary";
}

/* The folder's name holds neither quotes nor control characters (cmd_playground.c refuses them): no
 * escapes are needed. */
static int print_json(playground *pg)
{
    int dead = 0;
    printf("{\"dir\": \"%s\", \"config\": \"%s/weir.yaml\", \"servers\": [", pg->dir, pg->dir);
    for (int i = 0; i < pg->count; i++) {
        const pg_server *server = &pg->servers[i];
        char socket[PATH_MAX] = "";
        pid_t pid = pg_alive(pg, server);
        dead += pid == 0;
        printf("%s\n  {\"name\": \"%s\", \"kind\": \"%s\", \"role\": \"%s\", \"port\": %d, "
               "\"pid\": %d, \"alive\": %s",
               i ? "," : "", server->name, pg_kind_name(server->kind), role(server), server->port, (int)pid,
               pid ? "true" : "false");
        if (server->kind == PG_MYSQL) {
            pg_mysql_socket(pg, server, socket);
            printf(", \"shard\": %d, \"socket\": \"%s\"", server->shard, socket);
        }
        printf("}");
    }
    printf("]}\n");
    return dead ? EXIT_FAILED : EXIT_DONE;
}

int pg_print_status(playground *pg)
{
    if (pg->json)
        return print_json(pg);
    int dead = 0;
    printf("%-12s %-6s %-10s %6s %8s  %s\n", "SERVER", "KIND", "ROLE", "PORT", "PID", "STATE");
    for (int i = 0; i < pg->count; i++) {
        const pg_server *server = &pg->servers[i];
        char number[16] = "-";
        pid_t pid = pg_alive(pg, server);
        dead += pid == 0;
        if (pid)
            snprintf(number, sizeof number, "%d", (int)pid);
        printf("%-12s %-6s %-10s %6d %8s  %s\n", server->name, pg_kind_name(server->kind), role(server), server->port,
               number, pid ? "alive" : "dead");
    }
    return dead ? EXIT_FAILED : EXIT_DONE;
}
