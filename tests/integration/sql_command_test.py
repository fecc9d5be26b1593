#!/usr/bin/env python3
"""sql_command_test.py - `weir sql` against a real server. SPDX-License-Identifier: Apache-2.0

Run it with a weir.yaml whose only database has one shard:
    build/dev/weir playground run -- tests/integration/sql_command_test.py
Each test has a table of its own, sql_command_<test>, dropped at its end. Nothing here fails on a time: a wait that never ends
is ended after PATIENCE seconds.
"""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import unittest

WEIR = os.path.abspath(os.environ.get("WEIR_COMMAND", "build/dev/weir"))
FOLDER = tempfile.TemporaryDirectory()


def without_replicas(path):
    """The statements of other sessions are looked for on the primary, and weir would say why it uses no replica."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r", replicas: \[[^]]*\]", "", file.read())
    copy = os.path.join(FOLDER.name, "weir.yaml")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    return copy


CONFIG = without_replicas(os.environ.get("WEIR_CONFIG", "weir.yaml"))
PATIENCE = 60


def run(text, *options, config=CONFIG, cwd=None, stdout=subprocess.PIPE, environment=()):
    """Runs weir sql with text on standard input; gives (exit status, output, errors)."""
    env = {k: v for k, v in os.environ.items() if k != "WEIR_CONFIG"}
    env.update(environment)
    command = [WEIR, "sql", *(["--config", config] if config else []), *options]
    text = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run(command, input=text, stdout=stdout, stderr=subprocess.PIPE, timeout=PATIENCE, cwd=cwd, env=env, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def jsonl(text, *options, **more):
    """The answers, one a line, and the exit status."""
    status, out, _ = run(text, "--format", "jsonl", *options, **more)
    assert out == b"" or out.endswith(b"\n"), out
    return status, [json.loads(line) for line in out.decode().split("\n")[:-1]]


def changed(affected=0, insert_id=0):
    return {"columns": [], "rows": [], "affected": affected, "insert_id": insert_id}


def rows(columns, *values):
    return {"columns": columns, "rows": list(values), "affected": 0, "insert_id": 0}


class Sql(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.table = "sql_command_" + self._testMethodName[len("test_"):]
        self.drop()

    def tearDown(self):
        self.drop()

    def drop(self):
        self.assertEqual(jsonl(f"drop table if exists {self.table}")[0], 0)

    def make(self, columns="id int primary key auto_increment, name varchar(50), bytes varbinary(50)"):
        self.assertEqual(jsonl(f"create table {self.table} ({columns}) engine=innodb default charset=utf8mb4"), (0, [changed()]))


class Jsonl(Sql):
    def test_answers(self):
        self.make()
        status, got = jsonl(
            f"insert into {self.table} (name, bytes) values ('\u6c34', x'ff00'), (null, '');\n"
            f"select id, name, bytes, 1.50 as number from {self.table} order by id;"
            f"select 1 as a, 2 as a; select id from {self.table} where id < 0; update {self.table} set name = 'x' where id = 1")
        self.assertEqual(got, [
            changed(2, 1),
            rows(["id", "name", "bytes", "number"], ["1", "\u6c34", {"hex": "FF00"}, "1.50"], ["2", None, "", "1.50"]),
            rows(["a", "a"], ["1", "2"]),
            rows(["id"]),
            changed(1),
        ])
        self.assertEqual(status, 0)

    def test_key_order(self):
        self.assertEqual(run("select 1 as a", "--format", "jsonl")[1], b'{"columns":["a"],"rows":[["1"]],"affected":0,"insert_id":0}\n')

    def test_errors_and_going_on(self):
        self.make()
        status, got = jsonl(f"insert into {self.table} (id) values (1); insert into {self.table} (id) values (1); this is no sql;"
                            f"select id from {self.table}")
        self.assertEqual(got[0], changed(1, got[0].get("insert_id")))
        self.assertEqual({k: v for k, v in got[1]["error"].items() if k != "message"}, {"code": "SERVER", "errno": 1062, "sqlstate": "23000"})
        self.assertIn("Duplicate entry", got[1]["error"]["message"])
        self.assertIn(got[2]["error"]["code"], ("SERVER", "SYNTAX"))
        self.assertEqual(got[3], rows(["id"], ["1"]))
        self.assertEqual((status, len(got)), (1, 4))

    def test_statements_that_are_none(self):
        self.assertEqual(run(";; /* a */ ; -- b\n;\n# c", "--format", "jsonl"), (0, b"", ""))

    def test_transactions(self):
        self.make()
        insert = f"insert into {self.table} (id) values"
        count = f"select count(*) as n from {self.table} for update"  # on the primary, whatever replicas there are
        status, got = jsonl(f"begin; {insert} (1); {count}; rollback; {count}; start transaction; {insert} (2); commit; {count}")
        self.assertEqual([a["rows"] for a in got if a["rows"]], [[["1"]], [["0"]], [["1"]]])
        self.assertEqual(status, 0)
        # what is open at the end is rolled back
        self.assertEqual(jsonl(f"begin; {insert} (3)")[0], 0)
        self.assertEqual(jsonl(count)[1], [rows(["n"], ["1"])])

    def test_bytes_in_statements(self):
        status, got = jsonl(b"select 'a\0b' as a; select hex('\xff'); select '\\';' as b")
        self.assertEqual(got[0], rows(["a"], ["a\0b"]))
        self.assertEqual(got[2], rows(["b"], ["';"]))
        self.assertEqual(len(got), 3)
        self.assertIn(status, (0, 1))  # the middle one is the server's to take or refuse

    def test_too_long(self):
        status, got = jsonl("select '" + "x" * (17 << 20) + ";'; select 2 as a")
        self.assertEqual(got[0]["error"]["code"], "LIMIT")
        self.assertEqual((status, got[1]), (1, rows(["a"], ["2"])))

    def test_limit_of_the_configuration(self):
        with open(CONFIG, encoding="utf-8") as file:
            yaml = file.read()
        for limit, size, code in (("1KiB", 1000, None), ("1KiB", 1100, "LIMIT"), ("1KiB", 100000, "LIMIT"), ("32MiB", 17 << 20, None)):
            with self.subTest(limit=limit, size=size), tempfile.TemporaryDirectory() as folder:
                config = os.path.join(folder, "weir.yaml")
                with open(config, "w", encoding="utf-8") as file:
                    file.write(yaml.replace("defaults:\n", f"defaults:\n  limits: {{statement: {limit}}}\n"))
                _, got = jsonl("select 1 as a " + " " * (size - 14) + "; select 2 as a", config=config)
                self.assertEqual(got[0].get("error", {}).get("code") if code or size < 1 << 20 else None, code)
                self.assertEqual("limits.statement" in str(got[0]), code == "LIMIT")
                self.assertEqual(got[1], rows(["a"], ["2"]))

    def test_no_exact_answer(self):
        status, got = jsonl("get diagnostics @n = number")  # outside a transaction statements share connections
        self.assertEqual((status, list(got[0]["error"]), got[0]["error"]["code"]), (1, ["code", "message"], "UNSUPPORTED"))

    def test_timeout(self):
        status, got = jsonl("select count(*) from seq_1_to_1000000 a, seq_1_to_1000000 b; select 2 as a", "--timeout", "200ms")
        self.assertEqual(got[0]["error"]["code"], "TIMEOUT")
        self.assertEqual((status, got[1]), (1, rows(["a"], ["2"])))

    def test_procedures(self):
        self.make()
        name = self.table
        status, got = jsonl(f"delimiter //\ncreate procedure {name}() begin delete from {name}; delete from {name}; end//\ndelimiter ;\n"
                            f"insert into {name} (id) values (1); select id from {name}; drop procedure {name}")
        self.assertEqual((status, got[2]), (0, rows(["id"], ["1"])))

    def test_a_failing_stream_shows_no_rows(self):
        # the second row is a server's error, found while rows are being sent
        status, got = jsonl("select (select 1 union select seq from seq_1_to_2 where seq < s.seq) as a from seq_1_to_3 s; select 2 as a")
        self.assertEqual(got[0]["error"]["errno"], 1242)
        self.assertEqual((status, got[1]), (1, rows(["a"], ["2"])))

    def test_process_beside(self):
        """Each answer comes before the next statement is written; a statement may come in pieces."""
        command = [WEIR, "sql", "--config", CONFIG, "--format", "jsonl"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            def ask(*pieces):
                for piece in pieces:
                    process.stdin.write(piece.encode())
                    process.stdin.flush()
                self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0], "no answer")
                return json.loads(process.stdout.readline())
            self.assertEqual(ask("select 1 as a;"), rows(["a"], ["1"]))
            self.assertEqual(ask("sel", "ect 2", " as a", ";"), rows(["a"], ["2"]))
            self.assertIn("error", ask("nonsense;"))
            self.assertEqual(ask("\n-- and on\nselect 3 as a;"), rows(["a"], ["3"]))
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.wait(PATIENCE), 1)


class Options(Sql):
    def test_where_the_configuration_is(self):
        with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as full:
            os.symlink(CONFIG, os.path.join(full, "weir.yaml"))
            good = [rows(["a"], ["1"])]
            text = "select 1 as a"
            self.assertEqual(jsonl(text, config=CONFIG, cwd=empty, environment={"WEIR_CONFIG": "/nowhere"}), (0, good))
            self.assertEqual(jsonl(text, config=None, cwd=empty, environment={"WEIR_CONFIG": CONFIG}), (0, good))
            self.assertEqual(jsonl(text, config=None, cwd=full), (0, good))
            status, got = jsonl(text, config=None, cwd=empty)
            self.assertEqual((status, [a["error"]["code"] for a in got]), (1, ["CONFIG"]))
            status, out, err = run(text, config=None, cwd=empty)
            self.assertEqual((status, out), (1, b""))
            self.assertIn("ERROR CONFIG", err)

    def test_execute(self):
        self.assertEqual(run("", "-e", "select 1 as a; select 2 as b")[:2], (0, b"a\n1\n\nb\n2\n"))
        self.assertEqual(run("select 3;", "--execute=select 1 as a")[:2], (0, b"a\n1\n"))

    def test_database(self):
        status, got = jsonl("select 1", "--database", "sql_command_nowhere")
        self.assertEqual((status, "error" in got[0]), (1, True))

    def test_wrong_calls(self):
        for options in (["--format", "xml"], ["--timeout", "5"], ["--timeout", "0s"], ["--nonsense"], ["-e"], ["word"], ["-e", "x", "-e", "y"]):
            with self.subTest(options):
                status, out, err = run("select 1", *options)
                self.assertEqual((status, out), (2, b""))
                self.assertIn("weir sql --help says more", err)

    def test_help(self):
        status, out, err = run("", "--help")
        self.assertEqual((status, err), (0, ""))
        self.assertIn(b"--database", out)
        self.assertLessEqual(max(len(line) for line in out.decode().split("\n")), 100)


class Text(Sql):
    def test_csv(self):
        status, out, err = run("select 1 as id, 'a,\"b\"\nc' as t, null as n, '' as e; do 1; select 2 as x; nonsense")
        self.assertEqual(out.decode(), 'id,t,n,e\n1,"a,""b""\nc",,""\n\nx\n2\n')
        self.assertEqual(next(csv.DictReader(io.StringIO(out.decode())))["t"], 'a,"b"\nc')
        self.assertRegex(err, r"^ERROR S[A-Z]+ .*: ")
        self.assertEqual(status, 1)

    def test_table(self):
        self.make()
        status, out, _ = run(f"insert into {self.table} (name) values ('\u6c34'), (null); select id, name from {self.table} order by id", "--format", "table")
        lines = out.decode().split("\n")
        self.assertEqual(status, 0)
        self.assertRegex(lines[0], r"^affected 2 rows, insert id 1 \(\d+ ms\)$|^affected 2 rows, insert id 1, .*ms\)$")
        self.assertEqual(lines[2:8], ["+----+------+", "| id | name |", "+----+------+", "|  1 | \u6c34   |", "|  2 | NULL |", "+----+------+"])
        self.assertRegex(lines[8], r"^2 rows \(\d+ ms\)$")

    def test_failing_stream(self):
        text = "select (select 1 union select seq from seq_1_to_2 where seq < s.seq and s.seq > 99999) as a from seq_1_to_100000 s"
        for form in ("csv", "table"):
            status, out, err = run(text, "--format", form)
            self.assertEqual(status, 1)
            self.assertIn("ERROR SERVER 1242", err)
            self.assertEqual("The output above is incomplete" in err, out != b"")

    def test_full_disk(self):
        for form in ("csv", "table", "jsonl"):
            with open("/dev/full", "wb") as full:
                status, _, err = run("select 1; select 2", "--format", form, stdout=full)
            self.assertEqual(status, 1)
            self.assertIn("No space left on device", err)

    def test_reader_gone(self):
        self.make()
        for form in ("csv", "table", "jsonl"):
            reader, writer = os.pipe()
            os.close(reader)
            status, _, err = run(f"select 1; insert into {self.table} (id) values (1)", "--format", form, stdout=writer)
            os.close(writer)
            self.assertEqual((status, err), (1, ""))
        self.assertEqual(jsonl(f"select id from {self.table} for update")[1], [rows(["id"])])


class Terminal(Sql):
    """A person at a prompt."""

    def setUp(self):
        super().setUp()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", LC_ALL="C.UTF-8", COLUMNS="80")
            os.execv(WEIR, [WEIR, "sql", "--config", CONFIG])
        self.seen = ""
        self.expect("weir> ")

    def tearDown(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
        super().tearDown()

    def expect(self, text):
        """Reads until text comes, and gives what came before it."""
        while text not in self.seen:
            self.assertTrue(select.select([self.fd], [], [], PATIENCE)[0], f"{text!r} does not come: {self.seen!r}")
            try:
                more = os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                more = ""
            self.assertTrue(more, f"{text!r} does not come: {self.seen!r}")
            self.seen += more
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def leaves(self):
        """The exit status."""
        try:
            while os.read(self.fd, 4096):
                pass
        except OSError:
            pass
        status = os.waitpid(self.pid, 0)[1]
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def test_statements(self):
        self.type("select 1 as a;\n")
        self.expect("|  1 |".replace("  ", " "))
        self.expect("1 row (")
        self.expect("weir> ")
        self.type("select 2\n")
        self.expect("    -> ")
        self.type("as b; select 3 as c;\n")
        self.expect("| b |")
        self.expect("| c |")
        self.expect("weir> ")
        self.type("\\q\n")
        self.assertEqual(self.leaves(), 0)

    def test_help_and_end(self):
        self.type("\\?\n")
        self.expect("cancels the running statement")
        self.expect("weir> ")
        self.type("exit;\n")
        self.assertEqual(self.leaves(), 0)

    def test_control_d(self):
        self.type("nonsense;\n")
        self.expect("ERROR S")
        self.expect("weir> ")
        self.type("\x04")
        self.assertEqual(self.leaves(), 1)

    def test_control_c_drops_the_line(self):
        self.type("select 'abc\n")
        self.expect("    -> ")
        self.type("more\x03")
        self.expect("weir> ")
        self.type("select 4 as d;\n")
        self.expect("| 4 |")
        self.expect("weir> ")
        self.type("select 5 as\x03")
        self.expect("weir> ")
        self.type("\x03")
        self.expect("weir> ")
        self.type("select 6 as e;\n")
        self.expect("| 6 |")

    def test_control_c_cancels(self):
        self.type("select sleep(3600); select 8 as f;\n")
        self.expect("\n")
        running = "select count(*) from information_schema.processlist where info like 'select sleep(3600)%'"
        while jsonl(running)[1][0]["rows"] != [["1"]]:  # Ctrl-C before that only drops the line
            pass
        self.type("\x03")
        self.expect("CANCELLED")
        self.type("select 9 as g;\n")
        self.assertNotIn("| 8 |", self.expect("| 9 |"))

    def test_long_values_are_cut(self):
        self.type("select repeat('x', 500) as a;\n")
        self.expect("| xxx")
        self.assertLess(len(self.expect("\u2026 |")), 200)


if __name__ == "__main__":
    unittest.main()
