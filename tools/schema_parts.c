/* schema_parts.c - a CREATE TABLE in its parts, and how two parts are the same. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "router/migrate/words.h"
#include "tools/schema.h"

static const weir__lex_options reading = {.flavour = WEIR__MARIADB};

static bool is_integer_word(weir_str word)
{
    static const char *const words[] = {"int", "integer", "bigint", "smallint", "tinyint", "mediumint"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir__str_is_nocase(word, words[i]))
            return true;
    return false;
}

/* A token in its plain form. Strings keep their letters. */
static void put_token(char *out, size_t *size, weir_str token)
{
    bool name = token.size > 1 && *token.data == '`',
         string = token.size > 1 && (*token.data == '\'' || *token.data == '"');
    if (name)
        token = (weir_str){token.data + 1, token.size - 2};
    if (weir__str_is_nocase(token, "INDEX"))
        token = weir__view("key");
    else if (weir__str_is_nocase(token, "INTEGER"))
        token = weir__view("int");
    if (*size)
        out[(*size)++] = ' ';
    for (size_t i = 0; i < token.size; i++)
        out[(*size)++] = string ? token.data[i] : (char)tolower((unsigned char)token.data[i]);
}

/* DEFAULT NULL, USING BTREE and (11) behind an integer's type say nothing, nor does where AUTO_INCREMENT stands. */
static bool skip_default(weir__words *w)
{
    weir__words ahead = *w;
    if ((weir__words_take(&ahead, "DEFAULT") && weir__words_take(&ahead, "NULL")) ||
        (weir__words_at(w, "USING") && (weir__words_step(&ahead), weir__words_take(&ahead, "BTREE")))) {
        *w = ahead;
        return true;
    }
    ahead = *w;
    if (weir__words_take(&ahead, "AUTO_INCREMENT") && weir__words_take(&ahead, "=")) {
        weir__words_step(&ahead);
        *w = ahead;
        return true;
    }
    return false;
}

const char *schema_plain(schema_tables *s, const char *text)
{
    weir__words w;
    size_t size = 0;
    char *out = weir__arena_take(&s->arena, 2 * strlen(text) + 16);
    if (!out)
        return "";
    for (weir__words_begin(&w, weir__view(text), &reading); !weir__words_end(&w);) {
        if (skip_default(&w))
            continue;
        weir_str token = weir__words_text(&w);
        put_token(out, &size, token);
        weir__words_step(&w);
        if (is_integer_word(token) && weir__words_at(&w, "("))
            weir__words_group(&w);
    }
    out[size] = '\0';
    return out;
}

static void name_part(schema_tables *s, schema_part *part)
{
    weir__words w;
    weir_str schema, name = {"", 0};
    weir__words_begin(&w, weir__view(part->text), &reading);
    bool constraint = weir__words_take(&w, "CONSTRAINT");
    if (constraint && !weir__words_at(&w, "CHECK") && !weir__words_at(&w, "FOREIGN") &&
        !weir__words_at(&w, "PRIMARY") && !weir__words_at(&w, "UNIQUE"))
        weir__words_name(&w, &schema, &name);
    if (weir__words_at(&w, "FOREIGN") || weir__words_at(&w, "CHECK")) {
        part->kind = weir__words_at(&w, "CHECK") ? SCHEMA_CHECK : SCHEMA_FOREIGN_KEY;
    } else if (weir__words_at(&w, "PRIMARY")) {
        part->kind = SCHEMA_KEY;
        name = weir__view("PRIMARY");
    } else if (weir__words_at(&w, "UNIQUE") || weir__words_at(&w, "KEY") || weir__words_at(&w, "INDEX") ||
               weir__words_at(&w, "FULLTEXT") || weir__words_at(&w, "SPATIAL")) {
        part->kind = SCHEMA_KEY;
        while (weir__words_take(&w, "UNIQUE") || weir__words_take(&w, "FULLTEXT") || weir__words_take(&w, "SPATIAL") ||
               weir__words_take(&w, "KEY") || weir__words_take(&w, "INDEX"))
            ;
        weir__words_name(&w, &schema, &name);
    } else {
        part->kind = SCHEMA_COLUMN;
        weir__words_name(&w, &schema, &name);
    }
    part->name = name.size ? weir__arena_text(&s->arena, name.data, name.size) : "";
}

static bool add_part(schema_tables *s, schema_table *table, weir_str text)
{
    while (text.size && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    if (table->part_count == table->part_room) {
        size_t room = table->part_room ? table->part_room * 2 : 32;
        schema_part *more = weir__arena_array(&s->arena, room, sizeof *more);
        if (!more)
            return false;
        if (table->part_count)
            memcpy(more, table->parts, table->part_count * sizeof *more);
        table->parts = more;
        table->part_room = room;
    }
    schema_part *part = &table->parts[table->part_count++];
    *part = (schema_part){.text = weir__arena_text(&s->arena, text.data, text.size)};
    if (!part->text)
        return false;
    name_part(s, part);
    part->plain = schema_plain(s, part->text);
    return part->name != NULL;
}

bool schema_cut(schema_tables *s, schema_table *table)
{
    weir__words w;
    weir_str sql = weir__view(table->text);
    for (weir__words_begin(&w, sql, &reading); !weir__words_end(&w) && !weir__words_at(&w, "(");)
        weir__words_step(&w);
    if (!weir__words_take(&w, "("))
        return false;
    while (!weir__words_end(&w) && !weir__words_at(&w, ")")) {
        const char *from = sql.data + w.token.start;
        while (!weir__words_end(&w) && !weir__words_at(&w, ",") && !weir__words_at(&w, ")")) {
            if (weir__words_at(&w, "("))
                weir__words_group(&w);
            else
                weir__words_step(&w);
        }
        if (weir__words_end(&w) || !add_part(s, table, weir__slice(from, sql.data + w.token.start)))
            return false;
        weir__words_take(&w, ",");
    }
    if (!weir__words_take(&w, ")"))
        return false;
    if (!weir__words_end(&w))
        table->options = table->text + w.token.start;
    table->plain_options = schema_plain(s, table->options);
    return true;
}
