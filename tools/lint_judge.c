/* lint_judge.c - what is said of one statement. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "router/preview.h"
#include "tools/lint.h"

static const weir__lex_options reading = {.flavour = WEIR__MARIADB};

const char *lint_rule_name(lint_rule rule)
{
    static const char *const names[] = {
#define X(id, name, about) name,
        LINT_RULE_MAP(X)
#undef X
    };
    return names[rule];
}

const char *lint_rule_about(lint_rule rule)
{
    static const char *const about_them[] = {
#define X(id, name, about) about,
        LINT_RULE_MAP(X)
#undef X
    };
    return about_them[rule];
}

const char *lint_level_name(lint_level level)
{
    return level == LINT_ERROR ? "error" : level == LINT_WARNING ? "warning" : "note";
}

lint_level lint_rule_level(lint_rule rule)
{
    return rule == LINT_RULE_refused ? LINT_ERROR : rule == LINT_RULE_composed ? LINT_NOTE : LINT_WARNING;
}

void lint_tell(lint_statement *statement, lint_rule rule, lint_level level, uint32_t at, const char *format, ...)
{
    va_list args;
    if (statement->problem_count == LINT_PROBLEMS)
        return;
    lint_problem *problem = &statement->problems[statement->problem_count++];
    *problem = (lint_problem){.rule = rule, .level = level, .at = at};
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
}

/* ---- is it SQL? ---- */

bool lint_begins_like_sql(weir_str text)
{
    static const char *const words[] = {"SELECT", "INSERT", "UPDATE",   "DELETE", "REPLACE",  "WITH",    "CREATE",
                                        "ALTER",  "DROP",   "TRUNCATE", "CALL",   "RENAME",   "EXPLAIN", "LOCK",
                                        "SET",    "SHOW",   "BEGIN",    "COMMIT", "ROLLBACK", "START",   "ANALYZE"};
    weir__lexer lexer;
    weir__lexer_init(&lexer, text, &reading);
    weir__token token = weir__lex(&lexer);
    weir_str first = weir__token_text(text, token);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir__str_is_nocase(first, words[i]))
            return token.end == text.size || isspace((unsigned char)text.data[token.end]);
    return false;
}

/* "select a server", "Update the list": English begins with the same words. In capitals, or where the rest fits, it is SQL. */
static bool surely_sql(const lint_statement *s)
{
    weir__lexer lexer;
    weir__lexer_init(&lexer, s->sql, &reading);
    weir__token first = weir__lex(&lexer);
    bool capitals =
        isupper((unsigned char)s->sql.data[first.start]) && isupper((unsigned char)s->sql.data[first.start + 1]);
    bool alone = weir__lex(&lexer).id == WEIR__TK_EOF; /* "INSERT", a word of a list */
    weir__verb verb = s->plan->effects.verb;
    bool tells = verb == WEIR__VERB_SELECT || verb == WEIR__VERB_INSERT || verb == WEIR__VERB_REPLACE ||
                 verb == WEIR__VERB_UPDATE || verb == WEIR__VERB_DELETE;
    return (capitals && (!alone || s->plan->understood)) ||
           (s->plan->understood && tells && (s->plan->table_count > 0 || s->plan->call_count > 0));
}

/* ---- where it goes ---- */

typedef struct judging {
    lint_statement *statement;
    const lint_sample *sample;
    bool told; /* a refusal, a scatter: once for all rounds */
} judging;

static size_t shards_of(const weir__route *route)
{
    size_t shards = 0;
    for (size_t i = 0; i < route->target_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = route->targets[k].shard == route->targets[i].shard;
        shards += !seen;
    }
    return shards;
}

static void note_shards(lint_statement *s, const weir__route *route)
{
    size_t count = shards_of(route);
    lint_shards shards = route->any || route->empty             ? LINT_ANY
                         : count == 0                           ? LINT_UNKNOWN
                         : count == 1 && s->shard_total == 1    ? LINT_ONE
                         : count >= s->shard_total              ? LINT_ALL
                         : count > 1 || route->target_total > 1 ? LINT_SOME
                                                                : LINT_ONE;
    if (shards > s->shards)
        s->shards = shards;
}

static const char *merge_of(const weir__merge_plan *plan)
{
    return plan->groups           ? "groups merged"
           : plan->distinct_count ? "distinct rows"
           : plan->order_count    ? "ordered merge"
                                  : "one after the other";
}

/* The place in the file is told; that in the statement would not help. */
static weir_str without_place(weir_str text)
{
    const char *behind =
        text.size > 5 && memcmp(text.data, "line ", 5) == 0 ? memmem(text.data, text.size, ": ", 2) : NULL;
    return behind ? weir__slice(behind + 2, text.data + text.size) : text;
}

static void tell_not_understood(lint_statement *s, lint_level level)
{
    lint_tell(s, LINT_RULE_not_understood, level, s->plan->not_understood_at, "%.*s",
              WEIR__STR(without_place(s->plan->not_understood)));
}

static void tell_refusal(judging *j, const weir__route *route)
{
    uint32_t at = route->at == WEIR__NONE ? 0 : lint_sample_place(j->sample, route->at);
    weir__refusal why = route->refusal;
    if (j->sample->any && (why == WEIR__REFUSAL_key_not_canonical || why == WEIR__REFUSAL_key_unlisted))
        return; /* perhaps of the sample alone */
    j->told = true;
    if (why == WEIR__REFUSAL_not_understood)
        tell_not_understood(j->statement, LINT_ERROR);
    else
        lint_tell(j->statement, LINT_RULE_refused, LINT_ERROR, at, "%s: %.*s", weir__refusal_word(why),
                  WEIR__STR(route->why));
}

static void tell_several(judging *j, const weir__foreseen *seen)
{
    const weir__route *route = seen->route;
    lint_statement *s = j->statement;
    if (seen->finish) {
        snprintf(s->merge, sizeof s->merge, "finished by one server (%s)", weir__finish_way_name(seen->way));
        lint_tell(s, LINT_RULE_finished, LINT_WARNING, 0,
                  "its rows cannot be merged as they come: they are read of the shards, and one server finishes the "
                  "statement");
    } else if (seen->merge) {
        snprintf(s->merge, sizeof s->merge, "%s", merge_of(seen->merge));
        lint_tell(
            s, LINT_RULE_scatter, LINT_WARNING, 0, "it reads %zu of %zu shards: %s", shards_of(route), s->shard_total,
            route->targets[0].part_count ? "its keys are on several" : "no condition on the shard key makes it one");
    } else if (!route->routing->defines && !route->routing->writes_alike) {
        lint_tell(s, LINT_RULE_scatter, LINT_WARNING, 0, "it writes on %zu of %zu shards, as one transaction",
                  shards_of(route), s->shard_total);
    }
    j->told = true;
}

static void take_route(void *context, const weir__foreseen *seen)
{
    judging *j = context;
    lint_statement *s = j->statement;
    const weir__route *route = seen->route;
    bool answered = !route->refusal || seen->merge || seen->finish;
    if (route->routing->database)
        s->shard_total = route->routing->database->shard_count;
    if (answered || route->refusal == WEIR__REFUSAL_scatter_read)
        note_shards(s, route);
    if (j->told)
        return;
    if (!answered)
        tell_refusal(j, route);
    else if (seen->merge || seen->finish || (route->several && shards_of(route) > 1))
        tell_several(j, seen);
}

/* By several rounds of values: two keys may be on one shard by chance. */
static weir_status route(const lint_rules *rules, lint_statement *s, weir_error *error)
{
    judging j = {.statement = s};
    weir_status status = WEIR_OK;
    for (unsigned round = 0; round < LINT_ROUNDS && status == WEIR_OK; round++) {
        lint_sample sample;
        status = lint_sample_make(rules, s->plan, s->sql, round, &sample, error);
        j.sample = &sample;
        if (status == WEIR_OK)
            status = weir__preview_with(&rules->schema->routing, (weir_str){sample.sql.data, sample.sql.size},
                                        take_route, &j, error);
        bool varies = sample.any;
        lint_sample_free(&sample, rules->env);
        if (!varies)
            break;
    }
    if (status == WEIR_OK || status == WEIR_NOMEM)
        return status;
    lint_tell(s, LINT_RULE_refused, LINT_ERROR, 0, "%s", error->text);
    return WEIR_OK;
}

static bool was_told(const lint_statement *s)
{
    for (size_t i = 0; i < s->problem_count; i++)
        if (s->problems[i].rule == LINT_RULE_refused || s->problems[i].rule == LINT_RULE_not_understood)
            return true;
    return false;
}

weir_status lint_judge(const lint_rules *rules, lint_statement *s, bool *is_sql, weir_error *error)
{
    weir__plan *plan;
    weir_status status = weir__plan_build(s->sql, &reading, rules->env, &plan, error);
    *is_sql = true;
    if (status == WEIR_NOMEM)
        return status;
    if (status != WEIR_OK) {
        lint_tell(s, LINT_RULE_refused, LINT_ERROR, error->sql_offset, "%s", error->text);
        return WEIR_OK;
    }
    s->plan = plan;
    if (s->composed) {
        *is_sql = surely_sql(s);
        s->not_cached = "its text is made at run time";
        lint_tell(s, LINT_RULE_composed, LINT_NOTE, 0,
                  "parts of it are put in at run time, so it is not looked at; a value belongs into a ?");
        return WEIR_OK;
    }
    if (s->literal && !surely_sql(s)) {
        *is_sql = false;
        return WEIR_OK;
    }
    s->not_cached = lint_why_not_cached(rules, plan);
    lint_ddl(rules, s);
    if (rules->schema && rules->schema->count)
        status = route(rules, s, error);
    weir_str why = plan->not_understood;
    bool mistake = !plan->understood && without_place(why).size < why.size; /* not only known by its first words */
    if (mistake && !was_told(s))
        tell_not_understood(s, LINT_WARNING); /* over one shard it goes to the server as it is */
    return status;
}
