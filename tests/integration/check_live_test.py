#!/usr/bin/env python3
"""check_live_test.py - `weir check --live` against real servers. SPDX-License-Identifier: Apache-2.0

Run it on a cluster of its own, for it changes the servers:
    build/dev/weir playground run --shards 2 --replicas 1 -- tests/integration/check_live_test.py
The cluster as set up here gives no finding; each test changes one thing, expects exactly the findings that it names, and undoes it.
"""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from playground import FOLDER, Proxy, Restarted, catch_up, root, servers, wait_for, weir

CONFIG = os.path.join(FOLDER, "check_live.yaml")

USERS = "create table users (id bigint unsigned not null primary key, name varchar(50) not null default 'x') engine=innodb"
ORDERS = ("create table orders (user_id bigint unsigned not null, id bigint unsigned not null, note text, primary key (user_id, id), "
          "key note (note(10))) engine=innodb")
EMAILS = ("create table emails (address varchar(100) character set utf8mb4 collate utf8mb4_general_ci not null primary key) "
          "engine=innodb")
MESSAGES = "create table messages_{} (room_id int not null, n int not null, primary key (room_id, n)) engine=innodb"
COUNTRIES = "create table countries (code char(2) not null primary key) engine=innodb"
AUDIT = "create table audit_log (id int not null auto_increment primary key) engine=innodb"
CLICKS = "create table clicks_2026{:02} (day date not null, n int not null, primary key (day, n)) engine=innodb"

RULES = {
    "users": "{shard_by: id}",
    "orders": "{shard_by: user_id, with: users}",
    "emails": "{shard_by: address, fold: lower}",
    "messages": '{shard_by: room_id, physical: "messages_{0..3}"}',
    "countries": "{everywhere: true}",
    "audit_log": "{single: shop-0}",
    "clicks": '{shard_by: day, method: {time: month, from: "2026-01", shards: [shop-0, shop-1]}, physical: "clicks_{yyyymm}"}',
}


def yaml(rules=None, defaults="", shards=None, more="", ports=None, replicas=True, lossless=""):
    """weir.yaml of the cluster; rules replace or (None) remove those above, ports those of servers."""
    port = {name: server["port"] for name, server in servers().items()} | (ports or {})
    text = (f"defaults:\n  user: app\n  password: {{file: \"{FOLDER}/password\"}}\n  timeouts: {{connect: 20s}}\n{defaults}"
            "databases:\n  shop:\n    shards:\n")
    for number, slots in ((0, "0-511"), (1, "512-1023")):
        name = f"shop-{number}"
        servers_of = f'primary: "127.0.0.1:{port[name]}"'
        if replicas:
            servers_of += f', replicas: ["127.0.0.1:{port[name + "-r1"]}"]'
        text += f"      {name}: {{{servers_of}, schema: {(shards or {}).get(name, 'shop')}, slots: {slots}{lossless}}}\n"
    text += "tables:\n"
    for name, rule in (RULES | (rules or {})).items():
        if rule:
            text += f"  {name}: {rule}\n"
    return text + more


def check(text, *options):
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text)
    return weir("check", "--live", "--config", CONFIG, *options)


class Live(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        for shard in ("shop-0", "shop-1"):
            own = MESSAGES.format(0) + ";" + ";".join(f"create table messages_{i} like messages_0" for i in range(1, 4))
            drop = "drop database shop; create database shop character set utf8mb4 collate utf8mb4_unicode_ci; use shop;"
            root(shard, drop + ";".join([USERS, ORDERS, EMAILS, COUNTRIES, own, CLICKS.format(1 if shard == "shop-0" else 2)]))
        root("shop-0", AUDIT)
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(yaml())
        done = weir("setup", "--config", CONFIG)
        assert done.returncode == 0, done.stderr
        catch_up()

    def change(self, server, do, undo):
        self.addCleanup(catch_up)
        self.addCleanup(root, server, undo)
        root(server, do)
        catch_up()

    def findings(self, text=None):
        done = check(text or yaml(), "--json")
        answer = json.loads(done.stdout)
        self.assertNotIn("mistakes", answer)
        errors = sum(f["level"] == "error" for f in answer["findings"])
        self.assertEqual((answer["errors"], answer["ok"], done.returncode), (errors, errors == 0, 1 if errors else 0))
        self.assertEqual(answer["warnings"], len(answer["findings"]) - errors)
        for finding in answer["findings"]:
            for part in ("shard", "endpoint", "what", "should", "fix"):
                self.assertTrue(finding[part], finding)
        return answer

    def expect(self, wanted, text=None):
        """wanted: (level, shard, table, parts of the text..), one for each finding."""
        left = self.findings(text)["findings"]
        told = "\n".join(json.dumps(finding) for finding in left)
        for level, shard, table, *parts in wanted:
            for finding in left:
                whole = " | ".join((finding["what"], finding["should"], finding["fix"]))
                if (finding["level"], finding["shard"], finding["table"]) == (level, shard, table) and all(p in whole for p in parts):
                    left.remove(finding)
                    break
            else:
                self.fail(f"no {level} for {shard} {table} with {parts} in:\n{told}")
        self.assertEqual(left, [], "more findings than expected")

    def rows(self, rows):
        """Each row: name, [(server, do, undo)..], yaml's arguments, wanted findings."""
        for name, changes, arguments, wanted in rows:
            with self.subTest(name):
                for server, do, _ in changes:
                    root(server, do)
                catch_up()
                try:
                    self.expect(wanted, yaml(**arguments))
                finally:
                    for server, _, undo in reversed(changes):
                        root(server, undo)
                    catch_up()


class Servers(Live):
    def test_clean(self):
        answer = self.findings()
        self.assertEqual(answer["findings"], [])
        self.assertEqual((answer["servers"], answer["reached"], answer["tables_seen"]), (4, 4, 19))
        done = check(yaml())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("looked at 4 of 4 servers and 19 tables with a rule: 0 errors, 0 warnings\n", done.stdout)

    def test_text(self):
        done = check(yaml(ports={"shop-1": 1}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: shard shop-1 at 127.0.0.1:1: no connection: ", done.stderr)
        self.assertIn("\n    should be: a login as app with the schema shop\n    way out: start the server; or its address", done.stderr)
        self.assertIn("looked at 3 of 4 servers and 10 tables with a rule: 1 error, 0 warnings\n", done.stdout)

    def test_mistakes_of_the_file(self):
        done = check("databases: {}\n", "--json")
        self.assertEqual((done.returncode, list(json.loads(done.stdout))), (1, ["ok", "file", "mistakes", "more"]))

    def test_unreached(self):
        for server, shard in (("shop-0", "shop-0"), ("shop-1-r1", "shop-1")):
            text = yaml(ports={server: 1})
            self.expect([("error", shard, "", "no connection", "start the server")], text)
            self.assertEqual(self.findings(text)["reached"], 3)

    def test_login(self):
        wrong = os.path.join(FOLDER, "wrong")
        with open(wrong, "w", encoding="utf-8") as file:
            file.write("wrong")
        text = yaml().replace(f"{FOLDER}/password", wrong)
        self.expect([("error", shard, "", "Access denied", "password: in weir.yaml") for shard in ("shop-0", "shop-1")] * 2, text)

    def test_schema(self):
        # Who may see nothing of a schema is not told whether it exists.
        text = yaml(shards={"shop-1": "nowhere"})
        self.expect([("error", "shop-1", "", "nowhere", "GRANT SELECT, INSERT, UPDATE, DELETE ON `nowhere`")] * 2, text)
        self.change("shop-1", "grant select on nowhere.* to app@'%'", "revoke select on nowhere.* from app@'%'")
        self.expect([("error", "shop-1", "", "CREATE DATABASE `nowhere`")] * 2, text)

    def test_version(self):
        with Proxy(servers()["shop-1-r1"]["port"]) as port:
            self.expect([("warning", "shop-1", "", "MariaDB 12.", "MariaDB 10.6 to 11")], yaml(ports={"shop-1-r1": port}))

    def test_pools(self):
        # 500 connections are what a playground's servers take.
        wanted = [("warning", shard, "", "600 connections", "max_connections is 500", "pool: {max: ..}")
                  for shard in ("shop-0", "shop-1")] * 2
        self.expect(wanted, yaml(defaults="  pool: {max: 600}\n"))


class Replication(Live):
    def test_rows(self):
        self.rows([
            ("replica writable", [("shop-0-r1", "set global read_only=0", "set global read_only=1")], {},
             [("error", "shop-0", "", "read_only is OFF", "SET GLOBAL read_only = 1")]),
            ("primary read-only", [("shop-1", "set global read_only=1", "set global read_only=0")], {},
             [("error", "shop-1", "", "read_only is ON", "SET GLOBAL read_only = 0")]),
            ("replica without log filter",
             [("shop-0-r1", "stop slave; set global replicate_ignore_table='junk.t'; start slave",
               "stop slave; set global replicate_ignore_table=''; start slave")], {},
             [("warning", "shop-0", "", "Replicate_Ignore_Table=junk.t", "eventual")]),
            ("not durable: binary log", [("shop-1", "set global sync_binlog=0", "set global sync_binlog=1")], {},
             [("error", "shop-1", "", "sync_binlog is 0", "SET GLOBAL sync_binlog = 1")]),
            ("not durable: redo log", [("shop-0", "set global innodb_flush_log_at_trx_commit=2",
                                        "set global innodb_flush_log_at_trx_commit=1")], {},
             [("error", "shop-0", "", "innodb_flush_log_at_trx_commit is 2")]),
            ("not durable, and not asked for", [("shop-1", "set global sync_binlog=0", "set global sync_binlog=1")],
             {"defaults": "  transactions: best_effort\n"}, []),
        ])

    def test_stopped(self):
        root("shop-0-r1", "stop slave sql_thread")
        try:
            self.expect([("error", "shop-0", "", "Slave_SQL_Running is No", "START SLAVE")])
        finally:
            root("shop-0-r1", "start slave sql_thread")

    def test_replica_of_nobody(self):
        # A primary, read-only, in the place of a replica.
        self.change("shop-1", "set global read_only=1", "set global read_only=0")
        text = yaml(ports={"shop-0-r1": servers()["shop-1"]["port"]})
        self.expect([("error", "shop-0", "", "it replicates from nobody", "replicas: in weir.yaml"),
                     ("error", "shop-1", "", "read_only is ON"),
                     ("error", "shop-0", "audit_log", "is not there")], text)

    def test_rights(self):
        self.change("shop-0-r1", "revoke slave monitor on *.* from app@'%'", "grant slave monitor on *.* to app@'%'")
        self.change("shop-1", "set sql_log_bin=0; revoke binlog monitor on *.* from app@'%'",
                    "set sql_log_bin=0; grant binlog monitor on *.* to app@'%'")
        self.expect([("warning", "shop-0", "", "SHOW ALL SLAVES STATUS", "GRANT SLAVE MONITOR ON *.* TO 'app'"),
                     ("warning", "shop-1", "", "SHOW MASTER STATUS", "GRANT BINLOG MONITOR ON *.* TO 'app'")])

    def test_lossless(self):
        text = yaml(lossless=", lossless: true")
        parts = ("rpl_semi_sync_master_enabled is OFF", "rpl_semi_sync_master_status is OFF",
                 "rpl_semi_sync_master_wait_point is AFTER_COMMIT", "rpl_semi_sync_master_timeout is 10000",
                 "rpl_semi_sync_master_clients is 0")
        self.expect([("error", shard, "", part) for shard in ("shop-0", "shop-1") for part in parts], text)
        for shard in ("shop-0", "shop-1"):
            self.change(shard + "-r1",
                        "set global rpl_semi_sync_slave_enabled=1; stop slave io_thread; start slave io_thread",
                        "set global rpl_semi_sync_slave_enabled=0; stop slave io_thread; start slave io_thread")
            self.change(shard, "set global rpl_semi_sync_master_wait_point=AFTER_SYNC; set global rpl_semi_sync_master_timeout=4294967295; "
                               "set global rpl_semi_sync_master_enabled=1",
                        "set global rpl_semi_sync_master_enabled=0; set global rpl_semi_sync_master_wait_point=AFTER_COMMIT; "
                        "set global rpl_semi_sync_master_timeout=10000")
        for shard in ("shop-0", "shop-1"):
            wait_for(lambda name=shard: root(name, "show status like 'rpl_semi_sync_master_clients'").endswith("\t1"))
        self.expect([], text)
        self.change("shop-0", "set global rpl_semi_sync_master_wait_no_slave=0", "set global rpl_semi_sync_master_wait_no_slave=1")
        self.expect([("error", "shop-0", "", "wait_no_slave is OFF")], text)


class Rights(Live):
    def test_past_read_only(self):
        rows = [("SUPER", "grant super on *.* to app@'%'", "revoke super on *.* from app@'%'"),
                ("READ_ONLY ADMIN", "grant read_only admin on *.* to app@'%'", "revoke read_only admin on *.* from app@'%'"),
                ("SUPER", "create role boss; grant super on *.* to boss; grant boss to app@'%'; set default role boss for app@'%'",
                 "set default role none for app@'%'; drop role boss"),
                ("ALL PRIVILEGES", "grant all on *.* to app@'%'",
                 "revoke all on *.* from app@'%'; grant process, binlog monitor, slave monitor on *.* to app@'%'")]
        quiet = "set sql_log_bin=0;"
        self.rows([(f"{right} by {do}", [("shop-0", quiet + do, quiet + undo)], arguments,
                    [(level, "shop-0", "", f"has {right} ON *.*", f"REVOKE {right}")])
                   for right, do, undo in rows for arguments, level in (({}, "error"), ({"replicas": False}, "warning"))])

    def test_triggers_not_seen(self):
        with open(os.path.join(FOLDER, "password"), encoding="utf-8") as file:
            password = file.read().strip()
        self.change("shop-1", f"create user poor@'%' identified by '{password}'; grant select, insert on shop.* to poor@'%'; "
                              "grant binlog monitor, slave monitor on *.* to poor@'%'", "drop user poor@'%'")
        text = yaml().replace("schema: shop, slots: 512", "user: poor, schema: shop, slots: 512")
        self.expect([("warning", "shop-1", "", "may not see triggers", "GRANT TRIGGER ON `shop`.* TO 'poor'")], text)


class Settings(Live):
    def test_variables(self):
        rows = [("error", "div_precision_increment", "7"), ("error", "group_concat_max_len", "4096"),
                ("error", "max_sort_length", "2000"), ("error", "sql_mode", "'STRICT_TRANS_TABLES'"),
                ("warning", "max_allowed_packet", "33554432"), ("error", "explicit_defaults_for_timestamp", "0")]
        for level, name, value in rows:
            before = root("shop-1-r1", f"select @@global.{name}")
            self.rows([(name, [("shop-1-r1", f"set global {name}={value}", f"set global {name}='{before}'"
                                if name == "sql_mode" else f"set global {name}={before}")], {},
                        [(level, "shop-1", "", f"{name} is '", "on shop-0 at", f"SET GLOBAL {name} = '")])])

    def test_sql_mode_of_weir(self):
        before = root("shop-1-r1", "select @@global.sql_mode")
        self.change("shop-1-r1", "set global sql_mode=''", f"set global sql_mode='{before}'")
        self.expect([], yaml(defaults='  connection: {sql_mode: "STRICT_TRANS_TABLES"}\n'))

    def test_collation_of_the_schema(self):
        self.change("shop-1", "alter database shop collate utf8mb4_bin", "alter database shop collate utf8mb4_unicode_ci")
        self.expect([("error", "shop-1", "", "utf8mb4_bin", "ALTER DATABASE `shop` COLLATE utf8mb4_unicode_ci")] * 2)

    def test_restarted(self):
        """What only an option of the server's start sets."""
        with Restarted("shop-1", "--lower-case-table-names=1", "--binlog-ignore-db=junk", "--max-user-connections=31"):
            self.expect([("error", "shop-1", "", "lower_case_table_names is '1'"),
                         ("warning", "shop-1", "", "Binlog_Ignore_DB=junk", "eventual"),
                         ("warning", "shop-1", "", "32 connections", "max_user_connections is 31")])
        self.expect([])


class OwnTables(Live):
    def test_rows(self):
        lease = root("shop-1", "show create table weir_lease").split("\t", 1)[1].replace("\\n", " ")
        self.rows([
            ("missing", [("shop-1", "drop table weir_lease", lease)], {},
             [("error", "shop-1", "weir_lease", "is not there", "weir setup")]),
            ("another type", [("shop-0", "alter table weir_id modify next_id int unsigned not null",
                               "alter table weir_id modify next_id bigint unsigned not null")], {},
             [("error", "shop-0", "weir_id", "next_id", "is int unsigned", "bigint unsigned", "MODIFY COLUMN next_id BIGINT UNSIGNED")]),
            ("a column missing", [("shop-0", "alter table weir_ledger drop intent", "alter table weir_ledger add intent mediumtext null after done_by")],
             {}, [("error", "shop-0", "weir_ledger", "no column intent", "ADD COLUMN intent MEDIUMTEXT")]),
            ("another engine", [("shop-0", "alter table weir_id engine=aria", "alter table weir_id engine=innodb")], {},
             [("error", "shop-0", "weir_id", "engine Aria", "ENGINE = InnoDB")]),
            ("heartbeat by its name", [], {"defaults": "  health: {heartbeat: pulse}\n"},
             [("error", shard, "pulse", "is not there") for shard in ("shop-0", "shop-1")]),
        ])


class Tables(Live):
    def test_alike(self):
        orders = "alter table orders "
        self.rows([
            ("missing on a shard", [("shop-1", "drop table users", USERS)], {},
             [("error", "shop-1", "users", "is not there", "CREATE TABLE"), ("error", "shop-1", "users", "see whether replication")]),
            ("missing on a replica", [("shop-1-r1", "drop table countries", COUNTRIES)], {},
             [("error", "shop-1", "countries", "see whether replication")]),
            ("one of several missing", [("shop-0", "drop table messages_2", MESSAGES.format(2))], {},
             [("error", "shop-0", "messages_2", "is not there")] * 2),
            ("type", [("shop-1", orders + "modify note mediumtext", orders + "modify note text")], {},
             [("error", "shop-1", "orders", "column note is mediumtext", "text CHARACTER SET", "MODIFY COLUMN `note` text")] * 2),
            ("collation", [("shop-1-r1", orders + "modify note text collate utf8mb4_bin", orders + "modify note text collate utf8mb4_unicode_ci")],
             {}, [("error", "shop-1", "orders", "utf8mb4_bin", "utf8mb4_unicode_ci")]),
            ("null", [("shop-1-r1", orders + "modify note text not null", orders + "modify note text")], {},
             [("error", "shop-1", "orders", "NOT NULL")]),
            ("default", [("shop-1-r1", "alter table users alter name set default 'y'", "alter table users alter name set default 'x'")], {},
             [("error", "shop-1", "users", "DEFAULT 'y'", "DEFAULT 'x'")]),
            ("column missing", [("shop-1-r1", "alter table users drop name", "alter table users add name varchar(50) not null default 'x'")],
             {}, [("error", "shop-1", "users", "no column name", "ADD COLUMN `name` varchar(50)", "AFTER `id`")]),
            ("column more", [("shop-1-r1", "alter table users add more int", "alter table users drop more")], {},
             [("error", "shop-1", "users", "column more (int", "DROP COLUMN `more`")]),
            ("order", [("shop-1-r1", "alter table messages_3 modify n int not null first", "alter table messages_3 modify n int not null after room_id")],
             {}, [("error", "shop-1", "messages_3", "column n (int", "stands where", "FIRST")]),
            ("key", [("shop-1-r1", orders + "drop key note, add key note (note(20))", orders + "drop key note, add key note (note(10))")],
             {}, [("error", "shop-1", "orders", "KEY `note` (`note`(20))", "DROP KEY `note`, ADD KEY `note` (`note`(10))")]),
            ("key missing", [("shop-1-r1", orders + "drop key note", orders + "add key note (note(10))")], {},
             [("error", "shop-1", "orders", "no key note", "ADD KEY `note`")]),
            ("key more", [("shop-1-r1", orders + "add unique key more (id, user_id)", orders + "drop key more")], {},
             [("error", "shop-1", "orders", "UNIQUE KEY `more` (`id`, `user_id`)", "DROP KEY `more`")]),
            ("engine", [("shop-1", "alter table countries engine=aria", "alter table countries engine=innodb")], {},
             [("warning", "shop-1", "countries", "engine is Aria", "ENGINE = InnoDB")] * 2),
            ("a view", [("shop-1", "drop table countries; create view countries as select 'de' as code",
                         "drop view countries;" + COUNTRIES)], {},
             [("error", "shop-1", "countries", "it is a view")] * 2),
            ("periods", [("shop-1", "drop table clicks_202602", CLICKS.format(2))], {},
             [("warning", "shop-1", "clicks", "clicks_")] * 2),
            ("a period that differs", [("shop-0", CLICKS.format(3).replace("n int", "n bigint"), "drop table clicks_202603")], {},
             [("error", "shop-0", "clicks_202603", "column n is bigint", "table clicks_202601")] * 2),
        ])

    def test_without_a_rule(self):
        self.rows([
            ("no rule", [("shop-1", "create table stray (id int)", "drop table stray")], {},
             [("warning", "shop-1", "stray", "no rule", "stray: {database: shop, shard_by: ..}", "single: shop-1")]),
            ("a view needs none", [("shop-1", "create view stray as select 1", "drop view stray")], {}, []),
            ("on the wrong shard", [("shop-1", AUDIT, "drop table audit_log")], {},
             [("warning", "shop-1", "audit_log", "puts no rows here", "DROP TABLE")]),
        ])
        self.change("shop-1", "create table stray (id int)", "drop table stray")
        self.expect([], yaml().replace("  shop:\n", "  shop:\n    other_tables: shop-1\n"))


class Keys(Live):
    def both(self, do, undo):
        return [(shard, do, undo) for shard in ("shop-0", "shop-1")]

    def key_type(self, column, level, *parts, rule="{shard_by: k}"):
        done = self.both(f"create table t (k {column} not null, primary key (k))", "drop table t")
        return (f"{column} {rule}", done, {"rules": {"t": rule}}, [(level, "shop-0", "t", *parts)] if level else [])

    def test_types(self):
        no = "not printed alike"
        self.rows([self.key_type(*row) for row in (
            ("float", "error", "shard key k is float", no, "an integer without ZEROFILL"), ("double", "error", no),
            ("timestamp", "error", no), ("bit(8)", "error", no), ("set('a','b')", "error", no), ("time", "error", no),
            ("int zerofill", "error", "int(10) unsigned zerofill", "printed with zeros"),
            ("decimal(5,2) zerofill", "error", "printed with zeros"),
            ("tinyint", None), ("bigint unsigned", None), ("decimal(5,2)", None), ("date", None), ("datetime(6)", None),
            ("uuid", None), ("varbinary(20)", None), ("binary(4)", None), ("enum('a','b')", None))])
        text = self.both("create table t (k text not null, primary key (k(10)))", "drop table t")
        self.rows([("text", text, {"rules": {"t": "{shard_by: k, unique: per_shard}"}}, [("error", "shop-0", "t", "is text", no)])])

    def test_collations(self):
        fold = "{shard_by: k, fold: lower}"
        text = "varchar(20) character set {} collate {}"
        ok = ("general_ci", "unicode_ci", "unicode_520_ci", "uca1400_ai_ci", "nopad_bin", "bin", "general_nopad_ci")
        rows = [self.key_type(text.format("utf8mb4", "utf8mb4_nopad_bin"), None),
                self.key_type(text.format("ascii", "ascii_nopad_bin"), None),
                self.key_type(text.format("utf8mb4", "utf8mb4_bin"), "error", "utf8mb4_bin", "'a' and 'a '", "utf8mb4_nopad_bin"),
                self.key_type(text.format("utf8mb4", "utf8mb4_general_ci"), "error", "'a' and 'A'", "t: {.., fold: lower}"),
                self.key_type(text.format("latin1", "latin1_nopad_bin"), "error", "character set latin1", "utf8mb4, ascii or binary")]
        rows += [self.key_type(text.format("utf8mb4", "utf8mb4_" + name), None, rule=fold) for name in ok]
        rows += [self.key_type(text.format("ascii", "ascii_general_ci"), None, rule=fold)]
        self.rows(rows)

    def test_folding_is_asked_of_the_server(self):
        for name, pair in (("roman_ci", "'I' = 'J'"), ("lithuanian_ci", "'I' = 'Y'")):
            column = f"varchar(20) character set utf8mb4 collate utf8mb4_{name}"
            refused = ("error", "shop-0", "t", "not known to call equal only")
            asked = [("error", shard, "t", pair, "fold: lower keeps them apart") for shard in ("shop-0", "shop-1")]
            done = self.both(f"create table t (k {column} not null primary key)", "drop table t")
            self.rows([(name, done, {"rules": {"t": "{shard_by: k, fold: lower}"}}, [refused] + asked)])

    def test_keys(self):
        make = "create table t (k int not null, id int not null, x varchar(20), {})"
        auto = make.replace("id int not null", "id int not null auto_increment")

        def row(name, table, rule, *wanted):
            return (name, self.both(table, "drop table t"), {"rules": {"t": rule}}, [("error", "shop-0", "t", *parts) for parts in wanted])
        self.rows([
            row("no such column", make.format("primary key (id)"), "{shard_by: nix, unique: per_shard}", ("no column nix", "shard_by:")),
            row("auto_increment", auto.format("primary key (id, k)"), "{shard_by: k}", ("id is AUTO_INCREMENT", "ids: {column: id, kind: snowflake}")),
            row("auto_increment, made by weir", auto.replace("id int", "id bigint").format("primary key (id, k)"), "{shard_by: k, ids: {column: id, kind: snowflake}}"),
            row("a sequence in an int", auto.format("primary key (id, k)"), "{shard_by: k, ids: {column: id, kind: sequence}}"),
            row("a snowflake in an int", auto.format("primary key (id, k)"), "{shard_by: k, ids: {column: id, kind: snowflake}}", ("column id of ids: is int", "too narrow for a snowflake")),
            row("primary key", make.format("primary key (id)"), "{shard_by: k}", ("PRIMARY KEY (`id`)", "unique: per_shard")),
            row("unique key", make.format("primary key (id, k), unique key u (x)"), "{shard_by: k}", ("UNIQUE KEY `u` (`x`)", "shard key k")),
            row("unique, accepted", make.format("primary key (id), unique key u (x)"), "{shard_by: k, unique: per_shard}"),
            row("a part of the key is not the key", "create table t (k varbinary(20) not null, unique key u (k(3)))", "{shard_by: k}",
                ("UNIQUE KEY `u` (`k`(3))",)),
        ])


class Links(Live):
    def test_foreign_keys(self):
        users = "foreign key f (u) references users (id)"

        def row(name, columns, rule, wanted):
            table = f"create table t (k bigint unsigned not null, u bigint unsigned, c char(2), primary key (k), {columns})"
            return (name, [(shard, table, "drop table t") for shard in ("shop-0", "shop-1")], {"rules": {"t": rule}},
                    [(level, shard, "t", *parts) for level, *parts in wanted for shard in ("shop-0", "shop-1")])
        away = ("error", "foreign key", "users", "does not follow the shard key", "DROP FOREIGN KEY")
        self.rows([
            row("not on the key", users, "{shard_by: k, with: users}", [away]),
            row("on the key", users.replace("(u)", "(k)"), "{shard_by: k, with: users}", []),
            row("not together", users.replace("(u)", "(k)"), "{shard_by: k}", [away]),
            row("from a broadcast table", users, "{everywhere: true}", [away]),
            row("to a broadcast table", "foreign key (c) references countries (code)", "{shard_by: k}", []),
        ])

    def test_triggers_and_caches(self):
        cache = 'caches: {hot: {redis: ["127.0.0.1:1"]}}\n'
        trigger = "create trigger g {} on users for each row {}"
        cached = {"rules": {"countries": "{everywhere: true, cache: {in: hot}}"}, "more": cache}
        child = {"rules": {"orders": "{shard_by: user_id, with: users, cache: {in: hot}}"}, "more": cache}
        key = "add constraint fk foreign key (user_id) references users (id)"

        def row(name, do, undo, arguments, *wanted):
            return (name, [("shop-1", do, undo)], arguments, [("warning", "shop-1", *parts) for parts in wanted])
        self.rows([
            row("before", trigger.format("before insert", "set new.name = 'y'"), "drop trigger g", {},
                ("users", "trigger g, BEFORE INSERT", "shard key id")),
            row("before delete", trigger.format("before delete", "set @x = 1"), "drop trigger g", {}),
            row("after", trigger.format("after update", "set @x = 1"), "drop trigger g", {}),
            row("writes a cached table", trigger.format("after update", "delete from shop.countries"), "drop trigger g", cached,
                ("countries", "trigger g on users", "leave out cache:")),
            row("writes another one", trigger.format("after update", "set @countries_ = 1"), "drop trigger g", cached),
            row("on a cached table", "create trigger g after insert on countries for each row set @x = 1", "drop trigger g", cached,
                ("countries", "trigger g on countries")),
            row("cascade to a cached table", f"alter table orders {key} on delete cascade", "alter table orders drop foreign key fk", child,
                ("orders", "foreign key fk changes them", "RESTRICT")),
            row("restrict", f"alter table orders {key}", "alter table orders drop foreign key fk", child),
        ])


if __name__ == "__main__":
    unittest.main()
