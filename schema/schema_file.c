/* schema_file.c - the statements of the file one by one. SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema_file.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "schema/ddl.h"

struct weir__schema_file {
    const weir__env *env;
    weir__table **tables; /* in the file's order */
    size_t count, room;
};

typedef struct reading {
    weir__schema_file *file;
    weir__ddl_lexer lexer;
    const char *schema;
    weir_str delimiter; /* of statements: ";" but where DELIMITER says another */
    weir__schema_note *note;
    void *context;
} reading;

static void tell(const reading *r, uint32_t line, uint32_t column, const char *text)
{
    if (r->note)
        r->note(r->context, line, column, text);
}

static bool is(const weir__ddl_token *token, const char *word)
{
    return token->kind == WEIR__DDL_WORD && weir__str_is_nocase(token->text, word);
}

static bool is_end(const weir__ddl_token *token)
{
    return token->kind == WEIR__DDL_END || (token->kind == WEIR__DDL_SIGN && *token->text.data == ';');
}

/* Behind the statement: under another delimiter a ; is part of it. */
static void skip_statement(reading *r, weir__ddl_token token)
{
    if (!weir__str_is(r->delimiter, ";")) {
        r->lexer.at = token.text.data ? token.text.data : r->lexer.at;
        weir__ddl_skip_to(&r->lexer, r->delimiter);
        return;
    }
    while (!is_end(&token))
        token = weir__ddl_next(&r->lexer);
}

/* A name that comes twice: the later one is what the servers would have. */
static weir_status keep(reading *r, weir__table *table, weir_error *error)
{
    weir__schema_file *f = r->file;
    for (size_t i = 0; i < f->count; i++)
        if (strcasecmp(f->tables[i]->name, table->name) == 0) {
            weir__table_unref(f->tables[i]);
            f->tables[i] = table;
            return WEIR_OK;
        }
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 16;
        weir__table **wider = weir__resize(&f->env->mem, f->tables, room * sizeof(weir__table *));
        if (!wider) {
            weir__table_unref(table);
            return weir__fail_nomem(error);
        }
        f->tables = wider;
        f->room = room;
    }
    f->tables[f->count++] = table;
    return WEIR_OK;
}

static weir_status read_table(reading *r, weir_error *error)
{
    weir__ddl_refusal refusal;
    weir__table *table = NULL;
    weir_status status = weir__ddl_table(&r->file->env->mem, &r->lexer, r->schema, &table, &refusal, error);
    if (status != WEIR_OK)
        return status;
    if (table)
        return keep(r, table, error);
    char text[256];
    snprintf(text, sizeof text, "this CREATE TABLE is not understood and left out: %s", refusal.text);
    tell(r, refusal.line, refusal.column, text);
    return WEIR_OK;
}

/* CREATE is passed: *token is what follows. True: it is a table, and token the last word before its name. */
static bool makes_table(reading *r, weir__ddl_token *token)
{
    bool temporary = false;
    while (is(token, "OR") || is(token, "REPLACE") || is(token, "TEMPORARY")) {
        temporary |= is(token, "TEMPORARY");
        *token = weir__ddl_next(&r->lexer);
    }
    return is(token, "TABLE") && !temporary;
}

/* Statements that do not say what tables look like need no word. */
static bool is_silent(const weir__ddl_token *token)
{
    static const char *const words[] = {"SET",    "USE",   "INSERT",   "REPLACE", "LOCK",    "UNLOCK", "START",
                                        "COMMIT", "BEGIN", "ROLLBACK", "DROP",    "ANALYZE", "GRANT",  "SELECT"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is(token, words[i]))
            return true;
    return token->kind != WEIR__DDL_WORD;
}

static weir_status read_statement(reading *r, weir__ddl_token token, weir_error *error)
{
    weir__ddl_token first = token;
    weir_status status = WEIR_OK;
    if (is(&token, "DELIMITER")) {
        r->delimiter = weir__ddl_rest_of_line(&r->lexer);
        if (!r->delimiter.size)
            r->delimiter = weir__view(";");
        return WEIR_OK;
    }
    if (is(&token, "CREATE") && weir__str_is(r->delimiter, ";")) {
        token = weir__ddl_next(&r->lexer);
        if (makes_table(r, &token)) {
            /* From its beginning on, so that a refusal in its middle cannot hide where it ends. */
            weir__ddl_lexer end = r->lexer;
            status = read_table(r, error);
            r->lexer = end;
        } else if (!is(&token, "DATABASE") && !is(&token, "SCHEMA") && !is(&token, "TEMPORARY")) {
            tell(r, first.line, first.column, "only CREATE TABLE says what a table looks like: passed over");
        }
    } else if (!is_silent(&token)) {
        tell(r, first.line, first.column, "only CREATE TABLE says what a table looks like: passed over");
    }
    skip_statement(r, token);
    return status;
}

weir_status weir__schema_file_parse(const weir__env *env, weir_str text, const char *schema, weir__schema_note *note,
                                    void *context, weir__schema_file **out, weir_error *error)
{
    weir__schema_file *file = weir__new(&env->mem, sizeof *file);
    *out = NULL;
    if (!file)
        return weir__fail_nomem(error);
    file->env = env;
    reading r = {.file = file, .schema = schema, .delimiter = weir__view(";"), .note = note, .context = context};
    weir_status status = WEIR_OK;
    weir__ddl_begin(&r.lexer, text);
    for (weir__ddl_token token = weir__ddl_next(&r.lexer); token.kind != WEIR__DDL_END && status == WEIR_OK;
         token = weir__ddl_next(&r.lexer))
        if (!is_end(&token))
            status = read_statement(&r, token, error);
    if (status == WEIR_OK)
        *out = file;
    else
        weir__schema_file_free(file);
    return status;
}

weir_status weir__schema_file_read(const weir__env *env, const char *path, const char *schema, weir__schema_note *note,
                                   void *context, weir__schema_file **file, weir_error *error)
{
    FILE *from = fopen(path, "re");
    weir__buf text;
    size_t got = 1;
    *file = NULL;
    if (!from)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "schema_file %s cannot be read: %s", path,
                          strerror(errno));
    weir__buf_init(&text, &env->mem, WEIR__MAX_SCHEMA_FILE_BYTES);
    while (got > 0) {
        char piece[16384];
        got = fread(piece, 1, sizeof piece, from);
        weir__buf_add(&text, piece, got);
    }
    bool broken = ferror(from) != 0;
    fclose(from);
    weir_status status = WEIR_OK;
    if (broken)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "schema_file %s cannot be read to its end", path);
    else if (text.failed == WEIR_LIMIT)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                            "schema_file %s is larger than %d bytes: dump it without data", path,
                            WEIR__MAX_SCHEMA_FILE_BYTES);
    else if (text.failed)
        status = weir__fail_nomem(error);
    else
        status = weir__schema_file_parse(env, (weir_str){text.data, text.size}, schema, note, context, file, error);
    weir__buf_deinit(&text);
    return status;
}

void weir__schema_file_free(weir__schema_file *file)
{
    if (!file)
        return;
    for (size_t i = 0; i < file->count; i++)
        weir__table_unref(file->tables[i]);
    weir__free(&file->env->mem, file->tables);
    weir__free(&file->env->mem, file);
}

size_t weir__schema_file_count(const weir__schema_file *file)
{
    return file->count;
}

weir__table *weir__schema_file_find(const weir__schema_file *file, weir_str name)
{
    for (size_t i = 0; i < file->count; i++)
        if (weir__str_is_nocase(name, file->tables[i]->name))
            return weir__table_ref(file->tables[i]);
    return NULL;
}

static bool is_made_of(const char *name, const weir__physical *p)
{
    size_t size = strlen(name), before = strlen(p->prefix), behind = strlen(p->suffix);
    if (size <= before + behind || strncasecmp(name, p->prefix, before) != 0 ||
        strcasecmp(name + size - behind, p->suffix) != 0)
        return false;
    return strspn(name + before, "0123456789") >= size - before - behind;
}

weir__table *weir__schema_file_find_rule(const weir__schema_file *file, const weir__table_config *rule)
{
    weir__table *table = weir__schema_file_find(file, weir__view(rule->name));
    for (size_t i = 0; !table && rule->physical.kind != WEIR__PHYSICAL_SAME && i < file->count; i++)
        if (is_made_of(file->tables[i]->name, &rule->physical))
            table = weir__table_ref(file->tables[i]);
    return table;
}
