/* model_tables.c - the tables: every column type, every key type, every placement. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/model.h"

#define CI_TEXT "COLLATE utf8mb4_general_ci"
#define BYTEWISE "COLLATE utf8mb4_nopad_bin"

static const column users[] = {
    {"id", "BIGINT NOT NULL", K_INT, 0, -20, 60},
    {"name", "VARCHAR(40) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 40},
    {"login", "VARCHAR(40) COLLATE utf8mb4_bin NOT NULL", K_TEXT, CI, 0, 40} /* it pads: a trailing space is none */,
    {"age", "TINYINT UNSIGNED", K_INT, NULLABLE | UNSIGNED, 0, 30},
    {"balance", "DECIMAL(12,2) NOT NULL", K_DECIMAL, 0, -5000, 5000},
    {"score", "DOUBLE", K_DOUBLE, NULLABLE, 0, 0},
    {"born", "DATE", K_DATE, NULLABLE, 0, 0},
    {"seen", "DATETIME(6)", K_DATETIME, NULLABLE, 0, 6},
    {"country", "CHAR(2) " CI_TEXT " NOT NULL", K_TEXT, COUNTRY, 0, 2},
    {"state", "ENUM('new','active','gone') NOT NULL", K_ENUM, 0, 0, 0},
};
static const column orders[] = {
    {"user_id", "BIGINT NOT NULL", K_INT, 0, -20, 60},
    {"id", "INT NOT NULL", K_INT, 0, 1, 6},
    {"amount", "DECIMAL(10,2)", K_DECIMAL, NULLABLE, -900, 9000},
    {"country", "CHAR(2) " CI_TEXT " NOT NULL", K_TEXT, COUNTRY, 0, 2},
    {"status", "ENUM('new','active','gone')", K_ENUM, NULLABLE, 0, 0},
    {"placed", "DATETIME NOT NULL", K_DATETIME, 0, 0, 0},
    {"note", "TEXT " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 60},
    {"qty", "SMALLINT NOT NULL", K_INT, 0, -3, 12},
};
static const column order_lines[] = {
    {"user_id", "BIGINT NOT NULL", K_INT, 0, -20, 60},
    {"order_id", "INT NOT NULL", K_INT, 0, 1, 6},
    {"line", "SMALLINT UNSIGNED NOT NULL", K_INT, UNSIGNED, 1, 3},
    {"sku", "VARCHAR(20) COLLATE utf8mb4_unicode_ci NOT NULL", K_TEXT, CI, 0, 20},
    {"price", "DECIMAL(8,3) NOT NULL", K_DECIMAL, 0, 0, 50000},
    {"weight", "FLOAT", K_FLOAT, NULLABLE, 0, 0},
    {"due", "DATE", K_DATE, NULLABLE, 0, 0},
};
static const column emails[] = {
    {"address", "VARCHAR(60) " CI_TEXT " NOT NULL", K_TEXT, CI | WORD, 0, 60},
    {"user_id", "BIGINT", K_INT, NULLABLE, -20, 60},
    {"verified", "TINYINT(1) NOT NULL", K_INT, 0, 0, 1},
    {"at", "DATETIME(3)", K_DATETIME, NULLABLE, 0, 3},
};
static const column tokens[] = {
    {"token", "VARBINARY(20) NOT NULL", K_BYTES, 0, 0, 20},
    {"uses", "INT", K_INT, NULLABLE, 0, 9},
    {"expires", "TIMESTAMP NULL", K_DATETIME, NULLABLE, 0, 0},
};
static const column days[] = {
    {"day", "DATE NOT NULL", K_DATE, 0, 0, 0},
    {"visits", "INT UNSIGNED NOT NULL", K_INT, UNSIGNED, 0, 50},
    {"total", "DECIMAL(14,4)", K_DECIMAL, NULLABLE, -99999, 99999},
};
static const column prices[] = {
    {"amount", "DECIMAL(8,2) NOT NULL", K_DECIMAL, 0, -300, 3000},
    {"label", "VARCHAR(30) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 30},
    {"n", "MEDIUMINT NOT NULL", K_INT, 0, -5, 5},
};
static const column kinds[] = {
    {"kind", "ENUM('alpha','beta','gamma','delta') NOT NULL", K_ENUM, 0, 1, 0},
    {"id", "INT NOT NULL", K_INT, 0, 1, 25},
    {"worth", "DOUBLE NOT NULL", K_DOUBLE, 0, 0, 0},
};
static const column things[] = {
    {"id", "UUID NOT NULL", K_UUID, 0, 0, 0},
    {"n", "INT NOT NULL", K_INT, 0, 0, 9},
    {"address", "INET6", K_INET6, NULLABLE, 0, 0},
    {"payload", "JSON", K_JSON, NULLABLE, 0, 0},
};
static const column words[] = {
    {"word", "VARCHAR(30) " BYTEWISE " NOT NULL", K_TEXT, 0, 0, 30},
    {"n", "INT NOT NULL", K_INT, 0, 0, 20},
    {"meaning", "TEXT COLLATE utf8mb4_unicode_ci", K_TEXT, NULLABLE | CI, 0, 60},
};
static const column stamps[] = {
    {"at", "DATETIME NOT NULL", K_DATETIME, 0, 0, 0},
    {"n", "INT NOT NULL", K_INT, 0, 0, 9},
    {"spent", "TIME", K_TIME, NULLABLE, 0, 0},
};
static const column notes[] = {
    {"owner", "BIGINT", K_INT, NULLABLE, -20, 60},
    {"id", "BIGINT NOT NULL", K_INT, 0, 1, 40},
    {"body", "VARCHAR(80) " CI_TEXT " NOT NULL", K_TEXT, CI, 0, 60},
    {"rank", "SMALLINT", K_INT, NULLABLE, 0, 5},
};
static const column wide_keys[] = {
    {"k", "BIGINT UNSIGNED NOT NULL", K_INT, UNSIGNED | WIDE, 0, 40},
    {"v", "BIGINT", K_INT, NULLABLE | WIDE, -40, 40},
    {"w", "DECIMAL(30,10) UNSIGNED", K_DECIMAL, NULLABLE | UNSIGNED, 0, 99999},
};
static const column zoo[] = {
    {"id", "INT NOT NULL", K_INT, 0, 1, 70},
    {"i1", "TINYINT", K_INT, NULLABLE, -128, 127},
    {"u1", "TINYINT UNSIGNED", K_INT, NULLABLE | UNSIGNED, 0, 255},
    {"i2", "SMALLINT", K_INT, NULLABLE, -32768, 32767},
    {"u2", "SMALLINT UNSIGNED ZEROFILL", K_INT, NULLABLE | UNSIGNED, 0, 65535},
    {"i3", "MEDIUMINT", K_INT, NULLABLE, -8388608, 8388607},
    {"u3", "MEDIUMINT UNSIGNED", K_INT, NULLABLE | UNSIGNED, 0, 16777215},
    {"i4", "INT", K_INT, NULLABLE, -2147483647, 2147483647},
    {"u4", "INT UNSIGNED", K_INT, NULLABLE | UNSIGNED, 0, 2147483647},
    {"i8", "BIGINT", K_INT, NULLABLE | WIDE, -9, 9},
    {"u8", "BIGINT UNSIGNED", K_INT, NULLABLE | UNSIGNED | WIDE, 0, 9},
    {"dc", "DECIMAL(20,6)", K_DECIMAL, NULLABLE, -999999, 999999},
    {"du", "DECIMAL(6,0) UNSIGNED", K_DECIMAL, NULLABLE | UNSIGNED, 0, 999},
    {"f4", "FLOAT", K_FLOAT, NULLABLE, 0, 0},
    {"f8", "DOUBLE", K_DOUBLE, NULLABLE, 0, 0},
    {"fd", "DOUBLE(12,4)", K_DOUBLE, NULLABLE, 0, 0},
    {"b1", "BIT(1)", K_BIT, NULLABLE, 0, 1},
    {"b20", "BIT(20)", K_BIT, NULLABLE, 0, 20},
    {"ch", "CHAR(10) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 10},
    {"vu", "VARCHAR(30) COLLATE utf8mb4_unicode_520_ci", K_TEXT, NULLABLE | CI, 0, 30},
    {"vn", "VARCHAR(30) COLLATE utf8mb4_nopad_bin", K_TEXT, NULLABLE, 0, 30},
    {"v14", "VARCHAR(30) COLLATE utf8mb4_uca1400_as_cs", K_TEXT, NULLABLE | CI, 0, 30},
    {"vl", "VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_swedish_ci", K_TEXT, NULLABLE | CI | ASCII, 0, 30},
    {"tx", "TEXT COLLATE utf8mb4_unicode_ci", K_TEXT, NULLABLE | CI, 0, 300},
    {"mt", "MEDIUMTEXT COLLATE utf8mb4_bin", K_TEXT, NULLABLE | CI, 0, 300},
    {"bi", "BINARY(4)", K_BYTES, NULLABLE, 0, 4},
    {"vb", "VARBINARY(20)", K_BYTES, NULLABLE, 0, 20},
    {"bl", "BLOB", K_BYTES, NULLABLE, 0, 40},
    {"da", "DATE", K_DATE, NULLABLE, 0, 0},
    {"ti", "TIME", K_TIME, NULLABLE, 0, 0},
    {"t6", "TIME(6)", K_TIME, NULLABLE, 0, 6},
    {"dt", "DATETIME", K_DATETIME, NULLABLE, 0, 0},
    {"d6", "DATETIME(6)", K_DATETIME, NULLABLE, 0, 6},
    {"ts", "TIMESTAMP(2) NULL", K_DATETIME, NULLABLE, 0, 2},
    {"ye", "YEAR", K_YEAR, NULLABLE, 0, 0},
    {"en", "ENUM('new','active','gone')", K_ENUM, NULLABLE, 0, 0},
    {"se", "SET('a','b','c')", K_SET, NULLABLE, 0, 0},
    {"js", "JSON", K_JSON, NULLABLE, 0, 0},
    {"uu", "UUID", K_UUID, NULLABLE, 0, 0},
    {"ip", "INET6", K_INET6, NULLABLE, 0, 0},
};
static const column countries[] = {
    {"code", "CHAR(2) " CI_TEXT " NOT NULL", K_TEXT, COUNTRY, 0, 2},
    {"name", "VARCHAR(40) COLLATE utf8mb4_unicode_ci NOT NULL", K_TEXT, CI, 0, 40},
    {"area", "DOUBLE", K_DOUBLE, NULLABLE, 0, 0},
    {"part", "ENUM('new','active','gone')", K_ENUM, NULLABLE, 0, 0},
};
static const column rates[] = {
    {"id", "INT NOT NULL AUTO_INCREMENT", K_INT, AUTO, 1, 20},
    {"code", "CHAR(2) " CI_TEXT " NOT NULL", K_TEXT, COUNTRY, 0, 2},
    {"rate", "DECIMAL(10,6) NOT NULL", K_DECIMAL, 0, 0, 9999},
    {"since", "DATE", K_DATE, NULLABLE, 0, 0},
};
static const column audit[] = {
    {"id", "BIGINT NOT NULL AUTO_INCREMENT", K_INT, AUTO, 1, 60},
    {"what", "VARCHAR(40) " CI_TEXT " NOT NULL", K_TEXT, CI, 0, 40},
    {"user_id", "BIGINT", K_INT, NULLABLE, -20, 60},
    {"cost", "DECIMAL(10,2)", K_DECIMAL, NULLABLE, -99, 999},
    {"at", "TIMESTAMP NULL", K_DATETIME, NULLABLE, 0, 0},
};
static const column messages[] = {
    {"room", "BIGINT NOT NULL", K_INT, 0, -10, 40},
    {"id", "INT NOT NULL", K_INT, 0, 1, 6},
    {"body", "VARCHAR(60) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 40},
    {"at", "DATETIME NOT NULL", K_DATETIME, 0, 0, 0},
};
static const column tickets[] = {
    {"customer", "BIGINT NOT NULL", K_INT, 0, -20, 40},
    {"id", "INT NOT NULL", K_INT, 0, 1, 5},
    {"title", "VARCHAR(40) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 40},
    {"points", "INT NOT NULL", K_INT, 0, -4, 9},
};
static const column archive[] = {
    {"id", "BIGINT NOT NULL", K_INT, 0, -50, 150},
    {"body", "VARCHAR(40) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 40},
    {"size", "INT UNSIGNED NOT NULL", K_INT, UNSIGNED, 0, 99},
};
static const column stores[] = {
    {"country", "VARCHAR(2) " BYTEWISE " NOT NULL", K_TEXT, COUNTRY, 0, 2},
    {"id", "INT NOT NULL", K_INT, 0, 1, 12},
    {"name", "VARCHAR(40) " CI_TEXT, K_TEXT, NULLABLE | CI, 0, 40},
};
static const column clicks[] = {
    {"day", "DATE NOT NULL", K_DATE, 0, 1, 0},
    {"id", "INT NOT NULL", K_INT, 0, 1, 4},
    {"n", "INT NOT NULL", K_INT, 0, 0, 9},
};

#define COLUMNS(list) list, sizeof(list) / sizeof *(list)

const table tables[] = {
    {"users", COLUMNS(users), {0, -1}, 0, P_SLOTS, NULL, NULL, "KEY (age), KEY (name)", 0, 70},
    {"orders", COLUMNS(orders), {0, 1, -1}, 0, P_SLOTS, "users", NULL, "KEY (placed)", 0, 120},
    {"order_lines", COLUMNS(order_lines), {0, 1, 2}, 0, P_SLOTS, "users", NULL, NULL, 0, 180},
    {"emails", COLUMNS(emails), {0, -1}, 0, P_FOLDED, NULL, "fold: lower", NULL, 0, 40},
    {"tokens", COLUMNS(tokens), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 40},
    {"days", COLUMNS(days), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 50},
    {"prices", COLUMNS(prices), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 50},
    {"kinds", COLUMNS(kinds), {0, 1, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 50},
    {"things", COLUMNS(things), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 40},
    {"words", COLUMNS(words), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 40},
    {"stamps", COLUMNS(stamps), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 40},
    {"notes", COLUMNS(notes), {-1}, 0, P_SLOTS, NULL, NULL, "KEY (owner)", 0, 60},
    {"wide_keys", COLUMNS(wide_keys), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 40},
    {"zoo", COLUMNS(zoo), {0, -1}, 0, P_SLOTS, NULL, NULL, NULL, 0, 60},
    {"countries", COLUMNS(countries), {0, -1}, -1, P_EVERYWHERE, NULL, NULL, NULL, 0, 10},
    {"rates", COLUMNS(rates), {0, -1}, -1, P_EVERYWHERE, NULL, NULL, NULL, 0, 20},
    {"audit", COLUMNS(audit), {0, -1}, -1, P_SINGLE, NULL, NULL, NULL, 0, 50},
    {"messages", COLUMNS(messages), {0, 1, -1}, 0, P_SLOTS, NULL, "physical: \"messages_{00..03}\"", NULL, 4, 80},
    {"tickets", COLUMNS(tickets), {0, 1, -1}, 0, P_MOD, NULL, NULL, NULL, 0, 70},
    {"archive", COLUMNS(archive), {0, -1}, 0, P_RANGE, NULL, NULL, NULL, 0, 80},
    {"stores", COLUMNS(stores), {0, 1, -1}, 0, P_LIST, NULL, NULL, NULL, 0, 50},
    {"clicks", COLUMNS(clicks), {0, 1, -1}, 0, P_TIME, NULL, NULL, NULL, 0, 50},
};
const uint32_t table_count = sizeof tables / sizeof *tables;
