/* page.c - which statements have pages, and the statement of one page. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/page.h"

#include <string.h>
#include <xxhash.h>

#include "base/limits.h"
#include "router/merge/planning.h"

enum { NONE = WEIR__NONE, MOST_KEYS = 32, MOST_SORTED = 1024 /* bytes, the servers' default max_sort_length */ };

typedef struct making {
    weir__planning p;
    weir__page *page;
    const weir__column *columns[MOST_KEYS];
    uint32_t tables[MOST_KEYS];
    uint32_t ordered; /* keys that the user's ORDER BY has; the others make them certain */
    weir__buf schema; /* what a token depends on */
    const char *why;  /* it is refused */
    uint32_t at;
} making;

static bool refuse(making *m, const node *at, const char *why)
{
    if (!m->why) {
        m->why = why;
        m->at = at ? at->at.start : 0;
    }
    return false;
}

static bool has(const node *n, int kind)
{
    if ((int)n->kind == kind)
        return true;
    for (const node *child = n->first; child; child = child->next)
        if (has(child, kind))
            return true;
    return false;
}

static bool check(making *m)
{
    weir__planning *p = &m->p;
    const node *s = p->select;
    if (s->kind != NODE(SELECT))
        return refuse(m, s, "pages are of a SELECT of its own: no UNION, VALUES or TABLE");
    if (!p->order)
        return refuse(m, s, "a page needs ORDER BY: by what should the next one go on?");
    if (!p->limit || !weir__child(p->limit, NODE(COUNT)))
        return refuse(m, s, "a page needs LIMIT: how many rows has it?");
    if (weir__child(p->limit, NODE(OFFSET)))
        return refuse(m, p->limit, "a page begins where the one before ended: no OFFSET");
    if (p->group || weir__child(s, NODE(HAVING)) || weir__child(s, NODE(WINDOWS)) || s->flags & WEIR__FLAG_DISTINCT ||
        weir__planning_has_aggregate(p, p->items) || weir__planning_has_aggregate(p, p->order))
        return refuse(m, s, "pages are of rows: no GROUP BY, HAVING, DISTINCT or aggregate");
    if (has(s, NODE(OVER)))
        return refuse(m, s, "a window would see the rows of one page alone");
    return true;
}

/* ---- keys ---- */

static bool is_steady(const char *zone)
{
    return zone && (*zone == '+' || *zone == '-' || strcmp(zone, "UTC") == 0);
}

/* The most bytes by which a server sorts a character. */
static unsigned sort_bytes(const char *collation)
{
    size_t size = strlen(collation);
    if (strstr(collation, "general_ci") || strstr(collation, "general_nopad_ci"))
        return 2;
    return size > 4 && strcmp(collation + size - 4, "_bin") == 0 ? 4 : 8;
}

/* Around the column stand before and behind. False: it is no key. */
static bool kind_of(making *m, const node *at, const weir__column *c, uint8_t *kind, const char **behind)
{
    *behind = "";
    switch (c->type.type) {
    case WEIR__TYPE_TINYINT:
    case WEIR__TYPE_SMALLINT:
    case WEIR__TYPE_MEDIUMINT:
    case WEIR__TYPE_INT:
    case WEIR__TYPE_BIGINT:
    case WEIR__TYPE_YEAR:
        *kind = WEIR__PAGE_INTEGER;
        return true;
    case WEIR__TYPE_BIT:
    case WEIR__TYPE_ENUM:
    case WEIR__TYPE_SET:
        *kind = WEIR__PAGE_INTEGER;
        *behind = "+0";
        return true;
    case WEIR__TYPE_DECIMAL:
        *kind = WEIR__PAGE_DECIMAL;
        return true;
    case WEIR__TYPE_FLOAT:
    case WEIR__TYPE_DOUBLE:
        *kind = WEIR__PAGE_DOUBLE;
        *behind = c->type.type == WEIR__TYPE_FLOAT || c->type.precision || c->type.scale ? "+0e0" : "";
        return true;
    case WEIR__TYPE_TIMESTAMP:
        if (!is_steady(m->page->zone))
            return refuse(
                m, at, "a TIMESTAMP says which moment it is only where connection.time_zone is an offset like +00:00");
        *kind = WEIR__PAGE_TEXT;
        return true;
    case WEIR__TYPE_DATE:
    case WEIR__TYPE_DATETIME:
    case WEIR__TYPE_TIME:
        *kind = WEIR__PAGE_TEXT;
        return true;
    case WEIR__TYPE_CHAR:
    case WEIR__TYPE_VARCHAR:
        *kind = WEIR__PAGE_TEXT;
        if (c->characters * sort_bytes(c->collation) > MOST_SORTED)
            return refuse(m, at,
                          "servers may sort a text as long as this by its beginning (max_sort_length): order by a "
                          "shorter column");
        return true;
    case WEIR__TYPE_BINARY:
    case WEIR__TYPE_VARBINARY:
        *kind = WEIR__PAGE_BYTES;
        return c->octets < MOST_SORTED ||
               refuse(m, at, "servers may sort bytes as many as these by their beginning (max_sort_length)");
    default:
        return refuse(m, at, "a page does not go on by a column of this type");
    }
}

static void add_name(weir__buf *out, weir_str name)
{
    weir__buf_addc(out, '`');
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '`')
            weir__buf_addc(out, '`');
        weir__buf_addc(out, name.data[i]);
    }
    weir__buf_addc(out, '`');
}

static bool add_key(making *m, const node *at, uint32_t table, const weir__column *c, bool descending)
{
    weir__page *page = m->page;
    weir__page_key *key = &page->keys[page->key_count];
    const char *behind;
    if (page->key_count == MOST_KEYS)
        return refuse(m, at, "a page goes on by at most 32 columns");
    if (!kind_of(m, at, c, &key->kind, &behind))
        return false;
    weir__buf text;
    weir__buf_init(&text, m->p.arena->mem, WEIR__MAX_STATEMENT_BYTES);
    weir_str label = weir__plan_table_label(&m->p.input->plan->tables[table]);
    add_name(&text, label);
    weir__buf_addc(&text, '.');
    add_name(&text, weir__view(c->name));
    weir__buf_adds(&text, behind);
    key->expression = weir__arena_text(m->p.arena, weir__buf_text(&text), text.size);
    key->descending = descending;
    weir__buf_addf(&m->schema, "%s %s %s %d;", weir__buf_text(&text), c->type_text, c->collation, descending);
    weir__buf_deinit(&text);
    m->columns[page->key_count] = c;
    m->tables[page->key_count++] = table;
    return true;
}

static bool is_key(const making *m, uint32_t table, const weir__column *c)
{
    for (uint32_t i = 0; i < m->page->key_count; i++)
        if (m->columns[i] == c && m->tables[i] == table)
            return true;
    return false;
}

static bool add_ordered(making *m)
{
    for (const node *by = m->p.order->first; by; by = by->next) {
        uint32_t item, table;
        const node *e = weir__planning_meant(&m->p, by->first, true, &item);
        const weir__column *c = e ? weir__planning_column(&m->p, e, &table) : NULL;
        if (!c)
            return refuse(m, by,
                          "a page goes on by columns of tables that weir knows, not by what is computed of them");
        if (!is_key(m, table, c) && !add_key(m, by, table, c, by->flags & WEIR__FLAG_DESCENDING))
            return false;
    }
    m->ordered = m->page->key_count;
    return true;
}

/* What makes two rows different: the primary key of each table; and on different shards, the shard key. */
static bool add_certain(making *m)
{
    const weir__plan *plan = m->p.input->plan;
    bool descending = m->page->keys[m->ordered - 1].descending;
    for (uint32_t t = 0; t < plan->table_count; t++) {
        const weir__merge_table *place = &m->p.input->tables[t];
        if (plan->tables[t].scope != 0)
            continue;
        const weir__index *primary = place->table ? place->table->primary : NULL;
        if (plan->tables[t].source != WEIR__SOURCE_BASE || !primary)
            return refuse(m, m->p.select,
                          "each table of FROM needs a primary key that weir knows: it tells rows apart that are equal "
                          "by ORDER BY");
        for (uint32_t i = 0; i < primary->part_count; i++) {
            const weir__key_part *part = &primary->parts[i];
            if (part->index < 0 || part->prefix)
                return refuse(m, m->p.select, "a primary key over a part of a column does not tell rows apart");
            const weir__column *c = &place->table->columns[part->index];
            if (!is_key(m, t, c) && !add_key(m, m->p.select, t, c, descending))
                return false;
        }
        const weir__column *key =
            m->page->several && place->key ? weir__table_column(place->table, weir__view(place->key)) : NULL;
        if (key && !is_key(m, t, key) && !add_key(m, m->p.select, t, key, descending))
            return false;
    }
    return true;
}

/* ---- the statement ---- */

typedef struct writing {
    weir__buf sql;
    weir_value *args;
    size_t count;
} writing;

static void ask(writing *w, const weir__page_key *key, const char *sign)
{
    weir__buf_addf(&w->sql, "%s%s?", key->expression, sign);
    w->args[w->count++] = key->after;
}

/* Does anything come after it, by this key alone? */
static bool has_after(const weir__page_key *key)
{
    return !(key->descending && key->after.type == WEIR_T_NULL);
}

static void say_after(writing *w, const weir__page_key *key)
{
    if (key->after.type == WEIR_T_NULL) {
        weir__buf_addf(&w->sql, "%s IS NOT NULL", key->expression);
    } else if (key->descending) {
        weir__buf_addc(&w->sql, '(');
        ask(w, key, "<");
        weir__buf_addf(&w->sql, " OR %s IS NULL)", key->expression);
    } else {
        ask(w, key, ">");
    }
}

/* (a > ?) OR (a = ? AND b > ?) OR ..: in this form servers find the range in an index over (a, b). */
static void say_condition(writing *w, const weir__page *page)
{
    const char * or = "";
    for (uint32_t i = 0; i < page->key_count; i++) {
        if (!has_after(&page->keys[i]))
            continue;
        weir__buf_addf(&w->sql, "%s(", or);
        for (uint32_t k = 0; k < i; k++) {
            if (page->keys[k].after.type == WEIR_T_NULL)
                weir__buf_addf(&w->sql, "%s IS NULL", page->keys[k].expression);
            else
                ask(w, &page->keys[k], "=");
            weir__buf_adds(&w->sql, " AND ");
        }
        say_after(w, &page->keys[i]);
        weir__buf_addc(&w->sql, ')');
        or = " OR ";
    }
    if (!* or)
        weir__buf_adds(&w->sql, "FALSE");
}

static size_t params_before(const node *n, uint32_t at)
{
    size_t count = n->kind == NODE(PARAM) && n->at.start < at;
    for (const node *child = n->first; child; child = child->next)
        count += params_before(child, at);
    return count;
}

static void copy(writing *w, const making *m, uint32_t from, uint32_t to)
{
    weir__buf_add(&w->sql, m->p.tree.sql.data + from, to - from);
}

/* Pieces are put in front of words that begin a clause: where an expression ends, only the grammar knows. */
static void write(making *m, writing *w)
{
    const weir__planning *p = &m->p;
    const weir__page *page = m->page;
    const weir_args given = p->input->args;
    const node *where = weir__child(p->select, NODE(WHERE)), *from = weir__child(p->select, NODE(FROM));
    uint32_t order = p->order->at.start, limit = p->limit->at.start;
    uint32_t condition = where ? where->at.start + (uint32_t)strlen("WHERE") : order;
    size_t before = params_before(p->tree.root, condition), all = params_before(p->tree.root, UINT32_MAX);
    if (all != given.count) {
        refuse(m, p->select, "there are not as many values as ?");
        return;
    }
    copy(w, m, 0, from->at.start);
    for (uint32_t i = 0; i < page->key_count; i++)
        weir__buf_addf(&w->sql, ", %s AS weir_page_%u ", page->keys[i].expression, (unsigned)i);
    copy(w, m, from->at.start, condition);
    if (before)
        memcpy(w->args, given.values, before * sizeof *w->args);
    w->count = before;
    if (page->token.size) {
        weir__buf_adds(&w->sql, where ? " (" : " WHERE (");
        say_condition(w, page);
        weir__buf_adds(&w->sql, where ? ") AND (" : ") ");
    }
    copy(w, m, condition, order);
    if (page->token.size && where)
        weir__buf_adds(&w->sql, ") ");
    copy(w, m, order, limit);
    for (uint32_t i = m->ordered; i < page->key_count; i++)
        weir__buf_addf(&w->sql, ", %s%s ", page->keys[i].expression, page->keys[i].descending ? " DESC" : "");
    copy(w, m, limit, (uint32_t)p->tree.sql.size);
    if (all > before)
        memcpy(w->args + w->count, given.values + before, (all - before) * sizeof *w->args);
    w->count += all - before;
}

static weir_status finish(making *m, weir_error *error)
{
    weir__page *page = m->page;
    weir__arena *arena = m->p.arena;
    writing w = {.count = 0};
    size_t most = m->p.input->args.count + (size_t)page->key_count * (page->key_count + 1) / 2;
    w.args = weir__arena_array(arena, most ? most : 1, sizeof *w.args);
    weir__buf_init(&w.sql, arena->mem, WEIR__MAX_STATEMENT_BYTES);
    if (w.args)
        write(m, &w);
    if (m->why) {
        weir__buf_deinit(&w.sql);
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "page: %s", m->why);
    }
    page->sql = (weir_str){weir__arena_text(arena, weir__buf_text(&w.sql), w.sql.size), w.sql.size};
    page->args = (weir_args){w.args, w.count};
    weir_status failed = w.sql.failed;
    weir__buf_deinit(&w.sql);
    if (failed == WEIR_LIMIT)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the page's statement is too long");
    return failed || arena->failed ? weir__fail_nomem(error) : WEIR_OK;
}

/* Another statement, or the same with other values, has another sum. */
static uint64_t sum_of(const weir__page *page, const weir__merge_input *input)
{
    XXH64_hash_t sum = XXH3_64bits(page->database.data, page->database.size);
    sum = XXH3_64bits_withSeed(page->text.data, page->text.size, sum);
    for (size_t i = 0; i < input->args.count; i++) {
        const weir_value *v = &input->args.values[i];
        const void *bytes = v->type > WEIR_T_DOUBLE ? v->as.p : (const void *)&v->as;
        size_t size = v->type == WEIR_T_NULL ? 0 : v->type > WEIR_T_DOUBLE ? v->size : sizeof v->as;
        sum = XXH3_64bits_withSeed(bytes, size, sum + (uint64_t)v->type);
    }
    return sum;
}

static weir_status make(making *m, weir_error *error)
{
    weir__planning *p = &m->p;
    weir__page *page = m->page;
    p->select = p->tree.root;
    p->items = weir__child(p->select, NODE(ITEMS));
    p->group = weir__child(p->select, NODE(GROUP));
    p->order = weir__child(p->select, NODE(ORDER));
    p->limit = weir__child(p->select, NODE(LIMIT));
    page->keys = weir__arena_array(p->arena, MOST_KEYS, sizeof *page->keys);
    page->key_count = 0;
    if (!page->keys)
        return weir__fail_nomem(error);
    if (!check(m) || !weir__child(p->select, NODE(FROM)) || !add_ordered(m) || !add_certain(m)) {
        refuse(m, p->select, p->plan->refused ? p->plan->refused : "a page needs FROM");
        weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "page: %s", m->why);
        error->sql_offset = m->at;
        return WEIR_UNSUPPORTED;
    }
    weir__buf_addf(&m->schema, "%s %d", page->zone ? page->zone : "", page->several);
    if (m->schema.failed || p->arena->failed)
        return weir__fail_nomem(error);
    page->statement = sum_of(page, p->input);
    page->schema = XXH3_64bits(weir__buf_text(&m->schema), m->schema.size);
    weir_status status = page->token.size ? weir__page_read(page, p->arena, error) : WEIR_OK;
    return status == WEIR_OK ? finish(m, error) : status;
}

weir_status weir__page_apply(const weir__merge_input *input, weir__page *page, weir__arena *arena, weir_error *error)
{
    weir__merge_plan plan = {.refused = NULL};
    making m = {.p = {.input = input, .arena = arena, .plan = &plan, .root = NONE}, .page = page};
    weir_status status = weir__parse(input->sql, &input->reading, arena, &m.p.tree, error);
    if (status != WEIR_OK)
        return status;
    weir__buf_init(&m.schema, arena->mem, WEIR__MAX_STATEMENT_BYTES);
    status = make(&m, error);
    weir__buf_deinit(&m.schema);
    return status;
}
