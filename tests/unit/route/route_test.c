/* route_test.c - statements and their routes; the many rows are in tests/tables/route.txt. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/route/fixture.h"

#include <stdlib.h>

enum { TEXT = 65536 };

typedef struct reader {
    route_tables tables;
    bool ready;
    char section[128];
    weir__buf yaml, lines;
    unsigned rows;
} reader;

static void start(reader *r)
{
    if (!r->ready)
        r->ready = route_tables_init(&r->tables, weir__buf_text(&r->yaml), weir__buf_text(&r->lines));
}

static void stop(reader *r)
{
    if (r->ready)
        route_tables_deinit(&r->tables);
    r->ready = false;
    weir__buf_reset(&r->yaml);
    weir__buf_reset(&r->lines);
}

static void check(reader *r, int number, weir_str sql, weir_str want)
{
    weir_error error;
    weir__buf got;
    start(r);
    if (!r->ready)
        return;
    weir__buf_init(&got, &test_env()->mem, TEXT);
    weir_status status = route_text(&r->tables, NULL, sql, weir_no_args(), true, &got, &error);
    EXPECT_THAT(status == WEIR_OK, "route.txt:%d: %s", number, status ? error.text : "");
    EXPECT_THAT(weir__str_is(want, weir__buf_text(&got)), "route.txt:%d: %s: %.*s\n    is   %s\n    not  %.*s", number,
                r->section, WEIR__STR(sql), weir__buf_text(&got), WEIR__STR(want));
    r->rows++;
    weir__buf_deinit(&got);
}

TEST(route, statements_of_the_table)
{
    size_t size;
    char *file = test_read_file("tests/tables/route.txt", &size);
    reader r = {.ready = false};
    weir_str sql = {NULL, 0};
    int number = 0;
    weir__buf_init(&r.yaml, &test_env()->mem, TEXT);
    weir__buf_init(&r.lines, &test_env()->mem, TEXT);
    for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        weir_str text = weir__slice(line, end);
        number++;
        *end = '\0';
        if (text.size == 0 || line[0] == '#')
            continue;
        if (line[0] == '[') {
            snprintf(r.section, sizeof r.section, "%s", line);
        } else if (line[0] == '|' || line[0] == '+') {
            if (r.ready)
                stop(&r);
            weir__buf_addf(line[0] == '|' ? &r.yaml : &r.lines, "%s\n", line + (line[1] ? 2 : 1));
        } else if (line[0] == ' ') {
            check(&r, number, sql, weir__slice(line + 4, end));
        } else {
            sql = text;
        }
    }
    EXPECT_THAT(r.rows > 150, "only %u rows", r.rows);
    stop(&r);
    weir__buf_deinit(&r.yaml);
    weir__buf_deinit(&r.lines);
    weir__free(&test_env()->mem, file);
}
