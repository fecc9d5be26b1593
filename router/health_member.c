/* health_member.c - one probe of one server, and what the log is told of it. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "router/health_impl.h"

enum { NO_TABLE_PAUSE_MS = 5000 /* before a heartbeat table that was missing is asked for again */ };

static weir_status call(weir__health *h, weir__probed *p, weir_error *error)
{
    weir__conn *conn = NULL;
    weir__deadline deadline = weir__deadline_in(&h->env->clock, weir__monitor_impl_of(p->monitor)->connect_ms);
    weir_status status = h->driver->open(h->env, &p->server.endpoint, deadline, &conn, error);
    if (status != WEIR_OK)
        return status;
    conn->deadline = deadline;
    status = weir__probe_settle(conn, error);
    pthread_mutex_lock(&h->lock);
    p->conn = conn;
    if (h->closing)
        eventfd_write(conn->wake_fd, 1);
    pthread_mutex_unlock(&h->lock);
    return status;
}

static void hang_up(weir__health *h, weir__probed *p)
{
    pthread_mutex_lock(&h->lock);
    weir__conn *conn = p->conn;
    p->conn = NULL;
    pthread_mutex_unlock(&h->lock);
    if (conn)
        conn->driver->close(conn);
}

static weir_status ask_once(weir__health *h, weir__probed *p, bool whole, weir__probe *answer, weir__heart_state *heart,
                            weir_error *error)
{
    const weir__monitor_impl *m = weir__monitor_impl_of(p->monitor);
    weir_status status = p->conn ? WEIR_OK : call(h, p, error);
    *answer = (weir__probe){.sent_ns = weir__now(&h->env->clock)};
    if (status == WEIR_OK) {
        bool with_heart = answer->sent_ns >= p->no_table_until_ns;
        p->conn->deadline = weir__deadline_in(&h->env->clock, m->connect_ms);
        status = weir__probe_server(p->conn, &m->heart, with_heart, whole, answer, heart, error);
        if (status == WEIR_OK && with_heart && *heart == WEIR__HEART_MISSING)
            p->no_table_until_ns = weir__deadline_in(&h->env->clock, NO_TABLE_PAUSE_MS);
    }
    answer->done_ns = weir__now(&h->env->clock);
    if (status != WEIR_OK)
        hang_up(h, p);
    return status;
}

/* A connection that lay idle may be dead while the server is well: one more try over a new one. */
static weir_status ask(weir__health *h, weir__probed *p, bool whole, weir__probe *answer, weir__heart_state *heart,
                       weir_error *error)
{
    bool used = p->conn != NULL;
    weir_status status = ask_once(h, p, whole, answer, heart, error);
    if (status == WEIR_UNREACHABLE && used)
        status = ask_once(h, p, whole, answer, heart, error);
    return status;
}

/* ---- what the log is told ---- */

typedef struct news {
    char text[3][WEIR__WHY_TEXT + 160];
    weir_log_level level[3];
    uint32_t count;
} news;

static void tell(news *n, weir_log_level level, const char *format, ...) WEIR__PRINTF(3, 4);
static void tell(news *n, weir_log_level level, const char *format, ...)
{
    va_list args;
    if (n->count == 3)
        return;
    va_start(args, format);
    vsnprintf(n->text[n->count], sizeof n->text[0], format, args);
    va_end(args);
    n->level[n->count++] = level;
}

/* Why no replica takes reads, if it is for want of a heartbeat: told once, not each time. */
static void tell_no_heart(weir__monitor *m, news *n)
{
    const weir__monitor_impl *impl = weir__monitor_impl_of(m);
    const char *why = "";
    char text[WEIR__WHY_TEXT];
    if (weir__group_primary_answers(&m->group)) {
        const weir__probed *primary = &m->probed[m->group.primary];
        if (primary->heart == WEIR__HEART_MISSING) {
            snprintf(text, sizeof text,
                     "the heartbeat table `%.64s`.`%.64s` is not there, or its user may not read it: run weir setup",
                     impl->heart.schema, impl->heart.table);
            why = text;
        }
    } else {
        return;
    }
    if (*why && strcmp(why, m->told) != 0)
        tell(n, WEIR_LOG_WARNING, "shard %s: no replica takes reads, since nobody knows how far they are behind: %s",
             m->shard, why);
    snprintf(m->told, sizeof m->told, "%s", why);
}

static void compare(weir__monitor *m, const weir__probed *p, weir__standing standing, uint32_t primary, bool split,
                    news *n, const weir_error *error)
{
    const weir__group *g = &m->group;
    const weir__member *now = &g->members[p->index];
    if (now->standing == WEIR__OUT && standing != WEIR__OUT)
        tell(n, WEIR_LOG_WARNING, "%s: out of service: %s", p->server.endpoint.text,
             now->heard ? "its replication does not run" : error->text);
    if (now->standing == WEIR__IN && standing == WEIR__OUT)
        tell(n, WEIR_LOG_INFO, "%s: back in service", p->server.endpoint.text);
    if (g->primary != primary && g->primary != WEIR__NO_MEMBER)
        tell(n, WEIR_LOG_INFO, "shard %s: the primary is %s, term %" PRIu64, m->shard,
             m->probed[g->primary].server.endpoint.text, g->term);
    else if (g->ready && g->primary == WEIR__NO_MEMBER && (primary != WEIR__NO_MEMBER || split != g->split))
        tell(n, WEIR_LOG_WARNING, "shard %s: writes go nowhere: %s", m->shard, g->why);
    tell_no_heart(m, n);
}

/* Gives whether this process should beat: it has just heard the primary, and nobody else holds the row. */
static bool take(const weir__health *h, weir__probed *p, const weir__probe *answer, weir__heart_state heart,
                 const weir_error *error)
{
    weir__monitor *m = p->monitor;
    news n = {.count = 0};
    pthread_mutex_lock(&m->lock);
    weir__standing standing = m->group.members[p->index].standing;
    uint32_t primary = m->group.primary;
    bool split = m->group.split;
    if (answer->answered)
        p->heart = heart;
    weir__group_feed(&m->group, p->index, answer);
    compare(m, p, standing, primary, split, &n, error);
    bool beat = answer->answered && m->group.primary == p->index && p->heart == WEIR__HEART_MINE;
    p->unsure = m->group.members[p->index].standing == WEIR__UNKNOWN_YET;
    pthread_cond_broadcast(&m->news);
    pthread_mutex_unlock(&m->lock);
    for (uint32_t i = 0; i < n.count; i++)
        weir__logf(&h->env->log, n.level[i], "%s", n.text[i]);
    return beat;
}

static void beat(weir__health *h, weir__probed *p)
{
    weir_error error;
    const weir__monitor_impl *m = weir__monitor_impl_of(p->monitor);
    p->conn->deadline = weir__deadline_in(&h->env->clock, m->connect_ms);
    if (weir__probe_beat(p->conn, &m->heart, &error) == WEIR_OK)
        return;
    weir__logf(&h->env->log, WEIR_LOG_DEBUG, "%s: no heartbeat: %s", p->server.endpoint.text, error.text);
    if (p->conn->broken)
        hang_up(h, p);
}

void weir__probed_probe(weir__health *h, weir__probed *p, bool regular)
{
    weir__probe answer;
    weir__heart_state heart = WEIR__HEART_MISSING;
    weir_error error = {.status = WEIR_OK};
    weir_status status = ask(h, p, regular || p->unsure, &answer, &heart, &error);
    if (status == WEIR_CANCELLED)
        return; /* closing */
    answer.hurried = !regular;
    if (take(h, p, &answer, heart, &error) && regular && p->conn && !h->listens)
        beat(h, p);
    p->silent = status != WEIR_OK;
}
