/* aggregate_state.c - one aggregate of one group: taking partial results in, giving the whole. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/merge/aggregate.h"

enum { NOT_FIXED = 31, MOST_POINT = 15 /* digits before which the servers print no exponent */ };

typedef weir__aggregate agg;
typedef weir__aggregate_state state;
typedef weir__aggregate_place place;

typedef struct weir__element {
    struct weir__element *next;
    weir_str text;
    uint64_t count;
    const weir_value *keys; /* one for each key of sorting */
} element;

/* ---- doubles as text ---- */

/* d.ddde-7, digits without trailing zeros, to the servers' form: the exponent bare, and only where the point would be far. */
static size_t without_exponent(const char *digits, int count, int point, bool negative, char *out)
{
    char *to = out;
    if (negative)
        *to++ = '-';
    if (point <= 0) {
        *to++ = '0';
        *to++ = '.';
        for (int i = point; i < 0; i++)
            *to++ = '0';
    }
    for (int i = 0; i < count; i++) {
        if (i == point && i > 0)
            *to++ = '.';
        *to++ = digits[i];
    }
    for (int i = count; i < point; i++)
        *to++ = '0';
    *to = '\0';
    return (size_t)(to - out);
}

/* The fewest digits that read back the same, 17 at most, without trailing zeros; the point stands behind `point` of them. */
static int digits_of(double value, char digits[24], int *point)
{
    char text[40];
    int count = 0, precision = 14;
    do
        snprintf(text, sizeof text, "%.*e", precision, value);
    while (++precision <= 16 && strtod(text, NULL) != value);
    char *exponent = strchr(text, 'e');
    for (const char *at = text; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    *point = (int)strtoll(exponent + 1, NULL, 10) + 1;
    return count;
}

static size_t shortest(double value, char *out)
{
    char digits[24] = "";
    int point, count = digits_of(value, digits, &point);
    if (point >= -MOST_POINT + 1 && point <= MOST_POINT)
        return without_exponent(digits, count, point, value < 0, out);
    size_t size = (size_t)snprintf(out, WEIR__DOUBLE_TEXT, "%s%c%s%.*s", value < 0 ? "-" : "", digits[0],
                                   count > 1 ? "." : "", count - 1, digits + 1);
    return size + (size_t)snprintf(out + size, WEIR__DOUBLE_TEXT - size, "e%d", point - 1);
}

/* Servers know no digit behind those: zeros stand there. */
static size_t fixed(double value, int decimals, char *out)
{
    char digits[24] = "";
    int point, count = digits_of(value, digits, &point), part = count > point ? count - point : 0;
    if (part > decimals)
        return (size_t)snprintf(out, WEIR__DOUBLE_TEXT, "%.*f", decimals, value);
    size_t size = without_exponent(digits, count, point, value < 0, out);
    if (part == 0 && decimals > 0)
        out[size++] = '.';
    for (; part < decimals; part++)
        out[size++] = '0';
    out[size] = '\0';
    return size;
}

size_t weir__print_double(double value, uint32_t decimals, char *out)
{
    if (value == 0)
        value = 0; /* never -0 */
    return decimals >= NOT_FIXED ? shortest(value, out) : fixed(value, (int)decimals, out);
}

/* ---- taking in ---- */

static uint64_t uint_of(const weir_value *cell)
{
    const char *at = cell->as.p;
    uint64_t value = 0;
    if (cell->type == WEIR_T_INT || cell->type == WEIR_T_UINT)
        return cell->as.u;
    if (cell->type == WEIR_T_NULL)
        return 0;
    for (size_t i = 0; i < cell->size && at[i] >= '0' && at[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(at[i] - '0');
    return value;
}

static weir_status too_large(weir_error *error)
{
    return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                      "a sum has more than %d digits: one server would cut it", WEIR__DECIMAL_DIGITS);
}

static weir_status add_sum(const agg *a, state *s, const weir_value *cell, weir_error *error)
{
    char scratch[32];
    weir__decimal x;
    if (cell->type == WEIR_T_NULL)
        return WEIR_OK;
    if (a->is_double) {
        s->as.number = (s->any ? s->as.number : 0) + weir__cell_double(cell);
        s->any = true;
        return WEIR_OK;
    }
    if (!weir__decimal_parse(weir__cell_text(cell, scratch), &x))
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "a shard's sum is no number");
    if (!s->any)
        s->as.sum = x;
    else if (!weir__decimal_add(&s->as.sum, &x))
        return too_large(error);
    s->any = true;
    return WEIR_OK;
}

static bool keep(weir_value *to, const weir_value *from, weir__arena *arena)
{
    bool fits = to->type > WEIR_T_DOUBLE && from->type > WEIR_T_DOUBLE && from->size <= to->size;
    void *room = fits ? (void *)(uintptr_t)to->as.p : NULL;
    *to = *from;
    if (from->type <= WEIR_T_DOUBLE)
        return true;
    if (fits && from->size)
        memcpy(room, from->as.p, from->size);
    to->as.p = fits ? room : weir__arena_copy(arena, from->size ? from->as.p : "", from->size);
    return to->as.p != NULL;
}

static weir_status add_best(const agg *a, state *s, const weir_value *row, const place *p, weir_error *error)
{
    const weir_value *value = &row[a->value], *by = &row[a->order.column];
    if (value->type == WEIR_T_NULL)
        return WEIR_OK;
    int order = s->any ? weir__merge_key_compare(a->order.kind, by, &s->as.best[1]) : 0;
    if (s->any && (a->kind == WEIR__AGGREGATE_MIN ? order >= 0 : order <= 0))
        return WEIR_OK;
    s->any = true;
    if (!keep(&s->as.best[0], value, p->arena) || !keep(&s->as.best[1], by, p->arena))
        return weir__budget_fail(p->budget, error);
    return WEIR_OK;
}

static void add_bits(const agg *a, state *s, const weir_value *cell)
{
    uint64_t bits = uint_of(cell);
    if (!s->any)
        s->as.bits = bits;
    else if (a->kind == WEIR__AGGREGATE_BIT_AND)
        s->as.bits &= bits;
    else if (a->kind == WEIR__AGGREGATE_BIT_OR)
        s->as.bits |= bits;
    else
        s->as.bits ^= bits;
    s->any = true;
}

/* Chan's formula: mean and squared distances of two parts together. */
static void add_variance(const agg *a, state *s, const weir_value *row)
{
    uint64_t count = uint_of(&row[a->count]);
    if (count == 0)
        return;
    double n = (double)s->count, m = (double)count, mean = weir__cell_double(&row[a->sum]) / m;
    double distance = s->count ? mean - s->as.moments[0] : 0;
    if (s->count == 0)
        s->as.moments[0] = mean;
    else
        s->as.moments[0] += distance * m / (n + m);
    s->as.moments[1] = (s->count ? s->as.moments[1] : 0) + weir__cell_double(&row[a->value]) * m +
                       distance * distance * n * m / (n + m);
    s->count += count;
}

/* Is it one that was not there before? NULL among its parts: no element. */
static weir_status is_new(const agg *a, state *s, const weir_value *row, const place *p, bool *added, weir_error *error)
{
    *added = false;
    weir__buf_reset(p->scratch);
    for (uint32_t i = 0; i < a->element_count; i++) {
        const weir_value *cell = &row[a->elements[i].column];
        if (cell->type == WEIR_T_NULL)
            return WEIR_OK;
        weir__merge_key_encode(a->elements[i].kind, cell, p->scratch);
    }
    if (!s->elements.budget)
        weir__groups_init(&s->elements, p->budget, p->arena, 0);
    if (p->scratch->failed || !weir__groups_find(&s->elements, weir__buf_text(p->scratch), p->scratch->size, added))
        return weir__budget_fail(p->budget, error);
    return WEIR_OK;
}

static weir_status add_element(const agg *a, state *s, const weir_value *row, const place *p, weir_error *error)
{
    const weir_value *value = &row[a->value];
    if (a->longest_column != UINT32_MAX)
        s->count = uint_of(&row[a->longest_column]);
    element *e = weir__arena_take(p->arena, sizeof *e);
    weir_value *keys = weir__arena_array(p->arena, a->sorting_count, sizeof *keys);
    if (!e || !keys)
        return weir__budget_fail(p->budget, error);
    e->text = (weir_str){weir__arena_copy(p->arena, value->size ? value->as.p : "", value->size), value->size};
    e->count = a->element_count ? 1 : uint_of(&row[a->count]);
    e->keys = keys;
    for (uint32_t i = 0; i < a->sorting_count; i++)
        if (!keep(&keys[i], &row[a->sorting[i].column], p->arena))
            return weir__budget_fail(p->budget, error);
    if (!e->text.data)
        return weir__budget_fail(p->budget, error);
    if (s->last)
        s->last->next = e;
    else
        s->first = e;
    s->last = e;
    return WEIR_OK;
}

static weir_status add_distinct(const agg *a, state *s, const weir_value *row, const place *p, weir_error *error)
{
    bool added;
    weir_status status = is_new(a, s, row, p, &added, error);
    if (status != WEIR_OK || !added)
        return status;
    s->count++;
    return a->kind == WEIR__AGGREGATE_COUNT_DISTINCT ? WEIR_OK : add_sum(a, s, &row[a->value], error);
}

weir_status weir__aggregate_add(const agg *a, state *s, const weir_value *row, const place *p, weir_error *error)
{
    bool added = true;
    weir_status status;
    switch ((weir__aggregate_kind)a->kind) {
    case WEIR__AGGREGATE_COUNT:
        s->count += uint_of(&row[a->value]);
        return WEIR_OK;
    case WEIR__AGGREGATE_AVG:
        s->count += uint_of(&row[a->count]);
        return add_sum(a, s, &row[a->value], error);
    case WEIR__AGGREGATE_SUM:
        return add_sum(a, s, &row[a->value], error);
    case WEIR__AGGREGATE_MIN:
    case WEIR__AGGREGATE_MAX:
        return add_best(a, s, row, p, error);
    case WEIR__AGGREGATE_BIT_AND:
    case WEIR__AGGREGATE_BIT_OR:
    case WEIR__AGGREGATE_BIT_XOR:
        add_bits(a, s, &row[a->value]);
        return WEIR_OK;
    case WEIR__AGGREGATE_VAR_POP:
    case WEIR__AGGREGATE_VAR_SAMP:
    case WEIR__AGGREGATE_STDDEV_POP:
    case WEIR__AGGREGATE_STDDEV_SAMP:
        add_variance(a, s, row);
        return WEIR_OK;
    case WEIR__AGGREGATE_COUNT_DISTINCT:
    case WEIR__AGGREGATE_SUM_DISTINCT:
    case WEIR__AGGREGATE_AVG_DISTINCT:
        return add_distinct(a, s, row, p, error);
    case WEIR__AGGREGATE_CONCAT:
        if (row[a->value].type == WEIR_T_NULL)
            return WEIR_OK;
        status = a->element_count ? is_new(a, s, row, p, &added, error) : WEIR_OK;
        return status == WEIR_OK && added ? add_element(a, s, row, p, error) : status;
    }
    return WEIR_OK;
}

/* ---- results ---- */

static weir_status give_text(weir_value *out, const char *text, size_t size, const place *p, weir_error *error)
{
    const char *copy = weir__arena_copy(p->arena, text, size);
    *out = weir_sized(WEIR_T_TEXT, copy, size);
    return copy ? WEIR_OK : weir__budget_fail(p->budget, error);
}

static weir_status give_uint(weir_value *out, uint64_t value, const place *p, weir_error *error)
{
    char text[24];
    return give_text(out, text, (size_t)snprintf(text, sizeof text, "%" PRIu64, value), p, error);
}

static weir_status give_double(const agg *a, weir_value *out, double value, const place *p, weir_error *error)
{
    char text[WEIR__DOUBLE_TEXT];
    if (!isfinite(value)) {
        *out = weir_null();
        return WEIR_OK;
    }
    return give_text(out, text, weir__print_double(value, a->decimals, text), p, error);
}

static weir_status give_sum(const agg *a, const state *s, bool average, weir_value *out, const place *p,
                            weir_error *error)
{
    char text[WEIR__DECIMAL_TEXT];
    weir__decimal x = s->as.sum;
    *out = weir_null();
    if (!s->any || (average && s->count == 0))
        return WEIR_OK;
    if (a->is_double)
        return give_double(a, out, average ? s->as.number / (double)s->count : s->as.number, p, error);
    if (average && !weir__decimal_average(&s->as.sum, s->count, a->decimals, &x))
        return too_large(error);
    if (weir__decimal_digits(&x) > WEIR__DECIMAL_DIGITS)
        return too_large(error);
    return give_text(out, text, weir__decimal_print(&x, text), p, error);
}

static weir_status give_variance(const agg *a, const state *s, weir_value *out, const place *p, weir_error *error)
{
    bool sample = a->kind == WEIR__AGGREGATE_VAR_SAMP || a->kind == WEIR__AGGREGATE_STDDEV_SAMP;
    bool root = a->kind == WEIR__AGGREGATE_STDDEV_POP || a->kind == WEIR__AGGREGATE_STDDEV_SAMP;
    *out = weir_null();
    if (s->count <= (sample ? 1 : 0))
        return WEIR_OK;
    double variance = s->as.moments[1] / ((double)s->count - (sample ? 1 : 0));
    return give_double(a, out, root ? sqrt(variance) : variance, p, error);
}

static int compare_elements(const agg *a, const element *x, const element *y)
{
    for (uint32_t i = 0; i < a->sorting_count; i++) {
        int order = weir__merge_key_compare(a->sorting[i].kind, &x->keys[i], &y->keys[i]);
        if (order != 0)
            return a->sorting[i].descending ? -order : order;
    }
    return 0;
}

static element *merge_elements(const agg *a, element *x, element *y)
{
    element *first = NULL, **last = &first;
    while (x && y) {
        element **from = compare_elements(a, x, y) <= 0 ? &x : &y;
        *last = *from;
        last = &(*last)->next;
        *from = *last;
    }
    *last = x ? x : y;
    return first;
}

static element *sort_elements(const agg *a, element *list)
{
    element *runs[64] = {NULL}, *all = NULL;
    while (list) {
        element *carry = list;
        unsigned i = 0;
        list = list->next;
        carry->next = NULL;
        for (; runs[i]; i++) {
            carry = merge_elements(a, runs[i], carry);
            runs[i] = NULL;
        }
        runs[i] = carry;
    }
    for (unsigned i = 0; i < sizeof runs / sizeof *runs; i++)
        all = runs[i] ? merge_elements(a, runs[i], all) : all;
    return all;
}

/* What is longer than group_concat_max_len the servers cut, and warn; cut it is no answer. */
static weir_status give_concat(const agg *a, state *s, weir_value *out, const place *p, weir_error *error)
{
    bool first = true;
    uint64_t longest = a->longest_column == UINT32_MAX ? a->longest : s->count;
    *out = weir_null();
    if (!s->first)
        return WEIR_OK;
    weir__buf_reset(p->scratch);
    s->first = a->sorting_count ? sort_elements(a, s->first) : s->first;
    for (const element *e = s->first; e && !p->scratch->failed; e = e->next) {
        for (uint64_t i = 0; i < e->count && p->scratch->size <= longest && !p->scratch->failed; i++) {
            if (!first)
                weir__buf_add(p->scratch, a->separator.data, a->separator.size);
            weir__buf_add(p->scratch, e->text.data, e->text.size);
            first = false;
        }
    }
    if (p->scratch->failed)
        return weir__budget_fail(p->budget, error);
    if (p->scratch->size > longest)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "GROUP_CONCAT is longer than group_concat_max_len (%" PRIu64 " bytes)", longest);
    return give_text(out, weir__buf_text(p->scratch), p->scratch->size, p, error);
}

weir_status weir__aggregate_result(const agg *a, state *s, weir_value *out, const place *p, weir_error *error)
{
    switch ((weir__aggregate_kind)a->kind) {
    case WEIR__AGGREGATE_COUNT:
    case WEIR__AGGREGATE_COUNT_DISTINCT:
        return give_uint(out, s->count, p, error);
    case WEIR__AGGREGATE_SUM:
    case WEIR__AGGREGATE_SUM_DISTINCT:
        return give_sum(a, s, false, out, p, error);
    case WEIR__AGGREGATE_AVG:
    case WEIR__AGGREGATE_AVG_DISTINCT:
        return give_sum(a, s, true, out, p, error);
    case WEIR__AGGREGATE_MIN:
    case WEIR__AGGREGATE_MAX:
        *out = s->any ? s->as.best[0] : weir_null();
        return WEIR_OK;
    case WEIR__AGGREGATE_BIT_AND:
        return give_uint(out, s->any ? s->as.bits : UINT64_MAX, p, error);
    case WEIR__AGGREGATE_BIT_OR:
    case WEIR__AGGREGATE_BIT_XOR:
        return give_uint(out, s->any ? s->as.bits : 0, p, error);
    case WEIR__AGGREGATE_VAR_POP:
    case WEIR__AGGREGATE_VAR_SAMP:
    case WEIR__AGGREGATE_STDDEV_POP:
    case WEIR__AGGREGATE_STDDEV_SAMP:
        return give_variance(a, s, out, p, error);
    case WEIR__AGGREGATE_CONCAT:
        return give_concat(a, s, out, p, error);
    }
    return WEIR_OK;
}

void weir__aggregate_state_deinit(state *s)
{
    if (s->elements.budget)
        weir__groups_deinit(&s->elements);
}
