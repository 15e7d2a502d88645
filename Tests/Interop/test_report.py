"""The report of a run in which things went wrong: its sums, and its page in a browser.

SHOTS=DIR keeps screenshots and the printed page.
"""

import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import reference
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

POLICY = """policy: evidence
version: 1
title: A report with something of everything
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { linking: hash }
rules:
  - events: ["users.messages.email.Bounce"]
    action: drop_event
  - kinds: [external_user_id, braze_id, device_id]
    action: hash
  - kinds: [email]
    action: hash
    format: email
  - kinds: [phone]
    action: hash
  - fields: [canvas_name]
    action: drop
  - fields: [campaign_name]
    action: redact
    with: a campaign
"""
BROKEN = b'{"id":"broken","email_address":"eve@example.test"\n'


@pytest.fixture(scope="module")
def place(run, tmp_path_factory):
    """A scrubbed sample of Avro and lines, with one broken line and one file of a format nobody can read."""
    folder = tmp_path_factory.mktemp("report")
    run("sample", "--events", "2500", "--seed", "11", "-o", folder / "in/avro")
    run("sample", "--events", "2500", "--seed", "11", "--format", "ndjson", "-o", folder / "in/lines")
    victim = max((p for p in (folder / "in/lines").rglob("*.json") if p.name[0] != "_"), key=lambda p: (p.stat().st_size, p))
    lines = victim.read_bytes().splitlines(keepends=True)
    victim.write_bytes(b"".join([*lines[:3], BROKEN, *lines[3:]]))
    (folder / "in/people.csv").write_text("email\neve@example.test\n")
    (folder / "policy.yml").write_text(POLICY)
    (folder / "victim").write_text(str(victim.relative_to(folder / "in")))
    run("--policy", "policy.yml", "in", "-o", "out", "--reports", "Reports", "--state", "state", "--jobs", "2",
        cwd=folder, expect=2)
    return folder


@pytest.fixture(scope="module")
def report(place):
    reports = list(place.glob("Reports/*/report.json"))
    assert len(reports) == 1
    return json.loads(reports[0].read_text())


def inputs(place):
    return [p for p in sorted((place / "in").rglob("*")) if p.is_file() and p.name[0] != "_"]


def test_what_the_run_was(place, report):
    assert report["schema"] == "currents-scrub/scrub-report/1"
    assert (report["exit"], report["state"], report["dry_run"]) == (2, "incomplete", False)
    assert report["policy"]["name"] == "evidence" and report["policy"]["source"] == "policy.yml"
    assert report["policy"]["sha256"] == hashlib.sha256(POLICY.encode()).hexdigest()
    assert report["keys"] == [{"id": "k1", "check": reference.check_value()}]
    assert (report["inputs"], report["output"]) == (["in"], "out")
    assert report["run"] == next((place / "Reports").iterdir()).name


def test_events_add_up(place, report):
    totals, events = report["totals"], report["events"]
    assert totals["events_in"] == 5001 == totals["events_out"] + totals["dropped"] + totals["withheld"]
    assert totals["withheld"] == 1 and totals["dropped"] > 0
    for event in events:
        assert event["in"] == event["out"] + event["dropped"] + event["withheld"], event["event"]
        assert len(event["plan"]) >= 64
    for total, member in (("events_in", "in"), ("events_out", "out"), ("dropped", "dropped"), ("withheld", "withheld")):
        assert totals[total] == sum(e[member] for e in events), total
    assert {e["event"] for e in events if e["dropped"]} == {"users.messages.email.Bounce"}
    assert all(e["out"] == 0 for e in events if e["event"] == "users.messages.email.Bounce")
    manifest = json.loads((place / "out/_currents-scrub/manifest.json").read_text())
    written = {}
    for entry in manifest["files"]:
        for event, count in entry["events"].items():
            written[event] = written.get(event, 0) + count
    assert written == {e["event"]: e["out"] for e in events if e["out"]}


def test_files_add_up(place, report):
    files, totals = report["files"], report["totals"]
    assert totals["files_in"] == len(inputs(place)) == sum(files[k] for k in files if k != "ignored")
    assert totals["bytes_in"] == sum(p.stat().st_size for p in inputs(place))
    written = [p for p in (place / "out").rglob("*") if p.is_file() and "_currents-scrub" not in p.parts]
    assert totals["files_out"] == len(written) == files["scrubbed"] + files["unchanged"]
    assert totals["bytes_out"] == sum(p.stat().st_size for p in written)
    assert (files["unsupported"], files["failed"], files["already_scrubbed"], files["ignored"]) == (1, 0, 0, 2)
    sources = {s["path"]: s for s in report["sources"]}
    assert set(sources) == {str(p.relative_to(place / "in")) for p in inputs(place)}
    for path, source in sources.items():
        assert source["bytes"] == (place / "in" / path).stat().st_size
        # Keyed: nobody can confirm a guess at a source by hashing it.
        plain = hashlib.sha256((place / "in" / path).read_bytes()).hexdigest()
        assert source["digest"] != plain and (source["digest"] or path == "people.csv")


def test_the_digests_of_sources_are_what_the_documentation_says(place, report):
    key = bytes.fromhex((place / "state/state.key").read_text().strip())
    tag_key, outer_key = (reference.hkdf(key, b"state", b"currents-scrub/v1/file-" + use) for use in (b"tag", b"digest"))
    for source in report["sources"]:
        content = (place / "in" / source["path"]).read_bytes()
        tag = AESGCM(tag_key).encrypt(bytes(12), b"", content)
        expected = hmac.new(outer_key, tag, hashlib.sha256).hexdigest()
        assert source["digest"] == expected or source["path"] == "people.csv"


def test_values_add_up(report):
    actions = set()
    for field in report["fields"]:
        actions.add(field["action"])
        if field["action"] == "keep":
            assert field["treated"] == field["left"] == 0, field
        else:
            assert field["values"] == field["treated"] + field["redacted_instead"] + field["left"], field
        assert field["prehashed"] <= field["treated"], field
        assert field["rule"].startswith(("policy.yml:", "default ")), field
    assert actions >= {"keep", "redact", "hash", "drop"}
    kept = [f for f in report["fields"] if f["action"] == "keep" and f["sources"] and f["values"]]
    assert kept == []


def test_what_needs_a_look(place, report):
    assert report["withheld_listed"] == 1
    (withheld,) = report["withheld"]
    victim = (place / "victim").read_text()
    assert (withheld["file"], withheld["line"], withheld["block"], withheld["events"]) == (victim, 4, None, 1)
    content = (place / "in" / victim).read_bytes()
    assert content[withheld["offset"]:][:withheld["bytes"]] == BROKEN.rstrip(b"\n")
    assert withheld["code"] == "json.syntax" and len(withheld["digest"]) == 64
    assert BROKEN not in (place / "out" / victim).read_bytes()
    (problem,) = report["problems"]
    assert (problem["file"], problem["code"]) == ("people.csv", "format.unsupported")
    assert problem["message"] and problem["hint"]
    assert not (place / "out/people.csv").exists()
    assert [w["id"] for w in report["warnings"]] == ["W201"]


def test_no_value_of_an_event_is_in_the_report(place, report):
    truth = json.loads((place / "in/lines/_truth.json").read_text())
    said = b"".join(p.read_bytes() for p in (place / "Reports").rglob("*") if p.is_file())
    for person in truth["people"]:
        for name in ("email", "external_id", "user_id", "phone"):
            value = person.get(name)
            assert not value or value.encode() not in said, name
    assert b"eve@example.test" not in said


def test_the_page_in_a_browser(place, report):
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no chromium is installed")
    page = place / "Reports" / report["run"] / "report.html"
    shots = ["--shots", os.environ["SHOTS"]] if os.environ.get("SHOTS") else []
    checker = pathlib.Path(__file__).parent / "check_pages.py"
    done = subprocess.run([sys.executable, checker, page, "--expect", "A report with something of everything", *shots],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
