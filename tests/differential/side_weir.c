/* side_weir.c - a statement through weir, by its public interface. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/sides.h"

#include <string.h>

enum { TOKEN_ROOM = 16384 };

static weir_str kept(weir__arena *arena, weir_str text)
{
    return text.data ? (weir_str){weir__arena_text(arena, text.data, text.size), text.size} : text;
}

static void take_columns(weir_rows *rows, weir__arena *arena, outcome *out)
{
    out->column_count = weir_column_count(rows);
    out->has_rows = out->column_count > 0;
    out->columns = weir__arena_array(arena, out->column_count + 1, sizeof *out->columns);
    for (uint32_t i = 0; i < out->column_count; i++) {
        out->columns[i] = weir_column_at(rows, i);
        out->columns[i].name = kept(arena, out->columns[i].name);
        out->columns[i].table = kept(arena, out->columns[i].table);
    }
}

/* token: room for TOKEN_ROOM bytes, "" behind the last page; NULL: no pages. */
static weir_status take(weir_rows *rows, weir__arena *arena, outcome *out, char *token, weir_error *error)
{
    take_columns(rows, arena, out);
    while (weir_next(rows)) {
        weir_str *row = outcome_add_row(out, arena);
        for (uint32_t i = 0; row && i < out->column_count; i++)
            row[i] = kept(arena, weir_get_text(rows, i));
    }
    out->result = weir_rows_result(rows);
    if (token && weir_page_token(rows, token, TOKEN_ROOM) == 0)
        *token = '\0';
    return weir_finish(rows, error);
}

/* Of the rows from `first` on leaves out those that came between, once each. */
static void leave_out(outcome *out, size_t first, uint64_t *seen)
{
    size_t kept_rows = first;
    for (size_t i = first; i < out->row_count; i++) {
        weir_str *row = out->cells + i * out->column_count, mark = row[out->column_count - 1];
        uint64_t bit = row[0].size ? UINT64_C(1) << (row[0].data[row[0].size - 1] - '0') : 0;
        if (mark.size == strlen(MARK) && memcmp(mark.data, MARK, mark.size) == 0 && !(*seen & bit)) {
            *seen |= bit;
            continue;
        }
        memmove(out->cells + kept_rows++ * out->column_count, row, out->column_count * sizeof *row);
    }
    out->row_count = kept_rows;
}

/* Page after page; what comes between is run by the same session. */
static weir_status take_pages(weir_session *session, const statement *s, weir__arena *arena, outcome *out,
                              weir_error *error)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    weir_status status;
    weir_error undoing;
    uint64_t seen = 0;
    uint32_t between = 0;
    char *token = weir__arena_take(arena, TOKEN_ROOM);
    options.page = token;
    options.buffered = s->paged.size % 3 == 0;
    do {
        weir_rows *rows = NULL;
        size_t first = out->row_count;
        status = weir_query_with(session, &options, s->paged, (weir_args){s->args, s->arg_count}, &rows, error);
        if (status == WEIR_OK)
            status = take(rows, arena, out, token, error);
        if (s->between_count)
            leave_out(out, first, &seen);
        if (status == WEIR_OK && *token && between < s->between_count)
            status = weir_execute(session, s->between[between++].data, weir_no_args(), NULL, error);
    } while (status == WEIR_OK && *token);
    if (between && weir_execute(session, s->afterwards.data, weir_no_args(), NULL, &undoing) != WEIR_OK) {
        *error = undoing;
        return undoing.status;
    }
    return status;
}

void weir_run(weir_session *session, const statement *s, weir__arena *arena, outcome *out)
{
    weir_error error = {.status = WEIR_OK};
    weir_rows *rows = NULL;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    memset(out, 0, sizeof *out);
    switch (s->kind) {
    case STEP_SQL:
        if (s->paged.size) {
            out->status = take_pages(session, s, arena, out, &error);
            break;
        }
        options.buffered = s->sql.size % 3 == 0; /* streams and kept rows must be the same */
        out->status = weir_query_with(session, &options, s->sql, (weir_args){s->args, s->arg_count}, &rows, &error);
        if (out->status == WEIR_OK)
            out->status = take(rows, arena, out, NULL, &error);
        break;
    case STEP_BEGIN:
        out->status = weir_begin(session, NULL, &error);
        break;
    case STEP_COMMIT:
        out->status = weir_commit(session, &error);
        break;
    case STEP_ROLLBACK:
        out->status = weir_rollback(session, &error);
        break;
    }
    if (out->status == WEIR_OK)
        return;
    out->number = error.server_errno;
    memcpy(out->sqlstate, error.sqlstate, sizeof out->sqlstate);
    memcpy(out->text, error.text, sizeof out->text);
}
