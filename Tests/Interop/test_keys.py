"""Keyrings: what is made with them, what a killed change leaves, and where key bytes are in memory."""

import base64
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import stat
import subprocess
import threading
import time

import pytest
import reference
import yaml
from test_crash import KILLED, disturb, needs_strace, places, short

POLICY = """policy: keys
version: 1
key: { keyring: ring }
rules:
  - kinds: [email, external_user_id]
    action: hash
"""
KEY = bytes.fromhex("8f3c2b1a0d9e7f6655443322110ffeeddccbbaa99887766554433221100a1b2c")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p.yml").write_text(POLICY)
    return tmp_path


def ring(folder):
    return yaml.safe_load((folder / "ring").read_text())["keys"]


def pseudonym(run, folder, value=b"ada@example.test\n"):
    return run("pseudonym", "email", "--policy", "p.yml", stdin=value, cwd=folder).stdout.decode().strip()


def expected(key):
    subkey = reference.subkey("email", key=bytes.fromhex(key["key"]), key_id=key["id"])
    mac = hmac.new(subkey, b"ada@example.test", hashlib.sha256).digest()
    return f"{key['id']}-{base64.b32encode(mac[:16]).decode().lower().rstrip('=')}"


def test_the_active_key_makes_pseudonyms_as_documented(run, folder):
    run("keys", "new", "--keyring", "ring", cwd=folder)
    assert stat.S_IMODE((folder / "ring").stat().st_mode) == 0o600
    (first,) = ring(folder)
    assert pseudonym(run, folder) == expected(first)
    assert first["check"] == reference.check_value(bytes.fromhex(first["key"]), "k1")
    run("keys", "rotate", "--keyring", "ring", cwd=folder)
    retired, active = ring(folder)
    assert (retired["state"], active["state"], retired["key"]) == ("retired", "active", first["key"])
    assert pseudonym(run, folder) == expected(active) != expected(first)


def test_a_key_file_is_taken_into_a_keyring(run, folder):
    run("keys", "new", "single", cwd=folder)
    run("keys", "new", "--keyring", "ring", "--from", "single", "--id", "k7", cwd=folder)
    (key,) = ring(folder)
    assert (key["id"], key["key"]) == ("k7", (folder / "single").read_text().strip())
    assert run("keys", "check", "single", "--id", "k7", cwd=folder).stdout.decode() == f"k7:{key['check']}\n"


def test_a_rotation_tells_old_from_new(run, folder):
    run("keys", "new", "--keyring", "ring", cwd=folder)
    (folder / "values").write_text("ada@example.test\n\nAda@example.test \nbo@example.test")
    done = run("keys", "rotate", "--policy", "p.yml", "--table", "t.csv", "--values", "values", "--kind", "email",
               cwd=folder, expect=2)
    assert b"1 of 4" in done.stderr
    old, new = ring(folder)
    rows = (folder / "t.csv").read_text().splitlines()
    assert rows[:3] == ["old,new"] + [f"{expected(old)},{expected(new)}"] * 2 and len(rows) == 4
    assert stat.S_IMODE((folder / "t.csv").stat().st_mode) == 0o600
    before = (folder / "ring").read_bytes()
    # A table that cannot be written leaves the key in its place.
    run("keys", "rotate", "--policy", "p.yml", "--table", "t.csv", "--values", "values", "--kind", "email",
        cwd=folder, expect=1)
    run("keys", "rotate", "--policy", "p.yml", "--table", "u.csv", "--values", "nowhere", "--kind", "email",
        cwd=folder, expect=1)
    assert (folder / "ring").read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == ["p.yml", "ring", "ring.lock", "t.csv", "values"]


def test_an_output_made_with_a_retired_key_is_proved_and_named(run, folder):
    (folder / "in").mkdir()
    for n in range(2):
        (folder / f"in/users.messages.email.Open.{n}.json").write_text(
            json.dumps({"id": "1", "email_address": "ada@example.test", "campaign_name": "Spring"}) + "\n")
    run("keys", "new", "--keyring", "ring", cwd=folder)
    scrub = ("--policy", "p.yml", "in", "-o", "out", "--reports", "reports")
    run(*scrub, cwd=folder)

    def verify(expect):
        return json.loads(run("verify", "scrubbed", "--policy", "p.yml", "out", "--json", cwd=folder, expect=expect).stdout)

    def keys(report):
        return [(key["id"], key["state"], key["files"]) for key in report["keys"]]

    assert keys(verify(0)) == [("k1", "active", 2)]
    run("keys", "rotate", "--keyring", "ring", cwd=folder)
    report = verify(0)
    assert keys(report) == [("k1", "retired", 2)] and report["compared_plans"] and report["totals"]["pseudonyms"] == 2
    # One file is made anew with the new key: both are told.
    (folder / "in/users.messages.email.Open.1.json").unlink()
    run(*scrub, cwd=folder)
    assert keys(verify(0)) == [("k1", "retired", 1), ("k2", "active", 1)]
    run("keys", "destroy", "k1", "--keyring", "ring", "--yes", cwd=folder)
    assert keys(verify(0)) == [("k1", "destroyed", 1), ("k2", "active", 1)]
    # A value under the one id in a file of the other is no pseudonym.
    path = folder / "out/users.messages.email.Open.0.json"
    path.write_text(path.read_text().replace("k2-", "k1-"))
    assert [(one["path"], one["values"]) for one in verify(3)["clear"]] == [("email_address", 1)]
    # Without the keyring the form is proved, under the ids that the manifest names.
    path.write_text(path.read_text().replace("k1-", "k2-"))
    (folder / "ring").rename(folder / "elsewhere")
    report = verify(0)
    assert keys(report) == [("k1", None, 1), ("k2", None, 1)] and not report["compared_plans"]


def test_another_key_under_an_id_of_the_keyring_is_told(run, folder):
    (folder / "in").mkdir()
    (folder / "in/users.messages.email.Open.json").write_text('{"email_address":"ada@example.test"}\n')
    scrub = ("--policy", "p.yml", "in", "-o", "out", "--reports", "reports")
    run("keys", "new", "--keyring", "ring", cwd=folder)
    run(*scrub, cwd=folder)
    (folder / "ring").unlink()
    run("keys", "new", "--keyring", "ring", cwd=folder)
    run("keys", "rotate", "--keyring", "ring", cwd=folder)
    # k1 is retired, and another than the one that made the output.
    assert b"key.other-check-value" in run(*scrub, cwd=folder, expect=3).stderr
    report = run("verify", "scrubbed", "--policy", "p.yml", "out", "--json", cwd=folder, expect=3).stdout
    assert [one["code"] for one in json.loads(report)["manifest"]] == ["manifest.key"]


# MARK: crashes


class Ring:
    """A keyring with an active and a retired key, and a command that changes it."""

    def __init__(self, folder, run, command):
        self.folder = folder
        self.binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
        self.command = command
        run("keys", "new", "--keyring", "ring", cwd=folder)
        run("keys", "rotate", "--keyring", "ring", cwd=folder)
        self.old = (folder / "ring").read_bytes()

    def run(self, *before):
        done = subprocess.run([*before, self.binary, *self.command, "--quiet"], cwd=self.folder, capture_output=True,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}, timeout=60)
        return done.returncode, done.stderr.decode(errors="replace")

    def restore(self):
        for name in ("ring", "ring.new", "ring.lock"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "ring").write_bytes(self.old)
        (self.folder / "ring").chmod(0o600)

    def is_new(self):
        """Whether the change was made; an assertion where the file is neither the old nor the new one."""
        text = (self.folder / "ring").read_bytes()
        if text == self.old:
            return False
        before, after = yaml.safe_load(self.old)["keys"], yaml.safe_load(text)["keys"]
        assert stat.S_IMODE((self.folder / "ring").stat().st_mode) == 0o600
        if self.command[1] == "rotate":
            assert [key["state"] for key in after] == ["retired", "retired", "active"]
            assert [key["key"] for key in after[:2]] == [key["key"] for key in before]
        else:
            assert [key["state"] for key in after] == ["destroyed", "active"]
            assert "key" not in after[0] and after[1] == before[1]
        return True


@needs_strace
@pytest.mark.parametrize("command", [("rotate",), ("destroy", "k1", "--yes")], ids=lambda command: command[0])
@pytest.mark.parametrize("injected", ["signal=SIGKILL", "error=ENOSPC", "error=EIO"])
def test_a_change_that_is_disturbed_leaves_the_old_keyring_or_the_new(run, tmp_path, command, injected):
    place = Ring(tmp_path, run, ("keys", *command, "--keyring", str(tmp_path / "ring")))
    felt, seen = 0, set()
    for call in ("openat", "write", "fsync", "rename", "unlink"):
        place.restore()
        (tmp_path / "ring.new").write_text("left by a run that was killed")
        points = places(place, call)
        assert points, call
        for path, number in points:
            def prepare():
                place.restore()
                (tmp_path / "ring.new").write_text("left by a run that was killed")
            status, said, was_felt = disturb(place, call, injected, number, path, prepare)
            at = f"{call} {number} of {short(place, path)}: {status}, {said}"
            felt += was_felt
            is_new = place.is_new()
            seen.add((call, is_new))
            if "signal" in injected:
                assert not was_felt or status in KILLED, at
            assert is_new or status != 0, at
            assert reference_key(place.old) not in said
            # The next change finds a keyring that it can change, and clears what was left.
            if not is_new:
                assert place.run()[0] == 0, at
                assert place.is_new(), at
            assert run("keys", "list", "--keyring", tmp_path / "ring").returncode == 0
            if not is_new:
                assert not (tmp_path / "ring.new").exists(), at
    assert felt >= 8
    assert ("rename", False) in seen and ("fsync", True) in seen


def reference_key(text):
    return yaml.safe_load(text)["keys"][0]["key"]


# MARK: memory

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads the memory of a process that forbids it")


def memory(process):
    """Everything that the process can read of itself."""
    parts = []
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if mode[0] != "r" or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            with contextlib.suppress(OSError, ValueError, OverflowError):
                mem.seek(start)
                parts.append(mem.read(end - start))
    return b"\0".join(parts)


def wait_for_call(process, number, descriptor):
    """Waits until one of the process's threads stands in a system call on a descriptor."""
    for _ in range(500):
        for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
            words = (thread / "syscall").read_text().split()
            if words[0] == str(number) and int(words[1], 16) == descriptor:
                return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    raise AssertionError("the process never stands there")


def feed(pipe):
    with contextlib.suppress(OSError):
        pipe.write(b"ada@example.test\n" * 100_000)
        pipe.flush()


def counts(process):
    text = memory(process)
    assert b"currents-scrub" in text
    return text.count(KEY), text.lower().count(KEY.hex().encode())


@pytest.fixture
def sources(run, folder):
    """The same key in a keyring beside others, in a file, and as what a command prints."""
    (folder / "key").write_text(KEY.hex() + "\n")
    (folder / "key").chmod(0o600)
    run("keys", "new", "--keyring", "ring", cwd=folder)
    run("keys", "retire", "k1", "--keyring", "ring", "--yes", cwd=folder)
    run("keys", "new", "--keyring", "ring", "--from", "key", cwd=folder)
    return {
        "keyring": "{ keyring: ring }", "file": "{ file: key, id: k1 }", "command": "{ command: [cat, key], id: k1 }",
        "environment": "{ env: THE_KEY, id: k1 }",
    }


# The environment of a process is in its memory for as long as it runs.
@needs_root
@pytest.mark.parametrize("source, texts", [("keyring", 0), ("file", 0), ("command", 0), ("environment", 1)])
def test_a_key_is_in_memory_once_and_its_text_never(run, folder, sources, source, texts):
    (folder / "p.yml").write_text(POLICY.replace("{ keyring: ring }", sources[source]))
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)} | ({"THE_KEY": KEY.hex()} if source == "environment" else {})
    with subprocess.Popen([binary, "pseudonym", "email", "--policy", "p.yml", "--quiet"], cwd=folder, env=env,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for_call(process, 0, 0)
            assert counts(process) == (1, texts)
            # As much as makes it write; it stands there, for nobody takes more.
            feeding = threading.Thread(target=feed, args=(process.stdin,), daemon=True)
            feeding.start()
            assert process.stdout.read1(3) == (b"k2-" if source == "keyring" else b"k1-")
            assert counts(process) == (1, texts)
        finally:
            process.kill()
            feeding.join()


@needs_root
@pytest.mark.parametrize("arguments", [
    ("keys", "list", "--keyring", "ring"), ("keys", "check", "--keyring", "ring"), ("keys", "check", "key"),
    ("keys", "rotate", "--keyring", "ring"), ("keys", "destroy", "k1", "--keyring", "ring", "--yes"),
], ids=lambda arguments: " ".join(arguments[:2] + arguments[-1:]))
def test_a_key_that_is_not_used_any_more_is_gone(folder, sources, arguments):
    """The program stands where it shows the result, for nobody takes it."""
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writing, b"x" * 4096)
    with subprocess.Popen([binary, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=writing,
                          stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "HOME": str(folder)}) as process:
        try:
            wait_for_call(process, 1, 1)
            assert counts(process) == (0, 0)
        finally:
            process.kill()
            os.close(reading)
            os.close(writing)


@needs_root
def test_the_memory_of_keys_is_locked(folder, sources):
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    with subprocess.Popen([binary, "pseudonym", "email", "--policy", "p.yml", "--quiet"], cwd=folder, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": os.environ["PATH"], "HOME": str(folder)}) as process:
        try:
            wait_for_call(process, 0, 0)
            locked = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            assert int(locked.split("VmLck:")[1].split()[0]) > 0
        finally:
            process.kill()
