/* migrate_report.c - what stands where, what would run, what became of it. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "tools/command.h"
#include "tools/migrate.h"
#include "tools/sql_text.h"

enum { MAX_OUTPUT = 256 * 1024 * 1024 };

/* Every version that a file or a ledger knows, one after the other; 0: no more. */
static uint64_t next_version(weir__migrate *m, uint64_t after)
{
    size_t shards;
    const weir__migrations *files = weir__migrate_files(m);
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < files->count; i++)
        if (files->list[i].version > after && files->list[i].version < next)
            next = files->list[i].version;
    for (size_t s = 0; s < shards; s++)
        for (size_t i = 0; i < list[s].ledger.count; i++)
            if (list[s].ledger.versions[i].version > after && list[s].ledger.versions[i].version < next)
                next = list[s].ledger.versions[i].version;
    return next == UINT64_MAX ? 0 : next;
}

static bool answers(const weir__migrate_shard *shard)
{
    return shard->end != WEIR__SHARD_FAILED;
}

static const char *name_of(weir__migrate *m, uint64_t version)
{
    size_t shards;
    const weir__migration *file = weir__migrations_find(weir__migrate_files(m), version);
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    for (size_t s = 0; !file && s < shards; s++) {
        const weir__ledger_version *v = weir__ledger_find(&list[s].ledger, version);
        if (v)
            return v->name;
    }
    return file ? file->name : "?";
}

/* The row that tells most of a version that is half way: the one that has not ended. */
static const weir__ledger_row *open_row(const weir__ledger_version *v)
{
    for (uint32_t i = 0; v && i < v->row_count; i++)
        if (!v->rows[i].ended)
            return &v->rows[i];
    return NULL;
}

static void add_standing(weir__buf *out, const weir__migrate_shard *shard, uint64_t version)
{
    const weir__ledger_version *v = weir__ledger_find(&shard->ledger, version);
    weir__standing standing = weir__ledger_standing(&shard->ledger, version);
    if (v && (standing == WEIR__PART_UP || standing == WEIR__PART_DOWN))
        weir__buf_addf(out, "%s %u/%u", weir__standing_name(standing), v->done, v->statements);
    else
        weir__buf_adds(out, v && v->baseline ? "baseline" : weir__standing_name(standing));
}

static void text_status(weir__migrate *m, weir__buf *out)
{
    size_t shards;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    for (uint64_t version = next_version(m, 0); version; version = next_version(m, version)) {
        bool alike = true;
        size_t first = shards;
        weir__buf_addf(out, "%s:", name_of(m, version));
        for (size_t s = 0; s < shards; s++) {
            alike = alike && answers(&list[s]);
            first = first == shards ? s : first;
            alike = alike &&
                    weir__ledger_standing(&list[s].ledger, version) ==
                        weir__ledger_standing(&list[first].ledger, version) &&
                    !open_row(weir__ledger_find(&list[s].ledger, version));
        }
        if (alike && first < shards) {
            weir__buf_addc(out, ' ');
            add_standing(out, &list[first], version);
            weir__buf_adds(out, shards > 1 ? " on every shard\n" : "\n");
            continue;
        }
        for (size_t s = 0; s < shards; s++) {
            const weir__ledger_row *row = open_row(weir__ledger_find(&list[s].ledger, version));
            weir__buf_addf(out, "\n  %s: ", list[s].config->name);
            if (answers(&list[s]))
                add_standing(out, &list[s], version);
            else
                weir__buf_adds(out, "not known");
            if (row)
                weir__buf_addf(out, "; statement %u %s%s, begun %s by %s on %s", row->statement,
                               row->error ? "failed: " : "has begun, its end is not known yet",
                               row->error ? row->error : "", row->started_at, row->done_by, row->host);
        }
        weir__buf_addc(out, '\n');
    }
    for (size_t s = 0; s < shards; s++)
        if (!answers(&list[s]))
            weir__buf_addf(out, "%s: %s\n", list[s].config->name, list[s].error.text);
}

static void json_status(weir__migrate *m, weir__buf *out)
{
    size_t shards;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    weir__buf_adds(out, "{\"versions\":[");
    for (uint64_t version = next_version(m, 0), n = 0; version; version = next_version(m, version), n++) {
        weir__buf_addf(out, "%s{\"version\":%" PRIu64 ",", n ? "," : "", version);
        migrate_json_text(out, "name", name_of(m, version));
        weir__buf_adds(out, ",\"shards\":{");
        for (size_t s = 0, told = 0; s < shards; s++) {
            const weir__ledger_version *v = weir__ledger_find(&list[s].ledger, version);
            const weir__ledger_row *row = open_row(v);
            if (!answers(&list[s]))
                continue;
            weir__buf_adds(out, told++ ? "," : "");
            sql_json_message(out, weir__view(list[s].config->name));
            weir__buf_addf(out, ":{\"state\":\"%s\"",
                           weir__standing_name(weir__ledger_standing(&list[s].ledger, version)));
            if (v)
                weir__buf_addf(out, ",\"done\":%u,\"statements\":%u", v->done, v->statements);
            if (row)
                weir__buf_addf(out, ",\"open_statement\":%u", row->statement);
            if (row && row->error) {
                weir__buf_addc(out, ',');
                migrate_json_text(out, "error", row->error);
            }
            weir__buf_addc(out, '}');
        }
        weir__buf_adds(out, "}}");
    }
    weir__buf_adds(out, "],\"unreachable\":[");
    for (size_t s = 0, told = 0; s < shards; s++)
        if (!answers(&list[s])) {
            weir__buf_adds(out, told++ ? "," : "");
            sql_json_message(out, weir__view(list[s].config->name));
        }
    weir__buf_adds(out, "]}\n");
}

static int put_out(weir__buf *out, int code)
{
    bool ok = !out->failed && fputs(weir__buf_text(out), stdout) >= 0 && fflush(stdout) == 0;
    if (!ok)
        fprintf(stderr, "weir migrate: the output could not be written in whole\n");
    weir__buf_deinit(out);
    return ok ? code : EXIT_FAILED;
}

static bool all_answer(weir__migrate *m)
{
    size_t shards;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    for (size_t s = 0; s < shards; s++)
        if (!answers(&list[s]))
            return false;
    return true;
}

int migrate_print_status(weir__migrate *m, const migrate_command *command)
{
    weir__buf out;
    weir__buf_init(&out, &weir__mem_system, MAX_OUTPUT);
    if (command->json)
        json_status(m, &out);
    else
        text_status(m, &out);
    return put_out(&out, all_answer(m) ? EXIT_DONE : EXIT_FAILED);
}

static void plan_job(weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job, bool json,
                     weir__buf *out)
{
    weir_error error;
    const weir__script *script = weir__migrate_script(m, job->migration, job->down, &error);
    for (uint32_t i = job->done; script && i < script->count; i++) {
        const weir__step *step = &script->steps[i];
        bool elsewhere = step->only && step->only != shard->config;
        if (elsewhere)
            continue;
        if (json) {
            weir__buf_adds(out, "{");
            migrate_json_text(out, "shard", shard->config->name);
            weir__buf_addf(
                out, ",\"version\":%" PRIu64 ",\"direction\":\"%s\",\"statement\":%u,\"kind\":\"%s\",\"sql\":",
                job->migration->version, job->down ? "down" : "up", step->number, weir__step_kind_name(step->kind));
            sql_json_message(out, step->sql);
            weir__buf_adds(out, "}\n");
        } else {
            weir__buf_addf(out, "%.*s;\n", WEIR__STR(step->sql));
        }
    }
}

int migrate_print_plan(weir__migrate *m, const migrate_command *command)
{
    weir__buf out;
    size_t shards, jobs = 0;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    weir__buf_init(&out, &weir__mem_system, MAX_OUTPUT);
    for (size_t s = 0; s < shards; s++) {
        if (!command->json)
            weir__buf_addf(&out, "-- shard %s%s\n", list[s].config->name, list[s].job_count ? "" : ": nothing to run");
        for (size_t i = 0; i < list[s].job_count; i++, jobs++) {
            const weir__job *job = &list[s].jobs[i];
            if (!command->json && job->done)
                weir__buf_addf(&out, "-- %s.%s, from statement %u on\n", job->migration->name,
                               job->down ? "down" : "up", job->done + 1);
            else if (!command->json)
                weir__buf_addf(&out, "-- %s.%s\n", job->migration->name, job->down ? "down" : "up");
            plan_job(m, &list[s], job, command->json, &out);
        }
    }
    return put_out(&out, jobs ? EXIT_PENDING : EXIT_DONE);
}

/* Half way, or not alike on all shards. */
static uint32_t count_differences(weir__migrate *m, const migrate_command *command)
{
    size_t shards;
    uint32_t found = 0;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    for (uint64_t version = next_version(m, 0); version; version = next_version(m, version))
        for (size_t s = 0; s < shards; s++) {
            weir__standing standing = weir__ledger_standing(&list[s].ledger, version);
            bool half = standing == WEIR__PART_UP || standing == WEIR__PART_DOWN;
            if (!half && standing == weir__ledger_standing(&list[0].ledger, version))
                continue;
            found++;
            if (!command->json)
                fprintf(stderr, "%s: %s is %s here%s%s\n", list[s].config->name, name_of(m, version),
                        weir__standing_name(standing), half ? "" : " and not on ", half ? "" : list[0].config->name);
        }
    return found;
}

int migrate_verify(weir__migrate *m, const migrate_command *command, uint32_t mistakes)
{
    uint32_t differences = count_differences(m, command);
    if (command->json)
        printf("{\"mistakes\":%u,\"differences\":%u}\n", mistakes, differences);
    else
        printf("%u mistake%s, %u difference%s between shards or versions half way\n", mistakes,
               mistakes == 1 ? "" : "s", differences, differences == 1 ? "" : "s");
    return mistakes || differences ? EXIT_MISTAKES : EXIT_DONE;
}

void migrate_print_end(weir__migrate *m, const migrate_command *command, weir_status status, const weir_error *error)
{
    static const char *const ends[] = {"was not begun", "is done", "stopped between two statements", "FAILED"};
    size_t shards;
    weir__migrate_shard *list = weir__migrate_shards(m, &shards);
    if (command->json) {
        weir__buf line;
        weir__buf_init(&line, &weir__mem_system, MAX_OUTPUT);
        weir__buf_addf(&line, "{\"event\":\"end\",\"status\":\"%s\"", weir_status_name(status));
        if (status != WEIR_OK) {
            weir__buf_addc(&line, ',');
            migrate_json_text(&line, "error", error->text);
        }
        weir__buf_adds(&line, "}\n");
        put_out(&line, EXIT_DONE);
        return;
    }
    if (status == WEIR_OK)
        return;
    fprintf(stderr, "weir migrate %s: %s%s%s\n", command->name, error->shard, *error->shard ? ": " : "", error->text);
    for (size_t s = 0; s < shards && (status != WEIR_CONFIG || list[s].end != WEIR__SHARD_WAITING); s++) {
        fprintf(stderr, "  %s %s: %u of %u statements", list[s].config->name, ends[list[s].end], list[s].done,
                list[s].all);
        if (list[s].failed_job)
            fprintf(stderr, "; statement %u of %s", list[s].failed_statement, list[s].failed_job->migration->name);
        fprintf(stderr, "%s%s\n", list[s].end == WEIR__SHARD_FAILED ? ": " : "",
                list[s].end == WEIR__SHARD_FAILED ? list[s].error.text : "");
    }
    if (status != WEIR_CONFIG && status != WEIR_BUSY)
        fprintf(stderr,
                "what ran is in the ledgers; the same command goes on where each shard stands (weir migrate status)\n");
}
