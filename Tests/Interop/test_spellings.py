"""Values that are spelled or placed otherwise than usual: escapes, fractions, lists, types that no field has, names of events
that hold more than a name. Whoever they lead to is found, or it is told that nobody can say."""

import csv
import json
import shutil

import fastavro
import pytest

ME = "alpha-one-1"
OTHER = "bravo-two-2"


def write(folder, name, events):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in events))
    return path


def event(n, who=ME, **more):
    return {"id": f"e{n}", "external_user_id": who, "app_group_id": "ws-one", "time": 1709251200, **more}


def ids_of(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def asked(run, folder, command, *more, who=ME, expect=0):
    """The answer to a request for a person, and the events that an export shows."""
    place = [] if command == "erase" else ["-o", "package"]
    sure = ["--yes", "--max-share", "1", "--reports", "reports"] if command == "erase" else []
    subject = folder / "person.txt"
    subject.write_text(f"external_user_id={who}\n")
    done = run(command, "--subject-file", subject, "in", *place, *sure, "--state", "state", "--json", *more, cwd=folder, expect=expect)
    return json.loads(done.stdout)


def shown(folder):
    return [json.loads(line)["event"]["id"] for line in (folder / "package/events.ndjson").read_text().splitlines()]


ESCAPED = r'{"id":"e2","external_user_id":"alpha-one-1","app_group_id":"ws\u002done","time":1709251201}'


def test_a_workspace_behind_escapes_is_that_workspace(run, tmp_path):
    path = write(tmp_path / "in", "users.messages.email.Open.json", [event(1), ESCAPED, event(3, app_group_id="ws-two")])
    asked(run, tmp_path, "export", "--workspace", "ws-one")
    assert shown(tmp_path) == ["e1", "e2"]
    asked(run, tmp_path, "erase", "--workspace", "ws-one")
    assert ids_of(path) == ["e3"]


def test_holds_read_what_stands_behind_escapes(run, tmp_path):
    """Half past midnight in Paris is the first of March in London, however the sign is written."""
    days = json.dumps(event(1, time="PLUS")).replace("PLUS", r"2024-03-02T00:30:00\u002B01:00")
    path = write(tmp_path / "in", "users.messages.email.Open.json", [days, ESCAPED, event(3, time=1720000000)])
    (tmp_path / "holds.yml").write_text("holds:\n  - { from: 2024-03-01, until: 2024-03-01, basis: dispute, owner: legal, review: 2030-01-31 }\n")
    asked(run, tmp_path, "erase", "--legal-hold", "holds.yml")
    assert ids_of(path) == ["e1", "e2"]
    path.write_text(ESCAPED + "\n")
    (tmp_path / "holds.yml").write_text("holds:\n  - { workspaces: [ws-one], basis: dispute, owner: legal, review: 2030-01-31 }\n")
    asked(run, tmp_path, "erase", "--legal-hold", "holds.yml", expect=3)
    assert ids_of(path) == ["e2"]


@pytest.mark.parametrize("time", [1719792000000000000, "2024-07-01", "2024-07-01T01:00Z", r"2024-07-01T01\u003a00\u003a00Z"])
def test_a_time_is_read_in_every_form(run, tmp_path, time):
    """By the days of the package, and by a rule for old events."""
    text = json.dumps(event(1, time=time)).replace("\\\\", "\\")
    write(tmp_path / "in", "users.messages.email.Open.json", [text])
    assert asked(run, tmp_path, "export")["requests"][0]["first"] == "2024-07-01"


@pytest.mark.parametrize("number", ["700000001", "700000001.0", "7.00000001E8", "7000000010e-1"])
def test_a_number_is_the_same_however_it_is_spelled(run, tmp_path, number):
    path = write(tmp_path / "in", "users.messages.email.Open.json", [
        '{"id":"e1","external_user_id":%s,"time":1709251200}' % number, event(2, who=700000002), event(3, who=700000001.5)])
    asked(run, tmp_path, "export", who="700000001")
    assert shown(tmp_path) == ["e1"] and "[someone else]" not in (tmp_path / "package/events.ndjson").read_text()
    asked(run, tmp_path, "erase", who="700000001")
    assert ids_of(path) == ["e2", "e3"]


AVRO = {
    "array<long>": ({"type": "array", "items": "long"}, [700000001], True),
    "array<null,string,long>": ({"type": "array", "items": ["null", "string", "long"]}, [None, 700000001], True),
    "array<double>": ({"type": "array", "items": "double"}, [700000001.0], False),
    "double": (["null", "double"], 700000001.0, False),
    "enum": ({"type": "enum", "name": "E", "symbols": ["a700000001"]}, "a700000001", False),
    "fixed": ({"type": "fixed", "name": "F", "size": 9}, b"700000001", False),
    "record": ({"type": "record", "name": "R", "fields": [{"name": "long", "type": "long"}]}, {"long": 700000001}, False),
    "map": ({"type": "map", "values": "string"}, {"a": "700000001"}, False),
}


@pytest.mark.parametrize("name", AVRO)
@pytest.mark.parametrize("beside", ["device_id", "user_id"])
def test_identities_of_other_types_are_read_or_told(run, tmp_path, name, beside):
    """Whatever else is not null: a device tells nobody's name."""
    kind, value, isRead = AVRO[name]
    schema = fastavro.parse_schema({"type": "record", "name": "users.messages.email.Open", "fields": [
        {"name": "id", "type": "string"}, {"name": beside, "type": ["null", "string"]}, {"name": "external_user_id", "type": kind}]})
    (tmp_path / "in").mkdir()
    with (tmp_path / "in/users.messages.email.Open.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"id": "e1", beside: "d1" if beside == "device_id" else None, "external_user_id": value}])
    told = asked(run, tmp_path, "export", who="700000001", expect=0 if isRead else 2)
    assert told["nameless"] == (0 if isRead else 1) and shown(tmp_path) == (["e1"] if isRead else [])


@pytest.mark.parametrize("more", [{}, {"user_id": None}, {"device_id": "d1"}, {"user_id": "b1"}])
def test_an_object_for_an_id_is_told(run, tmp_path, more):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1), {"id": "e2", "external_user_id": {"value": ME}, **more}])
    told = asked(run, tmp_path, "export", expect=0 if "user_id" in more and more["user_id"] else 2)
    assert told["nameless"] == (0 if "user_id" in more and more["user_id"] else 1)


SEGMENT = {"type": "track", "userId": ME, "messageId": "e1", "timestamp": "2024-07-01T00:00:00Z"}
THEIRS = ["other.person@two.example.test", "+4915112345678"]


@pytest.mark.parametrize("theirs", THEIRS)
@pytest.mark.parametrize("place", [
    {"event": "Gift for THEIRS"}, {"event": "Email Opened", "timestamp": "2024-07-01 THEIRS"}, {"event": "Email Opened", "timestamp": "THEIRS"},
    {"event": "Email Opened", "properties": {"device_id": "THEIRS"}}, {"event": "Email Opened", "properties": {"ad_id": "of THEIRS"}}])
def test_contacts_are_masked_in_names_of_events_times_and_devices(run, tmp_path, place, theirs):
    text = json.dumps(SEGMENT | place).replace("THEIRS", theirs)
    write(tmp_path / "in", "a.json", [text])
    asked(run, tmp_path, "export")
    everything = [path.read_text(errors="replace") + path.name for path in (tmp_path / "package").rglob("*") if path.is_file()]
    assert len(everything) > 3 and not any(theirs in one for one in everything)


def test_names_of_events_hold_nobodys_id(run, tmp_path):
    write(tmp_path / "in", "a.json", [SEGMENT | {"event": f"Follow {OTHER}"}, SEGMENT | {"event": "Email Opened", "userId": OTHER, "messageId": "e2"}])
    asked(run, tmp_path, "export")
    assert not any(OTHER in path.read_text(errors="replace") + path.name for path in (tmp_path / "package").rglob("*") if path.is_file())


@pytest.mark.parametrize("theirs", THEIRS)
def test_plans_and_receipts_hold_no_name_of_an_event_that_may_be_somebody(run, tmp_path, theirs):
    write(tmp_path / "in", "a.json", [SEGMENT | {"event": f"Gift for {theirs}"}])
    (tmp_path / "person.txt").write_text(f"external_user_id={ME}\n")
    run("erase", "--subject-file", "person.txt", "in", "--plan", "plan.json", "--state", "state", cwd=tmp_path)
    result = asked(run, tmp_path, "erase")
    receipt = tmp_path / result["requests"][0]["receipt"]
    assert "(unknown)" in receipt.read_text()
    for path in [tmp_path / "plan.json", *receipt.parent.glob("receipt.*")]:
        assert theirs not in path.read_text(errors="replace")


@pytest.mark.parametrize("partner,nested", [
    (SEGMENT | {"event": "Email Opened"}, {"event": "Email Opened", "userId": OTHER, "messageId": "x"}),
    ({"event_type": "Email Open", "user_id": ME, "insert_id": "e1", "event_properties": {}, "time": 1}, {"user_id": OTHER, "event_type": "Email Open"}),
    ({"event": "Email Open", "properties": {"distinct_id": ME, "$partner_id": "braze", "time": 1}}, {"properties": {"distinct_id": OTHER}})])
@pytest.mark.parametrize("name", ["events", "batch"])
def test_events_within_an_event_of_a_partner_are_told(run, tmp_path, partner, nested, name):
    path = write(tmp_path / "in", "a.json", [partner | {name: [nested]}])
    before = path.read_text()
    asked(run, tmp_path, "erase", expect=2)
    assert path.read_text() == before


def test_a_body_of_amplitude_is_none_of_brazes(run, tmp_path):
    """What is an external id there is a Braze id here."""
    body = {"api_key": "k", "events": [{"user_id": ME, "event_type": "Email Open", "insert_id": "e1", "event_properties": {}, "time": 1719796205}]}
    write(tmp_path / "in", "body.json", [body])
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    assert "event.other-destination" in json.dumps(asked(run, tmp_path, "export", expect=2))


POLICY = """policy: made
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - { kinds: [braze_id, external_user_id, email], action: tokenise, store: vault }
"""


def test_originals_leave_the_vault_where_only_the_output_is_left(run, tmp_path):
    """The other ids of the person are known by what stands for them."""
    (tmp_path / "made.yml").write_text(POLICY)
    write(tmp_path / "raw", "users.messages.email.Open.json", [
        event(1, user_id="aaaa01", email_address="alpha@one.example.test"), event(2, who=OTHER, user_id="bbbb02", email_address="bravo@two.example.test")])
    run("--policy", "made.yml", "raw", "-o", "in", "--state", "state", "--reports", "reports", cwd=tmp_path)
    (tmp_path / "person.txt").write_text("email=alpha@one.example.test\n")
    done = run("erase", "--subject-file", "person.txt", "in", "--made-with", "made.yml", "--yes", "--max-share", "1", "--state", "state",
               "--reports", "reports", "--json", cwd=tmp_path)
    receipt = json.loads((tmp_path / json.loads(done.stdout)["requests"][0]["receipt"]).read_text())
    assert receipt["vault_rows_removed"] == 3
    left = json.loads(run("vault", "status", "--state", "state", "--json", cwd=tmp_path).stdout)
    assert left["rows"] == 3


def test_a_body_keeps_no_member_of_the_person_that_none_has(run, tmp_path):
    """`user` has ids and a time zone; a name that fields of events have too is none of these there."""
    person = {"user_id": "b1", "external_user_id": ME, "device_id": "d1", "timezone": "Europe/Paris", "name": "Ada Lovelace", "source": "ada@example.test",
              "browser": "Ada's", "campaign_name": "Ada"}
    body = {"events": [{"event_type": "users.messages.email.Open", "id": "e1", "time": 1, "user": person, "properties": {"campaign_name": "Spring"}}]}
    write(tmp_path / "in", "body.json", [body])
    run("--policy", "gdpr", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path)
    written = json.loads((tmp_path / "out/body.json").read_text())["events"][0]
    assert "Ada" not in json.dumps(written) and "ada@" not in json.dumps(written)
    assert written["user"]["timezone"] == "Europe/Paris" and written["properties"]["campaign_name"] == "Spring"


def test_a_name_of_no_catalog_that_may_be_somebody_is_redacted(run, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\ndefaults: { unknown_event: scrub }\n")
    write(tmp_path / "in", "a.json", [SEGMENT | {"event": name} for name in ("Friend Invited", "Gift for ada@example.test", "Call 12025550143")])
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path, expect=None)
    assert [json.loads(line)["event"] for line in (tmp_path / "out/a.json").read_text().splitlines()] == ["Friend Invited", None, None]


def test_nanoseconds_of_json_are_stepped(run, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nrules: [{ fields: [time], action: generalise, to: hour }]\n")
    write(tmp_path / "in", "users.messages.email.Open.json", ['{"id":"e1","time":1668835601384974575}', '{"id":"e2","time":9223372036854775808}'])
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path, expect=None)
    times = [json.loads(line)["time"] for line in (tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()]
    assert times[0] == 1668834000000000000 and times[1] != 9223372036854775808


OUTPUTS = {
    "foreign": lambda out: (out.mkdir(), (out / "theirs.txt").write_text("x")),
    "a file": lambda out: out.write_text("x"),
    "manifest": lambda out: ((out / "_currents-scrub").mkdir(parents=True), (out / "_currents-scrub/manifest.json").write_text("{")),
    "beside ours": lambda out: ((out / "_currents-scrub").mkdir(parents=True), (out / "theirs.txt").write_text("x")),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_dry_run_refuses_what_the_run_would(run, tmp_path, name):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    OUTPUTS[name](tmp_path / "out")
    before = sorted(path.relative_to(tmp_path) for path in (tmp_path / "out").rglob("*"))
    command = ["--policy", "gdpr", "in", "-o", "out", "--state", "state", "--reports", "reports"]
    dry = run(*command, "--dry-run", cwd=tmp_path, expect=None)
    assert sorted(path.relative_to(tmp_path) for path in (tmp_path / "out").rglob("*")) == before
    assert dry.returncode == run(*command, cwd=tmp_path, expect=None).returncode != 0


def test_a_dry_run_refuses_another_key_under_a_known_id(run, tmp_path):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    command = ["--policy", "gdpr", "in", "-o", "out", "--state", "state", "--reports", "reports"]
    run(*command, cwd=tmp_path)
    run(*command, "--dry-run", cwd=tmp_path)
    run(*command, "--dry-run", cwd=tmp_path, expect=3, environment={"CURRENTS_SCRUB_KEY": bytes(range(7, 39)).hex()})


NIGHT = """version: 1
state: state
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
archives:
  - { name: p, input: in, policy: "builtin:warehouse-share", output: out, settle: 0 }
requests: { inbox: inbox, packages: packages }
reports: reports
legal_holds: [holds.yml]
"""

REQUEST = """request: DSR-1
kind: erasure
received: 2025-03-01
subjects: [{ external_user_id: alpha-one-1 }]
verified: { by: desk, on: 2025-03-01, method: signed in }
approved: { by: head, on: 2025-03-01 }
"""


@pytest.mark.parametrize("isShared", [False, True])
def test_what_a_hold_keeps_for_want_of_a_time_is_shared_with_nobody(run, tmp_path, isShared):
    events = [event(1, campaign_name="untimed"), event(2, campaign_name="held"), event(3, time=1719796205), event(4, who=OTHER, campaign_name="theirs")]
    del events[0]["time"]
    path = write(tmp_path / "in", "users.messages.email.Open.json", events)
    (tmp_path / "holds.yml").write_text(
        "holds:\n  - { subjects: [{ external_user_id: %s }], from: 2024-02-01, until: 2024-05-31, basis: b, owner: l, review: 2030-01-31 }\n" % ME)
    (tmp_path / "night.yml").write_text(NIGHT)
    (tmp_path / "inbox").mkdir()
    if isShared:
        run("nightly", "night.yml", cwd=tmp_path, expect=None)
        assert "untimed" in (tmp_path / "out/users.messages.email.Open.json").read_text()
    (tmp_path / "inbox/a.yml").write_text(REQUEST)
    run("nightly", "night.yml", cwd=tmp_path, expect=None)
    assert ids_of(path) == ["e1", "e2", "e4"]
    written = (tmp_path / "out/users.messages.email.Open.json").read_text()
    assert "theirs" in written and "untimed" not in written and "held" not in written


BLANK = "policy: p\nversion: 1\nerasure: { mode: blank }\n"


@pytest.mark.parametrize("form", ["json", "body", "avro"])
def test_a_blanked_event_tells_nothing_of_the_person_in_what_stays(run, tmp_path, form):
    name = f"for {ME} and Ada@One.example.test"
    mine = {"id": "e1", "external_user_id": ME, "email_address": "ada@one.example.test", "campaign_name": name, "time": 1709251200}
    theirs = {"id": "e2", "external_user_id": OTHER, "email_address": None, "campaign_name": f"of {ME}", "time": 1709251200}
    (tmp_path / "p.yml").write_text(BLANK)
    (tmp_path / "in").mkdir()
    path = tmp_path / ("in/users.messages.email.Open." + ("avro" if form == "avro" else "json"))
    if form == "avro":
        schema = fastavro.parse_schema({"type": "record", "name": "users.messages.email.Open", "fields": [
            {"name": "id", "type": "string"}, {"name": "external_user_id", "type": ["null", "string"]}, {"name": "email_address", "type": ["null", "string"]},
            {"name": "campaign_name", "type": ["null", "string"]}, {"name": "time", "type": "int"}]})
        with path.open("wb") as file:
            fastavro.writer(file, schema, [mine, theirs])
    elif form == "body":
        path.write_text(json.dumps({"events": [
            {"event_type": "users.messages.email.Open", "id": one["id"], "time": one["time"],
             "user": {"external_user_id": one["external_user_id"]}, "properties": {"email_address": one["email_address"], "campaign_name": one["campaign_name"]}}
            for one in (mine, theirs)]}) + "\n")
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in (mine, theirs)))
    asked(run, tmp_path, "erase", "--policy", "p.yml", expect=None)
    if form == "avro":
        with path.open("rb") as file:
            names = [one["campaign_name"] for one in fastavro.reader(file)]
    elif form == "body":
        names = [one["properties"]["campaign_name"] for one in json.loads(path.read_text())["events"]]
    else:
        names = [json.loads(line)["campaign_name"] for line in path.read_text().splitlines()]
    # Somebody else's event is theirs: without `--sweep redact` it stays as it is.
    assert names == ["for [ERASED] and [ERASED]", f"of {ME}"]


def test_who_is_known_by_an_output_only_stays_out_of_it(run, tmp_path):
    """The list of who was erased has pseudonyms then, and a restored file the ids that they stand for."""
    linking = event(1, user_id="aaaa01", email_address="alpha@one.example.test")
    path = write(tmp_path / "in", "users.messages.email.Open.json", [linking])
    write(tmp_path / "in", "users.messages.email.Open.2.json", [event(9, who=OTHER, user_id="bbbb02")])
    (tmp_path / "made.yml").write_text(POLICY.replace("tokenise, store: vault", "hash"))
    (tmp_path / "night.yml").write_text(
        "version: 1\nstate: state\narchives:\n  - { name: p, input: in, policy: made.yml, output: out, settle: 0 }\nreports: reports\n")
    run("nightly", "night.yml", cwd=tmp_path, expect=None)
    path.unlink()
    run("nightly", "night.yml", cwd=tmp_path, expect=None)
    (tmp_path / "person.txt").write_text("email=alpha@one.example.test\n")
    run("erase", "--config", "night.yml", "--subject-file", "person.txt", "--received", "2025-01-01", "--yes", cwd=tmp_path, expect=None)
    write(tmp_path / "in", "users.messages.email.Open.3.json", [event(3, user_id="aaaa01"), event(4, who=OTHER)])
    run("nightly", "night.yml", cwd=tmp_path, expect=None)
    written = (tmp_path / "out/users.messages.email.Open.3.json").read_text()
    assert len(written.splitlines()) == 1 and ids_of(tmp_path / "in/users.messages.email.Open.3.json") == ["e4"]


@pytest.mark.parametrize("text", [
    "verified: { by: ada@one.example.test, on: 2026-01-01, method: mail }", "verified: { by: desk, on: 2026-01-01, method: 'a mail of <ADA@one.example.test>.' }",
    "grounds: ['as alpha-one-1 asked']"])
def test_receipts_keep_no_text_that_names_the_person(run, tmp_path, text):
    path = write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    (tmp_path / "request.yml").write_text("request: DSR-1\nsubjects: [{ external_user_id: alpha-one-1 }, { email: ada@one.example.test }]\n" + text + "\n")
    command = ["erase", "--request", "request.yml", "in", "--yes", "--max-share", "1", "--state", "state", "--reports", "reports"]
    assert b"requests.names-person" in run(*command, cwd=tmp_path, expect=3).stderr
    assert ids_of(path) == ["e1"] and not (tmp_path / "reports").exists()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_denies_nothing_that_nobody_could_look_for(run, tmp_path, language):
    (tmp_path / "made.yml").write_text(POLICY.replace("tokenise, store: vault", "hash"))
    write(tmp_path / "raw", "users.messages.email.Open.json", [event(1)])
    run("--policy", "made.yml", "raw", "-o", "in", "--state", "other", "--reports", "reports", cwd=tmp_path)
    asked(run, tmp_path, "export", "--language", language, expect=2)
    page = (tmp_path / "package/index.html").read_text()
    denials = ["We found no data about you", "none of them is about you", "aucune donnée vous concernant", "aucun ne vous concerne"]
    assert not any(denial in page for denial in denials)


def test_receipts_count_what_was_ignored(run, tmp_path):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    write(tmp_path / "in", "b.json", [event(2)])
    write(tmp_path / "in", "_x.json", [event(3)])
    result = asked(run, tmp_path, "erase", "--ignore", "b.json")
    place = tmp_path / result["requests"][0]["receipt"]
    assert json.loads(place.read_text())["files"]["ignored"] == 2 and "Ignored: by name, as asked, or empty" in (place.parent / "receipt.html").read_text()


TIMES = {
    "double": ("double", 1719796205.0), "float": ("float", 1719796205.0), "optional": (["null", "double"], 1719796205.0),
    "date": ({"type": "int", "logicalType": "date"}, 19905), "nanos": ({"type": "long", "logicalType": "timestamp-nanos"}, 1719796205000000000),
    "millis": ({"type": "long", "logicalType": "timestamp-millis"}, 1719796205000), "iso": ("string", "2024-07-01T03:10:05+02"), "day": ("string", "2024-07-01")}


@pytest.mark.parametrize("name", TIMES)
def test_avro_tells_times_in_every_type(run, tmp_path, name):
    """Of who was erased, what comes back of before the request goes, and what is behind it stays."""
    kind, value = TIMES[name]
    schema = fastavro.parse_schema({"type": "record", "name": "users.messages.email.Open", "fields": [
        {"name": "id", "type": "string"}, {"name": "external_user_id", "type": "string"}, {"name": "time", "type": kind}]})
    path = tmp_path / "in/users.messages.email.Open.avro"
    (tmp_path / "in").mkdir()
    (tmp_path / "night.yml").write_text("version: 1\nstate: state\narchives:\n  - { name: p, input: in, settle: 0 }\nreports: reports\n")

    def restored(received):
        with path.open("wb") as file:
            fastavro.writer(file, schema, [{"id": "e1", "external_user_id": ME, "time": value}, {"id": "e2", "external_user_id": OTHER, "time": value}])
        if received:
            asked(run, tmp_path, "erase", "--received", received)
            restored(None)
            run("nightly", "night.yml", cwd=tmp_path, expect=None)
        with path.open("rb") as file:
            return [one["id"] for one in fastavro.reader(file)]

    assert asked_of(run, tmp_path, restored) == {"2025-01-01": ["e2"], "2024-01-01": ["e1", "e2"]}


def asked_of(run, folder, restored):
    left = {}
    for received in ("2025-01-01", "2024-01-01"):
        left[received] = restored(received)
        shutil.rmtree(folder / "state")
    return left


@pytest.mark.parametrize("beside", [[], [".keep"], ["_SUCCESS"], [".currents-scrub.lock"]])
def test_an_archive_that_is_not_there_is_no_archive_without_the_person(run, tmp_path, beside):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    (tmp_path / "away").mkdir()
    for name in beside:
        (tmp_path / "away" / name).write_text("x")
    done = run("erase", "--subject", f"external_user_id={ME}", "in", "away", "--yes", "--max-share", "1", "--state", "state", "--reports", "reports",
               cwd=tmp_path, expect=1)
    assert b"input.empty" in done.stderr and ids_of(tmp_path / "in/users.messages.email.Open.json") == ["e1"]


@pytest.mark.parametrize("hide", ["new_thing", "new_*", "deep.secret"])
def test_fields_of_no_catalog_can_be_hidden(run, tmp_path, hide):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1, new_thing="hush-1", deep={"secret": "hush-2", "open": "shown"})])
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\naccess: { hide: [{ fields: ['%s'], because: others are named there }] }\n" % hide)
    asked(run, tmp_path, "export", "--policy", "p.yml")
    everything = " ".join(path.read_text(errors="replace") for path in (tmp_path / "package").rglob("*") if path.is_file())
    hidden = "hush-2" if hide.startswith("deep") else "hush-1"
    assert hidden not in everything and "shown" in everything and "[not disclosed]" in everything


@pytest.mark.parametrize("text", [
    "erasure: { keep: [{ events: ['users.behaviour.subscription*'], basis: b, review: 2030-01-31 }] }",
    "erasure: { keep: [{ events: ['users.behaviors.subscription*'], fields: [subscription_statos], basis: b, review: 2030-01-31 }] }",
    "access: { hide: [{ fields: [campain_name], because: b }] }"])
def test_what_is_to_be_kept_or_hidden_is_not_misspelt(run, tmp_path, text):
    (tmp_path / "p.yml").write_text(f"policy: p\nversion: 1\n{text}\n")
    assert b"E102" in b"".join([(done := run("policy", "check", "p.yml", cwd=tmp_path, expect=None)).stdout, done.stderr])


def test_events_and_fields_of_no_catalog_may_be_kept_and_hidden(run, tmp_path):
    (tmp_path / "p.yml").write_text("""policy: p
version: 1
erasure: { keep: [{ events: ["Consent *", "users.behaviors.subscription*"], fields: [our_own_field, time], basis: b, review: 2030-01-31 }] }
access: { hide: [{ fields: [our_own_field], because: b }] }
""")
    run("policy", "check", "p.yml", cwd=tmp_path, expect=None)
    assert b"E102" not in b"".join([(done := run("policy", "check", "p.yml", cwd=tmp_path, expect=None)).stdout, done.stderr])


@pytest.mark.parametrize("form", ["avro", "json"])
def test_a_rule_that_keeps_everything_means_no_field_of_no_catalog(run, tmp_path, form):
    """Nobody knows what is in it."""
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nrules:\n  - { fields: [agreed], action: keep, optional: true }\n  - { fields: ['*'], personal: false, annotated: false, action: keep }\n")
    one = {"id": "e1", "campaign_name": "Spring", "agreed": "yes", "strange": "Ada Lovelace", "time": 1709251200}
    (tmp_path / "in").mkdir()
    path = tmp_path / f"in/users.messages.email.Open.{form}"
    if form == "avro":
        schema = fastavro.parse_schema({"type": "record", "name": "users.messages.email.Open", "fields": [
            {"name": name, "type": "int" if name == "time" else "string"} for name in one]})
        with path.open("wb") as file:
            fastavro.writer(file, schema, [one])
    else:
        path.write_text(json.dumps(one) + "\n")
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path)
    out = tmp_path / "out" / path.name
    written = list(fastavro.reader(out.open("rb")))[0] if form == "avro" else json.loads(out.read_text())
    assert (written["agreed"], written["campaign_name"]) == ("yes", "Spring") and written["strange"] in ("[REDACTED]", None)


def test_a_link_that_only_an_output_tells_leads_into_the_source(run, tmp_path):
    """The events of the source are theirs by what stands for their ids in the output."""
    (tmp_path / "made.yml").write_text(POLICY.replace("tokenise, store: vault", "hash"))
    link = write(tmp_path / "in", "users.messages.email.Open.2.json", [event(1, user_id="aaaa01")])
    path = write(tmp_path / "in", "users.messages.email.Open.json", [
        {"id": "e2", "user_id": "aaaa01", "time": 1709251200}, event(3, who=OTHER, user_id="bbbb02"), {"id": "e4", "user_id": "cccc03", "time": 1709251200}])
    run("--policy", "made.yml", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path)
    link.unlink()
    (tmp_path / "person.txt").write_text(f"external_user_id={ME}\n")
    told = json.loads(run("export", "--subject-file", "person.txt", "--made-with", "made.yml", "in", "out", "-o", "package", "--state", "state", "--json",
                          cwd=tmp_path).stdout)
    assert told["requests"][0]["events"] + told["requests"][0]["copies"] + told["requests"][0]["repeats"] == 3
    run("erase", "--subject-file", "person.txt", "--made-with", "made.yml", "in", "out", "--yes", "--max-share", "1", "--state", "state", "--reports",
        "reports", cwd=tmp_path)
    assert ids_of(path) == ["e3", "e4"] and (tmp_path / "out/users.messages.email.Open.2.json").read_text() == ""


@pytest.mark.parametrize("sign", ["=", "+", "@", "-", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\u200b=", "\ufeff+", "\u00a0@", "\t="])
def test_no_cell_is_a_formula(run, tmp_path, sign):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1, campaign_name=f"{sign}1+1"), event(2, campaign_name="-12.5e3")])
    asked(run, tmp_path, "export")
    with (tmp_path / "package/events/users.messages.email.Open.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["campaign_name"] for row in csv.DictReader(file)]
    assert names == [f"'{sign}1+1", "-12.5e3"]


@pytest.mark.parametrize("actions", [
    ("action: mask, show: { last: 4 }", "action: mask"), ("action: mask", "action: mask, show: { last: 4 }"),
    ("action: scan, find: [email], because: x", "action: scan, because: x"), ("action: scan, because: x", "action: scan, find: [email], because: x")])
def test_a_path_of_two_fields_shows_what_neither_hides(run, tmp_path, actions):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nrules:\n  - { fields: [to_phone_number], %s }\n  - { fields: [user_phone_number], %s }\n" % actions)
    write(tmp_path / "in", "a.json", [{"type": "track", "event": "SMS Inbound Received", "userId": ME, "anonymousId": "639a35d192b0df004d0651a1", "messageId": "m",
                                       "timestamp": 1767225600, "context": {"traits": {"phone": "+12025550143"}}, "properties": {}}])
    run("--policy", "p.yml", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path, expect=None)
    assert "0143" not in (tmp_path / "out/a.json").read_text()


def test_a_file_of_an_archive_is_not_the_archive(run, tmp_path):
    write(tmp_path / "in", "users.messages.email.Open.json", [event(1)])
    write(tmp_path / "in", "users.messages.email.Open.2.json", [event(2)])
    (tmp_path / "night.yml").write_text("version: 1\nstate: state\narchives:\n  - { name: prod, input: in, settle: 0 }\nreports: reports\n")
    run("nightly", "night.yml", cwd=tmp_path, expect=None)
    (tmp_path / "person.txt").write_text(f"external_user_id={ME}\n")
    done = run("erase", "--subject-file", "person.txt", "in/users.messages.email.Open.json", "--yes", "--max-share", "1", "--state", "state", "--reports",
               "reports", "--json", cwd=tmp_path, expect=2)
    receipt = json.loads((tmp_path / json.loads(done.stdout)["requests"][0]["receipt"]).read_text())
    assert (receipt["state"], receipt["left_out"]) == ("INCOMPLETE", ["prod"])


def test_a_body_without_events_is_nobodys(run, tmp_path):
    """It is passed on, and no request is left incomplete for it."""
    write(tmp_path / "in", "bodies.json", ['{"events":[]}', '{"events":[{"event_type":"users.messages.email.Open","id":"e1","user":{"external_user_id":"%s"}}]}' % ME])
    run("--policy", "gdpr", "in", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path)
    assert (tmp_path / "out/bodies.json").read_text().startswith('{"events":[]}\n')
    asked(run, tmp_path, "export")
    asked(run, tmp_path, "erase")
    assert (tmp_path / "in/bodies.json").read_text() == '{"events":[]}\n'
