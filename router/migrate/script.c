/* script.c - see script.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/script.h"

#include <stdio.h>

#include "base/str.h"
#include "base/utf8.h"
#include "router/sql/split.h"

enum { MAX_STATEMENT = 64 * 1024 * 1024, MAX_WHY = 400 };

typedef struct reading {
    weir__script *script;
    const weir__lex_options *options;
    const weir__env *env;
    const weir__config *config;
    const weir__database_config *database;
    weir__script_mistake *mistake;
    void *context;
    uint32_t mistakes;
    const char *counted; /* lines up to here are in line */
    uint32_t line;
    bool nomem;
} reading;

static void tell(reading *r, uint32_t line, const char *text)
{
    r->mistakes++;
    r->mistake(r->context, line, text);
}

static uint32_t line_of(reading *r, const char *at)
{
    for (; r->counted < at; r->counted++)
        r->line += *r->counted == '\n';
    return r->line;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A comment "weir: word" says something of the statement behind it. */
static bool read_words(reading *r, weir_str comment, uint32_t line, bool *repeatable)
{
    static const char mark[] = "weir:";
    const char *at = memmem(comment.data, comment.size, mark, sizeof mark - 1), *end = comment.data + comment.size;
    if (!at)
        return true;
    for (const char *before = comment.data; before < at; before++)
        if (!is_blank(*before) && !strchr("-#*/", *before))
            return true; /* it only speaks of weir */
    for (at += sizeof mark - 1; at < end && is_blank(*at);)
        at++;
    const char *to = at;
    while (to < end && !is_blank(*to) && *to != '*')
        to++;
    *repeatable |= weir__str_is(weir__slice(at, to), "repeatable");
    if (weir__str_is(weir__slice(at, to), "repeatable"))
        return true;
    tell(r, line, "a comment 'weir: ..' before a statement can say 'repeatable', nothing else");
    return false;
}

/* Behind the comments at the beginning of a statement. */
static const char *skip_comments(reading *r, const char *at, const char *end, bool *repeatable)
{
    while (at < end) {
        const char *from = at;
        bool dashes = end - at > 2 && at[0] == '-' && at[1] == '-' && is_blank(at[2]);
        if (is_blank(*at)) {
            at++;
        } else if (*at == '#' || dashes) {
            at = memchr(at, '\n', (size_t)(end - at));
            at = at ? at : end;
            read_words(r, weir__slice(from, at), line_of(r, from), repeatable);
        } else if (end - at > 3 && at[0] == '/' && at[1] == '*' && at[2] != '!' && !(at[2] == 'M' && at[3] == '!')) {
            at = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
            at = at ? at + 2 : end;
            read_words(r, weir__slice(from, at), line_of(r, from), repeatable);
        } else {
            break;
        }
    }
    return at;
}

static weir__step *new_step(reading *r)
{
    weir__script *s = r->script;
    if (s->count == s->room) {
        uint32_t room = s->room ? s->room * 2 : 4;
        weir__step *more = weir__resize(s->mem, s->steps, room * sizeof *more);
        if (!more) {
            r->nomem = true;
            return NULL;
        }
        s->steps = more;
        s->room = room;
    }
    weir__step *step = &s->steps[s->count++];
    memset(step, 0, sizeof *step);
    step->number = s->count;
    return step;
}

static void take_statement(reading *r, weir_str sql)
{
    bool repeatable = false;
    char why[MAX_WHY], text[MAX_WHY + 32];
    const char *end = sql.data + sql.size, *from = skip_comments(r, sql.data, end, &repeatable);
    while (end > from && is_blank(end[-1]))
        end--;
    weir__step *step = new_step(r);
    if (!step)
        return;
    step->sql = weir__slice(from, end);
    step->line = line_of(r, from);
    weir__migrate_checksum(step->sql, step->checksum);
    if (!weir__step_read(step, repeatable, r->options, r->env, r->config, r->database, why, sizeof why)) {
        snprintf(text, sizeof text, "statement %u: %s", step->number, why);
        tell(r, step->line, text);
    }
    r->script->settings |= step->kind == WEIR__STEP_SETTING;
}

/* What no text file holds; false: told. */
static bool check_bytes(reading *r, weir_str text)
{
    const char *nul = memchr(text.data, '\0', text.size);
    if (text.size >= 2 &&
        ((text.data[0] == '\xff' && text.data[1] == '\xfe') || (text.data[0] == '\xfe' && text.data[1] == '\xff')))
        tell(r, 1, "it is UTF-16: save it as UTF-8");
    else if (nul)
        tell(r, line_of(r, nul), "it holds a NUL byte: it is no text, or was not written in whole");
    else if (!weir__utf8_valid(text.data, text.size))
        tell(r, 1, "it is not UTF-8");
    return r->mistakes == 0;
}

static weir_str without_mark(weir_str text)
{
    bool marked = text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    return (weir_str){text.data + (marked ? 3 : 0), text.size - (marked ? 3 : 0)};
}

void weir__script_checksum(weir_str text, char out[33])
{
    weir__migrate_checksum(without_mark(text), out);
}

static void cut(reading *r)
{
    weir__script *s = r->script;
    weir__split split;
    weir_str input = without_mark((weir_str){s->text, s->size}), statement;
    const char *end = s->text + s->size;
    weir__split_init(&split, s->mem, MAX_STATEMENT);
    split.plain_backslash = (r->options->sql_mode & WEIR__NO_BACKSLASH_ESCAPES) != 0;
    weir__split_event event;
    do {
        event = weir__split_feed(&split, &input, &statement);
        if (event == WEIR__SPLIT_STATEMENT)
            take_statement(r, (weir_str){input.data - split.size - statement.size, statement.size});
        else if (event == WEIR__SPLIT_TOO_LONG)
            tell(r, line_of(r, input.data), "the statement that ends here is over 64 MB");
        else if (event == WEIR__SPLIT_DELIMITER)
            tell(r, line_of(r, input.data) - 1, "a DELIMITER line without a delimiter that can be used");
        r->nomem |= event == WEIR__SPLIT_NOMEM;
    } while (event != WEIR__SPLIT_MORE && !r->nomem);
    event = r->nomem ? WEIR__SPLIT_MORE : weir__split_end(&split, &statement);
    if (event == WEIR__SPLIT_STATEMENT)
        take_statement(r, (weir_str){end - statement.size, statement.size});
    r->nomem |= event == WEIR__SPLIT_NOMEM;
    weir__split_deinit(&split);
}

weir_status weir__script_read(weir__script *script, weir_str text, const weir__lex_options *options,
                              const weir__env *env, const weir__config *config, const weir__database_config *database,
                              weir__script_mistake *mistake, void *context, uint32_t *mistakes, weir_error *error)
{
    reading r = {script, options, env, config, database, mistake, context, 0, NULL, 1, false};
    *script = (weir__script){.mem = &env->mem, .size = text.size};
    script->text = weir__strndup(&env->mem, text.size ? text.data : "", text.size);
    if (!script->text)
        return weir__fail_nomem(error);
    r.counted = script->text;
    weir__script_checksum((weir_str){script->text, script->size}, script->checksum);
    if (check_bytes(&r, (weir_str){script->text, script->size}))
        cut(&r);
    if (!r.nomem && r.mistakes == 0 && script->count == 0)
        tell(&r, 1, "it holds no statement");
    *mistakes = r.mistakes;
    return r.nomem ? weir__fail_nomem(error) : WEIR_OK;
}

void weir__script_deinit(weir__script *script)
{
    weir__free(script->mem, script->steps);
    weir__free(script->mem, script->text);
    *script = (weir__script){.mem = script->mem};
}
