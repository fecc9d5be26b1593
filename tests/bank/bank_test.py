#!/usr/bin/env python3
"""bank_test.py - money moved between four shards while clients and servers are killed. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 4 -- tests/bank/bank_test.py SECONDS [SEED]

Afterwards: the total is what it was; each acknowledged transfer is there exactly once, on both sides; each that surely did not
happen is nowhere; no branch is prepared, no transaction open. Every named point of router/two_phase.c and router/commit_id.c must
have killed a worker.
"""
import collections
import os
import random
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from playground import FOLDER, root, servers, wait_for, weir

WORKER = os.environ.get("BANK_WORKER", os.path.join(HERE, "../../build/dev/tests/bank/bank_worker"))
CONFIG, LOG = os.path.join(FOLDER, "bank.yaml"), os.path.join(FOLDER, "bank.log")
SHARDS = [f"shop-{i}" for i in range(4)]
ACCOUNTS, OPENING = 40, 1000
POINTS = {
    "two_phase_ready": "two_phase_ready=kill@{}",
    "two_phase_prepared": "two_phase_prepared=kill@{}",
    "two_phase_decided": "two_phase_decided=kill@{}",
    "two_phase_finish": "two_phase_finish=kill@{}",
    "two_phase_undo": "two_phase_prepared=fail@{},two_phase_undo=kill@1",
    "commit_sent": "commit_sent=kill@{}",
    "commit_answer": "commit_answer=kill@{}",
}
# Not killed: the path that finds its way.
CUTS = ["two_phase_ready=fail@{}", "two_phase_prepared=fail@{}", "two_phase_decided=fail@{}", "commit_answer=fail@{}", "commit_sent=fail@{}"]


def set_up():
    with open(os.path.join(FOLDER, "weir.yaml"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("defaults:\n", "defaults:\n  timeouts: {connect: 2s, query: 3s, transaction: 6s}\n", 1)
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text + "tables:\n  accounts: {database: shop, shard_by: id}\n"
                          "  transfers: {database: shop, shard_by: account, with: accounts}\n")
    for shard in SHARDS:
        root(shard, "drop table if exists accounts, transfers;"
                    "create table accounts (id bigint unsigned not null primary key, balance bigint not null) engine=innodb;"
                    "create table transfers (account bigint unsigned not null, number bigint unsigned not null, amount bigint not null,"
                    " primary key (account, number)) engine=innodb")
    done = weir("setup", "--config", CONFIG)
    assert done.returncode == 0, done.stderr
    sql = "".join(f"insert into accounts (id, balance) values ({i}, {OPENING});\n" for i in range(ACCOUNTS))
    done = subprocess.run([os.environ["WEIR_COMMAND"], "sql", "--config", CONFIG], input=sql, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    if os.path.exists(LOG):
        os.remove(LOG)


def start(seconds, faults="", threads=16):
    environment = dict(os.environ, WEIR_FAULTS=faults)
    return subprocess.Popen([WORKER, CONFIG, LOG, str(threads), str(seconds), str(ACCOUNTS)], env=environment,
                            stderr=subprocess.PIPE, text=True)


def kill_server(shard):
    os.kill(servers()[shard]["pid"], signal.SIGKILL)
    wait_for(lambda: not servers()[shard]["alive"])
    time.sleep(random.random())
    done = weir("playground", "up", "--dir", FOLDER)
    assert done.returncode == 0, done.stderr


def open_transactions():
    return sum(int(root(shard, "select count(*) from information_schema.innodb_trx")) for shard in SHARDS)


def recover():
    """All workers are gone: what they left is finished."""
    wait_for(lambda: weir("resolve", "--config", CONFIG).returncode == 0)
    wait_for(lambda: open_transactions() == 0)


def check():
    total, sides = 0, collections.defaultdict(list)
    for shard in SHARDS:
        assert not root(shard, "xa recover"), f"a branch is left on {shard}"
        total += int(root(shard, "select coalesce(sum(balance), 0) from accounts"))
        for line in root(shard, "select number, amount from transfers").splitlines():
            number, amount = line.split("\t")
            sides[int(number)].append(int(amount))
    said = {}
    with open(LOG, encoding="utf-8", errors="replace") as file:
        for line in file:
            word, number = line.split(" ")[:2]
            said[int(number)] = (word, line.strip())
    mistakes = [f"the total is {total}, not {ACCOUNTS * OPENING}"] if total != ACCOUNTS * OPENING else []
    for number, amounts in sides.items():
        if len(amounts) != 2 or sum(amounts) != 0:
            mistakes.append(f"transfer {number} is half: {amounts}: {said.get(number)}")
        if number not in said:
            mistakes.append(f"transfer {number} was never begun")
    for number, (word, line) in said.items():
        if word == "ok" and number not in sides:
            mistakes.append(f"lost: {line}")
        if word == "no" and number in sides:
            mistakes.append(f"not undone: {line}")
    assert not mistakes, "\n".join(mistakes[:20])
    return collections.Counter(word for word, _ in said.values())


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    random.seed(seed)
    print(f"bank_test: seed {seed}", flush=True)
    set_up()
    end = time.monotonic() + seconds
    for point, faults in POINTS.items():
        worker = start(120, faults.format(random.randint(1, 30)))
        worker.wait()
        assert worker.returncode == -signal.SIGKILL, f"{point} was never reached: {worker.returncode} {worker.stderr.read()}"
    recover()
    print("bank_test: every named point killed a worker:", dict(check()), flush=True)
    for faults in CUTS:
        worker = start(2, faults.format(random.randint(1, 10)))
        worker.wait()
        assert worker.returncode == 0, f"{faults}: {worker.returncode} {worker.stderr.read()}"
    recover()
    print("bank_test: connections cut:", dict(check()), flush=True)
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        workers = [start(600, threads=8) for _ in range(2)]  # they are killed long before
        time.sleep(random.uniform(0.2, 2))
        if random.random() < 0.5:
            kill_server(random.choice(SHARDS))
            time.sleep(random.uniform(0.1, 1))
        for worker in workers:
            assert worker.poll() is None, worker.stderr.read()
            worker.kill()
            worker.wait()
        recover()
        said = check()
        rounds += 1
    print(f"bank_test: {rounds} rounds of random kills:", dict(said), flush=True)
    assert said["ok"] > 100, "too little happened"


main()
