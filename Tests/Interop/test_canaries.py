"""A unique canary in every member of every shape: after `gdpr` none of the marked or personal ones is left.

And 64 canaries in values, in names of members and in what is broken, on every way that a run can go, to its end or not:
nothing that it says or leaves holds one of them in any encoding.
"""

import base64
import functools
import gzip
import hashlib
import io
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

import fastavro
import pytest
import reference

CATALOG = reference.Catalog()
PARTNERS = ["amplitude", "mixpanel", "mparticle", "segment"]


def canary(number):
    """Sixteen hex digits: nothing that a format or a normaliser changes, and found whatever stands around it."""
    return hashlib.sha256(b"canary %d" % number).hexdigest()[:16]


class Plant:
    """Values that hold canaries, by the kind of field."""

    def __init__(self):
        self.number, self.personal, self.plain = 0, {}, {}

    def value(self, member):
        self.number += 1
        text = canary(self.number)
        kinds = {CATALOG.fields[n]["kind"] for n in member["fields"]}
        if member["type"].startswith("array"):
            result = [text]
        elif not member["type"].startswith("string"):
            return {"boolean": True, "float": 1.5, "double": 1.5}.get(member["type"].rstrip("?"), 7)
        elif "phone" in kinds:
            digits = "1202555%08d" % self.number
            text, result = digits, "+" + digits
        elif kinds & {"email", "email|phone"}:
            result = f"{text}@example.test"
        elif "json" in kinds:
            result = json.dumps({"customer": {"name": text}})
        else:
            result = f"x {text}"
        if CATALOG.is_sensitive(member):
            self.personal[text] = member["path"]
        elif not any(CATALOG.fields[n]["linking"] for n in member["fields"]):
            self.plain[text] = member["path"]
        return result


def document(shape, plant):
    """An event of a partner's shape."""
    root = {}
    for member in shape["members"]:
        place, parts = root, member["path"].split(".")
        for part in parts[:-1]:
            if part.endswith("[]"):
                place = place.setdefault(part[:-2], [{}])[0]
            else:
                place = place.setdefault(part, {})
        place[parts[-1]] = shape["name"] if "E" in member["flags"] else plant.value(member)
    return root


@functools.cache
def encodings(text):
    """The forms in which a text could leave: spelled, encoded or digested."""
    raw = text.encode()
    forms = [raw, raw.upper(), raw[::-1], raw.hex().encode(), raw.hex().upper().encode(), text.encode("utf-16-le"), text.encode("utf-16-be"),
             "".join("\\u%04x" % b for b in raw).encode(), "".join("%%%02X" % b for b in raw).encode(),
             urllib.parse.quote(text).encode(), base64.b32encode(raw)[:-6].lower()]
    # In base64 a text looks different at each of three places; its ends depend on what stands beside it.
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + raw)
        forms += [coded[4:len(coded) - 4], coded[4:len(coded) - 4].translate(bytes.maketrans(b"+/", b"-_"))]
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, raw).digest()
        forms += [digest, digest.hex().encode(), digest.hex().upper().encode(), base64.b64encode(digest).rstrip(b"=")]
    return tuple(forms)


def everything(done, *folders):
    """All bytes that the run left, Avro files and others, and what it said."""
    parts = [done.stdout, done.stderr]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                parts += [path.read_bytes(), str(path.name).encode()]
    return b"\n".join(parts)


def assert_clean(plant, content):
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    # The canaries are really found where they stay, so finding none of the others says something.
    kept = [path for text, path in plant.plain.items() if text.encode() in content]
    assert len(kept) > len(plant.plain) * 0.9


@pytest.mark.parametrize("destination", PARTNERS)
@pytest.mark.parametrize("policy", ["gdpr", "gdpr-strict"])
def test_partner_shapes(run, tmp_path, destination, policy):
    shapes = [s for s in CATALOG.shapes if s["destination"] == destination]
    assert len(shapes) == (58 if destination == "mparticle" else 59)
    plant = Plant()
    lines = [json.dumps(document(shape, plant)) for shape in shapes]
    archive = tmp_path / "in"
    archive.mkdir()
    (archive / "events.json").write_text("\n".join(lines) + "\n")
    done = run("--policy", f"builtin:{policy}", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports", "--json")
    report = json.loads(done.stdout)
    assert report["totals"]["events_in"] == report["totals"]["events_out"] == len(shapes)
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    for line in (tmp_path / "out/events.json").read_text().splitlines():
        json.loads(line)


def avro_type(member):
    kind = member["type"]
    base = kind.rstrip("?")
    if kind.startswith("array of "):
        item = kind.removeprefix("array of ")
        base = {"type": "array", "items": ["null", "string"] if item.endswith("?") else "string"}
        return ["null", base]
    return base if "r" in member["flags"] else ["null", base]


def avro_file(shape, plant, marked):
    """One event of a storage type; without marks, as archives of earlier years have none."""
    fields = []
    for member in shape["members"]:
        kind = avro_type(member)
        field = {"name": member["path"], "type": kind, "doc": "[PII] a word" if marked and CATALOG.is_sensitive(member) else "a word"}
        if isinstance(kind, list):
            field["default"] = None
        fields.append(field)
    schema = {"type": "record", "name": f"dataexport.S3.inner.{shape['event']}", "fields": fields}
    event = {member["path"]: plant.value(member) for member in shape["members"]}
    output = io.BytesIO()
    fastavro.writer(output, fastavro.parse_schema(schema), [event], sync_interval=1)
    return output.getvalue()


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("policy", ["gdpr", "gdpr-strict"])
def test_storage_events_in_avro(run, tmp_path, policy, marked):
    shapes = [s for s in CATALOG.shapes if s["destination"] == "storage"]
    assert len(shapes) == 100
    plant = Plant()
    archive = tmp_path / "in"
    for shape in shapes:
        folder = archive / f"event_type={shape['event']}" / "date=2026-05-01-10"
        folder.mkdir(parents=True)
        (folder / "events.avro").write_bytes(avro_file(shape, plant, marked))
    done = run("--policy", f"builtin:{policy}", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    for path in (tmp_path / "out").rglob("*.avro"):
        with path.open("rb") as file:
            list(fastavro.reader(file))


def test_storage_events_as_lines(run, tmp_path):
    plant = Plant()
    archive = tmp_path / "in"
    for shape in (s for s in CATALOG.shapes if s["destination"] == "storage"):
        folder = archive / f"event_type={shape['event']}"
        folder.mkdir(parents=True)
        (folder / "events.json").write_text(json.dumps({m["path"]: plant.value(m) for m in shape["members"]}))
    done = run("--policy", "builtin:gdpr", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    assert_clean(plant, everything(done, tmp_path / "out", tmp_path / "reports"))


def test_unknown_members_broken_lines_and_names_that_are_values(run, tmp_path):
    """Everything that goes wrong on purpose: no canary anywhere but in what policy keeps."""
    texts = [canary(100_000 + n) for n in range(8)]
    lines = [
        json.dumps({"id": "1", "new_field": texts[0], f"{texts[1]}@example.test": 1, "email": f"{texts[2]}@example.test"}),
        '{"id": "2", "user_id": "' + texts[3],
        f'{{"id": "3", "user_id": "{texts[4]}" "broken": 1}}',
        f'{{"id": "4", "campaign_name": {{"inner": "{texts[5]}"}}, "user_id": ["{texts[6]}"]}}',
        f'"{texts[7]}"',
    ]
    archive = tmp_path / "in"
    archive.mkdir()
    (archive / "users.messages.email.Open.json").write_text("\n".join(lines) + "\n")
    done = run("--policy", "builtin:gdpr", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports", expect=2)
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    assert [t for t in texts if any(form in content for form in encodings(t))] == []


# MARK: every way that a run can go

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="no strace is installed (apt-get install strace)")
NAMES = [canary(200_000 + n) for n in range(64)]
KEY = reference.KEY.hex()
WAYS = """policy: ways
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id]
    action: hash
  - kinds: [email]
    action: tokenise
    store: sealed
  - fields: [bounce_reason]
    action: scan
    because: codes are needed
  - fields: [properties]
    action: json
    keep: [tier]
    default: redact
  - fields: [url]
    action: generalise
    to: host
  - fields: [gender]
    action: mask
"""


IN_A_VAULT = WAYS.replace("store: sealed", "store: vault")


class Ways:
    """An archive with the canaries in it, and a program that is run on it in every way."""

    def __init__(self, folder):
        self.folder, self.input, self.out = folder, folder / "in", folder / "out"
        self.binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "CURRENTS_SCRUB_KEY": KEY}
        (folder / "home").mkdir()
        (folder / "policy.yml").write_text(WAYS)
        self.input.mkdir()
        self.rest = iter(NAMES)
        self.fill()
        assert next(self.rest, None) is None

    def event(self, **more):
        """Canaries in eight values and in four names of members."""
        c = [next(self.rest) for _ in range(12)]
        return {"id": "e", "user_id": c[0], "external_user_id": f"x {c[1]}", "email_address": f"{c[2]}@example.test",
                "bounce_reason": f"550 <{c[3]}@example.test> unknown", "properties": json.dumps({"tier": "a", "mail": c[4], f"{c[5]}@example.test": 1}),
                "url": f"https://{c[6]}:x@shop.example/{c[7]}", "gender": c[8], f"{c[9]}@example.test": 1,
                "new_field": {f"+{c[10]} 555": c[11]}, **more}

    def fill(self):
        event = "users.messages.email.Bounce"
        whole = json.dumps(self.event())
        cut = json.dumps(self.event())[:-1]
        (self.input / f"{event}.json").write_text(whole + "\n" + cut + "\n")
        (self.input / f"{event}-2.json.gz").write_bytes(gzip.compress(json.dumps(self.event()).encode() + b"\n")[:-9])
        (self.input / "nobody.knows.This.json").write_text(json.dumps(self.event(campaign_name="x")) + "\n")
        c = [next(self.rest) for _ in range(16)]
        schema = {"type": "record", "name": "users.messages.email.Open", "fields": [
            {"name": "user_id", "type": "string"}, {"name": "email_address", "type": ["null", "string"]},
            {"name": "new_map", "type": {"type": "map", "values": "string"}}, {"name": "new_bytes", "type": "bytes"},
            {"name": "new_list", "type": {"type": "array", "items": "string"}}]}
        records = [{"user_id": c[n], "email_address": f"{c[n + 1]}@example.test", "new_map": {f"{c[n + 2]}@example.test": c[n + 3]},
                    "new_bytes": c[n + 4].encode(), "new_list": [c[n + 5], c[n + 6]]} for n in (0, 7)]
        output = io.BytesIO()
        fastavro.writer(output, fastavro.parse_schema(schema), records, sync_interval=1)
        (self.input / "open.avro").write_bytes(output.getvalue()[:-20])
        (self.input / "events.csv").write_text(f"user,{c[14]}\n")
        (self.input / "other.avro").write_bytes(b"Obj\x01" + c[15].encode() * 4)

    def command(self, *more):
        return ["--policy", self.folder / "policy.yml", self.input, "-o", self.out, "--state", self.folder / "state",
                "--reports", self.folder / "reports", *more]

    def run(self, command, expect, before=(), stdin=None, stdout=subprocess.PIPE, prepare=None, **env):
        done = subprocess.run([*before, self.binary, *map(str, command)], input=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=self.folder,
                              env={**self.env, **env}, preexec_fn=prepare, timeout=60)
        assert done.returncode in (expect if isinstance(expect, tuple) else (expect,)), (done.returncode, done.stderr.decode(errors="replace"))
        self.assert_clean((done.stdout or b"") + done.stderr)
        return done

    def assert_clean(self, said=b"", hidden=()):
        """Nothing that was said, or that lies in any folder but the archive and `hidden`, holds a canary."""
        parts = [said]
        for path in sorted(self.folder.rglob("*")):
            place = path.relative_to(self.folder)
            if place.parts[0] in ("in", *hidden):
                continue
            parts.append(str(place).encode())
            if path.is_file():
                content = path.read_bytes()
                parts.append(gzip.decompress(content) if path.suffix == ".gz" and content[-8:] else content)
        content = b"\n".join(parts)
        assert [(text, form) for text in NAMES for form in encodings(text) if form in content] == []


@pytest.fixture
def ways(tmp_path):
    return Ways(tmp_path)


def test_the_search_finds_what_it_looks_for(ways):
    """A policy that keeps everything leaves the canaries of the values, and the search tells of each."""
    (ways.folder / "policy.yml").write_text("policy: keep\nversion: 1\ndefaults: { unknown_field: keep }\nrules:\n  - fields: ['*']\n"
                                            "    action: keep\n    because: the search is tested\n")
    subprocess.run([ways.binary, *map(str, ways.command())], cwd=ways.folder, env=ways.env, capture_output=True)
    with pytest.raises(AssertionError):
        ways.assert_clean()
    for text in NAMES:
        for form in encodings(text):
            assert len(form) >= 12, form


@pytest.mark.parametrize("more", [(), ("--json",), ("--quiet",), ("--jobs", "1"), ("--dry-run",), ("--max-block", "1")])
def test_ways_of_a_scrub(ways, more):
    for _ in range(2):
        ways.run(ways.command(*more), 2)
    assert ways.out.exists() == ("--dry-run" not in more)


def test_ways_of_other_commands(ways):
    ways.run(ways.command(), 2)
    place = ("--state", ways.folder / "state")
    for more in ((), ("--json",)):
        ways.run(["inspect", ways.input, *more], (0, 2))
        ways.run(["policy", "check", ways.folder / "policy.yml", ways.input, *more], (0, 2, 3))
        ways.run(["verify", "scrubbed", "--policy", ways.folder / "policy.yml", ways.out, *place, *more], (0, 2, 3))
        ways.run(["verify", "scrubbed", "--policy", ways.folder / "policy.yml", ways.input, *place, *more], (2, 3))
        ways.run(["catalog", "drift", ways.input, *more], (0, 2, 3))
        ways.run(["catalog", "import", ways.input / "users.messages.email.Bounce.json", "-o", ways.folder / "addition.json", *more], (0, 1, 2, 3, 64))
    ways.run(["pseudonym", "email", "--policy", ways.folder / "policy.yml"], (0, 2, 3),
             stdin="\n".join(f"{text}@example.test" for text in NAMES).encode() + b"\n\xff" + NAMES[0].encode() + b"\n")
    ways.run(["reveal", "-", "--reason", "a test", "--policy", ways.folder / "policy.yml"], (0, 1, 2, 3, 64), stdin=NAMES[1].encode() + b"\n")


def test_ways_of_a_vault(ways):
    """Its rows are encrypted; and only who asks for originals gets them, on standard output."""
    policy, state = ("--policy", ways.folder / "policy.yml"), ways.folder / "state"
    (ways.folder / "policy.yml").write_text(IN_A_VAULT)
    ways.run(ways.command(), 2)
    token = json.loads((ways.out / "users.messages.email.Bounce.json").read_text())["email_address"]
    for more in ((), ("--json",)):
        ways.run(["vault", "status", "--state", state, *more], 0)
        ways.run(["vault", "merge", state / "vault.sqlite", "--state", ways.folder / "other", *more], 0)
        ways.run(["reveal", token + "x", *policy, "--state", state, "--reason", "DSR-1", *more], (2, 3))
    ways.run(["reveal", token, *policy, "--state", state, "--reason", f"for {NAMES[0]}@example.test"], (3, 64))
    done = subprocess.run([ways.binary, "reveal", token, "--policy", ways.folder / "policy.yml", "--state", state, "--reason", "DSR-1"],
                          cwd=ways.folder, env=ways.env, capture_output=True, check=True)
    assert done.stdout.decode().strip() == f"{NAMES[2]}@example.test"
    ways.assert_clean(done.stderr)
    (ways.input / "person.txt").write_text(f"email={NAMES[2]}@example.test\nemail={NAMES[60]}\nbraze_id={NAMES[0]}\n")
    ways.run(["vault", "forget", "--request", "DSR-1", *policy, "--state", state, "--subject-file", ways.input / "person.txt"], (0, 2))
    ways.run(["verify", "log", "--state", state], 0)
    with (state / "vault.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    ways.run(ways.command(), 3)
    (state / "vault.sqlite").write_bytes(NAMES[3].encode() * 300)
    done = subprocess.run([ways.binary, *map(str, ways.command())], cwd=ways.folder, env=ways.env, capture_output=True)
    assert done.returncode == 3
    (state / "vault.sqlite").unlink()
    ways.assert_clean(done.stdout + done.stderr)


@needs_strace
@pytest.mark.parametrize("call,number", [("pwrite64", 4), ("pwrite64", 20), ("fdatasync", 1), ("fdatasync", 3)])
def test_a_crash_in_the_vault_tells_nothing(ways, call, number):
    (ways.folder / "policy.yml").write_text(IN_A_VAULT)
    log = ways.folder / "in/trace.csv"
    before = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={call}:signal=SEGV:when={number}"]
    done = subprocess.run([*before, ways.binary, *map(str, ways.command())], cwd=ways.folder, env=ways.env, capture_output=True, timeout=60)
    assert done.returncode < 0 or done.returncode > 128 or done.returncode == 2, done
    ways.assert_clean(done.stdout + done.stderr)


def test_ways_of_a_stream(ways):
    lines = (ways.input / "users.messages.email.Bounce.json").read_bytes()
    command = ["--policy", ways.folder / "policy.yml", "--event-type", "users.messages.email.Bounce"]
    ways.run(command, 2, stdin=lines)
    ways.run([*command, "--json"], 2, stdin=lines)
    ways.run(command, (1, 2), stdin=NAMES[0].encode())
    with open("/dev/full", "wb") as full:
        ways.run(command, 1, stdin=lines, stdout=full)


def test_ways_to_be_refused(ways):
    ways.run(ways.command(), 3, CURRENTS_SCRUB_KEY="short")
    ways.run(ways.command(), 3, CURRENTS_SCRUB_KEY="")
    for text in ("policy: [", "policy: p\nversion: 1\nrulez: []\n", "policy: p\nversion: 1\nrules:\n  - fields: [user_id]\n    action: keep\n"):
        (ways.folder / "policy.yml").write_text(text)
        ways.run(ways.command(), 3)
    (ways.folder / "policy.yml").write_text(WAYS + "  - fields: [new_map]\n    action: hash\n    optional: true\n")
    ways.run(ways.command(), 3)
    (ways.folder / "policy.yml").write_text(WAYS.replace("rules:", "defaults: { unknown_field: fail }\nrules:"))
    shutil.rmtree(ways.out)
    ways.run(ways.command(), 1)
    (ways.folder / "policy.yml").write_text(WAYS.replace("rules:", "defaults: { unknown_event: fail }\nrules:"))
    ways.run(ways.command(), 1)
    ways.run(ways.command("--event-type", "no.such.Event"), 64)
    ways.run(["--policy", ways.folder / "policy.yml", ways.input, "-o", ways.input / "out"], 64)
    (ways.out / "foreign").write_text("x")
    ways.run(ways.command(), (1, 3))


def test_ways_to_fail(ways):
    """Files that may not be read, links, no room for the output, a folder that is a file."""
    os.symlink(ways.input / "open.avro", ways.input / "link.avro")
    os.mkfifo(ways.input / "pipe.json")
    ways.run(ways.command(), 2)
    shutil.rmtree(ways.out)
    ways.run(ways.command(), 1, prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)))
    (ways.folder / "file").write_text("")
    ways.run(["--policy", ways.folder / "policy.yml", ways.input, "-o", ways.folder / "file/out"], 1)
    ways.run(ways.command("--state", ways.folder / "file/state"), 1)
    with open("/dev/full", "wb") as full:
        ways.run(ways.command("--json"), 1, stdout=full)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be somebody else")
def test_ways_of_somebody_who_may_not_read():
    with tempfile.TemporaryDirectory() as folder:
        ways = Ways(pathlib.Path(folder))
        ways.folder.chmod(0o755)
        (ways.input / "open.avro").chmod(0)
        other = ways.folder / "other"
        other.mkdir()
        os.chown(other, 65534, 65534)
        # In the folder that is not searched.
        ways.binary = shutil.copy(ways.binary, ways.input / "program")
        ways.run(["--policy", ways.folder / "policy.yml", ways.input, "-o", other / "out", "--state", other / "state", "--reports", other / "reports"],
                 2, before=["setpriv", "--reuid", "65534", "--clear-groups"])


def test_the_way_into_a_quarantine(ways):
    """The folder that was asked for holds what was withheld, for its owner alone; nothing else does."""
    done = subprocess.run([ways.binary, *map(str, ways.command("--quarantine", ways.folder / "quarantine"))], cwd=ways.folder, env=ways.env, capture_output=True)
    assert done.returncode == 2
    ways.assert_clean(done.stdout + done.stderr, hidden=("quarantine",))
    kept = [p for p in (ways.folder / "quarantine").rglob("*") if p.is_file()]
    assert kept and all(p.stat().st_mode & 0o077 == 0 for p in kept)
    assert not [text for text in NAMES for p in kept if text in str(p)]


CRASHES = [signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGBUS, signal.SIGFPE, signal.SIGTRAP, signal.SIGKILL]


def started(ways, lines):
    """A run over standard input that has read the lines and waits for more."""
    process = subprocess.Popen([ways.binary, "--policy", ways.folder / "policy.yml", "--event-type", "users.messages.email.Bounce"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ways.folder, env=ways.env,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
    process.stdin.write(lines)
    process.stdin.flush()
    deadline = time.monotonic() + 20
    # The input is asked for only when everything else is ready.
    while "pipe_read" not in wait_channels(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


def wait_channels(pid):
    """Where the threads of a process wait in the kernel."""
    channels = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            channels.append((task / "wchan").read_text())
        except OSError:
            pass
    return " ".join(channels)


@pytest.mark.parametrize("crash", CRASHES, ids=lambda s: s.name)
def test_a_crash_tells_nothing(ways, crash):
    process = started(ways, (ways.input / "users.messages.email.Bounce.json").read_bytes())
    os.kill(process.pid, crash)
    said, error = process.communicate(timeout=60)
    assert process.returncode == -crash
    # It was warned of the key in the environment, and that is all.
    assert error.count(b"\n") == 2 and b"W201" in error
    ways.assert_clean(said + error)
    assert not [p for p in ways.folder.rglob("*") if "core" in p.name.lower()]


@needs_strace
@pytest.mark.parametrize("crash", ["SEGV", "ABRT", "TRAP"])
@pytest.mark.parametrize("call,number", [("read", 30), ("write", 1), ("write", 3), ("rename", 1), ("fchmod", 2)])
def test_a_crash_among_files_tells_nothing(ways, crash, call, number):
    log = ways.folder / "in/trace.csv"
    before = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={call}:signal={crash}:when={number}"]
    done = subprocess.run([*before, ways.binary, *map(str, ways.command())], cwd=ways.folder, env=ways.env, capture_output=True, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
    assert done.returncode < 0 or done.returncode > 128 or done.returncode == 2, done
    # What a killed run leaves under temporary names is scrubbed too.
    ways.assert_clean(done.stdout + done.stderr)
    assert not [p for p in ways.folder.rglob("*") if p.name.startswith("core")]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_an_interrupted_stream_tells_nothing(ways, stop):
    process = started(ways, (ways.input / "users.messages.email.Bounce.json").read_bytes())
    process.send_signal(stop)
    time.sleep(0.2)
    said, error = process.communicate(timeout=60)
    ways.assert_clean(said + error)


def test_the_process_is_hardened(ways):
    """No core, no handler that would print registers, refusals of the system instead of deaths, nothing in the arguments."""
    process = started(ways, b"")
    proc = pathlib.Path(f"/proc/{process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    limits = (proc / "limits").read_text()
    arguments = (proc / "cmdline").read_bytes()
    process.communicate(timeout=60)
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    caught, ignored = int(status["SigCgt"], 16), int(status["SigIgn"], 16)
    assert [s.name for s in CRASHES if caught >> (s - 1) & 1] == []
    assert all(ignored >> (s - 1) & 1 for s in (signal.SIGPIPE, signal.SIGXFSZ))
    assert not [text for text in NAMES if text.encode() in arguments]


@needs_strace
def test_the_process_cannot_be_dumped_and_names_nothing(ways):
    """From the first moment; and no path that it ever asked for holds a value."""
    log = ways.folder / "in/trace.csv"
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-s", "4096", "-e", "trace=prctl,openat,mkdir,rename,unlink,execve,sendto,connect", ways.binary,
                    *map(str, ways.command())], cwd=ways.folder, env=ways.env, capture_output=True)
    calls = log.read_text()
    assert calls.index("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0") < calls.index('policy.yml", O_RDONLY')
    assert [(text, form) for text in NAMES for form in encodings(text) if form in calls.encode()] == []
    assert "connect(" not in calls
