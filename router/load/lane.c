/* lane.c - batches, and the threads that send them. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "router/load/impl.h"

enum { PULSE_MS = 100, MOST_TEXT = 64 * 1024 * 1024 };

/* ---- the lane's thread ---- */

static void fail(weir__load *load, const weir_error *error)
{
    pthread_mutex_lock(&load->lock);
    if (!load->failed)
        load->error = *error;
    load->failed = true;
    pthread_cond_broadcast(&load->moved);
    pthread_mutex_unlock(&load->lock);
}

/* NULL: there is nothing to do any more. */
static weir__load_batch *next(weir__load_lane *lane)
{
    weir__load *load = lane->load;
    weir__load_batch *batch = NULL;
    pthread_mutex_lock(&load->lock);
    while (!load->failed && lane->ready_count == 0 && !load->closing)
        pthread_cond_wait(&load->moved, &load->lock);
    if (!load->failed && lane->ready_count) {
        batch = lane->ready[0];
        lane->ready_count--;
        memmove(lane->ready, lane->ready + 1, lane->ready_count * sizeof *lane->ready);
    }
    pthread_mutex_unlock(&load->lock);
    return batch;
}

static void give_back(weir__load_lane *lane, weir__load_batch *batch)
{
    weir__load *load = lane->load;
    weir__buf_reset(&batch->text);
    weir__buf_reset(&batch->raw);
    batch->count = 0;
    batch->ends = false;
    pthread_mutex_lock(&load->lock);
    lane->free[lane->free_count++] = batch;
    if (lane->warning[0] && !load->warning[0])
        memcpy(load->warning, lane->warning, sizeof load->warning);
    pthread_cond_broadcast(&load->moved);
    pthread_mutex_unlock(&load->lock);
}

static void *work(void *context)
{
    weir__load_lane *lane = context;
    weir__load_batch *batch;
    while ((batch = next(lane)) != NULL) {
        weir_error error;
        weir_status status = weir__load_send(lane, batch, &error);
        give_back(lane, batch);
        if (status != WEIR_OK) {
            fail(lane->load, &error);
            break;
        }
    }
    return NULL;
}

weir_status weir__load_lanes_start(weir__load *load, weir_error *error)
{
    const weir__mem *mem = &load->env->mem;
    for (uint32_t i = 0; i < load->lane_count; i++) {
        weir__load_lane *lane = &load->lanes[i];
        weir__buf_init(&lane->sql, mem, MOST_TEXT);
        weir__buf_init(&lane->reasons, mem, MOST_TEXT);
        lane->order = weir__array(mem, load->batch_rows, sizeof *lane->order);
        if (!lane->order)
            return weir__fail_nomem(error);
        for (uint32_t b = 0; b < WEIR__LOAD_BATCHES; b++) {
            weir__load_batch *batch = &lane->batches[b];
            weir__buf_init(&batch->text, mem, MOST_TEXT);
            weir__buf_init(&batch->raw, mem, MOST_TEXT);
            batch->rows = weir__array(mem, load->batch_rows, sizeof *batch->rows);
            if (!batch->rows)
                return weir__fail_nomem(error);
            lane->free[lane->free_count++] = batch;
        }
        lane->started = weir__thread_create(&lane->thread, NULL, work, lane) == 0;
        if (!lane->started)
            return weir__fail(error, WEIR_NOMEM, WEIR_RETRY_CALL, "no thread can be made for a connection of the load");
    }
    return WEIR_OK;
}

void weir__load_lanes_join(weir__load *load)
{
    pthread_mutex_lock(&load->lock);
    load->closing = true;
    pthread_cond_broadcast(&load->moved);
    pthread_mutex_unlock(&load->lock);
    for (uint32_t i = 0; i < load->lane_count; i++) {
        weir__load_lane *lane = &load->lanes[i];
        if (lane->started)
            pthread_join(lane->thread, NULL);
        lane->started = false;
    }
}

/* ---- the reader's side ---- */

weir__load_batch *weir__load_lane_filling(weir__load *load, weir__load_lane *lane)
{
    bool go_on = true;
    if (lane->filling)
        return lane->filling;
    pthread_mutex_lock(&load->lock);
    while (!load->failed && lane->free_count == 0 && go_on) {
        weir__cond_wait_until(&load->moved, &load->lock, weir__deadline_in(&load->env->clock, PULSE_MS));
        pthread_mutex_unlock(&load->lock);
        go_on = weir__load_pulse(load, false);
        pthread_mutex_lock(&load->lock);
    }
    if (!load->failed && go_on)
        lane->filling = lane->free[--lane->free_count];
    pthread_mutex_unlock(&load->lock);
    return lane->filling;
}

void weir__load_lane_submit(weir__load *load, weir__load_lane *lane)
{
    pthread_mutex_lock(&load->lock);
    lane->ready[lane->ready_count++] = lane->filling;
    lane->filling = NULL;
    pthread_cond_broadcast(&load->moved);
    pthread_mutex_unlock(&load->lock);
}

weir_status weir__load_batch_add(weir__load *load, weir__load_batch *batch, const weir__load_record *record,
                                 const weir__load_place *place, weir_error *error)
{
    weir__load_row *row = &batch->rows[batch->count];
    *row = (weir__load_row){.number = record->number,
                            .line = record->line,
                            .table = place ? place->table : 0,
                            .wrong = !place,
                            .text = batch->text.size,
                            .raw = batch->raw.size};
    if (place)
        weir__load_target_row(&load->target, record, &batch->text);
    row->text_end = batch->text.size;
    weir__buf_add(&batch->raw, record->raw.data, record->raw.size);
    row->raw_end = batch->raw.size;
    if (!place)
        weir__buf_adds(&batch->raw, record->wrong);
    row->why_end = batch->raw.size;
    if (batch->text.failed || batch->raw.failed)
        return weir__fail_nomem(error);
    batch->count++;
    batch->last = record->number;
    return WEIR_OK;
}
