/* page_test.c - page by page is the whole, each row once and in order, over several shards and one. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/str.h"
#include "tests/support/shards.h"

enum { ROWS = 500, MOST_TOKEN = 4096 };

#define HASH(add) "CAST(CRC32(id + " #add ") AS SIGNED)"
static const char *const columns[] = {
    "ALTER TABLE t ADD n INT, ADD c VARCHAR(20) COLLATE utf8mb4_general_ci, ADD u VARCHAR(20) COLLATE "
    "utf8mb4_unicode_ci, ADD d DECIMAL(8,3), ADD f FLOAT, ADD e DOUBLE, ADD at DATETIME(2), ADD day DATE, ADD took "
    "TIME, "
    "ADD seen TIMESTAMP NULL, ADD k ENUM('z','m','a'), ADD b VARBINARY(8), ADD big BIGINT UNSIGNED",
    "UPDATE t SET n = NULLIF(" HASH(0) " % 9, 4) - 3, c = NULLIF(ELT(1 + " HASH(
        1) " % 6, 'a', 'A', 'b', 'b ', '', 'x'), "
           "'x'), u = NULLIF(CONCAT(ELT(1 + " HASH(2) " % 5, 'ss', _utf8mb4 0xC39F, 'z', _utf8mb4 0xC3A4, 'y'), " HASH(
               9) " % "
                  "3), 'y1'), d = NULLIF(" HASH(3) " % 40, 7) / 7 - 2, f = NULLIF(" HASH(
                      4) " % 30, 3) / 7, e = NULLIF(" HASH(5) " % 30, 3) / 7e10",
    "UPDATE t SET at = '2024-10-27 01:00:00' + INTERVAL " HASH(
        6) " % 20 * 110 MINUTE, day = NULLIF(DATE('2024-01-01') + "
           "INTERVAL " HASH(7) " % 9 DAY, '2024-01-03'), took = SEC_TO_TIME(" HASH(
               8) " % 40 * 977 - 20000), seen = "
                  "FROM_UNIXTIME(1700000000 + " HASH(10) " % 30), k = NULLIF(1 + " HASH(
                      11) " % 4, 4), b = UNHEX(HEX(" HASH(12) " % 7)), big = 18446744073709551615 - CRC32(id) % 5",
};

static void open_pages(shards *c)
{
    shards_open(c, NULL, ROWS);
    for (unsigned i = 0; i < c->count; i++)
        for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
            root_run(shards_server(i), columns[k]);
}

/* The same rows on one server alone: the first shard's. */
static void open_one(live *one, const shards *c)
{
    char yaml[8192], address[64];
    const char *end = strstr(c->yaml, "databases:"), *from = strstr(c->yaml, "shop-0: {primary: \"");
    from = strchr(from, '"') + 1;
    snprintf(address, sizeof address, "%.*s", (int)strcspn(from, "\""), from);
    snprintf(yaml, sizeof yaml, "%.*sdatabases:\n  one: {primary: \"%s\", schema: shop}\n", (int)(end - c->yaml),
             c->yaml, address);
    live_open_config(one, yaml);
}

typedef struct reading {
    int64_t ids[ROWS];
    size_t count;
    weir_status status;
    weir_error error;
} reading;

/* One page's ids behind what is there; token becomes the next one's. */
static size_t read_page(live *l, const char *sql, weir_args args, char token[MOST_TOKEN], reading *r)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    size_t given = 0, next = 0;
    options.page = token;
    options.buffered = r->count % 2;
    r->status = weir_query_with(l->session, &options, (weir_str){sql, strlen(sql)}, args, &rows, &r->error);
    if (r->status != WEIR_OK)
        return 0;
    while (weir_next(rows)) {
        if (r->count < ROWS)
            r->ids[r->count++] = weir_get_int(rows, 0);
        given++;
    }
    EXPECT(weir_column_find(rows, "weir_page_0") < 0);
    next = weir_page_token(rows, NULL, 0);
    EXPECT(next < MOST_TOKEN);
    EXPECT(weir_page_token(rows, token, MOST_TOKEN) == next && strlen(token) == next);
    r->status = weir_finish(rows, &r->error);
    return given;
}

/* All pages of "SELECT id FROM t <where> ORDER BY <order> LIMIT n" against the statement without LIMIT, its order made certain by hand. */
static void expect_pages(live *l, const char *where, const char *order, const char *certain, int size)
{
    char sql[512], token[MOST_TOKEN] = "";
    static reading pages, whole;
    size_t most = 0;
    pages.count = whole.count = 0;
    snprintf(sql, sizeof sql, "SELECT t.id FROM t %s ORDER BY %s LIMIT %d", where, order, size);
    do {
        size_t given = read_page(l, sql, weir_no_args(), token, &pages);
        EXPECT_THAT(pages.status == WEIR_OK, "%s: %s", sql, pages.status ? pages.error.text : "");
        EXPECT_THAT(given == (size_t)size || !*token, "%s: %zu rows and a token", sql, given);
        if (pages.status != WEIR_OK)
            return;
    } while (*token && most++ < 2 * ROWS);
    snprintf(sql, sizeof sql, "SELECT t.id FROM t %s ORDER BY %s%s", where, order, certain);
    weir_rows *rows = NULL;
    EXPECT_OK(weir_query(l->session, sql, weir_no_args(), &rows, &l->error), l->error);
    while (weir_next(rows) && whole.count < ROWS)
        whole.ids[whole.count++] = weir_get_int(rows, 0);
    EXPECT_OK(weir_finish(rows, &l->error), l->error);
    EXPECT_INT(pages.count, whole.count);
    for (size_t i = 0; i < whole.count; i++)
        if (pages.ids[i] != whole.ids[i]) {
            EXPECT_THAT(false, "ORDER BY %s by %d: row %zu is %lld, not %lld", order, size, i, (long long)pages.ids[i],
                        (long long)whole.ids[i]);
            break;
        }
}

/* Every kind of key, with NULLs and many that are equal, in both directions; where the user's order ends, the primary key goes on in the
 * last key's direction. */
static void expect_all_pages(live *l)
{
    static const char *const keys[] = {"t.n", "c", "u", "d", "f", "e", "at", "day", "took", "seen", "k", "b", "big"};
    char order[128];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int size = 7 + (int)(i * 13 % 90);
        expect_pages(l, "", keys[i], ", t.id", size);
        snprintf(order, sizeof order, "%s DESC", keys[i]);
        expect_pages(l, "WHERE id >= 0 OR id < 0 -- all\n", order, ", t.id DESC", size);
        snprintf(order, sizeof order, "%s DESC, %s", keys[i], keys[(i + 5) % (sizeof keys / sizeof *keys)]);
        expect_pages(l, "WHERE (v <> 3) OR (v = 9)", order, ", t.id", size);
    }
    expect_pages(l, "", "id", "", 1);
    expect_pages(l, "", "id DESC", "", 100);
    expect_pages(l, "", "v, id", "", ROWS);
    expect_pages(l, "", "v, id", "", 2 * ROWS);
    expect_pages(l, "JOIN t o ON o.id = t.id", "t.n, o.c DESC", ", t.id DESC", 33);
    expect_pages(l, "LEFT JOIN t o ON o.id = t.id AND o.n = 1", "o.n DESC, t.v", ", t.id", 33);
}

TEST(page, each_row_once_over_several_shards)
{
    shards c;
    open_pages(&c);
    expect_all_pages(&c.store);
    EXPECT_OK(weir_begin(c.store.session, NULL, &c.store.error), c.store.error); /* and within a transaction */
    expect_pages(&c.store, "", "t.n DESC, c", ", t.id", 40);
    EXPECT_OK(weir_commit(c.store.session, &c.store.error), c.store.error);
    shards_close(&c);
}

TEST(page, each_row_once_on_one_shard)
{
    shards c;
    live one;
    open_pages(&c);
    open_one(&one, &c);
    expect_all_pages(&one);
    EXPECT_OK(weir_begin(one.session, NULL, &one.error), one.error);
    expect_pages(&one, "", "t.n DESC, c", ", t.id", 40);
    EXPECT_OK(weir_commit(one.session, &one.error), one.error);
    live_close(&one);
    shards_close(&c);
}

/* Values of the statement's own stay where they belong; and rows that come and go do not shift those that stay. */
TEST(page, with_values_and_beside_changes)
{
    shards c;
    static reading r;
    char token[MOST_TOKEN] = "";
    weir_args args = WEIR_ARGS(weir_int(100), weir_text("nothing"), weir_int(25));
    static const char sql[] = "SELECT id FROM t WHERE id >= ? AND s <> ? ORDER BY v DESC LIMIT ?";
    open_pages(&c);
    r.count = 0;
    live other = {.client = c.store.client, .session = shards_session(&c)};
    for (int page = 0; page == 0 || *token; page++) {
        EXPECT(read_page(&c.store, sql, args, token, &r) <= 25);
        EXPECT_OK(r.status, r.error);
        if (page == 3) { /* behind and before the place */
            live_run(&other, "DELETE FROM t WHERE id < 100", weir_no_args());
            live_run(&other, "INSERT INTO t (id, v, s) VALUES (-5, 9, 'a')", weir_no_args());
        }
    }
    bool seen[ROWS] = {false};
    for (size_t i = 0; i < r.count; i++) {
        EXPECT(r.ids[i] >= 100 && r.ids[i] < ROWS && !seen[r.ids[i]]);
        seen[r.ids[i]] = true;
    }
    EXPECT_INT(r.count, ROWS - 100);
    weir_session_close(other.session);
    shards_close(&c);
}

/* Rows read of an index until the page is full: the last page reads no more than the first. */
TEST(page, the_last_page_costs_as_the_first)
{
    enum { MANY = 20000, PAGE = 20 };
    shards c;
    static reading r;
    char token[MOST_TOKEN] = "", sql[128];
    int64_t reads[2] = {0};
    shards_open(&c, NULL, MANY);
    snprintf(sql, sizeof sql, "SELECT id FROM t FORCE INDEX (v) ORDER BY v, id LIMIT %d", PAGE);
    static const char read[] =
        "SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN "
        "('HANDLER_READ_NEXT', 'HANDLER_READ_KEY', 'HANDLER_READ_FIRST', 'HANDLER_READ_RND_NEXT', "
        "'HANDLER_READ_RND')";
    for (int page = 0; page < 900; page++) {
        bool counts = page == 1 || page == 899;
        for (unsigned i = 0; i < c.count && counts; i++)
            reads[page > 1] -= strtoll(root_one(shards_server(i), read), NULL, 10);
        r.count = 0;
        EXPECT_INT(read_page(&c.store, sql, weir_no_args(), token, &r), PAGE);
        EXPECT_OK(r.status, r.error);
        for (unsigned i = 0; i < c.count && counts; i++)
            reads[page > 1] += strtoll(root_one(shards_server(i), read), NULL, 10);
        if (!*token)
            break;
    }
    EXPECT_THAT(reads[1] < reads[0] + 2000, "the second page reads %lld rows and keys, the 900th %lld",
                (long long)reads[0], (long long)reads[1]);
    shards_close(&c);
}

static void expect_refused(live *l, const char *sql, const char *page, weir_status status, const char *part)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    weir_error error = {.text = ""};
    options.page = page;
    weir_status got =
        weir_query_with(l->session, &options, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &error);
    EXPECT_THAT(got == status, "%s: %s %s", sql, weir_status_name(got), error.text);
    EXPECT_HAS(error.text, part);
    if (got == WEIR_OK && weir_finish(rows, &error) != WEIR_OK)
        return;
}

TEST(page, refuses)
{
    static const struct {
        const char *sql, *part;
    } rows[] = {
        {"SELECT id FROM t LIMIT 3", "ORDER BY"},
        {"SELECT id FROM t ORDER BY id", "LIMIT"},
        {"SELECT id FROM t ORDER BY id LIMIT 3 OFFSET 2", "OFFSET"},
        {"SELECT id FROM t ORDER BY id LIMIT 2, 3", "OFFSET"},
        {"SELECT id FROM t ORDER BY id LIMIT 0", "LIMIT 0"},
        {"SELECT DISTINCT v FROM t ORDER BY v LIMIT 3", "DISTINCT"},
        {"SELECT v, COUNT(*) FROM t GROUP BY v ORDER BY v LIMIT 3", "GROUP BY"},
        {"SELECT COUNT(*) FROM t ORDER BY 1 LIMIT 3", "aggregate"},
        {"SELECT id FROM t ORDER BY v + 1 LIMIT 3", "columns"},
        {"SELECT id, v + 1 AS x FROM t ORDER BY x LIMIT 3", "columns"},
        {"SELECT id, ROW_NUMBER() OVER (PARTITION BY id) FROM t ORDER BY id LIMIT 3", "window"},
        {"SELECT id FROM t UNION SELECT v FROM t ORDER BY id LIMIT 3", "UNION"},
        {"SELECT d.id FROM (SELECT id FROM t) d ORDER BY d.id LIMIT 3", "columns"},
        {"UPDATE t SET v = 1 ORDER BY id LIMIT 3", "SELECT"},
        {"SELECT 1 ORDER BY 1 LIMIT 1", "FROM"},
    };
    shards c;
    live one;
    open_pages(&c);
    open_one(&one, &c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_refused(&one, rows[i].sql, "", WEIR_UNSUPPORTED, rows[i].part);
        if (!strstr(rows[i].sql, "UPDATE") && !strstr(rows[i].sql, "UNION"))
            expect_refused(&c.store, rows[i].sql, "", WEIR_UNSUPPORTED, rows[i].part);
    }
    live_close(&one);
    shards_close(&c);
}

/* A token is taken as it was given, for what it was given for, or not at all. */
TEST(page, a_token_of_something_else)
{
    shards c;
    static reading r;
    char token[MOST_TOKEN] = "", bad[MOST_TOKEN];
    static const char sql[] = "SELECT id FROM t ORDER BY n, c LIMIT 10";
    open_pages(&c);
    r.count = 0;
    EXPECT_INT(read_page(&c.store, sql, weir_no_args(), token, &r), 10);
    size_t size = strlen(token);
    for (size_t i = 0; i < size; i++) { /* each letter changed, and cut there */
        memcpy(bad, token, size + 1);
        bad[i] = bad[i] == '7' ? '8' : '7';
        expect_refused(&c.store, sql, bad, WEIR_USAGE, "page:");
        bad[i] = '\0';
        if (i > 0)
            expect_refused(&c.store, sql, bad, WEIR_USAGE, "page:");
    }
    expect_refused(&c.store, "SELECT id FROM t ORDER BY n, c LIMIT 11", token, WEIR_USAGE, "another statement");
    expect_refused(&c.store, "SELECT id FROM t ORDER BY n, c DESC LIMIT 10", token, WEIR_USAGE, "another statement");
    expect_refused(&c.store, sql, "nonsense", WEIR_USAGE, "page:");
    expect_refused(&c.store, sql, token, WEIR_OK, "");
    /* The tables are asked anew by another client. */
    for (unsigned i = 0; i < c.count; i++)
        root_run(shards_server(i), "ALTER TABLE t MODIFY c VARCHAR(21) COLLATE utf8mb4_bin");
    live l;
    live_open_config(&l, c.yaml);
    expect_refused(&l, sql, token, WEIR_USAGE, "changed since");
    live_close(&l);
    shards_close(&c);
}
