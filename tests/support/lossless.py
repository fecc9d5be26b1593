"""lossless.py - shards of one primary and one replica each, lossless semi-sync: killed, promoted, put back. SPDX-License-Identifier: Apache-2.0

A shard "shop-0" of a playground has the servers shop-0 and shop-0-r1; whichever of them is the primary now is primary(shard).
What an operator would do, the functions do: an old primary comes back as an empty replica, never as it was.
"""
import os
import signal
import subprocess
import time

from playground import FOLDER, PATIENCE, WEIR, root, servers, wait_for, weir

MASTER_SETTINGS = ("set global rpl_semi_sync_master_timeout = 4294967295, rpl_semi_sync_master_wait_point = 'AFTER_SYNC',"
                   " rpl_semi_sync_master_wait_no_slave = on; set global rpl_semi_sync_master_enabled = on")
promoted = set()


def replica(shard):
    return shard + "-r1"


def primary(shard):
    return replica(shard) if shard in promoted else shard


def semi_sync(shard):
    """From here on the primary acknowledges only what its replica has: without end, never degraded."""
    root(replica(shard), "set global rpl_semi_sync_slave_enabled = on; stop slave io_thread; start slave io_thread")
    wait_for(lambda: root(replica(shard), "select variable_value from information_schema.global_status"
                                          " where variable_name = 'Rpl_semi_sync_slave_status'") == "ON")
    # Who waited for an acknowledgement when the replica went away gets it with that of the next event; and two groups that wait let no
    # further event into the log. Off lets them go: the replica, which is there again, has them.
    root(shard, "set global rpl_semi_sync_master_enabled = off")
    root(shard, MASTER_SETTINGS)


def kill(server):
    os.kill(servers()[server]["pid"], signal.SIGKILL)
    wait_for(lambda: not servers()[server]["alive"])


def answers(server, sql="select 1"):
    try:
        root(server, sql)
        return True
    except AssertionError:
        return False


def restart(server):
    """Starts it alone: `weir playground up` would also wait for replicas to follow whom they no longer follow."""
    starting = subprocess.Popen([WEIR, "playground", "up", "--dir", FOLDER], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: answers(server))
    starting.kill()
    starting.wait()


def applied_all(server):
    return root(server, "select count(*) from information_schema.processlist"
                        " where command = 'Slave_SQL' and state like '%has read all relay log%'") == "1"


def promote(shard):
    """The primary is dead. What the replica has received is applied to its end, then it takes over."""
    server = replica(shard)
    root(server, "stop slave io_thread")
    wait_for(lambda: applied_all(server))
    time.sleep(0.1)
    wait_for(lambda: applied_all(server))
    root(server, "stop slave; reset slave all; set global rpl_semi_sync_master_enabled = off; set global read_only = 0")
    promoted.add(shard)


def copy(source, target):
    """All that the source has, and nothing else, prepared branches of the target least of all."""
    for line in root(target, "xa recover format='sql'").splitlines():
        root(target, "xa rollback " + line.split("\t")[3])
    root(target, "set sql_log_bin = 0; drop database shop; create database shop")
    options = [f"--defaults-file={FOLDER}/root.cnf"]
    dump = subprocess.Popen(["mariadb-dump", *options, f"--socket={servers()[source]['socket']}", "shop"], stdout=subprocess.PIPE)
    done = subprocess.run(["mariadb", *options, f"--socket={servers()[target]['socket']}", "--init-command=set sql_log_bin = 0", "shop"],
                          stdin=dump.stdout, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert dump.wait() == 0 and done.returncode == 0, done.stderr


def put_back(shard):
    """The first primary is the primary again, the replica its replica; both have what the shard's primary has now. Nobody uses it."""
    was_promoted = shard in promoted
    if was_promoted and not servers()[shard]["alive"]:
        restart(shard)
    root(shard, "set global rpl_semi_sync_master_enabled = off")
    for applier in root(replica(shard), "select id from information_schema.processlist where command = 'Slave_SQL'").split():
        answers(replica(shard), f"kill {applier}")  # else `stop slave` may wait for a lock that a branch has; it may have stopped by itself
    root(replica(shard), "stop slave; reset slave all; set global rpl_semi_sync_slave_enabled = off; set global read_only = 1")
    copy(primary(shard), shard if was_promoted else replica(shard))
    root(shard, "reset master")
    with open(os.path.join(FOLDER, "password"), encoding="utf-8") as file:
        password = file.read().strip()
    root(replica(shard), "reset master; set global gtid_slave_pos = '';"
                         f"change master to master_host = '127.0.0.1', master_port = {servers()[shard]['port']}, master_user = 'repl',"
                         f" master_password = '{password}', master_connect_retry = 1, master_use_gtid = slave_pos; start slave")
    promoted.discard(shard)
    semi_sync(shard)


def is_replicating(shard):
    return "\tYes\tYes\t" in root(replica(shard), "show slave status")


def follows(shard):
    """Nobody uses it: the replica gets to where its primary is, and has no branch that the primary has not. A primary that dies at an
    XA PREPARE may leave such a one, whose locks stop the replica for good (docs/transactions.md)."""
    position = root(shard, "select @@gtid_binlog_pos")
    return (is_replicating(shard) and root(replica(shard), f"select master_gtid_wait('{position}', 10)") == "0"
            and not root(replica(shard), "xa recover"))


# MariaDB's replication of XA does not outlive every kill of a server (docs/transactions.md): what a replica says that stopped for it.
STOPPED_BY_A_KILL = {"1397", "1440", "1950"}


def start_again(shard, server):
    """A server of the shard that was killed comes back in its place, as it was, but for its settings. The replica may have stopped for
    good at a branch that was under way; it still receives, and put_back() makes it anew, as an operator would."""
    restart(server)
    last_errno = 18

    def settled():
        status = root(replica(shard), "show slave status")
        errno = status.split("\t")[last_errno]
        assert errno == "0" or errno in STOPPED_BY_A_KILL, status
        return errno != "0" or is_replicating(shard)

    wait_for(settled)
