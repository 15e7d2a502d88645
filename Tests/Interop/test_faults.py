"""A system that gives less than was asked for, interrupts, or has no memory left (libfiu)."""

import os
import shutil
import subprocess

import pytest
import reference

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
FIU = shutil.which("fiu-run")
pytestmark = pytest.mark.skipif(not FIU, reason="no libfiu is installed (apt-get install fiu-utils)")
POLICY = """policy: faults
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id, braze_id]
    action: hash
  - kinds: [email, phone]
    action: tokenise
    store: vault
"""
EINTR = 4
SHORT = [f"enable_random name=posix/io/rw/{call}/reduce,probability=0.5" for call in ("read", "pread", "write", "pwrite")]
INTERRUPTED = [f"enable_random name=posix/io/rw/{call},probability=0.2,failinfo={EINTR}" for call in ("read", "write")]


class Place:
    def __init__(self, folder):
        self.folder = folder
        (folder / "p.yml").write_text(POLICY)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
        self.run("sample", "--events", "2000", "--users", "100", "--format", "avro", "-o", folder / "in/avro", "--quiet")
        self.run("sample", "--events", "2000", "--users", "100", "--format", "ndjson", "-o", folder / "in/lines", "--quiet")
        for path in (folder / "in/lines").rglob("*.json"):
            if path.stat().st_size > 20_000:
                subprocess.run(["gzip", path], check=True)

    def run(self, *arguments, faults=()):
        before = [FIU, "-x", *[word for fault in faults for word in ("-c", fault)]] if faults else []
        return subprocess.run([*before, BINARY, *map(str, arguments)], env=self.env, capture_output=True, timeout=300)

    def scrub(self, name, faults=()):
        return self.run("--policy", self.folder / "p.yml", self.folder / "in", "-o", self.folder / name, "--state",
                        self.folder / f"{name}-state", "--reports", self.folder / f"{name}-reports", faults=faults)

    def tree(self, name):
        out = self.folder / name
        return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*")
                if p.is_file() and "_currents-scrub" not in p.parts}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("faults"))
    done = place.scrub("whole")
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("faults", [SHORT, INTERRUPTED, SHORT + INTERRUPTED], ids=["short", "interrupted", "both"])
def test_short_and_interrupted_calls_change_nothing(place, faults):
    name = f"out{len(faults)}-{faults[0].count('reduce')}"
    done = place.scrub(name, faults)
    assert done.returncode == 0, done.stderr[-500:]
    assert place.tree(name) == place.tree("whole")


def test_without_memory_there_are_whole_files_or_none(place):
    """Memory that cannot be had ends the program; what stands under a final name is whole, and a rerun makes it good."""
    whole = place.tree("whole")
    ends = []
    for number in range(40):
        chance = (0.00001, 0.0001, 0.001, 0.01)[number % 4]
        done = place.scrub("poor", [f"enable_random name=libc/mm/{call},probability={chance}" for call in ("malloc", "calloc", "realloc")])
        ends.append(done.returncode)
        for path, content in place.tree("poor").items():
            assert content == whole[path], path
        for value in (b"@example.test", b"@mail.example", b"+1202555"):
            assert value not in done.stderr
        if done.returncode == 0:
            assert place.tree("poor") == whole
        if number % 4 == 3:
            assert place.scrub("poor").returncode == 0
            assert place.tree("poor") == whole
            for name in ("poor", "poor-state", "poor-reports"):
                shutil.rmtree(place.folder / name)
    assert len(set(ends)) > 1, "no memory was refused"
