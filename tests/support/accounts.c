/* accounts.c - see accounts.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/accounts.h"

#include "base/buf.h"
#include "base/str.h"
#include "schema/config.h"
#include "tests/support/cluster.h"

enum { YAML = 65536 };

static void open_one(live *l, weir_str head, const char *address)
{
    weir__buf yaml;
    weir__buf_init(&yaml, &test_env()->mem, YAML);
    weir__buf_add(&yaml, head.data, head.size);
    weir__buf_addf(&yaml, "databases:\n  one: {primary: \"%s\", schema: shop}\n", address);
    live_open_config(l, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
}

void accounts_open(accounts *a, const char *database, const char *defaults)
{
    weir__config *config = NULL;
    weir_error error;
    weir__buf yaml;
    const char *text = live_yaml(defaults);
    weir_str head = {text, (size_t)(strstr(text, "databases:") - text)};
    EXPECT_OK(weir__config_parse(test_env(), "weir.yaml", weir__view(text), &config, NULL, &error), error);
    cluster_setup();
    weir__buf_init(&yaml, &test_env()->mem, YAML);
    weir__buf_add(&yaml, head.data, head.size);
    weir__buf_addf(&yaml, "databases:\n  bank:\n%s    shards:\n", database);
    for (int i = 0; i < 2 && config; i++) {
        const char *address = config->databases[0].shards[i].primary.address.text;
        open_one(&a->shard[i], head, address);
        weir__buf_addf(&yaml, "      s%d: {primary: \"%s\", schema: shop, slots: %d-%d}\n", i, address, 512 * i,
                       512 * i + 511);
        live_run(&a->shard[i],
                 "CREATE OR REPLACE TABLE accounts (id INT NOT NULL PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB",
                 weir_no_args());
        for (int id = i; id < ACCOUNTS; id += 2)
            live_run(&a->shard[i], "INSERT INTO accounts VALUES (?, ?)", WEIR_ARGS(weir_int(id), weir_int(OPENING)));
    }
    weir__buf_adds(&yaml, "tables:\n  accounts: {shard_by: id, method: {mod: 2, s0: 0, s1: 1}}\n");
    live_open_config(&a->bank, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
    weir__config_free(test_env(), config);
}

void accounts_close(accounts *a)
{
    live_close(&a->bank);
    for (int i = 0; i < 2; i++) {
        EXPECT_TEXT(live_rows(&a->shard[i], "XA RECOVER", weir_no_args()), "");
        live_run(&a->shard[i], "DROP TABLE accounts", weir_no_args());
        live_close(&a->shard[i]);
    }
}

const char *accounts_balance(accounts *a, int id)
{
    return live_one(&a->shard[id % 2], "SELECT balance FROM accounts WHERE id = ?", WEIR_ARGS(weir_int(id)));
}

weir_session *accounts_session(accounts *a)
{
    weir_session *s = NULL;
    weir_error error;
    EXPECT_OK(weir_session_open(a->bank.client, NULL, &s, &error), error);
    return s;
}

void accounts_move(accounts *a, weir_session *s, int from, int to, int amount)
{
    static const char sql[] = "UPDATE accounts SET balance = balance + ? WHERE id = ?";
    weir_error *error = &a->bank.error;
    EXPECT_OK(weir_begin(s, NULL, error), *error);
    EXPECT_OK(weir_execute(s, sql, WEIR_ARGS(weir_int(-amount), weir_int(from)), NULL, error), *error);
    EXPECT_OK(weir_execute(s, sql, WEIR_ARGS(weir_int(amount), weir_int(to)), NULL, error), *error);
}
