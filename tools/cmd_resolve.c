/* cmd_resolve.c - `weir resolve`: finishes what dead clients left prepared. SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>

#include "router/resolver.h"
#include "tools/command.h"

static const char usage[] =
    "usage: weir resolve [--config FILE] [--dry-run] [--clean]\n"
    "\n"
    "Looks on every shard for prepared branches of transactions over several shards whose client is gone, and commits "
    "or\n"
    "rolls back each as its decision row says (docs/transactions.md). Then compares the decisions of the last days "
    "with "
    "the rows of\n"
    "their branches, both ways: what a failover has lost is DAMAGE, and told. Every process that uses weir does this "
    "by "
    "itself too;\n"
    "two at once do no harm. Branches that weir did not make are named and left alone.\n"
    "\n"
    "  --config FILE   instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --dry-run       only say what would be done\n"
    "  --clean         also delete weir's rows of transactions that ended more than a week ago\n"
    "\n"
    "Exit code 0: nothing of weir's is left prepared, nothing is lost. 1: something is, or a shard could not be "
    "asked.\n";

static void print(void *context, const weir__resolved *r)
{
    const bool *dry = context;
    bool acts = r->what == WEIR__RESOLUTION_COMMITTED || r->what == WEIR__RESOLUTION_ROLLED_BACK;
    if (r->branch)
        printf("%s  %s  %s%s%s%s\n", r->shard->name, *r->branch ? r->branch : "(no name)", *dry && acts ? "to be " : "",
               weir__resolution_text(r->what), r->error ? ": " : "", r->error ? r->error->text : "");
    else
        fprintf(stderr, "weir resolve: shard %s: %s\n", r->shard->name, r->error->text);
}

/* Could something still be half done? */
static bool all_done(const weir__resolve_counts *n, bool dry)
{
    static const weir__resolution open[] = {WEIR__RESOLUTION_LEFT, WEIR__RESOLUTION_IN_DOUBT, WEIR__RESOLUTION_DAMAGED,
                                            WEIR__RESOLUTION_UNDECIDED, WEIR__RESOLUTION_FAILED};
    uint32_t left = dry ? n->of[WEIR__RESOLUTION_COMMITTED] + n->of[WEIR__RESOLUTION_ROLLED_BACK] : 0;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        left += n->of[open[i]];
    return left == 0;
}

static int resolve(const char *config, bool dry, bool clean)
{
    weir_client *client;
    weir_error error;
    weir__resolve_counts counts;
    if (weir_open(config, NULL, &client, &error) != WEIR_OK) {
        fprintf(stderr, "weir resolve: %s\n", error.text);
        return EXIT_FAILED;
    }
    const weir__resolve_options options = {
        .look_only = dry, .audit = true, .clean = clean, .each = print, .context = &dry};
    weir_status status = weir__resolver_by_hand(client, &options, &counts, &error);
    if (status != WEIR_OK)
        fprintf(stderr, "weir resolve: %s\n", error.text);
    else
        printf("%u committed, %u rolled back, %u left alone, %u in doubt, %u damaged, %u not weir's, %u failed%s\n",
               counts.of[WEIR__RESOLUTION_COMMITTED], counts.of[WEIR__RESOLUTION_ROLLED_BACK],
               counts.of[WEIR__RESOLUTION_LEFT], counts.of[WEIR__RESOLUTION_IN_DOUBT],
               counts.of[WEIR__RESOLUTION_DAMAGED] + counts.of[WEIR__RESOLUTION_UNDECIDED],
               counts.of[WEIR__RESOLUTION_STRANGER], counts.of[WEIR__RESOLUTION_FAILED],
               dry ? " (dry run: nothing was changed)" : "");
    weir_close(client);
    return status == WEIR_OK && all_done(&counts, dry) ? EXIT_DONE : EXIT_FAILED;
}

int weir_cmd_resolve(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {"clean", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *config = NULL;
    bool dry = false, clean = false;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 'd')
            dry = true;
        else if (option == 'l')
            clean = true;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("resolve", "that option is not known");
    }
    if (optind < argc)
        return usage_error("resolve", "it takes no '%s'", argv[optind]);
    if (dry && clean)
        return usage_error("resolve", "--dry-run changes nothing, --clean deletes: take one");
    return resolve(config, dry, clean);
}
