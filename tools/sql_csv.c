/* sql_csv.c - comma-separated values with a header line; lines end in LF. SPDX-License-Identifier: Apache-2.0
 * A statement without rows prints nothing. An empty line stands between two results. */
#include "base/str.h"
#include "tools/sql_print.h"
#include "tools/sql_text.h"

static weir_status csv_begin(sql_printer *printer, const weir_column *columns, size_t count)
{
    printer->columns = count;
    if (!count)
        return WEIR_OK;
    weir__buf_adds(&printer->line, printer->before ? "\n" : "");
    for (size_t i = 0; i < count; i++) {
        weir__buf_adds(&printer->line, i ? "," : "");
        sql_csv_cell(&printer->line, columns[i].name.data ? columns[i].name : weir__view(""));
    }
    weir__buf_adds(&printer->line, "\n");
    return sql_print_line(printer);
}

static weir_status csv_row(sql_printer *printer, const weir_str *cells)
{
    for (size_t i = 0; i < printer->columns; i++) {
        weir__buf_adds(&printer->line, i ? "," : "");
        sql_csv_cell(&printer->line, cells[i]);
    }
    weir__buf_adds(&printer->line, "\n");
    return sql_print_line(printer);
}

static weir_status csv_end(sql_printer *printer, const sql_answer *answer)
{
    (void)answer;
    sql_out_flush(printer->out);
    printer->before |= printer->shown;
    printer->shown = false;
    return WEIR_OK;
}

const sql_printer_ops sql_csv_ops = {
    .name = "csv",
    .size = sizeof(sql_printer),
    .begin = csv_begin,
    .row = csv_row,
    .end = csv_end,
    .fail = sql_print_error,
};
