/* names.c - numbered tokens, and the text for a target. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/names.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/route/bind.h"

void weir__names_begin(const weir__lookup *lookup, weir__names_walk *walk)
{
    *walk = (weir__names_walk){.lookup = lookup};
    weir__lexer_init(&walk->lexer, lookup->sql, &lookup->reading);
}

bool weir__names_next(weir__names_walk *walk, weir__token *token, uint32_t *number)
{
    const weir__lookup *l = walk->lookup;
    *token = weir__lex(&walk->lexer);
    if (token->id == WEIR__TK_EOF)
        return false;
    bool lifted = false;
    if (l->mapped) {
        while (walk->next_run < l->run_count && l->runs[walk->next_run].end <= token->start)
            walk->next_run++;
        while (walk->next_slot < l->slot_count && l->slots[walk->next_slot].end <= token->start)
            walk->next_slot++;
        lifted = (walk->next_run < l->run_count && l->runs[walk->next_run].start <= token->start) ||
                 (walk->next_slot < l->slot_count && l->slots[walk->next_slot].start <= token->start);
    }
    *number = lifted ? WEIR__NONE : walk->number++;
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool weir__names_token(weir_str sql, weir__token token, weir_str name)
{
    const char *at = sql.data + token.start, *end = sql.data + token.end;
    char quote = token.id == WEIR__TK_QUOTED ? *at : '\0';
    size_t n = 0;
    if (!weir__token_is_name(token.id) && !weir__token_is_word(token.id))
        return false;
    if (quote) {
        at++;
        end--;
    }
    for (; at < end; at++, n++) {
        if (quote && *at == quote && at + 1 < end)
            at++;
        if (n == name.size || lower(*at) != lower(name.data[n]))
            return false;
    }
    return n == name.size;
}

/* ---- the text for a target ---- */

static void add_quoted(weir__buf *out, const char *name, size_t size)
{
    weir__buf_addc(out, '`');
    for (size_t i = 0; i < size; i++) {
        if (name[i] == '`')
            weir__buf_addc(out, '`');
        weir__buf_addc(out, name[i]);
    }
    weir__buf_addc(out, '`');
}

static void add_table(const weir__binding *b, const weir__splice *s, const weir__shard_config *shard,
                      const int64_t *tables, weir__buf *out)
{
    const weir__routed_table *t = &b->routing->tables[s->table];
    const weir__plan_table *table = &b->routing->plan->tables[t->table];
    weir__buf name;
    if (s->whole && table->schema.size) {
        add_quoted(out, shard->schema, strlen(shard->schema));
        weir__buf_addc(out, '.');
    }
    weir__buf_init(&name, out->mem, WEIR__MAX_LOG_BYTES);
    if (t->rule)
        weir__place_table_name(t->rule, tables ? tables[s->table] : 0, &name);
    else
        weir__buf_add(&name, table->name.data, table->name.size);
    add_quoted(out, weir__buf_text(&name), name.size);
    if (name.failed)
        out->failed = name.failed;
    weir__buf_deinit(&name);
    if (s->alias) {
        weir__buf_adds(out, " AS ");
        add_quoted(out, table->name.data, table->name.size);
    }
}

/* Does the token stand for what the splice is about? Two readings that differ must not change a wrong name. */
static bool is_expected(const weir__binding *b, const weir__splice *s, weir__token token)
{
    const weir__plan_table *t = &b->routing->plan->tables[b->routing->tables[s->table].table];
    bool schema = s->drop || (s->whole && t->schema.size);
    return weir__names_token(b->lookup->sql, token, schema ? t->schema : t->name);
}

static bool write_text(const weir__binding *b, const weir__shard_config *shard, const int64_t *tables, weir__buf *out)
{
    const weir__routing *r = b->routing;
    weir_str sql = b->lookup->sql;
    weir__names_walk walk;
    weir__token token;
    uint32_t number, next = 0, copied = 0;
    weir__names_begin(b->lookup, &walk);
    while (next < r->splice_count && weir__names_next(&walk, &token, &number)) {
        const weir__splice *s = &r->splices[next];
        if (number == WEIR__NONE || number < s->first)
            continue;
        if (number == s->first) {
            if (!is_expected(b, s, token))
                return false;
            weir__buf_add(out, sql.data + copied, token.start - copied);
        }
        copied = token.end;
        if (number != s->last)
            continue;
        if (!s->drop)
            add_table(b, s, shard, tables, out);
        next++;
    }
    weir__buf_add(out, sql.data + copied, sql.size - copied);
    return next == r->splice_count;
}

weir_str weir__bind_text(weir__binding *b, const weir__shard_config *shard, const int64_t *tables)
{
    const weir__routing *r = b->routing;
    weir__buf out;
    weir_str sql = b->lookup->sql;
    if (r->splice_count == 0 || weir__fault(r->env, wrong_name))
        return sql;
    weir__buf_init(&out, b->arena->mem, WEIR__MAX_STATEMENT_BYTES);
    bool written = r->of_many == b->lookup->mapped && write_text(b, shard, tables, &out);
    char *copy = out.failed || !written ? NULL : weir__arena_text(b->arena, weir__buf_text(&out), out.size);
    sql = (weir_str){copy, out.size};
    if (out.failed)
        b->arena->failed = out.failed;
    else if (!written)
        weir__bind_refuse(b, WEIR__REFUSAL_renaming, WEIR__NONE,
                          "a name of a table was not found again in the statement");
    weir__buf_deinit(&out);
    return sql;
}
