/* fault.c - the named fault points of test builds. SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#ifdef WEIR_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {
#define X(name) #name,
    WEIR__FAULT_MAP(X)
#undef X
};

static const char *const actions[] = {"off", "fail", "kill", "stop", "hold"};

void weir__faults_init(weir__faults *faults)
{
    for (int i = 0; i < WEIR__FAULT_COUNT; i++) {
        atomic_init(&faults->action[i], WEIR__FAULT_OFF);
        atomic_init(&faults->fire_at[i], 0);
        atomic_init(&faults->passed[i], 0);
    }
}

static int find(const char *const *list, int count, const char *text, size_t size)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == size && memcmp(list[i], text, size) == 0)
            return i;
    return -1;
}

bool weir__faults_parse(weir__faults *faults, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "=");
        int point = find(names, WEIR__FAULT_COUNT, text, size);
        if (point < 0 || text[size] != '=')
            return false;
        text += size + 1;
        size = strcspn(text, "@,");
        int action = find(actions, sizeof actions / sizeof *actions, text, size);
        if (action < 0)
            return false;
        text += size;
        int64_t pass = 0;
        if (*text == '@') {
            char *end;
            pass = strtoll(text + 1, &end, 10);
            if (end == text + 1 || pass < 1)
                return false;
            text = end;
        }
        if (*text == ',')
            text++;
        else if (*text)
            return false;
        weir__fault_arm(faults, (weir__fault_point)point, (weir__fault_action)action, pass);
    }
    return true;
}

void weir__fault_arm(weir__faults *faults, weir__fault_point point, weir__fault_action action, int64_t at_pass)
{
    atomic_store(&faults->action[point], WEIR__FAULT_OFF);
    atomic_store(&faults->passed[point], 0);
    atomic_store(&faults->fire_at[point], at_pass);
    atomic_store(&faults->action[point], action);
}

static void hold(const weir__faults *faults, weir__fault_point point)
{
    const struct timespec moment = {0, 1000000};
    while (atomic_load(&faults->action[point]) == WEIR__FAULT_HOLD)
        nanosleep(&moment, NULL);
}

bool weir__fault_fires(weir__faults *faults, weir__fault_point point)
{
    if (!faults)
        return false;
    int64_t pass = atomic_fetch_add(&faults->passed[point], 1) + 1;
    int64_t at = atomic_load(&faults->fire_at[point]);
    if (at && at != pass)
        return false;
    switch (atomic_load(&faults->action[point])) {
    case WEIR__FAULT_FAIL:
        return true;
    case WEIR__FAULT_KILL:
        raise(SIGKILL);
        return true;
    case WEIR__FAULT_STOP:
        raise(SIGSTOP);
        return false;
    case WEIR__FAULT_HOLD:
        hold(faults, point);
        return false;
    default:
        return false;
    }
}
#else
typedef int weir__fault_not_built; /* ISO C wants something in a file */
#endif
