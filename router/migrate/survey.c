/* survey.c - files, ledgers, and what would run. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/thread.h"
#include "router/dialect.h"
#include "router/migrate/impl.h"

const weir__migrate_options weir__migrate_defaults = {
    .directory = "migrations",
    .parallel = 4,
    .lock_wait_s = 2,
    .attempts = 30,
    .max_lag_ms = 10000,
    .max_threads = 100,
    .lease_ms = 60000,
};

static void file_mistake(void *context, const char *path, const char *text)
{
    weir__migrate_tell(context, WEIR__MIGRATE_MISTAKE, "", "%s: %s", path, text);
}

/* ---- scripts ---- */

typedef struct script_of {
    weir__migrate *m;
    const char *path;
} script_of;

static void script_mistake(void *context, uint32_t line, const char *text)
{
    const script_of *of = context;
    weir__migrate_tell(of->m, WEIR__MIGRATE_MISTAKE, "", "%s:%u: %s", of->path, line, text);
}

static weir_status read_script(weir__migrate *m, const char *path, weir__script *script, weir_error *error)
{
    char *text = NULL;
    size_t size = 0;
    uint32_t mistakes = 0;
    script_of of = {m, path};
    weir_status status = weir__migration_load(m->env, path, &text, &size, error);
    if (status == WEIR_OK)
        status = weir__script_read(script, (weir_str){text, size}, &m->reading, m->env, m->config, m->database,
                                   script_mistake, &of, &mistakes, error);
    weir__free(&m->env->mem, text);
    if (mistakes)
        script->count = 0; /* none of it runs */
    return status;
}

const weir__script *weir__migrate_script(weir__migrate *m, const weir__migration *migration, bool down,
                                         weir_error *error)
{
    const char *path = down ? migration->down : migration->up;
    weir__script *script = &m->scripts[2 * (size_t)(migration - m->files.list) + down];
    weir_status status = WEIR_OK;
    if (!path)
        return NULL;
    pthread_mutex_lock(&m->reading_lock);
    if (!script->mem) {
        script->mem = &m->env->mem;
        status = read_script(m, path, script, error);
    }
    pthread_mutex_unlock(&m->reading_lock);
    if (status != WEIR_OK)
        weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, "", "%s", error->text);
    return script->count ? script : NULL;
}

weir_status weir__migrate_file_checksum(weir__migrate *m, const weir__migration *migration, char out[33],
                                        weir_error *error)
{
    char *text = NULL;
    size_t size = 0;
    weir_status status = weir__migration_load(m->env, migration->up, &text, &size, error);
    if (status != WEIR_OK)
        return status;
    weir__script_checksum((weir_str){text, size}, out);
    weir__free(&m->env->mem, text);
    return WEIR_OK;
}

/* ---- shards ---- */

static bool is_chosen(const weir__migrate_options *options, const char *name)
{
    for (size_t i = 0; options->shards && i < options->shard_count; i++)
        if (strcmp(options->shards[i], name) == 0)
            return true;
    return !options->shards;
}

static weir_status choose_shards(weir__migrate *m, weir_error *error)
{
    const weir__database_config *d = m->database;
    const weir__migrate_options *o = &m->options;
    for (size_t k = 0; k < o->shard_count + (o->canary != NULL); k++) {
        const char *name = k < o->shard_count ? o->shards[k] : o->canary;
        bool found = false;
        for (size_t i = 0; i < d->shard_count; i++)
            found |= strcmp(d->shards[i].name, name) == 0 && (k < o->shard_count || is_chosen(o, name));
        if (!found)
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "database %s has no shard '%.60s'%s", d->name, name,
                              k < o->shard_count ? "" : " among those chosen");
    }
    m->shards = weir__array(&m->env->mem, d->shard_count, sizeof *m->shards);
    if (!m->shards)
        return weir__fail_nomem(error);
    for (size_t i = 0; i < d->shard_count; i++)
        if (is_chosen(o, d->shards[i].name))
            m->shards[m->shard_count++].config = &d->shards[i];
    return WEIR_OK;
}

static weir_status read_shard(weir__migrate *m, weir__migrate_shard *shard, weir_error *error)
{
    char text[32];
    bool found;
    weir_status status = weir__link_open_primary(&shard->link, m->env, shard->config, error);
    if (status == WEIR_OK) {
        shard->read = true;
        status = weir__ledger_read(&shard->ledger, &shard->link, error);
    }
    if (status == WEIR_OK)
        status = weir__link_ask_text(
            &shard->link,
            "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables WHERE "
            "table_schema = DATABASE()",
            text, sizeof text, &found, error);
    shard->bytes = status == WEIR_OK ? weir__link_number(weir__view(text)) : 0;
    if (status != WEIR_OK && !*error->shard)
        weir__error_field(error->shard, sizeof error->shard, shard->config->name);
    return status;
}

/* One file must mean the same on all shards. */
static weir_status read_alike(weir__migrate *m, weir_error *error)
{
    const weir__migrate_shard *first = NULL;
    for (size_t i = 0; i < m->shard_count; i++) {
        if (!m->shards[i].link.conn)
            continue;
        weir__lex_options reading = weir__dialect_of(m->shards[i].link.conn);
        if (!first) {
            first = &m->shards[i];
            m->reading = reading;
        } else if (reading.sql_mode != m->reading.sql_mode || reading.flavour != m->reading.flavour)
            return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                              "shards %s and %s read SQL differently (sql_mode, or another kind of server): set "
                              "connection.sql_mode in "
                              "weir.yaml",
                              first->config->name, m->shards[i].config->name);
    }
    return WEIR_OK;
}

static void check_gaps(weir__migrate *m)
{
    uint64_t from = 0;
    for (size_t i = 0; i < m->shard_count; i++)
        if (m->shards[i].ledger.baseline > from)
            from = m->shards[i].ledger.baseline;
    if (!m->options.allow_gaps && m->options.what == WEIR__MIGRATE_UP)
        weir__migrations_gaps(&m->files, from, file_mistake, m);
}

/* --to, and the version of repair: a number that nothing has is a slip. */
static void check_target(weir__migrate *m)
{
    bool known = m->options.to == 0 || weir__migrations_find(&m->files, m->options.to);
    for (size_t i = 0; i < m->shard_count && !known; i++)
        known = weir__ledger_find(&m->shards[i].ledger, m->options.to) != NULL;
    bool named =
        m->options.what == WEIR__MIGRATE_REPAIR || (m->options.has_to && m->options.what != WEIR__MIGRATE_BASELINE);
    if (named && !known)
        weir__migrate_tell(m, WEIR__MIGRATE_MISTAKE, "", "there is no version %" PRIu64 " in %s", m->options.to,
                           m->files.folder);
}

weir_status weir__migrate_survey(const weir__env *env, const weir__config *config,
                                 const weir__database_config *database, const weir__migrate_options *options,
                                 weir__migrate **migrate, uint32_t *mistakes, weir_error *error)
{
    uint32_t of_files = 0;
    *migrate = NULL;
    *mistakes = 0;
    weir__migrate *m = weir__new(&env->mem, sizeof *m);
    if (!m)
        return weir__fail_nomem(error);
    m->env = env;
    m->config = config;
    m->database = database;
    m->options = *options;
    pthread_mutex_init(&m->lock, NULL);
    pthread_mutex_init(&m->reading_lock, NULL);
    weir__cond_init(&m->canary_moved);
    weir_status status =
        weir__migrations_read(&m->files, env, options->directory, database->name, file_mistake, m, &of_files, error);
    if (status == WEIR_OK && !(m->scripts = weir__array(&env->mem, 2 * m->files.count + 1, sizeof *m->scripts)))
        status = weir__fail_nomem(error);
    if (status == WEIR_OK)
        status = choose_shards(m, error);
    for (size_t i = 0; i < m->shard_count && status == WEIR_OK; i++) {
        status = read_shard(m, &m->shards[i], error);
        if (status != WEIR_OK && options->what == WEIR__MIGRATE_LOOK) {
            m->shards[i].end = WEIR__SHARD_FAILED;
            m->shards[i].error = *error;
            status = WEIR_OK;
        }
    }
    if (status == WEIR_OK)
        status = read_alike(m, error);
    if (status == WEIR_OK)
        check_gaps(m);
    if (status == WEIR_OK)
        check_target(m);
    for (size_t i = 0; i < m->shard_count && status == WEIR_OK; i++)
        if (m->shards[i].end != WEIR__SHARD_FAILED)
            status = weir__migrate_decide(m, &m->shards[i], error);
    if (status == WEIR_OK && options->what != WEIR__MIGRATE_LOOK && m->shard_count)
        weir__migrate_warn(m, &m->shards[0]); /* the others run the same */
    for (size_t i = 0; i < m->shard_count; i++)
        weir__link_close(&m->shards[i].link);
    *mistakes = m->mistakes;
    if (status == WEIR_OK)
        *migrate = m;
    else
        weir__migrate_close(m);
    return status;
}

void weir__migrate_close(weir__migrate *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->shard_count; i++) {
        weir__link_close(&m->shards[i].link);
        if (m->shards[i].read)
            weir__ledger_deinit(&m->shards[i].ledger);
        weir__free(&m->env->mem, m->shards[i].jobs);
    }
    for (size_t i = 0; m->scripts && i < 2 * m->files.count; i++)
        if (m->scripts[i].mem)
            weir__script_deinit(&m->scripts[i]);
    weir__free(&m->env->mem, m->shards);
    weir__free(&m->env->mem, m->scripts);
    weir__migrations_deinit(&m->files);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->reading_lock);
    pthread_cond_destroy(&m->canary_moved);
    weir__free(&m->env->mem, m);
}

weir__migrate_shard *weir__migrate_shards(weir__migrate *m, size_t *count)
{
    *count = m->shard_count;
    return m->shards;
}

const weir__migrations *weir__migrate_files(const weir__migrate *m)
{
    return &m->files;
}
