"""A sample archive, scrubbed, read by independent readers: every value is what the policy says, and nothing else moved."""

import gzip
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import threading
import time


import fastavro
import pytest
import reference
import test_codecs

CATALOG = reference.Catalog()
POLICY = """policy: interop
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { linking: hash }
rules:
  - kinds: [external_user_id, braze_id, device_id]
    action: hash
  - kinds: [email]
    action: hash
    format: email
  - kinds: [phone]
    action: hash
    bits: 160
  - fields: [canvas_name]
    action: drop
  - fields: [campaign_name]
    action: redact
    with: a campaign
"""
HASHED = {"external_user_id", "braze_id", "device_id", "email", "phone", "email|phone"}
UUID = "8-4-4-4-12"


def is_uuid(text):
    parts = text.split("-")
    return "-".join(str(len(p)) for p in parts) == UUID and all(c in "0123456789abcdefABCDEF-" for c in text)


def expected(name, value, sentinel):
    """What the policy above makes of a value; `sentinel` where it is redacted."""
    field = CATALOG.fields[name]
    if value is None or value in ("", "[REDACTED]"):
        return value
    kind = field["kind"]
    if name == "canvas_name":
        return sentinel
    if name == "campaign_name":
        return "a campaign"
    if kind in HASHED:
        form, size = "token", 16
        is_address = kind == "email" or (kind == "email|phone" and ("@" in value or reference.IS_SHA256.fullmatch(value.strip().encode())))
        if is_address:
            form = "email"
        elif kind in ("phone", "email|phone"):
            size = 20
        text = reference.pseudonym(kind, value, form=form, size=size)
        return sentinel if text is None else text
    if field["marked"] or field["personal"]:
        return sentinel
    if field["linking"]:
        if not isinstance(value, str):
            return sentinel
        text = reference.pseudonym("other", value, domain=name, form="uuid" if is_uuid(value) else "token")
        return sentinel if text is None else text
    return value


def avro_sentinel(field):
    kind = field["type"]
    if isinstance(kind, list):
        return None
    if CATALOG.fields[field["name"]]["kind"] == "json":
        return "{}"
    return {"string": "[REDACTED]", "int": 0, "long": 0, "float": 0.0, "double": 0.0, "boolean": False}[kind]


@pytest.fixture(scope="session")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "interop.yml"
    path.write_text(POLICY)
    return path


@pytest.fixture(scope="session")
def archive(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    run("sample", "--events", "4000", "--seed", "7", "--history", "-o", folder / "avro")
    run("sample", "--events", "4000", "--seed", "7", "--history", "--format", "ndjson", "-o", folder / "lines")
    return folder


def test_avro_values_types_and_schemas(run, archive, policy, tmp_path):
    run("--policy", policy, archive / "avro", "-o", tmp_path / "out", "--jobs", "2")
    files = 0
    for source in sorted((archive / "avro").rglob("*.avro")):
        result = tmp_path / "out" / source.relative_to(archive / "avro")
        with source.open("rb") as before, result.open("rb") as after:
            old, new = fastavro.reader(before), fastavro.reader(after)
            assert old.metadata["avro.schema"] == new.metadata["avro.schema"]
            assert list(new.metadata)[-4:] == [f"currents-scrub.{k}" for k in ("plan", "policy", "keys", "version")]
            assert new.metadata["currents-scrub.keys"] == f"k1:{reference.check_value()}"
            fields = old.writer_schema["fields"]
            count = 0
            for a, b in zip(old, new, strict=True):
                count += 1
                for field in fields:
                    name = field["name"]
                    assert b[name] == expected(name, a[name], avro_sentinel(field)), (source.name, name)
            assert count > 0
        files += 1
    assert files >= 100
    manifest = json.loads((tmp_path / "out/_currents-scrub/manifest.json").read_text())
    assert len(manifest["files"]) == files
    for entry in manifest["files"]:
        content = (tmp_path / "out" / entry["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size"], entry["sha256"])


@pytest.mark.parametrize("compressed", [False, True])
def test_lines_move_nothing_but_values(run, archive, policy, tmp_path, compressed):
    source = archive / "lines"
    if compressed:
        source = tmp_path / "in"
        for path in (archive / "lines").rglob("*.json"):
            if path.name.startswith("_"):
                continue
            target = source / path.relative_to(archive / "lines").with_suffix(".json.gz")
            target.parent.mkdir(parents=True, exist_ok=True)
            half = path.read_bytes().find(b"\n") + 1
            content = path.read_bytes()
            target.write_bytes(gzip.compress(content[:half]) + gzip.compress(content[half:]))
    run("--policy", policy, source, "-o", tmp_path / "out")
    required = {(s["event"], m["path"]) for s in CATALOG.shapes if s["destination"] == "storage" for m in s["members"] if "r" in m["flags"]}
    lines = 0
    for path in sorted(source.rglob("*.json*")):
        if path.name.startswith("_"):
            continue
        event = next(p for p in path.parts if p.startswith("event_type=")).removeprefix("event_type=")
        before, after = path.read_bytes(), (tmp_path / "out" / path.relative_to(source)).read_bytes()
        if compressed:
            assert after[:10] == bytes.fromhex("1f8b08000000000000ff")
            before, after = gzip.decompress(before), gzip.decompress(after)
        for old, new in zip(before.splitlines(), after.splitlines(), strict=True):
            lines += 1
            a, b = json.loads(old), json.loads(new)
            assert [k for k in a if k != "canvas_name"] == list(b)
            for name in b:
                sentinel = None
                if (event, name) in required:
                    kind = CATALOG.fields[name]["kind"]
                    sentinel = "{}" if kind == "json" else "[REDACTED]" if isinstance(a[name], str) else 0 if isinstance(a[name], (int, float)) else a[name]
                assert b[name] == expected(name, a[name], sentinel), (event, name)
    assert lines >= 4000


def test_the_same_event_gives_the_same_tokens_in_both_formats(run, archive, policy, tmp_path):
    run("--policy", policy, archive / "avro", "-o", tmp_path / "a")
    run("--policy", policy, archive / "lines", "-o", tmp_path / "l")
    tokens = {}
    for path in (tmp_path / "a").rglob("*.avro"):
        with path.open("rb") as file:
            for event in fastavro.reader(file):
                tokens.setdefault(event["id"], set()).add((event.get("user_id"), event.get("external_user_id")))
    for path in (tmp_path / "l").rglob("*.json"):
        if "_currents-scrub" in path.parts:
            continue
        for line in path.read_text().splitlines():
            event = json.loads(line)
            assert (event.get("user_id"), event.get("external_user_id")) in tokens[event["id"]]


@pytest.mark.parametrize("destination", ["amplitude", "mixpanel", "mparticle", "segment"])
def test_partner_archives_keep_their_shape(run, policy, tmp_path, destination):
    run("sample", "--events", "2000", "--destination", destination, "-o", tmp_path / "in")
    done = run("--policy", "builtin:gdpr", tmp_path / "in", "-o", tmp_path / "out", "--json")
    report = json.loads(done.stdout)
    assert report["totals"]["events_in"] == report["totals"]["events_out"] >= 2000
    assert {e["destination"] for e in report["events"]} == {destination}
    truth = json.loads((tmp_path / "in/_truth.json").read_text())
    said = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*.json"))
    for person in truth["people"]:
        for value in (person["email"], person["external_id"], person["user_id"]):
            if value:
                assert value.encode() not in said


def test_deflate_blocks_are_read_and_written(run, archive, policy, tmp_path):
    source = sorted((archive / "avro").rglob("*.avro"))[0]
    folder = tmp_path / "in"
    folder.mkdir()
    with source.open("rb") as file:
        reader = fastavro.reader(file)
        records, schema = list(reader), reader.writer_schema
    with (folder / "d.avro").open("wb") as file:
        fastavro.writer(file, schema, records, codec="deflate", sync_interval=2000)
    with (folder / "n.avro").open("wb") as file:
        fastavro.writer(file, schema, records, codec="null", sync_interval=2000)
    run("--policy", policy, folder, "-o", tmp_path / "out")
    results = []
    for name in ("d.avro", "n.avro"):
        with (tmp_path / "out" / name).open("rb") as file:
            reader = fastavro.reader(file)
            results.append(list(reader))
            assert reader.metadata["avro.codec"] == ("deflate" if name == "d.avro" else "null")
    assert results[0] == results[1]


def test_a_policy_that_keeps_everything_moves_no_byte(run, archive, tmp_path):
    keep = tmp_path / "keep.yml"
    keep.write_text("policy: keep\nversion: 1\ndefaults: { unknown_field: keep }\n"
                    "rules:\n  - fields: ['*']\n    action: keep\n    because: the identity is tested\n")
    run("--policy", keep, archive / "lines", "-o", tmp_path / "out")
    for path in (archive / "lines").rglob("*.json"):
        if not path.name.startswith("_"):
            assert path.read_bytes() == (tmp_path / "out" / path.relative_to(archive / "lines")).read_bytes()
    run("--policy", keep, archive / "avro", "-o", tmp_path / "blocks")
    for path in (archive / "avro").rglob("*.avro"):
        before, after = path.read_bytes(), (tmp_path / "blocks" / path.relative_to(archive / "avro")).read_bytes()
        sync = before[-16:]
        assert before[before.index(sync):] == after[after.index(sync):]


def test_sample_is_deterministic(run, tmp_path):
    for name in ("a", "b"):
        run("sample", "--events", "1500", "--seed", "3", "-o", tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(tmp_path / "b") for p in (tmp_path / "b").rglob("*") if p.is_file())
    for path in files:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()


def test_what_an_output_held_goes_with_what_it_was_made_of(run, tmp_path):
    """Of a source of which nothing may be written any more no output of an earlier run stays: its owner objects, or it is
    empty. One that is not there any more keeps what was made of it, and so does one that cannot be read, as long as nobody
    is excluded who may be in it."""
    names = ("objects", "empty", "damaged", "unknown", "moved", "stays")
    for number, name in enumerate(names):
        place = tmp_path / f"in/{name}/users.messages.email.Open.json"
        place.parent.mkdir(parents=True)
        place.write_text(f'{{"id":"e{number}","user_id":"b{number}","external_user_id":"c{number}","time":1780000000}}\n')
    policy = "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: []\n"
    (tmp_path / "p.yml").write_text(policy)

    def outputs(expect):
        run("--policy", "p.yml", "in", "-o", "out", "--state", "state", cwd=tmp_path, expect=expect)
        named = {file["path"].split("/")[0] for file in json.loads((tmp_path / "out/_currents-scrub/manifest.json").read_text())["files"]}
        there = {path.parent.name for path in (tmp_path / "out").rglob("*.json") if path.parent.name != "_currents-scrub"}
        assert named == there
        return there

    assert outputs(0) == set(names)
    (tmp_path / "in/damaged/users.messages.email.Open.json").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "in/unknown/users.messages.email.Open.json").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "in/empty/users.messages.email.Open.json").write_text("")
    shutil.rmtree(tmp_path / "in/moved")
    assert outputs(2) == set(names) - {"empty"}
    (tmp_path / "p.yml").write_text(policy + "exclude: [{ list: objections.txt }]\n")
    (tmp_path / "objections.txt").write_text("external_user_id=c0\n")
    assert outputs(2) == {"moved", "stays"}
    assert outputs(2) == {"moved", "stays"}


def test_events_that_stay_out_are_counted_whatever_else_their_file_holds(run, tmp_path):
    """In lines, in gzip, in an array and in a container, of one who stays out alone, and by one machine as by many."""
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nrules: []\nexclude: [{ list: objections.txt }]\n")
    (tmp_path / "objections.txt").write_text("external_user_id=c1\n")
    place = tmp_path / "in/event_type=users.messages.email.Open"
    place.mkdir(parents=True)
    events = [{"id": f"e{n}", "user_id": f"b{n}", "external_user_id": f"c{n}", "time": 1780000000} for n in (1, 2)]
    lines = [json.dumps(event) + "\n" for event in events]
    (place / "both.json").write_text("".join(lines))
    (place / "alone.json").write_text(lines[0] * 2)
    (place / "alone.json.gz").write_bytes(gzip.compress(lines[0].encode()))
    (place / "array.json").write_text(json.dumps(events[:1]))
    text = {"type": "record", "name": "users.messages.email.Open", "fields": [
        {"name": name, "type": "long" if name == "time" else "string"} for name in events[0]]}
    with (place / "alone.avro").open("wb") as file:
        fastavro.writer(file, text, events[:1])
    done = run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path)
    totals = json.loads(done.stdout)["totals"]
    assert (totals["events_in"], totals["events_out"], totals["dropped"], totals["withheld"]) == (7, 1, 6, 0)
    run("--policy", "p.yml", "in", "-o", "many", "--state", "other", "--shard", "plan/2", cwd=tmp_path)
    for shard in ("1/2", "2/2"):
        run("--policy", "p.yml", "in", "-o", "many", "--state", "other", "--shard", shard, cwd=tmp_path)
    done = run("merge", "many", "--state", "other", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["totals"] == totals


@pytest.mark.parametrize("damage", ["torn", "checksum", "trailing"])
def test_a_damaged_file_of_somebody_who_stays_out_bars_no_other(run, tmp_path, damage):
    """No copy without the person can be made of it, so nothing of it may be in the output, and the rest goes on."""
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: []\nexclude: [{ list: objections.txt }]\n")
    (tmp_path / "objections.txt").write_text("external_user_id=c1\n")
    place = tmp_path / "in/event_type=users.messages.email.Open"
    place.mkdir(parents=True)
    events = [json.dumps({"id": f"e{n}", "user_id": f"b{n % 2}", "external_user_id": f"c{n % 2}", "time": 1780000000}) + "\n"
              for n in range(2000)]
    whole = gzip.compress("".join(events).encode())
    (place / "a.json.gz").write_bytes(whole)
    (place / "good.json").write_text("".join(events[::2]))

    def outputs(expect):
        done = run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path, expect=expect)
        return {path.name for path in (tmp_path / "out").rglob("*.json*") if path.parent.name != "_currents-scrub"}, done
    assert outputs(0)[0] == {"a.json.gz", "good.json"}
    (place / "a.json.gz").write_bytes({"torn": whole[:-100], "checksum": whole[:-6] + b"abcdef", "trailing": whole + b"xx"}[damage])
    for _ in range(2):
        left, done = outputs(2)
        assert left == {"good.json"} and b"[gzip.damaged]" in done.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda s: s.name)
@pytest.mark.parametrize("told", [b"", b'{"id":"e1","user_id":"b1","time":1780000000}\n', b'{"id":'], ids=["nothing", "a line", "half"])
def test_a_stream_that_waits_can_be_stopped(tmp_path, stop, told):
    """What comes from a pipe may never come."""
    process = subprocess.Popen(
        [test_codecs.BINARY, "--policy", "gdpr", "--event-type", "users.messages.email.Open", "--state", tmp_path / "state"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"CURRENTS_SCRUB_KEY": reference.KEY.hex(), "HOME": str(tmp_path)})
    process.stdin.write(told)
    process.stdin.flush()
    time.sleep(1)
    process.send_signal(stop)
    try:
        assert process.wait(20) == 130
    finally:
        process.kill()
    assert b"[run.interrupted]" in process.stderr.read()


@pytest.mark.parametrize("text", ["", "\n \n", "external_user_id=c9\n"], ids=["empty", "blank", "somebody"])
def test_a_list_that_names_nobody_is_told(run, tmp_path, text):
    """One that a job left empty shares everybody; it may be meant so. That one who is named was not found is no news."""
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nrules: []\nexclude: [{ list: full.txt }, { list: objections.txt }]\n")
    (tmp_path / "full.txt").write_text("external_user_id=c1\n")
    (tmp_path / "objections.txt").write_text(text)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text("".join(
        f'{{"id":"e{n}","user_id":"b{n}","external_user_id":"c{n}","time":1780000000}}\n' for n in (1, 2)))
    done = run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert (report["totals"]["events_out"], report["totals"]["dropped"]) == (1, 1)
    told = text.strip() == ""
    assert [warning["id"] for warning in report["warnings"]] == ["W105"] * told
    assert [line.split(": ")[0] for line in done.stderr.decode().splitlines() if "warning W105" in line] == ["objections.txt:1:1"] * told


def test_a_list_that_can_be_read_but_once_is_left_to_the_run(run, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nrules: []\nexclude: [{ list: objections }]\n")
    os.mkfifo(tmp_path / "objections")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text('{"id":"e1","user_id":"b1","external_user_id":"c1","time":1780000000}\n')
    writer = threading.Thread(target=(tmp_path / "objections").write_text, args=("external_user_id=c1\n",), daemon=True)
    writer.start()
    done = run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["totals"]["dropped"] == 1


def test_people_are_not_excluded_from_what_was_scrubbed_before(run, tmp_path):
    """There they are not called as the list calls them: who believes so shares those who objected."""
    head = "policy: p\nversion: 1\n"
    (tmp_path / "p.yml").write_text(head + "key: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: [{ kinds: [external_user_id], action: hash }]\n")
    (tmp_path / "tighter.yml").write_text(head + "exclude: [{ list: list.txt }]\nrules: [{ kinds: [external_user_id], action: redact }]\n")
    (tmp_path / "list.txt").write_text("external_user_id=c1\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text('{"id":"e1","user_id":"b1","external_user_id":"c1","time":1780000000}\n')
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", cwd=tmp_path)
    done = run("--policy", "tighter.yml", "out", "-o", "again", "--again", "--state", "state", cwd=tmp_path, expect=3)
    assert b"[E106]" in done.stderr or b"E106" in done.stderr
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("form", ["array", "line", "document", "gzip"])
@pytest.mark.parametrize("event", [
    {"type": "track", "event": "Email Opened", "userId": "c1"},
    {"event": "Email Open", "properties": {"distinct_id": "c1"}},
    {"event_type": "Email Open", "user_id": "c1", "event_properties": {}}], ids=["segment", "mixpanel", "amplitude"])
def test_a_file_whose_events_were_all_dropped_is_what_its_plan_made(run, tmp_path, event, form):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: [{ events: ['*'], action: drop_event }]\n")
    (tmp_path / "in").mkdir()
    text = {"line": json.dumps(event) + "\n", "document": json.dumps(event, indent=1)}.get(form, json.dumps([event, event])).encode()
    (tmp_path / "in/a.json").write_bytes(gzip.compress(text) if form == "gzip" else text)
    (tmp_path / "in/b.json").write_text("[]")
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", cwd=tmp_path)
    run("verify", "scrubbed", "--policy", "p.yml", "out", cwd=tmp_path)
    run("--policy", "p.yml", "out", "-o", "again", "--state", "state", cwd=tmp_path)


def test_a_dry_run_of_a_stream_writes_nothing(run, tmp_path):
    """Tokens that went out would have no row in any vault."""
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: [{ kinds: [email], action: tokenise, store: vault }]\n")
    done = run("--policy", tmp_path / "p.yml", "--event-type", "users.messages.email.Open", "--dry-run", "--state", tmp_path / "state",
               stdin=b'{"id":"e1","user_id":"b1","time":1780000000,"email_address":"ada@example.test"}\n')
    assert done.stdout == b"" and b"dry run: nothing was written" in done.stderr and not (tmp_path / "state").exists()


def test_the_summary_adds_up(run, tmp_path):
    """Values that an action cannot take are redacted, and told so."""
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules: [{ kinds: [email], action: hash }]\n")
    (tmp_path / "in").mkdir()
    events = [{"id": f"e{n}", "user_id": f"b{n}", "time": 1780000000, "email_address": "ada@example.test" if n % 3 else n} for n in range(30)]
    (tmp_path / "in/users.messages.email.Open.json").write_text("".join(json.dumps(e) + "\n" for e in events))
    done = run("--policy", "p.yml", "in", "-o", "out", "--reports", "reports", "--state", "state", cwd=tmp_path)
    told = {line.split()[0]: int(line.split()[1]) for line in done.stdout.decode().splitlines() if line.split()[1:2] and line.split()[1].isdigit()}
    fields = json.loads(next((tmp_path / "reports").rglob("report.json")).read_text())["fields"]
    assert sum(told.get(name, 0) for name in ("hashed", "redacted", "kept")) == sum(f["values"] - f["left"] for f in fields)
    assert told["redacted"] >= 10


def test_an_output_that_nobody_can_vouch_for_is_refused(run, tmp_path):
    """Of somebody else's folder nothing is touched, and a manifest that says nothing is none."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text('{"id":"e1","user_id":"b1","time":1780000000}\n')
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("x")
    assert b"[output.not-ours]" in run("--policy", "gdpr", "in", "-o", "theirs", "--quiet", cwd=tmp_path, expect=3).stderr
    assert [path.name for path in theirs.rglob("*")] == ["letter.txt"]
    run("--policy", "gdpr", "in", "-o", "out", cwd=tmp_path)
    made = (tmp_path / "out/users.messages.email.Open.json").read_bytes()
    for text in "", "{}", "x", '{"schema":"currents-scrub/manifest/9","files":[]}':
        (tmp_path / "out/_currents-scrub/manifest.json").write_text(text)
        assert b"[manifest.damaged]" in run("--policy", "gdpr", "in", "-o", "out", "--quiet", cwd=tmp_path, expect=3).stderr
    assert (tmp_path / "out/users.messages.email.Open.json").read_bytes() == made
