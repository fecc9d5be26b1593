/* decide.c - what a shard has to go through, from the files and its ledger. SPDX-License-Identifier: Apache-2.0
 * Reads nothing but files. Decided twice: for the survey, and again under the shard's lock. */
#include <inttypes.h>
#include <string.h>

#include "router/migrate/impl.h"

static const char *shard_name(const weir__migrate_shard *shard)
{
    return shard->config->name;
}

static bool add_job(weir__migrate *m, weir__migrate_shard *shard, const weir__migration *migration, bool down,
                    uint32_t round, uint32_t done)
{
    if (shard->job_count == shard->job_room) {
        size_t room = shard->job_room ? shard->job_room * 2 : 16;
        weir__job *more = weir__resize(&m->env->mem, shard->jobs, room * sizeof *more);
        if (!more)
            return false;
        shard->jobs = more;
        shard->job_room = room;
    }
    shard->jobs[shard->job_count++] = (weir__job){migration, down, round, done};
    return true;
}

/* The versions of the ledger against the files: nothing is missing, nothing that ran was edited. */
static void check_history(weir__migrate *m, weir__migrate_shard *shard)
{
    for (size_t i = 0; i < shard->ledger.count; i++) {
        const weir__ledger_version *v = &shard->ledger.versions[i];
        const weir__migration *file = weir__migrations_find(&m->files, v->version);
        if (v->standing == WEIR__PENDING || v->baseline || v->version <= shard->ledger.baseline)
            continue;
        if (!file || !file->up) {
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                               "version %" PRIu64 " (%s) has run on this shard and has no file in %s", v->version,
                               v->name, m->files.folder);
            continue;
        }
        if (v->standing != WEIR__APPLIED)
            continue; /* its statements are compared one by one */
        weir_error error;
        char checksum[33];
        weir_status status = weir__migrate_file_checksum(m, file, checksum, &error);
        if (status != WEIR_OK)
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard), "%s", error.text);
        else if (strcmp(checksum, v->checksum) != 0)
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                               "%s was edited after it ran here: put the file back as it was and write the change as a "
                               "new migration; or, "
                               "if it means the same, weir migrate repair %" PRIu64,
                               file->up, v->version);
    }
}

/* The statements that have run must still stand in the file as they were. */
static void check_done(weir__migrate *m, weir__migrate_shard *shard, const weir__job *job,
                       const weir__ledger_version *v)
{
    weir_error error;
    const weir__script *script = weir__migrate_script(m, job->migration, job->down, &error);
    for (uint32_t i = 0; script && i < job->done; i++) {
        const weir__ledger_row *row = weir__ledger_row_of(v, i + 1);
        if (i >= script->count || !row || strcmp(script->steps[i].checksum, row->statement_checksum) != 0) {
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                               "statement %u of %s has run here and was edited since: only what has not run may be "
                               "edited; put it back "
                               "as it was",
                               i + 1, job->down ? job->migration->down : job->migration->up);
            return;
        }
    }
    if (script && script->count < job->done)
        weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard), "%s has fewer statements than have run here",
                           job->down ? job->migration->down : job->migration->up);
}

static weir_status take(weir__migrate *m, weir__migrate_shard *shard, const weir__migration *migration, bool down,
                        weir_error *error)
{
    const weir__ledger_version *v = weir__ledger_find(&shard->ledger, migration->version);
    weir__standing standing = weir__ledger_standing(&shard->ledger, migration->version);
    bool resumes = v && standing == (down ? WEIR__PART_DOWN : WEIR__PART_UP);
    uint32_t round = !v ? (down ? 2 : 1) : resumes ? v->round : v->round + 1;
    if (down && !migration->down) {
        weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard), "%s cannot be undone: it has no .down.sql",
                           migration->name);
        return WEIR_OK;
    }
    if (!add_job(m, shard, migration, down, round, resumes ? v->done : 0))
        return weir__fail_nomem(error);
    const weir__job *job = &shard->jobs[shard->job_count - 1];
    if (resumes)
        check_done(m, shard, job, v);
    const weir__script *script = weir__migrate_script(m, migration, down, error);
    shard->all += script && script->count > job->done ? script->count - job->done : 0;
    return WEIR_OK;
}

static weir_status decide_up(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    uint64_t highest = shard->ledger.baseline;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < shard->ledger.count; i++)
        if (shard->ledger.versions[i].standing == WEIR__APPLIED && shard->ledger.versions[i].version > highest)
            highest = shard->ledger.versions[i].version;
    for (size_t i = 0; i < m->files.count && status == WEIR_OK; i++) {
        const weir__migration *file = &m->files.list[i];
        weir__standing standing = weir__ledger_standing(&shard->ledger, file->version);
        if (standing == WEIR__APPLIED || !file->up || (m->options.has_to && file->version > m->options.to))
            continue;
        if (standing == WEIR__PART_DOWN)
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                               "%s is half undone: finish that first with weir migrate down", file->name);
        else if (standing == WEIR__PENDING && file->version < highest && !m->options.out_of_order)
            weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                               "%s has not run here, though version %" PRIu64
                               " has: give it a higher number, or allow it "
                               "(--out-of-order)",
                               file->name, highest);
        else
            status = take(m, shard, file, false, error);
    }
    return status;
}

/* The last version that is applied, or is being undone, on any of the chosen shards. For a redo also one that was undone: a redo that
 * was interrupted between down and up goes on with the same version. */
static uint64_t last_version(const weir__migrate *m)
{
    uint64_t last = 0;
    for (size_t s = 0; s < m->shard_count; s++)
        for (size_t i = 0; i < m->shards[s].ledger.count; i++) {
            const weir__ledger_version *v = &m->shards[s].ledger.versions[i];
            if (v->standing == WEIR__PART_DOWN)
                return v->version; /* that is finished before anything else */
            if ((v->standing != WEIR__PENDING || m->options.what == WEIR__MIGRATE_REDO) && v->version > last)
                last = v->version;
        }
    return last;
}

static weir_status undo(weir__migrate *m, weir__migrate_shard *shard, const weir__ledger_version *v, weir_error *error)
{
    const weir__migration *file = weir__migrations_find(&m->files, v->version);
    if (v->standing == WEIR__PART_UP)
        weir__migrate_tell(
            m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
            "%s has run in part: finish it first with weir migrate up (what has not run of it may be edited)", v->name);
    else if (v->baseline)
        weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, shard_name(shard),
                           "version %" PRIu64 " is the baseline: nothing before it can be undone", v->version);
    else if (file)
        return take(m, shard, file, true, error);
    return WEIR_OK; /* a file that is missing was told */
}

static weir_status decide_down(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    uint64_t last = m->down_version;
    weir_status status = WEIR_OK;
    for (size_t i = shard->ledger.count; i-- > 0 && status == WEIR_OK;) {
        const weir__ledger_version *v = &shard->ledger.versions[i];
        bool wanted = m->options.has_to ? v->version > m->options.to : v->version == last;
        if (wanted && v->standing != WEIR__PENDING)
            status = undo(m, shard, v, error);
    }
    return status;
}

static weir_status decide_redo(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    const weir__migration *file = weir__migrations_find(&m->files, m->down_version);
    weir__standing standing = weir__ledger_standing(&shard->ledger, m->down_version);
    if (file && (standing == WEIR__PENDING || standing == WEIR__PART_UP)) /* its down has run */
        return take(m, shard, file, false, error);
    weir_status status = decide_down(m, shard, error);
    if (status != WEIR_OK || !file || shard->job_count == 0)
        return status;
    const weir__script *script = weir__migrate_script(m, file, false, error);
    if (!add_job(m, shard, file, false, shard->jobs[shard->job_count - 1].round + 1, 0))
        return weir__fail_nomem(error);
    shard->all += script ? script->count : 0;
    return WEIR_OK;
}

weir_status weir__migrate_decide(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    shard->job_count = 0;
    shard->all = 0;
    if (!m->down_decided) {
        m->down_version = last_version(m);
        m->down_decided = true;
    }
    if (m->options.what == WEIR__MIGRATE_BASELINE || m->options.what == WEIR__MIGRATE_REPAIR)
        return WEIR_OK; /* no statement of a file runs */
    check_history(m, shard);
    if (m->options.what == WEIR__MIGRATE_DOWN)
        return decide_down(m, shard, error);
    if (m->options.what == WEIR__MIGRATE_REDO)
        return decide_redo(m, shard, error);
    return decide_up(m, shard, error);
}
