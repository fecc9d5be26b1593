/* cmd_status.c - `weir status`: the servers of each shard as a process of weir's sees them. SPDX-License-Identifier: Apache-2.0
 * It probes for a moment by itself and writes nothing. What a service has done (reads by endpoint and level, pools) only that service
 * knows: weir_statistics. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/wait.h"
#include "router/health.h"
#include "tools/command.h"
#include "tools/servers.h"

enum { LOOK_MS = 1500, SLICE_MS = 20 };

static const char usage[] = "usage: weir status [--config FILE] [--json | --prometheus]\n"
                            "\n"
                            "Says for each shard who is the primary, which servers are in service, how far replicas "
                            "are behind (at most) and how fast they\n"
                            "answer. Ends with 1 when a shard has no primary or a server is out.\n"
                            "\n"
                            "  --config FILE   instead of $WEIR_CONFIG or ./weir.yaml\n"
                            "  --json          one JSON object\n"
                            "  --prometheus    text for Prometheus, with the names of weir_statistics\n";

typedef enum output { TABLE, JSON, PROMETHEUS } output;

typedef struct watched {
    const weir__shard_config *shard;
    weir__monitor *monitor;
} watched;

typedef struct row {
    const char *endpoint, *role, *state;
    uint64_t lag_ms;
    double answer_ms;
    bool primary, up;
    char position[WEIR__POSITION_TEXT];
} row;

static void released(void *context)
{
    (void)context;
}

/* Is all that will be known known? */
static bool settled(const watched *w, const weir__env *env)
{
    weir__monitor *m = w->monitor;
    pthread_mutex_lock(&m->lock);
    bool done = m->group.ready;
    for (uint32_t i = 0; i < m->count && done; i++)
        done = m->group.members[i].standing == WEIR__OUT ||
               weir__group_lag_ms(&m->group, i, weir__now(&env->clock)) != UINT64_MAX;
    pthread_mutex_unlock(&m->lock);
    return done;
}

static row row_of(const watched *w, uint32_t i, uint64_t now_ns)
{
    static const char *const states[] = {[WEIR__UNKNOWN_YET] = "unknown", [WEIR__IN] = "in", [WEIR__OUT] = "out"};
    weir__monitor *m = w->monitor;
    row r = {.endpoint = i ? w->shard->replicas[i - 1].address.text : w->shard->primary.address.text};
    pthread_mutex_lock(&m->lock);
    const weir__member *member = &m->group.members[i];
    r.primary = m->group.primary == i;
    r.up = member->standing == WEIR__IN;
    r.state = states[member->standing];
    r.role = r.primary ? "primary" : member->refused ? "old primary" : !member->known ? "?" : "replica";
    r.lag_ms = weir__group_lag_ms(&m->group, i, now_ns);
    r.answer_ms = member->latency_us / 1000;
    weir__position_print(&member->probe.logged, r.position);
    pthread_mutex_unlock(&m->lock);
    return r;
}

static void print_lag(const row *r, const char *none)
{
    if (r->lag_ms == UINT64_MAX)
        printf("%s", none);
    else
        printf("%" PRIu64, r->lag_ms);
}

static void print_row(const watched *w, const row *r, output form, bool first)
{
    switch (form) {
    case TABLE:
        printf("%-20s %-28s %-12s %-8s %8.2f ", w->shard->name, r->endpoint, r->role, r->state, r->answer_ms);
        print_lag(r, "?");
        printf("\t%s\n", r->position);
        return;
    case JSON:
        printf(
            "%s\n      {\"endpoint\": \"%s\", \"role\": \"%s\", \"state\": \"%s\", \"answer_ms\": %.3f, \"lag_ms\": ",
            first ? "" : ",", r->endpoint, r->role, r->state, r->answer_ms);
        print_lag(r, "null");
        printf(", \"position\": \"%s\"}", r->position);
        return;
    case PROMETHEUS:
        printf("weir_endpoint_up{shard=\"%s\",endpoint=\"%s\"} %d\n", w->shard->name, r->endpoint, r->up);
        printf("weir_endpoint_primary{shard=\"%s\",endpoint=\"%s\"} %d\n", w->shard->name, r->endpoint, r->primary);
        printf("weir_endpoint_answer_microseconds{shard=\"%s\",endpoint=\"%s\"} %.0f\n", w->shard->name, r->endpoint,
               r->answer_ms * 1000);
        if (r->lag_ms != UINT64_MAX)
            printf("weir_endpoint_lag_milliseconds{shard=\"%s\",endpoint=\"%s\"} %" PRIu64 "\n", w->shard->name,
                   r->endpoint, r->lag_ms);
        return;
    }
}

/* True: the shard has a primary, and all its servers are in service. */
static bool print_shard(const watched *w, output form, bool first, uint64_t now_ns)
{
    char why[WEIR__WHY_TEXT];
    bool well = true;
    pthread_mutex_lock(&w->monitor->lock);
    snprintf(why, sizeof why, "%s", w->monitor->group.why);
    bool split = w->monitor->group.split;
    pthread_mutex_unlock(&w->monitor->lock);
    if (form == JSON)
        printf("%s\n    {\"shard\": \"%s\", \"database\": \"%s\", \"split_brain\": %s, \"why_no_primary\": \"%s\", "
               "\"servers\": [",
               first ? "" : ",", w->shard->name, w->shard->database->name, split ? "true" : "false", why);
    if (form == PROMETHEUS)
        printf("weir_split_brain{shard=\"%s\"} %d\n", w->shard->name, split);
    for (uint32_t i = 0; i < w->monitor->count; i++) {
        row r = row_of(w, i, now_ns);
        print_row(w, &r, form, i == 0);
        well = well && r.up;
    }
    if (form == JSON)
        printf("]}");
    if (form == TABLE && *why)
        printf("%-20s no primary: %s\n", w->shard->name, why);
    return well && !*why;
}

static bool watch_all(servers *s, weir__health *health, watched *list, size_t *count)
{
    weir_error error;
    for (size_t d = 0; d < s->config->database_count; d++)
        for (size_t i = 0; i < s->config->databases[d].shard_count; i++) {
            watched *w = &list[*count];
            w->shard = &s->config->databases[d].shards[i];
            if (weir__monitor_new(health, w->shard, &w->monitor, &error) != WEIR_OK) {
                fprintf(stderr, "weir status: %s\n", error.text);
                return false;
            }
            weir__monitor_begin(w->monitor);
            (*count)++;
        }
    return true;
}

static void wait_until_settled(const servers *s, const watched *list, size_t count)
{
    const weir__clock *clock = &s->env.clock;
    weir__deadline until = weir__deadline_in(clock, LOOK_MS);
    for (size_t i = 0; i < count; i++)
        while (!settled(&list[i], &s->env) && weir__now(clock) < until)
            weir__wait_ready(clock, -1, 0, -1, weir__deadline_in(clock, SLICE_MS));
}

static int look(servers *s, output form)
{
    weir_error error;
    weir__health *health = NULL;
    size_t count = 0, shards = 0;
    bool well = true;
    for (size_t d = 0; d < s->config->database_count; d++)
        shards += s->config->databases[d].shard_count;
    watched *list = weir__array(&s->env.mem, shards, sizeof *list);
    if (!list || weir__health_new(&s->env, &weir__mysql_driver, released, NULL, &health, &error) != WEIR_OK) {
        weir__free(&s->env.mem, list);
        fprintf(stderr, "weir status: out of memory\n");
        return EXIT_FAILED;
    }
    weir__health_listen(health);
    well = watch_all(s, health, list, &count);
    if (well)
        wait_until_settled(s, list, count);
    if (well && form == TABLE)
        printf("%-20s %-28s %-12s %-8s %8s %s\n", "shard", "endpoint", "role", "service", "answer ms",
               "lag ms\tposition");
    if (well && form == JSON)
        printf("{\"shards\": [");
    uint64_t now = weir__now(&s->env.clock);
    for (size_t i = 0; i < count && count == shards; i++)
        well = print_shard(&list[i], form, i == 0, now) && well;
    if (count == shards && form == JSON)
        printf("]}\n");
    weir__health_stop(health, weir__deadline_in(&s->env.clock, LOOK_MS));
    for (size_t i = 0; i < count; i++)
        weir__monitor_unref(list[i].monitor);
    weir__health_unref(health);
    weir__free(&s->env.mem, list);
    return well ? EXIT_DONE : EXIT_FAILED;
}

int weir_cmd_status(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"prometheus", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *config = NULL;
    output form = TABLE;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 'j')
            form = JSON;
        else if (option == 'p')
            form = PROMETHEUS;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("status", "that option is not known");
    }
    if (optind < argc)
        return usage_error("status", "it takes no '%s'", argv[optind]);
    servers s;
    if (!servers_open(&s, "status", config))
        return EXIT_FAILED;
    int code = look(&s, form);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("weir status: its output is not whole");
        code = EXIT_FAILED;
    }
    servers_close(&s);
    return code;
}
