/* cmd_lint.c - `weir lint`: what weir makes of the SQL in source files. SPDX-License-Identifier: Apache-2.0
 * Asks no server and runs nothing. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "tools/command.h"
#include "tools/lint.h"
#include "tools/sql_terminal.h"

enum { OUTPUT_BYTES = 1024 * 1024 * 1024 };

static const char usage[] = "usage: weir lint [--config FILE] [--database NAME] [--fail-on WORDS] [--quiet]\n"
                            "                 [--json | --sarif] FILE..\n"
                            "\n"
                            "Says of each SQL statement in .sql files and in the string literals of C and C++\n"
                            "sources what weir makes of it: statement, server, shards, how their rows become\n"
                            "one answer, whether its rows can be cached, and what is wrong with it. Runs\n"
                            "nothing, asks no server.\n"
                            "\n"
                            "  --config FILE   the weir.yaml with the tables' rules; where it names a\n"
                            "                  schema_file, shards are told too\n"
                            "  --database NAME the database the statements are for, where there are several\n"
                            "  --fail-on WORDS with commas: note, warning, error (that and worse), rules by\n"
                            "                  name, or never; default error\n"
                            "  --quiet         problems alone\n"
                            "  --json          one line of JSON a statement\n"
                            "  --sarif         problems as one SARIF 2.1.0 document\n"
                            "\n"
                            "Rules: blocking-ddl composed finished not-understood refused scatter unique-key.\n"
                            "A comment with \"weir-lint: skip\" on the line, or the one before, passes over\n"
                            "a statement.\n"
                            "\n"
                            "Exit: 0 nothing to fail on, 1 something, or a file could not be read, 2 called\n"
                            "wrongly\n";

typedef struct linter {
    weir__env env;
    weir__config *config;
    explain_schema schema;
    lint_rules rules;
    enum { AS_TEXT, AS_JSON, AS_SARIF } form;
    bool quiet, first;
    size_t width;
    lint_level fail_level; /* LINT_LEVELS: none */
    bool fail_rules[LINT_RULES];
    bool fails;
    size_t statements, problems[LINT_LEVELS];
} linter;

static bool read_fail_on(linter *l, const char *words)
{
    l->fail_level = LINT_LEVELS;
    while (*words) {
        size_t size = strcspn(words, ",");
        weir_str word = {words, size};
        bool known = weir__str_is(word, "never");
        for (int level = 0; level < LINT_LEVELS; level++)
            if (weir__str_is(word, lint_level_name((lint_level)level))) {
                l->fail_level = (lint_level)level;
                known = true;
            }
        for (int rule = 0; rule < LINT_RULES; rule++)
            if (weir__str_is(word, lint_rule_name((lint_rule)rule)))
                known = l->fail_rules[rule] = true;
        if (!known)
            return false;
        words += size + (words[size] == ',');
    }
    return true;
}

static weir_status put_out(weir__buf *out, weir_error *error)
{
    if (out->failed)
        return weir__fail_nomem(error);
    fwrite(weir__buf_text(out), 1, out->size, stdout);
    weir__buf_reset(out);
    return WEIR_OK;
}

static weir_status take(void *context, lint_statement *s)
{
    linter *l = context;
    weir_error error;
    bool is_sql;
    weir__buf out;
    weir_status status = lint_judge(&l->rules, s, &is_sql, &error);
    weir__buf_init(&out, &l->env.mem, OUTPUT_BYTES);
    if (status == WEIR_OK && is_sql) {
        l->statements++;
        for (size_t i = 0; i < s->problem_count; i++) {
            l->problems[s->problems[i].level]++;
            l->fails |= s->problems[i].level >= l->fail_level || l->fail_rules[s->problems[i].rule];
        }
        if (l->form == AS_JSON)
            lint_print_json(s, &out);
        else if (l->form == AS_SARIF)
            lint_sarif_statement(s, &l->first, &out);
        else
            lint_print_text(s, l->width, l->quiet, &out);
        status = put_out(&out, &error);
    }
    weir__buf_deinit(&out);
    weir__plan_unref((weir__plan *)s->plan);
    return status;
}

static void frame(linter *l, void (*write)(weir__buf *out))
{
    weir__buf out;
    weir_error error;
    weir__buf_init(&out, &l->env.mem, OUTPUT_BYTES);
    write(&out);
    if (put_out(&out, &error) != WEIR_OK)
        l->fails = true;
    weir__buf_deinit(&out);
}

static void summary(const linter *l, int files)
{
    printf("%zu statement%s in %d file%s: %zu error%s, %zu warning%s, %zu note%s\n", l->statements,
           l->statements == 1 ? "" : "s", files, files == 1 ? "" : "s", l->problems[LINT_ERROR],
           l->problems[LINT_ERROR] == 1 ? "" : "s", l->problems[LINT_WARNING],
           l->problems[LINT_WARNING] == 1 ? "" : "s", l->problems[LINT_NOTE], l->problems[LINT_NOTE] == 1 ? "" : "s");
}

static void lint_files(linter *l, int count, char **files)
{
    l->first = true;
    if (l->form == AS_SARIF)
        frame(l, lint_sarif_begin);
    for (int i = 0; i < count; i++) {
        weir_error error = {0};
        weir_status status = lint_source(&l->env, files[i], take, l, &error);
        if (status != WEIR_OK) {
            fprintf(stderr, "weir lint: %s: %s\n", files[i], error.text[0] ? error.text : "out of memory");
            l->fails = true;
        }
    }
    if (l->form == AS_SARIF)
        frame(l, lint_sarif_end);
    if (l->form == AS_TEXT)
        summary(l, count);
}

static weir_status open_rules(linter *l, const char *file, const char *database, weir_error *error)
{
    weir_status status = WEIR_OK;
    l->rules = (lint_rules){.env = &l->env};
    if (file)
        status = weir__config_read(&l->env, file, &l->config, NULL, error);
    if (status == WEIR_OK && l->config) {
        l->rules.config = l->config;
        l->rules.schema = &l->schema;
        status = explain_schema_open(&l->schema, &l->env, l->config, database, error);
    }
    return status;
}

/* What the options say; -1: go on with the files. */
static int read_options(linter *l, int argc, char **argv, const char **file, const char **database)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},  {"database", required_argument, NULL, 'd'},
        {"fail-on", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'},
        {"sarif", no_argument, NULL, 's'},         {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":c:d:f:jsqh", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            *file = optarg;
            break;
        case 'd':
            *database = optarg;
            break;
        case 'f':
            if (!read_fail_on(l, optarg))
                return usage_error("lint", "--fail-on does not know '%s'", optarg);
            break;
        case 'j':
        case 's':
            if (l->form != AS_TEXT)
                return usage_error("lint", "--json or --sarif, not both");
            l->form = option == 'j' ? AS_JSON : AS_SARIF;
            break;
        case 'q':
            l->quiet = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_DONE;
        case ':':
            return usage_error("lint", "%s needs a value", argv[optind - 1]);
        default:
            return usage_error("lint", "unknown option %s", argv[optind - 1]);
        }
    if (optind == argc)
        return usage_error("lint", "no file is given");
    if (*database && !*file)
        return usage_error("lint", "--database needs --config");
    return -1;
}

int weir_cmd_lint(int argc, char **argv)
{
    const char *file = NULL, *database = NULL;
    linter l = {.fail_level = LINT_ERROR};
    weir_error error;
    int code = read_options(&l, argc, argv, &file, &database);
    if (code >= 0)
        return code;
    weir__env_init(&l.env);
    setlocale(LC_CTYPE, ""); /* widths of characters need a UTF-8 locale */
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    l.width = sql_terminal_width();
    if (open_rules(&l, file, database, &error) == WEIR_OK) {
        lint_files(&l, argc - optind, argv + optind);
    } else {
        fprintf(stderr, "weir lint: %s%s\n", error.text, l.config ? "" : "\nweir check names every mistake");
        l.fails = true;
    }
    explain_schema_close(&l.schema);
    weir__config_free(&l.env, l.config);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "weir lint: cannot write to standard output: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    return l.fails ? EXIT_FAILED : EXIT_DONE;
}
