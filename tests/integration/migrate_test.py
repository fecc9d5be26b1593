#!/usr/bin/env python3
"""migrate_test.py - weir migrate on two shards with a replica each. SPDX-License-Identifier: Apache-2.0

Bad input gets a clear error and nothing is skipped silently; several runners; definitions that would block; shards that are down.
"""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from playground import FOLDER, WEIR, catch_up, root, servers, wait_for, weir

SHARDS = ["shop-0", "shop-1"]
DIR = os.path.join(FOLDER, "migrations")
FILES = os.path.join(DIR, "shop")
CONFIG = os.path.join(FOLDER, "migrate.yaml")


def set_up():
    with open(os.path.join(FOLDER, "weir.yaml"), encoding="utf-8") as file:
        text = file.read()
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text + "\ntables:\n  sharded: {database: shop, shard_by: id}\n  alone: {database: shop, single: shop-1}\n")


def clean():
    """As if nothing had ever been migrated."""
    shutil.rmtree(DIR, ignore_errors=True)
    os.makedirs(FILES)
    for shard in SHARDS:
        names = root(shard, "select concat(if(table_type='VIEW', 'view ', 'table '), table_name) from information_schema.tables"
                            " where table_schema = 'shop' and table_name not in ('weir_heartbeat')")
        root(shard, "set foreign_key_checks = 0;" + "".join(f"drop {name};" for name in names.splitlines()) + "drop procedure if exists p")


def put(name, text, binary=False):
    with open(os.path.join(FILES, name + ".sql"), "wb") as file:
        file.write(text if binary else text.encode())


def migrate(*arguments, faults="", check=None):
    environment = dict(os.environ, WEIR_FAULTS=faults)
    done = subprocess.run([WEIR, "migrate", "--config", CONFIG, "--dir", DIR, *arguments], env=environment, capture_output=True, text=True,
                          check=False)
    if check is not None:
        assert done.returncode == check, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def start(*arguments, faults=""):
    return subprocess.Popen([WEIR, "migrate", "--config", CONFIG, "--dir", DIR, *arguments], env=dict(os.environ, WEIR_FAULTS=faults),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def says(done, *parts):
    text = done.stdout + (done.stderr or "")
    for part in parts:
        assert part in text, f"'{part}' is not in:\n{text}"


def same_everywhere(sql, expected):
    for shard in SHARDS:
        got = root(shard, sql)
        assert got == expected, f"{shard}: {sql}: {got}"


# What must be refused, and by which words; before anything has run.
REFUSED = [
    ("a transaction", "begin; insert into a values (1); commit;", ["0001_x.up.sql:1: statement 1", "leave transactions out"]),
    ("a user variable", "set @m = 1;", ["@variables are gone"]),
    ("one in data", "insert into a select @m;", ["@variables are gone"]),
    ("a temporary table", "create temporary table t (id int);", ["temporary table is gone"]),
    ("locked tables", "lock tables a write;", ["is gone when the migration is resumed"]),
    ("another schema", "create table mysql.t (id int);", ["names the schema mysql"]),
    ("another schema in data", "insert into mysql.t values (1);", ["names the schema mysql"]),
    ("a global setting", "set global max_connections = 5;", ["SET with GLOBAL"]),
    ("a mode that reads otherwise", "set sql_mode = 'ANSI_QUOTES';", ["would change how the rest of the file is read"]),
    ("truncate", "create table a (id int);\ntruncate a;", ["0001_x.up.sql:2: statement 2", "-- weir: repeatable"]),
    ("force", "alter table a force;", ["the same before and after", "-- weir: repeatable"]),
    ("the counter", "alter table a auto_increment = 7;", ["the same before and after"]),
    ("two drops", "drop table a, b;", ["half done"]),
    ("a statement weir does not know", "grant select on *.* to app;", ["nobody could tell whether it has run"]),
    ("a call", "call p();", ["nobody could tell whether it has run"]),
    ("an open string", "insert into a values ('x);", ["has no end"]),
    ("an open comment", "create table a (id int); /* and so", ["statement 2"]),
    ("rows of a sharded table", "insert into sharded values (1);", ["sharded is sharded", "on each of them"]),
    ("tables of different shards", "rename table alone to other;", ["not on the same shards"]),
    ("a word that is none", "-- weir: repeatabel\ninsert into a values (1);", ["can say 'repeatable'"]),
    ("a bad delimiter", "DELIMITER '\nselect 1;", ["DELIMITER line"]),
    ("locks by function", "select get_lock('x', 1);", ["takes locks"]),
    ("the session's past", "insert into a values (last_insert_id());", ["left in the session"]),
    ("nothing", "-- only a comment\n", ["holds no statement"]),
    ("nothing at all", "", ["holds no statement"]),
]


def test_refused():
    for name, text, parts in REFUSED:
        clean()
        put("0001_x.up", text)
        done = migrate("up", check=3)
        says(done, *parts)
        says(done, "nothing was run")
        same_everywhere("select count(*) from information_schema.tables where table_schema = 'shop' and table_name like 'weir_ledger'", "0")
        print("refused:", name)


def test_files():
    for name, files, parts in [
            ("a number used twice", ["0001_a.up", "0001_b.up"], ["the number 1 is used twice"]),
            ("a gap", ["0001_a.up", "0003_b.up"], ["number 2 is missing before it"]),
            ("a beginning that is missing", ["0002_a.up"], ["number 1 is missing before it"]),
            ("a name", ["0001_a.up", "2-b.up"], ["2-b.up.sql: its name must be like"]),
            ("neither up nor down", ["0001_a"], ["its name must be like"]),
            ("a down alone", ["0001_a.up", "0002_b.down"], ["no .up.sql of the same name"])]:
        clean()
        for file in files:
            put(file, "create table t (id int primary key);")
        says(migrate("up", check=3), *parts)
        print("files:", name)
    clean()
    put("20260101_a.up", "create table t (id int primary key);")
    put("20260301_b.up", "create table u (id int primary key);")
    migrate("up", check=0)
    print("files: dates have gaps")
    shutil.rmtree(FILES)
    says(migrate("up", check=3), "cannot be read", "weir migrate new")


def test_text():
    """BOM, carriage returns, semicolons in strings and comments, stored programs; UTF-16 and NUL bytes."""
    clean()
    put("0001_a.up", b"\xef\xbb\xbfcreate table t (id int primary key, s varchar(90));\r\n-- a; comment\r\ninsert into t values (1, 'a;b''c;'),"
                     b" (2, \"d\\\";\"); # x;\r\n/* y; */ insert into t values (3, 'e');\r\nDELIMITER $$\r\n"
                     b"create procedure p() begin select 1; select 2; end$$\r\nDELIMITER ;\r\n", binary=True)
    migrate("up", check=0)
    same_everywhere("select group_concat(s order by id separator '|') from t", "a;b'c;|d\";|e")
    same_everywhere("select count(*) from weir_ledger where ended_at is not null", "4")
    with open(os.path.join(FILES, "0001_a.up.sql"), "rb") as file:
        text = file.read()
    put("0001_a.up", text.replace(b"\r\n", b"\n")[3:], binary=True)
    migrate("verify", check=0) # the same file, checked out on another system
    put("0002_b.up", "create table w (id int);".encode("utf-16"), binary=True)
    says(migrate("up", check=3), "0002_b.up.sql:1: it is UTF-16")
    put("0002_b.up", b"create table w (id int);\n\0\0\0", binary=True)
    says(migrate("up", check=3), "0002_b.up.sql:2: it holds a NUL byte")
    put("0002_b.up", b"create table w (id int) comment '\xff';", binary=True)
    says(migrate("up", check=3), "it is not UTF-8")


def test_failing_statement():
    """It stops at the first failure, and goes on with that statement; only what has not run may be edited."""
    clean()
    put("0001_a.up", "create table t (id int primary key);\ninsert into t values (1);\ninsert into t values (1);\ninsert into t values (2);")
    put("0002_b.up", "creat table u (id int);")
    says(migrate("up", check=3), "0002_b.up.sql:1: statement 1", "nobody could tell")
    put("0002_b.up", "create table u (id int) frobnicate;")
    done = migrate("up", "--canary", "shop-1", check=1)
    says(done, "shop-1 FAILED: 2 of 5 statements; statement 3 of 0001_a", "Duplicate entry", "shop-0 stopped between two statements: 0 of 5")
    done = migrate("status", check=0)
    says(done, "shop-1: part up 2/4; statement 3 failed: Duplicate entry", "shop-0: pending")
    verdict = migrate("verify", check=3)
    says(verdict, "shop-1: 0001_a is part up here")
    put("0001_a.up", "create table t (id int primary key);\ninsert into t values (7);\ninsert into t values (3);\ninsert into t values (2);")
    says(migrate("up", check=3), "statement 2 of", "was edited since")
    put("0001_a.up", "create table t (id int primary key);\ninsert into t values (1);\ninsert into t values (3);\ninsert into t values (2);")
    says(migrate("up", "--canary", "shop-1", check=1), "You have an error in your SQL syntax", "statement 1 of 0002_b")
    put("0002_b.up", "create table u (id int);")
    migrate("up", check=0)
    same_everywhere("select group_concat(id order by id) from t", "1,2,3")
    put("0002_b.up", "create table u (id bigint);")
    says(migrate("up", check=3), "0002_b.up.sql was edited after it ran here")
    says(migrate("verify", check=3), "was edited after it ran")
    migrate("repair", "2", check=0)
    migrate("verify", check=0)
    os.remove(os.path.join(FILES, "0002_b.up.sql"))
    says(migrate("up", check=3), "version 2 (0002_b) has run on this shard and has no file")


def test_order():
    clean()
    put("0001_a.up", "create table a (id int);")
    put("0003_c.up", "create table c (id int);")
    put("0003_c.down", "drop table c;")
    migrate("up", "--allow-gaps", check=0)
    put("0002_b.up", "create table b (id int);")
    says(migrate("up", check=3), "0002_b has not run here, though version 3 has", "--out-of-order")
    assert migrate("plan", "--out-of-order", check=6).stdout.count("create table b (id int);") == 2
    migrate("up", "--out-of-order", check=0)
    migrate("plan", check=0)
    says(migrate("down", "--to", "1", check=3), "0002_b cannot be undone")
    migrate("down", check=0)
    same_everywhere("select count(*) from information_schema.tables where table_name = 'c'", "0")
    migrate("redo", check=0) # it was undone: up
    migrate("redo", check=0)
    same_everywhere("select max(round) from weir_ledger where version = 3", "5")


def test_engines_and_places():
    clean()
    put("0001_a.up", "create table m (id int) engine = myisam; create table i (id int primary key); create view v as select * from i;"
                     "create table alone (id int primary key);")
    put("0002_b.up", "insert into m values (1);")
    says(migrate("up", check=1), "m is not an InnoDB table", "-- weir: repeatable")
    put("0002_b.up", "-- weir: repeatable\ninsert into m values (1);\ninsert into alone values (5);")
    put("0003_c.up", "insert into v values (1);")
    says(migrate("up", check=1), "v is a view")
    put("0003_c.up", "create trigger tr before insert on i for each row insert into m values (2); insert into i values (1);")
    for shard in SHARDS:
        root(shard, "set global log_bin_trust_function_creators = 1")
    says(migrate("up", check=1), "a trigger of its table may write")
    put("0003_c.up", "create trigger tr before insert on i for each row insert into m values (2); drop table m; drop trigger tr;"
                     "insert into i values (1);")
    migrate("up", check=0)
    same_everywhere("select count(*) from i", "1")
    assert root("shop-0", "show tables like 'alone'") == "" and root("shop-1", "select id from alone") == "5"


def test_blocking():
    """INSTANT and in place run; what would copy does not, unless it is allowed or the table is empty."""
    clean()
    put("0001_a.up", "create table t (id int primary key, s varchar(20));\nalter table t modify s int;\nalter table t modify s varchar(20);\n"
                     "insert into t values (1, 'x');\nalter table t add column i int first;\nalter table t add index (s);\n"
                     "create unique index u on t (i);")
    migrate("up", check=0)
    put("0002_b.up", "alter table t modify s varbinary(3);")
    done = migrate("up", check=1)
    says(done, "0002_b.up.sql:1 (statement 1 of 1) would copy the table", "--allow-blocking", "ALGORITHM")
    same_everywhere("select column_type from information_schema.columns where table_schema='shop' and table_name='t' and column_name='s'",
                    "varchar(20)")
    done = migrate("up", "--allow-blocking", check=0)
    says(done, "copies the table or keeps writers out")
    put("0003_c.up", "alter table t add column z int, algorithm = copy;")
    says(migrate("up", check=1), "its own words")
    put("0003_c.up", "alter table t add column z int, algorithm = instant;")
    migrate("up", check=0)


def test_warnings():
    clean()
    put("0001_a.up", "create table sharded (id int not null, mail varchar(50), n bigint, d decimal(9,3), primary key (id));")
    says(migrate("up", check=0), "done")
    put("0002_b.up", "alter table sharded add column age int not null, add unique (mail), add unique key (id, mail);\n"
                     "create unique index u on sharded (n);\nalter table sharded modify n int, modify column mail varchar(60);\n"
                     "alter table sharded change mail post varchar(20), modify d decimal(9,2) not null;\n"
                     "alter table sharded add column x int not null default 5, modify n bigint not null;")
    done = migrate("plan", check=6)
    expected = ["1: column age is NOT NULL and has no DEFAULT", "1: a unique key of sharded without its shard key id",
                "2: a unique key of sharded without its shard key id", "3: column n becomes narrower than bigint(20): its range is smaller",
                "4: column mail becomes narrower than varchar(50): it is shorter",
                "4: column d becomes narrower than decimal(9,3): it has fewer digits",
                "5: column n becomes narrower than bigint(20): it takes no NULL"]
    lines = done.stderr.splitlines()
    assert len(lines) == len(expected), done.stderr
    for line, part in zip(lines, expected):
        assert "0002_b.up.sql:" + part in line, line


def schema(*arguments, check=0):
    done = subprocess.run([WEIR, "schema", *arguments, "--config", CONFIG], capture_output=True, text=True, check=False)
    assert done.returncode == check, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_schema():
    """What differs is found on primaries and replicas, and the SQL that is printed mends it."""
    clean()
    for shard in SHARDS:
        root(shard, "create table p (id int primary key, c int check (c > 0));"
                    "create table t (id int not null primary key auto_increment, a int, b varchar(20) not null default 'x;,(', c int,"
                    " d decimal(9,2), unique key u (a, b), key k (c), constraint fk foreign key (c) references p (id)) comment 'a, b';"
                    "create view v as select id from t; insert into t (a) values (5)")
    catch_up()
    assert "every server is alike" in schema("diff")
    dump = schema("dump")
    assert "weir_" not in dump and dump.count("CREATE TABLE") == 2 and "VIEW" in dump
    path = os.path.join(FOLDER, "dump.sql")
    with open(path, "w", encoding="utf-8") as file:
        file.write(dump)
    assert "every server is alike" in schema("diff", "--file", path)
    with open(path, "w", encoding="utf-8") as file: # by hand
        file.write("create table p (id integer not null, c int, primary key (id), constraint CONSTRAINT_1 check (c > 0));\n")
    assert "DROP TABLE `t`" in schema("diff", "--file", path, check=3)
    for change in ["alter table t drop column d", "alter table t add column e int after id", "alter table t modify b varchar(30)",
                   "alter table t drop key u, add unique key u (b, a)", "alter table t drop foreign key fk", "alter table t comment 'c'",
                   "alter table t modify d decimal(9,2) first", "alter table t drop foreign key fk, drop key k, drop column c", "drop view v",
                   "drop table t; create view t as select 1", "create table more (id int)", 
                   "alter table p add constraint positive check (id > 0)", "create or replace view v as select a from t"]:
        root("shop-1", change)
        sql = schema("diff", check=3)
        assert "shop-1 at" in sql and "shop-0 at" in sql, sql
        root("shop-1", sql.split("\n-- ")[0])
        catch_up()
        assert "every server is alike" in schema("diff"), change
    root("shop-0-r1", "alter table t add column z int")
    sql = schema("diff", check=3)
    assert sql.count("differs from") == 1 and "DROP COLUMN `z`" in sql, sql
    root("shop-0-r1", sql)
    schema("diff")
    schema("sideways", check=2)


def test_metadata_lock():
    """A transaction that has the table open is waited for in short tries; others get at the table between them."""
    clean()
    put("0001_a.up", "create table t (id int primary key); insert into t values (1);")
    migrate("up", check=0)
    put("0002_b.up", "alter table t add column z int;")
    holder = subprocess.Popen(["mariadb", f"--defaults-file={FOLDER}/root.cnf", f"--socket={servers()['shop-0']['socket']}", "shop"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write("start transaction; select * from t;\n")
    holder.stdin.flush()
    wait_for(lambda: root("shop-0", "select count(*) from information_schema.innodb_trx") != "0")
    says(migrate("up", "--canary", "shop-0", "--lock-wait", "1s", "--attempts", "2", check=1), "2 times 1 s were not enough")
    runner = start("up", "--canary", "shop-0", "--lock-wait", "1s", "--attempts", "10000")
    line = runner.stdout.readline()
    assert "waiting for transactions that have the table open" in line, line
    holder.communicate()
    output = runner.communicate()[0]
    assert runner.returncode == 0, output
    same_everywhere("select count(*) from information_schema.columns where table_schema='shop' and table_name='t'", "2")


def test_two_runners():
    clean()
    text = "".join(f"create table t{i} (id int primary key, n int); insert into t{i} values (1, 0); update t{i} set n = n + 1;\n" for i in range(20))
    put("0001_a.up", text)
    runners = [start("up", "--wait", "5m") for _ in range(4)]
    for runner in runners:
        output = runner.communicate()[0]
        assert runner.returncode == 0, output
    same_everywhere("select " + " + ".join(f"(select n from t{i})" for i in range(20)), "20")
    same_everywhere("select count(*), count(distinct token), sum(ended_at is null) from weir_ledger", "60\t1\t0")


def test_busy_and_fenced():
    """One that leaves at once; one that hangs and loses its lease, and then does nothing more."""
    clean()
    put("0001_a.up", "create table t (id int primary key, n int); insert into t values (1, 0); update t set n = n + 1; update t set n = n + 1;")
    hung = start("up", "--lease", "1s", faults="migrate_changed=stop@2")
    wait_for(lambda: "T" in open(f"/proc/{hung.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0])
    migrate("up", "--wait", "5m", "--lease", "1s", check=0)
    same_everywhere("select n from t", "2")
    os.kill(hung.pid, signal.SIGCONT)
    output = hung.communicate()[0]
    assert hung.returncode not in (0, -signal.SIGKILL), output
    same_everywhere("select n from t", "2")
    same_everywhere("select count(*), sum(ended_at is null) from weir_ledger", "4\t0")
    clean()
    put("0001_a.up", "create table t (id int primary key, n int);")
    hung = start("up", faults="migrate_leased=stop")
    wait_for(lambda: open(f"/proc/{hung.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] == "T")
    says(migrate("up", check=4), "another runner migrates database shop: process", "--wait 10m")
    os.kill(hung.pid, signal.SIGCONT)
    output = hung.communicate()[0]
    assert hung.returncode == 0, output


def test_interrupt():
    """Ctrl-C: the running statement ends, then the runner does; the same command goes on."""
    clean()
    put("0001_a.up", "create table t (id int primary key, n int);\ninsert into t values (1, 0);\nupdate t set n = n + 1 + sleep(1);\n"
                     "update t set n = n + 1;")
    runner = start("up", "--canary", "shop-0")
    wait_for(lambda: "sleep" in root("shop-0", "select group_concat(info) from information_schema.processlist where info like 'update t%'"))
    runner.send_signal(signal.SIGINT)
    output = runner.communicate()[0]
    assert runner.returncode == 5, output
    assert "ends after the running statement" in output and "goes on" in output, output
    assert root("shop-0", "select n from t") == "1"
    migrate("up", check=0)
    same_everywhere("select n from t", "2")


def test_shard_down():
    clean()
    put("0001_a.up", "create table t (id int primary key);")
    os.kill(servers()["shop-1"]["pid"], signal.SIGKILL)
    wait_for(lambda: not servers()["shop-1"]["alive"])
    says(migrate("up", check=1), "shop-1")
    says(migrate("status", check=1), "shop-0: pending", "shop-1: not known")
    assert root("shop-0", "show tables like 't'") == ""
    migrate("up", "--shard", "shop-0", check=0)
    assert weir("playground", "up", "--dir", FOLDER).returncode == 0
    wait_for(lambda: migrate("verify").returncode == 3)
    says(migrate("verify"), "is pending here and not on shop-0")
    migrate("up", check=0)
    migrate("verify", check=0)
    says(migrate("up", "--shard", "nowhere", check=2), "no shard 'nowhere'")
    put("0002_b.up", "create table u (id int primary key);")
    os.kill(servers()["shop-0"]["pid"], signal.SIGKILL)
    wait_for(lambda: not servers()["shop-0"]["alive"])
    says(migrate("up", "--shard", "shop-1", check=1), "the lease of database shop is on its first shard, shop-0")
    assert weir("playground", "up", "--dir", FOLDER).returncode == 0
    wait_for(lambda: migrate("up").returncode == 0)
    migrate("verify", check=0)


def test_connection_lost():
    clean()
    put("0001_a.up", "create table t (id int primary key, n int); insert into t values (1, 0); update t set n = n + 1;")
    for point in ("migrate_changed", "migrate_recorded", "migrate_defined"):
        done = migrate("up", "--canary", "shop-0", faults=f"{point}=fail@1")
        assert done.returncode in (0, 1), done.stdout + done.stderr
        if done.returncode == 1:
            says(done, "a fault point broke the connection")
    migrate("up", check=0)
    same_everywhere("select n from t", "1")


def test_baseline():
    clean()
    for shard in SHARDS:
        root(shard, "create table old (id int primary key)")
    put("0001_a.up", "create table old (id int primary key);")
    put("0002_b.up", "create table young (id int primary key);")
    says(migrate("up", check=1), "already exists")
    clean()
    for shard in SHARDS:
        root(shard, "create table old (id int primary key)")
    put("0002_b.up", "create table young (id int primary key);")
    migrate("baseline", "1", check=0)
    migrate("baseline", "1", check=0)
    migrate("up", check=0)
    same_everywhere("select count(*) from information_schema.tables where table_name in ('old', 'young')", "2")
    says(migrate("status", check=0), "baseline on every shard", "0002_b: applied")
    says(migrate("baseline", "2", check=1), "a baseline is for a schema that weir has not migrated so far")


def test_repair_statement():
    """A statement that began and whose end nobody can tell: one says so by hand."""
    clean()
    put("0001_a.up", "create table t (id int primary key);\n-- weir: repeatable\ntruncate t;\ncreate table u (id int);")
    done = migrate("up", "--canary", "shop-0", faults="migrate_begun=kill@2")
    assert done.returncode == -signal.SIGKILL
    says(migrate("status", check=0), "statement 2 has begun, its end is not known yet")
    migrate("repair", "1", "--statement", "2", "--done", "--shard", "shop-0", check=0)
    says(migrate("repair", "1", "--statement", "2", "--done", "--shard", "shop-0", check=1), "has ended")
    done = migrate("up", "--json", check=0)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ran = [e["sql"] for e in events if e["event"] == "end" and e.get("shard") == "shop-0"]
    assert ran == ["create table u (id int)"], ran
    assert events[-1] == {"event": "end", "status": "OK"}


def test_slips():
    """What an operator mistypes is told, and the way out that a message names is one."""
    clean()
    put("0001_a.up", "create table t (id int primary key);")
    put("0001_a.down", "drop table t;")
    says(migrate("up", "--to", "9", check=3), "there is no version 9 in", "1 mistake in the migrations")
    says(migrate("repair", "9", check=3), "there is no version 9 in")
    migrate("up", "--to", "1", check=0)
    says(migrate("verify", check=0), "0 mistakes, 0 differences")
    says(migrate("down", "--to", "9", check=3), "there is no version 9 in")
    put("0001_a.up", "create table t (id int  primary key);")
    told = migrate("up", check=3)
    way_out = re.search(r"weir migrate (repair \d+)", told.stderr + told.stdout).group(1)
    migrate(*way_out.split(), check=0)
    migrate("verify", check=0)
    migrate("down", "--to", "0", check=0)
    same_everywhere("show tables like 't'", "")


def running(shard, part):
    return root(shard, "select group_concat(id) from information_schema.processlist where user = 'app' and command <> 'Sleep' and"
                       f" (info like '%{part}%' or state like '%{part}%')").replace("NULL", "")


def test_busy_primary_is_waited_for():
    """threads_running above the limit: nothing begins until the servers are at ease."""
    clean()
    put("0001_a.up", "create table t (id int primary key);")
    sleeping = [subprocess.Popen(["mariadb", f"--defaults-file={FOLDER}/root.cnf", f"--socket={servers()['shop-0']['socket']}", "shop",
                                  "-e", "select sleep(1000)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(8)]
    count = "select count(*) from information_schema.processlist where info = 'select sleep(1000)'"
    wait_for(lambda: root("shop-0", count) == "8")
    runner = start("up", "--canary", "shop-0", "--max-threads", "8")
    line = runner.stdout.readline()
    assert "waiting for the primary, which runs" in line and "8 are allowed" in line, line
    same_everywhere("show tables like 't'", "")
    runner.send_signal(signal.SIGINT) # also a wait ends when asked to
    output = runner.communicate()[0]
    assert runner.returncode == 5, output
    runner = start("up", "--canary", "shop-0", "--max-threads", "8")
    line = runner.stdout.readline()
    assert "waiting for the primary, which runs" in line, line
    for connection in root("shop-0", "select id from information_schema.processlist where info = 'select sleep(1000)'").split():
        root("shop-0", f"kill {connection}")
    output = runner.communicate()[0]
    assert runner.returncode == 0, output
    for one in sleeping:
        one.wait()
    same_everywhere("show tables like 't'", "t")


ROWS = "insert into big (t) select repeat('x', 200) from seq_1_to_60000"


def test_connection_lost_in_alter():
    """The connection is lost while the server copies a table: the statement is not run twice, and nothing of it is half there."""
    clean()
    put("0001_a.up", f"create table big (id int auto_increment primary key, t varchar(200)); {ROWS};")
    migrate("up", check=0)
    put("0002_b.up", "alter table big add column z int not null default 5, algorithm=copy;\nupdate big set z = z + 1;")
    lost = False
    for _ in range(20): # it may have ended before it is killed
        runner = start("up", "--canary", "shop-0", "--allow-blocking")
        wait_for(lambda: runner.poll() is not None or running("shop-0", "copy to tmp table"))
        for connection in running("shop-0", "alter table big").split(","):
            if connection:
                root("shop-0", f"kill {connection}")
        output = runner.communicate()[0]
        lost = runner.returncode == 1
        if lost:
            break
        assert runner.returncode == 0, output
        for shard in SHARDS:
            root(shard, "alter table big drop column z; delete from weir_ledger where version = 2")
    assert lost, "no ALTER ever lost its connection"
    assert "shop-0 FAILED" in output, output
    says(migrate("status", check=0), "0002_b", "statement 1")
    migrate("up", "--canary", "shop-0", "--allow-blocking", check=0)
    same_everywhere("select count(*), sum(z = 6) from big", "60000\t60000")
    same_everywhere("select count(*) from weir_ledger where ended_at is null", "0")


def test_lease_lost_before_a_statement():
    """A runner that hangs in between loses its lease to another and begins nothing more, on no shard."""
    clean()
    put("0001_a.up", "create table t (id int primary key, n int); insert into t values (1, 0);")
    put("0002_b.up", "create table u (id int primary key); update t set n = n + 1;")
    hung = start("up", "--lease", "1s", "--canary", "shop-0", faults="migrate_ended=stop@2")
    wait_for(lambda: open(f"/proc/{hung.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] == "T")
    migrate("up", "--wait", "5m", "--lease", "1s", "--canary", "shop-1", check=0)
    taken = [root(shard, "select token, count(*) from weir_ledger group by token order by token") for shard in SHARDS]
    os.kill(hung.pid, signal.SIGCONT)
    output = hung.communicate()[0]
    assert hung.returncode == 1 and ("lease" in output or "Lost connection" in output or "gone away" in output or
                                     "server closed" in output), f"{hung.returncode}: {output}"
    assert taken == [root(shard, "select token, count(*) from weir_ledger group by token order by token") for shard in SHARDS]
    same_everywhere("select n from t", "1")
    same_everywhere("select count(*) from weir_ledger where ended_at is null", "0")


def test_fence():
    """A newer token on the shard: what an older runner has changed is undone with its row, in any sql_mode, and an ALTER is not sent."""
    for text, point in (("update t set n = n + 1;", "migrate_changed"), ("alter table t add column z int;", "migrate_fenced")):
        clean()
        put("0001_a.up", "create table t (id int primary key, n int); insert into t values (1, 0);")
        migrate("up", check=0)
        put("0002_b.up", f"set sql_mode = '';\n{text}")
        hung = start("up", "--canary", "shop-0", faults=f"{point}=stop@1")
        wait_for(lambda: open(f"/proc/{hung.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] == "T")
        root("shop-0", "update weir_lease set token = token + 1 where name = 'migrate:shop'")
        os.kill(hung.pid, signal.SIGCONT)
        output = hung.communicate()[0]
        assert hung.returncode == 1 and "another runner has taken the lease" in output, output
        same_everywhere("select group_concat(n) from t", "0")
        same_everywhere("select count(*) from information_schema.columns where table_schema = 'shop' and table_name = 't'", "2")
        assert root("shop-0", "select count(*) from weir_ledger where version = 2 and statement = 2") == "0"


def test_lease_lost_in_a_statement():
    """The lease's connection is gone while a statement runs: that one ends, no other begins, on no shard."""
    clean()
    put("0001_a.up", "create table t (id int primary key, n int);\ninsert into t values (1, 0);")
    migrate("up", check=0)
    put("0002_b.up", "update t set n = n + 1;\nupdate t set n = n + 1;")
    holder = subprocess.Popen(["mariadb", f"--defaults-file={FOLDER}/root.cnf", f"--socket={servers()['shop-0']['socket']}", "shop"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write("start transaction; select * from t for update;\n")
    holder.stdin.flush()
    wait_for(lambda: root("shop-0", "select count(*) from information_schema.innodb_trx where trx_rows_locked > 0") != "0")
    runner = start("up", "--lease", "1s", "--canary", "shop-0")
    wait_for(lambda: running("shop-0", "update t set"))
    root("shop-0", "kill " + root("shop-0", "select is_used_lock('weir-migrate-lease:shop')"))
    wait_for(lambda: root("shop-0", "select count(*) from weir_lease where name = 'migrate:shop' and until < now(6) - interval 1 second") == "1")
    holder.communicate()
    output = runner.communicate()[0]
    assert runner.returncode == 1 and "the lease could not be renewed in time" in output, output
    assert root("shop-0", "select n from t") == "1" and root("shop-1", "select n from t") == "0"
    migrate("up", check=0)
    same_everywhere("select n from t", "2")


def test_disk_full():
    """A schema on a disk of its own, too small for the copy that an ALTER makes and for rows: the statement has not run, and runs later."""
    clean()
    shutil.rmtree(os.path.join(DIR, "small"), ignore_errors=True)
    os.makedirs(os.path.join(DIR, "small"))
    config = os.path.join(FOLDER, "small.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"defaults: {{user: app, password: {{file: {FOLDER}/password}}}}\n"
                   f"databases: {{small: {{primary: {FOLDER}/shop-0/sock, schema: small}}}}\n")

    def run(**options):
        return migrate("up", "--config", config, "--allow-blocking", **options)

    def put_small(name, text):
        with open(os.path.join(DIR, "small", name + ".sql"), "w", encoding="utf-8") as file:
            file.write(text)

    root("shop-0", "drop database if exists small; create database small; grant all on small.* to app@'%'")
    folder = os.path.join(FOLDER, "shop-0", "data", "small")
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "tmpfs", folder], capture_output=True, text=True, check=False)
    if mount.returncode:
        print("test_disk_full: NOT RUN, no disk can be made here:", mount.stderr.strip())
        root("shop-0", "drop database small")
        return
    try:
        put_small("0001_a.up", f"create table big (id int auto_increment primary key, t varchar(200)); {ROWS};")
        run(check=0)
        subprocess.run(["mount", "-o", "remount,size=34m", folder], check=True)
        put_small("0002_b.up", "alter table big add column z int not null default 5, algorithm=copy;\n")
        put_small("0003_c.up", "update big set z = z + 1;\ninsert into big (t, z) select repeat('y', 200), 0 from big, seq_1_to_3;\n")
        says(run(check=1), "statement 1 of 0002_b", "is full")
        says(migrate("status", "--config", config, check=0), "0002_b", "statement 1 failed")
        assert root("shop-0", "select count(*) from small.big") == "60000"
        subprocess.run(["mount", "-o", "remount,size=56m", folder], check=True)
        says(run(check=1), "statement 2 of 0003_c", "is full")
        assert root("shop-0", "select count(*), sum(z = 6) from small.big") == "60000\t60000"
        subprocess.run(["mount", "-o", "remount,size=300m", folder], check=True)
        run(check=0)
        assert root("shop-0", "select count(*), sum(z = 6), sum(z = 0) from small.big") == "240000\t60000\t180000"
        assert root("shop-0", "select count(*), sum(ended_at is null) from small.weir_ledger") == "5\t0"
    finally:
        root("shop-0", "drop table if exists small.big, small.weir_ledger, small.weir_lease")
        subprocess.run(["umount", "-l", folder], check=True)
        root("shop-0", "drop database small")


def test_new_and_usage():
    clean()
    shutil.rmtree(DIR)
    done = migrate("new", "add_users", check=0)
    assert re.findall(r"0001_add_users\.(?:up|down)\.sql", done.stdout) == ["0001_add_users.up.sql", "0001_add_users.down.sql"]
    says(migrate("new", "more", check=0), "0002_more.up.sql")
    says(migrate("up", check=3), "holds no statement")
    says(migrate("new", "no/such", check=2), "a name is letters")
    says(migrate("sideways", check=2), "there is no 'sideways'")
    says(migrate("up", "--parallel", "0", check=2), "--parallel")
    assert migrate("--help", check=0).stdout.startswith("usage: weir migrate")


def test_bars():
    """On a terminal a bar for each shard."""
    clean()
    put("0001_a.up", "create table t (id int primary key); insert into t values (1);")
    terminal, inside = pty.openpty()
    runner = subprocess.Popen([WEIR, "migrate", "--config", CONFIG, "--dir", DIR, "up"], stdout=inside, stderr=subprocess.STDOUT)
    os.close(inside)
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError: # the other side is closed
            break
        if not piece:
            break
        output += piece
    os.close(terminal)
    assert runner.wait() == 0, output
    text = output.decode()
    assert re.search(r"shop-0 +\[#{10}\.{10}\] 1/2 0001_a", text) and re.search(r"shop-1 +\[#{20}\] 2/2 done", text), text


def test_replica_is_waited_for():
    clean()
    put("0001_a.up", "create table t (id int primary key);")
    migrate("up", check=0)
    put("0002_b.up", "create table u (id int primary key);")
    root("shop-0-r1", "stop slave sql_thread")
    root("shop-0", "insert into t values (1)")
    runner = start("up", "--canary", "shop-0", "--max-lag", "1s")
    line = runner.stdout.readline()
    assert "waiting for its replica" in line, line
    assert root("shop-0", "show tables like 'u'") == ""
    root("shop-0-r1", "start slave sql_thread")
    output = runner.communicate()[0]
    assert runner.returncode == 0, output


def main():
    set_up()
    for name, test in list(globals().items()):
        if name.startswith("test_") and (len(sys.argv) < 2 or any(word in name for word in sys.argv[1:])):
            began = time.monotonic()
            test()
            print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    clean()


main()
