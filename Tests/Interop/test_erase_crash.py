"""Erasures that are killed, or told by the system that it cannot: every file is the old one or the new one, no receipt
says more than is true, and the next run finishes what was begun, for the same person, whatever linked their ids before.

A bounded part of it runs with the other tests; `make torture` (ERASE_TORTURE=1) goes to every call of the program and
every error, loses power on a file system of its own, and says how often.
"""

import collections
import contextlib
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import time

import kills
import pytest
import reference
import test_codecs
from backports import zstd
from test_crash import KILLED, needs_strace

ALL = os.environ.get("ERASE_TORTURE") == "1"
# Calls that change something, and those whose results decide what is changed; with the most places tried each in the bounded part.
CALLS = {
    "openat": 14, "write": 12, "pwrite64": 8, "rename": 12, "fsync": 14, "unlink": 8, "fchmod": 5, "ftruncate": 6, "read": 8, "close": 8,
    "flock": 4, "link": 4, "mkdir": 4,
}
ERRORS = {
    "openat": ["EACCES", "EIO", "ENOSPC"], "write": ["ENOSPC", "EIO", "EDQUOT"], "pwrite64": ["ENOSPC", "EIO"], "rename": ["EIO", "EACCES"],
    "fsync": ["EIO", "ENOSPC"], "fchmod": ["EPERM"], "read": ["EIO"], "close": ["EIO"], "ftruncate": ["EIO"], "link": ["EIO"],
}
SIX = ["EIO", "ENOSPC", "EACCES", "EINTR", "EDQUOT", "EPERM"]
TORN = ["openat", "write", "pwrite64", "rename", "fsync", "unlink", "fchmod", "fchown", "ftruncate", "read", "close", "link"]


def line(**values):
    return json.dumps(values) + "\n"


def archive(folder):
    """Five files; the one event that links the two profiles of the person lies in the first."""
    files = {"a0/users.UserOrphan.json": line(id="link", user_id="b-old", orphaned_by_id="b-new", time=1700000000)}
    for number, kind in enumerate(["Open", "Click", "Send", "Delivery"]):
        text = ""
        for n in range(40):
            who = "b-new" if n % 9 == number else "b-old" if n == 30 + number and number % 2 else f"b-{n}"
            text += line(id=f"{number}-{n}", user_id=who, time=1700000000 + n, campaign_name="Spring")
        files[f"b{number}/users.messages.email.{kind}.json"] = text
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


# Names of runs and requests, and times.
OF_A_RUN = re.compile(rb"\d{4}-\d{2}-\d{2}T[^\s\"]*|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Place:
    """An archive, and ways to run an erasure there and to look at what it left."""

    def __init__(self, folder, binary):
        self.folder, self.binary, self.archive = folder, binary, folder / "archive"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        (folder / "who").write_text("braze_id=b-old\n")
        self.pristine = folder / "pristine"
        archive(self.pristine)
        (folder / "key").mkdir()
        subprocess.run([binary, "keys", "new", "--signing", folder / "key/signing.pem", "--quiet"], check=True, env=self.env)

    def command(self, *more):
        return [self.binary, "erase", "--subject-file", self.folder / "who", *self.archives(), "--yes", "--max-share", "1", "--state",
                self.folder / "state", "--reports", self.folder / "reports", "--jobs", "1", "--signing-key", self.folder / "key/signing.pem",
                *more]

    def archives(self):
        return [self.archive]

    def begin_state(self):
        """What a first run makes is there: its key is no part of an erasure."""
        (self.folder / "state").mkdir(mode=0o700)
        (self.folder / "state/state.key").write_text(bytes(range(1, 33)).hex() + "\n")
        (self.folder / "state/state.key").chmod(0o600)

    def run(self, *before):
        process = subprocess.run([*before, *self.command("--quiet")], cwd=self.folder, env=self.env, capture_output=True, timeout=120)
        return process.returncode, process.stderr.decode(errors="replace")

    def clear(self):
        for name in ("archive", "state", "reports"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.pristine, self.archive)
        self.begin_state()

    def tree(self, root=None):
        root = root or self.archive
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and not p.name.startswith(".")}

    def receipts(self):
        return [json.loads(p.read_text()) for p in (self.folder / "reports").rglob("receipt.json")]

    def papers(self):
        """The receipts that say that all is done, and what stands beside them, but for names and times of runs."""
        found = []
        for path in (self.folder / "reports").rglob("receipt.json"):
            paper = json.loads(path.read_text())
            if paper["state"] == "COMPLETE":
                beside = [p for p in sorted(path.parent.rglob("*")) if p.is_file() and p.suffix in (".csv", ".json", ".txt") and p != path]
                # Some bodies name the request and the time of it.
                text = {str(p.relative_to(path.parent)): OF_A_RUN.sub(b"", p.read_bytes()) for p in beside}
                found.append(({k: v for k, v in paper.items() if k not in ("receipt", "executed", "evidence_head", "suppression")}, text))
        return found

    def faults_of_papers(self):
        """What was killed and gone on with is told as what nobody disturbed."""
        for paper, beside in self.papers():
            for name in sorted(set(paper) | set(self.paper[0])):
                if paper.get(name) != self.paper[0].get(name):
                    yield f"the receipt says of {name}: {json.dumps(paper.get(name))[:200]}"
            for name in sorted(set(beside) | set(self.paper[1])):
                if beside.get(name) != self.paper[1].get(name):
                    yield f"{name} beside the receipt is another: {beside.get(name)}"

    def is_between(self, name, content):
        """Whether only lines of the person went, be it not all: what could not be read linked the rest to them."""
        old, left = iter(self.old[name].splitlines()), content.splitlines()
        mine = set(self.old[name].splitlines()) - set(self.whole[name].splitlines())
        return all(line in old for line in left) and [l for l in left if l not in mine] == self.whole[name].splitlines()

    def faults_at_once(self, is_partial=False):
        # A manifest that was written, and not put in place yet, is in nobody's way.
        now = {name: content for name, content in self.tree().items() if not name.endswith("manifest.json.new")}
        if set(now) != set(self.whole):
            yield f"files are missing, or there are more: {set(now) ^ set(self.whole)}"
        for name in set(now) & set(self.whole):
            if now[name] not in (self.old[name], self.whole[name]) and not (is_partial and self.is_between(name, now[name])):
                yield f"{name} is neither the old one nor the new one"
        for paper in self.receipts():
            if paper["state"] == "COMPLETE" and now != self.whole:
                yield "a receipt says COMPLETE while a file is old"

    def faults_after_rerun(self):
        for attempt in range(2):
            status, said = self.run()
            if status != 0:
                yield f"the rerun ends with {status}: {said.strip()}"
                return
            if not (self.folder / "state/journals").exists() or not list((self.folder / "state/journals").iterdir()):
                break
        if self.tree() != self.whole:
            yield "the rerun leaves another archive than an undisturbed run"
        left = [p.name for p in self.archive.rglob(".currents-scrub-*")]
        if left:
            yield f"the rerun leaves {left}"
        if list((self.folder / "state/journals").iterdir()):
            yield "the rerun leaves a journal"
        states = [paper["state"] for paper in self.receipts()]
        if "COMPLETE" not in states:
            yield f"no receipt says that it is complete: {states}"


class SharedPlace(Place):
    """A raw archive in containers and packed lines, what was shared of it, and the vault; somebody else's text names the person."""

    POLICY = """policy: share
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { unknown_field: keep }
rules:
  - { kinds: [braze_id, external_user_id], action: hash }
  - { kinds: [phone], action: tokenise, store: vault }
  - { kinds: [email], action: hash, format: email }
"""

    def __init__(self, folder, binary):
        self.folder, self.binary, self.archive = folder, binary, folder / "archive"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURRENTS_SCRUB_KEY": bytes(range(2, 34)).hex()}
        (folder / "who").write_text("external_user_id=customer-3\n")
        (folder / "share.yml").write_text(self.POLICY)
        self.pristine, self.state = folder / "pristine", folder / "first-state"
        raw = self.pristine / "raw"
        raw.mkdir(parents=True)

        def people(first):
            return [{"id": f"{first}-{n}", "user_id": f"b{n % 5}", "external_user_id": f"customer-{n % 5}", "time": 1700000000 + n,
                     "to_phone_number": f"+1202555012{n % 5}", "properties": json.dumps({"friend": f"customer-{n % 7}"})} for n in range(first, first + 30)]

        lines = ["".join(json.dumps(event) + "\n" for event in people(first)).encode() for first in (0, 30)]
        (raw / "users.messages.sms.Send.json.gz").write_bytes(gzip.compress(lines[0], mtime=0))
        (raw / "users.messages.sms.Delivery.json.zst").write_bytes(zstd.compress(lines[1]))
        blocks = [[{**test_codecs.events(1, n)[0], "external_user_id": f"customer-{n % 5}"} for n in range(first, first + 4)] for first in (0, 4, 8)]
        (raw / "users.messages.email.Open.avro").write_bytes(
            test_codecs.container("deflate", *((len(b), test_codecs.stored("deflate", test_codecs.plain(b))) for b in blocks)))
        for command in (
            ["keys", "new", "--signing", folder / "signing.pem", "--quiet"],
            ["--policy", folder / "share.yml", raw, "-o", self.pristine / "shared", "--state", self.state, "--reports", folder / "first-reports", "--quiet"],
        ):
            done = subprocess.run([binary, *command], env=self.env, capture_output=True, text=True)
            assert done.returncode in (0, 2), done.stderr
        (folder / "key").mkdir()
        (folder / "signing.pem").rename(folder / "key/signing.pem")

    def archives(self):
        return [self.archive / "raw", self.archive / "shared", "--made-with", self.folder / "share.yml", "--sweep", "redact"]

    def begin_state(self):
        shutil.copytree(self.state, self.folder / "state")

    def vault(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'state/vault.sqlite'}?mode=ro", uri=True)) as vault:
            return vault.execute("SELECT count(*) FROM tokens").fetchone()[0]

    def faults_after_rerun(self):
        yield from super().faults_after_rerun()
        if self.vault() != 4:
            yield f"{self.vault()} people are in the vault"


@pytest.fixture(scope="module")
def binary():
    return os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))


@pytest.fixture
def place(binary, tmp_path):
    place = Place(tmp_path, binary)
    place.clear()
    place.old = place.tree()
    status, said = place.run()
    assert status == 0, said
    place.whole, place.paper = place.tree(), place.papers()[0]
    assert all(place.whole[name] != place.old[name] for name in place.old), "every file holds something of the person"
    assert place.whole["a0/users.UserOrphan.json"] == b"" and b"b-new" not in b"".join(place.whole.values())
    place.clear()
    return place


def counts(place, calls):
    """How often one thread of an undisturbed run makes each call, at most."""
    log = place.folder / "calls.log"
    place.clear()
    status, said = place.run("strace", "-f", "-qq", "-o", log, "-e", "trace=" + (",".join(calls) if calls else "all"))
    assert status == 0, said
    found = collections.Counter()
    for text in log.read_text(errors="replace").splitlines():
        start = re.match(r"(\d+) +(\w+)\(", text)
        if start:
            found[start[1], start[2]] += 1
    most = collections.Counter()
    for (_, call), count in found.items():
        most[call] = max(most[call], count)
    return most


def inject(place, call, what, number):
    log = place.folder / "injected.log"
    status, said = place.run("strace", "-f", "-qq", "-s", "0", "-o", log, "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}")
    text = log.read_text(errors="replace")
    return status, said, status in KILLED or "INJECTED" in text


def is_of_threads(place):
    """Whether it was the library of threads that was refused: it looks in /proc who is at work, and cannot go on without."""
    return re.search(r'"/proc/\d+/stat".*INJECTED', (place.folder / "injected.log").read_text(errors="replace"))


def numbers(count, most, seed):
    """The calls that are tried: the last ones surely, for there are the renames and receipts, and the first, which every run
    makes: calls are counted by thread, and who makes how many is another matter each time."""
    if ALL or count <= most:
        return range(1, count + 1)
    tail = set(range(count - most // 2 + 1, count + 1))
    return sorted({1} | tail | set(random.Random(seed).sample(range(1, count + 1), most - len(tail))))


def tell(capsys, text):
    with capsys.disabled():
        print(f"\n{text}", flush=True)


EVERY = "every call"


def kill_at_any_call(place, call, most, capsys, what):
    """Kills runs at one call, or at all; tells what was found wrong, and how many were killed."""
    calls = [call] if call != EVERY else sorted(c for c in counts(place, []) if c not in ("execve", "exit", "exit_group"))
    wrong, felt = [], 0
    for name in calls:
        count = counts(place, [name]).get(name, 0)
        for number in numbers(count, most.get(name, 8), name):
            place.clear()
            status, _, was_felt = inject(place, name, "signal=SIGKILL", number)
            if not was_felt:
                continue
            felt += 1
            at = f"{name} {number} of {count}"
            if status not in KILLED:
                wrong.append(f"{at}: was not killed, but ended with {status}")
            wrong += [f"{at}: {fault}" for fault in (*place.faults_at_once(), *place.faults_after_rerun(), *place.faults_of_papers())]
    if ALL:
        tell(capsys, f"{what}: killed at {felt} places, {len(wrong)} faults")
    return wrong, felt


@needs_strace
@pytest.mark.parametrize("call", list(CALLS) if not ALL else [EVERY])
def test_killed_at_any_call(place, call, capsys):
    wrong, felt = kill_at_any_call(place, call, CALLS, capsys, "erase")
    assert wrong == []
    assert felt > 0


@needs_strace
def test_killed_with_a_vault(binary, tmp_path, capsys):
    """The same of an erasure from raw files of other forms, from what was shared of them, and from the vault."""
    place = SharedPlace(tmp_path, binary)
    place.clear()
    place.old = place.tree()
    status, said = place.run()
    assert status == 0, said
    place.whole, place.paper = place.tree(), place.papers()[0]
    assert place.vault() == 4 and [p["vault_rows_removed"] for p in place.receipts()] == [1]
    changed = {name for name in place.old if place.whole[name] != place.old[name]}
    assert {name.split("/")[0] for name in changed} == {"raw", "shared"} and len(changed) >= 6, changed
    few = {"write": 4, "pwrite64": 12, "fdatasync": 8, "rename": 8, "fsync": 6, "unlink": 4, "link": 2}
    wrong, felt = [], 0
    for call in few if not ALL else [EVERY]:
        more = kill_at_any_call(place, call, few, capsys, "erase, with a vault")
        wrong, felt = wrong + more[0], felt + more[1]
    assert wrong == [] and felt > 20


@needs_strace
@pytest.mark.parametrize("call", list(ERRORS) if not ALL else TORN)
def test_a_call_that_fails_is_never_a_success(place, call, capsys):
    """What could not be done is told by exit status and receipt, and the old file stays."""
    wrong, felt = [], 0
    count = counts(place, [call])[call]
    for number in numbers(count, 4, call):
        for error in SIX if ALL else ERRORS[call]:
            place.clear()
            status, said, was_felt = inject(place, call, f"error={error}", number)
            if not was_felt:
                continue
            felt += 1
            at = f"{call} {number} of {count}, {error}"
            wrong += [f"{at}: {fault}" for fault in place.faults_at_once(is_partial=status in (1, 2))]
            if (status < 0 or status > 128) and not is_of_threads(place):
                wrong.append(f"{at}: ended with {status}: {said[-300:]}")
            # Not every call matters: but what ends well is well.
            if status == 0 and (place.tree() != place.whole or not any(p["state"] == "COMPLETE" for p in place.receipts())):
                wrong.append(f"{at}: success, though it is none")
            wrong += [f"{at}: {fault}" for fault in place.faults_after_rerun()]
    if ALL:
        tell(capsys, f"erase: {call} failed {felt} times, {len(wrong)} faults")
    assert wrong == []


@needs_strace
def test_a_write_that_only_seems_to_succeed_is_noticed(place, capsys):
    """The system says that it wrote, and wrote nothing: the staged file is read back, and not put in place."""
    count = counts(place, ["write"])["write"]
    wrong, noticed = [], 0
    for number in numbers(count, 12, "lies"):
        place.clear()
        status, said, was_felt = inject(place, "write", "retval=7", number)
        wrong += [f"write {number}: {fault}" for fault in place.faults_at_once()]
        if was_felt and status != 0:
            noticed += 1
    assert wrong == [] and noticed > 0


def test_killed_at_any_time(binary, tmp_path, capsys):
    """Kills of a run over larger files, each at its own moment."""
    place = Place(tmp_path, binary)
    for path in place.pristine.rglob("*.json"):
        if "Orphan" not in path.name:
            path.write_text(path.read_text() * 400)
    place.clear()
    place.old = place.tree()
    killer = kills.Killer(place.run)
    place.whole = place.tree()
    chance, wrong = random.Random(20), []
    rounds = 500 if ALL else 12
    for number in range(5 * rounds):
        place.clear()
        process = subprocess.Popen([*place.command("--quiet")], cwd=place.folder, env=place.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        killer.kill(process, (killer.killed + chance.random()) / rounds)
        wrong += [f"kill {number}: {fault}" for fault in (*place.faults_at_once(), *place.faults_after_rerun())]
        if killer.killed == rounds:
            break
    if ALL:
        tell(capsys, f"erase: killed {killer.killed} times at any moment, {len(wrong)} faults")
    assert wrong == []
    assert killer.killed == rounds


@needs_strace
def test_a_source_that_is_replaced_under_the_run_stays(place):
    """The run is stopped where it would rename; somebody puts a newer file there; the run goes on, and leaves it."""
    log = place.folder / "stopped.log"
    process = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", log, "-e", "trace=rename", "-e", "inject=rename:signal=SIGSTOP:when=2", *place.command("--json")],
        cwd=place.folder, env=place.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    # The journal's rename is the first; the next is that of the first file, which is stopped behind it.
    deadline = time.monotonic() + 30
    while "SIGSTOP" not in (log.read_text() if log.exists() else "") and time.monotonic() < deadline:
        time.sleep(0.05)
    newer = {}
    for path in place.archive.rglob("*.json"):
        if "Orphan" not in path.name:
            path.with_suffix(".tmp").write_bytes(path.read_bytes() + line(id="newer", user_id="somebody", time=1).encode())
            path.with_suffix(".tmp").rename(path)
            newer[path] = path.read_bytes()
    status, _ = place.run()
    assert status == 4, "a second run sees that the first one holds the archive"
    stopped = re.search(r"^(\d+) ", log.read_text())
    subprocess.run(["pkill", "-CONT", "-f", str(place.archive)], check=False)
    out, _ = process.communicate(timeout=60)
    assert stopped and process.returncode == 2, out
    for path, content in newer.items():
        assert path.read_bytes() == content
    answer = json.loads(out)["requests"][0]
    assert answer["state"] == "INCOMPLETE" and answer["counts"]["left"] > 0
    assert place.run()[0] == 0
    assert b"b-new" not in b"".join(place.tree().values()) and b"b-old" not in b"".join(place.tree().values())
    assert all(b'"newer"' in path.read_bytes() for path in newer)


@needs_strace
def test_forgetting_finishes_what_was_cut_off(binary, tmp_path):
    """A look at the vault changes nothing; who takes rows out of it goes on with what was to take some out."""
    place = SharedPlace(tmp_path, binary)
    place.clear()
    assert place.run()[0] == 0
    whole = place.tree()
    place.clear()
    assert inject(place, "rename", "signal=SIGKILL", 4)[0] in KILLED
    cut, journals = place.tree(), place.folder / "state/journals"
    (place.folder / "other").write_text("phone=+12025550121\n")
    forget = [binary, "vault", "forget", "--request", "V", "--policy", place.folder / "share.yml", "--subject-file", place.folder / "other", "--state",
              place.folder / "state"]
    look = subprocess.run([*forget, "--dry-run"], env=place.env, capture_output=True)
    assert look.returncode == 0 and place.tree() == cut and list(journals.iterdir()) and place.vault() == 5
    done = subprocess.run(forget, env=place.env, capture_output=True)
    assert done.returncode == 0 and b"finished an erasure that was cut off" in done.stderr, done.stderr
    assert place.tree() == whole and not list(journals.iterdir()) and place.vault() == 3
    assert [receipt["state"] for receipt in place.receipts()] == ["COMPLETE"]


@needs_strace
@pytest.mark.parametrize("how", ["killed", "incomplete"])
def test_a_hold_goes_before_what_was_cut_off(place, how):
    """What was rewritten when the hold came is told, what was not stays; when the hold is over, the request finds the rest."""
    place.clear()
    held = place.folder / "holds.yml"
    held.write_text("holds:\n  - { subjects: [{braze_id: b-new}], basis: dispute, owner: legal, review: 2030-01-31 }\n")
    if how == "killed":
        assert inject(place, "rename", "signal=SIGKILL", 4)[0] in KILLED
    else:
        assert inject(place, "rename", "error=EIO", 4)[0] == 1
    cut = place.tree()
    done = {name for name in cut if cut[name] != place.old[name]}
    assert done and done < {name for name in cut if place.whole[name] != place.old[name]}
    before = len(place.receipts())
    for attempt in range(2):
        answer = subprocess.run(
            place.command("--legal-hold", held, "--json"), cwd=place.folder, env=place.env, capture_output=True, timeout=120)
        result = json.loads(answer.stdout)
        assert place.tree() == cut and answer.returncode == 3
        assert [one["reasons"] for one in result["requests"]] == [["erase.all-held"]]
        if how == "killed" and attempt == 0:
            told = json.loads(pathlib.Path(result["recovered"][0]["receipt"]).read_text())
            assert told["state"] == "INCOMPLETE" and {file["path"] for file in told["rewritten"]} == done
            assert {gap["code"] for gap in told["gaps"]} == {"erase.now-held"} and told["events"]["total"]["left"] > 0
        else:
            assert not result["recovered"]
    assert len(place.receipts()) == before + 2 + (how == "killed")
    assert place.run()[0] == 0 and place.tree() == place.whole, "the link may be gone, and they are found all the same"
    assert not list((place.folder / "state/journals").iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk(binary, tmp_path, capsys):
    """A file system of the archive and five per cent of its largest file: whole, or as it was, and finished with room."""
    wrong, refused = [], 0
    mount = tmp_path / "mount"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        place = Place(tmp_path, binary)
        for path in place.pristine.rglob("*.json"):
            if "Orphan" not in path.name:
                path.write_text(path.read_text() * 100)
        place.archive = mount / "archive"
        shutil.copytree(place.pristine, place.archive)
        place.old = place.tree()
        fill = mount / "fill"
        free = shutil.disk_usage(mount).free
        place.whole = {n: b"".join(l for l in c.splitlines(keepends=True) if b"b-new" not in l and b"b-old" not in l) for n, c in place.old.items()}
        for room in (4096, 65536, max(map(len, place.old.values())) * 105 // 100):
            fill.write_bytes(b"x" * max(0, free - room))
            status, said = place.run()
            wrong += [f"{room} bytes: {fault}" for fault in place.faults_at_once()]
            refused += status != 0
            if status != 0 and place.tree() == place.whole:
                wrong.append(f"{room} bytes: failed, though all is done")
            fill.unlink()
        assert place.run()[0] == 0 and place.tree() == place.whole
    finally:
        subprocess.run(["umount", mount], check=False)
    assert wrong == [] and refused > 0


class Disk:
    """A file system of its own in a file, whose power can be cut: what was not synced is lost."""

    def __init__(self, folder):
        self.image, self.mount = folder / "disk.img", folder / "disk"
        self.mount.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(48 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)

    def up(self):
        return subprocess.run(["mount", "-o", "loop", self.image, self.mount], capture_output=True).returncode == 0

    def down(self):
        subprocess.run(["umount", self.mount], check=True)

    def cut(self):
        """EXT4_IOC_SHUTDOWN without a flush of the log, then the power comes back."""
        import fcntl
        descriptor = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, 0x8004587D, (2).to_bytes(4, "little"))
        finally:
            os.close(descriptor)
        self.down()
        assert self.up()


@needs_strace
@pytest.mark.skipif(not ALL, reason="part of make torture")
def test_the_power_is_cut(binary, tmp_path, capsys):
    disk = Disk(tmp_path)
    if not disk.up():
        pytest.skip("no file system can be mounted here")
    wrong, points, after = [], 0, 0
    try:
        place = Place(disk.mount, binary)
        place.clear()
        place.old = place.tree()
        assert place.run()[0] == 0
        place.whole = place.tree()
        logs = tmp_path / "logs"
        logs.mkdir()
        calls = {c: n for c, n in counts(place, []).items() if c in ("openat", "write", "pwrite64", "rename", "fsync", "unlink", "fchmod", "close", "link", "mkdir", "read", "ftruncate")}
        sites = [(c, n) for c, count in sorted(calls.items()) for n in range(1, count + 1)]
        random.Random(1).shuffle(sites)
        for call, number in sites[:240]:
            place.clear()
            subprocess.run(["sync", "-f", disk.mount], check=True)
            status, _, felt = inject(place, call, "signal=SIGKILL", number)
            if not felt:
                continue
            points += 1
            disk.cut()
            wrong += [f"{call} {number}: {fault}" for fault in (*place.faults_at_once(), *place.faults_after_rerun())]
        for _ in range(20):
            place.clear()
            subprocess.run(["sync", "-f", disk.mount], check=True)
            assert place.run()[0] == 0
            disk.cut()
            after += 1
            if place.tree() != place.whole or list((place.folder / "state/journals").iterdir()):
                wrong.append("after exit 0 a file is old, or a journal is left")
            if [p["state"] for p in place.receipts()] != ["COMPLETE"]:
                wrong.append("after exit 0 the receipt is not there")
    finally:
        subprocess.run(["umount", disk.mount], check=False)
    tell(capsys, f"erase: the power was cut at {points} places, and {after} times after the end; {len(wrong)} faults")
    assert wrong == []
    assert points >= 200


@needs_strace
@pytest.mark.skipif(not ALL or not shutil.which("fiu-run"), reason="part of make torture, with fiu-utils")
def test_short_writes(place, capsys):
    """Half of all writes and reads take less than they were given."""
    wrong = []
    for _ in range(50):
        place.clear()
        done = subprocess.run(
            ["bash", shutil.which("fiu-run"), "-x", "-c", "enable_random name=posix/io/rw/write/reduce,probability=0.5", "-c",
             "enable_random name=posix/io/rw/pwrite/reduce,probability=0.5", "-c", "enable_random name=posix/io/rw/read/reduce,probability=0.5",
             *map(str, place.command("--quiet"))], cwd=place.folder, env=place.env, capture_output=True)
        if done.returncode != 0 or place.tree() != place.whole:
            wrong.append(f"ends with {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    tell(capsys, f"erase: 50 runs with short reads and writes, {len(wrong)} faults")
    assert wrong == []
