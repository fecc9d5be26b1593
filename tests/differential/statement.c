/* statement.c - statements in the making. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/statement.h"

#include <string.h>

enum { MAX_SQL = 1 << 20 };

void gen_init(gen *g, rng *r, const known_keys *known, weir__arena *arena, scenario *out)
{
    memset(g, 0, sizeof *g);
    g->r = r;
    g->known = known;
    g->arena = arena;
    g->out = out;
    weir__buf_init(&g->sql, &weir__mem_system, MAX_SQL);
}

void gen_deinit(gen *g)
{
    weir__buf_deinit(&g->sql);
}

void say(gen *g, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    weir__buf_addfv(&g->sql, format, args);
    va_end(args);
}

void say_datum(gen *g, const datum *d)
{
    if (!g->prepared || g->arg_count == MAX_ARGS) {
        datum_add(&g->sql, d);
        return;
    }
    const datum *kept = weir__arena_copy(g->arena, d, sizeof *d);
    g->args[g->arg_count++] = datum_value(kept);
    say(g, "?");
}

void say_value(gen *g, const column *c)
{
    datum d;
    datum_for(&d, g->r, c);
    say_datum(g, &d);
}

void say_there(gen *g, const column *c)
{
    datum d;
    const known_keys *known = NULL;
    for (uint32_t i = 0; i < table_count && !known; i++)
        if (c == &tables[i].columns[tables[i].shard_by < 0 ? 0 : tables[i].shard_by])
            known = &g->known[i];
    d.size = 0;
    if (known && known->count && chance(g, 70))
        datum_parse(&d, c, known->texts[below(g, (uint32_t)known->count)]);
    else
        datum_there(&d, g->r, c);
    say_datum(g, &d);
}

void say_literal(gen *g, const column *c)
{
    datum d;
    d.size = 0;
    datum_there(&d, g->r, c);
    datum_add(&g->sql, &d);
}

statement *done(gen *g, row_order order)
{
    statement *s = &g->out->steps[g->out->count++];
    memset(s, 0, sizeof *s);
    s->order = order;
    s->sql = (weir_str){weir__arena_text(g->arena, weir__buf_text(&g->sql), g->sql.size), g->sql.size};
    memcpy(s->args, g->args, g->arg_count * sizeof *g->args);
    s->arg_count = g->arg_count;
    s->loose_floats = g->loose_floats;
    s->loose_texts = g->loose_texts;
    s->loose_warnings = g->loose_warnings;
    weir__buf_reset(&g->sql);
    g->arg_count = 0;
    g->loose_floats = g->loose_texts = g->loose_warnings = false;
    return s;
}

statement *done_write(gen *g, const table *t)
{
    statement *s = done(g, ORDER_ANY);
    s->writes = true;
    g->out->written |= UINT64_C(1) << (t - tables);
    return s;
}

void step(gen *g, step_kind what)
{
    statement *s = &g->out->steps[g->out->count++];
    memset(s, 0, sizeof *s);
    s->kind = what;
}
