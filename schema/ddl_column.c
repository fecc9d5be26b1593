/* ddl_column.c - the definition of a column. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "schema/ddl_impl.h"

/* "bigint(20) unsigned", as the servers print it: from the first word of the type. */
static bool read_type(weir__ddl *d, weir__column *column)
{
    weir__buf text;
    weir_str inside;
    weir__ddl_token type = d->token;
    if (type.kind != WEIR__DDL_WORD)
        return weir__ddl_refuse(d, "a type is missing");
    weir__buf_init(&text, weir__table_arena(d->builder)->mem, 32 * 1024 * 1024);
    for (size_t i = 0; i < type.text.size; i++) {
        char c = type.text.data[i];
        weir__buf_addc(&text, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    weir__ddl_step(d);
    weir__ddl_take(d, "PRECISION"); /* of DOUBLE */
    if (weir__ddl_is(d, "(") && weir__ddl_group(d, &inside))
        weir__buf_addf(&text, "(%.*s)", WEIR__STR(inside));
    for (;;) {
        if (weir__ddl_take(d, "UNSIGNED"))
            weir__buf_adds(&text, " unsigned");
        else if (weir__ddl_take(d, "ZEROFILL"))
            weir__buf_adds(&text, " zerofill");
        else if (!weir__ddl_take(d, "SIGNED"))
            break;
    }
    if (strcmp(weir__buf_text(&text), "bool") == 0 || strcmp(weir__buf_text(&text), "boolean") == 0) {
        weir__buf_reset(&text);
        weir__buf_adds(&text, "tinyint(1)");
    }
    column->type_text = weir__table_text(d->builder, weir__view(weir__buf_text(&text)));
    d->nomem |= text.failed != WEIR_OK;
    weir__buf_deinit(&text);
    if (d->nomem ||
        !weir__column_type_parse(weir__table_arena(d->builder), weir__view(column->type_text), &column->type))
        return weir__ddl_refuse(d, "no memory for its type");
    return !weir__ddl_refused(d);
}

/* 1 . 5e - 3: tokens without a blank between them are one number. */
static bool goes_on(const weir__ddl *d, const char *to)
{
    if (d->token.text.data != to)
        return false;
    bool sign = weir__ddl_is(d, "-") || weir__ddl_is(d, "+");
    return d->token.kind == WEIR__DDL_WORD || weir__ddl_is(d, ".") || (sign && (to[-1] == 'e' || to[-1] == 'E'));
}

/* NULL, a number, a text, or SQL up to the next attribute. */
static bool read_default(weir__ddl *d, weir__column *column)
{
    weir__ddl_token first = d->token;
    weir_str inside;
    bool sign = weir__ddl_take(d, "-") || weir__ddl_take(d, "+");
    const char *from = first.text.data;
    column->preset_kind = WEIR__DEFAULT_EXPRESSION;
    if (weir__ddl_is(d, "(")) {
        if (!weir__ddl_group(d, &inside))
            return false;
        column->preset = weir__table_text(d->builder, inside);
        return true;
    }
    if (d->token.kind == WEIR__DDL_STRING && !sign) {
        column->preset_kind = WEIR__DEFAULT_VALUE;
        column->preset = weir__ddl_text(d, d->token.text);
        weir__ddl_step(d);
        return true;
    }
    if (d->token.kind != WEIR__DDL_WORD)
        return weir__ddl_refuse(d, "a default is not understood");
    bool null = weir__ddl_is(d, "NULL"), number = *d->token.text.data >= '0' && *d->token.text.data <= '9';
    const char *to = d->token.text.data + d->token.text.size;
    weir__ddl_step(d);
    while (number && goes_on(d, to)) {
        to = d->token.text.data + d->token.text.size;
        weir__ddl_step(d);
    }
    if (!number && d->token.kind == WEIR__DDL_STRING && d->token.text.data == to) { /* b'101', _utf8mb4'x' */
        to = d->token.text.data + d->token.text.size;
        weir__ddl_step(d);
    } else if (!number && weir__ddl_is(d, "(")) { /* current_timestamp(6) */
        if (!weir__ddl_group(d, &inside))
            return false;
        to = inside.data + inside.size + 1;
    }
    column->preset_kind = null ? WEIR__DEFAULT_NULL : number ? WEIR__DEFAULT_VALUE : WEIR__DEFAULT_EXPRESSION;
    column->preset = null ? "" : weir__table_text(d->builder, weir__slice(from, to));
    return true;
}

static bool read_charset(weir__ddl *d, const char **charset)
{
    weir__ddl_take(d, "SET");
    *charset = weir__ddl_name(d);
    return *charset != NULL;
}

/* AS (..) [VIRTUAL | STORED] */
static bool read_generated(weir__ddl *d, weir__column *column)
{
    weir_str inside;
    if (!weir__ddl_is(d, "(") || !weir__ddl_group(d, &inside))
        return weir__ddl_refuse(d, "an expression in parentheses is missing");
    column->generated = true;
    column->expression = weir__table_text(d->builder, inside);
    while (weir__ddl_take(d, "VIRTUAL") || weir__ddl_take(d, "STORED") || weir__ddl_take(d, "PERSISTENT"))
        ;
    return true;
}

/* ON UPDATE now(6), a word and perhaps parentheses. */
static bool read_on_update(weir__ddl *d, weir__column *column)
{
    weir_str inside;
    column->on_update = true;
    if (!weir__ddl_take(d, "UPDATE"))
        return weir__ddl_refuse(d, "UPDATE is missing");
    weir__ddl_step(d);
    return !weir__ddl_is(d, "(") || weir__ddl_group(d, &inside);
}

/* Of a word that is followed by another: COMMENT 'x', STORAGE DISK. */
static bool skip_one(weir__ddl *d)
{
    weir__ddl_take(d, "=");
    weir__ddl_step(d);
    return true;
}

/* Attributes that change nothing of what is described. */
static bool skip_other(weir__ddl *d)
{
    static const char *const with_one[] = {"COMMENT",
                                           "COLUMN_FORMAT",
                                           "STORAGE",
                                           "SRID",
                                           "REF_SYSTEM_ID",
                                           "ENGINE_ATTRIBUTE",
                                           "SECONDARY_ENGINE_ATTRIBUTE",
                                           NULL};
    weir_str inside;
    for (size_t i = 0; with_one[i]; i++)
        if (weir__ddl_take(d, with_one[i]))
            return skip_one(d);
    if (weir__ddl_take(d, "CONSTRAINT")) /* the name of a CHECK */
        return weir__ddl_is(d, "CHECK") || weir__ddl_name(d) != NULL;
    if (weir__ddl_take(d, "CHECK")) {
        if (!weir__ddl_is(d, "(") || !weir__ddl_group(d, &inside))
            return weir__ddl_refuse(d, "a condition in parentheses is missing");
        if (weir__ddl_take(d, "NOT"))
            return weir__ddl_take(d, "ENFORCED") || weir__ddl_refuse(d, "not understood");
        weir__ddl_take(d, "ENFORCED");
        return true;
    }
    if (weir__ddl_take(d, "VISIBLE") || weir__ddl_take(d, "COMPRESSED"))
        return true;
    if (weir__ddl_take(d, "WITH") || weir__ddl_take(d, "WITHOUT"))
        return (weir__ddl_take(d, "SYSTEM") && weir__ddl_take(d, "VERSIONING")) ||
               weir__ddl_refuse(d, "not understood");
    return weir__ddl_refuse(d, "not understood");
}

static bool read_attribute(weir__ddl *d, weir__ddl_column *c)
{
    weir__column *column = &c->column;
    if (weir__ddl_take(d, "NOT")) {
        column->nullable = false;
        return weir__ddl_take(d, "NULL") || weir__ddl_refuse(d, "NULL is missing");
    }
    if (weir__ddl_take(d, "NULL"))
        return true;
    if (weir__ddl_take(d, "DEFAULT"))
        return read_default(d, column);
    if (weir__ddl_take(d, "AUTO_INCREMENT"))
        return column->auto_increment = true;
    if (weir__ddl_take(d, "INVISIBLE"))
        return column->invisible = true;
    if (weir__ddl_take(d, "CHARACTER") || weir__ddl_take(d, "CHARSET"))
        return read_charset(d, &column->charset);
    if (weir__ddl_take(d, "COLLATE"))
        return (column->collation = weir__ddl_name(d)) != NULL;
    if (weir__ddl_take(d, "GENERATED"))
        return weir__ddl_take(d, "ALWAYS") || weir__ddl_refuse(d, "ALWAYS is missing");
    if (weir__ddl_take(d, "AS"))
        return read_generated(d, column);
    if (weir__ddl_take(d, "ON"))
        return read_on_update(d, column);
    if (weir__ddl_take(d, "PRIMARY")) {
        weir__ddl_take(d, "KEY");
        return c->primary = true;
    }
    if (weir__ddl_take(d, "UNIQUE")) {
        weir__ddl_take(d, "KEY");
        return c->unique = true;
    }
    return skip_other(d);
}

bool weir__ddl_read_column(weir__ddl *d)
{
    weir__ddl_column *c = weir__arena_take(weir__table_arena(d->builder), sizeof *c);
    if (!c)
        return weir__ddl_refuse(d, "no memory");
    c->column = (weir__column){.charset = "", .collation = "", .preset = "", .expression = "", .nullable = true};
    c->column.name = weir__ddl_name(d);
    if (!c->column.name || !read_type(d, &c->column))
        return false;
    while (!weir__ddl_is(d, ",") && !weir__ddl_is(d, ")"))
        if (!read_attribute(d, c))
            return false;
    *d->last = c;
    d->last = &c->next;
    return true;
}

/* ---- when the table's options are known ---- */

static bool has_charset(weir__type type)
{
    return weir__type_class_of(type) == WEIR__CLASS_TEXT || type == WEIR__TYPE_ENUM || type == WEIR__TYPE_SET;
}

/* "utf8mb4" of "utf8mb4_bin" */
static const char *charset_of(weir__ddl *d, const char *collation)
{
    const char *end = strchr(collation, '_');
    return weir__table_text(d->builder, end ? weir__slice(collation, end) : weir__view(collation));
}

/* What a character set without COLLATE means to MariaDB; MySQL prints COLLATE where it means another. */
static const char *collation_of(weir__ddl *d, const char *charset)
{
    char text[128];
    if (strcasecmp(charset, "binary") == 0)
        return "binary";
    snprintf(text, sizeof text, "%.100s_%s", charset, strcasecmp(charset, "latin1") == 0 ? "swedish_ci" : "general_ci");
    return weir__table_text(d->builder, weir__view(text));
}

/* utf8 is MariaDB's and MySQL's old word for utf8mb3. */
static const char *plain_charset(const char *charset)
{
    return strcasecmp(charset, "utf8") == 0 ? "utf8mb3" : charset;
}

static void set_charset(weir__ddl *d, weir__column *column)
{
    if (!has_charset(column->type.type)) {
        column->charset = column->collation = "";
        return;
    }
    if (!*column->charset && *column->collation)
        column->charset = charset_of(d, column->collation);
    if (!*column->charset) {
        column->charset = d->charset;
        column->collation = d->collation;
    }
    column->charset = plain_charset(column->charset);
    if (!*column->collation)
        column->collation = collation_of(d, column->charset);
}

static uint32_t octets_of(const char *charset)
{
    static const struct {
        const char *charset;
        uint32_t octets;
    } known[] = {{"utf8mb4", 4}, {"utf8mb3", 3}, {"utf16", 4}, {"utf16le", 4}, {"utf32", 4},
                 {"ucs2", 2},    {"big5", 2},    {"gbk", 2},   {"gb2312", 2},  {"sjis", 2},
                 {"cp932", 2},   {"euckr", 2},   {"ujis", 3},  {"eucjpms", 3}, {"gb18030", 4}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(charset, known[i].charset) == 0)
            return known[i].octets;
    return 1;
}

static uint64_t characters_of(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size; i++)
        n += (text.data[i] & 0xC0) != 0x80;
    return n;
}

/* As information_schema counts: ENUM the longest label, SET all of them with commas. */
static uint64_t labels_length(const weir__column_type *type)
{
    uint64_t longest = 0, all = type->label_count ? type->label_count - 1 : 0;
    for (uint32_t i = 0; i < type->label_count; i++) {
        uint64_t n = characters_of(type->labels[i]);
        all += n;
        longest = n > longest ? n : longest;
    }
    return type->type == WEIR__TYPE_SET ? all : longest;
}

static void set_lengths(weir__column *column)
{
    static const uint64_t fixed[WEIR__TYPES] = {
        [WEIR__TYPE_TINYTEXT] = 255,        [WEIR__TYPE_TEXT] = 65535,          [WEIR__TYPE_MEDIUMTEXT] = 16777215,
        [WEIR__TYPE_LONGTEXT] = 4294967295, [WEIR__TYPE_TINYBLOB] = 255,        [WEIR__TYPE_BLOB] = 65535,
        [WEIR__TYPE_MEDIUMBLOB] = 16777215, [WEIR__TYPE_LONGBLOB] = 4294967295,
    };
    const weir__column_type *type = &column->type;
    bool counted = type->type == WEIR__TYPE_CHAR || type->type == WEIR__TYPE_VARCHAR;
    if (type->type == WEIR__TYPE_ENUM || type->type == WEIR__TYPE_SET)
        column->characters = labels_length(type);
    else if (counted || type->type == WEIR__TYPE_BINARY || type->type == WEIR__TYPE_VARBINARY)
        column->characters = type->length;
    else
        column->characters = fixed[type->type];
    bool wide = counted || type->label_count;
    column->octets = column->characters * (wide ? octets_of(column->charset) : 1);
}

void weir__ddl_add_columns(weir__ddl *d)
{
    weir_str btree = {"BTREE", 5};
    for (weir__ddl_column *c = d->columns; c; c = c->next) {
        weir__column *column = &c->column;
        if (c->primary)
            column->nullable = false;
        if (!column->nullable && column->preset_kind == WEIR__DEFAULT_NULL)
            column->preset_kind = WEIR__DEFAULT_NONE;
        if (column->nullable && !column->generated && column->preset_kind == WEIR__DEFAULT_NONE)
            column->preset_kind = WEIR__DEFAULT_NULL;
        set_charset(d, column);
        set_lengths(column);
        weir__table_add_column(d->builder, column);
        if (c->primary)
            weir__table_add_key_part(d->builder, weir__view("PRIMARY"), btree, true, weir__view(column->name), 0);
        if (c->unique)
            weir__table_add_key_part(d->builder, weir__view(column->name), btree, true, weir__view(column->name), 0);
    }
}
