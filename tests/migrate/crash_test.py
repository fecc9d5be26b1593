#!/usr/bin/env python3
"""crash_test.py - runners of weir migrate killed at every named point and at random. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 3 -- tests/migrate/crash_test.py KILLS [SEED]

Up and down again and again over three shards, each time killed until it got through. Afterwards ledger, schema and data must be as if
nothing had ever stopped. Every named point must have killed a runner, and so must a running ALTER; KILLS more fall at random.
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from playground import FOLDER, WEIR, root, servers, wait_for

SHARDS = ["shop-0", "shop-1", "shop-2"]
FILES = os.path.join(FOLDER, "crash", "shop")
MIGRATE = [WEIR, "migrate", "--config", os.path.join(FOLDER, "weir.yaml"), "--dir", os.path.join(FOLDER, "crash"), "--wait", "5m"]

# Data statements change what they find (n + 1), so that running one twice shows; definitions fail when run twice.
MIGRATIONS = [
    ("accounts", "create table accounts (id int primary key, n int not null, note varchar(40));"
                 "insert into accounts (id, n) values (1, 0), (2, 0), (3, 0);",
     "drop table accounts;"),
    ("hits", "create table hits (id int primary key, n int not null); insert into hits values (1, 0), (2, 0);"
             "update hits set n = n + 1; update hits set n = n * 3 where id = 1;",
     "update hits set n = n - 1; drop table hits;"),
    ("columns", "alter table accounts add column a int, add column b varchar(20); create index by_a on accounts (a);"
                "update accounts set a = id * 10; alter table accounts add index (b), add index (b, a);",
     "alter table accounts drop index b, drop index b_2; drop index by_a on accounts; alter table accounts drop column a, drop column b;"),
    ("settings", "set foreign_key_checks = 0; create table child (id int primary key, p int, foreign key (p) references parents (id));"
                 "insert into child values (1, 77); create table parents (id int primary key); insert into parents values (5);"
                 "update hits set n = n + 1;",
     "set foreign_key_checks = 0; drop table parents; drop table child;"),
    ("swap", "create table twin (id int primary key, other int); insert into twin values (9, 9);"
             "rename table hits to spare, twin to hits, spare to twin; insert into hits values (10, 10); update twin set n = n + 1;",
     "rename table hits to spare, twin to hits, spare to twin; drop table twin;"),
    ("programs", "create view sums as select sum(id) as total from accounts;\nDELIMITER //\n"
                 "create procedure bump() begin update accounts set n = n + 1; select ';'; end//\n"
                 "create trigger keep before insert on accounts for each row begin set new.note = 'made'; end//\nDELIMITER ;\n"
                 "insert into accounts (id, n) values (4, 4);",
     "delete from accounts where id = 4; drop trigger keep; drop procedure bump; drop view sums;"),
    ("declared", "-- weir: repeatable\ntruncate table child; insert into parents values (6);\n"
                 "alter table accounts modify note varchar(40); alter table accounts comment 'x; y';",
     "alter table accounts comment ''; -- weir: repeatable\n analyze table accounts;"),
    ("last", "delete from accounts where id = 2; alter table accounts rename column n to amount; update accounts set amount = amount + 7;",
     "update accounts set amount = amount - 7; alter table accounts rename column amount to n; insert into accounts (id, n, note)"
     " values (2, 0, null); update accounts set note = null;"),
]
# Where each point stands in the run does not matter much; it is reached on the first shard and again on the others.
POINTS = ["migrate_begun", "migrate_changed", "migrate_committed", "migrate_defined", "migrate_ended", "migrate_fenced", "migrate_leased",
          "migrate_locked", "migrate_recorded"]


def points_of_the_source():
    with open(os.path.join(HERE, "../../base/fault.h"), encoding="utf-8") as file:
        return re.findall(r"X\((migrate_\w+)\)", file.read())


def write_files():
    os.makedirs(FILES, exist_ok=True)
    for number, (name, up, down) in enumerate(MIGRATIONS, 1):
        for direction, text in (("up", up), ("down", down)):
            with open(os.path.join(FILES, f"{number:04}_{name}.{direction}.sql"), "w", encoding="utf-8") as file:
                file.write(text + "\n")


def command(direction):
    return MIGRATE + (["up"] if direction == "up" else ["down", "--to", "0"])


def start(direction, faults=""):
    return subprocess.Popen(command(direction), env=dict(os.environ, WEIR_FAULTS=faults), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def run(direction):
    """To the end, whatever stood there."""
    runner = start(direction)
    output = runner.communicate()[0]
    assert runner.returncode == 0, output
    return output


def state():
    """Schema, data and the last round of the ledger on every shard."""
    found = []
    for shard in SHARDS:
        socket = servers()[shard]["socket"]
        dump = subprocess.run(["mariadb-dump", f"--defaults-file={FOLDER}/root.cnf", f"--socket={socket}", "--skip-comments", "--compact",
                               "--routines", "--triggers", "--skip-extended-insert", "--ignore-table=shop.weir_ledger",
                               "--ignore-table=shop.weir_lease", "shop"], capture_output=True, text=True, check=False)
        assert dump.returncode == 0, dump.stderr
        found.append(re.sub(r" AUTO_INCREMENT=\d+", "", dump.stdout))
        found.append(root(shard, "select version, mod(round, 2), statement, statements, name, checksum, statement_checksum, ended_at is not null,"
                                 " intent, error from weir_ledger l where round = (select max(round) from weir_ledger m where m.version ="
                                 " l.version) order by version, statement"))
    return found


def check(direction, expected):
    for got, wanted in zip(state(), expected[direction]):
        assert got == wanted, f"after {direction}:\n{got}\nand not\n{wanted}"


def kill_at_points(expected):
    assert sorted(POINTS) == points_of_the_source(), "the list of points is not that of base/fault.h"
    direction = "up"
    for point in POINTS:
        for time_of_pass in (1, random.randint(2, 3)): # on the canary, and later
            reached = False
            for _ in range(4): # it may be that what is left has no such statement
                runner = start(direction, f"{point}=kill@{time_of_pass if point != 'migrate_leased' else 1}")
                output = runner.communicate()[0]
                reached = reached or runner.returncode == -signal.SIGKILL
                assert runner.returncode in (0, -signal.SIGKILL), output
                run(direction)
                check(direction, expected)
                direction = "down" if direction == "up" else "up"
                if reached:
                    break
            assert reached, f"{point} was never reached"
    if direction == "down":
        run("down")
    print("crash_test: every named point killed a runner", flush=True)


def kill_in_alter():
    """While the server copies a table for a runner that is gone, the next one waits; then it finds that it has run."""
    with open(os.path.join(FILES, "0100_big.up.sql"), "w", encoding="utf-8") as file:
        file.write("create table big (id int auto_increment primary key, t varchar(200));"
                   "insert into big (t) select repeat('x', 200) from seq_1_to_60000; alter table big add column z int, algorithm=copy;")
    with open(os.path.join(FILES, "0100_big.down.sql"), "w", encoding="utf-8") as file:
        file.write("drop table big;")
    options = ["--allow-gaps", "--allow-blocking"]
    waited = False
    for _ in range(20):
        runner = subprocess.Popen(command("up") + options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        copying = "select count(*) from information_schema.processlist where info like 'alter table big%' and state like 'copy%'"
        wait_for(lambda: runner.poll() is not None or any(root(shard, copying) != "0" for shard in SHARDS))
        runner.kill()
        runner.wait()
        done = subprocess.run(command("up") + options, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        for shard in SHARDS:
            assert root(shard, "select count(*), sum(z is null) from big") == "60000\t60000"
            assert root(shard, "select count(*) from weir_ledger where version = 100 and ended_at is null") == "0"
        waited = waited or "has run" in done.stdout
        done = subprocess.run(MIGRATE + ["down", "--to", "0"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        if waited:
            break
    assert waited, "no runner was ever killed inside an ALTER"
    os.remove(os.path.join(FILES, "0100_big.up.sql"))
    os.remove(os.path.join(FILES, "0100_big.down.sql"))
    for shard in SHARDS:
        root(shard, "delete from weir_ledger where version = 100")
    print("crash_test: killed inside an ALTER, which went on: found out", flush=True)


def kill_at_random(kills, expected):
    direction, longest, killed, through = "up", 2.0, 0, 0
    while killed < kills:
        runner = start(direction)
        began = time.monotonic()
        try:
            output = runner.communicate(timeout=random.uniform(0, longest))[0]
        except subprocess.TimeoutExpired:
            runner.kill()
            runner.communicate()
            killed += 1
            continue
        assert runner.returncode == 0, output
        longest = max(0.3, 0.8 * longest + 0.2 * (time.monotonic() - began))
        check(direction, expected)
        through += 1
        direction = "down" if direction == "up" else "up"
    run(direction)
    check(direction, expected)
    print(f"crash_test: {killed} kills at random, {through + 1} times through", flush=True)
    return direction


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    random.seed(seed)
    print(f"crash_test: seed {seed}", flush=True)
    write_files()
    for shard in SHARDS: # else a user without SUPER may not make triggers
        root(shard, "set global log_bin_trust_function_creators = 1")
    expected = {"up": None, "down": None}
    for direction in ("up", "down", "up", "down"): # twice: a round leaves nothing behind that changes the next one
        run(direction)
        if expected[direction]:
            check(direction, expected)
        expected[direction] = state()
    kill_at_points(expected)
    kill_in_alter()
    kill_at_random(kills, expected)


main()
