"""Every action that makes other values, in Avro as in lines: what an independent reader of both must find the same."""

import io
import json

import fastavro
import pytest

import reference

POLICY = """policy: actions
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id]
    action: hash
  - kinds: [braze_id]
    action: tokenise
    store: sealed
  - kinds: [email]
    action: mask
    show: { domain: true }
  - fields: [time]
    action: generalise
    to: day
  - fields: [url]
    action: generalise
    to: path
    query: ["utm_*"]
  - fields: [user_agent]
    action: generalise
    to: family
  - fields: [latitude, longitude]
    action: generalise
    to: 0.25
  - fields: [sending_ip]
    action: generalise
    to: /16
  - fields: [bounce_reason]
    action: scan
    replace: hash
    because: codes are counted
  - fields: [message_extras]
    action: json
    keep: [tier]
    hash: { mail: email }
    scan: [note]
    because: notes are read
"""
EVENTS = [
    {"id": "1", "user_id": "64f0c1d2e3a4b5c6d7e8f901", "external_user_id": "customer-42", "email_address": "Ada@example.test",
     "time": 1767229999, "url": "https://shop.example.test/a?utm_id=1&mail=ada%40example.test", "user_agent": "curl/8.0",
     "latitude": 48.75, "longitude": -2.25, "sending_ip": "203.0.113.7",
     "bounce_reason": "550 ada@example.test (customer-42) é", "message_extras": '{"tier":"gold","mail":"ada@example.test","note":"to ada@example.test","x":[1]}'},
    {"id": "2", "user_id": "64f0c1d2e3a4b5c6d7e8f902", "external_user_id": None, "email_address": "", "time": 0, "url": "nothing",
     "user_agent": None, "latitude": 0.5, "longitude": 179.75, "sending_ip": "::1", "bounce_reason": None, "message_extras": "{"},
]
OPTIONAL = ["null", "string"]
SCHEMA = {
    "type": "record", "name": "dataexport.S3.inner.users.messages.email.Bounce", "fields": [
        {"name": "id", "type": "string"}, {"name": "user_id", "type": "string"}, {"name": "external_user_id", "type": OPTIONAL},
        {"name": "email_address", "type": "string"}, {"name": "time", "type": "int"}, {"name": "url", "type": OPTIONAL},
        {"name": "user_agent", "type": OPTIONAL}, {"name": "latitude", "type": "float"}, {"name": "longitude", "type": ["null", "double"]},
        {"name": "sending_ip", "type": OPTIONAL}, {"name": "bounce_reason", "type": OPTIONAL}, {"name": "message_extras", "type": OPTIONAL},
    ],
}


@pytest.fixture(scope="module")
def outputs(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("actions")
    (folder / "policy.yml").write_text(POLICY)
    (folder / "in").mkdir()
    packed = io.BytesIO()
    fastavro.writer(packed, SCHEMA, EVENTS, codec="deflate")
    (folder / "in/events.avro").write_bytes(packed.getvalue())
    (folder / "in/users.messages.email.Bounce.json").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    run("--policy", folder / "policy.yml", folder / "in", "-o", folder / "out", "--reports", folder / "reports", "--state", folder / "state")
    with (folder / "out/events.avro").open("rb") as file:
        reader = fastavro.reader(file)
        assert fastavro.schema.fingerprint(json.dumps(reader.writer_schema), "CRC-64-AVRO")
        avro = list(reader)
    lines = [json.loads(line) for line in (folder / "out/users.messages.email.Bounce.json").read_text().splitlines()]
    return avro, lines


def test_both_formats_hold_the_same_values(outputs):
    avro, lines = outputs
    for one, two in zip(avro, lines, strict=True):
        for name, value in two.items():
            # What may be null in lines is the type's sentinel where Avro forbids it.
            assert one[name] == value or (value is None and one[name] in ("[REDACTED]", "{}", 0)), name


def test_each_value_is_what_its_action_says(outputs):
    avro, _ = outputs
    token = reference.pseudonym("email", "ada@example.test")
    person = reference.pseudonym("external_user_id", "customer-42")
    first, second = avro
    assert first["external_user_id"] == person
    assert first["user_id"].startswith("k1-s1-")
    assert (first["email_address"], second["email_address"]) == ("********@example.test", "")
    assert (first["time"], second["time"]) == (1767225600, 0)
    assert (first["url"], second["url"]) == ("https://shop.example.test/a?utm_id=1", None)
    assert (first["user_agent"], second["user_agent"]) == ("HTTP library", None)
    assert (first["latitude"], first["longitude"], second["latitude"], second["longitude"]) == (48.75, -2.25, 0.5, 179.75)
    assert (first["sending_ip"], second["sending_ip"]) == ("203.0.0.0", "::")
    assert first["bounce_reason"] == f"550 {token} ({person}) é"
    assert json.loads(first["message_extras"]) == {"tier": "gold", "mail": token, "note": "to [email]", "x": None}
    assert second["message_extras"] is None


CONTACTS = ["ada@example.test", "+12025550143"]
STATE_CHANGE = "users.behaviors.subscription.GlobalStateChange"
CHANNEL_SCHEMA = {
    "type": "record", "name": f"dataexport.S3.inner.{STATE_CHANGE}", "fields": [
        {"name": name, "type": OPTIONAL} for name in ("id", "channel_identifier", "email_address", "to_phone_number")],
}


def in_both_forms(run, tmp_path, events):
    """What `p.yml` makes of events: of lines, and of an Avro file."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"{STATE_CHANGE}.json").write_text("".join(json.dumps(event) + "\n" for event in events))
    with (folder / "events.avro").open("wb") as file:
        fastavro.writer(file, CHANNEL_SCHEMA, events)
    run("--policy", tmp_path / "p.yml", folder, "-o", tmp_path / "out", "--reports", tmp_path / "reports", "--state", tmp_path / "state")
    lines = [json.loads(line) for line in (tmp_path / f"out/{STATE_CHANGE}.json").read_text().splitlines()]
    with (tmp_path / "out/events.avro").open("rb") as file:
        avro = list(fastavro.reader(file))
    return lines, avro


@pytest.mark.parametrize("email, phone", [
    ("hash", "redact"), ("redact", "hash"), ("keep", "hash"), ("hash", "keep"), ("keep", "redact"), ("hash, format: email", "drop"),
    ("drop", "tokenise, store: sealed"), ("mask, show: { domain: true }", "mask, show: { last: 4 }"),
    ("tokenise, store: vault", "hash, format: uuid"), ("tokenise, store: sealed", "tokenise, store: vault"), ("scan", "hash"),
])
def test_a_channel_identifier_is_treated_as_what_it_is(email, phone, run, tmp_path):
    reason = lambda action: ", because: a test" if action.split(",")[0] in ("keep", "scan") else ""
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n"
        f"  - {{ kinds: [email], action: {email}{reason(email)} }}\n  - {{ kinds: [phone], action: {phone}{reason(phone)} }}\n")
    events = [
        {"id": str(number), "channel_identifier": value, "email_address": CONTACTS[0], "to_phone_number": CONTACTS[1]}
        for number, value in enumerate([*CONTACTS, "neither", "", None])]
    for address, number, neither, empty, null in in_both_forms(run, tmp_path, events):
        assert address.get("channel_identifier", "gone") == address.get("email_address", "gone")
        assert number.get("channel_identifier", "gone") == number.get("to_phone_number", "gone")
        assert neither.get("channel_identifier") is None
        assert (empty["channel_identifier"], null["channel_identifier"]) == ("", None)
    proof = json.loads(run("verify", "scrubbed", "--policy", tmp_path / "p.yml", tmp_path / "out", "--json").stdout)

    # What is said of the field says both, and counts each by its own; what is neither goes with the stricter.
    names = {"email": email.split(",")[0], "phone": phone.split(",")[0]}
    report = json.loads(next((tmp_path / "reports").glob("*/report.json")).read_text())
    told = [field for field in report["fields"] if field["field"] == "channel_identifier"]
    treated = {"keep": 0, "drop": 4, "redact": 4}
    for kind, rule in (("email", "p.yml:5"), ("phone", "p.yml:6")):
        mine = [field for field in told if field["rule"] == rule]
        assert {field["action"] for field in mine} == {names[kind]}
        assert sum(field["treated"] for field in mine) == treated.get(names[kind], 2)
    assert sum(field["values"] for field in told) == 8 and sum(field["left"] for field in told) == 2
    assert proof["totals"]["pseudonyms"] == sum(12 for action in names.values() if action in ("hash", "tokenise"))
    explained = json.loads(run("policy", "explain", tmp_path / "p.yml", STATE_CHANGE, "channel_identifier", "--json").stdout)["fields"]
    if len(set(names.values())) == 2:
        assert all(f"{kind}: {action}" in explained[0]["detail"] for kind, action in names.items())
        assert explained[0]["rule"] == "p.yml:5, p.yml:6"


@pytest.mark.parametrize("email, phone", [("[MAIL]", "[CALL]"), ("[MAIL]", None), (None, "[CALL]"), ("nobody@example.test", "+12025550199")])
def test_addresses_and_numbers_are_redacted_each_with_its_own_text(email, phone, run, tmp_path):
    texts = [f', with: "{text}"' if text else "" for text in (email, phone)]
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n"
        f"  - {{ kinds: [email], action: redact{texts[0]} }}\n  - {{ kinds: [phone], action: redact{texts[1]} }}\n")
    events = [{"id": "1", "channel_identifier": value, "email_address": None, "to_phone_number": None} for value in [*CONTACTS, "neither"]]
    for form in in_both_forms(run, tmp_path, events):
        assert [event["channel_identifier"] for event in form] == [email, phone, email]
    run("verify", "scrubbed", "--policy", tmp_path / "p.yml", tmp_path / "out")


def test_a_person_is_found_by_either_kind_of_contact(run, tmp_path):
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n"
        "  - { kinds: [email], action: hash }\n  - { kinds: [phone], action: mask }\n  - { kinds: [braze_id], action: hash }\n")
    (tmp_path / "in").mkdir()
    (tmp_path / f"in/{STATE_CHANGE}.json").write_text("".join(
        json.dumps({"id": str(number), "user_id": f"64f0c1d2e3a4b5c6d7e8f90{number}", "app_group_id": "w", "channel_identifier": value}) + "\n"
        for number, value in enumerate([*CONTACTS, "+12025550144"])))
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports", "--state", tmp_path / "state")
    # Nothing is left of numbers by which anybody could be looked for.
    for subject, found, status in ((f"email={CONTACTS[0]}", 1, 0), (f"phone={CONTACTS[1]}", 0, 2)):
        package = tmp_path / f"package{found}"
        run("export", "--subject", subject, "--made-with", tmp_path / "p.yml", tmp_path / "out", "-o", package, "--state", tmp_path / "state",
            expect=status)
        assert len((package / "events.ndjson").read_text().splitlines()) == found
