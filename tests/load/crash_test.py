#!/usr/bin/env python3
"""crash_test.py - weir load killed at every named point and at random. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 3 -- tests/load/crash_test.py [KILLS [SEED]]

One load after the other of a file with bad rows, each killed until it has come through: once at each named point, then at random, KILLS in all
(WEIR_LOAD_KILLS; 50). After each load every good row must be there once, on its shard, and every bad one once in the reject file.
"""
import os
import random
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from loads import CONFIG, everywhere, load, rejects, rows, set_up, shard_of, write
from playground import FOLDER, WEIR

ROWS = 12000  # where the kills fall at random; at a named point fewer will do
FEW = 4000
OPTIONS = ["--batch", "100", "--parallel", "6"]
REJECTS = os.path.join(FOLDER, "crash.rejects")


def points_of_the_source():
    with open(os.path.join(HERE, "..", "..", "base", "fault.h"), encoding="utf-8") as file:
        return re.findall(r"X\((load_\w+)\)", file.read())


def make_file(seed, count):
    """Bad: a duplicate key, too long a name, a missing field, a key that is no number. Line n holds row n - 1."""
    choice = random.Random(seed)
    lines, good, bad = ["id,name"], {}, set()
    for line in range(2, count + 2):
        kind = choice.randrange(100)
        key = line * 7 + seed * 1000003 % 1000
        if kind == 0 and good:
            lines.append(f"{choice.choice(list(good)[-50:])},again")
        elif kind == 1:
            lines.append(f"{key},{'long' * 20}")
        elif kind == 2:
            lines.append(f"{key}")
        elif kind == 3:
            lines.append(f"x{key},no number")
        else:
            lines.append(f"{key},name {key}")
            good[key] = f"name {key}"
            continue
        bad.add(line)
    return write("crash.csv", "\n".join(lines) + f"\n"), good, bad


def check(table, good, bad, what):
    found = {}
    for shard, key, name in rows(table):
        found.setdefault(int(key), []).append((shard, name))
    wrong = [key for key, name in good.items()
             if not found.get(key) or any(one[1] != name for one in found[key])
             or [one[0] for one in found[key]] != ([shard_of(key)] if table == "items" else ["shop-0", "shop-1", "shop-2"])]
    assert not wrong and set(found) == set(good), (what, len(wrong), wrong[:5], len(found), len(good))
    told = [row["line"] for row in rejects(REJECTS)]
    assert len(told) == len(set(told)) and set(told) == bad, (what, len(told), len(bad), sorted(set(told) ^ bad)[:5])


def run_killed(table, path, env=None, after=None):
    """True: it was killed."""
    command = [WEIR, "load", table, path, "--config", CONFIG, "--reject", REJECTS, *OPTIONS]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
    if after is not None:
        timer = threading.Timer(after, process.kill)
        timer.start()
    output = process.communicate()[0].decode()
    if after is not None:
        timer.cancel()
    assert process.returncode in (0, -9), (process.returncode, output)
    return process.returncode == -9


def one_load(table, number, kill, count=FEW):
    everywhere(f"truncate {table}")
    if os.path.exists(REJECTS):
        os.unlink(REJECTS)
    path, good, bad = make_file(number, count)
    killed = 0
    while kill(path, killed):
        killed += 1
    check(table, good, bad, (table, number))
    again = load(table, path, "--reject", REJECTS, *OPTIONS)
    assert again.returncode == 0 and b"loaded already" in again.stdout, again
    check(table, good, bad, (table, number, "again"))
    return killed


def at_point(table, point, number, passes, count=FEW):
    def kill(path, killed):
        return run_killed(table, path, {"WEIR_FAULTS": f"{point}=kill@{passes}"} if killed == 0 else {})
    assert one_load(table, number, kill, count) == 1, f"{point} was not reached"


def main():
    kills = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("WEIR_LOAD_KILLS", "50"))
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1000000)
    print(f"seed {seed}", flush=True)
    choice = random.Random(seed)
    set_up("\ntables:\n  shop.items: {shard_by: id}\n  shop.kinds: {everywhere: true}\n")
    for table in ("items", "kinds"):
        everywhere(f"drop table if exists {table}; create table {table} (id int primary key, name varchar(30) not null)")
    number = seed
    for point in points_of_the_source():
        passes = 1 if point in ("load_begun", "load_ended", "load_exported", "load_cleared") else 2 if point == "load_taken" else choice.randrange(2, 35)
        number += 1
        at_point("items", point, number, passes)
        if point not in ("load_begun", "load_taken"):
            number += 1
            at_point("kinds", point, number, 1 if passes == 1 else choice.randrange(2, 20))
    # The last batch is decided, and other shards have it prepared: the next run, which has nothing to send, finishes them.
    at_point("kinds", "two_phase_finish", number + 1, 1, 60)
    number += 1
    # The answer to a COMMIT is lost: the same run finds out and goes on.
    for table in ("items", "kinds"):
        number += 1
        lost = {"WEIR_FAULTS": "load_answer=fail@5"}
        assert one_load(table, number, lambda path, killed: run_killed(table, path, lost)) == 0
    for point in ("load_inserted", "load_recorded"):
        number += 1
        assert one_load("items", number, lambda path, killed: run_killed("items", path, {"WEIR_FAULTS": f"{point}=fail@3"})) == 0
    begun = time.monotonic()
    done = loads = 0
    while done < kills:
        number += 1
        table = "kinds" if loads % 5 == 4 else "items"
        done += one_load(table, number, lambda path, killed: run_killed(
            table, path, after=choice.uniform(0.02, 0.6) if done + killed < kills else None), ROWS)
        loads += 1
    print(f"{done} random kills over {loads} loads, each exact, in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
