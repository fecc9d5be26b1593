/* load.c - weir_load, from the call to the reject file. SPDX-License-Identifier: Apache-2.0
 * open -> columns -> digest -> where it stands -> take the lanes -> read and send -> end them -> reject file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/wait.h"
#include "router/load/impl.h"
#include "router/resolver.h"

enum { BATCH = 1000, MOST_BATCH = 100000, PATIENCE_MS = 60000, PULSE_MS = 100, RESOLVES = 50 };

/* ---- what is asked for ---- */

static weir_status usage(weir_error *error, const char *text)
{
    return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_load: %s", text);
}

static weir_status check_options(const weir_load_options *o, weir_error *error)
{
    if (!o || o->size != sizeof *o)
        return usage(error, "begin options with WEIR_LOAD_OPTIONS_INIT");
    if (!o->table || !*o->table || !o->file || !*o->file)
        return usage(error, "say which table and which file");
    if ((unsigned)o->format > WEIR_LOAD_JSONL)
        return usage(error, "that format is none of weir_load_format");
    if (o->columns && (o->column_count == 0 || o->column_count > WEIR__LOAD_MAX_COLUMNS))
        return usage(error, "name at least one column");
    if (o->max_rejects && !o->reject_file)
        return usage(error, "max_rejects needs a reject file");
    if (o->parallel > WEIR__LOAD_MAX_LANES)
        return usage(error, "parallel is at most 256");
    if (o->batch > MOST_BATCH)
        return usage(error, "batch is at most 100000");
    if (o->null_text && (o->format == WEIR_LOAD_JSONL))
        return usage(error, "JSON lines have a null of their own");
    return WEIR_OK;
}

static weir_load_format format_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    if (dot && strcasecmp(dot, ".csv") == 0)
        return WEIR_LOAD_CSV;
    if (dot && (strcasecmp(dot, ".tsv") == 0 || strcasecmp(dot, ".tab") == 0))
        return WEIR_LOAD_TSV;
    if (dot && (strcasecmp(dot, ".jsonl") == 0 || strcasecmp(dot, ".ndjson") == 0))
        return WEIR_LOAD_JSONL;
    return WEIR_LOAD_BY_NAME;
}

static weir_status open_file(weir__load *load, weir_error *error)
{
    const weir_load_options *o = load->options;
    bool is_input = strcmp(o->file, "-") == 0;
    weir_load_format format = o->format ? o->format : format_of(o->file);
    const char *name = is_input ? "standard input" : o->file;
    struct stat about;
    if (format == WEIR_LOAD_BY_NAME)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "the name of %s does not say what it is: give the format, csv, tsv or jsonl", name);
    if (o->null_text && format == WEIR_LOAD_JSONL)
        return usage(error, "JSON lines have a null of their own");
    int fd = is_input ? STDIN_FILENO : open(o->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "%s: %s", o->file, strerror(errno));
    weir_status status = weir__load_reader_open(&load->reader, load->env, format, name, fd, o->null_text, error);
    if (status != WEIR_OK) {
        if (!is_input)
            close(fd);
        return status;
    }
    if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "%s is a directory", name);
    load->keeps = !is_input && S_ISREG(about.st_mode);
    load->path = load->keeps ? realpath(o->file, NULL) : weir__strdup(&weir__mem_system, "-");
    return load->path ? WEIR_OK : weir__fail_nomem(error);
}

/* The digest of the whole, and back to the beginning. */
static weir_status look_through(weir__load *load, weir_error *error)
{
    weir_status status = weir__load_digest_file(&load->reader, load->content, &load->bytes_total, error);
    if (status == WEIR_OK && lseek(load->reader.fd, 0, SEEK_SET) != 0)
        return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "%s: %s", load->reader.name, strerror(errno));
    return status;
}

/* ---- columns ---- */

static weir_status header(weir__load *load, weir__load_record *record, weir_error *error)
{
    bool there;
    weir_status status = weir__load_next(&load->reader, record, &there, error);
    load->reader.number = 0;
    if (status == WEIR_OK && !there)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s is empty: its first line must name the columns",
                          load->reader.name);
    if (status == WEIR_OK && record->wrong)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s:1: the header can not be read: %s",
                          load->reader.name, record->wrong);
    return status;
}

static weir_status take_columns(weir__load *load, const weir_str *names, uint32_t count, const char *where,
                                weir_error *error)
{
    weir_status status = weir__load_target_columns(&load->target, names, count, where, error);
    if (load->reader.format == WEIR_LOAD_JSONL) {
        load->reader.names = load->target.names;
        load->target.file_columns = load->target.column_count;
    }
    load->reader.name_count = load->target.file_columns;
    return status;
}

static weir_status find_columns(weir__load *load, weir_error *error)
{
    const weir_load_options *o = load->options;
    bool has_header = load->reader.format != WEIR_LOAD_JSONL && (!o->columns || o->header);
    weir__load_record record;
    char where[400];
    weir_status status = has_header ? header(load, &record, error) : WEIR_OK;
    if (status != WEIR_OK)
        return status;
    if (!o->columns && !has_header)
        return take_columns(load, NULL, 0, load->reader.name, error);
    uint32_t count = o->columns ? o->column_count : record.count;
    weir_str *names = weir__array(&load->env->mem, count, sizeof *names);
    if (!names)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < count; i++)
        names[i] = o->columns ? weir__view(o->columns[i]) : record.cells[i].text;
    snprintf(where, sizeof where, o->columns ? "the columns given" : "%s:1", load->reader.name);
    status = take_columns(load, names, count, where, error);
    weir__free(&load->env->mem, names);
    return status;
}

/* ---- reading and sending ---- */

bool weir__load_pulse(weir__load *load, bool now)
{
    const weir_load_options *o = load->options;
    uint64_t at = weir__now(&load->env->clock);
    if (!now && at - load->told_ns < PULSE_MS * UINT64_C(1000000))
        return true;
    load->told_ns = at;
    if (o->progress) {
        const weir_load_progress progress = {.bytes = load->reader.bytes,
                                             .bytes_total = load->bytes_total,
                                             .rows = load->reader.number,
                                             .before = load->before,
                                             .loaded = atomic_load(&load->loaded),
                                             .rejected = atomic_load(&load->rejected)};
        o->progress(o->context, &progress);
    }
    return now || !o->stopped || !o->stopped(o->context);
}

static weir_status stopped(weir__load *load, weir_error *error)
{
    pthread_mutex_lock(&load->lock);
    bool failed = load->failed;
    if (failed)
        *error = load->error;
    pthread_mutex_unlock(&load->lock);
    return failed ? error->status
                  : weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL,
                               load->keeps ? "stopped: the same call goes on behind what is committed"
                                           : "stopped: standard input can not be gone on with");
}

/* Where the row goes. record->wrong may be set. */
static weir_status place_row(weir__load *load, weir__load_record *record, char why[160], weir__load_place *place,
                             weir_error *error)
{
    weir__load_target *t = &load->target;
    *place = (weir__load_place){.lane = 0};
    if (!record->wrong && record->count != t->file_columns) {
        snprintf(why, 160, "has %u field%s, not %u", record->count, record->count == 1 ? "" : "s", t->file_columns);
        record->wrong = why;
    }
    while (!record->wrong && record->count < t->column_count) {
        if (!weir__load_add_cell(&load->reader, &record->count, (weir__load_cell){.kind = WEIR__LOAD_ABSENT}))
            return weir__fail_nomem(error);
        record->cells = load->reader.cells;
    }
    weir_status status = record->wrong ? WEIR_OK : weir__load_target_place(t, record, why, place, error);
    if (record->wrong)
        place->lane = 0; /* of those that have no shard */
    return status;
}

static weir_status take_row(weir__load *load, weir__load_record *record, weir_error *error)
{
    char digits[24];
    weir__load_place place;
    weir_status status = place_row(load, record, load->why, &place, error);
    if (status != WEIR_OK)
        return status;
    weir__load_lane *lane = &load->lanes[place.lane];
    if (record->number <= lane->standing_before) {
        load->before++;
        return WEIR_OK;
    }
    if (!record->wrong && place.makes_id)
        status = weir__load_target_id(&load->target, &place, record, digits, error);
    if (status != WEIR_OK)
        return status;
    weir__load_batch *batch = weir__load_lane_filling(load, lane);
    if (!batch)
        return stopped(load, error);
    status = weir__load_batch_add(load, batch, record, record->wrong ? NULL : &place, error);
    if (status == WEIR_OK && (batch->count == load->batch_rows || batch->text.size > WEIR__LOAD_BATCH_BYTES ||
                              batch->raw.size > WEIR__LOAD_BATCH_BYTES))
        weir__load_lane_submit(load, lane);
    return status;
}

/* All rows are read and placed: the lanes end with what is left. */
static weir_status end_lanes(weir__load *load, weir_error *error)
{
    uint8_t content[16];
    weir__load_digest_end(&load->reader, content);
    if (load->keeps && memcmp(content, load->content, sizeof content) != 0)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "%s changed while it was loaded: rows of both are in the table", load->reader.name);
    for (uint32_t i = 0; i < load->lane_count; i++) {
        weir__load_lane *lane = &load->lanes[i];
        if (lane->ended_before)
            continue;
        weir__load_batch *batch = weir__load_lane_filling(load, lane);
        if (!batch)
            return stopped(load, error);
        batch->ends = true;
        batch->last = load->reader.number;
        weir__load_lane_submit(load, lane);
    }
    return WEIR_OK;
}

static weir_status run(weir__load *load, weir_error *error)
{
    weir__load_record record;
    bool there = true;
    weir_status status = weir__load_lanes_start(load, error);
    while (status == WEIR_OK) {
        status = weir__load_next(&load->reader, &record, &there, error);
        if (status != WEIR_OK || !there)
            break;
        status = take_row(load, &record, error);
        if (status == WEIR_OK && (record.number & 255) == 0 && !weir__load_pulse(load, false))
            status = stopped(load, error);
    }
    if (status == WEIR_OK)
        status = end_lanes(load, error);
    weir__load_lanes_join(load);
    if (load->failed && (status == WEIR_OK || status == WEIR_CANCELLED)) {
        *error = load->error;
        status = error->status;
    }
    load->all_ended = status == WEIR_OK;
    if (load->all_ended && weir__fault(load->env, load_ended))
        status = weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "a fault point ended the load");
    return status;
}

/* ---- dry ---- */

static weir_status run_dry(weir__load *load, weir_error *error)
{
    const weir_load_options *o = load->options;
    weir__load_record record;
    weir__load_place place;
    bool there = true;
    weir_status status = WEIR_OK;
    load->lane_count = weir__load_target_lanes(&load->target);
    while (status == WEIR_OK && (status = weir__load_next(&load->reader, &record, &there, error)) == WEIR_OK && there) {
        status = place_row(load, &record, load->why, &place, error);
        atomic_fetch_add(record.wrong ? &load->rejected : &load->loaded, 1);
        if (status == WEIR_OK && record.wrong && o->rejected)
            o->rejected(o->context, record.line, record.wrong);
        if ((record.number & 255) == 0 && !weir__load_pulse(load, false))
            status = stopped(load, error);
    }
    return status;
}

/* ---- the whole ---- */

static weir_status begin(weir__load *load, weir_error *error)
{
    weir_status status = weir__load_target_find(&load->target, load->target.client, load->options, error);
    if (status == WEIR_OK)
        status = open_file(load, error);
    if (status == WEIR_OK && load->keeps)
        status = look_through(load, error);
    if (status == WEIR_OK)
        status = find_columns(load, error);
    return status == WEIR_OK ? weir__load_describe(load, error) : status;
}

/* A run that was killed behind the deciding COMMIT has left branches prepared: they are finished before all is said to be there. Those whose
 * connection the server has not yet given up, or that are others', are tried some times; the client's own resolver goes on with them. */
static void finish_branches(const weir__load *load)
{
    const weir__resolve_options options = {.each = NULL};
    weir__resolve_counts counts;
    weir_error error;
    for (int tries = 0; tries < RESOLVES; tries++) {
        if (tries)
            weir__wait_ready(&load->env->clock, -1, 0, -1, weir__deadline_in(&load->env->clock, PULSE_MS));
        if (weir__resolve(load->env, load->target.session->topology, &options, &counts, &error) == WEIR_OK &&
            !counts.of[WEIR__RESOLUTION_LEFT] && !counts.of[WEIR__RESOLUTION_FAILED])
            return;
    }
    weir__logf(
        &load->env->log, WEIR_LOG_WARNING,
        "load: transactions are left prepared, perhaps of an earlier run of this load: `weir resolve` tells more");
}

static weir_status go(weir__load *load, weir_error *error)
{
    weir_error why;
    weir_status status = weir__load_check_reject_file(load, error);
    if (status == WEIR_OK)
        status = weir__load_find_lanes(load, error);
    if (status == WEIR_OK)
        status = weir__load_take_lanes(load, error);
    if (status != WEIR_OK)
        return status;
    for (uint32_t i = 0; i < load->lane_count; i++) {
        load->lanes[i].standing_before = load->lanes[i].standing.position;
        load->lanes[i].ended_before = load->lanes[i].standing.ended;
    }
    if (!load->all_ended)
        status = run(load, error);
    if (load->target.everywhere && status == WEIR_OK)
        finish_branches(load);
    weir_status written = weir__load_export_rejects(load, &why);
    if (status == WEIR_OK && written != WEIR_OK)
        *error = why;
    for (uint32_t i = 0; !load->keeps && written == WEIR_OK && i < load->lane_count; i += load->target.per_shard)
        if (weir__load_call(&load->lanes[i].link, &why) == WEIR_OK &&
            weir__load_forget_own(&load->lanes[i].link, &load->about, &why) != WEIR_OK)
            weir__logf(&load->env->log, WEIR_LOG_WARNING, "load: its rows of weir_load stay: %.200s", why.text);
    return status == WEIR_OK ? written : status;
}

static void sum_up(const weir__load *load, weir_load_result *result)
{
    bool done_before = load->all_ended && load->lane_count && load->reader.number == 0;
    *result = (weir_load_result){.rows = load->reader.number,
                                 .before = load->before,
                                 .loaded = atomic_load(&load->loaded),
                                 .rejected = atomic_load(&load->rejected),
                                 .warnings = atomic_load(&load->warnings)};
    for (uint32_t i = 0; load->lanes && i < load->lane_count; i++) {
        const weir__load_standing *s = &load->lanes[i].standing;
        result->all_loaded += s->loaded;
        result->all_rejected += s->rejected;
        result->shards += i % load->target.per_shard == 0;
    }
    if (done_before)
        result->before = result->rows = result->all_loaded + result->all_rejected;
    if (load->target.everywhere)
        result->shards = (uint32_t)load->target.database->shard_count;
    memcpy(result->warning, load->warning, sizeof result->warning);
}

static void end(weir__load *load)
{
    const weir__mem *mem = &load->env->mem;
    for (uint32_t i = 0; load->lanes && i < load->lane_count; i++) {
        weir__load_lane *lane = &load->lanes[i];
        for (uint32_t b = 0; b < WEIR__LOAD_BATCHES; b++) {
            if (!lane->batches[b].rows)
                continue;
            weir__buf_deinit(&lane->batches[b].text);
            weir__buf_deinit(&lane->batches[b].raw);
            weir__free(mem, lane->batches[b].rows);
        }
        if (lane->sql.mem) {
            weir__buf_deinit(&lane->sql);
            weir__buf_deinit(&lane->reasons);
        }
        weir__free(mem, lane->order);
        weir_session_close(lane->session);
        weir__load_hang_up(&lane->link);
    }
    weir__free(mem, load->lanes);
    if (load->reader.env && load->reader.fd != STDIN_FILENO)
        close(load->reader.fd);
    weir__load_reader_close(&load->reader);
    weir__free(&weir__mem_system, load->path);
    weir__free(mem, load->option_text);
    weir__load_target_close(&load->target);
    pthread_mutex_destroy(&load->lock);
    pthread_cond_destroy(&load->moved);
    weir__free(mem, load);
}

weir_status weir_load(weir_client *client, const weir_load_options *options, weir_load_result *result,
                      weir_error *error)
{
    weir_error local;
    error = error ? error : &local;
    if (result)
        *result = (weir_load_result){.rows = 0};
    if (!client)
        return usage(error, "client is NULL");
    weir_status status = check_options(options, error);
    if (status == WEIR_OK)
        status = weir__client_usable(client, error);
    if (status != WEIR_OK)
        return status;
    weir__load *load = weir__new(&client->env.mem, sizeof *load);
    if (!load)
        return weir__fail_nomem(error);
    load->env = &client->env;
    load->options = options;
    load->target.client = client;
    load->batch_rows = options->batch ? options->batch : BATCH;
    load->patience_ms = options->patience_ms ? options->patience_ms : PATIENCE_MS;
    load->max_rejects = options->max_rejects ? options->max_rejects : options->reject_file ? UINT64_MAX : 0;
    pthread_mutex_init(&load->lock, NULL);
    weir__cond_init(&load->moved);
    status = begin(load, error);
    if (status == WEIR_OK)
        status = options->dry_run ? run_dry(load, error) : go(load, error);
    weir__load_pulse(load, true);
    if (result)
        sum_up(load, result);
    end(load);
    return status;
}
