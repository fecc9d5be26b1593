#!/usr/bin/env python3
"""lint_test.py - `weir lint`: SQL out of sources, what is said of it, its forms and exit codes. SPDX-License-Identifier: Apache-2.0

Usage: lint_test.py <the weir command>
"""
import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))

CONFIG = """
version: 1
databases:
  shop:
    shards:
      s0: {primary: "h0:1", schema: shop, slots: 0-255}
      s1: {primary: "h1:1", schema: shop, slots: 256-511}
      s2: {primary: "h2:1", schema: shop, slots: 512-767}
      s3: {primary: "h3:1", schema: shop, slots: 768-1023}
    user: app
    schema_file: shop.sql
tables:
  users:     {shard_by: id, cache: {in: hot, ttl: 60s}}
  orders:    {shard_by: user_id, with: users, unique: per_shard}
  lines:     {shard_by: user_id, with: users, scatter: deny}
  tokens:    {shard_by: token}
  countries: {everywhere: true}
caches:
  hot: {redis: ["127.0.0.1:1"]}
"""
SCHEMA = """
CREATE TABLE users (id BIGINT NOT NULL, name VARCHAR(50), PRIMARY KEY (id));
CREATE TABLE orders (id BIGINT NOT NULL, user_id BIGINT NOT NULL, state INT, PRIMARY KEY (id));
CREATE TABLE `lines` (user_id BIGINT NOT NULL, n INT NOT NULL, PRIMARY KEY (user_id, n));
CREATE TABLE tokens (token BINARY(16) NOT NULL, owner DATE, PRIMARY KEY (token));
CREATE TABLE countries (code CHAR(2) NOT NULL, PRIMARY KEY (code));
"""


class Lint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("weir.yaml", CONFIG)
        self.write("shop.sql", SCHEMA)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_lint(self, *arguments, code=0, **more):
        done = subprocess.run(
            [WEIR, "lint", *arguments], cwd=self.folder, capture_output=True, text=True, encoding="utf-8", check=False, **more
        )
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def judge(self, text, name="a.sql", config=True):
        """Statements as JSON."""
        self.write(name, text)
        arguments = ["--config", "weir.yaml"] if config else []
        done = self.run_lint("--json", "--fail-on", "never", *arguments, name)
        self.assertEqual(done.stderr, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def one(self, sql):
        found = self.judge(sql)
        self.assertEqual(len(found), 1, sql)
        return found[0]

    # ---- sources ----

    def test_places_in_sql(self):
        found = self.judge(
            "-- a comment; SELECT 9;\n/* SELECT 8; */ SELECT 1;\n\n  SELECT ';',\n 'ä;' ; SELECT 3;\n"
            "DELIMITER //\nSELECT 4;5//\nDELIMITER ;\n-- weir-lint: skip\nSELECT 5;\nSELECT 6; -- weir-lint: skip\nSELECT 7"
        )
        places = [(one["line"], one["column"], one["sql"]) for one in found]
        wanted = [
            (2, 17, "SELECT 1"),
            (4, 3, "SELECT ';',\n 'ä;' "),
            (5, 9, "SELECT 3"),
            (7, 1, "SELECT 4;5"),
            (12, 1, "SELECT 7"),
        ]
        self.assertEqual(places, wanted)
        self.assertEqual(self.judge(""), [])

    def test_literals_of_c(self):
        source = r'''#include "select.h"
/* "SELECT 1" */ // "SELECT 2"
char q = '"', z = '\''; int n = 1'000;
f("SELECT 'a\tb\x41\101\u00e4\"', "   /* between */
  "c FROM \
t", "Select a server", "SELECT", "select", L"SELECT 4");
#define Q "UPDATE t " \
          "SET a = 1"
g(R"sql(SELECT "x"
  FROM y)sql", u8"DELETE FROM z WHERE name = 'SELECT'");
h("SELECT 1 FROM t WHERE a = %" PRId64 " AND b", "SELECT %s FROM t", "SELECT a FROM t WHERE a LIKE 'x%'");
i("SELECT 7"); // weir-lint: skip
// weir-lint: skip
i("SELECT 8"); i("SELECT 9 "
  "FROM nowhere where");
'''
        found = self.judge(source, "a.c", config=False)
        got = [(one["line"], one["column"], one["sql"]) for one in found]
        self.assertEqual(
            got,
            [
                (4, 4, "SELECT 'a\tbAA\u00e4\"', c FROM t"),
                (6, 46, "SELECT 4"),
                (7, 12, "UPDATE t SET a = 1"),
                (9, 9, 'SELECT "x"\n  FROM y'),
                (10, 19, "DELETE FROM z WHERE name = 'SELECT'"),
                (11, 4, "SELECT 1 FROM t WHERE a = % AND b"),
                (11, 51, "SELECT %s FROM t"),
                (11, 71, "SELECT a FROM t WHERE a LIKE 'x%'"),
            ],
        )
        self.assertEqual([one["problems"][0]["rule"] for one in found[5:7]], ["composed", "composed"])
        self.assertEqual(found[7]["problems"], [])

    def test_mistakes_are_told_at_their_place(self):
        found = self.judge('f("SELECT a "\n  "FRM\\t b c");\n', "a.c")
        self.assertEqual(
            found[0]["problems"],
            [{"rule": "not-understood", "level": "error", "line": 2, "column": 10, "message": '"b" is not expected here'}],
        )
        found = self.judge("SELECT 1;\nSELECT a FROM t u v", config=False)
        self.assertEqual([(p["line"], p["column"], p["level"]) for p in found[1]["problems"]], [(2, 19, "warning")])

    # ---- what is said ----

    def test_shards(self):
        rows = [
            ("SELECT name FROM users WHERE id = ?", "one"),
            ("SELECT name FROM users WHERE id = 7", "one"),
            ("SELECT name FROM users WHERE id IN (?, ?)", "some"),
            ("SELECT name FROM users WHERE name = ?", "all"),
            ("SELECT u.name FROM users u JOIN orders o ON o.user_id = u.id WHERE o.user_id = ?", "one"),
            ("SELECT owner FROM tokens WHERE token = ?", "one"),
            ("SELECT code FROM countries", "any"),
            ("SELECT 1", "any"),
            ("INSERT INTO users (id, name) VALUES (?, ?)", "one"),
            ("INSERT INTO users (id, name) VALUES (?, ?), (?, ?)", "some"),
            ("UPDATE users SET name = ? WHERE id = ?", "one"),
            ("DELETE FROM users", "all"),
            ("CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY)", "all"),
        ]
        for sql, shards in rows:
            one = self.one(sql)
            self.assertEqual((sql, one["shards"], one["shard_total"]), (sql, shards, 4))
            self.assertFalse([p for p in one["problems"] if p["level"] == "error"], one)

    def test_role_and_kind(self):
        rows = [
            ("SELECT name FROM users WHERE id = 1", "SELECT", "replica"),
            ("SELECT name FROM users WHERE id = 1 FOR UPDATE", "SELECT", "primary"),
            ("REPLACE INTO users (id) VALUES (1)", "REPLACE", "primary"),
        ]
        for sql, kind, role in rows:
            one = self.one(sql)
            self.assertEqual((sql, one["statement"], one["role"]), (sql, kind, role))

    def test_merge(self):
        rows = [
            ("SELECT name FROM users", "one after the other", "scatter"),
            ("SELECT id FROM users ORDER BY name", "ordered merge", "scatter"),
            ("SELECT DISTINCT name FROM users", "distinct rows", "scatter"),
            ("SELECT name, COUNT(*) FROM users GROUP BY name", "groups merged", "scatter"),
            ("SELECT name, COUNT(*) FROM users GROUP BY name HAVING COUNT(*) > 2", "finished by one server (groups)", "finished"),
            ("SELECT name FROM users WHERE id = 1", None, None),
        ]
        for sql, merge, rule in rows:
            one = self.one(sql)
            self.assertEqual((sql, one["merge"]), (sql, merge))
            self.assertEqual([p["rule"] for p in one["problems"]], [rule] if rule else [], sql)

    def test_cache(self):
        rows = [
            ("SELECT name FROM users WHERE id = ?", None),
            ("SELECT name FROM users WHERE id IN (1, 2)", None),
            ("SELECT name FROM users WHERE name = 'x'", "whole primary key"),
            ("SELECT name FROM users WHERE id > 3", "whole primary key"),
            ("SELECT name FROM users WHERE id = 3 OR name = 'x'", "whole primary key"),
            ("SELECT COUNT(*) FROM users WHERE id = 3", "more than rows"),
            ("SELECT state FROM orders WHERE user_id = 1", "no cache:"),
            ("SELECT name FROM users WHERE id = 1 FOR UPDATE", "primary"),
            ("UPDATE users SET name = 'x' WHERE id = 1", "no read"),
            ("SELECT 1", "one table"),
        ]
        for sql, why in rows:
            one = self.one(sql)
            self.assertEqual((sql, one["cacheable"]), (sql, why is None))
            self.assertIn(why or "", one["not_cached"] or "", sql)

    def test_problems(self):
        rows = [
            ("UPDATE users SET id = id + 1 WHERE id = 7", "refused", "error", "key_changed"),
            ("SELECT f(id) FROM users", "refused", "error", "stored_code"),
            ("SELECT * FROM `lines`", "refused", "error", "scatter_denied"),
            ("SELECT * FROM unheard_of", "refused", "error", "no_rule"),
            ("DELETE FROM users", "scatter", "warning", "4 of 4"),
            ("ALTER TABLE users MODIFY name TEXT", "blocking-ddl", "warning", "MODIFY"),
            ("ALTER TABLE users ADD x INT, ALGORITHM = COPY", "blocking-ddl", "warning", "itself"),
            ("ALTER TABLE users ADD x INT, DROP PRIMARY KEY", "blocking-ddl", "warning", "PRIMARY"),
            ("CREATE FULLTEXT INDEX i ON users (name)", "blocking-ddl", "warning", "writers"),
            ("CREATE TABLE users (id INT PRIMARY KEY, n INT UNIQUE)", "unique-key", "warning", "shard key id"),
            ("CREATE TABLE users (id INT, n INT, UNIQUE KEY x (n, id), UNIQUE (n))", "unique-key", "warning", "shard key id"),
            ("CREATE UNIQUE INDEX i ON users (name)", "unique-key", "warning", "shard key id"),
            ("ALTER TABLE users ADD UNIQUE INDEX i (name)", "unique-key", "warning", "shard key id"),
        ]
        for sql, rule, level, part in rows:
            problems = self.one(sql)["problems"]
            self.assertEqual([(sql, p["rule"], p["level"]) for p in problems], [(sql, rule, level)])
            self.assertIn(part, problems[0]["message"])
        for sql in (
            "ALTER TABLE users ADD COLUMN x INT, ADD INDEX (x)",
            "CREATE TABLE users (id INT PRIMARY KEY, n INT, UNIQUE (n, id))",
            "CREATE UNIQUE INDEX i ON users (name, id)",
            "CREATE TABLE orders (id INT PRIMARY KEY, user_id INT)",
        ):
            self.assertEqual((sql, self.one(sql)["problems"]), (sql, []))

    # ---- forms ----

    def test_text(self):
        self.write("a.sql", "SELECT name FROM users WHERE id = 1;\nDELETE FROM users;\n")
        out = self.run_lint("--config", "weir.yaml", "a.sql").stdout
        self.assertEqual(
            out,
            "a.sql:1:1: SELECT, replica, one of 4 shards, cacheable\n"
            "a.sql:2:1: DELETE, primary, all 4 shards\n"
            "a.sql:2:1: warning: it writes on 4 of 4 shards, as one transaction [scatter]\n"
            "2 statements in 1 file: 0 errors, 1 warning, 0 notes\n",
        )
        quiet = self.run_lint("--quiet", "--config", "weir.yaml", "a.sql").stdout
        self.assertEqual(quiet.splitlines(), out.splitlines()[2:])

    def test_terminal(self):
        self.write("a.sql", "UPDATE users SET id = id + 1 WHERE id = 7; SELECT `\x1b[31m" + "x" * 200 + "` a b c;")
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [WEIR, "lint", "--config", "weir.yaml", "a.sql"], cwd=self.folder, stdout=theirs, env=dict(os.environ, COLUMNS="80")
        ) as process:
            os.close(theirs)
            out = b""
            try:
                while data := os.read(ours, 65536):
                    out += data
            except OSError:
                pass
            self.assertEqual(process.wait(), 1)
        os.close(ours)
        self.assertLessEqual(max(len(line) for line in out.decode().replace("\r", "").split("\n")), 80)
        self.assertNotIn(b"\x1b", out)

    def test_sarif(self):
        self.write("a b.sql", "DELETE FROM users;\n  SELECT f(1) FROM users;\n")
        done = self.run_lint("--sarif", "--config", "weir.yaml", "a b.sql", code=1)
        log = json.loads(done.stdout)
        self.assertEqual((log["version"], log["$schema"].rsplit("/", 1)[1]), ("2.1.0", "sarif-2.1.0.json"))
        (run,) = log["runs"]
        driver = run["tool"]["driver"]
        self.assertTrue(driver["name"] and driver["semanticVersion"])
        self.assertEqual(run["columnKind"], "unicodeCodePoints")
        ids = [rule["id"] for rule in driver["rules"]]
        self.assertEqual(ids, sorted(set(ids)))
        for rule in driver["rules"]:
            self.assertEqual(set(rule), {"id", "shortDescription", "defaultConfiguration"})
            self.assertIn(rule["defaultConfiguration"]["level"], ("none", "note", "warning", "error"))
            self.assertTrue(rule["shortDescription"]["text"])
        self.assertEqual([(r["ruleId"], r["level"]) for r in run["results"]], [("scatter", "warning"), ("refused", "error")])
        for result in run["results"]:
            self.assertEqual(ids[result["ruleIndex"]], result["ruleId"])
            self.assertTrue(result["message"]["text"])
            (location,) = result["locations"]
            self.assertEqual(location["physicalLocation"]["artifactLocation"]["uri"], "a%20b.sql")
            for number in location["physicalLocation"]["region"].values():
                self.assertGreaterEqual(number, 1)
        region = run["results"][1]["locations"][0]["physicalLocation"]["region"]
        self.assertEqual((region["startLine"], region["startColumn"] >= 3), (2, True))
        self.write("empty.sql", "SELECT 1;")
        self.assertEqual(json.loads(self.run_lint("--sarif", "empty.sql").stdout)["runs"][0]["results"], [])

    def test_fail_on(self):
        self.write("note.c", 'f("SELECT %s FROM t");')
        self.write("warn.sql", "DELETE FROM users")
        self.write("fine.sql", "SELECT 1")
        config = ("--config", "weir.yaml")
        for words, name, code in [
            ("error", "warn.sql", 0),
            ("warning", "warn.sql", 1),
            ("scatter", "warn.sql", 1),
            ("finished,scatter", "warn.sql", 1),
            ("finished", "warn.sql", 0),
            ("never", "warn.sql", 0),
            ("warning", "note.c", 0),
            ("note", "note.c", 1),
            ("note", "fine.sql", 0),
        ]:
            self.run_lint(*config, "--fail-on", words, name, code=code)

    def test_called_wrongly(self):
        self.write("a.sql", "SELECT 1;")
        for arguments, part in [
            ([], "no file"),
            (["--json", "--sarif", "a.sql"], "not both"),
            (["--fail-on", "scatters", "a.sql"], "scatters"),
            (["--fail-on"], "needs a value"),
            (["--bogus"], "--bogus"),
            (["--database", "x", "a.sql"], "--config"),
        ]:
            self.assertIn(part, self.run_lint(*arguments, code=2).stderr)
        self.assertIn("usage: weir lint", self.run_lint("--help").stdout)
        for name, part in [("nowhere.sql", "open"), ("a.txt", "name")]:
            done = self.run_lint(name, "a.sql", code=1)
            self.assertIn(part, done.stderr)
            self.assertIn("a.sql:1:1: SELECT", done.stdout)
        self.assertIn("weir check", self.run_lint("--config", "shop.sql", "a.sql", code=1).stderr)
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([WEIR, "lint", "a.sql"], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)

    def test_any_bytes(self):
        """Sources that are cut off anywhere, and ones that are none: told or passed over, never a crash."""
        text = 'f("SELECT \\x41 FROM t", R"a(SELECT 1)a", L"x" PRId64 "SELECT /*", \'"\'); /* "'
        for size in range(len(text)):
            self.write("a.c", text[:size])
            self.run_lint("--fail-on", "never", "a.c")
        with open(os.path.join(self.folder, "b.sql"), "wb") as file:
            file.write(bytes(range(256)) * 20)
        self.run_lint("--json", "--fail-on", "never", "b.sql")


if __name__ == "__main__":
    unittest.main()
