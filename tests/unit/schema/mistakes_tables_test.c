/* mistakes_tables_test.c - what is wrong with slots, tables and methods, word for word. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/schema/rows.h"

TEST(mistakes, of_slots)
{
    static const mistake_row rows[] = {
        {"gap between",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 0-400}\n      s1: {primary: \"h:2\", "
         "slots: 500-1023}\n",
         "5:35: databases.d.shards.s1.slots: slots 401-499 belong to no shard\n"},
        {"gap of one",
         "databases: {d: {shards: {a: {primary: \"h:1\", slots: 0-400}, b: {primary: \"h:2\", slots: 402-1023}}}}\n",
         "1:88: databases.d.shards.b.slots: slot 401 belongs to no shard\n"},
        {"gap at the start",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 1-400}\n      s1: {primary: \"h:2\", "
         "slots: 401-1023}\n",
         "4:35: databases.d.shards.s0.slots: slot 0 belongs to no shard\n"},
        {"gap at the end",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 0-400}\n      s1: {primary: \"h:2\", "
         "slots: 401-1000}\n",
         "5:35: databases.d.shards.s1.slots: slots 1001-1023 belong to no shard\n"},
        {"overlap",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 0-512}\n      s1: {primary: \"h:2\", "
         "slots: 512-1023}\n",
         "5:35: databases.d.shards.s1.slots: slot 512 is that of s0 already, on line 4\n"},
        {"one inside another",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 0-1023}\n      s1: {primary: \"h:2\", "
         "slots: 5-6}\n",
         "5:35: databases.d.shards.s1.slots: slots 5-6 are those of s0 already, on line 4\n"},
        {"out of range",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 0-511}\n      s1: {primary: \"h:2\", "
         "slots: 512-1024}\n",
         "5:35: databases.d.shards.s1.slots: the last slot is 1023: there are 1024\n"},
        {"backwards",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: 511-0}\n      s1: {primary: \"h:2\", "
         "slots: 512-1023}\n",
         "4:35: databases.d.shards.s0.slots: begins after its end\n"},
        {"no range",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: a-b}\n      s1: {primary: \"h:2\", slots: "
         "512-1023}\n",
         "4:35: databases.d.shards.s0.slots: must be slots such as 0-511 or 7, or a list of them\n"},
        {"list",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: [0-99, 200-299]}\n      s1: {primary: "
         "\"h:2\", slots: [100-199, 400-1023]}\n",
         "5:45: databases.d.shards.s1.slots[1]: slots 300-399 belong to no shard\n"},
        {"empty list",
         "databases:\n  d:\n    shards:\n      s0: {primary: \"h:1\", slots: []}\n      s1: {primary: \"h:2\", slots: "
         "0-1023}\n",
         "4:35: databases.d.shards.s0.slots: must be slots such as 0-511 or 7, or a list of them\n"},
        {"too many slots", "databases: {d: {primary: \"h:1\", slots: 65537}}\n",
         "1:40: databases.d.slots: must be a whole number from 1 to 65536\n"},
        {"no slots", "databases: {d: {primary: \"h:1\", slots: 0}}\n",
         "1:40: databases.d.slots: must be a whole number from 1 to 65536\n"},
        {"one shard with a gap", "databases: {d: {shards: {a: {primary: \"h:1\", slots: 0-5}}}}\n",
         "1:53: databases.d.shards.a.slots: slots 6-1023 belong to no shard\n"},
    };
    expect_rows(rows, sizeof rows / sizeof rows[0]);
}

TEST(mistakes, of_tables)
{
    static const mistake_row rows[] = {
        {"unknown key", TWO "tables: {t: {shardby: k}}\n",
         "2:14: tables.t.shardby: unknown key; did you mean shard_by?\n"},
        {"on", TWO "tables: {t: {on: a}}\n",
         "2:14: tables.t.on: unknown key, and YAML 1.1 reads it as true; write single: for one shard\n"},
        {"no place", TWO "tables: {t: {}}\n",
         "2:10: tables.t: has no place: d has several shards; write shard_by, everywhere or single\n"},
        {"dangling shard", TWO "tables: {t: {single: c}}\n", "2:22: tables.t.single: there is no shard c\n"},
        {"dangling database", TWO "tables: {t: {database: e, shard_by: k}}\n",
         "2:24: tables.t.database: there is no database e\n"},
        {"database missing", "databases: {d: {primary: \"h:1\"}, e: {primary: \"h:2\"}}\ntables: {t: {}}\n",
         "2:10: tables.t.database: is missing: there are several databases\n"},
        {"dangling prefix", TWO "tables: {e.t: {shard_by: k}}\n", "2:10: tables.e.t: there is no database e\n"},
        {"prefix against database",
         "databases: {d: {primary: \"h:1\"}, e: {primary: \"h:2\"}}\ntables: {d.t: {database: e}}\n",
         "2:26: tables.d.t.database: contradicts the table's name, which says d\n"},
        {"everywhere and shard_by", TWO "tables: {t: {everywhere: true, shard_by: k}}\n",
         "2:14: tables.t.everywhere: contradicts shard_by: a table is placed in one way\n"},
        {"single and shard_by", TWO "tables: {t: {single: a, shard_by: k}}\n",
         "2:14: tables.t.single: contradicts shard_by: a table is placed in one way\n"},
        {"single and everywhere", TWO "tables: {t: {single: a, everywhere: true}}\n",
         "2:14: tables.t.single: contradicts everywhere: a table is placed in one way\n"},
        {"not everywhere", TWO "tables: {t: {everywhere: false}}\n",
         "2:10: tables.t: has no place: d has several shards; write shard_by, everywhere or single\n"},
        {"with without shard_by", TWO "tables: {u: {shard_by: k}, t: {everywhere: true, with: u}}\n",
         "2:50: tables.t.with: applies only to a table with shard_by\n"},
        {"with nothing", TWO "tables: {users: {shard_by: k}, t: {shard_by: k, with: user}}\n",
         "2:55: tables.t.with: there is no table user; did you mean users?\n"},
        {"with itself", TWO "tables: {t: {shard_by: k, with: t}}\n", "2:33: tables.t.with: is the table itself\n"},
        {"with a single table", TWO "tables: {u: {single: a}, t: {shard_by: k, with: u}}\n",
         "2:49: tables.t.with: u is not sharded\n"},
        {"with a colocated table",
         TWO "tables: {u: {shard_by: k}, v: {shard_by: k, with: u}, t: {shard_by: k, with: v}}\n",
         "2:78: tables.t.with: v is itself placed with another table: name that one\n"},
        {"with another database",
         "databases: {d: {primary: \"h:1\"}, e: {primary: \"h:2\"}}\ntables: {d.u: {shard_by: k}, t: {database: e, "
         "shard_by: k, with: u}, v: {database: e, shard_by: k, with: d.u}}\n",
         "2:66: tables.t.with: u is a table of another database\n"
         "2:106: tables.v.with: u is a table of another database\n"},
        {"with and its own method",
         TWO "tables: {u: {shard_by: k}, t: {shard_by: k, with: u, method: slots, fold: lower}}\n",
         "2:54: tables.t.method: is that of the table named by with: leave it out\n"
         "2:69: tables.t.fold: is that of the table named by with: leave it out\n"},
        {"only for sharded tables",
         TWO "tables: {t: {single: a, fold: lower, unique: per_shard, scatter: deny, method: slots, physical: "
             "\"t_{0..1}\"}}\n",
         "2:25: tables.t.fold: applies only to a table with shard_by\n"
         "2:38: tables.t.unique: applies only to a table with shard_by\n"
         "2:57: tables.t.scatter: applies only to a table with shard_by\n"
         "2:72: tables.t.method: applies only to a table with shard_by\n"
         "2:87: tables.t.physical: applies only to a table with shard_by\n"},
        {"words", TWO "tables: {t: {shard_by: k, fold: upper, unique: true, scatter: never}}\n",
         "2:33: tables.t.fold: must be lower, not upper\n"
         "2:48: tables.t.unique: must be per_shard, not true\n"
         "2:63: tables.t.scatter: must be allow, warn or deny, not never\n"},
        {"table twice", TWO "tables: {t: {shard_by: k}, d.t: {shard_by: k}}\n",
         "2:28: tables.d.t: is the same table as t on line 2\n"},
        {"a short name in two databases",
         "databases: {d: {primary: \"h:1\"}, e: {primary: \"h:2\"}}\ntables: {t: {database: d}, e.t: {}}\n",
         "2:10: tables.t: another database has a table of this name: write d.t\n"},
        {"no shard has slots",
         "databases: {d: {shards: {a: {primary: \"h:1\"}, b: {primary: \"h:2\"}}}}\ntables: {t: {shard_by: k}}\n",
         "2:10: tables.t: is sharded by slots, but no shard of d says its slots; or give a method\n"},
        {"ids",
         TWO "tables: {t: {shard_by: k, ids: uuid}, u: {shard_by: k, ids: {kind: snowflake, block: 5}}, v: {single: a, "
             "ids: sequence}, w: {shard_by: k, ids: {column: id}}}\n",
         "2:32: tables.t.ids: must be snowflake or sequence, not uuid\n"
         "2:79: tables.u.ids.block: only a sequence has blocks\n"
         "2:111: tables.v.ids: must name the column, as in {column: id, kind: snowflake}: the table has no shard key\n"
         "2:139: tables.w.ids.kind: is missing\n"},
        {"no cache", TWO "tables: {t: {shard_by: k, cache: {ttl: 1s}}}\n",
         "2:27: tables.t.cache.in: is missing: the name of a cache under caches\n"},
        {"dangling cache", ONE "caches: {c: {redis: \"r:1\"}}\ntables: {t: {cache: {in: d}}}\n",
         "3:26: tables.t.cache.in: there is no cache d\n"},
        {"cache that renews too late",
         ONE "caches: {c: {redis: \"r:1\"}}\ntables: {t: {cache: {ttl: 5s, refresh_after: 5s}}}\n",
         "3:46: tables.t.cache.refresh_after: must be shorter than ttl\n"},
        {"strict and near", ONE "caches: {c: {redis: \"r:1\"}}\ntables: {t: {cache: {mode: strict, near: true}}}\n",
         "3:42: tables.t.cache.near: contradicts mode: strict, which no near cache can keep\n"},
        {"cache values",
         ONE "caches: {c: {redis: \"r:1\"}}\ntables: {t: {cache: {ttl: 0, jitter: 10, hot_after: 0, max_row: 1}}}\n",
         "3:27: tables.t.cache.ttl: must be at least 1ms\n"
         "3:38: tables.t.cache.jitter: must be from 0% to 100%, with the sign\n"
         "3:53: tables.t.cache.hot_after: must be a whole number from 1 to 1000000\n"
         "3:65: tables.t.cache.max_row: must be at least 64\n"},
        {"percent", ONE "caches: {c: {redis: \"r:1\"}}\ntables: {t: {cache: {jitter: 101%}}}\n",
         "3:30: tables.t.cache.jitter: must be from 0% to 100%, with the sign\n"},
        {"documents",
         ONE "documents: {m: {uri: \"mongodb://h\", database: x}}\ntables: {t: {documents: n}, u: {documents: m, "
             "shard_by: k, cache: {}}, d.v: {documents: m}, w: {collection: c}}\n",
         "3:25: tables.t.documents: there is no document store n\n"
         "3:47: tables.u.shard_by: does not apply to a collection of documents\n"
         "3:60: tables.u.cache: does not apply to a collection of documents\n"
         "3:72: tables.d.v: the name of a collection of documents has no dot\n"
         "3:97: tables.w.collection: applies only to a table with documents\n"},
        {"document store",
         ONE "documents: {m: {uri: \"http://h\"}, n: {uri: \"mongodb://u:secret@h/x\", database: x}}\n",
         "2:13: documents.m.database: is missing\n"
         "2:22: documents.m.uri: must begin with mongodb:// or mongodb+srv://\n"
         "2:44: documents.n.uri: a password is never in this file: write it as password: {env: NAME} beside the URI\n"},
        {"caches",
         ONE "caches: {a: {}, b: {redis: []}, c: {redis: [\"r\"], prefix: \"a b\", timeouts: {command: 0}, tls: {cert: "
             "c}, password: p}}\n",
         "2:10: caches.a.redis: is missing\n"
         "2:28: caches.b.redis: must be a list of 1 to 1000 addresses, such as [\"cache01:6379\"]\n"
         "2:45: caches.c.redis[0]: no address: a port is missing, as in db01:3306; a socket's path begins with /\n"
         "2:59: caches.c.prefix: may hold only letters, digits and _-.:\n"
         "2:86: caches.c.timeouts.command: must be at least 1ms\n"
         "2:102: caches.c.tls.cert: needs key beside it: the certificate's private key\n"
         "2:116: caches.c.password: a password is never in this file: write {env: NAME} or {file: /path}\n"},
    };
    expect_rows(rows, sizeof rows / sizeof rows[0]);
}

TEST(mistakes, of_methods)
{
    static const mistake_row rows[] = {
        {"no method", TWO "tables: {t: {shard_by: k, method: {}}}\n",
         "2:35: tables.t.method: must be slots, or a mapping with mod, range, list or time\n"},
        {"unknown method", TWO "tables: {t: {shard_by: k, method: hash}}\n",
         "2:35: tables.t.method: must be slots, or a mapping with mod, range, list or time\n"},
        {"two methods", TWO "tables: {t: {shard_by: k, method: {range: [{shard: a}], list: {a: 1}}}}\n",
         "2:57: tables.t.method.list: unknown key\n"},
        {"mod gap", TWO "tables: {t: {shard_by: k, method: {mod: 4, a: 0-1, b: 3}}}\n",
         "2:55: tables.t.method.b: remainder 2 belongs to no shard\n"},
        {"mod overlap", TWO "tables: {t: {shard_by: k, method: {mod: 4, a: 0-2, b: 2-3}}}\n",
         "2:55: tables.t.method.b: remainder 2 is that of a already, on line 2\n"},
        {"mod past the end", TWO "tables: {t: {shard_by: k, method: {mod: 4, a: 0-1, b: 2-4}}}\n",
         "2:55: tables.t.method.b: the last remainder is 3: there are 4\n"},
        {"mod 0", TWO "tables: {t: {shard_by: k, method: {mod: 0, a: 0}}}\n",
         "2:41: tables.t.method.mod: must be a whole number from 1 to 65536\n"},
        {"mod without shards", TWO "tables: {t: {shard_by: k, method: {mod: 4}}}\n",
         "2:41: tables.t.method.mod: needs the shards' remainders beside it, as in {mod: 4, shop-0: 0-1, shop-1: "
         "2-3}\n"},
        {"mod with a dangling shard", TWO "tables: {t: {shard_by: k, method: {mod: 2, a: 0, c: 1}}}\n",
         "2:50: tables.t.method.c: there is no shard c\n"},
        {"range not sorted",
         TWO "tables: {t: {shard_by: k, method: {range: [{below: 9, shard: a}, {below: 9, shard: b}, {below: 10, "
             "shard: b}, {shard: a}]}}}\n",
         "2:74: tables.t.method.range[1].below: must be above the bound before, 9\n"},
        {"range without rest", TWO "tables: {t: {shard_by: k, method: {range: [{below: 9, shard: a}]}}}\n",
         "2:44: tables.t.method.range[0]: the last range must have no below: it takes all other keys\n"},
        {"range with an early rest", TWO "tables: {t: {shard_by: k, method: {range: [{shard: a}, {shard: b}]}}}\n",
         "2:44: tables.t.method.range[0]: needs below: only the last range goes without\n"},
        {"range mixed",
         TWO "tables: {t: {shard_by: k, method: {range: [{below: 9, shard: a}, {below: x, shard: a}, {shard: b}]}}}\n",
         "2:74: tables.t.method.range[1].below: all bounds must be numbers, or all texts\n"},
        {"range of texts not sorted",
         TWO "tables: {t: {shard_by: k, method: {range: [{below: n, shard: a}, {below: m, shard: a}, {shard: b}]}}}\n",
         "2:74: tables.t.method.range[1].below: must be above the bound before, n\n"},
        {"range without shard", TWO "tables: {t: {shard_by: k, method: {range: [{below: 9}, {shard: c}]}}}\n",
         "2:44: tables.t.method.range[0].shard: is missing\n"
         "2:64: tables.t.method.range[1].shard: there is no shard c\n"},
        {"range empty", TWO "tables: {t: {shard_by: k, method: {range: []}}}\n",
         "2:43: tables.t.method.range: must be a list, such as [{below: 1000, shard: shop-0}, {shard: shop-1}]\n"},
        {"list key twice", TWO "tables: {t: {shard_by: k, method: {list: {a: [x, y], b: [z, x]}}}}\n",
         "2:50: tables.t.method.list.a[1]: write \"y\" with quotes: YAML tools read the bare word as true or false\n"
         "2:61: tables.t.method.list.b[1]: is a key of a already, on line 2\n"},
        {"list with Norway", TWO "tables: {t: {shard_by: k, method: {list: {a: [se, no], b: fi}}}}\n",
         "2:51: tables.t.method.list.a[1]: write \"no\" with quotes: YAML tools read the bare word as true or false\n"},
        {"list with a dangling shard", TWO "tables: {t: {shard_by: k, method: {list: {c: [x]}}}}\n",
         "2:43: tables.t.method.list.c: there is no shard c\n"},
        {"list with a null", TWO "tables: {t: {shard_by: k, method: {list: {a: [~]}}}}\n",
         "2:47: tables.t.method.list.a[0]: must be a key's value, not empty\n"},
        {"time unit", TWO "tables: {t: {shard_by: k, method: {time: week, from: \"2026\", shards: [a]}}}\n",
         "2:42: tables.t.method.time: must be year, month or day, not week\n"},
        {"time start", TWO "tables: {t: {shard_by: k, method: {time: month, from: \"2026-13\", shards: [a]}}}\n",
         "2:55: tables.t.method.from: must be the first month, such as \"2026-01\"\n"},
        {"time start of a leap year",
         TWO "tables: {t: {shard_by: k, method: {time: day, from: \"2025-02-29\", shards: [a]}}}\n",
         "2:53: tables.t.method.from: must be the first day, such as \"2026-01-31\"\n"},
        {"time without shards", TWO "tables: {t: {shard_by: k, method: {time: month, from: \"2026-01\"}}}\n",
         "2:42: tables.t.method.time: needs from and shards beside it, as in {time: month, from: \"2026-01\", shards: "
         "[shop-0, shop-1]}\n"},
        {"time with dangling shards",
         TWO "tables: {t: {shard_by: k, method: {time: month, from: \"2026-01\", shards: [a, c]}}}\n",
         "2:78: tables.t.method.shards[1]: there is no shard c\n"},
        {"time with no shards",
         TWO "tables: {t: {shard_by: k, method: {time: month, from: \"2026-01\", shards: []}}}\n",
         "2:74: tables.t.method.shards: must be a list of shards, which take the periods in turn\n"},
        {"physical without braces", TWO "tables: {t: {shard_by: k, physical: t2}}\n",
         "2:37: tables.t.physical: must hold one {00..15} (both ends as long, at most 10000) or {yyyy}, {yyyymm}, "
         "{yyyymmdd}\n"},
        {"physical with two", TWO "tables: {t: {shard_by: k, physical: \"t_{0..1}_{0..1}\"}}\n",
         "2:37: tables.t.physical: must hold one {00..15} (both ends as long, at most 10000) or {yyyy}, {yyyymm}, "
         "{yyyymmdd}\n"},
        {"physical of uneven width", TWO "tables: {t: {shard_by: k, physical: \"t_{0..15}\"}}\n",
         "2:37: tables.t.physical: must hold one {00..15} (both ends as long, at most 10000) or {yyyy}, {yyyymm}, "
         "{yyyymmdd}\n"},
        {"physical backwards", TWO "tables: {t: {shard_by: k, physical: \"t_{9..1}\"}}\n",
         "2:37: tables.t.physical: must hold one {00..15} (both ends as long, at most 10000) or {yyyy}, {yyyymm}, "
         "{yyyymmdd}\n"},
        {"physical by date without time", TWO "tables: {t: {shard_by: k, physical: \"t_{yyyy}\"}}\n",
         "2:37: tables.t.physical: dates in a name need method: {time: ..}\n"},
        {"physical by number with range",
         TWO "tables: {t: {shard_by: k, method: {range: [{shard: a}]}, physical: \"t_{0..1}\"}}\n",
         "2:68: tables.t.physical: numbers in a name need the method slots or mod\n"},
    };
    expect_rows(rows, sizeof rows / sizeof rows[0]);
}
