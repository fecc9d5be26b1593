/* define.c - see define.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/exec/define.h"

#include <stdio.h>

#include "base/buf.h"
#include "router/rw_split.h"

enum { REPORT = 4096 };

static weir_status run_one(weir_session *s, const weir__write_target *target, weir__deadline deadline,
                           weir_result *result, weir_error *error)
{
    const weir__command command = {.sql = target->texts[0].sql, .args = target->texts[0].args, .may_write = true};
    weir__answer answer = {.column_count = 0};
    if (weir__session_cancelled(s))
        return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_NEVER, "the call was cancelled before it was sent");
    weir_status status = weir__session_connect(s, target->seat, target->server, deadline, error);
    if (status != WEIR_OK)
        return status;
    target->seat->conn->deadline = deadline;
    weir__split_sent(s, target->seat, false, true);
    s->commits = s->atomic = false;
    s->may_end = true;
    status = target->seat->conn->driver->run(target->seat->conn, &command, &answer, error);
    if (status == WEIR_OK && answer.column_count) /* it gives rows, which nobody asked for */
        target->seat->conn->driver->end(target->seat->conn);
    result->warnings += answer.result.warnings;
    result->affected += answer.result.affected;
    status = weir__seat_judge(s, target->seat, status, error);
    bool cancelled = weir__session_cancelled(s);
    weir__session_over(s, status);
    weir__session_running(s);
    if (cancelled)
        weir_cancel(s);
    return status;
}

static void add_name(weir__buf *list, const weir__write_target *target)
{
    weir__buf_addf(list, "%s%s", list->size ? ", " : "", target->seat->shard->config->name);
}

weir_status weir__define_run(weir_session *s, const weir__write *w, weir__deadline deadline, weir_result *result,
                             weir_error *error)
{
    weir__buf done, failed;
    weir_error first = {0}, why;
    weir__buf_init(&done, &s->client->env.mem, REPORT);
    weir__buf_init(&failed, &s->client->env.mem, REPORT);
    *result = (weir_result){.shards = (uint32_t)w->count};
    for (size_t i = 0; i < w->count; i++) {
        const weir__write_target *target = &w->targets[i];
        weir_status status = run_one(s, target, deadline, result, &why);
        if (status == WEIR_OK) {
            add_name(&done, target);
            weir__logf(&s->client->env.log, WEIR_LOG_INFO, "definition done on shard %s (%zu of %zu)",
                       target->seat->shard->config->name, i + 1, w->count);
            continue;
        }
        add_name(&failed, target);
        if (first.status != WEIR_OK)
            continue;
        first = why;
        if (i == 0)
            break;
    }
    if (first.status != WEIR_OK)
        *error = first;
    if (first.status != WEIR_OK && done.size) {
        snprintf(
            error->text, sizeof error->text,
            "definition: done on %.50s, not on %.50s (%.90s); it is not undone: run it there alone, or weir migrate",
            weir__buf_text(&done), weir__buf_text(&failed), first.text);
        error->retry = WEIR_RETRY_NEVER;
    }
    weir__buf_deinit(&done);
    weir__buf_deinit(&failed);
    return first.status;
}
