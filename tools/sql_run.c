/* sql_run.c - one statement from text to printed answer. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_run.h"

#include "base/error.h"

/* The rows one by one to the printer. *whole: the stream has ended by itself. */
static weir_status print_rows(sql_runner *runner, weir_rows *rows, sql_answer *answer, bool *whole)
{
    const weir__mem *mem = &runner->env->mem;
    sql_printer *printer = runner->printer;
    uint32_t count = weir_column_count(rows);
    weir_column *columns = weir__array(mem, count + 1, sizeof *columns);
    weir_str *cells = weir__array(mem, count + 1, sizeof *cells);
    weir_status status = columns && cells ? WEIR_OK : WEIR_NOMEM;
    if (status)
        goto out;
    for (uint32_t i = 0; i < count; i++)
        columns[i] = weir_column_at(rows, i);
    status = printer->ops->begin(printer, columns, count);
    while (!status && !*whole && !sql_interrupted(runner->interrupt)) {
        *whole = !weir_next(rows);
        if (*whole)
            break;
        for (uint32_t i = 0; i < count; i++) {
            cells[i] = weir_get_text(rows, i);
            if (weir_is_null(rows, i))
                cells[i].data = NULL;
            else if (!cells[i].data)
                cells[i] = (weir_str){"", 0};
        }
        answer->rows++;
        status = printer->ops->row(printer, cells);
        if (printer->out->failed)
            break; /* nobody reads the rest */
    }
out:
    weir__free(mem, columns);
    weir__free(mem, cells);
    return status;
}

/* Why weir sql itself gives a statement up. */
static weir_status give_up(weir_status why, weir_error *error)
{
    if (why == WEIR_NOMEM)
        return weir__fail_nomem(error);
    return weir__fail(error, why, WEIR_RETRY_NEVER,
                      "the answer is over 1 GiB in one line; what the statement changed stands; ask for fewer rows or "
                      "use --format csv");
}

static weir_status run(sql_runner *runner, weir_str statement, sql_answer *answer, weir_error *error)
{
    weir_rows *rows = NULL;
    bool whole = false;
    weir_status status = weir_query_with(runner->session, NULL, statement, weir_no_args(), &rows, error);
    if (status)
        return status;
    status = print_rows(runner, rows, answer, &whole);
    answer->result = weir_rows_result(rows);
    weir_status finished = weir_finish(rows, error);
    if (status)
        return give_up(status, error);
    if (finished)
        return finished;
    if (!whole && sql_interrupted(runner->interrupt))
        return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_NEVER, "stopped by Ctrl-C");
    return WEIR_OK;
}

static weir_status answer_one(sql_runner *runner, weir_str statement, weir_error *error)
{
    sql_answer answer = {.rows = 0};
    uint64_t start = weir__now(&runner->env->clock);
    if (!runner->session) {
        *error = *runner->open_error;
        return error->status;
    }
    sql_interrupt_begin(runner->interrupt, runner->session);
    weir_status status = run(runner, statement, &answer, error);
    sql_interrupt_end(runner->interrupt);
    if (status)
        return status;
    answer.milliseconds = (weir__now(&runner->env->clock) - start) / 1000000;
    status = runner->printer->ops->end(runner->printer, &answer);
    return status ? give_up(status, error) : WEIR_OK;
}

void sql_run(sql_runner *runner, weir__split_event event, weir_str statement)
{
    weir_error error;
    weir_status status = WEIR_OK;
    switch (event) {
    case WEIR__SPLIT_MORE:
        break;
    case WEIR__SPLIT_STATEMENT:
        status = answer_one(runner, statement, &error);
        break;
    case WEIR__SPLIT_TOO_LONG:
        status = weir__fail(
            &error, WEIR_LIMIT, WEIR_RETRY_NEVER,
            "the statement is longer than limits.statement in weir.yaml allows (default 16MiB); it was not run");
        break;
    case WEIR__SPLIT_NOMEM:
        status = weir__fail(&error, WEIR_NOMEM, WEIR_RETRY_NEVER, "no memory for the statement; it was not run");
        break;
    case WEIR__SPLIT_DELIMITER:
        status = weir__fail(&error, WEIR_SYNTAX, WEIR_RETRY_NEVER,
                            "DELIMITER takes one word of at most %d characters, without quotes and \\ # * -; the "
                            "delimiter stays as it was",
                            WEIR__SPLIT_MAX_DELIMITER);
        break;
    }
    if (status) {
        runner->printer->ops->fail(runner->printer, &error);
        runner->any_failed = true;
    }
}
