/* load_print.c - what `weir load` says: a bar on a terminal, lines elsewhere, objects with --json. SPDX-License-Identifier: Apache-2.0 */
#include "tools/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 30, LINE_S = 5, BAR_MS = 200, MOST_REJECTS_TOLD = 20 };

static double seconds(const load_command *c)
{
    return (double)(weir__now(&weir__clock_system) - c->begun_ns) / 1e9;
}

static void put_bar(const weir_load_progress *p, double s)
{
    char bar[BAR + 1];
    uint64_t full = p->bytes_total ? p->bytes * BAR / p->bytes_total : 0;
    memset(bar, '.', BAR);
    memset(bar, '#', full < BAR ? (size_t)full : BAR);
    bar[BAR] = '\0';
    fprintf(stderr, "\r\033[K[%s] %" PRIu64 " rows, %" PRIu64 " loaded", bar, p->rows, p->loaded);
    if (p->rejected)
        fprintf(stderr, ", %" PRIu64 " rejected", p->rejected);
    if (s > 0.1)
        fprintf(stderr, ", %.0f/s", (double)p->loaded / s);
}

static void print_progress(void *context, const weir_load_progress *p)
{
    load_command *c = context;
    uint64_t now = weir__now(&weir__clock_system);
    if (now - c->told_ns < (c->bar ? BAR_MS * UINT64_C(1000000) : LINE_S * UINT64_C(1000000000)))
        return;
    c->told_ns = now;
    if (c->json)
        printf("{\"event\":\"progress\",\"bytes\":%" PRIu64 ",\"bytes_total\":%" PRIu64 ",\"rows\":%" PRIu64
               ",\"loaded\":%" PRIu64 ",\"rejected\":%" PRIu64 "}\n",
               p->bytes, p->bytes_total, p->rows, p->loaded, p->rejected);
    else if (c->bar)
        put_bar(p, seconds(c));
    else
        fprintf(stderr, "%" PRIu64 " rows read, %" PRIu64 " loaded, %" PRIu64 " rejected\n", p->rows, p->loaded,
                p->rejected);
}

static void print_reject(void *context, uint64_t line, const char *reason)
{
    load_command *c = context;
    if (c->json || ++c->told_rejects > MOST_REJECTS_TOLD)
        return;
    fprintf(stderr, "%s%s:%" PRIu64 ": %s\n", c->bar ? "\r\033[K" : "", c->options.file, line, reason);
    if (c->told_rejects == MOST_REJECTS_TOLD)
        fputs("(further ones are not told here)\n", stderr);
}

void load_print_begin(load_command *c)
{
    c->bar = !c->json && isatty(STDERR_FILENO);
    c->begun_ns = c->told_ns = weir__now(&weir__clock_system);
    c->options.context = c;
    c->options.progress = print_progress;
    c->options.rejected = print_reject;
}

static void put_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void print_json(const load_command *c, weir_status status, const weir_load_result *r, const weir_error *error)
{
    printf("{\"event\":\"end\",\"status\":\"%s\",\"dry_run\":%s,\"rows\":%" PRIu64 ",\"before\":%" PRIu64
           ",\"loaded\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"warnings\":%" PRIu64
           ",\"shards\":%u,\"all_loaded\":%" PRIu64 ",\"all_rejected\":%" PRIu64 ",\"seconds\":%.3f",
           weir_status_name(status), c->options.dry_run ? "true" : "false", r->rows, r->before, r->loaded, r->rejected,
           r->warnings, r->shards, r->all_loaded, r->all_rejected, seconds(c));
    if (*r->warning) {
        fputs(",\"warning\":", stdout);
        put_json_text(r->warning);
    }
    if (status != WEIR_OK) {
        fputs(",\"shard\":", stdout);
        put_json_text(error->shard);
        fputs(",\"error\":", stdout);
        put_json_text(error->text);
    }
    puts("}");
}

void load_print_end(load_command *c, weir_status status, const weir_load_result *r, const weir_error *error)
{
    const char *file = c->options.file;
    if (c->bar)
        fputs("\r\033[K", stderr);
    if (c->json)
        print_json(c, status, r, error);
    if (status != WEIR_OK && !c->json)
        fprintf(stderr, "weir load: %s%s%s\n", error->shard, *error->shard ? ": " : "", error->text);
    if (c->json || (status != WEIR_OK && r->rows == 0))
        return;
    if (c->options.dry_run) {
        printf("%s: %" PRIu64 " rows could be sent, %" PRIu64 " not; nothing was changed\n", file, r->loaded,
               r->rejected);
        return;
    }
    if (status == WEIR_OK && r->loaded + r->rejected == 0 && r->before > 0)
        printf("%s is loaded already (%" PRIu64 " rows, %" PRIu64
               " rejected): nothing was done. --restart loads it again\n",
               file, r->all_loaded, r->all_rejected);
    else
        printf("%s: %" PRIu64 " rows loaded, %" PRIu64 " rejected, in %.1f s\n", file, r->loaded, r->rejected,
               seconds(c));
    if (r->before && r->loaded + r->rejected > 0)
        printf("in all runs: %" PRIu64 " loaded, %" PRIu64 " rejected\n", r->all_loaded, r->all_rejected);
    if (r->all_rejected && c->options.reject_file && status == WEIR_OK)
        printf("rejected rows are in %s\n", c->options.reject_file);
    if (r->warnings)
        printf("%" PRIu64 " warnings: servers changed values to store them; the first: %s\n", r->warnings, r->warning);
    if (status != WEIR_OK && status != WEIR_LIMIT && strcmp(file, "-") != 0)
        printf("the same command goes on there\n");
}
