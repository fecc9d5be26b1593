/* routing_several.c - can a statement write on several shards at once? SPDX-License-Identifier: Apache-2.0
 * Each shard runs it for its own rows, or all run it alike on their copies of a table that is everywhere. So nothing in it may depend on
 * where, or in what order, rows are met; NOW() is given to all shards alike; what is drawn anew for each row (UUID()) is fine for rows
 * that stand on one shard, and not for copies. Known from the plan and from the words of the text. docs/writes.md. */
#include <strings.h>

#include "base/str.h"
#include "router/route/routing_impl.h"
#include "router/sql/functions.h"
#include "router/sql/tokens.h"

/* What the words of a text say. */
typedef struct words {
    bool time;          /* NOW() and the like */
    bool drawn;         /* UUID() and the like: another value each time */
    const char *server; /* what speaks of one server, or depends on the order of rows: why */
} words;

static bool is_one_of(weir_str name, const char *const *names)
{
    for (; *names; names++)
        if (weir__str_is_nocase(name, *names))
            return true;
    return false;
}

static void read_function(weir_str name, words *out)
{
    static const char *const of_time[] = {"curdate",
                                          "current_date",
                                          "current_time",
                                          "current_timestamp",
                                          "curtime",
                                          "localtime",
                                          "localtimestamp",
                                          "now",
                                          "unix_timestamp",
                                          "utc_date",
                                          "utc_time",
                                          "utc_timestamp",
                                          NULL};
    static const char *const drawn[] = {"random_bytes", "sys_guid", "uuid", "uuid_short", NULL};
    static const char *const of_server[] = {"current_role", "current_user", "database", "schema", "session_user",
                                            "system_user",  "user",         "version",  NULL};
    const weir__function *f = weir__function_find(name);
    if (is_one_of(name, of_time))
        out->time = true;
    else if (is_one_of(name, drawn))
        out->drawn = true;
    else if (is_one_of(name, of_server))
        out->server = "a function in it speaks of one server, and it is for several";
    else if (f && f->flags & WEIR__FN_VARIES)
        out->server = "a function in it gives another value on each shard: give it as a value";
}

static void read_words(weir_str sql, const weir__lex_options *reading, words *out)
{
    static const char *const bare[] = {"current_date", "current_role", "current_time",   "current_timestamp",
                                       "current_user", "localtime",    "localtimestamp", "sysdate",
                                       "utc_date",     "utc_time",     "utc_timestamp",  NULL};
    weir__lexer lexer;
    weir__token last = {0};
    bool behind_dot = false;
    if (!sql.data)
        return;
    weir__lexer_init(&lexer, sql, reading);
    for (weir__token token = weir__lex(&lexer); token.id != WEIR__TK_EOF; token = weir__lex(&lexer)) {
        weir_str name = weir__token_text(sql, last);
        bool word = last.id == WEIR__TK_IDENT || weir__token_is_word(last.id);
        if (word && !behind_dot && (token.id == WEIR__TK_LP || is_one_of(name, bare)))
            read_function(name, out);
        if (token.id == WEIR__TK_SYSVAR)
            out->server = "a system variable is one server's, and it is for several";
        behind_dot = last.id == WEIR__TK_DOT;
        last = token;
    }
    if ((last.id == WEIR__TK_IDENT || weir__token_is_word(last.id)) && is_one_of(weir__token_text(sql, last), bare))
        read_function(weir__token_text(sql, last), out);
}

bool weir__routing_has_word(const weir__routing_work *w, const char *word)
{
    weir__lexer lexer;
    weir__lexer_init(&lexer, w->lookup->sql, &w->lookup->reading);
    for (weir__token token = weir__lex(&lexer); token.id != WEIR__TK_EOF; token = weir__lex(&lexer))
        if (weir__token_is_word(token.id) && weir__str_is_nocase(weir__token_text(w->lookup->sql, token), word))
            return true;
    return false;
}

static bool has_default_cell(const weir__plan_insert *insert)
{
    for (uint32_t i = 0; i < insert->cell_count; i++)
        if (insert->cells[i].kind != WEIR__CELL_VALUE)
            return true;
    return false;
}

/* What the server puts into columns by itself. */
static void read_presets(const weir__routing_work *w, const weir__routed_table *t, words *out)
{
    const weir__plan_insert *insert = w->plan->insert;
    for (uint32_t i = 0; t->info && i < t->info->column_count; i++) {
        const weir__column *c = &t->info->columns[i];
        bool timestamp = strncasecmp(c->type_text, "timestamp", 9) == 0;
        if (c->on_update && (!insert || insert->on_duplicate))
            out->time = true;
        if (!insert || c->preset_kind != WEIR__DEFAULT_EXPRESSION)
            continue;
        bool given = weir__routing_cell_of(w, t, c->name) != WEIR__NONE && !has_default_cell(insert);
        if (!given || timestamp) /* NULL may stand for the time too */
            read_words(weir__view(c->preset), &w->lookup->reading, out);
    }
}

static bool is_limited(const weir__plan *plan)
{
    for (uint32_t i = 0; i < plan->scope_count; i++)
        if (plan->scopes[i].limited)
            return true;
    return false;
}

/* All copies change alike whatever order their rows are met in. */
static const char *why_not_alike(const weir__routing_work *w, const words *said)
{
    const weir__plan *plan = w->plan;
    if (said->drawn)
        return "a function in it is drawn anew on each shard, and the copies would differ: give it as a value";
    if (is_limited(plan))
        return "a LIMIT in it might choose other rows on each shard, and the copies would differ";
    for (uint32_t i = 1; i < plan->scope_count; i++) {
        const weir__plan_scope *s = &plan->scopes[i];
        if (s->distinct || s->grouped || s->aggregates || s->windows || s->recursive)
            return "a query inside of it gathers rows, and might do so in another order on each shard";
    }
    if (plan->effects.verb == WEIR__VERB_UPDATE && w->routing->table_count > 1)
        return "an UPDATE of joined tables might choose other rows on each shard";
    for (uint32_t i = 0; i < w->routing->table_count; i++) {
        const weir__routed_table *t = &w->routing->tables[i];
        bool target = plan->tables[t->table].how == WEIR__HOW_TARGET;
        for (uint32_t c = 0; target && t->info && c < t->info->column_count; c++)
            if (t->info->columns[c].auto_increment && !w->routing->ids)
                return "its table has an AUTO_INCREMENT column, and each shard counts for itself: let weir make the "
                       "ids "
                       "(ids: in the table's rule)";
        if (plan->tables[t->table].written && t->info && t->info->trigger_count)
            return "its table has a trigger, which each shard would run for itself";
    }
    return NULL;
}

void weir__routing_several(weir__routing_work *w)
{
    weir__routing *r = w->routing;
    words said = {.time = false};
    bool writes = false;
    for (uint32_t i = 0; i < r->table_count; i++)
        writes |= w->plan->tables[r->tables[i].table].written;
    if (!writes)
        return;
    read_words(w->lookup->sql, &w->lookup->reading, &said);
    for (uint32_t i = 0; i < r->table_count; i++)
        if (w->plan->tables[r->tables[i].table].written)
            read_presets(w, &r->tables[i], &said);
    r->tells_time = said.time;
    r->apart = said.server;
    if (!r->apart && w->plan->effects.returning)
        r->apart = "RETURNING gives rows, and what changes on several shards gives none: read them by a statement of "
                   "their own";
    if (!r->apart && w->plan->scope_count && w->plan->scopes[0].limited)
        r->apart = "its LIMIT counts the rows of all shards together: give the shard key by =, or read the keys first";
    if (!r->apart && r->writes_alike)
        r->apart = why_not_alike(w, &said);
    if (r->writes_alike && r->apart)
        weir__routing_refuse(w, WEIR__REFUSAL_broadcast_write, "%s", r->apart);
}
