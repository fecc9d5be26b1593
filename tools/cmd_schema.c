/* cmd_schema.c - `weir schema`: what tables look like, and whether all servers agree. SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/schema.h"
#include "tools/servers.h"

enum { MAX_SOURCE = 256, MAX_OUTPUT = 256 * 1024 * 1024, EXIT_DIFFERS = 3 };

static const char usage[] =
    "usage: weir schema dump [--shard NAME] [options]\n"
    "       weir schema diff [--file FILE] [options]\n"
    "\n"
    "dump prints the CREATE statements of a shard's tables and views (without weir's own), for a file.\n"
    "diff compares every primary and replica with that file, or with the first shard's primary, and prints the SQL "
    "that\n"
    "mends each that differs. Look at it before you run it: what is too much is dropped. Triggers and programs are "
    "not\n"
    "compared. Run it as a migration, or on the server that differs.\n"
    "\n"
    "  --config FILE     instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --database NAME   needed when weir.yaml has several\n"
    "  --shard NAME      dump: of this shard; diff: compare with this one\n"
    "  --file FILE       compare with its CREATE statements; best made by weir schema dump\n"
    "\n"
    "Exit code 0: alike. 1: a server or file could not be read. 2: called wrongly. 3: they differ.\n";

typedef struct command {
    const char *config, *database, *shard, *file;
    bool diff;
} command;

static bool read_server(schema_tables *s, const weir__env *env, const weir__shard_config *shard,
                        const weir__endpoint_config *at)
{
    weir__link link;
    weir_error error;
    char source[MAX_SOURCE];
    snprintf(source, sizeof source, "%.80s at %.120s", shard->name, at->address.text);
    schema_init(s, &env->mem, source);
    if (weir__link_open(&link, env, shard, at, &error) != WEIR_OK) {
        fprintf(stderr, "weir schema: %s: %s\n", source, error.text);
        return false;
    }
    bool ok = schema_read_server(s, &link);
    weir__link_close(&link);
    return ok;
}

static int dump(const weir__env *env, const weir__shard_config *shard)
{
    schema_tables s;
    weir__buf out;
    weir__buf_init(&out, &env->mem, MAX_OUTPUT);
    bool ok = read_server(&s, env, shard, &shard->primary);
    for (int views = 0; ok && views < 2; views++)
        for (size_t i = 0; i < s.count; i++)
            if (s.list[i].is_view == (views == 1))
                weir__buf_addf(&out, "%s;\n\n", s.list[i].text);
    ok = ok && !out.failed && fputs(weir__buf_text(&out), stdout) >= 0;
    weir__buf_deinit(&out);
    schema_deinit(&s);
    return ok ? EXIT_DONE : EXIT_FAILED;
}

/* One server against what is wanted. */
static int compare(const weir__env *env, const schema_tables *wanted, const weir__shard_config *shard,
                   const weir__endpoint_config *at)
{
    schema_tables is;
    weir__buf out;
    int code = EXIT_FAILED;
    weir__buf_init(&out, &env->mem, MAX_OUTPUT);
    if (read_server(&is, env, shard, at)) {
        schema_diff(wanted, &is, &out);
        code = out.failed ? EXIT_FAILED : out.size ? EXIT_DIFFERS : EXIT_DONE;
        if (code == EXIT_DIFFERS)
            printf("-- %s differs from %s; this makes it alike:\n%s\n", is.source, wanted->source, out.data);
    }
    weir__buf_deinit(&out);
    schema_deinit(&is);
    return code;
}

static int worse(int a, int b)
{
    return a == EXIT_FAILED || b == EXIT_FAILED ? EXIT_FAILED : a > b ? a : b;
}

static int diff(const weir__env *env, const weir__database_config *database, const weir__shard_config *first,
                const char *file)
{
    schema_tables wanted;
    bool ok;
    int code = EXIT_DONE;
    if (file) {
        schema_init(&wanted, &env->mem, file);
        ok = schema_read_file(&wanted, env, file);
    } else {
        ok = read_server(&wanted, env, first, &first->primary);
    }
    for (size_t i = 0; ok && i < database->shard_count; i++) {
        const weir__shard_config *shard = &database->shards[i];
        if (file || shard != first)
            code = worse(code, compare(env, &wanted, shard, &shard->primary));
        for (size_t k = 0; k < shard->replica_count; k++)
            code = worse(code, compare(env, &wanted, shard, &shard->replicas[k]));
    }
    schema_deinit(&wanted);
    if (ok && code == EXIT_DONE)
        printf("-- database %s: every server is alike\n", database->name);
    return ok ? code : EXIT_FAILED;
}

static int run(servers *s, const command *c)
{
    const weir__database_config *database = NULL;
    for (size_t i = 0; i < s->config->database_count; i++)
        if (c->database ? strcmp(s->config->databases[i].name, c->database) == 0 : s->config->database_count == 1)
            database = &s->config->databases[i];
    if (!database)
        return c->database ? usage_error("schema", "weir.yaml has no database '%s'", c->database)
                           : usage_error("schema", "weir.yaml has several databases: say which with --database");
    const weir__shard_config *shard = c->shard ? NULL : &database->shards[0];
    for (size_t i = 0; i < database->shard_count && c->shard; i++)
        if (strcmp(database->shards[i].name, c->shard) == 0)
            shard = &database->shards[i];
    if (!shard)
        return usage_error("schema", "database %s has no shard '%s'", database->name, c->shard);
    return c->diff ? diff(&s->env, database, shard, c->file) : dump(&s->env, shard);
}

int weir_cmd_schema(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"database", required_argument, NULL, 'b'},
        {"shard", required_argument, NULL, 's'},  {"file", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},         {0}};
    command c = {0};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        if (option == 'c')
            c.config = optarg;
        else if (option == 'b')
            c.database = optarg;
        else if (option == 's')
            c.shard = optarg;
        else if (option == 'f')
            c.file = optarg;
        else
            return usage_error("schema", "that option is not known");
    }
    if (optind + 1 != argc || (strcmp(argv[optind], "dump") != 0 && strcmp(argv[optind], "diff") != 0))
        return usage_error("schema", "say dump or diff");
    c.diff = strcmp(argv[optind], "diff") == 0;
    if (!c.diff && c.file)
        return usage_error("schema", "--file goes with diff; dump prints");
    servers s;
    if (!servers_open(&s, "schema", c.config))
        return EXIT_FAILED;
    int code = run(&s, &c);
    servers_close(&s);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("weir schema: its output is not whole");
        code = EXIT_FAILED;
    }
    return code;
}
