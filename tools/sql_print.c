/* sql_print.c - what the forms of output share. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_print.h"

#include <errno.h>

#include "base/str.h"
#include "tools/sql_text.h"

static const sql_printer_ops *const formats[] = {&sql_csv_ops, &sql_jsonl_ops, &sql_table_ops};

void sql_out_add(sql_out *out, const weir__buf *text)
{
    if (out->failed || !text->size)
        return;
    errno = 0;
    if (fwrite(text->data, 1, text->size, out->file) != text->size)
        out->failed = errno ? errno : EIO;
}

void sql_out_flush(sql_out *out)
{
    errno = 0;
    if (fflush(out->file) != 0 && !out->failed)
        out->failed = errno ? errno : EIO;
}

static const sql_printer_ops *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

bool sql_format_known(const char *format)
{
    return find_format(format) != NULL;
}

sql_printer *sql_printer_new(const weir__mem *mem, const char *format, sql_out *out, sql_out *err, size_t width)
{
    const sql_printer_ops *ops = find_format(format);
    sql_printer *printer = ops ? weir__new(mem, ops->size) : NULL;
    if (!printer)
        return NULL;
    printer->ops = ops;
    printer->mem = mem;
    printer->out = out;
    printer->err = err;
    printer->width = width;
    weir__buf_init(&printer->line, mem, SQL_MAX_LINE);
    return printer;
}

void sql_printer_free(sql_printer *printer)
{
    if (!printer)
        return;
    if (printer->ops->deinit)
        printer->ops->deinit(printer);
    weir__buf_deinit(&printer->line);
    weir__free(printer->mem, printer);
}

weir_status sql_print_line(sql_printer *printer)
{
    weir_status failed = printer->line.failed;
    if (!failed) {
        sql_out_add(printer->out, &printer->line);
        printer->shown = true;
    }
    weir__buf_reset(&printer->line);
    return failed;
}

const char *sql_error_code(const weir_error *error)
{
    weir_status status = error->status;
    bool of_the_statement = status == WEIR_SYNTAX || status == WEIR_CONFLICT || status == WEIR_TYPE;
    return of_the_statement && error->server_errno ? "SERVER" : weir_status_name(status);
}

void sql_print_error(sql_printer *printer, const weir_error *error)
{
    weir__buf line;
    weir__buf_init(&line, printer->mem, SQL_MAX_LINE);
    weir__buf_addf(&line, "ERROR %s", sql_error_code(error));
    if (error->server_errno)
        weir__buf_addf(&line, " %d (%s)", (int)error->server_errno, error->sqlstate);
    if (error->endpoint[0])
        weir__buf_addf(&line, " at %s", error->endpoint);
    weir__buf_adds(&line, ": ");
    sql_show_message(&line, weir__view(error->text));
    weir__buf_adds(&line, "\n");
    if (printer->shown)
        weir__buf_adds(&line, "The output above is incomplete: the statement failed after its first rows.\n");
    static char fallback[] = "ERROR NOMEM: out of memory\n";
    weir__buf last = {.data = fallback, .size = sizeof fallback - 1};
    sql_out_flush(printer->out);
    sql_out_add(printer->err, line.failed ? &last : &line);
    sql_out_flush(printer->err);
    weir__buf_deinit(&line);
    printer->before |= printer->shown;
    printer->shown = false;
}
