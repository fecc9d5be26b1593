#!/usr/bin/env python3
"""explain_live_test.py - `weir explain --live` and `weir where` agree with two shards. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 2 -- tests/integration/explain_live_test.py
"""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from playground import FOLDER, root, weir

CONFIG = os.path.join(FOLDER, "explain_live.yaml")
TABLES = """
tables:
  users: {shard_by: id}
  messages: {shard_by: room_id, physical: "messages_{0..3}"}
"""


def explain(*arguments):
    return weir("explain", "--config", CONFIG, "--live", *arguments)


class ExplainLive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.environ["WEIR_CONFIG"], encoding="utf-8") as source, open(CONFIG, "w", encoding="utf-8") as to:
            to.write(source.read() + TABLES)
        for shard in ("shop-0", "shop-1"):
            root(shard, "create or replace table users (id bigint primary key, name varchar(9));")
            for n in range(4):
                root(shard, f"create or replace table messages_{n} (room_id int primary key);")

    @classmethod
    def tearDownClass(cls):
        for shard in ("shop-0", "shop-1"):
            root(shard, "drop table users, messages_0, messages_1, messages_2, messages_3")

    def test_one_shard(self):
        done = explain("SELECT * FROM users WHERE id = 7")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("goes to   one shard of shop\nslots     642 of users\nshard     shop-1, schema shop on ", done.stdout)

    def test_names(self):
        done = explain("SELECT * FROM messages WHERE room_id = 7")
        self.assertIn("sends     SELECT * FROM `messages_2` AS `messages` WHERE room_id = 7", done.stdout)

    def test_refused(self):
        done = explain("UPDATE users SET id = id + 8 WHERE id = 7")
        self.assertIn("refused   key_changed: ", done.stdout)

    def test_several_shards(self):
        done = explain("SELECT * FROM users WHERE id IN (7, 10, 8)")
        self.assertIn("goes to   2 shards of shop, whose rows are put together", done.stdout)
        self.assertIn(": elements 2", done.stdout)
        self.assertIn(": elements 1, 3", done.stdout)

    def test_json(self):
        done = explain("--json", "INSERT INTO users VALUES (7, 'x'), (10, 'y')")
        route = json.loads(done.stdout)["route"]
        self.assertIsNone(route["refused"])
        self.assertTrue(route["several"])
        self.assertEqual([(t["shard"], t["rows"]) for t in route["targets"]], [("shop-0", [1]), ("shop-1", [0])])

    def test_proof(self):
        """What `weir where` calls the proof is what the server computes."""
        root("shop-1", "insert into users values (7, 'x')")
        done = weir("where", "--config", CONFIG, "users", "7")
        lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
        self.assertEqual(root(lines["shard"], lines["proof"]), f"{lines['slot']}\t1")


if __name__ == "__main__":
    unittest.main()
