/* sql_print_test.c - the three forms of output, without a server. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_print.h"

#include <errno.h>
#include <locale.h>

#include "base/error.h"
#include "base/str.h"
#include "tests/support/test.h"

/* A printer whose two streams end in memory. */
typedef struct printed {
    char *text[2];
    size_t size[2];
    sql_out out[2];
    sql_printer *printer;
} printed;

static bool printed_open(printed *to, const char *format, size_t width)
{
    memset(to, 0, sizeof *to);
    for (int i = 0; i < 2; i++)
        to->out[i].file = open_memstream(&to->text[i], &to->size[i]);
    to->printer = sql_printer_new(&test_env()->mem, format, &to->out[0], &to->out[1], width);
    return to->printer != NULL;
}

static void printed_close(printed *to)
{
    sql_printer_free(to->printer);
    for (int i = 0; i < 2; i++) {
        fclose(to->out[i].file);
        weir__free(&weir__mem_system, to->text[i]); /* of open_memstream */
    }
}

static weir_column column(const char *name, weir_type type)
{
    return (weir_column){.name = weir__view(name), .type = type};
}

static weir_str bytes(const char *text, size_t size)
{
    return (weir_str){text, size};
}

static const weir_str sql_null = {NULL, 0};

/* Two columns, three rows: what each form must look like. */
static weir_status print_small(sql_printer *p)
{
    weir_column columns[] = {column("id", WEIR_T_INT), column("name", WEIR_T_TEXT)};
    weir_str rows[3][2] = {{weir__view("1"), weir__view("\xE6\xB0\xB4,\"x\"")},
                           {weir__view("22"), sql_null},
                           {weir__view("3"), weir__view("")}};
    weir_status status = p->ops->begin(p, columns, 2);
    for (int i = 0; i < 3 && !status; i++)
        status = p->ops->row(p, rows[i]);
    return status ? status : p->ops->end(p, &(sql_answer){.rows = 3, .milliseconds = 4});
}

static weir_status print_change(sql_printer *p, uint64_t affected, uint64_t insert_id)
{
    weir_status status = p->ops->begin(p, NULL, 0);
    return status ? status
                  : p->ops->end(
                        p, &(sql_answer){.result = {.affected = affected, .insert_id = insert_id}, .milliseconds = 1});
}

TEST(sql_print, forms)
{
    static const struct {
        const char *format, *want;
    } rows[] = {
        {"jsonl",
         "{\"columns\":[\"id\",\"name\"],\"rows\":[[\"1\",\"\xE6\xB0\xB4,\\\"x\\\"\"],[\"22\",null],[\"3\",\"\"]],"
         "\"affected\":0,\"insert_id\":0}\n"
         "{\"columns\":[],\"rows\":[],\"affected\":18446744073709551615,\"insert_id\":7}\n"
         "{\"columns\":[\"id\",\"name\"],\"rows\":[[\"1\",\"\xE6\xB0\xB4,\\\"x\\\"\"],[\"22\",null],[\"3\",\"\"]],"
         "\"affected\":0,\"insert_id\":0}\n"},
        {"csv",
         "id,name\n1,\"\xE6\xB0\xB4,\"\"x\"\"\"\n22,\n3,\"\"\n\nid,name\n1,\"\xE6\xB0\xB4,\"\"x\"\"\"\n22,\n3,\"\"\n"},
        {"table", "+----+--------+\n"
                  "| id | name   |\n"
                  "+----+--------+\n"
                  "|  1 | \xE6\xB0\xB4,\"x\" |\n"
                  "| 22 | NULL   |\n"
                  "|  3 |        |\n"
                  "+----+--------+\n"
                  "3 rows (4 ms)\n\n"
                  "affected 18446744073709551615 rows, insert id 7 (1 ms)\n\n"
                  "+----+--------+\n"
                  "| id | name   |\n"
                  "+----+--------+\n"
                  "|  1 | \xE6\xB0\xB4,\"x\" |\n"
                  "| 22 | NULL   |\n"
                  "|  3 |        |\n"
                  "+----+--------+\n"
                  "3 rows (4 ms)\n\n"},
    };
    EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printed to;
        EXPECT(printed_open(&to, rows[i].format, 0));
        EXPECT_INT(print_small(to.printer), WEIR_OK);
        EXPECT_INT(print_change(to.printer, UINT64_MAX, 7), WEIR_OK);
        EXPECT_INT(print_small(to.printer), WEIR_OK);
        EXPECT_TEXT(to.text[0], rows[i].want);
        EXPECT_INT(to.out[0].failed, 0);
        printed_close(&to);
    }
    EXPECT(sql_format_known("csv") && !sql_format_known("xml"));
}

TEST(sql_print, names_twice_and_names_that_are_bytes)
{
    weir_column columns[] = {column("a", WEIR_T_INT), column("a", WEIR_T_INT), column("\xFF", WEIR_T_INT)};
    weir_str cells[] = {weir__view("1"), bytes("\x00\xFF", 2), weir__view("2")};
    printed to;
    EXPECT(printed_open(&to, "jsonl", 0));
    EXPECT_INT(to.printer->ops->begin(to.printer, columns, 3), WEIR_OK);
    EXPECT_INT(to.printer->ops->row(to.printer, cells), WEIR_OK);
    EXPECT_INT(to.printer->ops->end(to.printer, &(sql_answer){.rows = 1}), WEIR_OK);
    EXPECT_TEXT(to.text[0], "{\"columns\":[\"a\",\"a\",{\"hex\":\"FF\"}],\"rows\":[[\"1\",{\"hex\":\"00FF\"},\"2\"]],"
                            "\"affected\":0,\"insert_id\":0}\n");
    printed_close(&to);
}

static weir_error failure(weir_status status, int32_t server_errno, const char *sqlstate, const char *text)
{
    weir_error error;
    weir__fail(&error, status, WEIR_RETRY_NEVER, "%s", text);
    error.server_errno = server_errno;
    weir__error_field(error.sqlstate, sizeof error.sqlstate, sqlstate);
    weir__error_field(error.endpoint, sizeof error.endpoint, "127.0.0.1:3306");
    return error;
}

TEST(sql_print, errors)
{
    static const struct {
        const char *name;
        weir_status status;
        int32_t server_errno;
        const char *sqlstate, *text, *json, *shown;
    } rows[] = {
        {"weir's own", WEIR_UNSUPPORTED, 0, "", "no \"exact\" answer",
         "{\"error\":{\"code\":\"UNSUPPORTED\",\"message\":\"no \\\"exact\\\" answer\"}}\n",
         "ERROR UNSUPPORTED at 127.0.0.1:3306: no \"exact\" answer\n"},
        {"the server's", WEIR_SERVER, 1062, "23000", "Duplicate\n",
         "{\"error\":{\"code\":\"SERVER\",\"errno\":1062,\"sqlstate\":\"23000\",\"message\":\"Duplicate\\n\"}}\n",
         "ERROR SERVER 1062 (23000) at 127.0.0.1:3306: Duplicate\\n\n"},
        {"the server's syntax error", WEIR_SYNTAX, 1064, "42000", "x",
         "{\"error\":{\"code\":\"SERVER\",\"errno\":1064,\"sqlstate\":\"42000\",\"message\":\"x\"}}\n",
         "ERROR SERVER 1064 (42000) at 127.0.0.1:3306: x\n"},
        {"weir's syntax error", WEIR_SYNTAX, 0, "", "x", "{\"error\":{\"code\":\"SYNTAX\",\"message\":\"x\"}}\n",
         "ERROR SYNTAX at 127.0.0.1:3306: x\n"},
        {"deadlock", WEIR_CONFLICT, 1213, "40001", "x",
         "{\"error\":{\"code\":\"SERVER\",\"errno\":1213,\"sqlstate\":\"40001\",\"message\":\"x\"}}\n",
         "ERROR SERVER 1213 (40001) at 127.0.0.1:3306: x\n"},
        {"killed at the deadline", WEIR_TIMEOUT, 1317, "70100", "x",
         "{\"error\":{\"code\":\"TIMEOUT\",\"message\":\"x\"}}\n", "ERROR TIMEOUT 1317 (70100) at 127.0.0.1:3306: x\n"},
        {"not UTF-8", WEIR_SERVER, 1, "HY000", "\xFF",
         "{\"error\":{\"code\":\"SERVER\",\"errno\":1,\"sqlstate\":\"HY000\",\"message\":\"\xEF\xBF\xBD\"}}\n",
         "ERROR SERVER 1 (HY000) at 127.0.0.1:3306: \\xFF\n"},
    };
    static const char *const formats[] = {"jsonl", "csv", "table"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int f = 0; f < 3; f++) {
            printed to;
            weir_error error = failure(rows[i].status, rows[i].server_errno, rows[i].sqlstate, rows[i].text);
            EXPECT(printed_open(&to, formats[f], 0));
            to.printer->ops->fail(to.printer, &error);
            sql_out_flush(&to.out[0]);
            sql_out_flush(&to.out[1]);
            EXPECT_TEXT(to.text[0], f == 0 ? rows[i].json : "");
            EXPECT_TEXT(to.text[1], f == 0 ? "" : rows[i].shown);
            printed_close(&to);
        }
}

/* Rows that came before the failure: jsonl shows none of them, the others say that they are not all. */
TEST(sql_print, never_half_a_result_that_looks_whole)
{
    static const struct {
        const char *format;
        int rows;
        const char *out, *err;
    } cases[] = {
        {"jsonl", 1, "{\"error\":{\"code\":\"UNREACHABLE\",\"message\":\"lost\"}}\n", ""},
        {"csv", 1, "id\n7\n", "The output above is incomplete"},
        {"table", 1, "", "ERROR UNREACHABLE at 127.0.0.1:3306: lost\n"},
        {"table", SQL_TABLE_ROWS + 1, "| id |\n", "The output above is incomplete"},
    };
    weir_error error = failure(WEIR_UNREACHABLE, 0, "", "lost");
    weir_column id = column("id", WEIR_T_INT);
    weir_str seven = weir__view("7");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        printed to;
        EXPECT(printed_open(&to, cases[i].format, 0));
        sql_printer *p = to.printer;
        EXPECT_INT(p->ops->begin(p, &id, 1), WEIR_OK);
        for (int k = 0; k < cases[i].rows; k++)
            EXPECT_INT(p->ops->row(p, &seven), WEIR_OK);
        p->ops->fail(p, &error);
        sql_out_flush(&to.out[0]);
        sql_out_flush(&to.out[1]);
        if (cases[i].rows == 1)
            EXPECT_TEXT(to.text[0], cases[i].out);
        EXPECT_HAS(to.text[0], cases[i].out);
        EXPECT_HAS(to.text[1], cases[i].err);
        EXPECT(strstr(to.text[0], "rows (") == NULL);
        /* and the next statement is not blamed */
        EXPECT_INT(print_small(p), WEIR_OK);
        p->ops->fail(p, &error);
        sql_out_flush(&to.out[1]);
        const char *first = strstr(to.text[1], "incomplete");
        EXPECT(!first || !strstr(first + 1, "incomplete"));
        printed_close(&to);
    }
}

TEST(sql_print, a_table_fits_the_terminal)
{
    weir_column columns[] = {column("id", WEIR_T_INT), column("note", WEIR_T_TEXT), column("more", WEIR_T_TEXT)};
    weir_str cells[] = {weir__view("1"),
                        weir__view("\xE6\xB0\xB4\xE6\xB0\xB4\xE6\xB0\xB4\xE6\xB0\xB4\xE6\xB0\xB4\xE6\xB0\xB4"),
                        weir__view("abcdefghijkl")};
    EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    printed to;
    EXPECT(printed_open(&to, "table", 26));
    EXPECT_INT(to.printer->ops->begin(to.printer, columns, 3), WEIR_OK);
    EXPECT_INT(to.printer->ops->row(to.printer, cells), WEIR_OK);
    EXPECT_INT(to.printer->ops->end(to.printer, &(sql_answer){.rows = 1}), WEIR_OK);
    EXPECT_TEXT(to.text[0], "+----+---------+---------+\n"
                            "| id | note    | more    |\n"
                            "+----+---------+---------+\n"
                            "|  1 | \xE6\xB0\xB4\xE6\xB0\xB4\xE6\xB0\xB4\xE2\x80\xA6 | abcdef\xE2\x80\xA6 |\n"
                            "+----+---------+---------+\n"
                            "1 row (0 ms)\n\n");
    printed_close(&to);
}

/* Of a long result only the first rows are kept; a wider value that comes later is cut on a terminal, whole elsewhere. */
TEST(sql_print, a_long_table_streams)
{
    static const struct {
        size_t width;
        const char *last;
    } cases[] = {{0, "| abcdef |\n"}, {80, "| abc\xE2\x80\xA6 |\n"}};
    EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    weir_column name = column("name", WEIR_T_TEXT);
    weir_str first = weir__view("a"), last = weir__view("abcdef");
    for (size_t i = 0; i < 2; i++) {
        printed to;
        EXPECT(printed_open(&to, "table", cases[i].width));
        sql_printer *p = to.printer;
        EXPECT_INT(p->ops->begin(p, &name, 1), WEIR_OK);
        for (int k = 0; k < SQL_TABLE_ROWS; k++) {
            EXPECT(!p->shown);
            EXPECT_INT(p->ops->row(p, &first), WEIR_OK);
        }
        EXPECT(p->shown);
        EXPECT_INT(p->ops->row(p, &last), WEIR_OK);
        EXPECT_INT(p->ops->end(p, &(sql_answer){.rows = SQL_TABLE_ROWS + 1}), WEIR_OK);
        EXPECT_HAS(to.text[0], cases[i].last);
        EXPECT_HAS(to.text[0], "1001 rows (0 ms)\n");
        printed_close(&to);
    }
}

TEST(sql_print, a_full_disk_is_noticed)
{
    static const char *const formats[] = {"jsonl", "csv", "table"};
    for (int f = 0; f < 3; f++) {
        sql_out out = {fopen("/dev/full", "w"), 0}, err = {stderr, 0};
        EXPECT(out.file != NULL);
        sql_printer *p = sql_printer_new(&test_env()->mem, formats[f], &out, &err, 0);
        EXPECT_INT(print_small(p), WEIR_OK);
        EXPECT_INT(out.failed, ENOSPC);
        sql_printer_free(p);
        fclose(out.file);
    }
}

static weir_status print_tortured(const char *format)
{
    printed to;
    weir_status status = WEIR_NOMEM;
    if (printed_open(&to, format, 40)) {
        status = print_small(to.printer);
        if (status) {
            weir_error error;
            weir__fail_nomem(&error);
            to.printer->ops->fail(to.printer, &error);
            sql_out_flush(&to.out[0]);
            sql_out_flush(&to.out[1]);
            if (strcmp(format, "jsonl") == 0)
                EXPECT_TEXT(to.text[0], "{\"error\":{\"code\":\"NOMEM\",\"message\":\"out of memory\"}}\n");
            else
                EXPECT_HAS(to.text[1], "ERROR NOMEM: out of memory\n");
        }
    }
    printed_close(&to);
    return status;
}

TORTURE(sql_print, jsonl_without_memory)
{
    return print_tortured("jsonl");
}

TORTURE(sql_print, csv_without_memory)
{
    return print_tortured("csv");
}

TORTURE(sql_print, table_without_memory)
{
    return print_tortured("table");
}
