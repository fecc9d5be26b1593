/* cmd_where.c - `weir where`: the place of a key, and the SQL that proves it. SPDX-License-Identifier: Apache-2.0
 * Asks no server: the place follows from weir.yaml and the key's text alone. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "router/route/place.h"
#include "tools/command.h"

enum { MOST_NAME = 256, MOST_SQL = 65536, MOST_KEY = 16384 };

static const char usage[] =
    "usage: weir where [--config FILE] TABLE KEY\n"
    "       weir where [--config FILE] --null TABLE\n"
    "\n"
    "Says where the rows of a table with this shard key are: slot (or remainder, range, period), shard,\n"
    "schema and table, and the SQL that shows it on the server. KEY is written as the server prints it:\n"
    "7, -7, abc, 2026-01-31. Asks no server.\n"
    "\n"
    "  --config FILE   instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --null          of the rows whose key is NULL\n"
    "\n"
    "Exit: 0 told, 1 no such table or no place for the key, 2 called wrongly\n";

static int fail(const char *before, const char *name, const char *behind)
{
    fprintf(stderr, "weir where: %s%s%s\n", before, name, behind);
    return EXIT_FAILED;
}

static const weir__table_config *find_rule(const weir__config *config, const char *text)
{
    char database[MOST_NAME];
    const char *dot = strchr(text, '.');
    if (!dot)
        return weir__config_table(config, NULL, text);
    snprintf(database, sizeof database, "%.*s", (int)(dot - text), text);
    return weir__config_table(config, database, dot + 1);
}

/* As texts of numbers and dates are keys in literals, so is the one on the command line. */
static bool read_key(const weir__table_config *rule, const char *text, weir__arena *arena, weir__key *key)
{
    weir__key_form integer = {.kind = WEIR__FORM_INTEGER, .bytes = 8, .is_unsigned = text[0] != '-'};
    weir__key_form date = {.kind = WEIR__FORM_DATE}, datetime = {.kind = WEIR__FORM_DATETIME};
    weir__key_form folded = {.kind = WEIR__FORM_VARCHAR, .length = UINT32_MAX, .fold = rule->fold_lower, .exact = true};
    weir__given given = {.kind = WEIR__GIVEN_STRING, .text = weir__view(text)};
    const weir__method *method = &rule->method;
    bool numbers = method->kind == WEIR__METHOD_MOD ||
                   (method->kind == WEIR__METHOD_RANGE && method->bound_count > 1 && method->bounds[0].is_number);
    if (numbers)
        return weir__key_of_row(&integer, &given, arena, key) == NULL;
    if (method->kind == WEIR__METHOD_TIME) {
        const char *point = strchr(text, '.');
        datetime.scale = point ? (uint8_t)strlen(point + 1) : 0;
        return weir__key_of_row(strlen(text) == 10 ? &date : &datetime, &given, arena, key) == NULL;
    }
    return weir__key_of_row(&folded, &given, arena, key) == NULL;
}

static void add_value(weir__buf *sql, const char *text)
{
    weir__buf_addc(sql, '\'');
    for (; text && *text; text++) {
        if (*text == '\'' || *text == '\\')
            weir__buf_addc(sql, *text);
        weir__buf_addc(sql, *text);
    }
    weir__buf_addc(sql, '\'');
}

static void add_proof(weir__buf *sql, const weir__table_config *rule)
{
    const weir__method *m = &rule->method;
    const char *k = rule->shard_by;
    switch (m->kind) {
    case WEIR__METHOD_SLOTS:
        weir__buf_addf(sql,
                       rule->fold_lower ? "COALESCE(CRC32(LOWER(TRIM(TRAILING ' ' FROM `%s`))) %% %u, 0)"
                                        : "COALESCE(CRC32(`%s`) %% %u, 0)",
                       k, (unsigned)m->modulus);
        break;
    case WEIR__METHOD_MOD:
        weir__buf_addf(sql, "COALESCE(((`%s` %% %u) + %u) %% %u, 0)", k, (unsigned)m->modulus, (unsigned)m->modulus,
                       (unsigned)m->modulus);
        break;
    case WEIR__METHOD_RANGE:
    case WEIR__METHOD_LIST:
        weir__buf_addf(sql, "`%s`", k);
        break;
    case WEIR__METHOD_TIME:
        weir__buf_addf(sql, "DATE_FORMAT(`%s`, '%s')", k,
                       m->time.unit == WEIR__TIME_YEAR    ? "%Y"
                       : m->time.unit == WEIR__TIME_MONTH ? "%Y-%m"
                                                          : "%Y-%m-%d");
        break;
    }
}

static const char *unit_word(const weir__method *method)
{
    static const char *const words[] = {
        [WEIR__METHOD_SLOTS] = "slot",  [WEIR__METHOD_MOD] = "remainder", [WEIR__METHOD_RANGE] = "range",
        [WEIR__METHOD_LIST] = "listed", [WEIR__METHOD_TIME] = "period",
    };
    return words[method->kind];
}

static void tell(const weir__table_config *rule, const char *key, int64_t unit, weir__buf *sql)
{
    const weir__shard_config *shard = weir__placer_of(&rule->method)->shard(&rule->method, unit);
    weir__buf_addf(sql, "SELECT ");
    add_proof(sql, rule);
    weir__buf_addf(sql, " AS `%s`, COUNT(*) FROM `%s`.`", unit_word(&rule->method), shard->schema);
    size_t from = sql->size;
    weir__place_table_name(rule, weir__place_table(rule, unit), sql);
    printf("shard    %s\nprimary  %s\nschema   %s\ntable    %.*s\n", shard->name, shard->primary.address.text,
           shard->schema, (int)(sql->size - from), weir__buf_text(sql) + from);
    weir__buf_addf(sql, "` WHERE `%s` ", rule->shard_by);
    weir__buf_adds(sql, key ? "= " : "IS NULL");
    if (key)
        add_value(sql, key);
    if (rule->method.kind != WEIR__METHOD_LIST)
        printf("%-8s %" PRId64 "\n", unit_word(&rule->method), unit);
    printf("proof    %s GROUP BY 1;\n", weir__buf_text(sql));
}

static int where(const weir__env *env, const weir__config *config, const char *table, const char *text)
{
    const weir__table_config *rule = find_rule(config, table);
    weir__key key = {.text = {NULL, 0}};
    weir__arena arena;
    weir__buf sql;
    int64_t unit;
    if (!rule)
        return fail("weir.yaml has no rule for a table ", table, "");
    if (rule->kind == WEIR__TABLE_SINGLE) {
        printf("shard    %s\nprimary  %s\nschema   %s\ntable    %s\n", rule->single->name,
               rule->single->primary.address.text, rule->single->schema, rule->name);
        return EXIT_DONE;
    }
    if (rule->kind != WEIR__TABLE_SHARDED && rule->kind != WEIR__TABLE_COLOCATED)
        return fail("", table, " is not sharded by a key");
    weir__arena_init(&arena, &env->mem, MOST_KEY);
    weir__buf_init(&sql, &env->mem, MOST_SQL);
    int code = EXIT_DONE;
    if (text && !read_key(rule, text, &arena, &key))
        code = fail("'", text, "' is no key of this table as the server prints it");
    else if (!weir__placer_of(&rule->method)->unit(&rule->method, &key, &unit))
        code = fail("no shard takes the key ", text ? text : "NULL", "");
    else
        tell(rule, text, unit, &sql);
    weir__buf_deinit(&sql);
    weir__arena_deinit(&arena);
    return code;
}

int weir_cmd_where(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"null", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *file = NULL;
    bool null = false;
    weir__env env;
    weir__config *config;
    weir_error error;
    opterr = 0;
    /* + : a key may begin with a dash */
    for (int option; (option = getopt_long(argc, argv, "+:c:nh", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'n':
            null = true;
            break;
        case 'h':
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        default:
            return usage_error("where", "%s is not known, or needs a value", argv[optind - 1]);
        }
    if (argc - optind != (null ? 1 : 2))
        return usage_error("where", null ? "it needs a table" : "it needs a table and a key");
    weir__env_init(&env);
    if (weir__config_read(&env, file, &config, NULL, &error) != WEIR_OK) {
        fprintf(stderr, "weir where: %s\nweir check names every mistake\n", error.text);
        return EXIT_FAILED;
    }
    int code = where(&env, config, argv[optind], null ? NULL : argv[optind + 1]);
    weir__config_free(&env, config);
    return fflush(stdout) == 0 ? code : EXIT_FAILED;
}
