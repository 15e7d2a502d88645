"""The shapes in which partners and stores really keep events: people in them are found, or it is told that nobody looked."""

import base64
import gzip
import io
import json
import tarfile
import zipfile

import fastavro
import pytest

EMAIL, PHONE, EXTERNAL, BRAZE = "ada@example.test", "+12025550143", "customer-ada", "0badc0de0badc0de0badc0d1"
OTHER = {"email": "bea@example.test", "phone": "+12025550144", "external": "customer-bea", "braze": "0badc0de0badc0de0badc0d2"}
OPEN = "users.messages.email.Open"


def plain(number, external=EXTERNAL, email=EMAIL, braze=BRAZE):
    return {"id": f"event-{number}", "time": 1767322800, "user_id": braze, "external_user_id": external, "email_address": email}


def lines(*events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def archive(folder, **files):
    """An archive with an event of the person in the shape that everybody knows, and what is asked about in `other/`."""
    (folder / f"event_type={OPEN}").mkdir(parents=True)
    (folder / f"event_type={OPEN}" / "a.json").write_bytes(lines(plain(1), plain(2, OTHER["external"], OTHER["email"], OTHER["braze"])))
    (folder / "other").mkdir()
    for name, content in files.items():
        (folder / "other" / name.replace("_", ".")).write_bytes(content)
    return folder


def export(run, tmp_path, folder, subject=f"external_user_id={EXTERNAL}", *arguments, expect=0):
    """How many events a person is shown, and how many say nothing of whose they are."""
    tmp_path.mkdir(exist_ok=True)
    done = run("export", "--subject", subject, folder, "-o", tmp_path / "package", "--state", tmp_path / "state", "--json", *arguments, expect=expect)
    result = json.loads(done.stdout)
    events = tmp_path / "package" / "events.ndjson"
    return len(events.read_bytes().splitlines()) if events.exists() else 0, result.get("nameless", result.get("no_known_identity"))


ENVELOPED = base64.b64encode(json.dumps(plain(3)).encode()).decode()


@pytest.mark.parametrize("member", [
    {"message_id": "11223344556677"}, {"in_reply_to": "11223344556677"}, {"request_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"},
    {"channel_identifier": "queue seven"}, {"channel_identifier": "11223344556677"}, {"message_id": None}])
@pytest.mark.parametrize("data", [plain(3), ENVELOPED])
def test_what_only_resembles_an_identity_tells_nobody(run, tmp_path, member, data):
    """The number of a message or request around an event is none of a person's, so the event counts as one of nobody known."""
    folder = archive(tmp_path / "in", a_json=lines({**member, "data": data}))
    assert export(run, tmp_path, folder, expect=2)[0] == 1


@pytest.mark.parametrize("member", [
    {"message_id": "wamid.HBgLMTIwMjU1NTAxNDMVAgASGBQzQQ=="}, {"request_id": "r-1", "agent_id": "a-1"}, {"channel_identifier": PHONE},
    {"channel_identifier": ["x", EMAIL]}, {"user_id": "0badc0de0badc0de0badc0d3", "message_id": "17"}])
def test_what_is_an_identity_tells_somebody(run, tmp_path, member):
    """The id of a WhatsApp message, an agent's request, an address and a number do say whose an event is."""
    folder = archive(tmp_path / "in", a_json=lines({**member, "error": "x"}))
    assert export(run, tmp_path, folder)[0] == (2 if EMAIL in json.dumps(member) else 1)


def test_avro_messages_of_a_queue_tell_nobody(run, tmp_path):
    """A message of Pub/Sub has an id, and its event in bytes: every one of them is told."""
    schema = {"type": "record", "name": "PubsubMessage", "fields": [
        {"name": "message_id", "type": "string"}, {"name": "channel_identifier", "type": ["null", "string"]},
        {"name": "data", "type": "bytes"}]}
    content = io.BytesIO()
    rows = [("17", None), ("18", "queue"), ("19", EMAIL), ("wamid.HBgL", None)]
    fastavro.writer(content, schema, [{"message_id": a, "channel_identifier": b, "data": b"{}"} for a, b in rows])
    folder = archive(tmp_path / "in", a_avro=content.getvalue())
    done = run("export", "--subject", f"external_user_id={EXTERNAL}", folder, "-o", tmp_path / "package", "--state", tmp_path / "state", expect=2)
    assert b"2 events of no known identity" in done.stderr


# mParticle


def batch(number, identities, **members):
    data = {"event_name": "Email Opens", "custom_attributes": {"campaign_name": f"c{number}"}, "timestamp_unixtime_ms": 1767322800000}
    return {"schema_version": 2, "environment": "production", "user_identities": identities, "device_info": {},
            "user_attributes": {}, "events": [{"event_type": "custom_event", "data": data}], **members}


def listed(external, email):
    pairs = [("customer_id", external), ("email", email)]
    return [{"identity_type": kind, "identity": value, "timestamp_unixtime_ms": 1540483995196} for kind, value in pairs]


@pytest.mark.parametrize("subject", [f"external_user_id={EXTERNAL}", f"email={EMAIL}"])
def test_identities_that_mparticle_lists(run, tmp_path, subject):
    """mParticle stores identities as a list of what each is and its value: they are read as the members of the object are."""
    folder = archive(tmp_path / "in", a_json=lines(
        batch(1, listed(EXTERNAL, EMAIL), user_attributes={"$mobile": PHONE}), batch(2, listed(OTHER["external"], OTHER["email"]))))
    assert export(run, tmp_path, folder, subject)[0] == 2
    left = (folder / "other" / "a.json").read_bytes().splitlines()[1:]
    run("erase", "--subject", subject, folder, "--yes", "--state", tmp_path / "state", cwd=tmp_path)
    assert (folder / "other" / "a.json").read_bytes().splitlines() == left


@pytest.mark.parametrize("identities", [
    [{"type": "customerid", "encoding": "raw", "value": EXTERNAL}], ["customer_id", EXTERNAL], [[EXTERNAL]],
    [{"identity_type": "email", "identity_type ": 1, "identity": EMAIL}, EXTERNAL]])
def test_lists_that_do_not_say_what_is_in_them_are_told(run, tmp_path, identities):
    """A list whose items do not name what they are hides somebody, whatever else stands beside it."""
    folder = archive(tmp_path / "in", a_json=lines(batch(1, identities, user_attributes={"$mobile": OTHER["phone"]})))
    assert export(run, tmp_path, folder, expect=2)[0] == 1


POLICY = """\
policy: p
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { unknown_event: scrub }
rules:
  - kinds: [external_user_id, email, phone]
    action: hash
"""


def scrubbed(run, tmp_path, content):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_bytes(content)
    (tmp_path / "p.yml").write_text(POLICY)
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", cwd=tmp_path)
    return [json.loads(line) for line in (tmp_path / "out" / "a.json").read_bytes().splitlines()]


def test_pseudonyms_of_listed_identities_join(run, tmp_path):
    """An identity in a list has the pseudonym that it has in an object; what else stands in the list is redacted."""
    odd = [{"identity_type": "other", "identity": "x"}, {"identity": EMAIL, "identity_type": "\u0065mail", "note": "x"}, {"identity": EXTERNAL},
           {"identity_type": "email", "identity": {"a": EMAIL}}]
    object_form = {"customer_id": EXTERNAL, "email": EMAIL}
    first, second, third = scrubbed(run, tmp_path, lines(batch(1, object_form), batch(2, listed(EXTERNAL, EMAIL)), batch(3, odd)))
    by_name = {item["identity_type"]: item["identity"] for item in second["user_identities"]}
    assert by_name == first["user_identities"]
    assert by_name["email"].startswith("k1-") and by_name["customer_id"].startswith("k1-")
    assert [item["identity_type"] for item in second["user_identities"]] == ["customer_id", "email"]
    kept = third["user_identities"]
    assert kept[1] == {"identity": by_name["email"], "identity_type": "email", "note": None}
    assert not any(EMAIL in json.dumps(item) or EXTERNAL in json.dumps(item) for item in kept) and kept[0]["identity"] is None


def test_hidden_fields_are_hidden_in_lists_too(run, tmp_path):
    """What a policy does not disclose is not disclosed where a list holds it."""
    policy = POLICY + "access: { hide: [{ fields: [external_user_id], because: internal number }] }\n"
    (tmp_path / "p.yml").write_text(policy)
    folder = archive(tmp_path / "in", a_json=lines(batch(1, listed(EXTERNAL, EMAIL))))
    export(run, tmp_path, folder, f"email={EMAIL}", "--policy", tmp_path / "p.yml")
    assert EXTERNAL.encode() not in (tmp_path / "package" / "events.ndjson").read_bytes()


# Segment, and how words are spelled


def call(number, **members):
    return {"messageId": f"m{number}", "userId": EXTERNAL, "timestamp": "2026-01-02T03:04:05Z", **members}


@pytest.mark.parametrize("identify", [
    {"traits": {"email": EMAIL}}, {"traits": {"phone": PHONE}}, {"traits": {"Email": EMAIL}}, {"context": {"traits": {"Email": EMAIL}}},
    {"context": {"externalIds": [{"id": EMAIL, "type": "email", "collection": "users", "encoding": "none"}]}},
    {"context": {"externalIds": [{"type": "phone", "id": PHONE}]}}])
def test_identify_calls_lead_to_the_person(run, tmp_path, identify):
    """The call that links an address to a user is often the only one that has the address: it is read, and leads to the others."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_bytes(lines(
        call(1, type="identify", **identify), call(2, type="track", event="Email Opened", properties={}),
        {**call(3, type="track", event="Email Opened", properties={}), "userId": OTHER["external"]}))
    subject = f"email={EMAIL}" if EMAIL in json.dumps(identify) else f"phone={PHONE}"
    assert export(run, tmp_path, tmp_path / "in", subject)[0] == 2


@pytest.mark.parametrize("event", [
    {"event_type": "Email Open", "user_id": "x-1", "insert_id": "i", "event_properties": {}, "user_properties": {"Email": EMAIL}},
    batch(1, {}, user_attributes={"$Mobile": PHONE}), batch(1, {}, user_attributes={"Email": EMAIL})])
def test_words_with_capitals_are_the_same(run, tmp_path, event):
    """`Email` and `$Mobile` are read as `email` and `$mobile` are."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_bytes(lines(event))
    subject = f"email={EMAIL}" if EMAIL in json.dumps(event) else f"phone={PHONE}"
    assert export(run, tmp_path, tmp_path / "in", subject)[0] == 1


# Tables in warehouses


def column(external, email, braze):
    return {"id": "i-" + external, "anonymous_id": braze, "user_id": external, "context_traits_email": email, "context_ip": "203.0.113.7",
            "event": "email_opened", "event_text": "Email Opened", "campaign_name": "spring", "plan": "gold",
            "original_timestamp": "2026-01-02T03:04:05Z", "received_at": "2026-01-02T03:04:06Z", "uuid_ts": "2026-01-02T03:05:00Z"}


ROWS = [column(EXTERNAL, EMAIL, BRAZE), column(OTHER["external"], OTHER["email"], OTHER["braze"])]


@pytest.mark.parametrize("subject", [f"external_user_id={EXTERNAL}", f"email={EMAIL}", f"braze_id={BRAZE}"])
def test_rows_of_segments_tables(run, tmp_path, subject):
    """Rows that Segment writes to a warehouse have its ids under other names, and `user_id` is none of Braze's there."""
    folder = archive(tmp_path / "in", a_json=lines(*ROWS))
    assert export(run, tmp_path, folder, subject)[0] == 2


def test_pseudonyms_of_segments_tables_join(run, tmp_path):
    """Columns are treated as the members of calls are, and an unknown one is redacted."""
    other = call(1, type="track", event="Email Opened", context={"traits": {"email": EMAIL}}, properties={})
    event, row = scrubbed(run, tmp_path, lines(other, ROWS[0]))
    assert row["user_id"] == event["userId"] and row["context_traits_email"] == event["context"]["traits"]["email"]
    assert row["campaign_name"] == "spring" and row["plan"] is None and row["context_ip"] is None


@pytest.mark.parametrize("row", [
    {"distinct_id": "anonymous-1", "resolved_distinct_id": EXTERNAL},
    {"event": "$create_alias", "properties": {"distinct_id": "anonymous-1", "alias": EXTERNAL}}])
def test_rows_that_join_ids_of_mixpanel(run, tmp_path, row):
    """A row that says which id stands for another has the person's: it is theirs, or told to be held back."""
    folder = archive(tmp_path / "in", a_json=lines(row))
    done = run("erase", "--subject", f"external_user_id={EXTERNAL}", folder, "--yes", "--json", "--state", tmp_path / "state", cwd=tmp_path, expect=None)
    assert done.returncode == 2 or not (folder / "other" / "a.json").read_bytes()


def test_bodies_of_mixpanels_rows_are_told_apart(run, tmp_path):
    """A list of Mixpanel's events is none of Braze's connector's, whose members they share."""
    row = {"event": "Email Open", "properties": {"distinct_id": EXTERNAL, "$insert_id": "i", "email_address": OTHER["email"], "time": 1}}
    folder = archive(tmp_path / "in", a_json=lines({"events": [row]}))
    done = run("export", "--subject", f"external_user_id={EXTERNAL}", folder, "-o", tmp_path / "package", "--state", tmp_path / "state", expect=2)
    assert b"event.other-destination" in done.stderr


AVRO_ROWS = {
    "amplitude": {"user_id": EXTERNAL, "device_id": "d", "amplitude_id": "1", "event_type": "[Appboy] Email Open", "event_properties": "{}"},
    "mixpanel": {"distinct_id": EXTERNAL, "user_id": EXTERNAL, "event_name": "Email Open", "insert_id": "i", "properties": "{}"},
    "segment": {name: value for name, value in ROWS[0].items()},
}


@pytest.mark.parametrize("destination", AVRO_ROWS)
def test_avro_of_partners_rows_is_told(run, tmp_path, destination):
    """Columns of a partner's table in Avro are none of storage: nobody knows whose the rows are, unless the caller says it."""
    row = AVRO_ROWS[destination]
    content = io.BytesIO()
    fastavro.writer(content, {"type": "record", "name": "Root", "fields": [{"name": name.replace("$", "_"), "type": "string"} for name in row]}, [row])
    folder = archive(tmp_path / "in", a_avro=content.getvalue())
    assert export(run, tmp_path, folder, expect=2)[0] == 1
    assert export(run, tmp_path / "other", folder / "other", f"external_user_id={EXTERNAL}", "-d", destination)[0] == 1


# What is no file of events


def packed(kind):
    content = io.BytesIO()
    days = {"day1.json": lines(plain(1)), "day2.json": lines(plain(2), plain(3, OTHER["external"], OTHER["email"], OTHER["braze"]))}
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as file:
            for name, day in days.items():
                file.writestr(name, day)
    elif kind == "warc":
        for day in days.values():
            content.write(b"WARC/1.0\r\nContent-Length: %d\r\n\r\n" % len(day) + day + b"\r\n\r\n")
    else:
        with tarfile.open(fileobj=content, mode="w") as file:
            for name, day in days.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(day)
                file.addfile(entry, io.BytesIO(day))
    return gzip.compress(content.getvalue()) if kind == "tgz" else content.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz", "warc"])
def test_archives_of_files_are_left_alone(run, tmp_path, kind):
    """A container that holds texts is no file of lines: it is told, not copied, and never rewritten."""
    content = packed(kind)
    folder = archive(tmp_path / "in", **{"a_" + kind: content})
    done = run("erase", "--subject", f"external_user_id={EXTERNAL}", folder, "--yes", "--state", tmp_path / "state", cwd=tmp_path, expect=2)
    assert b"format.unsupported" in done.stderr
    assert (folder / "other" / ("a." + kind)).read_bytes() == content
    run("--policy", "builtin:gdpr", folder, "-o", tmp_path / "out", cwd=tmp_path, expect=2)
    assert not (tmp_path / "out" / "other" / ("a." + kind)).exists()


@pytest.mark.parametrize("separator", [b"", b" "])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_objects_one_behind_the_other(run, tmp_path, separator, pack):
    """What writes no line feeds between events is read, and loses those of the person only."""
    events = [json.dumps(plain(n) if n % 2 else plain(n, OTHER["external"], OTHER["email"], OTHER["braze"])).encode() for n in range(40)]
    folder = tmp_path / "in" / f"event_type={OPEN}"
    folder.mkdir(parents=True)
    (folder / "a.json").write_bytes(pack(separator.join(events)))
    assert export(run, tmp_path, tmp_path / "in")[0] == 20
    run("erase", "--subject", f"external_user_id={EXTERNAL}", tmp_path / "in", "--yes", "--state", tmp_path / "state", cwd=tmp_path)
    left = (folder / "a.json").read_bytes()
    left = gzip.decompress(left) if pack is gzip.compress else left
    decoder, found, text = json.JSONDecoder(), [], left.decode().strip()
    while text:
        event, end = decoder.raw_decode(text)
        found.append(event["external_user_id"])
        text = text[end:].strip()
    assert found == [OTHER["external"]] * 20


# Braze's archive of sent messages


@pytest.mark.parametrize("subject, to", [(f"email={EMAIL}", EMAIL), (f"phone={PHONE}", PHONE)])
def test_sent_messages_are_found_by_where_they_went(run, tmp_path, subject, to):
    """The archive of sent messages names an address or a number, which leads to whom it belongs."""
    message = {"version": 1, "to": to, "subject": "Hello", "user_id": BRAZE, "external_id": EXTERNAL}
    folder = archive(tmp_path / "in", a_json=json.dumps(message).encode())
    assert export(run, tmp_path, folder, subject)[0] == 2


@pytest.mark.parametrize("default, code", [("quarantine", 2), ("drop", 0)])
def test_no_output_is_made_of_what_is_kept_back_whole(run, tmp_path, default, code):
    """Names of sent messages are digests of addresses: where nothing of a file of unknown events goes out, its name does not."""
    folder = archive(tmp_path / "in")
    message = folder / "sent_messages" / "email" / "0123456789abcdef0123456789abcdef" / "m.json.gz"
    message.parent.mkdir(parents=True)
    message.write_bytes(gzip.compress(json.dumps({"version": 1, "to": EMAIL, "user_id": BRAZE}).encode()))
    (tmp_path / "p.yml").write_text(POLICY.replace("scrub }", default + " }"))
    run("--policy", tmp_path / "p.yml", folder, "-o", tmp_path / "out", "--ignore", "other", cwd=tmp_path, expect=code)
    assert not (tmp_path / "out" / "sent_messages").exists()
    assert b"0123456789abcdef" not in b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file())
    run("--policy", tmp_path / "p.yml", folder, "-o", tmp_path / "out2", "--ignore", "sent_messages", cwd=tmp_path)


# What lies in folders that are left out


def test_folders_that_are_left_out_are_told(run, tmp_path):
    """A folder whose name begins with `_` or `.` may hold a whole archive: it is said how many files nobody looks into."""
    folder = archive(tmp_path / "in")
    for path in ["_brand/currents/a.json", "_brand/b.json", ".trash/c.json"]:
        (folder / "other" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "other" / path).write_bytes(lines(plain(7)))
    (folder / "_SUCCESS").write_bytes(b"")
    (folder / "_empty").mkdir()
    told = b"left out: 3 files in other/.trash and 1 more folder: a name that begins with _ or . is nobody's data"
    subject = ["--subject", f"external_user_id={EXTERNAL}", folder, "--state", tmp_path / "state"]
    commands = {"inspect": [folder], "export": [*subject, "-o", tmp_path / "package"], "erase": [*subject, "--yes"],
                "scrub": ["--policy", "builtin:gdpr", folder, "-o", tmp_path / "out"]}
    for command, arguments in commands.items():
        assert told in run(command, *arguments, cwd=tmp_path).stderr
        assert b"left out" not in run(command, *arguments, "--ignore", "_brand", "--ignore", ".trash", "--dry-run" if command == "scrub" else "--json",
                                      cwd=tmp_path, expect=None).stderr
    ignored = json.loads(run("inspect", folder, "--json", cwd=tmp_path).stdout)["totals"]["ignored"]
    assert ignored == 5
    assert b"left out" not in run("inspect", folder / "other" / "_brand", cwd=tmp_path).stderr
