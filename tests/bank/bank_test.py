#!/usr/bin/env python3
"""bank_test.py - money moved between four shards while clients and servers are killed. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 4 --replicas 1 -- tests/bank/bank_test.py SECONDS [SEED]

Each shard has a replica under lossless semi-sync (HAZARDS 3). Workers are killed at every named point and at random, servers at
random, and where a primary dies its replica may be promoted. Afterwards: the total is what it was; each acknowledged transfer is
there exactly once, on both sides; each that surely did not happen is nowhere; no branch is prepared, no transaction open, and the
audit of `weir resolve` misses nothing. Every named point of router/two_phase.c and router/commit_id.c must have killed a worker,
and every kind of harm must have been done. At the end the same without semi-sync, where a failover does lose what was
acknowledged: the audit must name each half transfer. SECONDS: of harm at random; WEIR_BANK_SECONDS without the argument.
"""
import atexit
import collections
import os
import random
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import lossless
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
# All primaries die with the worker, and all replicas are promoted: what was voted, and what was decided, must be on them.
FAILOVERS = {"two_phase_prepared": "rolled back", "two_phase_decided": "committed", "two_phase_finish": "committed"}
BEGAN = time.monotonic()
# Not killed: the path that finds its way.
CUTS = ["two_phase_ready=fail@{}", "two_phase_prepared=fail@{}", "two_phase_decided=fail@{}", "commit_answer=fail@{}", "commit_sent=fail@{}"]


def set_up():
    for shard in SHARDS:
        lossless.semi_sync(shard)
    with open(os.path.join(FOLDER, "weir.yaml"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("defaults:\n", "defaults:\n  timeouts: {connect: 2s, query: 3s, transaction: 6s}\n  health: {every: 100ms}\n", 1)
    assert text.count("{primary:") == len(SHARDS), text
    text = text.replace("{primary:", "{lossless: true, primary:")
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
    worker = subprocess.Popen([WORKER, CONFIG, LOG, str(threads), str(seconds), str(ACCOUNTS)], env=environment,
                              stderr=subprocess.PIPE, text=True)
    atexit.register(worker.kill)  # also where a check fails
    return worker


def come_back(shard, server):
    lossless.start_again(shard, server)
    lossless.semi_sync(shard)


def restart_primary(shard):
    """It comes back as it was; what it acknowledges until semi-sync is on again is on no replica, and nothing else dies meanwhile."""
    lossless.kill(shard)
    time.sleep(random.random())
    come_back(shard, shard)


def restart_replica(shard):
    """Meanwhile nothing is acknowledged."""
    lossless.kill(lossless.replica(shard))
    time.sleep(random.random())
    come_back(shard, lossless.replica(shard))


def fail_over(shard):
    lossless.kill(shard)
    time.sleep(random.random())
    lossless.promote(shard)


HARMS = [restart_primary, restart_replica, fail_over, lambda shard: None]


def open_transactions():
    return sum(int(root(lossless.primary(shard), "select count(*) from information_schema.innodb_trx")) for shard in SHARDS)


outcomes = collections.Counter()  # of branches that `weir resolve` found prepared


def resolved():
    done = weir("resolve", "--config", CONFIG)
    assert "DAMAGE" not in done.stdout, done.stdout
    if counts := re.search(r"^(\d+) committed, (\d+) rolled back", done.stdout, re.MULTILINE):
        outcomes["committed"] += int(counts[1])
        outcomes["rolled back"] += int(counts[2])
    return done.returncode == 0


def recover():
    """All workers are gone: what they left is finished. A server may hear only now of what they had sent, and prepare it."""
    wait_for(lambda: resolved() and open_transactions() == 0)


def read_bank():
    """The total, and of each transfer the amounts of its sides."""
    total, sides = 0, collections.defaultdict(list)
    for shard in SHARDS:
        server = lossless.primary(shard)
        assert not root(server, "xa recover"), f"a branch is left on {server}"
        total += int(root(server, "select coalesce(sum(balance), 0) from accounts"))
        for line in root(server, "select number, amount from transfers").splitlines():
            number, amount = line.split("\t")
            sides[int(number)].append(int(amount))
    return total, sides


def check():
    total, sides = read_bank()
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


anew = 0  # replicas that MariaDB's XA left behind


def put_back():
    """All shards as they were at the beginning: what was promoted, and where replication itself broke (docs/transactions.md)."""
    global anew
    for shard in SHARDS:
        if shard not in lossless.promoted:
            if lossless.follows(shard):
                continue
            anew += 1
        lossless.put_back(shard)


def kill_at(point):
    """A worker dies at the point."""
    worker = start(600, POINTS[point].format(random.randint(1, 30)))
    worker.wait()
    assert worker.returncode == -signal.SIGKILL, f"{point} was never reached: {worker.returncode} {worker.stderr.read()}"


def at_named_points():
    for point in POINTS:
        kill_at(point)
    recover()
    tell("every named point killed a worker:", dict(check()))
    for point, outcome in FAILOVERS.items():
        kill_at(point)
        outcomes.clear()
        for shard in SHARDS:
            lossless.kill(shard)
        for shard in SHARDS:
            lossless.promote(shard)
        recover()
        check()
        assert outcomes[outcome], f"{point}: no branch was {outcome} on the replicas: {outcomes}"
        put_back()
    tell(".. and all replicas were promoted:", dict(check()))


def cut_connections():
    for faults in CUTS:
        worker = start(2, faults.format(random.randint(1, 10)))
        worker.wait()
        assert worker.returncode == 0, f"{faults}: {worker.returncode} {worker.stderr.read()}"
    recover()
    tell("connections cut:", dict(check()))


def one_round(harm):
    workers = [start(600, threads=8) for _ in range(2)]
    time.sleep(random.uniform(0.2, 2))
    harm(random.choice(SHARDS))
    time.sleep(random.uniform(0.1, 1))
    for worker in workers:
        assert worker.poll() is None, worker.stderr.read()
        worker.kill()
        worker.wait()
    recover()
    said = check()
    put_back()
    return said


def without_semi_sync(shard):
    """weir.yaml says lossless, and it is not so."""
    root(shard, "set global rpl_semi_sync_master_enabled = off")
    root(lossless.replica(shard), "stop slave io_thread")
    worker = start(2)
    worker.wait()
    fail_over(shard)
    done = weir("resolve", "--config", CONFIG)
    damage = done.stdout.count("DAMAGE")
    halves = sum(len(amounts) != 2 for amounts in read_bank()[1].values())
    assert done.returncode == 1 and damage == halves > 0, f"{halves} transfers are half, {damage} were found"
    tell(f"without semi-sync {halves} transfers were halved, and the audit found each")
    lossless.put_back(shard)


def tell(*words):
    print(f"bank_test: {time.monotonic() - BEGAN:.0f} s:", *words, flush=True)


def hangs(*_):
    """Not the time is wrong: something is waited for that never comes. Where, the traceback says."""
    states = [f"{server}: {root(server, 'show slave status; show processlist; xa recover')}"
              for shard in SHARDS for server in (shard, lossless.replica(shard)) if servers()[server]["alive"]]
    raise AssertionError("\n".join(states))


def main():
    seconds = float(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("WEIR_BANK_SECONDS", "20"))
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    random.seed(seed)
    tell(f"seed {seed}")
    signal.signal(signal.SIGALRM, hangs)
    signal.alarm(int(seconds) + 900)
    set_up()
    at_named_points()
    cut_connections()
    end = time.monotonic() + seconds
    rounds, said = 0, {}
    while rounds < len(HARMS) or time.monotonic() < end:
        said = one_round(HARMS[rounds] if rounds < len(HARMS) else random.choice(HARMS))
        rounds += 1
    tell(f"{rounds} rounds of random kills:", dict(said), dict(outcomes), f"{anew} replicas had to be made anew")
    assert said["ok"] > 100, "too little happened"
    without_semi_sync(random.choice(SHARDS))
    for shard in SHARDS:  # else a server that is to end waits for replicas that have ended before
        root(shard, "set global rpl_semi_sync_master_enabled = off")


main()
