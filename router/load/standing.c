/* standing.c - what a load is, and how far its lanes have come. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <xxhash.h>

#include "base/str.h"
#include "router/load/impl.h"

enum { PARALLEL = 4, SESSION_MS = 120000 };

/* ---- identity ---- */

weir_status weir__load_describe(weir__load *load, weir_error *error)
{
    static const char *const formats[] = {"", "csv", "tsv", "jsonl"};
    char map[17];
    weir__buf text;
    XXH128_canonical_t canonical;
    uint8_t all[16 + sizeof load->table_name] = {0};
    snprintf(load->table_name, sizeof load->table_name, "%s.%s", load->target.database->config->name,
             load->target.name);
    weir__load_target_map(&load->target, map);
    weir__buf_init(&text, &load->env->mem, 1024 * 1024);
    weir__buf_addf(&text, "format %s, ", formats[load->reader.format]);
    if (load->reader.format != WEIR_LOAD_JSONL)
        weir__buf_addf(&text, "NULL '%.*s', ", WEIR__STR(load->reader.null_text));
    weir__buf_addf(&text, "map %s, %scolumns ", map, load->options->header ? "header, " : "");
    for (uint32_t i = 0; i < load->target.file_columns; i++)
        weir__buf_addf(&text, "%s%s", i ? "," : "", load->target.names[i]);
    load->option_text = weir__buf_detach(&text, NULL);
    if (!load->option_text)
        return weir__fail_nomem(error);
    memcpy(all, load->content, 16);
    memcpy(all + 16, load->table_name, sizeof load->table_name);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(all, sizeof all));
    memcpy(load->about.id, canonical.digest, 16);
    if (!load->keeps)
        weir__env_random(load->env, load->about.id, sizeof load->about.id);
    weir__env_random(load->env, load->about.owner, sizeof load->about.owner);
    load->about.table = load->table_name;
    load->about.file = load->path;
    load->about.options = load->option_text;
    return WEIR_OK;
}

/* ---- lanes ---- */

/* How many, by what stands on the shards; else as asked for. */
weir_status weir__load_find_lanes(weir__load *load, weir_error *error)
{
    weir__load_target *t = &load->target;
    uint32_t shards = t->spread ? (uint32_t)t->database->shard_count : 1, known = 0;
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < shards && status == WEIR_OK; i++) {
        weir__load_link link = {.env = load->env, .shard = weir__load_target_shard(t, i)};
        uint32_t lanes = 0;
        status = weir__load_call(&link, error);
        if (status == WEIR_OK)
            status = weir__load_prepare(&link, error);
        if (status == WEIR_OK && load->options->restart)
            status = weir__load_forget(&link, &load->about, error);
        if (status == WEIR_OK && load->keeps)
            status = weir__load_survey(&link, &load->about, &lanes, error);
        weir__load_hang_up(&link);
        if (status == WEIR_OK && lanes && ((known && known != lanes) || lanes % shards != 0))
            return weir__fail(
                error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                "weir_load of shard %s does not fit the other shards' for this file: forget it (--restart)",
                weir__load_target_shard(t, i)->config->name);
        known = lanes ? lanes : known;
    }
    uint32_t parallel = load->options->parallel ? load->options->parallel : PARALLEL;
    if (shards == 0)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "the database has no shard");
    t->per_shard = known ? known / shards : t->everywhere ? 1 : (parallel + shards - 1) / shards;
    if (t->per_shard * shards > WEIR__LOAD_MAX_LANES)
        t->per_shard = shards > WEIR__LOAD_MAX_LANES ? 1 : WEIR__LOAD_MAX_LANES / shards;
    load->about.lanes = load->lane_count = weir__load_target_lanes(t);
    return status;
}

static weir_status open_session(weir__load_lane *lane, weir_error *error)
{
    weir_session_options options = WEIR_SESSION_OPTIONS_INIT;
    weir__load *load = lane->load;
    char sql[1200];
    options.database = load->target.database->config->name;
    options.timeout_ms = SESSION_MS;
    weir_status status = weir_session_open(load->target.client, &options, &lane->session, error);
    if (status != WEIR_OK)
        return status;
    snprintf(sql, sizeof sql, "SET sql_mode = '%s'", lane->link.conn->sql_mode);
    return weir_execute(lane->session, sql, weir_no_args(), NULL, error);
}

static weir_status take_lane(weir__load *load, weir__load_lane *lane, weir_error *error)
{
    lane->load = load;
    lane->number = (uint32_t)(lane - load->lanes);
    lane->link = (weir__load_link){.env = load->env, .shard = weir__load_target_shard(&load->target, lane->number)};
    weir_status status = weir__load_call(&lane->link, error);
    if (status == WEIR_OK && lane->number % load->target.per_shard == 0) {
        status = weir__load_begin(&lane->link, &load->about, lane->number, load->target.per_shard, error);
        (void)weir__fault(load->env, load_begun);
    }
    if (status == WEIR_OK)
        status = weir__load_take(&lane->link, &load->about, lane->number, &lane->standing, error);
    if (status == WEIR_OK && lane->standing.lanes != load->lane_count)
        status = weir__load_taken_over(error); /* it began at the same moment */
    if (status == WEIR_OK && load->target.everywhere)
        status = open_session(lane, error);
    (void)weir__fault(load->env, load_taken);
    return status;
}

weir_status weir__load_take_lanes(weir__load *load, weir_error *error)
{
    weir_status status = WEIR_OK;
    load->lanes = weir__array(&load->env->mem, load->lane_count, sizeof *load->lanes);
    if (!load->lanes)
        return weir__fail_nomem(error);
    load->all_ended = true;
    for (uint32_t i = 0; i < load->lane_count && status == WEIR_OK; i++) {
        status = take_lane(load, &load->lanes[i], error);
        load->all_ended = load->all_ended && load->lanes[i].standing.ended;
        atomic_fetch_add(&load->rejects_in_all, load->lanes[i].standing.rejected);
    }
    return status;
}
