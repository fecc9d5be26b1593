/* cmd_check.c - `weir check`: what is wrong with weir.yaml, all of it. SPDX-License-Identifier: Apache-2.0
 * Reads weir.yaml alone and asks no server. Mistakes go to stderr, one a line; with --json one object goes to stdout. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/config_tables.h"
#include "tools/command.h"

static const char usage[] = "usage: weir check [--config FILE] [--json]\n"
                            "\n"
                            "Names every mistake of weir.yaml as file:line:column: path: what is wrong.\n"
                            "Asks no server. The file: --config, else $WEIR_CONFIG, else ./weir.yaml.\n"
                            "\n"
                            "  --config FILE  the file to check\n"
                            "  --json         the answer as one JSON object on stdout\n"
                            "\n"
                            "Exit: 0 no mistake, 1 mistakes, 2 called wrongly\n";

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

static void json_summary(const weir__config *config)
{
    size_t kinds[WEIR__TABLE_KINDS];
    count_tables(config, kinds);
    printf("{\"ok\":true,\"file\":");
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
    printf("]}\n");
}

int weir_cmd_check(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *file = NULL;
    bool json = false;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":c:jh", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'j':
            json = true;
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

    weir__env env;
    weir__env_init(&env);
    weir_error error;
    weir__mistakes mistakes;
    weir__config *config;
    weir_status status = weir__config_read(&env, file, &config, &mistakes, &error);
    if (status == WEIR_OK && json)
        json_summary(config);
    else if (status == WEIR_OK)
        print_summary(config);
    else if (json)
        json_mistakes(&mistakes, &error);
    else
        print_mistakes(&mistakes, &error);
    weir__config_free(&env, config);
    weir__mistakes_deinit(&mistakes);
    return status == WEIR_OK ? EXIT_DONE : EXIT_FAILED;
}
