"""loads.py - weir load on a playground, and what it left there. SPDX-License-Identifier: Apache-2.0"""
import json
import os
import subprocess
import zlib

from playground import FOLDER, PATIENCE, WEIR, root, weir

SHARDS = ["shop-0", "shop-1", "shop-2"]
RULES = """
tables:
  shop.items: {shard_by: id}
  shop.words: {shard_by: word}
  shop.kinds: {everywhere: true}
  shop.alone: {single: shop-1}
  shop.made: {shard_by: id, ids: {column: id, kind: sequence}}
  shop.given: {shard_by: owner, ids: {column: id, kind: snowflake}}
  shop.parted: {shard_by: id, physical: "parted_{00..05}"}
"""
CONFIG = os.path.join(FOLDER, "load.yaml")


def set_up(rules=RULES):
    with open(os.path.join(FOLDER, "weir.yaml"), encoding="utf-8") as file:
        text = file.read()
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text + rules)
    done = weir("setup", "--config", CONFIG)
    assert done.returncode == 0, done.stderr


def everywhere(sql):
    for shard in SHARDS:
        root(shard, sql)


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def load(table, path, *options, stdin=None, env=None):
    command = [WEIR, "load", table, path, "--config", CONFIG, *options]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE * 3, check=False,
                          env={**os.environ, **(env or {})})


def summary(done):
    return json.loads(done.stdout.splitlines()[-1])


def rejects(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return sorted((json.loads(line) for line in file), key=lambda row: row["line"])


def rows(table, columns="*"):
    """Rows of all shards, each with its shard."""
    found = []
    for shard in SHARDS:
        text = root(shard, f"select {columns} from {table}")
        found += [(shard, *line.split("\t")) for line in text.split("\n") if line]
    return found


def shard_of(key):
    slot = zlib.crc32(str(key).encode()) % 1024
    return SHARDS[0] if slot <= 340 else SHARDS[1] if slot <= 681 else SHARDS[2]
