/* ddl.c - CREATE TABLE: columns, keys, options. SPDX-License-Identifier: Apache-2.0
 * Each function reads what its name says from the token at hand on and gives false once something is refused; the refusal has its place. */
#include "schema/ddl.h"

#include <stdio.h>

#include "base/str.h"
#include "schema/ddl_impl.h"

void weir__ddl_step(weir__ddl *d)
{
    d->token = weir__ddl_next(d->lexer);
}

bool weir__ddl_refused(const weir__ddl *d)
{
    return d->refusal->line != 0;
}

bool weir__ddl_refuse(weir__ddl *d, const char *what)
{
    if (weir__ddl_refused(d))
        return false;
    d->refusal->line = d->token.line;
    d->refusal->column = d->token.column;
    if (d->token.kind == WEIR__DDL_END)
        snprintf(d->refusal->text, sizeof d->refusal->text, "the text ends here: %s", what);
    else
        snprintf(d->refusal->text, sizeof d->refusal->text, "%.60s at '%.*s'", what,
                 (int)(d->token.text.size < 60 ? d->token.text.size : 60), d->token.text.data);
    return false;
}

bool weir__ddl_is(const weir__ddl *d, const char *word)
{
    return (d->token.kind == WEIR__DDL_WORD || d->token.kind == WEIR__DDL_SIGN) &&
           weir__str_is_nocase(d->token.text, word);
}

bool weir__ddl_take(weir__ddl *d, const char *word)
{
    bool is = weir__ddl_is(d, word);
    if (is)
        weir__ddl_step(d);
    return is;
}

static bool expect(weir__ddl *d, const char *word)
{
    char text[40];
    snprintf(text, sizeof text, "%.20s is missing", word);
    return weir__ddl_take(d, word) || weir__ddl_refuse(d, text);
}

/* What \n and the like stand for. */
static char unescape(char c)
{
    static const char signs[] = "0ntrbZ", meant[] = "\0\n\t\r\b\x1a";
    const char *at = c ? strchr(signs, c) : NULL;
    return at ? meant[at - signs] : c;
}

const char *weir__ddl_text(weir__ddl *d, weir_str quoted)
{
    char *text = weir__arena_take(weir__table_arena(d->builder), quoted.size + 1);
    size_t size = 0;
    for (size_t i = 1; text && i + 1 < quoted.size; i++) {
        char c = quoted.data[i];
        if (c == quoted.data[0])
            i++; /* written twice */
        else if (c == '\\' && quoted.data[0] != '`')
            c = unescape(quoted.data[++i]);
        text[size++] = c;
    }
    return text ? text : "";
}

const char *weir__ddl_name(weir__ddl *d)
{
    weir__ddl_token token = d->token;
    if (token.kind == WEIR__DDL_END || token.kind == WEIR__DDL_SIGN || token.unclosed) {
        weir__ddl_refuse(d, "a name is missing");
        return NULL;
    }
    weir__ddl_step(d);
    return token.kind == WEIR__DDL_WORD ? weir__table_text(d->builder, token.text) : weir__ddl_text(d, token.text);
}

bool weir__ddl_group(weir__ddl *d, weir_str *inside)
{
    const char *from = d->token.text.data + 1;
    for (int depth = 0;; weir__ddl_step(d)) {
        if (d->token.kind == WEIR__DDL_END || d->token.unclosed)
            return weir__ddl_refuse(d, "a parenthesis has no end");
        depth += weir__ddl_is(d, "(") - weir__ddl_is(d, ")");
        if (depth == 0)
            break;
    }
    *inside = weir__slice(from, d->token.text.data);
    weir__ddl_step(d);
    return true;
}

/* ---- keys ---- */

static void not_null(weir__ddl *d, const char *name)
{
    for (weir__ddl_column *c = d->columns; c; c = c->next)
        if (strcasecmp(c->column.name, name) == 0)
            c->column.nullable = false;
}

static bool take_using(weir__ddl *d, const char **kind)
{
    if (weir__ddl_take(d, "USING") || weir__ddl_take(d, "TYPE"))
        return (*kind = weir__ddl_name(d)) != NULL;
    return true;
}

/* Up to the next element: COMMENT, KEY_BLOCK_SIZE, VISIBLE, .. */
static bool skip_key_options(weir__ddl *d, const char **kind)
{
    weir_str inside;
    while (!weir__ddl_is(d, ",") && !weir__ddl_is(d, ")")) {
        if (d->token.kind == WEIR__DDL_END || weir__ddl_is(d, ";"))
            return weir__ddl_refuse(d, "the list of columns has no end");
        if (weir__ddl_is(d, "USING")) {
            if (!take_using(d, kind))
                return false;
        } else if (weir__ddl_is(d, "(")) {
            if (!weir__ddl_group(d, &inside))
                return false;
        } else {
            weir__ddl_step(d);
        }
    }
    return true;
}

/* One part of a key: a column, perhaps its beginning only, or an expression. */
static bool read_part(weir__ddl *d, const char **column, uint32_t *prefix)
{
    weir_str inside;
    *prefix = 0;
    *column = "";
    if (weir__ddl_is(d, "(")) {
        if (!weir__ddl_group(d, &inside))
            return false;
    } else {
        *column = weir__ddl_name(d);
        if (!*column)
            return false;
        if (weir__ddl_is(d, "(")) {
            if (!weir__ddl_group(d, &inside))
                return false;
            for (size_t i = 0; i < inside.size && inside.data[i] >= '0' && inside.data[i] <= '9'; i++)
                *prefix = *prefix * 10 + (uint32_t)(inside.data[i] - '0');
        }
    }
    while (weir__ddl_take(d, "ASC") || weir__ddl_take(d, "DESC"))
        ;
    return true;
}

enum { MOST_PARTS = 64 }; /* the servers allow 32 */

/* [name] [USING x] (parts) options; the name is that of the first column where none is given. */
static bool read_key(weir__ddl *d, const char *name, bool unique, const char *kind)
{
    const char *columns[MOST_PARTS];
    uint32_t prefixes[MOST_PARTS], count = 0;
    if (!weir__ddl_is(d, "(") && !weir__ddl_is(d, "USING")) {
        const char *written = weir__ddl_name(d);
        name = name ? name : written;
    }
    if (!take_using(d, &kind) || !expect(d, "("))
        return false;
    do {
        if (count == MOST_PARTS)
            return weir__ddl_refuse(d, "the key has too many columns");
        if (!read_part(d, &columns[count], &prefixes[count]))
            return false;
        count++;
    } while (weir__ddl_take(d, ","));
    if (!expect(d, ")") || !skip_key_options(d, &kind))
        return false;
    name = name ? name : columns[0];
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(name, "PRIMARY") == 0)
            not_null(d, columns[i]);
        weir__table_add_key_part(d->builder, weir__view(name), weir__view(kind), unique, weir__view(columns[i]),
                                 prefixes[i]);
    }
    return true;
}

/* ON DELETE CASCADE, .. */
static bool read_action(weir__ddl *d, const char **action)
{
    if (weir__ddl_take(d, "CASCADE"))
        *action = "CASCADE";
    else if (weir__ddl_take(d, "RESTRICT"))
        *action = "RESTRICT";
    else if (weir__ddl_take(d, "NO"))
        *action = "NO ACTION";
    else if (weir__ddl_take(d, "SET"))
        *action = weir__ddl_take(d, "NULL") ? "SET NULL" : "SET DEFAULT";
    else
        return weir__ddl_refuse(d, "an action is missing");
    return !weir__ddl_is(d, "ACTION") && !weir__ddl_is(d, "DEFAULT") ? true : (weir__ddl_step(d), true);
}

static bool read_columns(weir__ddl *d, const char *columns[MOST_PARTS], uint32_t *count)
{
    uint32_t prefix;
    *count = 0;
    if (!expect(d, "("))
        return false;
    do {
        if (*count == MOST_PARTS)
            return weir__ddl_refuse(d, "the key has too many columns");
        if (!read_part(d, &columns[*count], &prefix))
            return false;
        (*count)++;
    } while (weir__ddl_take(d, ","));
    return expect(d, ")");
}

/* FOREIGN KEY is passed: [name] (columns) REFERENCES [schema.]table (columns) [ON ..] */
static bool read_foreign_key(weir__ddl *d, const char *name)
{
    const char *from[MOST_PARTS], *to[MOST_PARTS], *schema = d->schema, *on_delete = "RESTRICT",
                                                   *on_update = "RESTRICT";
    uint32_t count, to_count;
    if (!weir__ddl_is(d, "(")) {
        const char *written = weir__ddl_name(d);
        name = name ? name : written;
    }
    if (!read_columns(d, from, &count) || !expect(d, "REFERENCES"))
        return false;
    const char *table = weir__ddl_name(d);
    if (table && weir__ddl_take(d, ".")) {
        schema = table;
        table = weir__ddl_name(d);
    }
    if (!table || !read_columns(d, to, &to_count))
        return false;
    if (count != to_count)
        return weir__ddl_refuse(d, "a foreign key has as many columns on both sides");
    while (weir__ddl_take(d, "ON")) {
        bool deletes = weir__ddl_take(d, "DELETE");
        if (!deletes && !expect(d, "UPDATE"))
            return false;
        if (!read_action(d, deletes ? &on_delete : &on_update))
            return false;
    }
    for (uint32_t i = 0; i < count; i++)
        weir__table_add_reference(d->builder, weir__view(name ? name : from[0]), weir__view(schema), weir__view(table),
                                  weir__view(on_update), weir__view(on_delete), weir__view(from[i]), weir__view(to[i]));
    return true;
}

static bool take_key_word(weir__ddl *d)
{
    return weir__ddl_take(d, "KEY") || weir__ddl_take(d, "INDEX");
}

/* What follows CONSTRAINT [name], or stands alone. *is false: it is no key. */
static bool read_constraint(weir__ddl *d, const char *name, bool *is)
{
    weir_str inside;
    *is = true;
    if (weir__ddl_take(d, "PRIMARY")) {
        weir__ddl_take(d, "KEY");
        return read_key(d, "PRIMARY", true, "BTREE");
    }
    if (weir__ddl_take(d, "UNIQUE")) {
        take_key_word(d);
        return read_key(d, name, true, "BTREE");
    }
    if (weir__ddl_take(d, "FOREIGN"))
        return expect(d, "KEY") && read_foreign_key(d, name);
    if (weir__ddl_take(d, "CHECK")) {
        const char *ignored;
        return weir__ddl_is(d, "(") && weir__ddl_group(d, &inside) && skip_key_options(d, &ignored);
    }
    *is = false;
    return true;
}

static bool read_element(weir__ddl *d)
{
    bool is;
    weir_str inside;
    if (d->token.kind == WEIR__DDL_NAME)
        return weir__ddl_read_column(d);
    if (weir__ddl_take(d, "CONSTRAINT")) {
        const char *name = NULL;
        if (!weir__ddl_is(d, "PRIMARY") && !weir__ddl_is(d, "UNIQUE") && !weir__ddl_is(d, "FOREIGN") &&
            !weir__ddl_is(d, "CHECK") && !(name = weir__ddl_name(d)))
            return false;
        return read_constraint(d, name, &is) && (is || weir__ddl_refuse(d, "not understood"));
    }
    if (!read_constraint(d, NULL, &is))
        return false;
    if (is)
        return true;
    if (take_key_word(d))
        return read_key(d, NULL, false, "BTREE");
    if (weir__ddl_is(d, "FULLTEXT") || weir__ddl_is(d, "SPATIAL")) {
        const char *kind = weir__ddl_is(d, "FULLTEXT") ? "FULLTEXT" : "SPATIAL";
        weir__ddl_step(d);
        take_key_word(d);
        return read_key(d, NULL, false, kind);
    }
    if (weir__ddl_take(d, "PERIOD")) /* FOR SYSTEM_TIME (a, b) */
        return expect(d, "FOR") && weir__ddl_name(d) && weir__ddl_is(d, "(") && weir__ddl_group(d, &inside);
    return weir__ddl_read_column(d);
}

/* ---- the whole ---- */

/* ENGINE and the default character set; the rest, partitions too, is passed over. */
static bool read_options(weir__ddl *d)
{
    weir_str engine = {"InnoDB", 6}, inside;
    d->charset = d->collation = "";
    while (d->token.kind != WEIR__DDL_END && !weir__ddl_is(d, ";")) {
        const char **into = NULL;
        if (weir__ddl_is(d, "(")) {
            if (!weir__ddl_group(d, &inside))
                return false;
            continue;
        }
        if (weir__ddl_take(d, "ENGINE")) {
            weir__ddl_take(d, "=");
            engine = d->token.text;
        } else if (weir__ddl_take(d, "CHARSET")) {
            into = &d->charset;
        } else if (weir__ddl_take(d, "CHARACTER")) {
            weir__ddl_take(d, "SET");
            into = &d->charset;
        } else if (weir__ddl_take(d, "COLLATE")) {
            into = &d->collation;
        } else if (weir__ddl_is(d, "AS") || weir__ddl_is(d, "SELECT") || weir__ddl_is(d, "LIKE")) {
            return weir__ddl_refuse(d, "columns that come from another table are not known");
        }
        weir__ddl_take(d, "=");
        if (into && !(*into = weir__ddl_name(d)))
            return false;
        if (!into)
            weir__ddl_step(d);
    }
    weir__table_set_kind(d->builder, false, engine);
    if (!*d->charset && *d->collation) {
        const char *end = strchr(d->collation, '_');
        d->charset = weir__table_text(d->builder, end ? weir__slice(d->collation, end) : weir__view(d->collation));
    }
    if (!*d->charset)
        d->charset = "utf8mb4";
    return true;
}

static bool read_table(weir__ddl *d)
{
    if (!weir__ddl_is(d, "("))
        return weir__ddl_refuse(d, "columns that come from another table are not known");
    weir__ddl_step(d);
    do {
        if (!read_element(d))
            return false;
    } while (weir__ddl_take(d, ","));
    if (!expect(d, ")") || !read_options(d))
        return false;
    weir__ddl_add_columns(d);
    return true;
}

/* [IF NOT EXISTS] [schema.]name */
static bool begin_table(weir__ddl *d, const weir__mem *mem)
{
    weir__ddl_token name;
    if (weir__ddl_take(d, "IF") && (!expect(d, "NOT") || !expect(d, "EXISTS")))
        return false;
    for (;;) {
        name = d->token;
        if (name.kind == WEIR__DDL_END || name.kind == WEIR__DDL_SIGN || name.unclosed)
            return weir__ddl_refuse(d, "a name is missing");
        weir__ddl_step(d);
        if (!weir__ddl_take(d, "."))
            break;
    }
    char plain[512];
    size_t size = 0, quotes = name.kind != WEIR__DDL_WORD;
    for (size_t i = quotes; i + quotes < name.text.size && size + 1 < sizeof plain; i++) {
        plain[size++] = name.text.data[i];
        i += quotes && name.text.data[i] == name.text.data[0]; /* written twice */
    }
    d->builder = weir__table_begin(mem, (weir_str){plain, size});
    return d->builder != NULL;
}

weir_status weir__ddl_table(const weir__mem *mem, weir__ddl_lexer *lexer, const char *schema, weir__table **table,
                            weir__ddl_refusal *refusal, weir_error *error)
{
    weir__ddl d = {.lexer = lexer, .refusal = refusal, .schema = schema, .charset = "", .collation = ""};
    *table = NULL;
    *refusal = (weir__ddl_refusal){.line = 0};
    d.last = &d.columns;
    weir__ddl_step(&d);
    if (!begin_table(&d, mem))
        return weir__ddl_refused(&d) ? WEIR_OK : weir__fail_nomem(error);
    bool ok = read_table(&d);
    if (ok || weir__table_arena(d.builder)->failed != WEIR_OK)
        return weir__table_end(d.builder, table, error);
    weir__table_end(d.builder, NULL, error);
    return d.nomem ? weir__fail_nomem(error) : WEIR_OK;
}
