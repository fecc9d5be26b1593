/* operators_test.c - the operators one by one, and against a plain reference. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/unit/merge/rows.h"

enum { ROOM = 1 << 16, LIMIT = 1 << 24 };

static weir__budget budget;

static weir__budget *fresh(size_t limit)
{
    weir__budget_init(&budget, &test_env()->mem, limit);
    return &budget;
}

TEST(merge, compares)
{
    static const struct {
        const char *name;
        weir__merge_key_kind kind;
        const char *a, *b;
        int order;
    } rows[] = {
        {"integers", WEIR__MERGE_NUMBER, "9", "10", -1},
        {"negative", WEIR__MERGE_NUMBER, "-9", "-10", 1},
        {"decimals", WEIR__MERGE_NUMBER, "1.50", "1.5", 0},
        {"a longer fraction", WEIR__MERGE_NUMBER, "1.05", "1.5", -1},
        {"negative fractions", WEIR__MERGE_NUMBER, "-0.5", "-0.25", -1},
        {"zeros", WEIR__MERGE_NUMBER, "-0.00", "0", 0},
        {"around zero", WEIR__MERGE_NUMBER, "-0.5", "0.3", -1},
        {"ZEROFILL", WEIR__MERGE_NUMBER, "00042", "42", 0},
        {"beyond 64 bits", WEIR__MERGE_NUMBER, "18446744073709551615", "18446744073709551614", 1},
        {"65 digits", WEIR__MERGE_NUMBER, "99999999999999999999999999999999999", "100000000000000000000000000000000000",
         -1},
        {"doubles", WEIR__MERGE_DOUBLE, "1e-7", "0.00001", -1},
        {"negative doubles", WEIR__MERGE_DOUBLE, "-1e20", "-1e19", -1},
        {"double zeros", WEIR__MERGE_DOUBLE, "-0", "0", 0},
        {"bytes", WEIR__MERGE_BYTES, "b", "a", 1},
        {"a shorter one", WEIR__MERGE_BYTES, "a", "a_", -1},
        {"eight bytes alike", WEIR__MERGE_BYTES, "abcdefghi", "abcdefghj", -1},
        {"dates", WEIR__MERGE_BYTES, "2024-01-31", "2024-02-01", -1},
        {"padded", WEIR__MERGE_PADDED, "a", "a__", 0},
        {"padded against a control character", WEIR__MERGE_PADDED, "a", "a\001", 1},
        {"padded against a letter", WEIR__MERGE_PADDED, "a", "ab", -1},
        {"times", WEIR__MERGE_TIME, "9:00:00", "10:00:00", -1},
        {"long times", WEIR__MERGE_TIME, "838:59:59", "99:00:00", 1},
        {"negative times", WEIR__MERGE_TIME, "-00:00:01.5", "-00:00:01.25", -1},
        {"fractions of seconds", WEIR__MERGE_TIME, "00:00:01.50", "00:00:01.5", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2][64];
        weir_value cell[2], null = weir_null();
        uint64_t rank[2];
        bool exact[2];
        weir__buf code[2];
        for (int n = 0; n < 2; n++) {
            snprintf(text[n], sizeof text[n], "%s", n ? rows[i].b : rows[i].a);
            for (char *c = text[n]; *c; c++)
                *c = *c == '_' ? ' ' : *c;
            cell[n] = weir_text(text[n]);
            rank[n] = weir__merge_key_rank(rows[i].kind, &cell[n], &exact[n]);
            weir__buf_init(&code[n], &test_env()->mem, 1000);
            weir__merge_key_encode(rows[i].kind, &cell[n], &code[n]);
            EXPECT_THAT(weir__merge_key_compare(rows[i].kind, &null, &cell[n]) == -1, "%s: NULL is the least",
                        rows[i].name);
            EXPECT_THAT(rank[n] > 0, "%s: the rank of NULL", rows[i].name);
        }
        bool same = code[0].size == code[1].size && memcmp(code[0].data, code[1].data, code[0].size) == 0;
        EXPECT_THAT(weir__merge_key_compare(rows[i].kind, &cell[0], &cell[1]) == rows[i].order, "%s", rows[i].name);
        EXPECT_THAT(weir__merge_key_compare(rows[i].kind, &cell[1], &cell[0]) == -rows[i].order, "%s, turned",
                    rows[i].name);
        EXPECT_THAT(same == (rows[i].order == 0), "%s: encoding", rows[i].name);
        EXPECT_THAT(rank[0] == rank[1] || (rank[0] < rank[1] ? -1 : 1) == rows[i].order, "%s: rank", rows[i].name);
        EXPECT_THAT(rank[0] != rank[1] || !exact[0] || !exact[1] || rows[i].order == 0, "%s: exact", rows[i].name);
        weir__buf_deinit(&code[0]);
        weir__buf_deinit(&code[1]);
    }
}

/* ---- ordered ---- */

static weir_status open_ordered(const char *const *texts, uint32_t count, uint32_t width, const weir__merge_key *keys,
                                uint32_t key_count, weir__stream **out, weir_error *error)
{
    weir__stream *inputs[8];
    for (uint32_t i = 0; i < count; i++)
        if (!(inputs[i] = merge_rows(texts[i], width))) {
            while (i > 0)
                weir__stream_close(inputs[--i]);
            return weir__fail_nomem(error);
        }
    return weir__ordered_open(&budget, inputs, count, keys, key_count, out, error);
}

TEST(merge, ordered)
{
    static const weir__merge_key up[] = {{0, WEIR__MERGE_NUMBER, false}}, down[] = {{0, WEIR__MERGE_NUMBER, true}},
                                 text_up[] = {{0, WEIR__MERGE_BYTES, false}},
                                 two[] = {{0, WEIR__MERGE_NUMBER, false}, {1, WEIR__MERGE_BYTES, true}};
    static const struct {
        const char *name;
        const weir__merge_key *keys;
        uint32_t key_count;
        const char *inputs[4];
        const char *merged;
    } rows[] = {
        {"two", up, 1, {"1 a;3 c", "2 b;4 d"}, "1 a;2 b;3 c;4 d"},
        {"one is empty", up, 1, {"", "2 b"}, "2 b"},
        {"all are empty", up, 1, {"", ""}, ""},
        {"equal ones in the order of the shards", up, 1, {"1 a;1 b", "1 c"}, "1 a;1 b;1 c"},
        {"NULL first", up, 1, {"- a;1 b", "- c;0 d"}, "- a;- c;0 d;1 b"},
        {"NULL last when descending", down, 1, {"5 a;- b", "4 c;- d"}, "5 a;4 c;- b;- d"},
        {"decimals", up, 1, {"-1.5 a;1.5 b", "-1.25 c;1.05 d;2 e"}, "-1.5 a;-1.25 c;1.05 d;1.5 b;2 e"},
        {"two keys", two, 2, {"1 b;1 a;2 z", "1 c;2 y"}, "1 c;1 b;1 a;2 z;2 y"},
        {"text", text_up, 1, {"abcdefgh1 a", "abcdefgh0 b;abcdefgh2 c"}, "abcdefgh0 b;abcdefgh1 a;abcdefgh2 c"},
        {"not sorted", up, 1, {"2 a;1 b", "3 c"}, "UNSUPPORTED"},
        {"not sorted behind eight bytes", text_up, 1, {"abcdefgh2 a;abcdefgh1 b", "x c"}, "UNSUPPORTED"},
        {"not sorted behind the point", down, 1, {"5 a;5.5 b", "1 c"}, "UNSUPPORTED"},
        {"not sorted by the second key", two, 2, {"1 a;1 b", "3 c"}, "UNSUPPORTED"},
        {"NULL not first", up, 1, {"1 a;- b", "1 c"}, "UNSUPPORTED"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[1000];
        weir__stream *s;
        weir_error error;
        fresh(LIMIT);
        EXPECT_OK(open_ordered(rows[i].inputs, 2, 2, rows[i].keys, rows[i].key_count, &s, &error), error);
        merge_print(s, 2, got, sizeof got);
        EXPECT_THAT(strcmp(got, rows[i].merged) == 0, "%s: %s, not %s", rows[i].name, got, rows[i].merged);
        EXPECT_INT(budget.used, 0);
    }
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* Random rows dealt to shards, each sorted: merging gives what sorting all of them gives. */
TEST(merge, ordered_is_sorting)
{
    static const weir__merge_key keys[] = {{0, WEIR__MERGE_NUMBER, false}};
    static char text[5][ROOM], want[ROOM], got[ROOM];
    uint64_t seed = 7;
    for (int round = 0; round < 200; round++) {
        int all[400], part[5][400], parts[5] = {0}, count = round % 100;
        for (int i = 0; i < count; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            all[i] = (int)(seed >> 33) % 50 - 25;
            int shard = (int)(seed >> 20) % 5;
            shard = shard < 0 ? -shard : shard;
            part[shard][parts[shard]++] = all[i];
        }
        const char *texts[5];
        for (int s = 0; s < 5; s++) {
            size_t size = 0;
            qsort(part[s], (size_t)parts[s], sizeof(int), by_number);
            text[s][0] = '\0';
            for (int i = 0; i < parts[s]; i++)
                size += (size_t)snprintf(text[s] + size, ROOM - size, "%s%d", i ? ";" : "", part[s][i]);
            texts[s] = text[s];
        }
        size_t size = 0;
        qsort(all, (size_t)count, sizeof(int), by_number);
        want[0] = '\0';
        for (int i = 0; i < count; i++)
            size += (size_t)snprintf(want + size, ROOM - size, "%s%d", i ? ";" : "", all[i]);
        weir__stream *s;
        weir_error error;
        fresh(LIMIT);
        EXPECT_OK(open_ordered(texts, 5, 1, keys, 1, &s, &error), error);
        EXPECT_TEXT(merge_print(s, 1, got, sizeof got), want);
    }
}

TORTURE(merge, ordered_memory)
{
    static const weir__merge_key keys[] = {{0, WEIR__MERGE_BYTES, false}};
    static const char *const texts[] = {"abcdefghijkl;b", "abcdefghijklm;c"};
    weir__stream *s;
    weir_error error;
    const weir_value *row;
    fresh(LIMIT);
    weir_status status = open_ordered(texts, 2, 1, keys, 1, &s, &error);
    if (status != WEIR_OK)
        return status;
    while ((status = weir__stream_next(s, &row, &error)) == WEIR_OK && row)
        ;
    weir__stream_close(s);
    return status;
}

/* ---- the others ---- */

static weir_status open_one(char what, const char *text, weir__stream **out, weir_error *error)
{
    static const weir__merge_key keys[] = {{0, WEIR__MERGE_NUMBER, false}, {1, WEIR__MERGE_PADDED, true}};
    weir__stream *in = merge_rows(text, 2), *second;
    if (!in)
        return weir__fail_nomem(error);
    switch (what) {
    case 'l':
        return weir__limit_open(&budget, in, 1, 2, out, error);
    case 'o':
        return weir__limit_open(&budget, in, 1, UINT64_MAX, out, error);
    case '0':
        return weir__limit_open(&budget, in, 0, 0, out, error);
    case 'd':
        return weir__distinct_open(&budget, in, keys, 2, out, error);
    case 's':
        return weir__sort_open(&budget, in, 2, keys, 2, out, error);
    default:
        second = merge_rows("9 z", 2);
        if (second)
            return weir__concat_open(&budget, (weir__stream *[]){in, second}, 2, out, error);
        weir__stream_close(in);
        return weir__fail_nomem(error);
    }
}

TEST(merge, operators)
{
    static const struct {
        const char *name;
        char what;
        const char *in, *out;
    } rows[] = {
        {"limit", 'l', "1 a;2 b;3 c;4 d", "2 b;3 c"},
        {"limit beyond the end", 'l', "1 a;2 b", "2 b"},
        {"limit of nothing", 'l', "1 a", ""},
        {"offset alone", 'o', "1 a;2 b;3 c", "2 b;3 c"},
        {"LIMIT 0", '0', "1 a", ""},
        {"distinct", 'd', "1 a;1.0 a_;- a;2 a;- a;1 b", "1 a;- a;2 a;1 b"},
        {"sort", 's', "3 a;- b;1 c;1 d;3 a", "- b;1 d;1 c;3 a;3 a"},
        {"sort of nothing", 's', "", ""},
        {"concat", 'c', "1 a;2 b", "1 a;2 b;9 z"},
        {"concat with nothing", 'c', "", "9 z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[1000];
        weir__stream *s;
        weir_error error;
        fresh(LIMIT);
        EXPECT_OK(open_one(rows[i].what, rows[i].in, &s, &error), error);
        merge_print(s, 2, got, sizeof got);
        EXPECT_THAT(strcmp(got, rows[i].out) == 0, "%s: %s, not %s", rows[i].name, got, rows[i].out);
        EXPECT_INT(budget.used, 0);
    }
}

TEST(merge, budget)
{
    static char text[ROOM];
    for (size_t i = 0, size = 0; i < 2000; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%zu x", i ? ";" : "", i);
    for (const char *what = "ds"; *what; what++) {
        char got[64];
        weir__stream *s;
        weir_error error;
        fresh(20000);
        EXPECT_OK(open_one(*what, text, &s, &error), error);
        EXPECT_TEXT(merge_print(s, 2, got, sizeof got), "LIMIT");
    }
}

static weir_status run_all(void)
{
    for (const char *what = "lds"; *what; what++) {
        weir__stream *s;
        weir_error error;
        const weir_value *row;
        fresh(LIMIT);
        weir_status status = open_one(*what, "1 a;2 b;3 c;1 a", &s, &error);
        if (status != WEIR_OK)
            return status;
        while ((status = weir__stream_next(s, &row, &error)) == WEIR_OK && row)
            ;
        weir__stream_close(s);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

TORTURE(merge, operators_memory)
{
    return run_all();
}
