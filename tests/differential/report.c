/* report.c - what a run found, for people and for programs. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/report.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t index_of(const category *c)
{
    return (uint32_t)(c - categories);
}

static bool is_select(const statement *s)
{
    return s->kind == STEP_SQL && (strncmp(s->sql.data, "SELECT", 6) == 0 || strncmp(s->sql.data, "WITH", 4) == 0 ||
                                   strncmp(s->sql.data, "(SELECT", 7) == 0);
}

void report_equal(report *r, const category *c, const outcome *got, const statement *s)
{
    r->selects += is_select(s);
    r->selects_equal += is_select(s);
    r->equal[index_of(c)]++;
    r->failed[index_of(c)] += got->status != WEIR_OK;
    r->empty[index_of(c)] += got->status == WEIR_OK && got->row_count == 0 && got->result.affected == 0;
}

/* Numbers and what stands in quotes or behind a colon differ from statement to statement. */
static void stable(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text && *text != ':' && *text != ';' && n + 2 < size; text++) {
        if (isdigit((unsigned char)*text)) {
            if (n == 0 || out[n - 1] != '#')
                out[n++] = '#';
        } else if (*text == '\'' || *text == '`') {
            const char *end = strchr(text + 1, *text);
            if (end && (text[1] != 's' || text[2] != ' '))
                text = end;
            out[n++] = '~';
        } else
            out[n++] = *text;
    }
    out[n] = '\0';
}

void report_refused(report *r, const category *c, const char *text, const statement *s)
{
    char reason_text[REASON_ROOM];
    uint32_t i = 0;
    stable(reason_text, sizeof reason_text, text);
    r->selects += is_select(s);
    r->refused[index_of(c)]++;
    while (i < r->reason_count && strcmp(r->reasons[i].text, reason_text) != 0)
        i++;
    if (i == MAX_REASONS)
        return;
    if (i == r->reason_count) {
        memcpy(r->reasons[i].text, reason_text, sizeof reason_text);
        print_statement(r->reasons[i].sample, sizeof r->reasons[i].sample, s);
        r->reason_count++;
    }
    r->reasons[i].count++;
}

static void add_value(char *out, size_t size, size_t *used, const weir_value *v)
{
    weir__buf text;
    datum d = {.type = v->type, .i = v->as.i, .u = v->as.u, .d = v->as.d};
    if (v->type != WEIR_T_NULL && v->type != WEIR_T_INT && v->type != WEIR_T_UINT && v->type != WEIR_T_DOUBLE) {
        d.size = v->size < sizeof d.text ? v->size : sizeof d.text;
        if (d.size)
            memcpy(d.text, v->as.p, d.size);
    }
    weir__buf_init(&text, &weir__mem_system, 8192);
    datum_add(&text, &d);
    int n = snprintf(out + *used, size - *used, " %s", weir__buf_text(&text));
    *used += n > 0 ? (size_t)n : 0;
    if (*used >= size)
        *used = size - 1;
    weir__buf_deinit(&text);
}

void print_statement(char *out, size_t size, const statement *s)
{
    static const char *const plain[] = {
        [STEP_SQL] = "", [STEP_BEGIN] = "(begin)", [STEP_COMMIT] = "(commit)", [STEP_ROLLBACK] = "(rollback)"};
    const char *who = s->session ? "(other) " : "";
    int n = snprintf(out, size, "%s%s", who,
                     s->paged.size         ? s->paged.data
                     : s->kind == STEP_SQL ? s->sql.data
                                           : plain[s->kind]);
    size_t used = n < (int)size ? (size_t)n : size - 1;
    if (s->arg_count && used + 8 < size)
        used += (size_t)snprintf(out + used, size - used, "  --");
    for (size_t i = 0; i < s->arg_count && used + 8 < size; i++)
        add_value(out, size, &used, &s->args[i]);
}

void report_wrong(report *r, const category *c, uint64_t number, const scenario *made, uint32_t at,
                  const char *difference)
{
    char text[8192];
    r->wrong[index_of(c)]++;
    if (r->quiet || r->shown++ >= MAX_SHOWN)
        return;
    fprintf(stderr, "WRONG %s, scenario %" PRIu64 " (--seed %" PRIu64 " --shards %u): %s\n", c->name, number, r->seed,
            r->shards, difference);
    for (uint32_t i = 0; i <= at && i < made->count; i++) {
        print_statement(text, sizeof text, &made->steps[i]);
        fprintf(stderr, "    %s\n", text);
    }
}

uint64_t report_statements(const report *r)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < category_count; i++)
        sum += r->equal[i] + r->refused[i] + r->wrong[i];
    return sum;
}

uint64_t report_wrong_count(const report *r)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < category_count; i++)
        sum += r->wrong[i];
    return sum;
}

enum { ENOUGH = 100 };

/* Percent that was equal; a category that was not asked is fine. */
static bool below_floor(const report *r, uint32_t i)
{
    uint64_t all = r->equal[i] + r->refused[i] + r->wrong[i];
    uint32_t least = r->shards == 1 ? categories[i].floor_one : categories[i].floor_many;
    if (least < 100 && all < ENOUGH)
        return false; /* a few statements are no percentage */
    return all > 0 && r->equal[i] * 100 < all * least;
}

enum { SELECTS_FLOOR = 85 /* percent, over several shards */ };

static bool too_few_selects(const report *r)
{
    return r->shards > 1 && r->selects >= ENOUGH && r->selects_equal * 100 < r->selects * SELECTS_FLOOR;
}

static int by_count(const void *a, const void *b)
{
    const reason *x = *(const reason *const *)a, *y = *(const reason *const *)b;
    return (x->count < y->count) - (x->count > y->count);
}

static void print_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", *text);
        else
            putchar(*text);
    putchar('"');
}

static bool print_json(const report *r, reason *const *sorted)
{
    bool good = !too_few_selects(r);
    printf("{\"shards\": %u, \"seed\": %" PRIu64 ", \"statements\": %" PRIu64 ", \"wrong\": %" PRIu64
           ", \"selects\": %" PRIu64 ", \"selects_equal\": %" PRIu64 ", \"categories\": {",
           r->shards, r->seed, report_statements(r), report_wrong_count(r), r->selects, r->selects_equal);
    for (uint32_t i = 0; i < category_count; i++) {
        good = good && !below_floor(r, i) && r->wrong[i] == 0;
        printf("%s\"%s\": {\"equal\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"wrong\": %" PRIu64
               ", \"below_floor\": %s}",
               i ? ", " : "", categories[i].name, r->equal[i], r->refused[i], r->wrong[i],
               below_floor(r, i) ? "true" : "false");
    }
    printf("}, \"refused\": [");
    for (uint32_t i = 0; i < r->reason_count; i++) {
        printf("%s{\"reason\": ", i ? ", " : "");
        print_json_text(sorted[i]->text);
        printf(", \"count\": %" PRIu64 ", \"sample\": ", sorted[i]->count);
        print_json_text(sorted[i]->sample);
        printf("}");
    }
    printf("]}\n");
    return good;
}

static bool print_text(const report *r, reason *const *sorted)
{
    bool good = !too_few_selects(r);
    uint64_t equal = 0, refused = 0;
    printf("%u shards, seed %" PRIu64 "\n%-16s %8s %8s %8s   of the equal ones: failed, without rows\n", r->shards,
           r->seed, "category", "equal", "refused", "wrong");
    for (uint32_t i = 0; i < category_count; i++) {
        equal += r->equal[i];
        refused += r->refused[i];
        good = good && !below_floor(r, i) && r->wrong[i] == 0;
        if (r->equal[i] + r->refused[i] + r->wrong[i])
            printf("%-16s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "%s\n", categories[i].name,
                   r->equal[i], r->refused[i], r->wrong[i], r->failed[i], r->empty[i],
                   below_floor(r, i) ? "   BELOW ITS FLOOR" : "");
    }
    printf("%-16s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", "all", equal, refused, report_wrong_count(r));
    if (r->selects)
        printf("SELECTs answered: %" PRIu64 " of %" PRIu64 ", %.1f%%%s\n", r->selects_equal, r->selects,
               100.0 * (double)r->selects_equal / (double)r->selects, too_few_selects(r) ? "   BELOW THE FLOOR" : "");
    if (r->reason_count)
        printf("refused, by reason:\n");
    for (uint32_t i = 0; i < r->reason_count; i++)
        printf("%8" PRIu64 "  %s\n          e.g. %.200s\n", sorted[i]->count, sorted[i]->text, sorted[i]->sample);
    return good;
}

bool report_print(const report *r, bool json)
{
    const reason *sorted[MAX_REASONS];
    for (uint32_t i = 0; i < r->reason_count; i++)
        sorted[i] = &r->reasons[i];
    qsort(sorted, r->reason_count, sizeof *sorted, by_count);
    return json ? print_json(r, (reason *const *)sorted) : print_text(r, (reason *const *)sorted);
}
