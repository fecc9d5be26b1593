#!/usr/bin/env python3
"""whole_crash_test.py - a process killed inside one statement that writes on several shards. SPDX-License-Identifier: Apache-2.0

At each named point of two-phase commit `weir sql` dies by SIGKILL amid an INSERT, REPLACE, UPDATE, DELETE, the move of a row to another
shard, and writes of a table that is everywhere. Behind `weir resolve` each shard must be as it was before the decision, and behind the
decision as the whole statement makes it.
"""
import os
import signal
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from playground import FOLDER, PATIENCE, WEIR, root, wait_for, weir

SHARDS = ["shop-0", "shop-1"]
CONFIG = os.path.join(FOLDER, "whole_crash.yaml")
UNDONE, DONE = ("two_phase_ready", "two_phase_prepared"), ("two_phase_decided", "two_phase_finish")


def shard_of(key):
    return zlib.crc32(str(key).encode()) % 1024 // 512


ELSEWHERE = next(key for key in range(1000, 2000) if shard_of(key) != shard_of(1))
STATEMENTS = [
    "INSERT INTO whole (id, v) VALUES " + ", ".join(f"({key}, 1)" for key in range(101, 121)),
    "INSERT INTO whole (id, v) VALUES " + ", ".join(f"({key}, 1)" for key in range(11, 31)) + " ON DUPLICATE KEY UPDATE v = v + 5",
    "REPLACE INTO whole (id, v) VALUES " + ", ".join(f"({key}, 2)" for key in range(11, 31)),
    "UPDATE whole SET v = v + 1",
    "DELETE FROM whole WHERE v = 0",
    f"UPDATE whole SET id = {ELSEWHERE} WHERE id = 1",
    "INSERT INTO whole_kinds (id, v) VALUES (7, 7), (8, 8)",
    "UPDATE whole_kinds SET v = v + 1",
    "DELETE FROM whole_kinds",
]


def run(sql, faults=""):
    return subprocess.run([WEIR, "sql", "--config", CONFIG, "--execute", sql], capture_output=True, text=True, timeout=PATIENCE,
                          check=False, env={**os.environ, "WEIR_FAULTS": faults})


def good(done):
    assert done.returncode == 0, done.stderr + done.stdout


def begin_anew():
    for shard in SHARDS:
        root(shard, "delete from whole; delete from whole_kinds")
    good(run("INSERT INTO whole (id, v) VALUES " + ", ".join(f"({key}, 0)" for key in range(1, 21))))
    good(run("INSERT INTO whole_kinds (id, v) VALUES (1, 1), (2, 2)"))


def state():
    return [root(shard, "select 'whole', id, v from whole union all select 'kinds', id, v from whole_kinds order by 1, 2") for shard in SHARDS]


def settled():
    """The servers have heard that the client is gone, and nothing is prepared or open."""
    return (weir("resolve", "--config", CONFIG).returncode == 0
            and all(not root(shard, "xa recover") and root(shard, "select count(*) from information_schema.innodb_trx") == "0" for shard in SHARDS))


def main():
    with open(os.path.join(FOLDER, "weir.yaml"), encoding="utf-8") as file:
        text = file.read()
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text + "tables:\n  shop.whole: {shard_by: id}\n  shop.whole_kinds: {everywhere: true}\n")
    good(weir("setup", "--config", CONFIG))
    for shard in SHARDS:
        for table in ("whole", "whole_kinds"):
            root(shard, f"drop table if exists {table}; create table {table} (id bigint not null primary key, v int not null) engine=innodb")
    for sql in STATEMENTS:
        begin_anew()
        before = state()
        good(run(sql))
        after = state()
        assert all(one != other for one, other in zip(before, after)), f"{sql}: it does not write on each shard"
        for point in UNDONE + DONE:
            begin_anew()
            assert state() == before
            killed = run(sql, f"{point}=kill@1")
            assert killed.returncode == -signal.SIGKILL, f"{sql}: {point} was not reached: {killed.returncode} {killed.stderr}"
            wait_for(settled)
            wanted = before if point in UNDONE else after
            assert state() == wanted, f"{sql}: killed at {point}: {state()}, not {wanted}"
    for shard in SHARDS:
        root(shard, "drop table whole, whole_kinds")


main()
