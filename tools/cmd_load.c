/* cmd_load.c - `weir load`: many rows from a file into a table. SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <weir/load.h>

#include "schema/units.h"
#include "tools/command.h"
#include "tools/load.h"

enum { MOST_COLUMNS = 4096, EXIT_MISTAKES = 3, EXIT_BUSY = 4, EXIT_STOPPED = 5 };

static const char usage[] =
    "usage: weir load TABLE FILE [options]\n"
    "\n"
    "Puts the rows of a CSV, TSV or JSON lines file into a table, each on its shard (docs/load.md). Whatever ends it, "
    "the\n"
    "same command goes on behind the last batch that was committed; no row is lost or there twice. FILE -: standard\n"
    "input, which can not be gone on with.\n"
    "\n"
    "  --config FILE     instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --database NAME   needed when weir.yaml has several\n"
    "  --format FORMAT   csv, tsv or jsonl; else what the file's name ends with\n"
    "  --columns A,B,..  the file's columns in its order; else its first line names them (jsonl: the table's)\n"
    "  --header          with --columns: the first line is a header nevertheless, and passed over\n"
    "  --null TEXT       an unquoted field of it is NULL (csv: the empty field, tsv: \\N)\n"
    "  --parallel N      connections in all, at least one a shard (4)\n"
    "  --batch N         rows a transaction (1000)\n"
    "  --reject FILE     rows that can not be loaded go there, with reasons; else the first of them ends the load\n"
    "  --max-rejects N   more of them end it\n"
    "  --patience TIME   for a server that is away (1m)\n"
    "  --dry-run         reads and places all rows, and changes nothing\n"
    "  --restart         forgets how far an earlier run of the file came; rows that it has loaded stay\n"
    "  --json            progress and summary, one JSON object a line\n"
    "\n"
    "Exit code 0: every row is loaded or in the reject file. 1: a server failed, a row was bad, or too many were. 2: "
    "called\n"
    "wrongly. 3: file, columns or table are not as they must be. 4: another process goes on with this load. 5: stopped "
    "by\n"
    "Ctrl-C, behind the running batches. After 1, 4 and 5 the same command goes on.\n";

static const struct option long_options[] = {
    {"batch", required_argument, NULL, 'b'},    {"columns", required_argument, NULL, 'C'},
    {"config", required_argument, NULL, 'c'},   {"database", required_argument, NULL, 'd'},
    {"dry-run", no_argument, NULL, 'D'},        {"format", required_argument, NULL, 'f'},
    {"header", no_argument, NULL, 'H'},         {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},           {"max-rejects", required_argument, NULL, 'm'},
    {"null", required_argument, NULL, 'n'},     {"parallel", required_argument, NULL, 'p'},
    {"patience", required_argument, NULL, 't'}, {"reject", required_argument, NULL, 'r'},
    {"restart", no_argument, NULL, 'R'},        {0}};

static atomic_bool stop_asked;

/* The first Ctrl-C ends the load behind the running batches; a second one ends the process, which is as safe. */
static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    static const char text[] = "\nends behind the running batches; once more ends at once, which is safe too\n";
    atomic_store(&stop_asked, true);
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
}

static bool is_stop_asked(void *context)
{
    (void)context;
    return atomic_load(&stop_asked);
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool read_count(const char *option, uint64_t least, uint64_t most, uint64_t *count)
{
    const char *wrong = weir__unit_count((weir_str){optarg, strlen(optarg)}, count);
    if (!wrong && *count >= least && *count <= most)
        return true;
    usage_error("load", "--%s: '%s' is no number that it takes", option, optarg);
    return false;
}

static bool take_format(weir_load_options *o)
{
    static const char *const names[] = {"csv", "tsv", "jsonl"};
    for (int i = 0; i < 3; i++)
        if (strcmp(optarg, names[i]) == 0)
            o->format = (weir_load_format)(WEIR_LOAD_CSV + i);
    if (!o->format)
        usage_error("load", "--format is csv, tsv or jsonl, not '%s'", optarg);
    return o->format != WEIR_LOAD_BY_NAME;
}

/* "a,b": the argument is cut in place. */
static bool take_columns(load_command *c)
{
    char *at = optarg;
    for (c->options.column_count = 0; at && c->options.column_count < MOST_COLUMNS;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        c->columns[c->options.column_count++] = at;
        at = comma;
    }
    c->options.columns = c->columns;
    return true;
}

static bool take_patience(weir_load_options *o)
{
    uint64_t ms = 0;
    const char *wrong = weir__unit_time((weir_str){optarg, strlen(optarg)}, &ms);
    if (wrong || ms == 0 || ms > UINT32_MAX)
        usage_error("load", "--patience %s", wrong ? wrong : "is too long, or nothing");
    o->patience_ms = (uint32_t)ms;
    return !wrong && ms > 0 && ms <= UINT32_MAX;
}

static bool take_option(load_command *c, int option)
{
    weir_load_options *o = &c->options;
    uint64_t n = 0;
    bool ok = true;
    switch (option) {
    case 'b':
        ok = read_count("batch", 1, 100000, &n);
        o->batch = (uint32_t)n;
        break;
    case 'C':
        return take_columns(c);
    case 'c':
        c->config = optarg;
        break;
    case 'd':
        o->database = optarg;
        break;
    case 'D':
        o->dry_run = true;
        break;
    case 'f':
        return take_format(o);
    case 'H':
        o->header = true;
        break;
    case 'j':
        c->json = true;
        break;
    case 'm':
        ok = read_count("max-rejects", 1, INT64_MAX, &o->max_rejects);
        break;
    case 'n':
        o->null_text = optarg;
        break;
    case 'p':
        ok = read_count("parallel", 1, 256, &n);
        o->parallel = (uint32_t)n;
        break;
    case 'r':
        o->reject_file = optarg;
        break;
    case 'R':
        o->restart = true;
        break;
    case 't':
        return take_patience(o);
    default:
        usage_error("load", "that option is not known");
        return false;
    }
    return ok;
}

static int code_of(weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return EXIT_DONE;
    case WEIR_USAGE:
        return EXIT_USAGE;
    case WEIR_CONFIG:
    case WEIR_UNSUPPORTED:
        return EXIT_MISTAKES;
    case WEIR_CONFLICT:
        return EXIT_BUSY;
    case WEIR_CANCELLED:
        return EXIT_STOPPED;
    default:
        return EXIT_FAILED;
    }
}

static int load(load_command *c)
{
    weir_client *client = NULL;
    weir_load_result result;
    weir_error error;
    weir_status status = weir_open(c->config, NULL, &client, &error);
    if (status != WEIR_OK) {
        fprintf(stderr, "weir load: %s\n", error.text);
        return code_of(status);
    }
    if (strcmp(c->options.file, "-") == 0 && !c->options.dry_run)
        fputs("weir load: standard input is read once: what stops this load, nothing can go on with it\n", stderr);
    watch_signals();
    status = weir_load(client, &c->options, &result, &error);
    weir_close(client);
    load_print_end(c, status, &result, &error);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code_of(status);
    perror("weir load: its output is not whole");
    return status == WEIR_OK ? EXIT_FAILED : code_of(status);
}

int weir_cmd_load(int argc, char **argv)
{
    static const char *columns[MOST_COLUMNS];
    load_command c = {.options = WEIR_LOAD_OPTIONS_INIT, .columns = columns};
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        if (!take_option(&c, option))
            return EXIT_USAGE;
    }
    if (argc - optind != 2)
        return usage_error("load", "say which table and which file");
    c.options.table = argv[optind];
    c.options.file = argv[optind + 1];
    c.options.stopped = is_stop_asked;
    load_print_begin(&c);
    return load(&c);
}
