/* migrate_print.c - events of a run for people and programs. SPDX-License-Identifier: Apache-2.0
 * Events come one at a time. On a terminal the shards are lines at the bottom that are drawn anew; all else scrolls above them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "tools/migrate.h"
#include "tools/sql_text.h"

enum { MAX_BARS = 64, BAR_WIDTH = 20, MAX_LINE = 1024 * 1024, SHOWN_SQL = 60 };

typedef struct bar {
    char shard[64];
    char text[200];
    uint32_t done, all;
} bar;

struct migrate_printer {
    const weir__mem *mem;
    bool json, bars;
    bar list[MAX_BARS];
    size_t count, drawn; /* lines of bars on the terminal now */
};

migrate_printer *migrate_printer_new(const weir__mem *mem, bool json, bool bars)
{
    migrate_printer *p = weir__new(mem, sizeof *p);
    if (p) {
        p->mem = mem;
        p->json = json;
        p->bars = bars && !json;
    }
    return p;
}

void migrate_printer_free(migrate_printer *printer)
{
    if (printer)
        weir__free(printer->mem, printer);
}

void migrate_json_text(weir__buf *to, const char *key, const char *text)
{
    weir__buf_addf(to, "\"%s\":", key);
    sql_json_message(to, weir__view(text));
}

static const char *kind_name(weir__migrate_event_kind kind)
{
    static const char *const names[] = {"mistake", "warning", "begin", "end", "resolved", "waiting", "shard_end"};
    return names[kind];
}

static void print_json(const migrate_printer *p, const weir__migrate_event *e)
{
    weir__buf line;
    weir__buf_init(&line, p->mem, MAX_LINE);
    weir__buf_addf(&line, "{\"event\":\"%s\"", kind_name(e->kind));
    if (*e->shard) {
        weir__buf_addc(&line, ',');
        migrate_json_text(&line, "shard", e->shard);
    }
    if (e->migration) {
        weir__buf_addf(&line, ",\"version\":%" PRIu64 ",", e->migration->version);
        migrate_json_text(&line, "name", e->migration->name);
        weir__buf_addf(&line, ",\"direction\":\"%s\"", e->down ? "down" : "up");
    }
    if (e->step) {
        weir__buf_addf(&line, ",\"statement\":%u,\"statements\":%u,\"sql\":", e->step->number, e->statements);
        sql_json_message(&line, e->step->sql);
    }
    if (e->kind == WEIR__MIGRATE_END)
        weir__buf_addf(&line, ",\"milliseconds\":%" PRIu64, e->milliseconds);
    if (e->kind == WEIR__MIGRATE_SHARD_END)
        weir__buf_addf(&line, ",\"done\":%u,\"of\":%u", e->done, e->all);
    if (*e->text) {
        weir__buf_addc(&line, ',');
        migrate_json_text(&line, "text", e->text);
    }
    if (e->error) {
        weir__buf_addf(&line, ",\"status\":\"%s\",", weir_status_name(e->error->status));
        migrate_json_text(&line, "error", e->error->text);
    }
    weir__buf_adds(&line, "}\n");
    fputs(line.failed ? "{\"event\":\"too long\"}\n" : weir__buf_text(&line), stdout);
    fflush(stdout);
    weir__buf_deinit(&line);
}

/* One line of a statement, cut. */
static void put_sql(char *out, size_t room, weir_str sql)
{
    size_t size = 0;
    for (size_t i = 0; i < sql.size && size + 1 < room && size < SHOWN_SQL; i++) {
        char c = (unsigned char)sql.data[i] < ' ' ? ' ' : sql.data[i];
        if (c != ' ' || (size && out[size - 1] != ' '))
            out[size++] = c;
    }
    while (size && (out[size - 1] & 0xC0) == 0x80) /* not through a character */
        size--;
    out[size] = '\0';
}

static void print_line(const weir__migrate_event *e)
{
    char sql[SHOWN_SQL + 8] = "";
    const char *shard = *e->shard ? e->shard : "all shards";
    if (e->step)
        put_sql(sql, sizeof sql, e->step->sql);
    switch (e->kind) {
    case WEIR__MIGRATE_BEGIN:
        break; /* its end tells; what takes long is told as waiting, or seen in status */
    case WEIR__MIGRATE_END:
        if (!e->step)
            break;
        printf("%s: %s.%s %u/%u (%" PRIu64 " ms) %s\n", shard, e->migration->name, e->down ? "down" : "up",
               e->step->number, e->statements, e->milliseconds, sql);
        break;
    case WEIR__MIGRATE_MISTAKE:
    case WEIR__MIGRATE_WARNING:
        fprintf(stderr, "%s%s%s: %s\n", *e->shard ? e->shard : "", *e->shard ? ": " : "", kind_name(e->kind), e->text);
        break;
    case WEIR__MIGRATE_RESOLVED:
        printf("%s: %s\n", shard, e->text);
        break;
    case WEIR__MIGRATE_WAITING:
        printf("%s: waiting %s\n", shard, e->text);
        break;
    case WEIR__MIGRATE_SHARD_END:
        printf("%s: %s, %u of %u statements%s%s\n", shard, e->text, e->done, e->all, e->error ? ": " : "",
               e->error ? e->error->text : "");
        break;
    }
    fflush(stdout);
}

/* ---- bars ---- */

static bar *find_bar(migrate_printer *p, const char *shard)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->list[i].shard, shard) == 0)
            return &p->list[i];
    if (p->count == MAX_BARS || !*shard)
        return NULL;
    snprintf(p->list[p->count].shard, sizeof p->list[0].shard, "%s", shard);
    return &p->list[p->count++];
}

static unsigned terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40 ? size.ws_col : 80;
}

static void rub_out(migrate_printer *p)
{
    if (p->drawn)
        printf("\x1b[%zuA\r\x1b[J", p->drawn);
    p->drawn = 0;
}

static void draw(migrate_printer *p)
{
    unsigned width = terminal_width();
    for (size_t i = 0; i < p->count; i++) {
        const bar *b = &p->list[i];
        char line[400];
        unsigned full = b->all ? (unsigned)((uint64_t)b->done * BAR_WIDTH / b->all) : BAR_WIDTH;
        int size =
            snprintf(line, sizeof line, "%-16.16s [%.*s%.*s] %u/%u %s", b->shard, (int)full, "####################",
                     (int)(BAR_WIDTH - full), "....................", b->done, b->all, b->text);
        printf("%.*s\n", size < (int)width ? size : (int)width - 1, line);
    }
    p->drawn = p->count;
    fflush(stdout);
}

static void print_bars(migrate_printer *p, const weir__migrate_event *e)
{
    char sql[SHOWN_SQL + 8] = "";
    bar *b = find_bar(p, e->shard);
    rub_out(p);
    if (b && (e->kind == WEIR__MIGRATE_BEGIN || e->kind == WEIR__MIGRATE_END || e->kind == WEIR__MIGRATE_SHARD_END)) {
        b->done = e->done;
        b->all = e->all;
    }
    if (b && e->step) {
        put_sql(sql, sizeof sql, e->step->sql);
        snprintf(b->text, sizeof b->text, "%s %s", e->migration->name, sql);
    } else if (b && e->kind == WEIR__MIGRATE_WAITING) {
        snprintf(b->text, sizeof b->text, "waiting %.180s", e->text);
    } else if (b && e->kind == WEIR__MIGRATE_SHARD_END) {
        snprintf(b->text, sizeof b->text, "%s", e->text);
    } else {
        print_line(e);
    }
    draw(p);
}

void migrate_print_event(void *printer, const weir__migrate_event *event)
{
    migrate_printer *p = printer;
    if (p->json)
        print_json(p, event);
    else if (p->bars)
        print_bars(p, event);
    else
        print_line(event);
}
