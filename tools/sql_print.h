/* sql_print.h - the three forms in which `weir sql` prints answers. SPDX-License-Identifier: Apache-2.0
 *
 * For each statement: begin, row.., end; or begin, row.., fail; or fail alone. Rows are printed as they come, but for jsonl, whose
 * line must be whole or an error, and for the first rows of a table, which decide its widths. Memory: one line of jsonl (at most
 * SQL_MAX_LINE), else one row, or the first rows of a table. Not thread-safe. Knows no server: values come as text. */
#ifndef WEIR_TOOLS_SQL_PRINT_H
#define WEIR_TOOLS_SQL_PRINT_H

#include <stdio.h>

#include "base/buf.h"
#include "weir.h"

/* Bytes of one line of jsonl, of one row else: no reader of lines takes more with pleasure. */
#define SQL_MAX_LINE ((size_t)1 << 30)

enum { SQL_TABLE_ROWS = 1000, SQL_TABLE_BYTES = 8 * 1024 * 1024 }; /* which decide the widths of a table */

/* A stream and the first error it met: what is written after it is lost, so it is looked at before the next statement. */
typedef struct sql_out {
    FILE *file;
    int failed; /* errno; 0: all was written */
} sql_out;

void sql_out_add(sql_out *out, const weir__buf *text);
void sql_out_flush(sql_out *out);

typedef struct sql_answer {
    weir_result result;
    uint64_t rows;
    uint64_t milliseconds;
} sql_answer;

typedef struct sql_printer sql_printer;

typedef struct sql_printer_ops {
    const char *name; /* of --format */
    size_t size;
    /* columns: 0 for a statement without rows. Names are borrowed until end or fail. */
    weir_status (*begin)(sql_printer *printer, const weir_column *columns, size_t count);
    weir_status (*row)(sql_printer *printer, const weir_str *cells);
    weir_status (*end)(sql_printer *printer, const sql_answer *answer);
    void (*fail)(sql_printer *printer, const weir_error *error);
    void (*deinit)(sql_printer *printer);
} sql_printer_ops;

/* Begins each form's own record. */
struct sql_printer {
    const sql_printer_ops *ops;
    const weir__mem *mem;
    sql_out *out, *err;
    size_t width;   /* of the terminal; 0: not one, so nothing is cut */
    weir__buf line; /* what is written next */
    size_t columns; /* of the running statement */
    bool shown;     /* something of the running statement was written */
    bool before;    /* an earlier statement has written something */
};

extern const sql_printer_ops sql_csv_ops, sql_jsonl_ops, sql_table_ops;

/* format: table, csv or jsonl. NULL: there is no such format, or no memory. The caller frees with sql_printer_free. */
sql_printer *sql_printer_new(const weir__mem *mem, const char *format, sql_out *out, sql_out *err, size_t width);
void sql_printer_free(sql_printer *printer);
bool sql_format_known(const char *format);

/* The row, begin and end functions give WEIR_OK, or NOMEM or LIMIT: then the statement is to be given up and fail called. */

/* For the forms: the line so far goes out, or is found broken. */
weir_status sql_print_line(sql_printer *printer);
/* The error as people read it, on err; it says when the output above it is incomplete. */
void sql_print_error(sql_printer *printer, const weir_error *error);
/* "SERVER" where the server itself refused, else weir's name of the status. */
const char *sql_error_code(const weir_error *error);

#endif
