/* cmd_sql.c - `weir sql`: statements in, answers out, through one session. SPDX-License-Identifier: Apache-2.0
 * The pieces: weir__split.h cuts the input, sql_run.h runs, sql_print.h prints, sql_terminal.h is the prompt. docs/sql-command.md. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "schema/config.h"
#include "tools/command.h"
#include "tools/sql_terminal.h"

enum { READ_BYTES = 64 * 1024, STATEMENT_BYTES = 16 * 1024 * 1024 /* limits.statement by default */ };

typedef struct options {
    const char *config, *format, *database, *execute;
    uint32_t timeout_ms;
    bool help;
} options;

static const char help_text[] =
    "usage: weir sql [options]\n\n"
    "Runs the statements on standard input, each ended by ;, in one session. Asks for them when\n"
    "standard input and output are a terminal.\n\n"
    "  --config FILE      default: $WEIR_CONFIG, else ./weir.yaml\n"
    "  --format FORMAT    table, csv or jsonl; default: table on a terminal, else csv\n"
    "  --database NAME    for table names without one; default: the only one\n"
    "  -e, --execute SQL  run these statements instead\n"
    "  --timeout TIME     of each statement: 500ms, 5s, 2m; default: as weir.yaml says\n\n"
    "Exit status: 0, 1 if any statement failed, 2 if called wrongly. docs/sql-command.md says more.\n";

/* "250ms", "5s", "2m", "1h"; not 0. */
static bool parse_time(const char *text, uint32_t *milliseconds)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9' && number < UINT32_MAX; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(text, units[i].unit) == 0) {
            *milliseconds = (uint32_t)(number * units[i].factor);
            return number && number <= UINT32_MAX / units[i].factor;
        }
    return false;
}

static int parse_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"database", required_argument, NULL, 'd'},
                                          {"execute", required_argument, NULL, 'e'},
                                          {"format", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":e:h", known, NULL)) != -1) {
        switch (letter) {
        case 'c':
            o->config = optarg;
            break;
        case 'd':
            o->database = optarg;
            break;
        case 'e':
            if (o->execute)
                return usage_error("sql", "--execute is given twice; put all statements in one, with ; between them");
            o->execute = optarg;
            break;
        case 'f':
            o->format = optarg;
            break;
        case 'h':
            o->help = true;
            break;
        case 't':
            if (!parse_time(optarg, &o->timeout_ms))
                return usage_error("sql", "--timeout %s is no time; write 500ms, 5s, 2m or 1h", optarg);
            break;
        case ':':
            return usage_error("sql", "%s needs a value", argv[optind - 1]);
        default:
            return usage_error("sql", "there is no option %s", argv[optind - 1]);
        }
    }
    if (optind < argc)
        return usage_error("sql", "unexpected '%s'; statements come on standard input or by --execute", argv[optind]);
    if (o->format && !sql_format_known(o->format))
        return usage_error("sql", "there is no format %s; there are table, csv and jsonl", o->format);
    return EXIT_DONE;
}

static void log_line(void *context, int level, const char *line)
{
    (void)context;
    /* Who waits for a statement need not be told that it was slow. */
    if (level <= WEIR_LOG_WARNING && strncmp(line, "slow: ", 6) != 0)
        fprintf(stderr, "weir: %s\n", line);
}

/* Widths of characters need a UTF-8 locale. */
static void set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

/* Runs the statements that have ended in text. */
static void feed(sql_runner *runner, weir__split *split, weir_str text)
{
    weir_str statement = {NULL, 0};
    weir__split_event event;
    while (!runner->printer->out->failed && (event = weir__split_feed(split, &text, &statement)) != WEIR__SPLIT_MORE)
        sql_run(runner, event, statement);
}

static void feed_end(sql_runner *runner, weir__split *split)
{
    weir_str statement = {NULL, 0};
    if (!runner->printer->out->failed)
        sql_run(runner, weir__split_end(split, &statement), statement);
}

/* What is there is taken at once: whoever writes may be waiting for the answer. */
static bool feed_input(sql_runner *runner, weir__split *split)
{
    char bytes[READ_BYTES];
    ssize_t size = 0;
    while (!runner->printer->out->failed) {
        do
            size = read(STDIN_FILENO, bytes, sizeof bytes);
        while (size < 0 && errno == EINTR);
        if (size <= 0)
            break;
        feed(runner, split, (weir_str){bytes, (size_t)size});
    }
    if (size < 0) { /* what came before was run; what is unfinished may be anything */
        fprintf(stderr, "weir sql: cannot read standard input: %s\n", strerror(errno));
        return false;
    }
    feed_end(runner, split);
    return true;
}

/* False: some of the output is lost. A reader that went away needs no message. */
static bool close_output(sql_out *out)
{
    sql_out_flush(out);
    if (fclose(out->file) != 0 && !out->failed)
        out->failed = errno;
    if (out->failed && out->failed != EPIPE)
        fprintf(stderr, "weir sql: cannot write to standard output: %s; statements after that were not run\n",
                strerror(out->failed));
    return !out->failed;
}

static weir_status open_session(const options *o, weir_client **client, weir_session **session, weir_error *error)
{
    weir_client_options client_options = WEIR_CLIENT_OPTIONS_INIT;
    weir_session_options session_options = WEIR_SESSION_OPTIONS_INIT;
    client_options.log = log_line;
    session_options.database = o->database;
    session_options.timeout_ms = o->timeout_ms;
    weir_status status = weir_open(o->config, &client_options, client, error);
    return status ? status : weir_session_open(*client, &session_options, session, error);
}

/* The longest statement that any shard takes: a longer one need not be kept. The library itself checks each against its own. */
static size_t longest_statement(const weir__env *env, const char *config_file)
{
    weir__config *config;
    weir_error ignored; /* weir_open has told it */
    size_t longest = 0;
    if (weir__config_read(env, config_file, &config, NULL, &ignored) != WEIR_OK)
        return STATEMENT_BYTES;
    for (size_t d = 0; d < config->database_count; d++)
        for (size_t i = 0; i < config->databases[d].shard_count; i++)
            if (longest < config->databases[d].shards[i].settings.limits.statement)
                longest = config->databases[d].shards[i].settings.limits.statement;
    weir__config_free(env, config);
    return longest;
}

/* True: all went well. */
static bool run_all(sql_runner *runner, const options *o, bool interactive)
{
    weir__split split;
    bool whole = true;
    weir__split_init(&split, &runner->env->mem, longest_statement(runner->env, o->config));
    if (interactive) {
        whole = sql_terminal_loop(runner, &split);
        if (!whole)
            fprintf(stderr, "weir sql: cannot use the terminal; give the statements on standard input\n");
    } else if (o->execute) {
        feed(runner, &split, weir__view(o->execute));
        feed_end(runner, &split);
    } else {
        whole = feed_input(runner, &split);
    }
    weir__split_deinit(&split);
    return whole && !runner->any_failed;
}

int weir_cmd_sql(int argc, char **argv)
{
    options o = {.format = NULL};
    int code = parse_options(argc, argv, &o);
    if (code != EXIT_DONE)
        return code;
    if (o.help)
        return fputs(help_text, stdout) == EOF || fflush(stdout) == EOF ? EXIT_FAILED : EXIT_DONE;
    if (!o.format)
        o.format = isatty(STDOUT_FILENO) ? "table" : "csv";
    bool jsonl = strcmp(o.format, "jsonl") == 0;
    bool interactive = !o.execute && !jsonl && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

    weir__env env;
    weir_error error;
    weir_client *client = NULL;
    weir_session *session = NULL;
    sql_out out = {stdout, 0}, err = {stderr, 0};
    weir__env_init(&env);
    set_locale();
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a failed write */
    sql_printer *printer = sql_printer_new(&env.mem, o.format, &out, &err, sql_terminal_width());
    sql_interrupt *interrupt = interactive ? sql_interrupt_new(&env.mem) : NULL;
    weir_status status = printer ? open_session(&o, &client, &session, &error) : weir__fail_nomem(&error);
    bool good = status == WEIR_OK;
    if (!printer) {
        fprintf(stderr, "weir sql: %s\n", error.text);
    } else if (!good && !jsonl) {
        printer->ops->fail(printer, &error);
    } else { /* jsonl answers each statement, be it that none can run */
        sql_runner runner = {
            .env = &env, .session = session, .open_error = &error, .printer = printer, .interrupt = interrupt};
        good = run_all(&runner, &o, interactive) && good;
    }
    weir_session_close(session);
    weir_close(client);
    sql_interrupt_free(interrupt);
    sql_printer_free(printer);
    return close_output(&out) && good ? EXIT_DONE : EXIT_FAILED;
}
