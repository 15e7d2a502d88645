"""The same answer always: whatever the workers, the company of other files, and the size of the pieces that are read.
And a second run finds everything done.
"""

import gzip
import os
import pathlib
import random
import re
import shutil
import subprocess

import fastavro
import pytest
import reference

POLICY = """policy: same
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id, braze_id, email]
    action: hash
  - kinds: [phone]
    action: tokenise
    store: sealed
  - kinds: [device_id]
    action: tokenise
    store: vault
  - fields: [properties, message_extras]
    action: json
    keep: [tier]
    default: redact
  - fields: [bounce_reason, message_body]
    action: scan
    replace: hash
    because: topics are wanted
"""


@pytest.fixture(scope="module")
def archive(run, tmp_path_factory):
    """Files of every format, of one event type each."""
    folder = tmp_path_factory.mktemp("same")
    run("sample", "--events", "3000", "-o", folder / "avro")
    run("sample", "--events", "3000", "--format", "ndjson", "-o", folder / "lines")
    (folder / "policy.yml").write_text(POLICY)
    files = folder / "in"
    files.mkdir()
    for path in sorted((folder / "avro").rglob("*.avro"))[::9]:
        event = next(p for p in path.parts if p.startswith("event_type=")).removeprefix("event_type=")
        shutil.copy(path, files / f"{event}.avro")
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            with (files / f"{event}-deflated.avro").open("wb") as other:
                fastavro.writer(other, reader.writer_schema, list(reader), codec="deflate", sync_interval=3000)
    for path in sorted((folder / "lines").rglob("*.json"))[::9]:
        if path.name.startswith("_"):
            continue
        event = next(p for p in path.parts if p.startswith("event_type=")).removeprefix("event_type=")
        shutil.copy(path, files / f"{event}.json")
        (files / f"{event}.json.gz").write_bytes(gzip.compress(path.read_bytes()))
        items = b",\n".join(path.read_bytes().splitlines())
        (files / f"{event}-array.json").write_bytes(b"[\n" + items + b"\n]\n")
    return folder


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock"}


def test_any_number_of_workers_and_any_company(run, archive, tmp_path):
    run("--policy", archive / "policy.yml", archive / "in", "-o", tmp_path / "one", "--jobs", "1")
    whole = tree(tmp_path / "one")
    for jobs in ("2", "5"):
        run("--policy", archive / "policy.yml", archive / "in", "-o", tmp_path / jobs, "--jobs", jobs)
        assert whole == tree(tmp_path / jobs)
    assert len(whole) > 30
    # In another order, and each alone: nothing of a file depends on those before it.
    names = sorted(p.name for p in (archive / "in").iterdir())
    (tmp_path / "turned").mkdir()
    for number, name in enumerate(reversed(names)):
        (tmp_path / f"turned/{number:03}").mkdir()
        shutil.copy(archive / "in" / name, tmp_path / f"turned/{number:03}" / name)
    run("--policy", archive / "policy.yml", tmp_path / "turned", "-o", tmp_path / "three", "--jobs", "2")
    for path, content in tree(tmp_path / "three").items():
        if not path.startswith("_"):
            assert content == whole[pathlib.Path(path).name], path
    for name in names[::4]:
        run("--policy", archive / "policy.yml", archive / "in" / name, "-o", tmp_path / "alone" / name)
        assert (tmp_path / "alone" / name / name).read_bytes() == whole[name]


@pytest.mark.parametrize("size", [1, 7, 4096, 65_521, None], ids=str)
def test_any_size_of_reads(run, archive, tmp_path, size):
    """A pipe gives as much as was written to it; a file as much as is asked for."""
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    dice = random.Random(9)
    for path in sorted((archive / "in").iterdir())[:: 6 if size != 1 else 25]:
        event = re.sub(r"(-deflated|-array)?\.(avro|json)(\.gz)?$", "", path.name)
        run("--policy", archive / "policy.yml", path, "-o", tmp_path / "out" / path.name, "--event-type", event)
        command = [binary, "--policy", archive / "policy.yml", "--event-type", event, "--quiet"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=tmp_path, bufsize=0)
        content, start = path.read_bytes(), 0
        if size == 1:
            content = content[:20_000]
        # Few bytes are wanted of it, or none would ever be read in time.
        reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=open(tmp_path / "piped", "wb"))
        while start < len(content):
            count = size or dice.randint(1, 20_000)
            process.stdin.write(content[start:start + count])
            start += count
        process.stdin.close()
        process.wait(60)
        reader.wait(60)
        expected = (tmp_path / "out" / path.name / path.name).read_bytes()
        piped = (tmp_path / "piped").read_bytes()
        if size == 1 and len(content) == 20_000:
            # The tail is withheld, and what came before is the same.
            assert path.suffix == ".gz" or piped[:4096] == expected[:4096]
        else:
            assert process.returncode == 0, process.stderr.read()
            assert piped == expected, path.name


@pytest.mark.parametrize("packer", ["gzip", "zstd"])
def test_any_size_of_reads_in_front_of_damage(run, archive, tmp_path, packer):
    if not shutil.which(packer):
        pytest.skip(f"no {packer} is installed")
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    lines = b"".join(p.read_bytes() for p in sorted((archive / "lines").rglob("*.json")) if "Open" in str(p)) * 20
    content = bytearray(subprocess.run([packer, "-c"], input=lines, capture_output=True, check=True).stdout)
    content[len(content) * 3 // 4] ^= 0x55
    command = [binary, "--policy", archive / "policy.yml", "--event-type", "users.messages.email.Open", "--quiet"]
    answers = set()
    for size in (100, 5000, 1 << 20):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=open(tmp_path / "piped", "wb"), stderr=subprocess.PIPE, env=env,
                                   cwd=tmp_path, bufsize=0)
        for start in range(0, len(content), size):
            try:
                process.stdin.write(content[start:start + size])
            except BrokenPipeError:
                break
        process.stdin.close()
        assert process.wait(60) == 2, process.stderr.read()
        answers.add((tmp_path / "piped").read_bytes())
    (tmp_path / "in").mkdir()
    (tmp_path / f"in/users.messages.email.Open.json.{packer}").write_bytes(content)
    run("--policy", archive / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", expect=2)
    assert len(answers) == 1
    assert answers == {(tmp_path / f"out/users.messages.email.Open.json.{packer}").read_bytes()}
    assert len(answers.pop()) > len(content) // 4


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace is installed (apt-get install strace)")
def test_a_second_run_writes_no_file_of_the_output(run, archive, tmp_path):
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    command = [binary, "--policy", archive / "policy.yml", archive / "in", "-o", tmp_path / "out", "--jobs", "2"]
    subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True)

    def identities():
        return {p: (p.stat().st_ino, p.stat().st_mtime_ns, p.stat().st_ctime_ns) for p in (tmp_path / "out").rglob("*")
                if p.is_file() and "_currents-scrub" not in p.parts}

    before = identities()
    log = tmp_path / "calls.log"
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=rename,renameat,renameat2,unlink,chmod,fchmod,utimensat", *command],
                   env=env, cwd=tmp_path, check=True, capture_output=True)
    assert identities() == before and len(before) > 30
    renamed = re.findall(r'rename\w*\(.*"([^"]*)"[^"]*\) = 0', log.read_text())
    out = str(tmp_path / "out")
    assert [p for p in renamed if p.startswith(out) and "/_currents-scrub/" not in p] == []
