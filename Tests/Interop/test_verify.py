"""`verify scrubbed` proves outputs of real scrubs, and no single change to one escapes it."""

import gzip
import hashlib
import json
import shutil

import fastavro
import pytest

import reference

POLICY = """policy: tests
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - events: [users.UserOrphan]
    action: drop_event
  - events: ["users.messages.sms.*"]
    action: drop_event
    where: { category: [secret] }
  - kinds: [email]
    action: hash
    format: email
  - kinds: [phone]
    action: hash
    format: hex
  - kinds: [braze_id]
    action: hash
    format: uuid
  - kinds: [external_user_id]
    action: hash
    bits: 192
  - fields: [country]
    action: redact
    with: EU
  - fields: [language]
    action: keep
    because: a test
  - fields: [gender]
    action: drop
"""
EVENT = {
    "id": "5b0e8400-e29b-41d4-a716-446655440000", "user_id": "64f0c1d2e3a4b5c6d7e8f901",
    "external_user_id": "customer-1042", "email_address": "canary@example.test", "campaign_name": "Spring", "time": 1777600000,
    "country": "FR", "language": "fr", "gender": "f",
}
CLICK = "users.messages.email.Click"


@pytest.fixture()
def output(run, tmp_path):
    """A scrubbed tree with Avro, lines and gzip."""
    (tmp_path / "p.yml").write_text(POLICY)
    source = tmp_path / "in"
    source.mkdir()
    (source / f"{CLICK}.json").write_text(json.dumps(EVENT) + "\n")
    (source / "users.messages.sms.Send.json").write_text(
        json.dumps({"user_id": EVENT["user_id"], "to_phone_number": "+12025550143", "category": "open"}) + "\n")
    (source / f"{CLICK}.2.json.gz").write_bytes(gzip.compress((json.dumps(EVENT) + "\n").encode()))
    with open(source / "a.avro", "wb") as file:
        fastavro.writer(file, SCHEMA, [EVENT] * 3, codec="deflate")
    run("--policy", tmp_path / "p.yml", source, "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    return tmp_path / "out"


SCHEMA = {"type": "record", "name": CLICK, "fields": [
    {"name": name, "type": ["null", "int" if name == "time" else "string"]} for name in EVENT]}


def verify(run, output, expect, policy="p.yml", **options):
    done = run("verify", "scrubbed", "--policy", output.parent / policy, output, "--json", expect=expect, **options)
    assert b"canary" not in done.stdout + done.stderr and b"0143" not in done.stdout + done.stderr
    return json.loads(done.stdout)


def mend(output):
    """Makes the manifest agree with the files again, as somebody who covers tracks would."""
    path = output / "_currents-scrub/manifest.json"
    manifest = json.loads(path.read_text())
    for entry in manifest["files"]:
        data = (output / entry["path"]).read_bytes()
        entry["size"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    path.write_text(json.dumps(manifest))


def test_files_that_lost_all_events_are_proved(run, tmp_path):
    (tmp_path / "in").mkdir()
    event = json.dumps({"id": "1", "time": 1}) + "\n"
    for name, data in [("Open.json", event.encode()), ("Click.json", event.encode()), ("Click.json.gz", gzip.compress(event.encode()))]:
        (tmp_path / f"in/users.messages.email.{name}").write_bytes(data)
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nrules:\n  - events: [users.messages.email.Click]\n    action: drop_event\n")
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "--state", tmp_path / "state", cwd=tmp_path)
    report = verify(run, tmp_path / "out", 0)
    assert report["state"] == "proved" and report["totals"]["events"] == 1


def lines(output, name=f"{CLICK}.json"):
    return json.loads((output / name).read_text())


def rewrite(output, event, name=f"{CLICK}.json"):
    (output / name).write_text(json.dumps(event) + "\n")
    mend(output)


def test_an_output_is_proved(run, output):
    report = verify(run, output, 0)
    assert (report["state"], report["clear"], report["content"], report["manifest"]) == ("proved", [], [], [])
    assert report["totals"]["files"] == 4 and report["totals"]["events"] == 6
    assert report["totals"]["pseudonyms"] == 5 * 3 + 2
    assert report["compared_plans"]


def test_no_key_is_needed(run, output):
    report = verify(run, output, 0, environment={"CURRENTS_SCRUB_KEY": ""})
    assert not report["compared_plans"]


def test_another_key_of_the_same_id_is_told(run, output):
    report = verify(run, output, 3, environment={"CURRENTS_SCRUB_KEY": "ab" * 31 + "cd"})
    assert {one["code"] for one in report["manifest"]} == {"manifest.key"}


@pytest.mark.parametrize("field, value", [
    ("email_address", "canary@example.test"),
    ("email_address", "aaaaaaaaaaaaaaaaaaaaaaaaaa@k2.scrubbed.invalid"),
    ("email_address", "aaaaaaaaaaaaaaaaaaaaaaaaa@k1.scrubbed.invalid"),
    ("email_address", "k1-aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("email_address", 5),
    ("email_address", ["canary@example.test"]),
    ("user_id", "64f0c1d2e3a4b5c6d7e8f901"),
    ("user_id", "5b0e8400-e29b-41d4-a716-446655440000"),
    ("external_user_id", "k1-aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("external_user_id", "K1-" + "a" * 39),
    ("country", "FR"),
    ("gender", "f"),
    ("an_unknown_field", "canary"),
    ("campaign_name", {"name": "canary"}),
])
def test_a_clear_value_in_lines_is_found(run, output, field, value):
    rewrite(output, {**lines(output), field: value})
    report = verify(run, output, 3)
    # Members that no catalog knows are counted together, and named.
    assert [((one["members"] or [one["path"]])[0], one["values"]) for one in report["clear"]] == [(field, 1)]
    assert report["clear"][0]["files"] == [f"{CLICK}.json"]
    assert not report["manifest"]


@pytest.mark.parametrize("field, value", [
    ("email_address", "canary@example.test"), ("user_id", "64f0c1d2e3a4b5c6d7e8f901"), ("country", "FR"), ("gender", "f")])
def test_a_clear_value_in_avro_is_found(run, output, field, value):
    with open(output / "a.avro", "rb") as file:
        reader = fastavro.reader(file)
        records, metadata = list(reader), {key: reader.metadata[key] for key in reader.metadata if "currents" in key}
    records[1][field] = value
    with open(output / "a.avro", "wb") as file:
        fastavro.writer(file, SCHEMA, records, codec="deflate", metadata=metadata)
    mend(output)
    report = verify(run, output, 3)
    assert [(one["path"], one["values"]) for one in report["clear"]] == [(field, 1)]
    assert not report["manifest"]


@pytest.mark.parametrize("field, value", [
    ("email_address", None), ("email_address", ""), ("email_address", "[REDACTED]"), ("country", None), ("language", "de")])
def test_what_says_nothing_is_no_clear_value(run, output, field, value):
    rewrite(output, {**lines(output), field: value})
    assert verify(run, output, 0)["state"] == "proved"


def test_a_text_that_looks_personal_in_a_kept_field_is_found(run, output):
    rewrite(output, {**lines(output), "campaign_name": "for canary@example.test"})
    report = verify(run, output, 3)
    assert [(one["path"], one["kind"], one["values"], one["because"]) for one in report["content"]] == [
        ("campaign_name", "email", 1, None)]


def test_a_field_that_is_kept_with_a_reason_is_told_and_accepted(run, output):
    rewrite(output, {**lines(output), "language": "canary@example.test"})
    report = verify(run, output, 0)
    assert [(one["path"], one["because"]) for one in report["content"]] == [("language", "a test")]


def test_events_that_should_have_been_dropped_are_found(run, output):
    rewrite(output, {"user_id": lines(output)["user_id"], "category": "secret"}, "users.messages.sms.Send.json")
    report = verify(run, output, 3)
    assert [(one["expected"], one["values"]) for one in report["clear"]] == [("drop_event", 1)]


def test_another_policy_is_told(run, output):
    (output.parent / "q.yml").write_text(POLICY.replace("action: drop\n", "action: redact\n"))
    report = verify(run, output, 3, policy="q.yml")
    assert {one["code"] for one in report["manifest"]} == {"manifest.plan"}


@pytest.mark.parametrize("tamper, code", [
    (lambda out: (out / f"{CLICK}.json").unlink(), "lost"),
    (lambda out: shutil.copy(out / f"{CLICK}.json", out / f"{CLICK}.copy.json"), "unlisted"),
    (lambda out: shutil.copy(out / f"{CLICK}.json", out / f"_{CLICK}.json"), "unlisted"),
    (lambda out: shutil.copy(out / f"{CLICK}.json", out / f".{CLICK}.json.swp"), "unlisted"),
    (lambda out: shutil.copy(out / f"{CLICK}.json", out / f"{CLICK}.crc"), "unlisted"),
    (lambda out: shutil.copytree(out, out / "_old"), "unlisted"),
    (lambda out: shutil.copy(out / f"{CLICK}.json", out / "_currents-scrub" / "intent.json"), "half-done"),
    (lambda out: (out / "_currents-scrub/manifest.json").unlink(), "missing"),
    (lambda out: (out / "_currents-scrub/manifest.json").write_text("{}"), "missing"),
    (lambda out: (out / f"{CLICK}.json").write_bytes((out / f"{CLICK}.json").read_bytes() * 2), "size"),
    (lambda out: (out / f"{CLICK}.json").write_bytes((out / f"{CLICK}.json").read_bytes().replace(b"Spring", b"Autumn")), "digest"),
    (lambda out: manifest(out, lambda entry: entry["events"].update({CLICK: 7})), "events"),
    (lambda out: manifest(out, lambda entry: entry.update(keys=["k1:0000000000000000"])), "key"),
    (lambda out: manifest(out, lambda entry: entry.update(plan="0" * 64)), "plan"),
])
def test_a_folder_that_is_not_what_its_manifest_says_is_found(run, output, tamper, code):
    tamper(output)
    report = verify(run, output, 3)
    assert f"manifest.{code}" in {one["code"] for one in report["manifest"]}


def test_a_marker_that_holds_nothing_is_no_file(run, output):
    for name in ("_SUCCESS", ".part.crc", "a.crc"):
        (output / name).touch()
    (output / ".currents-scrub.lock").touch()
    assert verify(run, output, 0)["manifest"] == []


def manifest(output, change):
    path = output / "_currents-scrub/manifest.json"
    document = json.loads(path.read_text())
    change(next(entry for entry in document["files"] if entry["path"] == f"{CLICK}.json"))
    path.write_text(json.dumps(document))


def test_what_cannot_be_read_is_no_proof(run, output):
    with open(output / f"{CLICK}.json", "a") as file:
        file.write("{broken\n")
    mend(output)
    report = verify(run, output, 2)
    assert report["state"] == "incomplete" and report["problems"][0]["file"] == f"{CLICK}.json"


@pytest.mark.parametrize("source", ["", '{"id":"1","event_type":"users.messages.email.Open"}\n'], ids=["nothing came", "nothing stays"])
def test_an_output_in_which_nothing_is_left_is_proved(run, tmp_path, source):
    (tmp_path / "p.yml").write_text('policy: p\nversion: 1\nrules: [{ events: ["*"], action: drop_event }]\n')
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text(source)
    run("--policy", "p.yml", "in", "-o", "out", cwd=tmp_path)
    done = run("verify", "scrubbed", "--policy", "p.yml", "out", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["totals"]["files"] == 0
    if source:
        (tmp_path / "out/a.json").unlink()
        run("verify", "scrubbed", "--policy", "p.yml", "out", cwd=tmp_path, expect=3)
    shutil.rmtree(tmp_path / "out/_currents-scrub")
    run("verify", "scrubbed", "--policy", "p.yml", "out", cwd=tmp_path, expect=1)


def test_an_empty_folder_is_a_mistake(run, tmp_path):
    (tmp_path / "p.yml").write_text(POLICY)
    (tmp_path / "out").mkdir()
    run("verify", "scrubbed", "--policy", tmp_path / "p.yml", tmp_path / "out", expect=1)


@pytest.mark.parametrize("policy", ["gdpr", "gdpr-strict", "ccpa", "internal-analytics", "warehouse-share"])
@pytest.mark.parametrize("destination, container", [
    ("storage", "avro"), ("storage", "ndjson"), ("amplitude", "ndjson"), ("mixpanel", "ndjson"), ("mparticle", "ndjson"),
    ("segment", "ndjson")])
def test_every_scrub_of_a_sample_is_proved_and_no_sample_itself(run, tmp_path, policy, destination, container):
    run("sample", "--events", 2000, "--destination", destination, "--format", container, "-o", tmp_path / "in")
    run("--policy", policy, tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    proof = json.loads(run("verify", "scrubbed", "--policy", policy, tmp_path / "out", "--json").stdout)
    assert proof["state"] == "proved" and proof["totals"]["treated_values"] > 1000
    raw = run("verify", "scrubbed", "--policy", policy, tmp_path / "in", "--json", expect=3)
    found = {one["field"] for one in json.loads(raw.stdout)["clear"]}
    assert {"external_user_id", "email_address"} & found
    assert b"@example" not in raw.stdout + raw.stderr


@pytest.mark.parametrize("destination", ["amplitude", "mixpanel", "mparticle", "segment", "storage"])
def test_an_output_without_plain_fields_is_proved(destination, run, tmp_path):
    """What names an event stays, so that everybody can tell what it is."""
    (tmp_path / "p.yml").write_text(POLICY.split("rules:")[0] + "defaults: { plain: redact, linking: redact, unknown_field: drop }\n")
    run("sample", "--events", "60", "--destination", destination, "--format", "ndjson", "-o", tmp_path / "in")
    state = ["--state", tmp_path / "state"]
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports",
        "--ignore", "*truth*", *state)
    run("verify", "scrubbed", "--policy", tmp_path / "p.yml", tmp_path / "out")


@pytest.mark.parametrize("keep, because, status, paths", [
    ("keep: [note]", "", 3, ["properties{}.note"]), ("keep: [note]", ", because: a test", 0, ["properties{}.note"]),
    ('keep: ["items[].n"]', "", 3, ["properties{}.items"]), ("keep: [tier]", "", 0, []), ("hash: { note: email }", "", 0, []),
    ("default: keep, redact: [note, items]", ", because: a test", 0, []), ("scan: [note]", ", because: a test", 0, []),
])
def test_kept_members_of_json_texts_are_looked_at(keep, because, status, paths, run, tmp_path):
    (tmp_path / "p.yml").write_text(POLICY + f"  - {{ fields: [properties], action: json, {keep}{because} }}\n")
    text = json.dumps({"tier": "gold", "note": "ask ada@example.test", "items": [{"n": "bob@example.test"}]})
    (tmp_path / "users.behaviors.CustomEvent.json").write_text(json.dumps({"id": "1", "properties": text}) + "\n")
    run("--policy", tmp_path / "p.yml", tmp_path / "users.behaviors.CustomEvent.json", "-o", tmp_path / "out",
        "--reports", tmp_path / "reports", "--state", tmp_path / "state")
    proof = json.loads(run("verify", "scrubbed", "--policy", tmp_path / "p.yml", tmp_path / "out", "--json", expect=status).stdout)
    assert [(one["path"], one["kind"]) for one in proof["content"]] == [(path, "email") for path in paths]
