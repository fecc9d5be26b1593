/* cmd_explain.c - `weir explain`: what weir makes of a statement. SPDX-License-Identifier: Apache-2.0
 * Asks no server and runs nothing. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "router/preview.h"
#include "router/sql/split.h"
#include "tools/command.h"
#include "tools/explain.h"
#include "tools/explain_schema.h"

enum { READ_BYTES = 65536, STATEMENT_BYTES = 64 * 1024 * 1024, OUTPUT_BYTES = 1024 * 1024 * 1024 };

static const char usage[] = "usage: weir explain [--config FILE] [--live] [--database NAME] [--json]\n"
                            "                    ['SQL']\n"
                            "\n"
                            "Says what weir makes of a statement: tables read and written, which server may\n"
                            "run it and why, what each value stands for, and the conditions by which rows\n"
                            "find their shards. Runs nothing, asks no server but with --live. Without SQL\n"
                            "the statements come on standard input, each ended by ;\n"
                            "\n"
                            "  --config FILE  tells the tables' rules of this weir.yaml too; where it names\n"
                            "                 a schema_file, also the shards and what is sent to each, or\n"
                            "                 why it is refused\n"
                            "  --database NAME  of a weir.yaml with several databases\n"
                            "  --live         tells the same by the tables that the servers have\n"
                            "  --json         one line of JSON a statement\n"
                            "\n"
                            "Exit: 0 all understood, 1 not all, 2 called wrongly\n";

typedef struct explainer {
    weir__env env;
    weir__config *config;
    weir_client *client; /* --live, else NULL */
    weir_session *session;
    explain_schema schema; /* without --live */
    weir__buf out;         /* of the statement at hand */
    bool json;
    bool any_failed;
    uint64_t statements;
} explainer;

static void fail(explainer *x, const char *text)
{
    fprintf(stderr, "weir explain: statement %llu: %s\n", (unsigned long long)x->statements, text);
    x->any_failed = true;
}

static void explain_route(void *context, const weir__foreseen *seen)
{
    explainer *x = context;
    if (x->json)
        explain_route_json(seen, &x->out);
    else
        explain_route_text(seen, &x->out);
}

static void explain(explainer *x, weir_str sql)
{
    static const weir__lex_options options = {.flavour = WEIR__MARIADB};
    weir__plan *plan;
    weir_error error;

    if (weir__plan_build(sql, &options, &x->env, &plan, &error) != WEIR_OK) {
        fail(x, error.text);
        return;
    }
    x->any_failed |= !plan->understood;
    weir__buf_init(&x->out, &x->env.mem, OUTPUT_BYTES);
    if (x->json)
        explain_json(plan, x->config, &x->out);
    else
        explain_text(plan, x->config, &x->out);
    if (x->session && weir__preview(x->session, sql, explain_route, x, &error) != WEIR_OK)
        fail(x, error.text);
    if (!x->session && x->schema.count &&
        weir__preview_with(&x->schema.routing, sql, explain_route, x, &error) != WEIR_OK)
        fail(x, error.text);
    if (x->json)
        weir__buf_adds(&x->out, "}\n");
    if (x->out.failed)
        fail(x, x->out.failed == WEIR_NOMEM ? "out of memory" : "what there is to say is over 1 GiB");
    else if (x->statements > 1 && !x->json)
        putchar('\n');
    fwrite(weir__buf_text(&x->out), 1, x->out.size, stdout);
    weir__buf_deinit(&x->out);
    weir__plan_unref(plan);
}

static void take(explainer *x, weir__split_event event, weir_str statement)
{
    if (event == WEIR__SPLIT_MORE)
        return;
    x->statements++;
    switch (event) {
    case WEIR__SPLIT_MORE:
        break;
    case WEIR__SPLIT_STATEMENT:
        explain(x, statement);
        break;
    case WEIR__SPLIT_TOO_LONG:
        fail(x, "it is over 64 MiB");
        break;
    case WEIR__SPLIT_NOMEM:
        fail(x, "out of memory");
        break;
    case WEIR__SPLIT_DELIMITER:
        fail(x, "DELIMITER needs 1 to 15 characters behind it");
        break;
    }
}

static void explain_input(explainer *x)
{
    static char bytes[READ_BYTES];
    weir__split split;
    weir__split_event event;
    weir_str statement = {NULL, 0};
    ssize_t size;

    weir__split_init(&split, &x->env.mem, STATEMENT_BYTES);
    for (;;) {
        do
            size = read(STDIN_FILENO, bytes, sizeof bytes);
        while (size < 0 && errno == EINTR);
        if (size <= 0)
            break;
        weir_str input = {bytes, (size_t)size};
        while ((event = weir__split_feed(&split, &input, &statement)) != WEIR__SPLIT_MORE)
            take(x, event, statement);
    }
    if (size < 0) {
        fprintf(stderr, "weir explain: cannot read standard input: %s\n", strerror(errno));
        x->any_failed = true;
    } else {
        event = weir__split_end(&split, &statement);
        take(x, event, statement);
    }
    weir__split_deinit(&split);
}

int weir_cmd_explain(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},   {"json", no_argument, NULL, 'j'},
        {"database", required_argument, NULL, 'd'}, {"live", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    weir_session_options session = WEIR_SESSION_OPTIONS_INIT;
    const char *file = NULL;
    bool live = false;
    explainer x = {.json = false};
    weir_error error;

    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":c:d:jlh", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'd':
            session.database = optarg;
            break;
        case 'j':
            x.json = true;
            break;
        case 'l':
            live = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_DONE;
        case ':':
            return usage_error("explain", "%s needs a value", argv[optind - 1]);
        default:
            return usage_error("explain", "unknown option %s", argv[optind - 1]);
        }
    if (optind + 1 < argc)
        return usage_error("explain", "unexpected '%s'; put the statement in one pair of quotes", argv[optind + 1]);
    weir__env_init(&x.env);
    setlocale(LC_CTYPE, ""); /* widths of characters need a UTF-8 locale */
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    if (file && weir__config_read(&x.env, file, &x.config, NULL, &error) != WEIR_OK) {
        fprintf(stderr, "weir explain: %s\nweir check names every mistake\n", error.text);
        return EXIT_FAILED;
    }
    if (live && (weir_open(file, NULL, &x.client, &error) != WEIR_OK ||
                 weir_session_open(x.client, &session, &x.session, &error) != WEIR_OK)) {
        fprintf(stderr, "weir explain: %s\n", error.text);
        weir_close(x.client);
        weir__config_free(&x.env, x.config);
        return EXIT_FAILED;
    }
    if (!live && x.config && explain_schema_open(&x.schema, &x.env, x.config, session.database, &error) != WEIR_OK) {
        fprintf(stderr, "weir explain: %s\n", error.text);
        explain_schema_close(&x.schema);
        weir__config_free(&x.env, x.config);
        return EXIT_FAILED;
    }
    if (optind < argc) {
        x.statements = 1;
        explain(&x, weir__view(argv[optind]));
    } else {
        explain_input(&x);
    }
    weir_session_close(x.session);
    weir_close(x.client);
    explain_schema_close(&x.schema);
    weir__config_free(&x.env, x.config);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "weir explain: cannot write to standard output: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    return x.any_failed ? EXIT_FAILED : EXIT_DONE;
}
