/* rows.c - tables of weir.yaml texts and the mistakes they must give. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/schema/rows.h"

#include "base/buf.h"
#include "base/str.h"

char *mistakes_of(weir_str yaml)
{
    weir__mistakes mistakes;
    weir__config *config;
    weir_error error;
    weir__buf text;
    weir__buf_init(&text, &test_env()->mem, 1 << 20);
    weir__buf_adds(&text, "");
    weir_status status = weir__config_parse(test_env(), NULL, yaml, &config, &mistakes, &error);
    EXPECT_THAT(status == (mistakes.count ? WEIR_CONFIG : WEIR_OK), "%s with %zu mistakes", weir_status_name(status),
                mistakes.count);
    EXPECT((config != NULL) == (status == WEIR_OK));
    for (size_t i = 0; i < mistakes.count; i++) {
        const weir__mistake *m = &mistakes.list[i];
        weir__buf_addf(&text, "%u:%u: %s%s%s\n", (unsigned)m->line, (unsigned)m->column, m->path, *m->path ? ": " : "",
                       m->text);
    }
    weir__config_free(test_env(), config);
    weir__mistakes_deinit(&mistakes);
    return weir__buf_detach(&text, NULL);
}

void expect_rows(const mistake_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *got = mistakes_of(weir__view(rows[i].yaml));
        EXPECT_THAT(got && strcmp(got, rows[i].want) == 0, "%s gives\n%s, not\n%s", rows[i].name,
                    got ? got : "(no memory)", rows[i].want);
        weir__free(&test_env()->mem, got);
    }
}

weir__config *config_of(const char *yaml)
{
    weir__config *config;
    weir_error error;
    EXPECT_OK(weir__config_parse(test_env(), NULL, weir__view(yaml), &config, NULL, &error), error);
    return config;
}
