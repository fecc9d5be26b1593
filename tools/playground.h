/* playground.h - a throw-away cluster on 127.0.0.1 in a folder of its own.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   <dir>/.weir-playground      the marker and the state: what the cluster is made of and its ports
 * (playground_state.c) <dir>/weir.yaml, password   for weir; root.cnf for the `mariadb` client
 *   <dir>/<server>/             data, log, sock, pid of one server
 *   <dir>/tls/                  with --tls: authority, server's and client's certificate
 *
 * Invariants: (1) nothing is removed from a folder without our marker; (2) a process is signalled
 * only if its command line names its server's folder here; (3) the state says "ready" only after
 * every server has answered. Single-threaded: PR_SET_PDEATHSIG is about the thread that forks. */
#ifndef WEIR_TOOLS_PLAYGROUND_H
#define WEIR_TOOLS_PLAYGROUND_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/env.h"

enum {
    PG_MAX_SHARDS = 16,  /* servers of 100 MB of memory each */
    PG_MAX_REPLICAS = 4, /* of one shard */
    PG_MAX_SERVERS = PG_MAX_SHARDS * (1 + PG_MAX_REPLICAS) + 2,
    PG_MAX_ARGS = 40,          /* of one server's command line */
    PG_ARG = PATH_MAX + 64,    /* bytes of one argument */
    PG_START_MS = 60000,       /* a server must answer within */
    PG_STOP_MS = 15000,        /* a server must end within, after SIGTERM */
    PG_MAX_FILE = 1024 * 1024, /* of the small files that are read whole */
};

typedef enum pg_kind { PG_MYSQL, PG_REDIS, PG_MONGO, PG_KINDS } pg_kind;

enum { PG_TLS = 1, PG_IPV6 = 2, PG_SOCKET = 4, PG_LINES = 8 };

typedef struct pg_server {
    char name[32]; /* of its folder: shop-0, shop-0-r1, redis, mongo */
    pg_kind kind;
    int shard, replica; /* replica 0 is the primary */
    int port;           /* 0: not chosen yet */
} pg_server;

typedef struct playground {
    weir__env env;
    char dir[PATH_MAX];     /* absolute */
    char sockets[PATH_MAX]; /* folder of the sockets when dir is too long for them; else "" */
    char password[64];
    char id[33]; /* random, of this cluster: a watchdog must not take down its successor */
    int shards, replicas;
    unsigned with;  /* bit of each pg_kind */
    unsigned lines; /* PG_TLS, PG_IPV6, PG_SOCKET: how weir.yaml reaches the MariaDB servers */
    bool ready;     /* it was once up in whole */
    bool tied;      /* servers started now die with this process */
    bool json;
    int lock;       /* descriptor of the locked folder, or -1 */
    pid_t watchdog; /* our child, or 0 */
    pg_server servers[PG_MAX_SERVERS];
    int count;
} playground;

/* A command line that owns its texts; the last entry is NULL. */
typedef struct pg_args {
    char text[PG_MAX_ARGS][PG_ARG];
    char *list[PG_MAX_ARGS + 1];
    int count;
} pg_args;

/* playground_files.c - small things with files. All print what went wrong and give false. */
void pg_say(const char *format, ...) __attribute__((format(printf, 1, 2))); /* one line on stderr */
bool pg_path(char out[PATH_MAX], const char *format, ...) __attribute__((format(printf, 2, 3))); /* false: too long */
bool pg_write_file(const char *path, mode_t mode, const char *text); /* whole or not at all */
char *pg_read_file(playground *pg, const char *path);                /* NULL, silently; weir__free */
bool pg_copy_tree(const char *from, const char *to);
bool pg_remove_tree(const char *path);
bool pg_number(const char *text, long most, long *number);  /* digits only */
bool pg_random_text(char *out, size_t size);                /* hexadecimal digits and a NUL */
bool pg_find_program(char out[PATH_MAX], const char *name); /* in PATH, then the system's folders; silent */

/* playground_state.c */
typedef enum pg_found { PG_NONE, PG_OTHER, PG_HALF, PG_READY } pg_found; /* OTHER: files that are not ours */
const char *pg_kind_name(pg_kind kind);
void pg_plan(playground *pg);     /* fills servers from shards, replicas, with */
pg_found pg_load(playground *pg); /* reads the marker of pg->dir */
bool pg_save(playground *pg);
bool pg_lock(playground *pg, bool wait); /* one up or down at a time */
void pg_unlock(playground *pg);
bool pg_write_config(playground *pg); /* weir.yaml */
int pg_print_status(playground *pg);  /* exit code: DONE if all live */

/* playground_process.c */
bool pg_arg(pg_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
int pg_free_port(int wanted); /* wanted (or 0: any) if it is free, else any; 0: none. Somebody may
                                 still be quicker. */
bool pg_has_ipv6(void);       /* ::1 is there */
bool pg_spawn(playground *pg, const pg_server *server, pg_args *args);
pid_t pg_alive(playground *pg, const pg_server *server); /* its process id; 0: it does not run */
void pg_stop_all(playground *pg);
bool pg_run_to_end(playground *pg, pg_args *args, const char *log, weir__buf *output); /* exit 0; either may be NULL */
void pg_show_log(playground *pg, const char *path);
void pg_hold_signals(void);    /* INT, TERM, HUP wait until somebody looks */
void pg_release_signals(void); /* in a child, before exec */
bool pg_interrupted(void);

/* playground_mysql.c, playground_other.c */
bool pg_mysql_prepare(playground *pg);                                     /* the template data folder */
bool pg_mysql_install(playground *pg, const pg_server *server, bool last); /* the server's folder from the template */
bool pg_mysql_start(playground *pg, const pg_server *server);
bool pg_mysql_replicates(playground *pg, const pg_server *server);
void pg_mysql_socket(playground *pg, const pg_server *server, char out[PATH_MAX]);
bool pg_redis_start(playground *pg, const pg_server *server);
bool pg_mongo_program(char out[PATH_MAX], bool *is_mongod);
bool pg_mongo_start(playground *pg, const pg_server *server);

/* playground_tls.c */
bool pg_tls_make(playground *pg);                /* the certificates */
bool pg_tls_tell(playground *pg, pg_args *args); /* a server's options about them */

/* playground_probe.c: does it speak its protocol? Waits at most a second. */
bool pg_answers(playground *pg, const pg_server *server);

/* playground_up.c */
bool pg_start_server(playground *pg, const pg_server *server);
int pg_up(playground *pg, bool asked_for_a_shape, bool fresh, pid_t owner);
int pg_down(playground *pg);

/* playground_run.c */
bool pg_watch(playground *pg, pid_t owner); /* a process that takes pg down when owner has ended */
int pg_run(playground *pg, char **command);

#endif
