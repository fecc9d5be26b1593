/* client.c - opening, reloading and closing. SPDX-License-Identifier: Apache-2.0
 *
 * References: the handle, each session and each pool keep the client's memory; weir_close ends the
 * handle's. So a name server that does not answer can delay nobody: its dial thread keeps what it
 * needs and is the last to leave. */
#include "router/catalog_ask.h"
#include "router/client_impl.h"
#include "router/health.h"
#include "router/ids_store.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CLOSE_SLACK_MS = 500 };

/* A page that the kernel hands to a forked child as zeroes: knowing the child costs one read. */
static const volatile unsigned char *make_fork_mark(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        return NULL;
    }
    *page = 1;
    return page;
}

weir_client *weir__client_ref(weir_client *client)
{
    atomic_fetch_add_explicit(&client->references, 1, memory_order_relaxed);
    return client;
}

void weir__client_unref(weir_client *client)
{
    if (atomic_fetch_sub_explicit(&client->references, 1, memory_order_acq_rel) != 1)
        return;
    weir__mem mem = client->env.mem;
    weir__resolver_stop(client->resolver); /* of a client that could not be opened */
    weir__resolver_free(client->resolver);
    weir__rows_free_spare(client);
    weir__plan_cache_free(client->plans);
    weir__reaper_free(client->reaper);
    weir__keeper_free(client->keeper);
    weir__stacks_free(client->stacks);
    if (client->fork_mark)
        munmap((void *)(uintptr_t)client->fork_mark, (size_t)sysconf(_SC_PAGESIZE));
    pthread_mutex_destroy(&client->lock);
    weir__free(&mem, client->file);
    weir__free(&mem, client->yaml);
    weir__free(&mem, client);
}

static void pool_retained(void *context)
{
    weir__client_ref(context);
}

static void pool_released(void *context)
{
    weir__client_unref(context);
}

bool weir__client_forked(const weir_client *client)
{
    return *client->fork_mark == 0;
}

weir_status weir__client_usable(const weir_client *client, weir_error *error)
{
    if (weir__client_forked(client))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "this client belongs to the parent process: open one of your own after fork");
    if (atomic_load_explicit(&client->closed, memory_order_relaxed))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed before this call");
    return WEIR_OK;
}

weir__topology *weir__client_topology(weir_client *client, unsigned *epoch)
{
    pthread_mutex_lock(&client->lock);
    weir__topology *t = client->topology ? weir__topology_ref(client->topology) : NULL;
    *epoch = atomic_load(&client->epoch);
    pthread_mutex_unlock(&client->lock);
    return t;
}

static weir_status read_config(const weir_client *client, weir__config **config, weir_error *error)
{
    weir__mistakes mistakes;
    weir_status status;
    if (client->yaml)
        status = weir__config_parse(&client->env, "weir.yaml", (weir_str){client->yaml, strlen(client->yaml)}, config,
                                    &mistakes, error);
    else
        status = weir__config_read(&client->env, client->file, config, &mistakes, error);
    const char *source = client->yaml ? "weir.yaml" : client->file ? client->file : "weir.yaml";
    for (size_t i = 0; i < mistakes.count; i++)
        weir__logf(&client->env.log, WEIR_LOG_ERROR, "%s:%u:%u: %s: %s", source, mistakes.list[i].line,
                   mistakes.list[i].column, mistakes.list[i].path, mistakes.list[i].text);
    weir__mistakes_deinit(&mistakes);
    return status;
}

/* Replaces the topology by a new reading; the lock is held. */
static weir_status load(weir_client *client, weir_error *error)
{
    weir__config *config = NULL;
    weir__topology *topology = NULL;
    weir_status status = read_config(client, &config, error);
    if (status != WEIR_OK)
        return status;
    weir_log_level level = config->log.level;
    status = weir__topology_new(&client->env, config, client->topology, client->reaper, client->keeper, pool_released,
                                pool_retained, client, &topology, error);
    if (status != WEIR_OK)
        return status;
    if (weir__resolver_is_needed(config))
        status = weir__resolver_start(client->resolver, error);
    if (status == WEIR_OK)
        status = weir__health_watch(client->health, topology, client->topology, error);
    if (status != WEIR_OK) {
        weir__topology_unref(topology);
        return status;
    }
    __atomic_store_n(&client->env.log.level, (int)level, __ATOMIC_RELAXED);
    weir__topology *before = client->topology;
    client->topology = topology;
    if (before)
        weir__catalog_keep(client->catalog, before->config, config);
    weir__topology_unref(before);
    atomic_fetch_add(&client->epoch, 1);
    weir__plan_cache_clear(client->plans); /* plans of the epoch before would never be found again */
    return WEIR_OK;
}

static weir_status set_up(weir_client *client, const char *file, const weir_client_options *options, weir_error *error)
{
    const weir__mem *mem = &client->env.mem;
    if (options && options->yaml)
        client->yaml = weir__strdup(mem, options->yaml);
    else if (file)
        client->file = weir__strdup(mem, file);
    if ((options && options->yaml && !client->yaml) || (file && !client->file && !client->yaml))
        return weir__fail_nomem(error);
    client->fork_mark = make_fork_mark();
    if (!client->fork_mark)
        return weir__fail(error, WEIR_NOMEM, WEIR_RETRY_NEVER,
                          "no page that tells a forked child apart (Linux 4.14 has them)");
    client->stacks = weir__stacks_new(mem, WEIR__MAX_STACKS_KEPT);
    if (!client->stacks)
        return weir__fail_nomem(error);
    weir_status status = weir__reaper_new(&client->env, &client->reaper, error);
    if (status == WEIR_OK)
        status = weir__keeper_new(&client->env, &client->keeper, error);
    if (status == WEIR_OK)
        status = weir__health_new(&client->env, &weir__mysql_driver, pool_released, client, &client->health, error);
    if (status == WEIR_OK)
        weir__client_ref(client); /* the health's, until all that keeps it is gone */
    if (status == WEIR_OK)
        status = weir__plan_cache_new(&client->env, &client->plans, error);
    if (status == WEIR_OK)
        status = weir__catalog_for(client, error);
    if (status == WEIR_OK)
        status = weir__ids_for(client, error);
    if (status == WEIR_OK)
        status = weir__resolver_new(client, &client->resolver, error);
    if (status == WEIR_OK)
        status = load(client, error);
    return status;
}

/* Test builds: a whole process is armed by its environment. */
static weir_status arm_faults(weir_client *client, weir_error *error)
{
#ifdef WEIR_FAULTS
    const char *armed = getenv("WEIR_FAULTS");
    if (!client->env.faults) {
        weir__faults_init(&client->faults);
        client->env.faults = &client->faults;
        if (armed && !weir__faults_parse(&client->faults, armed))
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "WEIR_FAULTS is not understood: %s", armed);
    }
#else
    (void)client;
    (void)error;
#endif
    return WEIR_OK;
}

weir_status weir__client_open(const weir__env *env, const char *file, const weir_client_options *options,
                              weir_client **out, weir_error *error)
{
    weir_client *client = weir__new(&env->mem, sizeof *client);
    if (!client)
        return weir__fail_nomem(error);
    client->env = *env;
    if (options && options->log)
        client->env.log = (weir__log){options->log, options->log_context, WEIR_LOG_WARNING};
    atomic_init(&client->references, 1);
    pthread_mutex_init(&client->lock, NULL);
    weir_status status = arm_faults(client, error);
    if (status == WEIR_OK)
        status = set_up(client, file, options, error);
    if (status == WEIR_OK)
        *out = client;
    else if (client->topology)
        weir_close(client); /* pools keep the client until they are closed */
    else {
        weir__ids_close(client->ids, 0);
        weir__catalog_close(client->catalog, 0);
        weir__health_unref(client->health);
        weir__client_unref(client);
    }
    return status;
}

weir_status weir_open(const char *file, const weir_client_options *options, weir_client **client, weir_error *error)
{
    weir_error local;
    weir__env env;
    error = error ? error : &local;
    if (!client)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_open: client is NULL");
    *client = NULL;
    if (options && options->size != sizeof *options)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir_open: options.size is %zu: begin with WEIR_CLIENT_OPTIONS_INIT", options->size);
    weir__env_init(&env);
    return weir__client_open(&env, file, options, client, error);
}

weir_status weir_reload(weir_client *client, weir_error *error)
{
    weir_error local;
    error = error ? error : &local;
    if (!client)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_reload: client is NULL");
    weir_status status = weir__client_usable(client, error);
    if (status != WEIR_OK)
        return status;
    pthread_mutex_lock(&client->lock);
    status = client->topology ? load(client, error)
                              : weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
    pthread_mutex_unlock(&client->lock);
    return status;
}

void weir_close(weir_client *client)
{
    if (!client || weir__client_forked(client) || atomic_exchange(&client->closed, true))
        return;
    pthread_mutex_lock(&client->lock);
    weir__topology *t = client->topology;
    client->topology = NULL;
    pthread_mutex_unlock(&client->lock);
    weir__keeper_stop(client->keeper);
    weir__resolver_stop(client->resolver);
    uint32_t patience_ms = 0;
    for (size_t i = 0; i < t->shard_count; i++)
        for (size_t j = 0; j < t->shards[i].server_count; j++) {
            const weir__server *server = t->shards[i].servers[j];
            if (server->endpoint.connect_ms > patience_ms)
                patience_ms = server->endpoint.connect_ms;
            weir__pool_close(server->pool);
        }
    weir__deadline deadline = weir__deadline_in(&client->env.clock, patience_ms + CLOSE_SLACK_MS);
    for (size_t i = 0; i < t->shard_count; i++)
        for (size_t j = 0; j < t->shards[i].server_count; j++)
            if (!weir__pool_settle(t->shards[i].servers[j]->pool, deadline))
                weir__logf(&client->env.log, WEIR_LOG_WARNING,
                           "%s: still connecting at weir_close; the thread ends by itself",
                           t->shards[i].servers[j]->endpoint.text);
    if (!weir__ids_close(client->ids, deadline))
        weir__logf(&client->env.log, WEIR_LOG_WARNING,
                   "a server is still asked for ids at weir_close; the thread ends by itself");
    if (!weir__catalog_close(client->catalog, deadline))
        weir__logf(&client->env.log, WEIR_LOG_WARNING,
                   "a server is still asked for a table at weir_close; the thread ends by itself");
    if (!weir__health_stop(client->health, deadline))
        weir__logf(&client->env.log, WEIR_LOG_WARNING,
                   "a server is still being probed at weir_close; the thread ends by itself");
    weir__reaper_stop(client->reaper, deadline);
    weir__topology_unref(t);
    weir__health_unref(client->health);
    weir__client_unref(client);
}
