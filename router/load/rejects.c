/* rejects.c - rows that can not be loaded: kept with their batch, written to the reject file in the end. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/utf8.h"
#include "router/load/impl.h"

enum { MOST_ROW = 4 * 1024 * 1024, STATEMENT = 1024 * 1024, MOST_REASON = 1000, HEAD = 64 };

weir_str weir__load_reason(const weir__load_lane *lane, const weir__load_batch *batch, const weir__load_row *row)
{
    if (row->wrong)
        return weir__slice(batch->raw.data + row->raw_end, batch->raw.data + row->why_end);
    return weir__slice(lane->reasons.data + row->reason, lane->reasons.data + row->reason_end);
}

static weir_status send(weir__load_lane *lane, weir__load_own_statement *run, weir_error *error)
{
    weir_result result;
    weir_status status = lane->sql.failed ? weir__fail_nomem(error)
                                          : run(lane, (weir_str){lane->sql.data, lane->sql.size}, &result, error);
    weir__buf_reset(&lane->sql);
    return status;
}

weir_status weir__load_keep_rejects(weir__load_lane *lane, const weir__load_batch *batch, weir__load_own_statement *run,
                                    weir_error *error)
{
    const weir__load_about *about = &lane->load->about;
    weir_status status = WEIR_OK;
    weir__buf_reset(&lane->sql);
    for (uint32_t i = 0; i < batch->count && status == WEIR_OK; i++) {
        const weir__load_row *row = &batch->rows[i];
        if (!row->rejected)
            continue;
        weir_str why = weir__load_reason(lane, batch, row);
        size_t size = row->raw_end - row->raw;
        weir__buf_adds(&lane->sql, lane->sql.size ? ", ("
                                                  : "INSERT INTO weir_load_reject (load_id, row_no, line, "
                                                    "server_errno, reason, row_text) VALUES (");
        weir__load_put_bytes(&lane->sql, about->id, sizeof about->id);
        weir__buf_addf(&lane->sql, ", %" PRIu64 ", %" PRIu64 ", %d, ", row->number, row->line, row->server_errno);
        weir__load_put_bytes(&lane->sql, why.data, why.size < MOST_REASON ? why.size : MOST_REASON);
        weir__buf_adds(&lane->sql, ", ");
        weir__load_put_bytes(&lane->sql, batch->raw.data + row->raw, size < MOST_ROW ? size : MOST_ROW);
        weir__buf_adds(&lane->sql, ")");
        if (lane->sql.size > STATEMENT)
            status = send(lane, run, error);
    }
    return status == WEIR_OK && lane->sql.size ? send(lane, run, error) : status;
}

/* ---- the file ---- */

static void head_of(const weir__load *load, char head[HEAD])
{
    int size = snprintf(head, HEAD, "{\"load\":\"");
    for (size_t i = 0; i < 8; i++)
        size += snprintf(head + size, HEAD - (size_t)size, "%02x", load->about.id[i]);
    snprintf(head + size, HEAD - (size_t)size, "\",");
}

weir_status weir__load_check_reject_file(const weir__load *load, weir_error *error)
{
    const char *name = load->options->reject_file;
    char head[HEAD], there[HEAD] = "";
    struct stat about;
    if (!name || stat(name, &about) != 0 || (S_ISREG(about.st_mode) && about.st_size == 0))
        return WEIR_OK;
    FILE *file = fopen(name, "re");
    head_of(load, head);
    size_t got = file ? fread(there, 1, strlen(head), file) : 0;
    if (file)
        fclose(file);
    there[got < HEAD ? got : HEAD - 1] = '\0';
    if (strcmp(there, head) == 0)
        return WEIR_OK;
    return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                      "the reject file %s is there already, and not of this load: move it away or give another one",
                      name);
}

static void put_json(FILE *file, weir_str text)
{
    fputc('"', file);
    for (size_t i = 0; text.data && i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", file);
        else if (c == '\r')
            fputs("\\r", file);
        else if (c == '\t')
            fputs("\\t", file);
        else if (c < 0x20 || c == 0x7F)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}

static void put_row(FILE *file, weir_str row)
{
    if (weir__utf8_valid(row.data ? row.data : "", row.size)) {
        fputs("\"row\":", file);
        put_json(file, row);
        return;
    }
    fputs("\"row_hex\":\"", file);
    for (size_t i = 0; row.data && i < row.size; i++)
        fprintf(file, "%02x", (unsigned char)row.data[i]);
    fputc('"', file);
}

typedef struct export
{
    FILE *file;
    char head[HEAD];
    uint64_t rows;
}
export;

static void write_reject(void *context, const weir_str *cells, uint32_t count)
{
    export *e = context;
    weir_str why = cells[3];
    (void)count;
    if (!weir__utf8_valid(why.data ? why.data : "", why.size)) /* it was cut within a character */
        why.size = weir__utf8_cut(why.data, why.size - 1);
    if (!weir__utf8_valid(why.data ? why.data : "", why.size))
        why = weir__view("(its reason is not UTF-8)");
    fprintf(e->file, "%s\"line\":%.*s,\"row_number\":%.*s,\"errno\":%.*s,\"reason\":", e->head, WEIR__STR(cells[1]),
            WEIR__STR(cells[0]), WEIR__STR(cells[2]));
    put_json(e->file, why);
    fputc(',', e->file);
    put_row(e->file, cells[4]);
    fputs("}\n", e->file);
    e->rows++;
}

static weir_status not_written(const char *name, weir_error *error)
{
    return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                      "the reject file %s can not be written: %s. Its rows are kept: the same call again writes them",
                      name, strerror(errno));
}

/* Each shard has those of its own lanes. */
static weir_status each_shard(weir__load *load, const char *before, const char *behind, export *e, weir_error *error)
{
    weir_status status = WEIR_OK;
    weir__buf sql;
    weir__buf_init(&sql, &load->env->mem, 4096);
    weir__buf_adds(&sql, before);
    weir__load_put_bytes(&sql, load->about.id, sizeof load->about.id);
    weir__buf_adds(&sql, behind);
    if (sql.failed)
        status = weir__fail_nomem(error);
    for (uint32_t i = 0; i < load->lane_count && status == WEIR_OK; i += load->target.per_shard) {
        status = weir__load_call(&load->lanes[i].link, error);
        if (status == WEIR_OK)
            status = weir__load_ask(&load->lanes[i].link, sql.data, e ? write_reject : NULL, e, error);
        if (status == WEIR_OK && !e && weir__fault(load->env, load_cleared))
            status = weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "a fault point ended the load");
    }
    weir__buf_deinit(&sql);
    return status;
}

/* Of a load that has ended everywhere fewer are there than there were: an earlier run has written the file with all of them, and was
 * killed while it cleared one shard after the other. */
static bool partly_cleared(const weir__load *load, uint64_t there)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < load->lane_count; i++)
        all += load->lanes[i].standing.rejected;
    return load->all_ended && there < all;
}

weir_status weir__load_export_rejects(weir__load *load, weir_error *error)
{
    const char *name = load->options->reject_file;
    export e = {.rows = 0};
    weir__buf other;
    if (!name)
        return WEIR_OK;
    head_of(load, e.head);
    weir__buf_init(&other, &load->env->mem, 8192);
    weir__buf_addf(&other, "%s.writing", name);
    if (other.failed) {
        weir__buf_deinit(&other);
        return weir__fail_nomem(error);
    }
    e.file = fopen(other.data, "we");
    weir_status status = e.file ? WEIR_OK : not_written(name, error);
    if (status == WEIR_OK)
        status = each_shard(
            load, "SELECT row_no, line, server_errno, reason, row_text FROM weir_load_reject WHERE load_id = ",
            " ORDER BY row_no", &e, error);
    if (e.file) {
        bool whole = fflush(e.file) == 0 && !ferror(e.file) && fsync(fileno(e.file)) == 0;
        whole = fclose(e.file) == 0 && whole;
        if (status == WEIR_OK && !whole)
            status = not_written(name, error);
        if (status != WEIR_OK || e.rows == 0 || partly_cleared(load, e.rows))
            unlink(other.data);
        else if (rename(other.data, name) != 0)
            status = not_written(name, error);
    }
    weir__buf_deinit(&other);
    if (status == WEIR_OK && weir__fault(load->env, load_exported))
        status = weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "a fault point ended the load");
    if (status == WEIR_OK && load->all_ended)
        status = each_shard(load, "DELETE FROM weir_load_reject WHERE load_id = ", "", NULL, error);
    return status;
}
