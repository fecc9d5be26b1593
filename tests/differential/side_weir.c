/* side_weir.c - a statement through weir, by its public interface. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/sides.h"

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

static weir_status take(weir_rows *rows, weir__arena *arena, outcome *out, weir_error *error)
{
    take_columns(rows, arena, out);
    while (weir_next(rows)) {
        weir_str *row = outcome_add_row(out, arena);
        for (uint32_t i = 0; row && i < out->column_count; i++)
            row[i] = kept(arena, weir_get_text(rows, i));
    }
    out->result = weir_rows_result(rows);
    return weir_finish(rows, error);
}

void weir_run(weir_session *session, const statement *s, weir__arena *arena, outcome *out)
{
    weir_error error = {.status = WEIR_OK};
    weir_rows *rows = NULL;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    memset(out, 0, sizeof *out);
    switch (s->kind) {
    case STEP_SQL:
        options.buffered = s->sql.size % 3 == 0; /* streams and kept rows must be the same */
        out->status = weir_query_with(session, &options, s->sql, (weir_args){s->args, s->arg_count}, &rows, &error);
        if (out->status == WEIR_OK)
            out->status = take(rows, arena, out, &error);
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
