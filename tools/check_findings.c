/* check_findings.c - the list of what `weir check --live` found, and how it is printed. SPDX-License-Identifier: Apache-2.0
 * tell O(1) amortised, sort O(n log n). */
#include <stdlib.h>
#include <string.h>

#include "tools/check_live.h"
#include "tools/sql_text.h"

enum { MAX_FINDING = 64 * 1024, MAX_LINE = 8 * MAX_FINDING };

static check_finding *next_finding(check *c)
{
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        check_finding *list = weir__arena_array(&c->arena, room, sizeof *list);
        if (!list)
            return NULL;
        if (c->count)
            memcpy(list, c->findings, c->count * sizeof *list);
        c->findings = list;
        c->room = room;
    }
    return &c->findings[c->count];
}

/* Cuts text at sign; what stands behind it. */
static char *cut(char *text, char sign)
{
    char *at = strchr(text, sign);
    if (!at)
        return text + strlen(text);
    *at = '\0';
    return at + 1;
}

void check_tell(check *c, check_level level, const check_server *at, const char *table, const char *format, ...)
{
    va_list args;
    weir__buf_reset(&c->scratch);
    va_start(args, format);
    weir__buf_addfv(&c->scratch, format, args);
    va_end(args);
    char *what = weir__arena_text(&c->arena, weir__buf_text(&c->scratch), c->scratch.size);
    const char *name = check_text(c, weir__view(table));
    check_finding *finding = next_finding(c);
    if (!what || !finding)
        return; /* the arena remembers */
    char *should = cut(what, *CHECK_SHOULD), *fix = cut(should, *CHECK_FIX);
    *finding = (check_finding){level, at, name, what, should, fix};
    c->count++;
    c->levels[level]++;
}

static int text_order(const char *a, const char *b, int before)
{
    return before ? before : strcmp(a, b);
}

static int finding_order(const void *x, const void *y)
{
    const check_finding *a = x, *b = y;
    int order = (a->level > b->level) - (a->level < b->level);
    if (!order)
        order = (a->at > b->at) - (a->at < b->at);
    order = text_order(a->table, b->table, order);
    order = text_order(a->what, b->what, order);
    return text_order(a->fix, b->fix, order);
}

void check_sort(check *c)
{
    if (c->count)
        qsort(c->findings, c->count, sizeof *c->findings, finding_order);
}

static const char *level_name(check_level level)
{
    return level == CHECK_ERROR ? "error" : "warning";
}

static void show(weir__buf *line, const char *before, const char *text)
{
    if (!*text)
        return;
    weir__buf_adds(line, before);
    sql_show_message(line, weir__view(text));
}

static const char *many(size_t count)
{
    return count == 1 ? "" : "s";
}

void check_print(const check *c, FILE *to)
{
    weir__buf line;
    weir__buf_init(&line, &c->s->env.mem, MAX_LINE);
    for (size_t i = 0; i < c->count; i++) {
        const check_finding *f = &c->findings[i];
        weir__buf_reset(&line);
        weir__buf_adds(&line, level_name(f->level));
        show(&line, ": shard ", f->at->shard->name);
        show(&line, " at ", f->at->at->address.text);
        show(&line, ", table ", f->table);
        show(&line, ": ", f->what);
        show(&line, "\n    should be: ", f->should);
        show(&line, "\n    way out: ", f->fix);
        fprintf(to, "%s\n", weir__buf_text(&line));
    }
    weir__buf_deinit(&line);
}

void check_print_counts(const check *c, FILE *to)
{
    fprintf(to, "looked at %zu of %zu server%s and %zu table%s with a rule: %zu error%s, %zu warning%s\n", c->reached,
            c->server_count, many(c->server_count), c->tables, many(c->tables), c->levels[CHECK_ERROR],
            many(c->levels[CHECK_ERROR]), c->levels[CHECK_WARNING], many(c->levels[CHECK_WARNING]));
}

static void member(weir__buf *line, const char *before, const char *text)
{
    weir__buf_adds(line, before);
    sql_json_message(line, weir__view(text));
}

void check_print_json(const check *c, FILE *to)
{
    weir__buf line;
    weir__buf_init(&line, &c->s->env.mem, MAX_LINE);
    fprintf(to, "\"servers\":%zu,\"reached\":%zu,\"tables_seen\":%zu,\"errors\":%zu,\"warnings\":%zu,\"findings\":[",
            c->server_count, c->reached, c->tables, c->levels[CHECK_ERROR], c->levels[CHECK_WARNING]);
    for (size_t i = 0; i < c->count; i++) {
        const check_finding *f = &c->findings[i];
        weir__buf_reset(&line);
        member(&line, i ? ",{\"level\":" : "{\"level\":", level_name(f->level));
        member(&line, ",\"database\":", f->at->shard->database->name);
        member(&line, ",\"shard\":", f->at->shard->name);
        member(&line, ",\"endpoint\":", f->at->at->address.text);
        member(&line, ",\"table\":", f->table);
        member(&line, ",\"what\":", f->what);
        member(&line, ",\"should\":", f->should);
        member(&line, ",\"fix\":", f->fix);
        fprintf(to, "%s}", weir__buf_text(&line));
    }
    fputc(']', to);
    weir__buf_deinit(&line);
}
