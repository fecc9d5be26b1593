/* adopt.c - the ledger changed by hand: baseline and repair. SPDX-License-Identifier: Apache-2.0
 * Neither runs a statement of a file. Both hold the lease and the shard's lock, like a run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "router/migrate/impl.h"

static const char no_checksum[] = "00000000000000000000000000000000";

/* ---- baseline: the version and all before it count as applied ---- */

static weir_status admit_baseline(const weir__migrate *m, const weir__migrate_shard *shard, weir_error *error)
{
    for (size_t i = 0; i < shard->ledger.count; i++) {
        const weir__ledger_version *v = &shard->ledger.versions[i];
        if (v->version >= m->options.to || v->standing == WEIR__PART_UP || v->standing == WEIR__PART_DOWN)
            return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                              "shard %s: version %" PRIu64
                              " is %s in its ledger: a baseline is for a schema that weir has not migrated so far",
                              shard->config->name, v->version, weir__standing_name(v->standing));
    }
    return WEIR_OK;
}

weir_status weir__migrate_set_baseline(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    const weir__migration *file = weir__migrations_find(&m->files, m->options.to);
    char checksum[33];
    if (shard->ledger.baseline == m->options.to && m->options.to)
        return WEIR_OK; /* a run before this one got so far */
    weir_status status = admit_baseline(m, shard, error);
    snprintf(checksum, sizeof checksum, "%s", no_checksum);
    if (status == WEIR_OK && file && file->up)
        status = weir__migrate_file_checksum(m, file, checksum, error);
    const weir__entry entry = {
        .version = m->options.to,
        .round = 1,
        .name = file ? file->name : "baseline",
        .checksum = checksum,
        .statement_checksum = no_checksum,
    };
    const weir__written row = {.entry = &entry, .ended = true};
    return status == WEIR_OK ? weir__ledger_write(&shard->link, &m->fence, &row, 1, error) : status;
}

/* ---- repair ---- */

static weir_status set_row(weir__migrate *m, weir__migrate_shard *shard, const weir__ledger_version *v, const char *set,
                           uint32_t statement, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &m->env->mem, 4096);
    weir__buf_addf(&sql, "UPDATE weir_ledger SET %s WHERE version = %" PRIu64 " AND round = %u", set, v->version,
                   v->round);
    if (statement)
        weir__buf_addf(&sql, " AND statement = %u", statement);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__link_ask(&shard->link, sql.data, NULL, NULL, error);
    weir__buf_deinit(&sql);
    return status;
}

/* What has run counts as what the file says now. */
static weir_status accept_file(weir__migrate *m, weir__migrate_shard *shard, const weir__ledger_version *v,
                               weir_error *error)
{
    const weir__migration *file = weir__migrations_find(&m->files, v->version);
    bool down = v->standing == WEIR__PART_DOWN;
    const weir__script *script = file ? weir__migrate_script(m, file, down, error) : NULL;
    weir_status status = WEIR_OK;
    char set[200];
    if (!script || script->count < v->done || (v->standing == WEIR__APPLIED && script->count != v->statements))
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "shard %s: version %" PRIu64 " ran with %u statements; its file cannot stand for them",
                          shard->config->name, v->version, v->done);
    for (uint32_t i = 0; i < v->done && status == WEIR_OK; i++) {
        snprintf(set, sizeof set, "checksum = '%s', statement_checksum = '%s'", script->checksum,
                 script->steps[i].checksum);
        status = set_row(m, shard, v, set, i + 1, error);
    }
    return status;
}

static weir_status set_statement(weir__migrate *m, weir__migrate_shard *shard, const weir__ledger_version *v,
                                 weir_error *error)
{
    uint32_t statement = m->options.repair_statement;
    const weir__ledger_row *row = weir__ledger_row_of(v, statement);
    if (!row || row->ended)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "shard %s: statement %u of version %" PRIu64
                          " has not begun here, or has ended: only one between the two is "
                          "a question",
                          shard->config->name, statement, v->version);
    return set_row(m, shard, v,
                   m->options.repair_done ? "ended_at = NOW(6), intent = NULL, error = NULL"
                                          : "intent = NULL, error = 'declared as not run by weir migrate repair'",
                   statement, error);
}

weir_status weir__migrate_repair(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    const weir__ledger_version *v = weir__ledger_find(&shard->ledger, m->options.to);
    if (!v || v->standing == WEIR__PENDING || v->baseline)
        return WEIR_OK; /* nothing of it has run here */
    return m->options.repair_statement ? set_statement(m, shard, v, error) : accept_file(m, shard, v, error);
}
