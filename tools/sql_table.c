/* sql_table.c - aligned columns for people. SPDX-License-Identifier: Apache-2.0
 *
 * The first rows (SQL_TABLE_ROWS, or SQL_TABLE_BYTES of text) are kept; they decide the widths; then they and all later rows are
 * printed as they come. On a terminal a value wider than its column is cut and ends in an ellipsis; elsewhere it is printed whole
 * and its line is out of step, since cut data in a file would pass for the data. */
#include <inttypes.h>

#include "base/str.h"
#include "tools/sql_print.h"
#include "tools/sql_text.h"

enum { LEAST_WIDTH = 4 };

static const char ellipsis[] = "\xE2\x80\xA6";

typedef struct table_column {
    size_t width;
    bool right; /* numbers */
} table_column;

typedef struct table_printer {
    sql_printer base;
    table_column *list; /* of the running statement */
    weir__buf kept;     /* text of the header and the first rows */
    weir__buf ends;     /* size_t each: where a kept cell ends in kept */
    uint64_t rows;      /* kept */
    bool streaming;     /* the header and the kept rows are printed */
} table_printer;

static void forget(table_printer *table)
{
    weir__free(table->base.mem, table->list);
    table->list = NULL;
    if (table->kept.mem) {
        weir__buf_deinit(&table->kept);
        weir__buf_deinit(&table->ends);
    }
    weir__buf_init(&table->kept, table->base.mem, SQL_MAX_LINE);
    weir__buf_init(&table->ends, table->base.mem, SQL_MAX_LINE);
    weir__buf_reset(&table->base.line);
    table->rows = 0;
    table->streaming = false;
}

static weir_status keep(table_printer *table, size_t column, weir_str cell)
{
    size_t from = table->kept.size;
    sql_show_cell(&table->kept, cell);
    weir__buf_add(&table->ends, &table->kept.size, sizeof table->kept.size);
    if (table->kept.failed || table->ends.failed)
        return table->kept.failed ? table->kept.failed : table->ends.failed;
    size_t width = sql_width((weir_str){table->kept.data + from, table->kept.size - from});
    if (table->list[column].width < width)
        table->list[column].width = width;
    return WEIR_OK;
}

static bool is_number(weir_type type)
{
    return type == WEIR_T_INT || type == WEIR_T_UINT || type == WEIR_T_DOUBLE || type == WEIR_T_DECIMAL;
}

static weir_status table_begin(sql_printer *printer, const weir_column *columns, size_t count)
{
    table_printer *table = (table_printer *)printer;
    forget(table);
    printer->columns = count;
    if (!count)
        return WEIR_OK;
    table->list = weir__array(printer->mem, count, sizeof *table->list);
    weir_status status = table->list ? WEIR_OK : WEIR_NOMEM;
    for (size_t i = 0; i < count && !status; i++) {
        table->list[i].right = is_number(columns[i].type);
        status = keep(table, i, columns[i].name.data ? columns[i].name : weir__view(""));
    }
    return status;
}

/* Narrows the widest columns, all to the same width, until the table fits the terminal or they are too narrow to read. */
static void fit_terminal(table_printer *table)
{
    size_t count = table->base.columns, room = table->base.width;
    size_t frame = 3 * count + 1, cap = room;
    for (;; cap--) {
        size_t sum = frame;
        for (size_t i = 0; i < count; i++)
            sum += table->list[i].width < cap ? table->list[i].width : cap;
        if (sum <= room || cap <= LEAST_WIDTH)
            break;
    }
    for (size_t i = 0; i < count; i++)
        if (table->list[i].width > cap)
            table->list[i].width = cap;
}

static void add_many(weir__buf *line, char c, size_t count)
{
    char *place = weir__buf_grow(line, count);
    if (place)
        memset(place, c, count);
}

static weir_status print_rule(table_printer *table)
{
    weir__buf *line = &table->base.line;
    for (size_t i = 0; i < table->base.columns; i++) {
        weir__buf_adds(line, "+");
        add_many(line, '-', table->list[i].width + 2);
    }
    weir__buf_adds(line, "+\n");
    return sql_print_line(&table->base);
}

/* Adds one shown cell to the line. */
static void add_cell(table_printer *table, size_t column, weir_str cell)
{
    weir__buf *line = &table->base.line;
    size_t width = table->list[column].width, used = sql_width(cell);
    bool cut = table->base.width && used > width;
    if (cut)
        cell.size = sql_fit(cell, width - 1, &used);
    used += cut;
    size_t blanks = used < width ? width - used : 0;
    weir__buf_adds(line, column ? " " : "| ");
    if (table->list[column].right)
        add_many(line, ' ', blanks);
    weir__buf_add(line, cell.data, cell.size);
    weir__buf_adds(line, cut ? ellipsis : "");
    if (!table->list[column].right)
        add_many(line, ' ', blanks);
    weir__buf_adds(line, " |");
}

/* Prints header and kept rows: from now on the widths stand. */
static weir_status settle(table_printer *table)
{
    const size_t *ends = (const size_t *)(const void *)table->ends.data;
    size_t from = 0, count = table->base.columns;
    if (table->base.width)
        fit_terminal(table);
    weir_status status = print_rule(table);
    for (uint64_t row = 0; row <= table->rows && !status; row++) { /* the header is row 0 */
        for (size_t i = 0; i < count; i++) {
            size_t end = *ends++;
            add_cell(table, i, (weir_str){table->kept.data + from, end - from});
            from = end;
        }
        weir__buf_adds(&table->base.line, "\n");
        status = sql_print_line(&table->base);
        if (row == 0 && !status)
            status = print_rule(table);
    }
    weir__buf_reset(&table->kept);
    table->streaming = true;
    return status;
}

static weir_status table_row(sql_printer *printer, const weir_str *cells)
{
    table_printer *table = (table_printer *)printer;
    weir_status status = WEIR_OK;
    if (table->streaming) {
        for (size_t i = 0; i < printer->columns && !status; i++) {
            weir__buf_reset(&table->kept);
            sql_show_cell(&table->kept, cells[i]);
            status = table->kept.failed;
            if (!status)
                add_cell(table, i, (weir_str){weir__buf_text(&table->kept), table->kept.size});
        }
        weir__buf_adds(&printer->line, "\n");
        return status ? status : sql_print_line(printer);
    }
    for (size_t i = 0; i < printer->columns && !status; i++)
        status = keep(table, i, cells[i]);
    table->rows++;
    if (!status && (table->rows == SQL_TABLE_ROWS || table->kept.size > SQL_TABLE_BYTES))
        status = settle(table);
    return status;
}

static weir_status table_end(sql_printer *printer, const sql_answer *answer)
{
    table_printer *table = (table_printer *)printer;
    weir__buf *line = &printer->line;
    weir_status status = WEIR_OK;
    if (printer->columns) {
        if (!table->streaming)
            status = settle(table);
        if (!status)
            status = print_rule(table);
        weir__buf_addf(line, "%" PRIu64 " row%s", answer->rows, answer->rows == 1 ? "" : "s");
        if (answer->result.affected)
            weir__buf_adds(line, ", ");
    }
    if (!printer->columns || answer->result.affected)
        weir__buf_addf(line, "affected %" PRIu64 " row%s", answer->result.affected,
                       answer->result.affected == 1 ? "" : "s");
    if (answer->result.insert_id)
        weir__buf_addf(line, ", insert id %" PRIu64, answer->result.insert_id);
    if (answer->result.warnings)
        weir__buf_addf(line, ", %" PRIu32 " warning%s", answer->result.warnings,
                       answer->result.warnings == 1 ? "" : "s");
    weir__buf_addf(line, " (%" PRIu64 " ms)\n\n", answer->milliseconds);
    if (!status)
        status = sql_print_line(printer);
    sql_out_flush(printer->out);
    if (!status)
        printer->shown = false;
    return status;
}

static void table_fail(sql_printer *printer, const weir_error *error)
{
    forget((table_printer *)printer);
    sql_print_error(printer, error);
}

static void table_deinit(sql_printer *printer)
{
    forget((table_printer *)printer);
}

const sql_printer_ops sql_table_ops = {
    .name = "table",
    .size = sizeof(table_printer),
    .begin = table_begin,
    .row = table_row,
    .end = table_end,
    .fail = table_fail,
    .deinit = table_deinit,
};
