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
