"""Runs that are killed, or told by the system that it cannot: whatever the moment, a rerun makes it good.

strace kills the program where a call is about to be made, or has the call fail. It counts calls for each thread by
itself, so the places are taken from the trace of an undisturbed run, by call and path; the counting sweep beside
them also reaches the files whose names hold the time.
"""

import collections
import functools
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess

import kills
import pytest
import reference

# Each call with its kin, as far as this system's strace knows them.
CALLS = {
    "openat": "openat", "write": "write,pwrite64,writev", "rename": "rename,renameat,renameat2", "fsync": "fsync,fdatasync",
    "syncfs": "syncfs", "mkdir": "mkdir,mkdirat", "unlink": "unlink,unlinkat", "fchmod": "fchmod,fchmodat",
    "ftruncate": "ftruncate",
}
# How many places of a run over five files there are at least: less, and the sweep has lost its aim.
LEAST = {"openat": 15, "write": 8, "rename": 7, "fsync": 4, "syncfs": 1, "mkdir": 3, "unlink": 1, "fchmod": 5, "ftruncate": 0}
CAP = 40
COUNTED = 10
FAILING = [(call, error) for call in ("write", "fsync", "rename") for error in ("ENOSPC", "EIO")]
TYPES = ["Open", "Click", "Send", "Delivery", "Bounce"]
POLICY = """policy: crash
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id, braze_id, device_id, email, phone]
    action: hash
"""

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="no strace is installed (apt-get install strace)")
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


class Place:
    """A folder with an archive and a policy, and ways to run the program there and to look at what it left."""

    def __init__(self, folder, binary):
        self.folder, self.binary, self.out, self.input = folder, binary, folder / "out", folder / "in"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
        (folder / "policy.yml").write_text(POLICY)

    def start(self, *before):
        return subprocess.Popen(
            [*before, self.binary, "--policy", self.folder / "policy.yml", self.input, "-o", self.out, "--state",
             self.folder / "state", "--reports", self.folder / "reports", "--jobs", "1", "--quiet"],
            cwd=self.folder, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, *before):
        process = self.start(*before)
        _, said = process.communicate(timeout=60)
        return process.returncode, said.decode(errors="replace")

    def clear(self):
        for name in ("out", "state", "reports"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def tree(self):
        """Every file of the output folder but the lock, those of our own folder too."""
        return {str(p.relative_to(self.out)): p.read_bytes() for p in sorted(self.out.rglob("*"))
                if p.is_file() and p.name != "lock"}

    def faults_at_once(self, whole, older=None):
        """What is wrong right after the disturbance: a file under a final name is the new one, or that of before."""
        for name, content in self.tree().items():
            if not name.startswith("_currents-scrub/") and content not in (whole[name], (older or {}).get(name)):
                yield f"{name} is half written"
        manifest = self.out / "_currents-scrub/manifest.json"
        if manifest.exists():
            for entry in json.loads(manifest.read_text())["files"]:
                content = (self.out / entry["path"]).read_bytes()
                if older is None and hashlib.sha256(content).hexdigest() != entry["sha256"]:
                    yield f"the manifest names {entry['path']}, which is another"

    def faults_after_rerun(self, whole):
        status, said = self.run()
        if status != 0:
            yield f"the rerun ends with {status}: {said.strip()}"
        else:
            if self.tree() != whole:
                yield f"the rerun leaves something else: {set(self.tree()) ^ set(whole)}"
            if (self.out / "_currents-scrub/tmp").exists():
                yield "the rerun leaves temporaries"
            for name in ("state", "reports"):
                odd = [p.name for p in (self.folder / name).rglob("*.new*")]
                if odd:
                    yield f"the rerun leaves {odd}"


def fill(folder, count):
    """Five files of lines, of one event type each."""
    folder.mkdir(exist_ok=True)
    for number, kind in enumerate(TYPES):
        with (folder / f"users.messages.email.{kind}.json").open("w") as file:
            for n in range(count):
                file.write(f'{{"id":"{number}-{n}","user_id":"6512f0a4c2b7e81d{n:08x}","external_user_id":"customer-{n}",'
                           f'"time":{1777676985 + n},"email_address":"person.{n}@example.test","campaign_name":"Spring"}}\n')


@pytest.fixture(scope="module")
def binary():
    return os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))


@pytest.fixture
def place(binary, tmp_path):
    place = Place(tmp_path, binary)
    fill(place.input, 10)
    status, said = place.run()
    assert status == 0, said
    place.whole = place.tree()
    assert len(place.whole) == 6
    place.clear()
    return place


# MARK: places


@functools.cache
def known(call):
    """A call with those of its kin that this system's strace knows."""
    return ",".join(
        c for c in CALLS[call].split(",")
        if subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={c}", "true"], capture_output=True).returncode == 0)


def places(place, call):
    """Where an undisturbed run makes the call: path, and how often the thread made it there before."""
    log = place.folder / "calls.log"
    status, said = place.run("strace", "-f", "-y", "-qq", "-s", "0", "-o", str(log), "-e", f"trace={known(call)}")
    assert status == 0, said
    found, seen = [], collections.Counter()
    for line in log.read_text().splitlines():
        start = re.match(r'(\d+) +\w+\((?:AT_FDCWD<[^>]*>, )?(?:\d+<([^>]*)>|"([^"]*)")', line)
        if not start or "resumed>" in line:
            continue
        path = start[2] or start[3]
        # Of what is outside the folder, only the loader's and the system's files are opened, before anything is done.
        if not path.startswith(str(place.folder)) or path.startswith(str(place.folder / "reports/")):
            continue
        seen[start[1], path] += 1
        found.append((path, seen[start[1], path]))
    return found[:CAP]


def disturb(place, call, injected, number, path, prepare):
    """Runs with one call killed or failed, from what `prepare` leaves; status, standard error, whether it was felt.

    A thread more or less may have made the calls this time: then it is tried again.
    """
    log, calls = place.folder / "injected.log", known(call)
    where = ["-P", path] if path else []
    for _ in range(8):
        prepare()
        status, said = place.run("strace", "-f", "-y", "-qq", "-s", "0", "-o", log, *where, "-e", f"trace={calls}",
                                 "-e", f"inject={calls}:{injected}:when={number}")
        text = log.read_text()
        # What threads say to one another is no place of ours.
        felt = status in KILLED or any("INJECTED" in l and "anon_inode" not in l for l in text.splitlines())
        if felt or path is None:
            return status, said, felt
    return status, said, False


def short(place, path):
    return path.removeprefix(str(place.folder) + "/")


# MARK: tests


@needs_strace
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_every_call(place, call):
    points = places(place, call)
    assert len(points) >= LEAST[call], points
    wrong, felt = [], 0
    for path, number in points + [(None, n) for n in range(1, COUNTED + 1)]:
        status, _, was_felt = disturb(place, call, "signal=SIGKILL", number, path, place.clear)
        if not was_felt:
            continue
        felt += 1
        at = f"{call} {number} of {short(place, path or 'any thread')}"
        if status not in KILLED:
            wrong.append(f"{at}: was not killed, but ended with {status}")
        wrong += [f"{at}: {fault}" for fault in (*place.faults_at_once(place.whole), *place.faults_after_rerun(place.whole))]
    print(f"{call}: killed {felt} times")
    assert wrong == []
    assert felt >= LEAST[call]


@needs_strace
@pytest.mark.parametrize("call", ["openat", "write", "rename", "fsync", "syncfs", "unlink", "fchmod"])
def test_killed_while_an_output_is_renewed(place, call):
    """The archive changed, so every file of the first run is replaced: each is the old one or the new one."""
    def before():
        place.clear()
        for name in ("out", "state"):
            shutil.copytree(place.folder / f"old-{name}", place.folder / name)

    assert place.run()[0] == 0
    for name in ("out", "state"):
        shutil.copytree(place.folder / name, place.folder / f"old-{name}")
    place.input = place.folder / "changed"
    fill(place.input, 11)
    assert place.run()[0] == 0
    newer = place.tree()
    assert not {n for n in newer if newer[n] == place.whole[n]}
    before()
    wrong, felt = [], 0
    for path, number in places(place, call):
        _, _, was_felt = disturb(place, call, "signal=SIGKILL", number, path, before)
        felt += was_felt
        at = f"{call} {number} of {short(place, path)}"
        wrong += [f"{at}: {fault}" for fault in (*place.faults_at_once(newer, place.whole), *place.faults_after_rerun(newer))]
    print(f"{call}: killed {felt} times")
    assert wrong == []
    assert felt > 0


@needs_strace
@pytest.mark.parametrize("call,error", FAILING)
def test_a_call_that_fails_is_never_a_success(place, call, error):
    points, wrong, felt = places(place, call), [], 0
    assert len(points) >= LEAST[call], points
    for path, number in points + [(None, n) for n in range(1, COUNTED + 1)]:
        status, said, was_felt = disturb(place, call, f"error={error}", number, path, place.clear)
        if not was_felt:
            continue
        felt += 1
        at = f"{call} {number} of {short(place, path or 'any thread')}, {error}"
        if not 0 < status < 128:
            wrong.append(f"{at}: ended with {status}")
        # The call that fails may be the one that says so.
        if path and "currents-scrub: " not in said:
            wrong.append(f"{at}: nothing was said")
        if [p for p in place.out.rglob("*") if p.parent.name == "tmp"]:
            wrong.append(f"{at}: leaves a temporary of a file")
        wrong += [f"{at}: {fault}" for fault in (*place.faults_at_once(place.whole), *place.faults_after_rerun(place.whole))]
    print(f"{call} {error}: failed {felt} times")
    assert wrong == []
    assert felt >= LEAST[call]


def test_killed_at_any_time(binary, tmp_path):
    """Twenty kills of a run over 60,000 events, each at its own moment."""
    place = Place(tmp_path, binary)
    fill(place.input, 12_000)
    killer = kills.Killer(place.run)
    whole, rng, wrong = place.tree(), random.Random(20), []
    for number in range(100):
        place.clear()
        killer.kill(place.start(), (killer.killed + rng.random()) / 20)
        wrong += [f"kill {number}: {fault}" for fault in (*place.faults_at_once(whole), *place.faults_after_rerun(whole))]
        if killer.killed == 20:
            break
    assert wrong == []
    assert killer.killed == 20
