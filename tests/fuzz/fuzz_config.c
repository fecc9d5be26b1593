/* fuzz_config.c - any bytes as a weir.yaml: a configuration or mistakes, in order, printable, nothing leaked. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/utf8.h"
#include "schema/config_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    if (!text || !weir__utf8_valid(text, strlen(text)))
        abort();
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            abort();
}

static void check_mistakes(const weir__mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++) {
        const weir__mistake *m = &mistakes->list[i], *before = i ? m - 1 : m;
        check_text(m->path);
        check_text(m->text);
        if (m->line < 1 || m->column < 1 || before->line > m->line ||
            (before->line == m->line && before->column > m->column))
            abort();
    }
}

/* What every later user of a configuration relies on. */
static void check_config(const weir__config *config)
{
    if (config->database_count == 0)
        abort();
    for (size_t i = 0; i < config->database_count; i++) {
        const weir__database_config *d = &config->databases[i];
        if (d->shard_count == 0 || weir__config_database(config, d->name) != d)
            abort();
        for (size_t j = 0; j < d->shard_count; j++)
            if (d->shards[j].database != d || !d->shards[j].primary.address.text || !d->shards[j].schema ||
                !d->shards[j].name)
                abort();
        uint32_t next = 0;
        for (size_t j = 0; j < d->share_count; next = d->shares[j++].range.to + 1)
            if (d->shares[j].range.from != next)
                abort();
        if (d->share_count && next != d->slots)
            abort();
    }
    for (size_t i = 0; i < config->table_count; i++) {
        const weir__table_config *t = &config->tables[i];
        const weir__table_config *found = weir__config_table(config, t->database ? t->database->name : NULL, t->name);
        if (t->kind == WEIR__TABLE_DOCUMENT ? !t->documents : !t->database || found != t)
            abort();
        if ((t->kind == WEIR__TABLE_COLOCATED && !t->with) || (t->kind == WEIR__TABLE_SINGLE && !t->single))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir__env env;
    weir__env_init(&env);
    weir__mistakes mistakes;
    weir__config *config;
    weir_error error;
    weir_status status =
        weir__config_parse(&env, NULL, (weir_str){(const char *)data, size}, &config, &mistakes, &error);
    if ((status == WEIR_OK) != (config != NULL) || (status == WEIR_OK) != (mistakes.count == 0) ||
        (status != WEIR_OK && status != WEIR_CONFIG))
        abort();
    check_mistakes(&mistakes);
    if (config)
        check_config(config);
    weir__config_free(&env, config);
    weir__mistakes_deinit(&mistakes);
    return 0;
}
