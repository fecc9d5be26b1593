/* lint_print.c - statements as lines for people and as lines of JSON. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "tools/lint.h"
#include "tools/sql_text.h"

enum { LINE = 4096, INDENT = 4 };

/* Broken at blanks to fit the terminal; in a pipe a line stays whole. */
static void add_line(weir_str text, size_t width, weir__buf *out)
{
    size_t indent = 0, used;
    weir__buf shown;
    weir__buf_init(&shown, out->mem, LINE * 8);
    sql_show_message(&shown, text);
    weir_str rest = {weir__buf_text(&shown), shown.size};
    while (width > INDENT * 4 && sql_width(rest) + indent > width) {
        size_t fit = sql_fit(rest, width - indent, &used), cut = fit;
        while (cut > 0 && rest.data[cut] != ' ')
            cut--;
        cut = cut ? cut : fit;
        weir__buf_addf(out, "%*s%.*s\n", (int)indent, "", (int)cut, rest.data);
        rest = weir__slice(rest.data + cut, rest.data + rest.size);
        while (rest.size && *rest.data == ' ')
            rest = weir__slice(rest.data + 1, rest.data + rest.size);
        indent = INDENT;
    }
    weir__buf_addf(out, "%*s%.*s\n", (int)indent, "", WEIR__STR(rest));
    weir__buf_deinit(&shown);
}

static const char *const shard_words[] = {
    [LINT_UNKNOWN] = "unknown", [LINT_ANY] = "any", [LINT_ONE] = "one", [LINT_SOME] = "some", [LINT_ALL] = "all",
};

static void add_shards(const lint_statement *s, weir__buf *line)
{
    if (s->shards == LINT_UNKNOWN)
        weir__buf_adds(line, "shards not known");
    else if (s->shards == LINT_ALL)
        weir__buf_addf(line, "all %zu shards", s->shard_total);
    else
        weir__buf_addf(line, "%s of %zu shard%s", shard_words[s->shards], s->shard_total,
                       s->shard_total > 1 ? "s" : "");
}

static const char *role_of(const lint_statement *s)
{
    return s->plan && s->plan->role == WEIR__REPLICA ? "replica" : "primary";
}

static const char *verb_of(const lint_statement *s)
{
    return s->plan ? weir__verb_name(s->plan->effects.verb) : "statement";
}

void lint_print_text(const lint_statement *s, size_t width, bool quiet, weir__buf *out)
{
    unsigned row, column;
    weir__buf line;
    weir__buf_init(&line, out->mem, LINE);
    if (!quiet) {
        lint_place(s, 0, &row, &column);
        weir__buf_addf(&line, "%s:%u:%u: %s, %s, ", s->path, row, column, verb_of(s), role_of(s));
        add_shards(s, &line);
        if (s->merge[0])
            weir__buf_addf(&line, ", %s", s->merge);
        if (!s->not_cached)
            weir__buf_adds(&line, ", cacheable");
        else if (s->plan && s->plan->effects.verb == WEIR__VERB_SELECT)
            weir__buf_addf(&line, ", not cached: %s", s->not_cached);
        add_line((weir_str){weir__buf_text(&line), line.size}, width, out);
    }
    for (size_t i = 0; i < s->problem_count; i++) {
        const lint_problem *p = &s->problems[i];
        weir__buf_reset(&line);
        lint_place(s, p->at, &row, &column);
        weir__buf_addf(&line, "%s:%u:%u: %s: %s [%s]", s->path, row, column, lint_level_name(p->level), p->text,
                       lint_rule_name(p->rule));
        add_line((weir_str){weir__buf_text(&line), line.size}, width, out);
    }
    if (line.failed && !out->failed)
        out->failed = line.failed;
    weir__buf_deinit(&line);
}

static void text(weir__buf *out, const char *before, const char *name, const char *value)
{
    weir__buf_addf(out, "%s\"%s\":", before, name);
    if (value)
        sql_json_message(out, weir__view(value));
    else
        weir__buf_adds(out, "null");
}

static void problem(const lint_statement *s, const lint_problem *p, weir__buf *out)
{
    unsigned line, column;
    lint_place(s, p->at, &line, &column);
    text(out, "{", "rule", lint_rule_name(p->rule));
    text(out, ",", "level", lint_level_name(p->level));
    weir__buf_addf(out, ",\"line\":%u,\"column\":%u", line, column);
    text(out, ",", "message", p->text);
    weir__buf_addc(out, '}');
}

void lint_print_json(const lint_statement *s, weir__buf *out)
{
    unsigned line, column;
    lint_place(s, 0, &line, &column);
    text(out, "{", "file", s->path);
    weir__buf_addf(out, ",\"line\":%u,\"column\":%u,\"sql\":", line, column);
    sql_json_message(out, s->sql);
    text(out, ",", "statement", verb_of(s));
    text(out, ",", "role", role_of(s));
    text(out, ",", "why", s->plan ? s->plan->role_reason : NULL);
    text(out, ",", "shards", shard_words[s->shards]);
    weir__buf_addf(out, ",\"shard_total\":%zu", s->shard_total);
    text(out, ",", "merge", s->merge[0] ? s->merge : NULL);
    weir__buf_addf(out, ",\"cacheable\":%s", s->not_cached || !s->plan ? "false" : "true");
    text(out, ",", "not_cached", s->not_cached);
    weir__buf_adds(out, ",\"tables\":[");
    for (uint32_t i = 0, shown = 0; s->plan && i < s->plan->table_count; i++)
        if (s->plan->tables[i].source == WEIR__SOURCE_BASE) {
            weir__buf_adds(out, shown++ ? "," : "");
            sql_json_message(out, s->plan->tables[i].name);
        }
    weir__buf_adds(out, "],\"problems\":[");
    for (size_t i = 0; i < s->problem_count; i++) {
        weir__buf_adds(out, i ? "," : "");
        problem(s, &s->problems[i], out);
    }
    weir__buf_adds(out, "]}\n");
}
