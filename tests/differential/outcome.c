/* outcome.c - are two answers alike? SPDX-License-Identifier: Apache-2.0
 * Rows compare by their printed form; where a statement says so doubles within a tolerance of 1e-9 of their size, and texts as
 * members of their group. */
#include "tests/differential/outcome.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-9

weir_str *outcome_add_row(outcome *o, weir__arena *arena)
{
    if (o->row_count == o->room) {
        size_t room = o->room ? o->room * 2 : 16;
        weir_str *cells = weir__arena_array(arena, room * (o->column_count ? o->column_count : 1), sizeof *cells);
        if (!cells)
            return NULL;
        if (o->row_count)
            memcpy(cells, o->cells, o->row_count * o->column_count * sizeof *cells);
        o->cells = cells;
        o->room = room;
    }
    return &o->cells[o->row_count++ * o->column_count];
}

static bool is(weir_str a, weir_str b)
{
    return (a.data == NULL) == (b.data == NULL) && a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* One character of the model's texts without case and accent; what has none stays. */
static unsigned base_letter(const unsigned char *text, size_t size, size_t *used)
{
    *used = 1;
    if (text[0] >= 'A' && text[0] <= 'Z')
        return text[0] + 32u;
    if (text[0] != 0xC3 || size < 2)
        return text[0];
    *used = 2;
    switch (text[1] | 0x20) {
    case 0xA9:
    case 0xAB:
        return 'e';
    case 0xBC:
        return 'u';
    default:
        return 0xC300u + text[1];
    }
}

static bool alike_text(weir_str a, weir_str b)
{
    size_t i = 0, j = 0;
    while (a.size > 0 && a.data[a.size - 1] == ' ')
        a.size--;
    while (b.size > 0 && b.data[b.size - 1] == ' ')
        b.size--;
    while (i < a.size && j < b.size) {
        size_t m, n;
        if (base_letter((const unsigned char *)a.data + i, a.size - i, &m) !=
            base_letter((const unsigned char *)b.data + j, b.size - j, &n))
            return false;
        i += m;
        j += n;
    }
    return i == a.size && j == b.size;
}

static double number_of(weir_str s)
{
    char text[400];
    snprintf(text, sizeof text, "%.*s", (int)s.size, s.data);
    return strtod(text, NULL);
}

static bool alike_number(weir_str a, weir_str b)
{
    double x = number_of(a), y = number_of(b), size = fmax(fabs(x), fabs(y));
    return fabs(x - y) <= TOLERANCE * fmax(size, 1);
}

static bool same_cell(const statement *s, const weir_column *c, weir_str a, weir_str b)
{
    if (is(a, b))
        return true;
    if (!a.data || !b.data)
        return false;
    if (s->loose_floats && c->type == WEIR_T_DOUBLE)
        return alike_number(a, b);
    return s->loose_texts && c->type == WEIR_T_TEXT && alike_text(a, b);
}

static bool same_row(const statement *s, const weir_column *columns, uint32_t count, const weir_str *a,
                     const weir_str *b)
{
    for (uint32_t i = 0; i < count; i++)
        if (!same_cell(s, &columns[i], a[i], b[i]))
            return false;
    return true;
}

static void print_row(char *text, size_t size, const weir_str *row, uint32_t count)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < count && used + 8 < size; i++) {
        int n = row[i].data ? snprintf(text + used, size - used, "%s%.*s", i ? "|" : "",
                                       (int)(row[i].size < 60 ? row[i].size : 60), row[i].data)
                            : snprintf(text + used, size - used, "%s~", i ? "|" : "");
        used += n > 0 ? (size_t)n : 0;
    }
}

/* Matches want's rows with got's, each once; false names the first that has no match. Answers are small where anything is loose. */
static bool same_set(const statement *s, const outcome *shape, const weir_str *want, size_t want_stride,
                     const weir_str *got, size_t count, char *difference, size_t size)
{
    uint32_t columns = shape->column_count;
    bool *taken = calloc(count ? count : 1, sizeof *taken);
    size_t first = 0;
    bool same = taken != NULL;
    for (size_t i = 0; i < count && same; i++) {
        size_t j = first;
        while (j < count &&
               (taken[j] || !same_row(s, shape->columns, columns, &want[i * want_stride], &got[j * columns])))
            j++;
        if (j < count) {
            taken[j] = true;
            while (first < count && taken[first])
                first++;
            continue;
        }
        char row[DIFFERENCE_ROOM / 3], other[DIFFERENCE_ROOM / 3];
        print_row(row, sizeof row, &want[i * want_stride], columns);
        print_row(other, sizeof other, &got[first * columns], columns);
        snprintf(difference, size, "a row that weir has not: %s; it has: %s", row, other);
        same = false;
    }
    free(taken);
    return same;
}

/* Digits of a text mean nothing: the server tells 0 or 39 as it reads its tables. */
static bool is_text(const weir_column *c)
{
    return c->type == WEIR_T_TEXT || c->type == WEIR_T_BYTES;
}

/* Whether the optimizer takes an outer join for an inner one, and tells no NULLs, depends on the rows it finds where it reads ahead. */
static bool same_nullable(const statement *s, const weir_column *a, const weir_column *b)
{
    return a->nullable == b->nullable || (s->sql.data && (strstr(s->sql.data, "LEFT") || strstr(s->sql.data, "RIGHT")));
}

static bool same_columns(const statement *s, const outcome *want, const outcome *got, char *difference, size_t size)
{
    if (want->has_rows != got->has_rows || want->column_count != got->column_count) {
        snprintf(difference, size, "%u columns, weir %u", want->column_count, got->column_count);
        return false;
    }
    for (uint32_t i = 0; i < want->column_count; i++) {
        const weir_column *a = &want->columns[i], *b = &got->columns[i];
        if (is(a->name, b->name) && is(a->table, b->table) && a->type == b->type &&
            (a->decimals == b->decimals || is_text(a)) && same_nullable(s, a, b) && a->is_unsigned == b->is_unsigned &&
            a->binary == b->binary)
            continue;
        snprintf(
            difference, size,
            "column %u is %.*s of '%.*s' type %d decimals %u%s%s%s, weir: %.*s of '%.*s' type %d decimals %u%s%s%s", i,
            (int)a->name.size, a->name.data, (int)a->table.size, a->table.data, a->type, a->decimals,
            a->nullable ? " nullable" : "", a->is_unsigned ? " unsigned" : "", a->binary ? " binary" : "",
            (int)b->name.size, b->name.data, (int)b->table.size, b->table.data, b->type, b->decimals,
            b->nullable ? " nullable" : "", b->is_unsigned ? " unsigned" : "", b->binary ? " binary" : "");
        return false;
    }
    return true;
}

static bool same_rows(const statement *s, const outcome *want, const outcome *got, char *difference, size_t size)
{
    char a[DIFFERENCE_ROOM / 3], b[DIFFERENCE_ROOM / 3];
    if (want->row_count != got->row_count) {
        snprintf(difference, size, "%zu rows, weir %zu", want->row_count, got->row_count);
        return false;
    }
    if (s->order == ORDER_ANY)
        return same_set(s, want, want->cells, want->column_count, got->cells, want->row_count, difference, size);
    for (size_t i = 0; i < want->row_count; i++) {
        const weir_str *x = &want->cells[i * want->column_count], *y = &got->cells[i * want->column_count];
        if (same_row(s, want->columns, want->column_count, x, y))
            continue;
        print_row(a, sizeof a, x, want->column_count);
        print_row(b, sizeof b, y, want->column_count);
        snprintf(difference, size, "row %zu is %s, weir %s", i, a, b);
        return false;
    }
    return true;
}

bool outcome_same(const statement *s, const outcome *want, const outcome *got, char *difference, size_t size)
{
    if ((want->status == WEIR_OK) != (got->status == WEIR_OK) || want->number != got->number ||
        strcmp(want->sqlstate, got->sqlstate) != 0) {
        snprintf(difference, size, "%s %d %s %.200s, weir: %s %d %s %.300s", want->status ? "failure" : "success",
                 want->number, want->sqlstate, want->text, got->status ? weir_status_name(got->status) : "success",
                 got->number, got->sqlstate, got->text);
        return false;
    }
    if (want->status != WEIR_OK)
        return true;
    if (!same_columns(s, want, got, difference, size) || !same_rows(s, want, got, difference, size))
        return false;
    const weir_result *a = &want->result, *b = &got->result;
    if ((want->has_rows || (a->affected == b->affected && a->insert_id == b->insert_id)) &&
        (s->loose_warnings || a->warnings == b->warnings))
        return true;
    snprintf(difference, size,
             "affected %" PRIu64 " insert id %" PRIu64 " warnings %u, weir: affected %" PRIu64 " insert id %" PRIu64
             " warnings %u",
             a->affected, a->insert_id, a->warnings, b->affected, b->insert_id, b->warnings);
    return false;
}

static int by_rank(const void *a, const void *b, void *context)
{
    uint32_t rank = *(const uint32_t *)context;
    const weir_str *x = a, *y = b;
    double i = number_of(x[rank]), j = number_of(y[rank]);
    return (i > j) - (i < j);
}

bool outcome_same_ranked(const statement *s, const outcome *ranked, const outcome *got, char *difference, size_t size)
{
    uint32_t stride = ranked->column_count;
    uint32_t rank = stride - 1;
    if (ranked->status != WEIR_OK || stride != got->column_count + 1 || ranked->row_count != got->row_count) {
        snprintf(difference, size, "its ranks do not fit: %.200s (%s)", ranked->text, s->rank_sql.data);
        return false;
    }
    qsort_r(ranked->cells, ranked->row_count, stride * sizeof *ranked->cells, by_rank, &rank);
    for (size_t from = 0, to; from < ranked->row_count; from = to) {
        for (to = from + 1; to < ranked->row_count; to++)
            if (!is(ranked->cells[to * stride + rank], ranked->cells[from * stride + rank]))
                break;
        if (!same_set(s, got, &ranked->cells[from * stride], stride, &got->cells[from * got->column_count], to - from,
                      difference, size))
            return false;
    }
    return true;
}
