/* sql_jsonl.c - one line of JSON a statement, whole or an error. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/str.h"
#include "tools/sql_print.h"
#include "tools/sql_text.h"

enum { KEPT_BYTES = 1024 * 1024 };

typedef struct jsonl_printer {
    sql_printer base;
    bool has_rows;
} jsonl_printer;

static weir_status jsonl_begin(sql_printer *printer, const weir_column *columns, size_t count)
{
    ((jsonl_printer *)printer)->has_rows = false;
    printer->columns = count;
    weir__buf_adds(&printer->line, "{\"columns\":[");
    for (size_t i = 0; i < count; i++) {
        weir__buf_adds(&printer->line, i ? "," : "");
        sql_json_value(&printer->line, columns[i].name.data ? columns[i].name : weir__view(""));
    }
    weir__buf_adds(&printer->line, "],\"rows\":[");
    return printer->line.failed;
}

static weir_status jsonl_row(sql_printer *printer, const weir_str *cells)
{
    jsonl_printer *jsonl = (jsonl_printer *)printer;
    weir__buf_adds(&printer->line, jsonl->has_rows ? ",[" : "[");
    jsonl->has_rows = true;
    for (size_t i = 0; i < printer->columns; i++) {
        weir__buf_adds(&printer->line, i ? "," : "");
        sql_json_value(&printer->line, cells[i]);
    }
    weir__buf_adds(&printer->line, "]");
    return printer->line.failed;
}

static void send(sql_printer *printer)
{
    sql_out_add(printer->out, &printer->line);
    sql_out_flush(printer->out);
    if (printer->line.room > KEPT_BYTES)
        weir__buf_deinit(&printer->line);
    weir__buf_reset(&printer->line);
}

static weir_status jsonl_end(sql_printer *printer, const sql_answer *answer)
{
    weir__buf_addf(&printer->line, "],\"affected\":%" PRIu64 ",\"insert_id\":%" PRIu64 "}\n", answer->result.affected,
                   answer->result.insert_id);
    if (printer->line.failed)
        return printer->line.failed;
    send(printer);
    return WEIR_OK;
}

static void jsonl_fail(sql_printer *printer, const weir_error *error)
{
    const char *code = sql_error_code(error);
    weir__buf *line = &printer->line;
    weir__buf_reset(line);
    weir__buf_addf(line, "{\"error\":{\"code\":\"%s\"", code);
    if (strcmp(code, "SERVER") == 0) {
        weir__buf_addf(line, ",\"errno\":%d,\"sqlstate\":", (int)error->server_errno);
        sql_json_message(line, weir__view(error->sqlstate));
    }
    weir__buf_adds(line, ",\"message\":");
    sql_json_message(line, weir__view(error->text));
    weir__buf_adds(line, "}}\n");
    if (line->failed) { /* no memory for the message: its line must come all the same */
        static char fallback[] = "{\"error\":{\"code\":\"NOMEM\",\"message\":\"out of memory\"}}\n";
        weir__buf text = {.data = fallback, .size = sizeof fallback - 1};
        sql_out_add(printer->out, &text);
    }
    send(printer);
}

const sql_printer_ops sql_jsonl_ops = {
    .name = "jsonl",
    .size = sizeof(jsonl_printer),
    .begin = jsonl_begin,
    .row = jsonl_row,
    .end = jsonl_end,
    .fail = jsonl_fail,
};
