/* lint_source.c - SQL out of files: statements of .sql, string literals of C and C++. SPDX-License-Identifier: Apache-2.0
 * A literal is read as the compiler would: escapes undone, literals that stand side by side put together, also over lines, comments and
 * #define's backslashes. Where a name stands between two of them ("WHERE id = %" PRId64) the text is composed: what the name is, is
 * not looked for. A statement with "weir-lint: skip" in a comment on its first line, or on the line above it, is passed over. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/utf8.h"
#include "router/sql/split.h"
#include "router/sql/tokens.h"
#include "tools/lint.h"

enum { FILE_BYTES = 64 * 1024 * 1024 };

typedef struct scan {
    const weir__env *env;
    const char *path;
    weir_str source;
    const char *at, *end;
    weir__buf text;   /* of the literals so far */
    weir__buf places; /* uint32_t for each of its bytes */
    bool composed;
    lint_take *take;
    void *context;
} scan;

/* ---- files ---- */

static weir_status read_file(const weir__env *env, const char *path, weir__buf *text, weir_error *error)
{
    FILE *file = fopen(path, "rb");
    char bytes[16384];
    size_t size;
    weir__buf_init(text, &env->mem, FILE_BYTES);
    if (!file)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "cannot open it: %s", strerror(errno));
    while ((size = fread(bytes, 1, sizeof bytes, file)) > 0)
        weir__buf_add(text, bytes, size);
    int code = ferror(file) ? errno : 0;
    fclose(file);
    if (code)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "cannot read it: %s", strerror(code));
    if (text->failed == WEIR_LIMIT)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "it is over 64 MiB");
    return text->failed ? weir__fail_nomem(error) : WEIR_OK;
}

static bool line_says_skip(const scan *s, const char *at)
{
    const char *from = at, *to = at;
    while (from > s->source.data && from[-1] != '\n')
        from--;
    while (to < s->end && *to != '\n')
        to++;
    return weir__str_has_nocase(weir__slice(from, to), "weir-lint: skip");
}

/* A comment above speaks of a statement only where nothing but a comment stands on its line. */
static bool is_skipped(const scan *s, const char *at)
{
    const char *line = at, *above;
    while (line > s->source.data && line[-1] != '\n')
        line--;
    if (line_says_skip(s, at))
        return true;
    if (line == s->source.data)
        return false;
    for (above = line - 1; above > s->source.data && above[-1] != '\n';)
        above--;
    while (above < line && isspace((unsigned char)*above))
        above++;
    return strchr("/*-#", *above) && line_says_skip(s, line - 1);
}

/* ---- .sql ---- */

static weir_status take_slice(scan *s, const char *from, size_t size)
{
    weir_status status = WEIR_OK;
    uint32_t first = (uint32_t)(from - s->source.data);
    weir__lexer lexer;
    weir__lexer_init(&lexer, (weir_str){from, size}, &(weir__lex_options){.flavour = WEIR__MARIADB});
    uint32_t begin = weir__lex(&lexer).start; /* comments before it are none of it */
    weir__buf_reset(&s->places);
    for (uint32_t i = begin; i <= size; i++) {
        uint32_t place = first + i;
        weir__buf_add(&s->places, &place, sizeof place);
    }
    lint_statement one = {.path = s->path, .source = s->source, .sql = {from + begin, size - begin}};
    if (s->places.failed)
        return WEIR_NOMEM;
    one.places = (const uint32_t *)(const void *)s->places.data;
    if (begin < size && !is_skipped(s, from + begin))
        status = s->take(s->context, &one);
    return status;
}

static weir_status scan_sql(scan *s, weir_error *error)
{
    weir_str input = s->source, statement;
    const char *from = s->source.data;
    weir__split split;
    weir__split_event event;
    weir_status status = WEIR_OK;
    weir__split_init(&split, &s->env->mem, FILE_BYTES);
    do {
        bool fed = input.size > 0;
        event = fed ? weir__split_feed(&split, &input, &statement) : weir__split_end(&split, &statement);
        if (event == WEIR__SPLIT_NOMEM)
            status = weir__fail_nomem(error);
        if (event == WEIR__SPLIT_STATEMENT) {
            /* The splitter gives the text as it stands in the file, perhaps without blanks before it. */
            const char *found = memmem(from, (size_t)(s->end - from), statement.data, statement.size);
            if (found)
                status = take_slice(s, found, statement.size);
            from = found ? found + statement.size : input.data;
        }
        if (!fed)
            break;
    } while (status == WEIR_OK);
    weir__split_deinit(&split);
    return status;
}

/* ---- C ---- */

static void put(scan *s, const void *bytes, size_t size, const char *place)
{
    uint32_t at = (uint32_t)(place - s->source.data);
    weir__buf_add(&s->text, bytes, size);
    for (size_t i = 0; i < size; i++)
        weir__buf_add(&s->places, &at, sizeof at);
}

/* A backslash and the end of its line are nothing to the compiler. */
static bool skip_splice(scan *s)
{
    if (s->at + 1 < s->end && s->at[0] == '\\' && s->at[1] == '\n')
        s->at += 2;
    else if (s->at + 2 < s->end && s->at[0] == '\\' && s->at[1] == '\r' && s->at[2] == '\n')
        s->at += 3;
    else
        return false;
    return true;
}

static bool skip_comment(scan *s)
{
    if (s->at + 1 >= s->end || s->at[0] != '/')
        return false;
    if (s->at[1] == '*') {
        const char *close = memmem(s->at + 2, (size_t)(s->end - s->at - 2), "*/", 2);
        s->at = close ? close + 2 : s->end;
        return true;
    }
    if (s->at[1] != '/')
        return false;
    while (s->at < s->end && *s->at != '\n')
        if (!skip_splice(s))
            s->at++;
    return true;
}

static void skip_blanks(scan *s)
{
    while (s->at < s->end)
        if (isspace((unsigned char)*s->at))
            s->at++;
        else if (!skip_splice(s) && !skip_comment(s))
            return;
}

static unsigned number(scan *s, unsigned base, unsigned most)
{
    unsigned value = 0;
    for (unsigned i = 0; i < most && s->at < s->end && isxdigit((unsigned char)*s->at); i++, s->at++) {
        char c = (char)tolower((unsigned char)*s->at);
        unsigned digit = (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return value;
}

static void put_unicode(scan *s, unsigned code, const char *place)
{
    unsigned char out[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3F));
    out[0] = (unsigned char)(size == 1 ? code : (0xF0U << (4 - size)) | code);
    put(s, out, size, place);
}

/* Behind the backslash. */
static void read_escape(scan *s, const char *place)
{
    static const char escapes[] = "n\nt\tr\ra\ab\bf\fv\v";
    char c = *s->at;
    if (c == 'u' || c == 'U') {
        s->at++;
        put_unicode(s, number(s, 16, c == 'u' ? 4 : 8), place);
        return;
    }
    if (c == 'x') {
        s->at++;
        c = (char)number(s, 16, 8);
    } else if (c >= '0' && c <= '7') {
        c = (char)number(s, 8, 3);
    } else {
        for (size_t i = 0; i + 1 < sizeof escapes; i += 2)
            if (escapes[i] == *s->at)
                c = escapes[i + 1];
        s->at++;
    }
    put(s, &c, 1, place);
}

/* At the opening quote. */
static void read_literal(scan *s)
{
    s->at++;
    while (s->at < s->end && *s->at != '"' && *s->at != '\n') {
        const char *place = s->at;
        if (skip_splice(s))
            continue;
        if (*s->at == '\\' && s->at + 1 < s->end) {
            s->at++;
            read_escape(s, place);
        } else {
            put(s, s->at++, 1, place);
        }
    }
    s->at += s->at < s->end && *s->at == '"';
}

/* C++: R"x(..)x", at its quote. */
static void read_raw(scan *s)
{
    char close[32] = ")";
    const char *open = s->at + 1;
    while (open < s->end && open - s->at < 20 && *open != '(')
        open++;
    snprintf(close + 1, sizeof close - 1, "%.*s\"", (int)(open - s->at - 1), s->at + 1);
    const char *from = open < s->end ? open + 1 : s->end;
    const char *end = memmem(from, (size_t)(s->end - from), close, strlen(close));
    for (s->at = from; s->at < (end ? end : s->end); s->at++)
        put(s, s->at, 1, s->at);
    s->at = end ? end + strlen(close) : s->end;
}

static bool is_word(const char *at, const char *end)
{
    return at < end && (isalnum((unsigned char)*at) || *at == '_' || (unsigned char)*at >= 0x80);
}

/* A literal at hand, perhaps with its prefix (L, u8, R)? Its quote, or NULL. */
static const char *literal_quote(const scan *s, bool *raw)
{
    const char *at = s->at;
    while (at < s->end && at - s->at < 3 && strchr("LuU8R", *at))
        at++;
    *raw = at > s->at && at[-1] == 'R';
    return at < s->end && *at == '"' ? at : NULL;
}

static void read_literals(scan *s)
{
    const char *quote;
    bool raw;
    weir__buf_reset(&s->text);
    weir__buf_reset(&s->places);
    s->composed = false;
    while ((quote = literal_quote(s, &raw))) {
        s->at = quote;
        if (raw)
            read_raw(s);
        else
            read_literal(s);
        skip_blanks(s);
        if (literal_quote(s, &raw) || !is_word(s->at, s->end))
            continue;
        s->composed = true; /* a macro between two of them, or behind the last */
        while (is_word(s->at, s->end))
            s->at++;
        skip_blanks(s);
    }
}

/* A format of printf, which MySQL's % and LIKE's are not: %s, %d, %lu, .. */
static bool has_format(weir_str text)
{
    static const char *const formats[] = {"%s", "%d", "%u", "%lu", "%ld", "%zu", "%llu", "%lld", "%.*s", "%i", "%x"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (size_t at = 0, size = strlen(formats[i]); at + size <= text.size; at++)
            if (memcmp(text.data + at, formats[i], size) == 0 &&
                (at + size == text.size || !is_word(text.data + at + size, text.data + text.size)))
                return true;
    return false;
}

static weir_status take_literals(scan *s, const char *from, weir_error *error)
{
    uint32_t end = (uint32_t)(s->at - s->source.data);
    weir_str text = {weir__buf_text(&s->text), s->text.size};
    weir__buf_add(&s->places, &end, sizeof end);
    if (s->text.failed || s->places.failed)
        return weir__fail_nomem(error);
    if (!lint_begins_like_sql(text) || is_skipped(s, from))
        return WEIR_OK;
    lint_statement one = {.path = s->path, .source = s->source, .sql = text, .literal = true};
    one.places = (const uint32_t *)(const void *)s->places.data;
    one.composed = s->composed || has_format(text);
    return s->take(s->context, &one);
}

static weir_status scan_c(scan *s, weir_error *error)
{
    weir_status status = WEIR_OK;
    bool raw;
    while (s->at < s->end && status == WEIR_OK) {
        const char *from = s->at;
        if (literal_quote(s, &raw)) {
            read_literals(s);
            status = take_literals(s, from, error);
        } else if (*s->at == '\'') { /* '"' */
            for (s->at++; s->at < s->end && *s->at != '\'' && *s->at != '\n'; s->at++)
                s->at += *s->at == '\\' && s->at + 1 < s->end;
            s->at += s->at < s->end;
        } else if (is_word(s->at, s->end)) { /* also 1'000 */
            while (is_word(s->at, s->end) ||
                   (s->at + 1 < s->end && *s->at == '\'' && isdigit((unsigned char)s->at[-1])))
                s->at++;
        } else if (!skip_comment(s)) {
            s->at++;
        }
    }
    return status;
}

static bool ends_with(const char *path, const char *const *endings)
{
    size_t size = strlen(path);
    for (; *endings; endings++)
        if (size > strlen(*endings) && strcasecmp(path + size - strlen(*endings), *endings) == 0)
            return true;
    return false;
}

weir_status lint_source(const weir__env *env, const char *path, lint_take *take, void *context, weir_error *error)
{
    static const char *const sql[] = {".sql", NULL};
    static const char *const c[] = {".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".inc", ".y", NULL};
    weir__buf text;
    if (!ends_with(path, sql) && !ends_with(path, c))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "its name does not say what it is: .sql, or .c, .h, .cc, .cpp, .hpp");
    weir_status status = read_file(env, path, &text, error);
    scan s = {.env = env, .path = path, .source = {weir__buf_text(&text), text.size}, .take = take, .context = context};
    s.at = s.source.data;
    s.end = s.at + s.source.size;
    weir__buf_init(&s.text, &env->mem, FILE_BYTES);
    weir__buf_init(&s.places, &env->mem, (size_t)FILE_BYTES * 4 + 4);
    if (status == WEIR_OK)
        status = ends_with(path, sql) ? scan_sql(&s, error) : scan_c(&s, error);
    weir__buf_deinit(&s.text);
    weir__buf_deinit(&s.places);
    weir__buf_deinit(&text);
    return status;
}

void lint_place(const lint_statement *statement, uint32_t at, unsigned *line, unsigned *column)
{
    uint32_t place = statement->places[at < statement->sql.size ? at : statement->sql.size];
    *line = *column = 1;
    for (uint32_t i = 0; i < place && i < statement->source.size; i++) {
        if (statement->source.data[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)statement->source.data[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}
