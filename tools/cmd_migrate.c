/* cmd_migrate.c - `weir migrate`: versioned schema changes over every shard. SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "schema/units.h"
#include "tools/command.h"
#include "tools/migrate.h"

static const char usage[] =
    "usage: weir migrate new NAME | status | plan | up | down | redo | verify | baseline VERSION | repair VERSION "
    "[options]\n"
    "\n"
    "Plain SQL files, DIR/DATABASE/0007_add_index.up.sql and .down.sql, run once on every shard (docs/migrations.md).\n"
    "Whatever ends a run, the same command goes on where each shard stands.\n"
    "\n"
    "  new NAME          makes the next two files\n"
    "  status            which version stands where\n"
    "  plan              what up would run, shard by shard, as SQL; exit code 6 if there is something\n"
    "  up [--to N]       runs what is pending\n"
    "  down [--to N]     undoes the last version, or all behind N\n"
    "  redo              the last version down and up again\n"
    "  verify            are files, ledgers and shards as they should be?\n"
    "  baseline VERSION  the schema is there already: VERSION and all before it count as applied\n"
    "  repair VERSION    accepts that version's edited file as what ran; with --statement N and --done or --not-done\n"
    "                    it answers for a statement of which weir cannot tell whether it has run\n"
    "\n"
    "  --config FILE     instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --dir DIR         of the files (migrations)\n"
    "  --database NAME   needed when weir.yaml has several\n"
    "  --shard NAME      only this one; may be given again\n"
    "  --canary NAME     the shard that goes first (the smallest)\n"
    "  --parallel N      shards at once behind the canary (4)\n"
    "  --allow-blocking  also what copies a table or keeps writers out\n"
    "  --allow-gaps      numbers may be missing between files\n"
    "  --out-of-order    a file may have a lower number than one that has run\n"
    "  --lock-wait TIME  of each try to get at a table (2s); --attempts N tries (30)\n"
    "  --max-lag TIME    wait for replicas that are behind (10s); 0: do not look\n"
    "  --max-threads N   wait while a primary runs more statements at once (100); 0: do not look\n"
    "  --wait TIME       for another runner (0: leave at once)\n"
    "  --lease TIME      a runner that hangs for so long loses its lease (60s)\n"
    "  --json            one JSON object a line\n"
    "\n"
    "Exit code 0: done. 1: a shard failed. 2: called wrongly. 3: files or shards are not as they must be, nothing was "
    "run.\n"
    "4: another runner is at work. 5: stopped by Ctrl-C, between two statements. 6: plan has something to run.\n";

static const struct {
    const char *name;
    weir__migrate_what what;
    bool takes_argument;
} subcommands[] = {
    {"baseline", WEIR__MIGRATE_BASELINE, true}, {"down", WEIR__MIGRATE_DOWN, false},
    {"new", WEIR__MIGRATE_LOOK, true},          {"plan", WEIR__MIGRATE_UP, false},
    {"redo", WEIR__MIGRATE_REDO, false},        {"repair", WEIR__MIGRATE_REPAIR, true},
    {"status", WEIR__MIGRATE_LOOK, false},      {"up", WEIR__MIGRATE_UP, false},
    {"verify", WEIR__MIGRATE_UP, false},
};
enum { SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static atomic_bool stop_asked;

/* The first Ctrl-C ends the run behind the running statement; a second one ends the process, which is as safe as a crash. */
static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    static const char text[] = "\nends after the running statement; once more ends at once, which is safe too\n";
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

static bool read_time(const char *option, const char *text, uint64_t most, uint64_t *ms)
{
    const char *wrong = strcmp(text, "0") == 0 ? NULL : weir__unit_time((weir_str){text, strlen(text)}, ms);
    if (strcmp(text, "0") == 0)
        *ms = 0;
    if (!wrong && *ms <= most)
        return true;
    usage_error("migrate", "--%s %s", option, wrong ? wrong : "is too long");
    return false;
}

static bool read_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *count)
{
    const char *wrong = weir__unit_count((weir_str){text, strlen(text)}, count);
    if (!wrong && *count >= least && *count <= most)
        return true;
    usage_error("migrate", "--%s: '%s' is no number that it takes", option, text);
    return false;
}

static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                             {"dir", required_argument, NULL, 'd'},
                                             {"database", required_argument, NULL, 'b'},
                                             {"shard", required_argument, NULL, 's'},
                                             {"canary", required_argument, NULL, 'y'},
                                             {"parallel", required_argument, NULL, 'p'},
                                             {"to", required_argument, NULL, 't'},
                                             {"allow-blocking", no_argument, NULL, 'B'},
                                             {"allow-gaps", no_argument, NULL, 'G'},
                                             {"out-of-order", no_argument, NULL, 'O'},
                                             {"lock-wait", required_argument, NULL, 'l'},
                                             {"attempts", required_argument, NULL, 'a'},
                                             {"max-lag", required_argument, NULL, 'm'},
                                             {"max-threads", required_argument, NULL, 'r'},
                                             {"wait", required_argument, NULL, 'w'},
                                             {"lease", required_argument, NULL, 'L'},
                                             {"statement", required_argument, NULL, 'n'},
                                             {"done", no_argument, NULL, 'D'},
                                             {"not-done", no_argument, NULL, 'N'},
                                             {"json", no_argument, NULL, 'j'},
                                             {"help", no_argument, NULL, 'h'},
                                             {0}};

static const char *name_of(int option)
{
    for (size_t i = 0; long_options[i].name; i++)
        if (long_options[i].val == option)
            return long_options[i].name;
    return "?";
}

/* An option with a number or time. */
static bool take_value(migrate_command *c, int option)
{
    enum { DAY = 24 * 60 * 60 * 1000 };
    weir__migrate_options *o = &c->options;
    const char *name = name_of(option);
    uint64_t n = 0;
    bool ok = true;
    if (option == 'p' && (ok = read_count(name, optarg, 1, 64, &n)))
        o->parallel = (uint32_t)n;
    else if (option == 't' && (ok = read_count(name, optarg, 0, INT64_MAX, &o->to)))
        o->has_to = true;
    else if (option == 'l' && (ok = read_time(name, optarg, DAY, &n)))
        o->lock_wait_s = n < 1000 ? 1 : (uint32_t)(n / 1000);
    else if (option == 'a' && (ok = read_count(name, optarg, 1, 1000000, &n)))
        o->attempts = (uint32_t)n;
    else if (option == 'm' && (ok = read_time(name, optarg, DAY, &n)))
        o->max_lag_ms = (uint32_t)n;
    else if (option == 'r' && (ok = read_count(name, optarg, 0, 1000000, &n)))
        o->max_threads = (uint32_t)n;
    else if (option == 'w' && (ok = read_time(name, optarg, DAY, &n)))
        o->wait_ms = (uint32_t)n;
    else if (option == 'L' && (ok = read_time(name, optarg, 60 * 60 * 1000, &n)))
        o->lease_ms = n < 1000 ? 1000 : (uint32_t)n;
    else if (option == 'n' && (ok = read_count(name, optarg, 1, UINT32_MAX, &n)))
        o->repair_statement = (uint32_t)n;
    return ok;
}

static bool take_option(migrate_command *c, int option, int *answers)
{
    weir__migrate_options *o = &c->options;
    if (option == 'c')
        c->config = optarg;
    else if (option == 'd')
        o->directory = optarg;
    else if (option == 'b')
        c->database = optarg;
    else if (option == 's' && o->shard_count < MIGRATE_MAX_SHARDS)
        c->shards[o->shard_count++] = optarg;
    else if (option == 'y')
        o->canary = optarg;
    else if (option == 'B')
        o->allow_blocking = true;
    else if (option == 'G')
        o->allow_gaps = true;
    else if (option == 'O')
        o->out_of_order = true;
    else if (option == 'j')
        c->json = true;
    else if (option == 'D' || option == 'N') {
        o->repair_done = option == 'D';
        (*answers)++;
    } else if (strchr("ptlamrwLn", option))
        return take_value(c, option);
    else {
        usage_error("migrate", "that option is not known");
        return false;
    }
    return true;
}

/* The subcommand and what stands behind it. False: told. */
static bool take_arguments(migrate_command *c, int argc, char **argv)
{
    size_t i = 0;
    if (optind >= argc) {
        usage_error("migrate", "say what to do: new, status, plan, up, down, redo, verify, baseline or repair");
        return false;
    }
    c->name = argv[optind];
    while (i < SUBCOMMANDS && strcmp(subcommands[i].name, c->name) != 0)
        i++;
    if (i == SUBCOMMANDS) {
        usage_error("migrate", "there is no '%s'", c->name);
        return false;
    }
    c->options.what = subcommands[i].what;
    if (argc - optind != 1 + subcommands[i].takes_argument) {
        usage_error("migrate", subcommands[i].takes_argument ? "%s takes one argument" : "%s takes no argument",
                    c->name);
        return false;
    }
    if (strcmp(c->name, "new") == 0)
        c->new_name = argv[optind + 1];
    else if (subcommands[i].takes_argument)
        return read_count(c->name, argv[optind + 1], 1, INT64_MAX, &c->options.to);
    return true;
}

static const weir__database_config *find_database(const weir__config *config, migrate_command *c)
{
    const weir__database_config *found = NULL;
    for (size_t i = 0; i < config->database_count; i++)
        if (c->database ? strcmp(config->databases[i].name, c->database) == 0 : config->database_count == 1)
            found = &config->databases[i];
    if (!found && c->database)
        usage_error("migrate", "weir.yaml has no database '%s'", c->database);
    else if (!found)
        usage_error("migrate", "weir.yaml has several databases: say which with --database");
    else
        c->database = found->name;
    return found;
}

static int code_of(weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return EXIT_DONE;
    case WEIR_USAGE:
        return EXIT_USAGE;
    case WEIR_CONFIG:
        return EXIT_MISTAKES;
    case WEIR_BUSY:
        return EXIT_BUSY;
    case WEIR_CANCELLED:
        return EXIT_STOPPED;
    default:
        return EXIT_FAILED;
    }
}

/* A mistake that was told stops what would change something, and nothing else. */
static int act(weir__migrate *m, migrate_command *c, uint32_t mistakes)
{
    weir_error error;
    size_t shards;
    if (strcmp(c->name, "status") == 0)
        return migrate_print_status(m, c);
    if (strcmp(c->name, "verify") == 0)
        return migrate_verify(m, c, mistakes);
    if (strcmp(c->name, "plan") == 0)
        return mistakes ? EXIT_MISTAKES : migrate_print_plan(m, c);
    watch_signals();
    weir_status status = weir__migrate_run(m, &error);
    migrate_print_end(m, c, status, &error);
    bool begun = false;
    const weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    for (size_t i = 0; i < shards; i++)
        begun |= list[i].end != WEIR__SHARD_WAITING;
    if (status == WEIR_OK && !c->json)
        printf("database %s: %s is done on %zu shard%s\n", c->database, c->name, shards, shards == 1 ? "" : "s");
    return begun && status != WEIR_OK && status != WEIR_CANCELLED ? EXIT_FAILED : code_of(status);
}

static int migrate(servers *s, migrate_command *c)
{
    weir__migrate *m = NULL;
    weir_error error;
    uint32_t mistakes = 0;
    const weir__database_config *database = find_database(s->config, c);
    if (!database)
        return EXIT_USAGE;
    if (c->new_name)
        return migrate_new(c);
    migrate_printer *printer = migrate_printer_new(&s->env.mem, c->json, isatty(STDOUT_FILENO) != 0);
    if (!printer)
        return EXIT_FAILED;
    c->options.told = migrate_print_event;
    c->options.context = printer;
    weir_status status = weir__migrate_survey(&s->env, s->config, database, &c->options, &m, &mistakes, &error);
    int code = status == WEIR_OK ? act(m, c, mistakes) : code_of(status);
    if (status != WEIR_OK)
        fprintf(stderr, "weir migrate %s: %s%s%s\n", c->name, error.shard, *error.shard ? ": " : "", error.text);
    weir__migrate_close(m);
    migrate_printer_free(printer);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("weir migrate: its output is not whole");
        code = code ? code : EXIT_FAILED;
    }
    return code;
}

int weir_cmd_migrate(int argc, char **argv)
{
    static migrate_command c; /* the list of shards is large */
    int option, answers = 0;
    c.options = weir__migrate_defaults;
    c.options.stopped = is_stop_asked;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        if (!take_option(&c, option, &answers))
            return EXIT_USAGE;
    }
    c.options.shards = c.options.shard_count ? c.shards : NULL;
    if (!take_arguments(&c, argc, argv))
        return EXIT_USAGE;
    if (answers > 1 || (answers == 1) != (c.options.repair_statement != 0))
        return usage_error("migrate", "--statement goes with one of --done and --not-done, in weir migrate repair");
    servers s;
    if (!servers_open(&s, "migrate", c.config))
        return EXIT_FAILED;
    int code = migrate(&s, &c);
    servers_close(&s);
    return code;
}
