"""Runs every folder of Tests/Scenarios: what a person types, what is there before, and what must be there after.

A scenario is a folder of data:

    command     one line for `bash -c`, in a fresh copy of the folder's files, with `currents-scrub` on the PATH
    policy.yml  and anything else the command names, such as in/
    expected/   files that must stand below the working folder with exactly these bytes; others may stand there too
    absent      paths, one a line, that must not be there afterwards
    stdout      the exact text, after names of runs, times and digests under a key made just now became fixed words
    stderr      the same
    exit        the exit status

Only `command` and `exit` have to be there. The key in CURRENTS_SCRUB_KEY is the bytes 1 to 32, in hex.

After a change that is meant, RECORD=1 writes `exit`, and those of `stdout`, `stderr` and `expected` that a folder
has, anew. It fails all the same, so that nobody takes a recording for a test: read the difference, then run again.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import reference
import schemas

FOLDER = reference.ROOT / "Tests/Scenarios"
NAMES = sorted(p.name for p in FOLDER.iterdir() if (p / "command").is_file())
OUTCOME = ("command", "expected", "absent", "stdout", "stderr", "exit")
FIXED = [
    (re.compile(rb"\d{4}-\d\d-\d\dT\d{6}Z-scrub(-\d+)?"), b"RUN"),
    (re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), b"TIME"),
    (re.compile(rb"\bin \d+\.\d s\b"), b"in TIME"),
    (re.compile(rb'("seconds" ?: ?)[0-9.e-]+'), rb"\1TIME"),
    (re.compile(rb'("openssl" ?: ?)"[^"]*"'), rb'\1"OPENSSL"'),
    (re.compile(rb"\bprofile [0-9a-f]{16}\b"), b"profile FINGERPRINT"),
    (re.compile(rb'("digest" ?: ?)"[0-9a-f]{64}"'), rb'\1"DIGEST"'),
]


def fixed(text, home):
    text = text.replace(bytes(home), b"HOME")
    for pattern, word in FIXED:
        text = pattern.sub(word, text)
    return text


@pytest.fixture(scope="session")
def path_with_program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bin")
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    (folder / "currents-scrub").symlink_to(os.path.abspath(binary))
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name, path_with_program, tmp_path):
    scenario, work, home = FOLDER / name, tmp_path / "work", tmp_path / "home"
    shutil.copytree(scenario, work, ignore=lambda folder, names: OUTCOME if folder == str(scenario) else ())
    home.mkdir()
    command = (scenario / "command").read_text().strip()
    assert "\n" not in command
    done = subprocess.run(
        ["bash", "-c", f"umask 022; {command}"], cwd=work, capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
        env={"PATH": path_with_program, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LC_ALL": "C",
             "CURRENTS_SCRUB_KEY": reference.KEY.hex()})
    seen = {"stdout": fixed(done.stdout, home), "stderr": fixed(done.stderr, home)}
    if os.environ.get("RECORD"):
        record(scenario, work, seen, done.returncode)
        pytest.fail("recorded; read the difference, then run again without RECORD")
    assert done.returncode == int((scenario / "exit").read_text()), seen["stderr"].decode(errors="replace")
    for stream, text in seen.items():
        if (scenario / stream).is_file():
            assert text.decode() == (scenario / stream).read_bytes().decode(), stream
    if " --json" in command and "|" not in command:
        schemas.held(done.stdout)
    for path in expected_files(scenario):
        assert (work / path).is_file(), f"{path} is missing: {seen['stderr'].decode(errors='replace')}"
        assert (work / path).read_bytes() == (scenario / "expected" / path).read_bytes(), path
    if (scenario / "absent").is_file():
        for path in (scenario / "absent").read_text().split("\n"):
            assert not path or not (work / path).exists(), path


def expected_files(scenario):
    base = scenario / "expected"
    return [p.relative_to(base) for p in sorted(base.rglob("*")) if p.is_file()]


def record(scenario, work, seen, status):
    (scenario / "exit").write_text(f"{status}\n")
    for stream, text in seen.items():
        if (scenario / stream).is_file():
            (scenario / stream).write_bytes(text)
    for path in expected_files(scenario):
        if (work / path).is_file():
            shutil.copyfile(work / path, scenario / "expected" / path)


def test_every_scenario_says_what_must_come_of_it():
    assert len(NAMES) >= 25
    for name in NAMES:
        scenario = FOLDER / name
        assert (scenario / "exit").is_file(), name
        assert any((scenario / part).exists() for part in ("expected", "stdout", "stderr")), name
