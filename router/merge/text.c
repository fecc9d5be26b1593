/* text.c - a shard's statement: the user's text with edits. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "router/merge/planning.h"

enum { LONGEST_MADE = 256 };

edit *weir__planning_edit(weir__planning *p, uint32_t start, uint32_t end)
{
    edit *e = weir__arena_take(p->arena, sizeof *e), **at = &p->edits;
    if (!e)
        return NULL;
    while (*at && (*at)->start <= start)
        at = &(*at)->next;
    *e = (edit){.next = *at, .start = start, .end = end};
    e->last = &e->first;
    *at = e;
    return e;
}

static piece *add_piece(weir__planning *p, edit *e)
{
    piece *one = e ? weir__arena_take(p->arena, sizeof *one) : NULL;
    if (one) {
        *e->last = one;
        e->last = &one->next;
    }
    return one;
}

void weir__planning_say(weir__planning *p, edit *e, const char *text)
{
    piece *one = *text ? add_piece(p, e) : NULL;
    if (one)
        one->text = (weir_str){weir__arena_text(p->arena, text, strlen(text)), strlen(text)};
}

void weir__planning_sayf(weir__planning *p, edit *e, const char *format, ...)
{
    char text[LONGEST_MADE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    weir__planning_say(p, e, text);
}

void weir__planning_copy(weir__planning *p, edit *e, uint32_t start, uint32_t end)
{
    piece *one = add_piece(p, e);
    if (one) {
        one->start = start;
        one->end = end;
    }
}

piece *weir__planning_hole(weir__planning *p, edit *e)
{
    piece *one = add_piece(p, e);
    if (one)
        one->text = (weir_str){"", 0};
    return one;
}

void weir__planning_ask(weir__planning *p, edit *e, uint32_t arg)
{
    piece *one = add_piece(p, e);
    if (one) {
        one->text = (weir_str){"?", 1};
        one->arg = arg;
    }
}

void weir__planning_say_name(weir__planning *p, edit *e, weir_str name)
{
    piece *one = add_piece(p, e);
    char *text = one ? weir__arena_array(p->arena, 1, name.size * 2 + 2) : NULL;
    size_t size = 0;
    if (!text)
        return;
    text[size++] = '`';
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '`')
            text[size++] = '`';
        text[size++] = name.data[i];
    }
    text[size++] = '`';
    one->text = (weir_str){text, size};
}

uint32_t weir__planning_hide(weir__planning *p, const char *before, const node *at, const char *behind)
{
    uint32_t number = p->plan->hidden++;
    if (!p->hidden)
        p->hidden = weir__planning_edit(p, p->items->at.end, p->items->at.end);
    weir__planning_say(p, p->hidden, ", ");
    weir__planning_say(p, p->hidden, before);
    if (at)
        weir__planning_copy(p, p->hidden, at->at.start, at->at.end);
    weir__planning_say(p, p->hidden, behind);
    weir__planning_sayf(p, p->hidden, " AS weir_%u", (unsigned)number);
    return WEIR__HIDDEN + number;
}

/* ---- rendering ---- */

typedef struct rendering {
    weir__planning *p;
    weir__buf sql;
    uint32_t *at, *map; /* bytes where the user's ? stand; the shard's ? in order */
    uint32_t count, used, room;
} rendering;

static void find_params(rendering *r, const node *n)
{
    if (n->kind == NODE(PARAM) && r->count < r->p->tree.parameters)
        r->at[r->count++] = n->at.start;
    for (const node *child = n->first; child; child = child->next)
        find_params(r, child);
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void ask(rendering *r, uint32_t arg)
{
    if (r->used == r->room) {
        uint32_t room = r->room ? r->room * 2 : 16, *map = weir__arena_array(r->p->arena, room, sizeof *map);
        if (!map)
            return;
        if (r->used)
            memcpy(map, r->map, r->used * sizeof *map);
        r->map = map;
        r->room = room;
    }
    r->map[r->used++] = arg;
}

static void copy(rendering *r, uint32_t start, uint32_t end)
{
    weir__buf_add(&r->sql, r->p->tree.sql.data + start, end - start);
    for (uint32_t i = 0; i < r->count; i++)
        if (r->at[i] >= start && r->at[i] < end)
            ask(r, i);
}

static void write_piece(rendering *r, const piece *one)
{
    if (one->end) {
        copy(r, one->start, one->end);
        return;
    }
    weir__buf_add(&r->sql, one->text.data, one->text.size);
    if (one->arg)
        ask(r, one->arg);
}

bool weir__planning_render(weir__planning *p)
{
    rendering r = {.p = p};
    uint32_t at = 0;
    weir__buf_init(&r.sql, p->arena->mem, WEIR__MAX_STATEMENT_BYTES);
    r.at = weir__arena_array(p->arena, p->tree.parameters, sizeof *r.at);
    if (r.at && p->tree.parameters) {
        find_params(&r, p->tree.root);
        qsort(r.at, r.count, sizeof *r.at, by_place);
    }
    if (r.at && r.count != p->tree.parameters)
        return weir__planning_refuse(p, NULL, "a ? stands where weir does not follow it");
    for (const edit *e = p->edits; e; e = e->next) {
        if (e->start > at)
            copy(&r, at, e->start);
        for (const piece *one = e->first; one; one = one->next)
            write_piece(&r, one);
        at = e->end > at ? e->end : at;
    }
    copy(&r, at, (uint32_t)p->tree.sql.size);
    if (r.sql.failed && !p->arena->failed)
        p->arena->failed = r.sql.failed;
    p->plan->sql = (weir_str){weir__arena_text(p->arena, weir__buf_text(&r.sql), r.sql.size), r.sql.size};
    p->plan->args = r.map;
    p->plan->arg_count = r.used;
    weir__buf_deinit(&r.sql);
    return !p->arena->failed;
}
