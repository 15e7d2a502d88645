#!/usr/bin/env python3
"""What a night costs: nothing new among many known files, one new file among them, and a million people who were erased.

    python3 Tests/Benchmarks/nightly.py --binary .build/release/currents-scrub

Everything is in memory. Prints tables for Documentation/Performance.md.
"""

import argparse
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

POLICY = """\
policy: share
version: 1
audience: agency
key: { file: key, id: k1 }
rules:
  - kinds: [external_user_id, braze_id]
    action: hash
"""


class Bench:
    def __init__(self, binary, folder, runs):
        self.binary, self.folder, self.runs = binary, folder, runs
        self.call("keys", "new", folder / "key", "--quiet")
        (folder / "policy.yml").write_text(POLICY)
        (folder / "nightly.yml").write_text(json.dumps({
            "version": 1, "state": "state", "reports": "reports", "requests": "inbox",
            "archives": [{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": 0}]}))
        (folder / "inbox").mkdir()
        (folder / "archive").mkdir()

    def call(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, cwd=self.folder)
        assert done.returncode == 0, done.stderr.decode()[-500:]
        return done.stdout

    def night(self):
        start = time.perf_counter()
        told = json.loads(self.call("nightly", "nightly.yml", "--json"))
        return time.perf_counter() - start, told["archives"][0]

    def nights(self):
        return sorted(self.night()[0] for _ in range(self.runs))[self.runs // 2]

    def write(self, number, events, people):
        folder = self.folder / f"archive/event_type=users.messages.email.Open/date=2026-{number // 2500 % 12 + 1:02d}-{number // 90 % 28 + 1:02d}-{number % 24:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / f"{number}.json", "w") as file:
            for event in range(events):
                who = (number * events + event) % people
                file.write(json.dumps({
                    "id": f"e{number}-{event}", "user_id": f"{who:024x}", "external_user_id": f"customer-{who}", "app_group_id": "w1",
                    "email_address": f"person{who}@example.test", "time": 1_767_225_600 + number, "campaign_name": "Spring 2026"}) + "\n")

    def known(self, count, events):
        for number in range(count):
            self.write(number, events, 100_000)
        size = sum(p.stat().st_size for p in (self.folder / "archive").rglob("*.json"))
        first, told = self.night()
        assert told["written"] == count
        idle = self.nights()
        self.write(count, events, 100_000)
        new, told = self.night()
        assert told["written"] == 1
        ledger = (self.folder / "state/ledger.sqlite").stat().st_size
        print(f"| {count:,} files, {size / 1e9:.1f} GB | {first:.1f} | {idle:.2f} | {new:.2f} | {ledger / count:.0f} |", flush=True)

    def suppressed(self, people):
        """As many people as if they had been erased; one of them was."""
        (self.folder / "inbox/r.yml").write_text(
            "request: r\nkind: erasure\nreceived: 2026-01-01\nsubjects: [external_user_id=customer-7]\n"
            "verified: { by: a, on: 2026-01-01, method: b }\napproved: { by: a, on: 2026-01-01 }\n")
        self.night()
        path = self.folder / "state/suppressions.sqlite"
        with sqlite3.connect(path) as db:
            for entry in range(people):
                db.execute("INSERT INTO entries(entry, received) VALUES (?, 20000)", (f"run/r{entry}",))
            start = db.execute("SELECT MAX(number) FROM entries").fetchone()[0] - people
            db.executemany("INSERT INTO marks VALUES (?, ?, 0)",
                           ((secrets.token_bytes(16), start + 1 + number // 3) for number in range(people * 3)))
        before = self.nights()
        self.write(900_001, 500, 100_000)
        new, _ = self.night()
        size = path.stat().st_size + sum(p.stat().st_size for p in path.parent.glob("suppressions.sqlite-wal"))
        print(f"| {people:,} people erased before | | {before:.2f} | {new:.2f} | {size / people:.0f} a person |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=lambda name: str(Path(name).resolve()))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["large", "many", "people"])
    options = parser.parse_args()
    print("| | first night, s | nothing new, s | one new file, s | bytes of state a file |\n|---|--:|--:|--:|--:|")
    for name, count, events in (("large", 10_000, 850), ("many", 100_000, 3), ("people", 1_000, 100)):
        if options.only not in (None, name):
            continue
        folder = Path(tempfile.mkdtemp(prefix="nightly-", dir="/dev/shm"))
        try:
            bench = Bench(options.binary, folder, options.runs)
            bench.known(count, events)
            if name == "people":
                bench.suppressed(1_000_000)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
