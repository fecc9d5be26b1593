"""playground.py - the servers of a playground, for tests that change them. SPDX-License-Identifier: Apache-2.0

WEIR_PLAYGROUND_DIR names its folder. What is waited for is waited for without end: ctest's limit ends a test that hangs.
"""
import json
import os
import re
import signal
import socket
import subprocess
import threading

WEIR = os.path.abspath(os.environ.get("WEIR_COMMAND", "build/dev/weir"))
FOLDER = os.environ["WEIR_PLAYGROUND_DIR"]
PATIENCE = 60


def weir(*arguments):
    return subprocess.run([WEIR, *arguments], capture_output=True, text=True, timeout=PATIENCE * 3, check=False)


def servers():
    status = json.loads(weir("playground", "status", "--dir", FOLDER, "--json").stdout)
    return {server["name"]: server for server in status["servers"]}


def root(server, sql):
    """Runs SQL as root. What is done on a replica stays out of its binary log, so that its positions stay those of the primary."""
    before = "set sql_log_bin=0;" if "-r" in server else ""
    command = ["mariadb", f"--defaults-file={FOLDER}/root.cnf", f"--socket={servers()[server]['socket']}", "-N", "shop"]
    done = subprocess.run(command, input=before + sql, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise AssertionError(f"{server}: {sql}: {done.stderr}")
    return done.stdout.strip()


def catch_up():
    """The replicas have what their primaries have."""
    for shard in ("shop-0", "shop-1"):
        position = root(shard, "select @@gtid_binlog_pos")
        root(shard + "-r1", f"select master_gtid_wait('{position}', {PATIENCE})")


def wait_for(condition):
    """Never gives up by itself: ctest's own limit ends a test that hangs."""
    while not condition():
        threading.Event().wait(0.05)


class Proxy:
    """Before a server: it calls itself MariaDB 12."""

    def __init__(self, port):
        self.server = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sockets = [self.listener]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self.listener.getsockname()[1]

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        for one in self.sockets:
            one.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            self.sockets += [client, server]
            greeting = server.recv(65536)
            client.sendall(re.sub(rb"1\d(\.\d+\.\d+-MariaDB)", rb"12\1", greeting))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Restarted:
    """A server of the playground with more options, and afterwards as it was."""

    def __init__(self, name, *options):
        self.name, self.options, self.process = name, options, None

    def __enter__(self):
        pid = servers()[self.name]["pid"]
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
            command = file.read().split("\0")[:-1]
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not servers()[self.name]["alive"])
        self.process = subprocess.Popen(command + list(self.options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.ready)

    def ready(self):
        """It answers, and its replica has found it."""
        try:
            root(self.name, "select 1")
        except AssertionError:
            return False
        return "\tYes\tYes\t" in root(self.name + "-r1", "show slave status")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        done = weir("playground", "up", "--dir", FOLDER)
        assert done.returncode == 0, done.stderr
        wait_for(self.ready)
        catch_up()
