/* cmd_playground.c - `weir playground`: its options.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/playground.h"

static const char help_text[] =
    "usage: weir playground up [--shards N] [--replicas N] [--with LIST] [--tls] [--ipv6]\n"
    "                          [--socket] [--dir D] [--fresh] [--owner PID|parent] [--json]\n"
    "       weir playground status [--dir D] [--json]\n"
    "       weir playground down [--dir D]\n"
    "       weir playground run [--shards N] [--replicas N] [--with LIST] [--tls] [--ipv6]\n"
    "                           [--socket] [--dir D] -- COMMAND [ARGS]\n"
    "\n"
    "A throw-away cluster on 127.0.0.1 in a folder of its own, with its weir.yaml.\n"
    "\n"
    "  up       starts it, or starts again what has died of it; the servers stay\n"
    "  status   lists the servers; exit code 1 when one is dead\n"
    "  down     ends the servers and removes the folder\n"
    "  run      starts a cluster, runs COMMAND with WEIR_CONFIG and WEIR_PLAYGROUND_DIR\n"
    "           in its environment, takes the cluster down whatever happens; the exit\n"
    "           code is COMMAND's\n"
    "\n"
    "  --shards N     MariaDB primaries (default 1); with more than one, the database\n"
    "                 shop is sharded in equal parts\n"
    "  --replicas N   replicas of each primary (default 0)\n"
    "  --with LIST    of mysql, redis, mongo (default mysql). mongo: mongod, else\n"
    "                 secantusd-py of $WEIR_SECANTUS or of `tools/setup mongo`; left out\n"
    "                 where there is neither\n"
    "  --tls          MariaDB with a certificate made for it, which weir.yaml has verified\n"
    "                 (openssl); D/tls holds the authority and a client's certificate\n"
    "  --ipv6         weir.yaml names [::1]; left out where there is none\n"
    "  --socket       weir.yaml names the servers' Unix sockets\n"
    "  --dir D        the folder (default ./playground; run: one in $TMPDIR or /tmp)\n"
    "  --fresh        takes a cluster that is there down first: its data is lost\n"
    "  --owner PID    the cluster goes down when that process has ended\n"
    "  --json         for programs\n";

typedef struct options {
    const char *dir, *with;
    long shards, replicas, owner;
    unsigned lines;
    bool shaped, fresh, json, owner_is_parent;
} options;

static bool take_number(const char *name, const char *text, long least, long most, long *number)
{
    if (pg_number(text, most, number) && *number >= least)
        return true;
    usage_error("playground", "--%s takes a number from %ld to %ld, not '%s'", name, least, most, text);
    return false;
}

static bool read_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {
        {"dir", required_argument, NULL, 'd'},
        {"fresh", no_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'},
        {"owner", required_argument, NULL, 'o'},
        {"replicas", required_argument, NULL, 'r'},
        {"shards", required_argument, NULL, 's'},
        {"with", required_argument, NULL, 'w'},
        {"tls", no_argument, NULL, 't'},
        {"ipv6", no_argument, NULL, '6'},
        {"socket", no_argument, NULL, 'u'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    optind = 1;
    opterr = 0;
    for (int c; good && (c = getopt_long(argc, argv, "+:", known, NULL)) != -1;) {
        switch (c) {
        case 'd':
            o->dir = optarg;
            break;
        case 'f':
            o->fresh = true;
            break;
        case 'j':
            o->json = true;
            break;
        case 'o':
            o->owner_is_parent = strcmp(optarg, "parent") == 0;
            good = o->owner_is_parent || take_number("owner", optarg, 2, INT_MAX, &o->owner);
            break;
        case 'r':
            o->shaped = true;
            good = take_number("replicas", optarg, 0, PG_MAX_REPLICAS, &o->replicas);
            break;
        case 's':
            o->shaped = true;
            good = take_number("shards", optarg, 1, PG_MAX_SHARDS, &o->shards);
            break;
        case 'w':
            o->shaped = true;
            o->with = optarg;
            break;
        case 't':
        case '6':
        case 'u':
            o->shaped = true;
            o->lines |= c == 't' ? PG_TLS : c == '6' ? PG_IPV6 : PG_SOCKET;
            break;
        case ':':
            usage_error("playground", "%s needs a value", argv[optind - 1]);
            return false;
        default:
            usage_error("playground", "there is no option %s", argv[optind - 1]);
            return false;
        }
    }
    return good;
}

static bool read_with(const char *list, unsigned *with)
{
    char copy[64];
    *with = 0;
    if (snprintf(copy, sizeof copy, "%s", list) >= (int)sizeof copy)
        copy[0] = '\0';
    char *rest = copy;
    for (char *word; (word = strsep(&rest, ","));) {
        pg_kind kind = PG_MYSQL;
        while (kind < PG_KINDS && strcmp(word, pg_kind_name(kind)) != 0)
            kind++;
        if (kind == PG_KINDS) {
            usage_error("playground", "--with takes a list of mysql, redis, mongo, not '%s'", list);
            return false;
        }
        *with |= 1u << kind;
    }
    return true;
}

/* The absolute folder; quotes and the like would need escaping in SQL, YAML, JSON and shell
 * scripts. */
static bool choose_dir(playground *pg, const char *dir, bool own)
{
    char here[PATH_MAX];
    const char *temporary = getenv("TMPDIR");
    if (!getcwd(here, sizeof here)) {
        pg_say("no working folder: %s", strerror(errno));
        return false;
    }
    if (own && !dir) {
        if (!pg_path(pg->dir, "%s/weir-playground-XXXXXX", temporary && temporary[0] == '/' ? temporary : "/tmp"))
            return false;
        if (!mkdtemp(pg->dir)) {
            pg_say("cannot make %s: %s", pg->dir, strerror(errno));
            return false;
        }
    } else if (!pg_path(pg->dir, "%s%s%s", dir && dir[0] == '/' ? "" : here, dir && dir[0] == '/' ? "" : "/",
                        dir ? dir : "playground"))
        return false;
    size_t size = strlen(pg->dir);
    while (size > 1 && pg->dir[size - 1] == '/')
        pg->dir[--size] = '\0';
    for (const char *c = pg->dir; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr("\"'\\`$%", *c)) {
            pg_say("the folder's name %s holds a space, a quote, \\, $ or %%; name another with --dir", pg->dir);
            return false;
        }
    return true;
}

/* Leaves IPv6 and MongoDB out, with a word, where there is none. */
static void drop_missing(playground *pg)
{
    char program[PATH_MAX];
    bool is_mongod;
    if (pg->lines & PG_IPV6 && !pg_has_ipv6()) {
        pg_say("--ipv6 is left out: this machine has no ::1");
        pg->lines &= ~(unsigned)PG_IPV6;
    }
    if (!(pg->with & 1u << PG_MONGO) || pg_mongo_program(program, &is_mongod))
        return;
    pg_say("mongo is left out: there is no mongod in PATH and no secantusd-py; `tools/setup mongo` "
           "makes one");
    pg->with &= ~(1u << PG_MONGO);
}

static int status(playground *pg)
{
    pg_found found = pg_load(pg);
    if (found == PG_READY)
        return pg_print_status(pg);
    pg_say(found == PG_HALF ? "the one in %s is not up yet, or its start was interrupted" : "there is none in %s",
           pg->dir);
    return EXIT_FAILED;
}

static int dispatch(playground *pg, const char *verb, const options *o, char **command)
{
    if (strcmp(verb, "status") == 0)
        return status(pg);
    if (strcmp(verb, "down") == 0)
        return pg_down(pg);
    pg_hold_signals();
    drop_missing(pg);
    if (pg->with == 0) {
        pg_say("nothing is left to start");
        return EXIT_FAILED;
    }
    if (strcmp(verb, "run") == 0)
        return pg_run(pg, command);
    return pg_up(pg, o->shaped, o->fresh, o->owner_is_parent ? getppid() : (pid_t)o->owner);
}

int weir_cmd_playground(int argc, char **argv)
{
    static playground pg; /* too large for a stack */
    options o = {.shards = 1, .with = "mysql"};
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help_text, argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    const char *verb = argv[1];
    bool is_run = strcmp(verb, "run") == 0;
    if (!is_run && strcmp(verb, "up") != 0 && strcmp(verb, "down") != 0 && strcmp(verb, "status") != 0)
        return usage_error("playground", "there is no '%s': up, down, status or run", verb);
    weir__env_init(&pg.env);
    pg.lock = -1;
    if (!read_options(argc - 1, argv + 1, &o) || !read_with(o.with, &pg.with))
        return EXIT_USAGE;
    char **command = argv + 1 + optind;
    if (is_run && !*command)
        return usage_error("playground", "run needs a command after --");
    if (!is_run && *command)
        return usage_error("playground", "'%s' is too much", *command);
    pg.shards = (int)o.shards;
    pg.replicas = (int)o.replicas;
    pg.lines = o.lines;
    pg.json = o.json;
    if (!choose_dir(&pg, o.dir, is_run))
        return EXIT_FAILED;
    return dispatch(&pg, verb, &o, command);
}
