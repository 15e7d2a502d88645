"""Nights that are killed at any call: what is shared never holds an event that has to go, files of the archive are the old
or the new ones, and the next night ends where an undisturbed one does.

A bounded part of it runs with the other tests; with ERASE_TORTURE=1 it goes to every call that changes something: what a
night that dies at any other leaves is the same.
"""

import json
import os
import shutil
import subprocess
import time

import pytest
import reference
from test_crash import needs_strace
from test_erase_crash import ALL, kill_at_any_call

CALLS = {"openat": 8, "write": 8, "pwrite64": 6, "rename": 8, "fsync": 6, "unlink": 4, "ftruncate": 3, "mkdir": 4, "fdatasync": 4}
CHANGING = ["fchmod", "fchown", "fdatasync", "flock", "fsync", "ftruncate", "link", "mkdir", "openat", "pwrite64", "rename", "rmdir",
            "syncfs", "unlink", "write"]
YEAR = 366 * 86_400
NOW = int(time.time())
POLICY = """\
policy: share
version: 1
key: { file: key, id: k1 }
rules:
  - { fields: [id, user_id, time], action: keep, because: "the test tells events by them" }
"""


def line(number, who, **more):
    return json.dumps({"id": f"e{number}", "user_id": f"b-{who}", "external_user_id": f"c-{who}", "time": NOW - 86_400} | more) + "\n"


class Place:
    """A night in which everything happens: somebody who was erased is back in a restored file, Braze tells of another one,
    a third asks to be erased, events are too old, and files are new."""

    # Whose events go.
    GONE = ("back", "told", "asks", "old")

    def __init__(self, folder, binary):
        self.folder, self.binary = folder, binary
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        ready = self.ready = folder / "ready"
        archive = ready / "archive"
        archive.mkdir(parents=True)
        (ready / "inbox").mkdir()
        (ready / "key").write_text(reference.KEY.hex() + "\n")
        (ready / "key").chmod(0o600)
        (ready / "policy.yml").write_text(POLICY)
        (ready / "nightly.yml").write_text(json.dumps({
            "version": 1, "state": "state", "reports": "reports", "requests": "inbox", "jobs": 1,
            "harvest": {"mode": "erase", "max_people": 9},
            "retention": {"enabled": True, "max_share_per_night": "90%", "rules": [{"events": "*", "age": "400 days"}]},
            "erasure": {"max_share": 1},
            "archives": [{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": 0}]}))
        restored = line(1, "back") + line(2, "stays")
        (archive / "users.messages.email.Open.json").write_text(restored)
        self.ask(ready, "r0", "back")
        self.folder = ready
        assert self.run()[0] == 0
        self.folder = folder
        shutil.rmtree(ready / "reports")
        (archive / "users.messages.email.Open.json").write_text(restored)
        (archive / "users.messages.email.Click.json").write_text(
            line(3, "asks") + line(4, "stays") + line(5, "told") + line(6, "old", time=NOW - 2 * YEAR))
        (archive / "users.UserDeleteRequest.json").write_text(line(7, "told"))
        self.ask(ready, "r1", "asks")

    @staticmethod
    def ask(folder, name, who):
        (folder / f"inbox/{name}.yml").write_text(
            f"request: {name}\nkind: erasure\nreceived: 2026-11-20\nsubjects: [external_user_id=c-{who}]\n"
            "verified: { by: a, on: 2026-11-20, method: b }\napproved: { by: a, on: 2026-11-20 }\n")

    def run(self, *before):
        done = subprocess.run([*before, self.binary, "nightly", "nightly.yml", "--quiet"], cwd=self.folder, env=self.env,
                              capture_output=True, timeout=120)
        return done.returncode, done.stderr.decode(errors="replace")

    def clear(self):
        for path in self.ready.iterdir():
            place = self.folder / path.name
            if place.is_dir():
                shutil.rmtree(place)
            if path.is_dir():
                shutil.copytree(path, place)
            else:
                shutil.copy2(path, place)
        shutil.rmtree(self.folder / "reports", ignore_errors=True)

    def tree(self, name):
        root = self.folder / name
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*"))
                if p.is_file() and not any(part[0] in "._" for part in p.relative_to(root).parts)}

    def faults_at_once(self):
        """Outputs of the night before may still hold what was shared then; nothing that is put there now does."""
        for name, content in self.tree("shared").items():
            for who in self.GONE:
                if f"b-{who}".encode() in content and content != self.before.get(name):
                    yield f"the output {name} holds an event of somebody whose events have to go"
        for name, content in self.tree("archive").items():
            old, left = self.old[name].splitlines(), content.splitlines()
            if not set(left) <= set(old):
                yield f"{name} holds what was not there before"
            if [one for one in left if b"b-stays" in one] != [one for one in old if b"b-stays" in one]:
                yield f"{name} lost an event of somebody who stays"

    def faults_of_papers(self):
        """A night leaves no receipt here."""
        return []

    def faults_after_rerun(self):
        for _ in range(2):
            status, said = self.run()
            if status != 0:
                yield f"the next night ends with {status}: {said.strip()}"
                return
        for name in ("archive", "shared"):
            if self.tree(name) != self.whole[name]:
                yield f"the next night leaves another {name} than an undisturbed one"
        journals = self.folder / "state/journals"
        if journals.exists() and list(journals.iterdir()):
            yield "the next night leaves a journal"


@pytest.fixture(scope="module")
def binary():
    return os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))


@pytest.fixture
def place(binary, tmp_path):
    place = Place(tmp_path, binary)
    place.clear()
    place.old, place.before = place.tree("archive"), place.tree("shared")
    status, said = place.run()
    assert status == 0, said
    place.whole = {name: place.tree(name) for name in ("archive", "shared")}
    everything = b"".join(content for tree in place.whole.values() for content in tree.values())
    assert not any(f"b-{who}".encode() in everything for who in Place.GONE) and everything.count(b"b-stays") == 4
    return place


@needs_strace
@pytest.mark.parametrize("call", list(CALLS) if not ALL else CHANGING)
def test_killed_at_any_call(place, call, capsys):
    wrong, felt = kill_at_any_call(place, call, CALLS, capsys, "nightly")
    assert wrong == []
    assert felt > 0
