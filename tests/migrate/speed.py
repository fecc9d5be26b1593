#!/usr/bin/env python3
"""speed.py - weir migrate against feeding the same statements to the mariadb client. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 8 --socket -- tests/migrate/speed.py [MIGRATIONS] [ROUNDS]

MIGRATIONS small ones (a table of six, columns, indexes, rows) on every shard: by weir migrate up, and by one `mariadb` client for each
shard, all at once; both over the servers' sockets. In turns, each time on an empty schema; prints each round's seconds and the ratio, and
the median of the ratios.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from playground import FOLDER, WEIR, root, servers

SHARDS = sorted(name for name in servers() if "-r" not in name and not name.startswith(("redis", "mongo")))
DIR = os.path.join(FOLDER, "speed")
TABLES = "create table t{0} (id int primary key, a int not null, b varchar(40)) engine=innodb"
OTHERS = ["insert into t{0} values (1, 1, 'one'), (2, 2, 'two')", "alter table t{0} add column c int", "create index by_a on t{0} (a)",
          "update t{0} set c = a + 1", "alter table t{0} add column d varchar(10) not null default ''"]


def statements(count):
    made = []
    for i in range(count):
        made.append((TABLES if i % 6 == 0 else OTHERS[i % 6 - 1]).format(i // 6))
    return made


def empty():
    for shard in SHARDS:
        root(shard, "drop database shop; create database shop")


def by_weir():
    began = time.monotonic()
    done = subprocess.run([WEIR, "migrate", "up", "--config", os.path.join(FOLDER, "weir.yaml"), "--dir", DIR, "--parallel", "8", "--max-threads",
                           "0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return time.monotonic() - began


def by_client(made):
    text = "".join(f"{sql};\n" for sql in made)
    began = time.monotonic()
    clients = []
    for shard in SHARDS:
        command = ["mariadb", f"--defaults-file={FOLDER}/root.cnf", f"--socket={servers()[shard]['socket']}", "shop"]
        clients.append(subprocess.Popen(command, stdin=subprocess.PIPE, text=True))
    began = time.monotonic()
    for client in clients:
        client.stdin.write(text)
        client.stdin.close()
    for client in clients:
        assert client.wait() == 0
    return time.monotonic() - began


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    made = statements(count)
    shutil.rmtree(DIR, ignore_errors=True)
    os.makedirs(os.path.join(DIR, "shop"))
    for number, sql in enumerate(made, 1):
        with open(os.path.join(DIR, "shop", f"{number:04}_step.up.sql"), "w", encoding="utf-8") as file:
            file.write(sql + ";\n")
    ratios = []
    for _ in range(rounds):
        empty()
        client = by_client(made)
        empty()
        weir = by_weir()
        print(f"{count} migrations on {len(SHARDS)} shards: clients {client:.2f} s, weir {weir:.2f} s, {weir / client:.2f}x", flush=True)
        ratios.append(weir / client)
    print(f"median {statistics.median(ratios):.2f}x")


main()
