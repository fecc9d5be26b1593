/* schema_read.c - tables of a server or of a file. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "router/migrate/files.h"
#include "router/sql/split.h"
#include "router/migrate/words.h"
#include "tools/schema.h"

enum { MAX_BYTES = 1024 * 1024 * 1024, MAX_STATEMENT = 64 * 1024 * 1024 };

void schema_init(schema_tables *s, const weir__mem *mem, const char *source)
{
    memset(s, 0, sizeof *s);
    weir__arena_init(&s->arena, mem, MAX_BYTES);
    s->source = weir__arena_text(&s->arena, source, strlen(source));
}

void schema_deinit(schema_tables *s)
{
    weir__arena_deinit(&s->arena);
}

static schema_table *add(schema_tables *s, weir_str name)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        schema_table *more = weir__arena_array(&s->arena, room, sizeof *more);
        if (!more)
            return NULL;
        if (s->count)
            memcpy(more, s->list, s->count * sizeof *more);
        s->list = more;
        s->room = room;
    }
    const char *copy = weir__arena_text(&s->arena, name.data, name.size);
    if (!copy)
        return NULL;
    s->list[s->count] = (schema_table){.name = copy, .options = "", .plain_options = ""};
    return &s->list[s->count++];
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const schema_table *)a)->name, ((const schema_table *)b)->name);
}

const schema_table *schema_find(const schema_tables *s, const char *name)
{
    const schema_table key = {.name = name};
    return s->count ? bsearch(&key, s->list, s->count, sizeof key, by_name) : NULL;
}

static bool finish(schema_tables *s)
{
    if (s->count)
        qsort(s->list, s->count, sizeof *s->list, by_name);
    for (size_t i = 0; i < s->count && !s->arena.failed; i++)
        if (!s->list[i].is_view && !schema_cut(s, &s->list[i])) {
            fprintf(stderr, "weir schema: %s: the parts of table %s cannot be told apart\n", s->source,
                    s->list[i].name);
            return false;
        }
    if (s->arena.failed)
        fprintf(stderr, "weir schema: %s: %s\n", s->source,
                s->arena.failed == WEIR_LIMIT ? "it has too many tables" : "out of memory");
    return !s->arena.failed;
}

/* ---- a server ---- */

static void table_row(void *context, const weir_str *cells, uint32_t count)
{
    schema_tables *s = context;
    (void)count;
    if (cells[0].size > 5 && strncasecmp(cells[0].data, "weir_", 5) == 0)
        return;
    schema_table *table = add(s, cells[0]);
    if (table)
        table->is_view = weir__str_is(cells[1], "VIEW");
}

typedef struct creating {
    schema_tables *s;
    schema_table *table;
} creating;

/* Without who made it, which is no part of what a view is. */
static weir_str without_definer(weir_str text)
{
    static const char mark[] = " SQL SECURITY ";
    const char *at = memmem(text.data, text.size, mark, sizeof mark - 1);
    return at ? weir__slice(at, text.data + text.size) : text;
}

static void create_row(void *context, const weir_str *cells, uint32_t count)
{
    static const char create_view[] = "CREATE OR REPLACE";
    const creating *c = context;
    weir_str text = count > 1 ? cells[1] : (weir_str){NULL, 0};
    if (!text.data)
        return;
    if (!c->table->is_view) {
        c->table->text = weir__arena_text(&c->s->arena, text.data, text.size);
        return;
    }
    text = without_definer(text);
    char *whole = weir__arena_take(&c->s->arena, text.size + sizeof create_view + 1);
    if (whole) {
        memcpy(whole, create_view, sizeof create_view - 1);
        memcpy(whole + sizeof create_view - 1, text.data, text.size);
    }
    c->table->text = whole;
}

bool schema_read_server(schema_tables *s, weir__link *link)
{
    weir_error error;
    weir_status status = weir__link_ask(link, "SHOW FULL TABLES", table_row, s, &error);
    for (size_t i = 0; status == WEIR_OK && i < s->count && !s->arena.failed; i++) {
        creating c = {s, &s->list[i]};
        weir__buf sql;
        weir__buf_init(&sql, &link->env->mem, 4096);
        weir__buf_adds(&sql, "SHOW CREATE TABLE ");
        weir__link_put_name(&sql, weir__view(s->list[i].name));
        status = weir__link_ask(link, weir__buf_text(&sql), create_row, &c, &error);
        weir__buf_deinit(&sql);
        if (status == WEIR_OK && !s->list[i].text && !s->arena.failed) {
            fprintf(stderr, "weir schema: %s does not show table %s to this user\n", s->source, s->list[i].name);
            return false;
        }
    }
    if (status != WEIR_OK)
        fprintf(stderr, "weir schema: %s: %s\n", s->source, error.text);
    return status == WEIR_OK && finish(s);
}

/* ---- a file ---- */

/* CREATE TABLE and CREATE VIEW; all else is told. */
static bool take_statement(schema_tables *s, weir_str sql)
{
    static const weir__lex_options reading = {.flavour = WEIR__MARIADB};
    weir__words w;
    weir_str schema, name;
    weir__words_begin(&w, sql, &reading);
    bool create = weir__words_take(&w, "CREATE"), view = false;
    while (create && !weir__words_end(&w) && !weir__words_at(&w, "TABLE") && !view) {
        view = weir__words_at(&w, "VIEW");
        weir__words_step(&w);
    }
    if (!view)
        weir__words_take(&w, "TABLE");
    if (weir__words_take(&w, "IF")) {
        weir__words_take(&w, "NOT");
        weir__words_take(&w, "EXISTS");
    }
    if (!create || !weir__words_name(&w, &schema, &name)) {
        fprintf(stderr, "weir schema: %s: not CREATE TABLE or CREATE VIEW, passed over: %.*s\n", s->source,
                (int)(sql.size < 60 ? sql.size : 60), sql.data);
        return true;
    }
    schema_table *table = add(s, name);
    if (!table)
        return false;
    table->is_view = view;
    table->text = weir__arena_text(&s->arena, sql.data, sql.size);
    return table->text != NULL;
}

bool schema_read_file(schema_tables *s, const weir__env *env, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    weir_error error;
    if (weir__migration_load(env, path, &text, &size, &error) != WEIR_OK) {
        fprintf(stderr, "weir schema: %s\n", error.text);
        return false;
    }
    weir__split split;
    weir_str input = {text, size}, statement;
    bool ok = true;
    weir__split_init(&split, &env->mem, MAX_STATEMENT);
    weir__split_event event;
    while (ok && (event = weir__split_feed(&split, &input, &statement)) != WEIR__SPLIT_MORE)
        ok = event == WEIR__SPLIT_STATEMENT && take_statement(s, statement);
    if (ok && (event = weir__split_end(&split, &statement)) != WEIR__SPLIT_MORE)
        ok = event == WEIR__SPLIT_STATEMENT && take_statement(s, statement);
    weir__split_deinit(&split);
    weir__free(&env->mem, text);
    if (!ok)
        fprintf(stderr, "weir schema: %s could not be read to its end\n", path);
    return ok && finish(s);
}
