/* shapes.c - of what kind an expression's values are, and how such values are compared outside the server.
 * SPDX-License-Identifier: Apache-2.0
 * Only what is certain: an expression that is not listed is UNKNOWN, and nothing is ordered or grouped by it here. */
#include <inttypes.h>
#include <stdio.h>

#include "router/merge/planning.h"

typedef weir__shape shape;

enum { MOST_CHARACTERS = 4096 /* of a weight that is worth sending with each row */ };

static shape of(int kind)
{
    return (shape){.kind = kind};
}

/* ---- columns ---- */

static bool names_table(const weir__planning *p, const node *e, const weir__plan_table *t)
{
    const node *name = e->last;
    weir_str label = weir__plan_table_label(t), text;
    if (!name)
        return true;
    text = weir__name_of(&p->tree, name->name, p->arena);
    return label.size == text.size && strncasecmp(label.data, text.data, text.size) == 0;
}

const weir__column *weir__planning_column(const weir__planning *p, const node *e, uint32_t *table)
{
    const weir__plan *plan = p->input->plan;
    const weir__column *found = NULL;
    uint32_t matches = 0;
    if (e->kind != NODE(COLUMN))
        return NULL;
    weir_str name = weir__name_of(&p->tree, e->name, p->arena);
    for (uint32_t i = 0; i < plan->table_count && name.data; i++) {
        const weir__plan_table *t = &plan->tables[i];
        const weir__table *info = p->input->tables[i].table;
        if (t->scope != p->scope || !names_table(p, e, t))
            continue;
        if (t->source != WEIR__SOURCE_BASE || !info)
            return NULL;
        const weir__column *c = weir__table_column(info, name);
        if (!c)
            continue;
        found = c;
        *table = i;
        matches++;
    }
    return matches == 1 ? found : NULL;
}

static shape of_column(const weir__column *c)
{
    switch (c->type.type) {
    case WEIR__TYPE_TINYINT:
    case WEIR__TYPE_SMALLINT:
    case WEIR__TYPE_MEDIUMINT:
    case WEIR__TYPE_INT:
    case WEIR__TYPE_BIGINT:
    case WEIR__TYPE_DECIMAL:
    case WEIR__TYPE_YEAR:
        return of(SHAPE_NUMBER);
    case WEIR__TYPE_DOUBLE:
        return of(c->type.precision || c->type.scale ? SHAPE_FLOAT : SHAPE_DOUBLE);
    case WEIR__TYPE_FLOAT:
        return of(SHAPE_FLOAT);
    case WEIR__TYPE_BIT:
        return of(SHAPE_BITS);
    case WEIR__TYPE_CHAR:
    case WEIR__TYPE_VARCHAR:
    case WEIR__TYPE_TINYTEXT:
    case WEIR__TYPE_TEXT:
        return (shape){SHAPE_TEXT, c->characters, c->collation};
    case WEIR__TYPE_BINARY:
    case WEIR__TYPE_VARBINARY:
    case WEIR__TYPE_TINYBLOB:
    case WEIR__TYPE_BLOB:
    case WEIR__TYPE_DATE:
    case WEIR__TYPE_DATETIME:
        return of(SHAPE_BYTES);
    case WEIR__TYPE_TIME:
        return of(SHAPE_TIME);
    case WEIR__TYPE_TIMESTAMP:
        return of(SHAPE_TIMESTAMP);
    case WEIR__TYPE_ENUM:
    case WEIR__TYPE_SET:
        return (shape){SHAPE_MEMBER, c->characters, c->collation};
    default:
        return of(SHAPE_UNKNOWN);
    }
}

/* ---- expressions ---- */

/* Sorted. What a function gives: N number, D double, T text as long as its first argument, B date, t time, A number or double as its
 * arguments, C all its arguments one after the other, M one of its arguments, S a sum of its argument, L one of the last two. */
static const struct {
    const char *name;
    char gives;
} functions[] = {
    {"abs", 'A'},        {"acos", 'D'},      {"ascii", 'N'},        {"asin", 'D'},        {"atan", 'D'},
    {"avg", 'S'},        {"bit_and", 'N'},   {"bit_count", 'N'},    {"bit_length", 'N'},  {"bit_or", 'N'},
    {"bit_xor", 'N'},    {"ceil", 'A'},      {"ceiling", 'A'},      {"char_length", 'N'}, {"character_length", 'N'},
    {"coalesce", 'M'},   {"concat", 'C'},    {"cos", 'D'},          {"cot", 'D'},         {"count", 'N'},
    {"crc32", 'N'},      {"date", 'B'},      {"datediff", 'N'},     {"day", 'N'},         {"dayofmonth", 'N'},
    {"dayofweek", 'N'},  {"dayofyear", 'N'}, {"degrees", 'D'},      {"exp", 'D'},         {"extract", 'N'},
    {"field", 'N'},      {"floor", 'A'},     {"greatest", 'M'},     {"hour", 'N'},        {"if", 'L'},
    {"ifnull", 'M'},     {"instr", 'N'},     {"isnull", 'N'},       {"last_day", 'B'},    {"lcase", 'T'},
    {"least", 'M'},      {"left", 'T'},      {"length", 'N'},       {"ln", 'D'},          {"locate", 'N'},
    {"log", 'D'},        {"log10", 'D'},     {"log2", 'D'},         {"lower", 'T'},       {"ltrim", 'T'},
    {"max", 'M'},        {"mid", 'T'},       {"microsecond", 'N'},  {"min", 'M'},         {"minute", 'N'},
    {"mod", 'A'},        {"month", 'N'},     {"octet_length", 'N'}, {"ord", 'N'},         {"pow", 'D'},
    {"power", 'D'},      {"quarter", 'N'},   {"radians", 'D'},      {"right", 'T'},       {"round", 'A'},
    {"rtrim", 'T'},      {"second", 'N'},    {"sign", 'N'},         {"sin", 'D'},         {"sqrt", 'D'},
    {"std", 'D'},        {"stddev", 'D'},    {"stddev_pop", 'D'},   {"stddev_samp", 'D'}, {"strcmp", 'N'},
    {"substr", 'T'},     {"substring", 'T'}, {"sum", 'S'},          {"tan", 'D'},         {"to_days", 'N'},
    {"to_seconds", 'N'}, {"truncate", 'A'},  {"ucase", 'T'},        {"upper", 'T'},       {"var_pop", 'D'},
    {"var_samp", 'D'},   {"variance", 'D'},  {"week", 'N'},         {"weekday", 'N'},     {"weekofyear", 'N'},
    {"year", 'N'},       {"yearweek", 'N'},
};

static char gives(const weir__planning *p, const node *e)
{
    weir_str name = weir__text_of(&p->tree, e->name);
    if (weir__child(e, NODE(SCHEMA)) || weir__child(e, NODE(OVER)))
        return 0;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (weir__str_is_nocase(name, functions[i].name))
            return functions[i].gives;
    return 0;
}

/* Of all of a kind the widest; else UNKNOWN. NULL counts for nothing. */
static shape unite(const weir__planning *p, const node *first)
{
    shape all = of(SHAPE_UNKNOWN);
    for (const node *e = first; e; e = e->next) {
        if (e->kind == NODE(LITERAL) && e->op == TK(NULL))
            continue;
        shape one = weir__planning_shape(p, e);
        if (all.kind == SHAPE_UNKNOWN)
            all = one;
        if (one.kind != all.kind)
            return of(SHAPE_UNKNOWN);
        all.characters = one.characters > all.characters ? one.characters : all.characters;
        all.collation = one.collation == all.collation ? all.collation : NULL;
    }
    return all;
}

/* What arithmetic makes of its operands: a double if one is, or is text. */
static shape calculate(const weir__planning *p, const node *first)
{
    int kind = SHAPE_NUMBER;
    for (const node *e = first; e; e = e->next) {
        if (e->kind == NODE(LITERAL) && e->op == TK(NULL))
            continue;
        switch (weir__planning_shape(p, e).kind) {
        case SHAPE_NUMBER:
        case SHAPE_BITS:
        case SHAPE_MEMBER:
            break;
        case SHAPE_DOUBLE:
        case SHAPE_FLOAT:
        case SHAPE_TEXT:
            kind = SHAPE_DOUBLE;
            break;
        default:
            return of(SHAPE_UNKNOWN);
        }
    }
    return of(kind);
}

static shape of_concat(const weir__planning *p, const node *first)
{
    shape all = {.kind = SHAPE_TEXT};
    for (const node *e = first; e; e = e->next) {
        shape one = weir__planning_shape(p, e);
        if (one.kind == SHAPE_TEXT)
            all.characters += one.characters;
        else if (one.kind == SHAPE_NUMBER)
            all.characters += 70;
        else
            return of(SHAPE_UNKNOWN);
    }
    return all;
}

/* Ranks, bits and fractions that a function hands on are no longer what the column was. */
static shape handed_on(shape s)
{
    s.collation = NULL;
    return s.kind == SHAPE_TEXT || s.kind == SHAPE_NUMBER || s.kind == SHAPE_DOUBLE || s.kind == SHAPE_BYTES ||
                   s.kind == SHAPE_TIME
               ? s
               : of(SHAPE_UNKNOWN);
}

static shape of_function(const weir__planning *p, const node *e)
{
    switch (gives(p, e)) {
    case 'N':
        return of(SHAPE_NUMBER);
    case 'D':
        return of(SHAPE_DOUBLE);
    case 'B':
        return of(SHAPE_BYTES);
    case 'T': {
        shape s = e->first ? weir__planning_shape(p, e->first) : of(SHAPE_UNKNOWN);
        s.collation = NULL;
        return s.kind == SHAPE_TEXT ? s : of(SHAPE_UNKNOWN);
    }
    case 'A':
    case 'S':
        return calculate(p, e->first);
    case 'C':
        return of_concat(p, e->first);
    case 'M':
        return handed_on(unite(p, e->first));
    case 'L':
        return e->first ? handed_on(unite(p, e->first->next)) : of(SHAPE_UNKNOWN);
    default:
        return of(SHAPE_UNKNOWN);
    }
}

static uint64_t number_in(weir_str text)
{
    uint64_t value = 0;
    const char *open = memchr(text.data, '(', text.size);
    for (const char *at = open ? open + 1 : text.data + text.size; at < text.data + text.size; at++) {
        if (*at < '0' || *at > '9')
            break;
        value = value < MOST_CHARACTERS * 10 ? value * 10 + (uint64_t)(*at - '0') : value;
    }
    return value;
}

static bool begins(weir_str text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && strncasecmp(text.data, word, size) == 0;
}

static shape of_cast(const weir__planning *p, const node *e)
{
    const node *type = weir__child(e, NODE(TYPE));
    weir_str text = type ? weir__text_of(&p->tree, type->at) : (weir_str){"", 0};
    if (begins(text, "SIGNED") || begins(text, "UNSIGNED") || begins(text, "INT") || begins(text, "DEC"))
        return of(SHAPE_NUMBER);
    if (begins(text, "DOUBLE") || begins(text, "REAL"))
        return of(SHAPE_DOUBLE);
    if (begins(text, "DATE") || begins(text, "BINARY"))
        return of(SHAPE_BYTES);
    if (begins(text, "TIME") && !begins(text, "TIMESTAMP"))
        return of(SHAPE_TIME);
    if (begins(text, "CHAR") && number_in(text))
        return (shape){.kind = SHAPE_TEXT, .characters = number_in(text)};
    return of(SHAPE_UNKNOWN);
}

static shape of_literal(const weir__planning *p, const node *e)
{
    switch (e->op) {
    case TK(INTEGER_NUMBER):
    case TK(DECIMAL_NUMBER):
    case TK(TRUE):
    case TK(FALSE):
        return of(SHAPE_NUMBER);
    case TK(FLOAT_NUMBER):
        return of(SHAPE_DOUBLE);
    case TK(STRING):
        return (shape){.kind = SHAPE_TEXT, .characters = weir__text_of(&p->tree, e->at).size};
    default:
        return of(SHAPE_UNKNOWN);
    }
}

static shape of_case(const weir__planning *p, const node *e)
{
    shape all = of(SHAPE_UNKNOWN);
    for (const node *part = e->first; part; part = part->next) {
        const node *value = part->kind == NODE(WHEN) ? part->last : part->kind == NODE(ELSE) ? part->first : NULL;
        if (!value || (value->kind == NODE(LITERAL) && value->op == TK(NULL)))
            continue;
        shape one = weir__planning_shape(p, value);
        if (all.kind == SHAPE_UNKNOWN)
            all = one;
        if (one.kind != all.kind)
            return of(SHAPE_UNKNOWN);
        all.characters = one.characters > all.characters ? one.characters : all.characters;
    }
    return handed_on(all);
}

shape weir__planning_shape(const weir__planning *p, const node *e)
{
    uint32_t table;
    switch (e->kind) {
    case NODE(COLUMN): {
        const weir__column *c = weir__planning_column(p, e, &table);
        return c ? of_column(c) : of(SHAPE_UNKNOWN);
    }
    case NODE(LITERAL):
        return of_literal(p, e);
    case NODE(ARITHMETIC):
        if (e->op == TK(CONCAT) || e->op == TK(ARROW) || e->op == TK(ARROW2))
            return of(SHAPE_UNKNOWN);
        return e->op == TK(PLUS) || e->op == TK(MINUS) || e->op == TK(STAR) || e->op == TK(SLASH) ||
                       e->op == TK(PERCENT) || e->op == TK(MOD)
                   ? calculate(p, e->first)
                   : of(calculate(p, e->first).kind == SHAPE_UNKNOWN ? SHAPE_UNKNOWN : SHAPE_NUMBER);
    case NODE(UNARY):
        return e->op == TK(BINARY) ? of(SHAPE_BYTES) : calculate(p, e->first);
    case NODE(AND):
    case NODE(OR):
    case NODE(XOR):
    case NODE(NOT):
    case NODE(COMPARE):
    case NODE(IN):
    case NODE(BETWEEN):
    case NODE(LIKE):
    case NODE(IS):
    case NODE(EXISTS):
        return of(SHAPE_NUMBER);
    case NODE(FUNCTION):
        return of_function(p, e);
    case NODE(CAST):
        return of_cast(p, e);
    case NODE(CASE):
        return of_case(p, e);
    case NODE(COLLATE): {
        shape s = weir__planning_shape(p, e->first);
        s.collation = NULL;
        return s.kind == SHAPE_TEXT ? s : of(SHAPE_UNKNOWN);
    }
    default:
        return of(SHAPE_UNKNOWN);
    }
}

/* ---- comparing ---- */

static bool ends(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

static bool begins_with(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

/* Text of these collations sorts as its UTF-8 does: no weight need be sent. */
static bool wrap_exact(const char *collation, weir__wrapping *w)
{
    bool utf8 =
        begins_with(collation, "utf8mb4_") || begins_with(collation, "utf8mb3_") || begins_with(collation, "ascii_");
    if (!utf8 || !ends(collation, "_bin"))
        return false;
    w->kind = ends(collation, "nopad_bin") || ends(collation, "0900_bin") ? WEIR__MERGE_BYTES : WEIR__MERGE_PADDED;
    return true;
}

static bool wrap_text(const weir__planning *p, shape s, weir__wrapping *w, const char **why)
{
    if (s.collation && wrap_exact(s.collation, w))
        return true;
    *why = "text is merged by its collation's weights, and this has no length bound of at most 4096 characters: use "
           "CAST(.. AS CHAR(n))";
    if (s.characters == 0 || s.characters > MOST_CHARACTERS)
        return false;
    bool mysql = p->input->reading.flavour == WEIR__MYSQL;
    *why = "the collation of this expression is not known: MySQL has collations that pad and others";
    if (mysql && !s.collation)
        return false;
    w->kind = WEIR__MERGE_BYTES;
    snprintf(w->before, sizeof w->before, "WEIGHT_STRING(");
    if (mysql && strstr(s.collation, "_0900_"))
        snprintf(w->behind, sizeof w->behind, ")");
    else
        snprintf(w->behind, sizeof w->behind, " AS CHAR(%" PRIu64 "))", s.characters);
    return true;
}

bool weir__planning_wrap(const weir__planning *p, shape s, weir__wrapping *w, const char **why)
{
    *w = (weir__wrapping){.kind = WEIR__MERGE_NUMBER};
    switch (s.kind) {
    case SHAPE_UNKNOWN:
        *why =
            "weir does not know of what type this is, so it cannot compare what the shards give: use a column, or CAST";
        return false;
    case SHAPE_NUMBER:
        return true;
    case SHAPE_DOUBLE:
        w->kind = WEIR__MERGE_DOUBLE;
        return true;
    case SHAPE_FLOAT:
        w->kind = WEIR__MERGE_DOUBLE;
        snprintf(w->before, sizeof w->before, "(");
        snprintf(w->behind, sizeof w->behind, ")+0e0");
        return true;
    case SHAPE_BYTES:
        w->kind = WEIR__MERGE_BYTES;
        return true;
    case SHAPE_TIME:
        w->kind = WEIR__MERGE_TIME;
        return true;
    case SHAPE_TIMESTAMP:
        snprintf(w->before, sizeof w->before, "UNIX_TIMESTAMP(");
        snprintf(w->behind, sizeof w->behind, ")");
        return true;
    case SHAPE_BITS:
    case SHAPE_MEMBER:
        snprintf(w->before, sizeof w->before, "(");
        snprintf(w->behind, sizeof w->behind, ")+0");
        return true;
    case SHAPE_TEXT:
        return wrap_text(p, s, w, why);
    }
    return false;
}
