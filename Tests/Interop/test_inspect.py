"""What inspect tells of an archive, against fastavro; that it tells no value; and its page in a browser."""

import datetime
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys

import fastavro
import pytest

SAMPLE_EVENTS = 3000
CANARY = "kanarie"
# Made-up values of every form that is looked for; each holds the canary or is one of these.
VALUES = ["{}-{}@example.test", "+1202555{:04d}", "203.0.113.{}", "2001:db8::{:x}"]


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def sample(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspect")
    run("sample", "--events", SAMPLE_EVENTS, "--history", "--seed", "5", "-o", folder / "avro")
    return folder


def inspect(run, *arguments, expect=0, cwd=None):
    return json.loads(run("inspect", *arguments, "--json", expect=expect, cwd=cwd).stdout)


def test_counts_and_times_are_those_of_fastavro(run, sample):
    truth, bytes_in = {}, 0
    files = [p for p in (sample / "avro").rglob("*.avro")]
    for path in files:
        bytes_in += path.stat().st_size
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            event = reader.writer_schema["name"].split(".inner.")[1]
            rows = list(reader)
        one = truth.setdefault(event, {"files": 0, "events": 0, "times": []})
        one["files"] += 1
        one["events"] += len(rows)
        one["times"] += [row["time"] for row in rows if row.get("time") is not None]
    seen = inspect(run, sample / "avro", "--jobs", "2")
    assert seen["schema"] == "currents-scrub/inspection/1"
    assert seen["totals"]["events"] == SAMPLE_EVENTS
    assert (seen["totals"]["files"], seen["totals"]["bytes"]) == (len(files), bytes_in)
    assert {e["event"] for e in seen["events"]} == set(truth)
    for event in seen["events"]:
        one = truth[event["event"]]
        assert (event["files"], event["events"]) == (one["files"], one["events"]), event["event"]
        assert (event["first"], event["last"]) == (iso(min(one["times"])), iso(max(one["times"]))), event["event"]
        assert event["implausible_times"] == 0 and event["known"]
    assert seen["containers"] == [
        {"format": "avro", "codec": "null", "compression": None, "files": len(files), "events": SAMPLE_EVENTS, "bytes": bytes_in}]
    drift = seen["drift"]
    assert not drift["unknown_events"] and not drift["unknown_fields"] and not drift["content"], drift
    assert not drift["marks"]["new"] and not drift["marks"]["lost"] and not drift["marks"]["contradicting"]
    run("catalog", "drift", sample / "avro", "--check")


@pytest.mark.parametrize("codec", ["null", "deflate"])
@pytest.mark.parametrize("compressed", [False, True])
def test_containers_and_codecs(run, tmp_path, codec, compressed):
    schema = fastavro.parse_schema({
        "type": "record", "name": "dataexport.S3.inner.users.messages.email.Open",
        "fields": [{"name": "id", "type": "string"}, {"name": "time", "type": "int"}]})
    path = tmp_path / "in/events.avro"
    path.parent.mkdir()
    with path.open("wb") as file:
        fastavro.writer(file, schema, [{"id": str(n), "time": 1777600000 + n} for n in range(50)], codec=codec)
    if compressed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    seen = inspect(run, tmp_path / "in")
    (container,) = seen["containers"]
    assert (container["codec"], container["compression"], container["events"]) == (codec, "gzip" if compressed else None, 50)
    assert seen["totals"]["first"] == iso(1777600000) and seen["totals"]["last"] == iso(1777600049)


@pytest.fixture(scope="module")
def canaries(run, tmp_path_factory):
    """Every string of every field holds a value that must not be told, in Avro and in lines of all destinations."""
    folder = tmp_path_factory.mktemp("canaries")
    values = set()

    def value(number):
        text = VALUES[number % len(VALUES)]
        text = text.format(CANARY, number) if "@" in text else text.format(number % 9000)
        values.add(text)
        return text

    def replaced(item, keep, number=[0]):
        if isinstance(item, dict):
            return {k: v if k in keep else replaced(v, keep) for k, v in item.items()}
        if isinstance(item, list):
            return [replaced(v, keep) for v in item]
        if isinstance(item, str):
            number[0] += 1
            return value(number[0])
        return item

    run("sample", "--events", "500", "-o", folder / "plain")
    for path in (folder / "plain").rglob("*.avro"):
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            schema, rows = reader.writer_schema, list(reader)
        target = folder / "in/avro" / path.relative_to(folder / "plain")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            fastavro.writer(file, schema, [replaced(row, ()) for row in rows])
    names = {"event", "event_type", "event_name"}
    for destination in ("storage", "amplitude", "mixpanel", "mparticle", "segment"):
        run("sample", "--events", "200", "--destination", destination, "--format", "ndjson", "-o", folder / destination)
        for path in (folder / destination).rglob("*.json"):
            if path.name.startswith("_"):
                continue
            target = folder / "in" / destination / path.relative_to(folder / destination)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            changed = [replaced(line, names) | {"new": {"inner": value(n)}, value(n): 1, "text": json.dumps({"a": value(n)})}
                       for n, line in enumerate(lines)]
            target.write_text("".join(json.dumps(line) + "\n" for line in changed) + '{"broken":"' + value(1) + '\n')
    return folder, values


def told(run, folder, values, *arguments):
    done = run(*arguments, cwd=folder, expect=None)
    assert done.returncode in (2, 3), done.stderr
    said = (done.stdout + done.stderr).decode()
    for page in folder.glob("*.html"):
        said += page.read_text()
    assert CANARY not in said
    assert [v for v in values if v in said] == []
    return said


@pytest.mark.parametrize("command", [["inspect"], ["catalog", "drift"], ["policy", "check", "gdpr"]])
def test_a_page_does_not_lie_in_what_is_read(run, canaries, command):
    folder, _ = canaries
    before = {path: path.read_bytes() for path in (folder / "in").rglob("*") if path.is_file()}
    for page in [*before, folder / "in/page.html"]:
        said = run(*command, folder / "in", "--html", page, expect=64).stderr.decode()
        assert "the page lies inside" in said and "--html" in said
    assert {path: path.read_bytes() for path in (folder / "in").rglob("*") if path.is_file()} == before


def test_no_value_is_told(run, canaries):
    folder, values = canaries
    told(run, folder, values, "inspect", "in", "--html", "page.html")
    said = told(run, folder, values, "catalog", "drift", "in", "--check")
    assert "(names withheld)" in said and "new.inner" in said
    told(run, folder, values, "inspect", "in", "--json")
    seen = json.loads(run("inspect", "in", "--json", cwd=folder, expect=2).stdout)
    kinds = {c["kind"] for c in seen["drift"]["content"]}
    assert kinds >= {"email", "phone", "json"}
    members = {tuple(c["members"]) for c in seen["drift"]["content"] if c["kind"] == "json" and c["path"].endswith("text")}
    assert ("a",) in members


def test_the_addition_is_read_by_the_catalog(run, canaries, tmp_path):
    folder, _ = canaries
    addition = json.loads(run("inspect", "in", "--json", cwd=folder, expect=2).stdout)["drift"]["addition"]
    assert addition["events"]
    (tmp_path / "addition.json").write_text(json.dumps(addition))
    seen = json.loads(run("inspect", "in", "--json", "--catalog", tmp_path / "addition.json", cwd=folder, expect=2).stdout)
    assert not seen["drift"]["unknown_events"] and not seen["drift"]["unknown_fields"]


def test_names_of_events_with_a_sign_of_money_are_told(run, tmp_path):
    line = {"user_id": "u", "device_id": "d", "library": "Braze", "event_time": "2026-08-28 10:15:32.458000"}
    (tmp_path / "a.json").write_text("".join(json.dumps(line | {"event_type": name}) + "\n" for name in ("$identify", "Email Open")))
    seen = inspect(run, tmp_path)
    assert [row["event"] for row in seen["drift"]["unknown_events"]] == ["$identify"]


def test_scrubbed_files_say_by_what(run, sample, tmp_path):
    run("--policy", "builtin:gdpr-strict", sample / "avro", "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    seen = inspect(run, tmp_path / "out")
    assert seen["totals"]["files"] and seen["exit"] == 0
    assert {s["policy"] for s in seen["scrubbed"]} == {"gdpr-strict"}
    assert sum(s["files"] for s in seen["scrubbed"]) == seen["totals"]["files"]


def test_the_page_in_a_browser(run, canaries):
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no chromium is installed")
    folder, _ = canaries
    run("inspect", "in", "--html", "page.html", cwd=folder, expect=2)
    shots = ["--shots", os.environ["SHOTS"]] if os.environ.get("SHOTS") else []
    checker = pathlib.Path(__file__).parent / "check_pages.py"
    done = subprocess.run(
        [sys.executable, checker, folder / "page.html", "--expect", "Fields that look personal", *shots],
        capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr


