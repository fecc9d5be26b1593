/* cmd_check.c - `weir check`: what is wrong with weir.yaml, all of it. SPDX-License-Identifier: Apache-2.0
 * Reads weir.yaml alone; --live (check_live.h) also asks the servers that it names. Mistakes and findings go to stderr, what was
 * looked at to stdout; with --json one object goes to stdout. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/config_tables.h"
#include "tools/check_live.h"
#include "tools/check_schema.h"
#include "tools/command.h"

static const char usage[] =
    "usage: weir check [--config FILE] [--live] [--json]\n"
    "\n"
    "Names every mistake of weir.yaml as file:line:column: path: what is wrong, and of schema_file\n"
    "what does not fit the rules or is not understood.\n"
    "The file: --config, else $WEIR_CONFIG, else ./weir.yaml. Asks no server, but with --live:\n"
    "then it also names what on the servers does not fit, and changes nothing on them.\n"
    "\n"
    "  --config FILE  the file to check\n"
    "  --live         compare with the servers: reachable, read_only and replication, rights,\n"
    "                 settings that change answers, weir's own tables, durability, tables and\n"
    "                 keys of each rule, tables without a rule, connections\n"
    "  --json         the answer as one JSON object on stdout\n"
    "\n"
    "Exit: 0 no mistake (warnings of --live are none), 1 mistakes, 2 called wrongly\n";

static void print_mistakes(const weir__mistakes *mistakes, const weir_error *error)
{
    for (size_t i = 0; i < mistakes->count; i++) {
        const weir__mistake *m = &mistakes->list[i];
        fprintf(stderr, "%s:%u:%u: %s%s%s\n", mistakes->source, (unsigned)m->line, (unsigned)m->column, m->path,
                *m->path ? ": " : "", m->text);
    }
    if (mistakes->more)
        fprintf(stderr, "weir check: and %zu more\n", mistakes->more);
    if (!mistakes->count)
        fprintf(stderr, "weir check: %s\n", error->text);
}

static void count_tables(const weir__config *config, size_t *kinds)
{
    memset(kinds, 0, WEIR__TABLE_KINDS * sizeof *kinds);
    for (size_t i = 0; i < config->table_count; i++)
        kinds[config->tables[i].kind]++;
}

static size_t count_shards(const weir__config *config)
{
    size_t shards = 0;
    for (size_t i = 0; i < config->database_count; i++)
        shards += config->databases[i].shard_count;
    return shards;
}

static void print_summary(const weir__config *config)
{
    size_t kinds[WEIR__TABLE_KINDS], shards = count_shards(config);
    count_tables(config, kinds);
    printf("%s: no mistake\n", config->source);
    printf("%zu database%s, %zu shard%s, %zu table rule%s", config->database_count,
           config->database_count == 1 ? "" : "s", shards, shards == 1 ? "" : "s", config->table_count,
           config->table_count == 1 ? "" : "s");
    const char *comma = " (";
    for (int kind = 0; kind < WEIR__TABLE_KINDS; kind++)
        if (kinds[kind]) {
            printf("%s%zu %s", comma, kinds[kind], weir__table_kind_name((weir__table_kind)kind));
            comma = ", ";
        }
    printf("%s\n", *comma == ',' ? ")" : "");
    if (config->not_yet)
        printf("\nnot yet: accepted, but this version does not act on\n");
    for (const weir__not_yet_setting *s = config->not_yet; s; s = s->next)
        if (s->count > 1)
            printf("  %s (line %u and %zu more)\n", s->key, (unsigned)s->line, s->count - 1);
        else
            printf("  %s (line %u)\n", s->key, (unsigned)s->line);
}

/* Text as a JSON string. Bytes that are no UTF-8 (of a file's name) become ?. */
static void json_text(const char *text)
{
    bool valid = weir__utf8_valid(text, strlen(text));
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c >= 0x80 && !valid ? '?' : c);
    }
    putchar('"');
}

static void json_mistake(const char *before, unsigned line, unsigned column, const char *path, const char *text)
{
    printf("%s{\"line\":%u,\"column\":%u,\"path\":", before, line, column);
    json_text(path);
    printf(",\"text\":");
    json_text(text);
    printf("}");
}

static void json_mistakes(const weir__mistakes *mistakes, const weir_error *error)
{
    printf("{\"ok\":false,\"file\":");
    json_text(mistakes->source ? mistakes->source : "");
    printf(",\"mistakes\":[");
    for (size_t i = 0; i < mistakes->count; i++) {
        const weir__mistake *m = &mistakes->list[i];
        json_mistake(i ? "," : "", (unsigned)m->line, (unsigned)m->column, m->path, m->text);
    }
    if (!mistakes->count)
        json_mistake("", 0, 0, "", error->text);
    printf("],\"more\":%zu}\n", mistakes->more);
}

/* The findings in the files of CREATE statements, a text each. */
static void json_schema(const check_schema *schema)
{
    char line[1024];
    const char *from = weir__buf_text(&schema->lines), *comma = "";
    printf(",\"schema_file\":[");
    for (const char *to; (to = strchr(from, '\n')) != NULL; from = to + 1, comma = ",") {
        snprintf(line, sizeof line, "%.*s", (int)(to - from), from);
        printf("%s", comma);
        json_text(line);
    }
    putchar(']');
}

/* live: NULL when no server was asked. */
static void json_summary(const weir__config *config, const check_schema *schema, const check *live)
{
    size_t kinds[WEIR__TABLE_KINDS];
    count_tables(config, kinds);
    bool bad = schema->errors || (live && live->levels[CHECK_ERROR]);
    printf("{\"ok\":%s,\"file\":", bad ? "false" : "true");
    json_text(config->source);
    printf(",\"databases\":[");
    for (size_t i = 0; i < config->database_count; i++) {
        printf("%s{\"name\":", i ? "," : "");
        json_text(config->databases[i].name);
        printf(",\"shards\":%zu}", config->databases[i].shard_count);
    }
    printf("],\"tables\":{");
    for (int kind = 0; kind < WEIR__TABLE_KINDS; kind++)
        printf("%s\"%s\":%zu", kind ? "," : "", weir__table_kind_name((weir__table_kind)kind), kinds[kind]);
    printf("},\"not_yet\":[");
    for (const weir__not_yet_setting *s = config->not_yet; s; s = s->next) {
        printf("%s{\"setting\":", s == config->not_yet ? "" : ",");
        json_text(s->key);
        printf(",\"line\":%u,\"count\":%zu}", (unsigned)s->line, s->count);
    }
    putchar(']');
    json_schema(schema);
    if (live) {
        putchar(',');
        check_print_json(live, stdout);
    }
    printf("}\n");
}

/* False: errors were found. */
static bool report_live(servers *s, const check_schema *schema, bool json)
{
    check live;
    bool good = check_run(&live, s);
    if (!good)
        fprintf(stderr, "weir check: out of memory\n");
    else if (json)
        json_summary(s->config, schema, &live);
    else {
        print_summary(s->config);
        putchar('\n');
        fflush(stdout);
        check_print(&live, stderr);
        check_print_counts(&live, stdout);
    }
    good = good && !live.levels[CHECK_ERROR];
    check_deinit(&live);
    return good;
}

/* weir.yaml itself is without mistake. */
static bool report(servers *s, bool live, bool json)
{
    check_schema schema;
    bool good = true;
    check_schema_run(&schema, &s->env, s->config);
    if (!json)
        fputs(weir__buf_text(&schema.lines), stderr);
    if (live)
        good = report_live(s, &schema, json);
    else if (json)
        json_summary(s->config, &schema, NULL);
    else if (!schema.errors)
        print_summary(s->config);
    good = good && !schema.errors;
    check_schema_deinit(&schema);
    return good;
}

int weir_cmd_check(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"live", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *file = NULL;
    bool json = false, live = false;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":c:jlh", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'l':
            live = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_DONE;
        case ':':
            return usage_error("check", "%s needs a value", argv[optind - 1]);
        default:
            return usage_error("check", "unknown option %s", argv[optind - 1]);
        }
    if (optind < argc)
        return usage_error("check", "unexpected '%s'; the file is given by --config", argv[optind]);

    servers s = {.config = NULL};
    weir__env_init(&s.env);
    weir_error error;
    weir__mistakes mistakes;
    weir_status status = weir__config_read(&s.env, file, &s.config, &mistakes, &error);
    bool good = status == WEIR_OK;
    if (good)
        good = report(&s, live, json);
    else if (json)
        json_mistakes(&mistakes, &error);
    else
        print_mistakes(&mistakes, &error);
    servers_close(&s);
    weir__mistakes_deinit(&mistakes);
    return good ? EXIT_DONE : EXIT_FAILED;
}
