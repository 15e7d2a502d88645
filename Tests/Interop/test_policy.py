"""What the commands about policies say, against a second reading of the policy language and against real scrubs."""

import fnmatch
import hashlib
import json
import os
import subprocess
import time

import pytest
import yaml

import reference

# Searching and rewriting are as strict as each other; the shipped policies do not do both to one path.
ORDER = ["keep", "scan", "json", "tokenise", "hash", "generalise", "mask", "redact", "drop", "drop_event"]
POLICIES = ["gdpr", "gdpr-strict", "ccpa", "internal-analytics", "warehouse-share"]
DEMONSTRATION = hashlib.sha256(b"currents-scrub demonstration key").hexdigest()


def matrix(run, policy, expect=0):
    return json.loads(run("policy", "check", policy, "--json", expect=expect).stdout)


@pytest.fixture(scope="module")
def catalog(run):
    """Everything `catalog show` says: by event type and destination the members."""
    names = [event["event"] for event in json.loads(run("catalog", "list", "--json").stdout)["events"]]
    return {name: json.loads(run("catalog", "show", name, "--json").stdout)["destinations"] for name in names}


def treatment(policy, event, destination, member, field):
    """What the first matching rule, or else the default, says of one canonical field: a reading of its own."""
    marked, personal = bool(field["marks"] or member["marks"]), field["personal"]
    for rule in policy.get("rules", []):
        if rule["action"] == "drop_event":
            continue
        names = [field["field"]] + [member["path"]] * (not borrowed(member, field))
        if all([
            "events" not in rule or any(fnmatch.fnmatchcase(event, glob) for glob in rule["events"]),
            "destinations" not in rule or destination in rule["destinations"],
            "fields" not in rule or any(fnmatch.fnmatchcase(name, glob) for name in names for glob in rule["fields"]),
            "classes" not in rule or field["class"] in rule["classes"],
            "kinds" not in rule or set(field["kind"].split("|")) & set(rule["kinds"]),
            rule.get("annotated", marked) == marked,
            rule.get("personal", personal) == personal,
        ]):
            return rule["action"]
    defaults = {"annotated": "redact", "unmarked_personal": "redact", "plain": "keep",
                "linking": "hash" if "audience" in policy else "keep", **policy.get("defaults", {})}
    name = "annotated" if marked else "unmarked_personal" if personal else "linking" if field["linking"] else "plain"
    return defaults[name]


def borrowed(member, field):
    """Amplitude's user_id is the external id, though a canonical field is called so."""
    return member["path"] == "user_id" and field["field"] != "user_id"


@pytest.mark.parametrize("name", POLICIES)
def test_every_field_of_the_catalog_is_decided_as_a_second_reading_says(name, run, catalog):
    policy = yaml.safe_load((reference.ROOT / f"Policies/{name}.yml").read_text())
    report = matrix(run, name)
    rows = {(row["event"], row["destination"], row["path"]): row for row in report["fields"]}
    seen = 0
    for event, shapes in catalog.items():
        dropped = any(rule["action"] == "drop_event" and any(fnmatch.fnmatchcase(event, glob) for glob in rule["events"])
                      for rule in policy["rules"])
        for shape in shapes:
            for member in shape["members"]:
                row = rows[event, shape["destination"], member["path"]]
                seen += 1
                wanted = "drop_event" if dropped else max(
                    (treatment(policy, event, shape["destination"], member, field) for field in member["fields"]),
                    key=ORDER.index)
                assert row["action"] == wanted, row
    assert seen == len(rows) == report["totals"]["fields"] > 7000
    # The promise itself, read from the matrix alone.
    for row in rows.values():
        assert row["action"] != "keep" or not row["sources"] or row["because"], row


def test_the_report_counts_what_it_lists(run):
    report = matrix(run, "gdpr")
    for rule in report["rules"]:
        rows = [row for row in report["fields"] if row["rule"] == rule["name"]]
        assert (rule["decides"], rule["event_types"]) == (len(rows), len({row["event"] for row in rows})), rule
    assert report["totals"]["sensitive"] == sum(bool(row["sources"]) for row in report["fields"])
    assert report["totals"]["event_types"] == 100
    assert report["totals"]["destinations"] == 5
    assert f"five destinations, {len(report['fields']):,} paths" in (reference.ROOT / "Documentation/Policies.md").read_text()


HEAD = "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\n"
KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


@pytest.mark.parametrize("text, finding, line", [
    ("rules:\n  - fields: [email_address]\n    action: keep\n", "E101", 5),
    ("rules:\n  - fields: [device_id]\n    action: keep\n", "E101", 5),
    ("audience: a\nrules:\n  - fields: [dispatch_id]\n    action: keep\n", "E101", 6),
    ("audience: a\nspecial: [product_id]\nrules:\n  - fields: [product_id]\n    action: keep\n", "E101", 7),
    ("defaults: { plain: keep, annotated: keep }\n", "E101", 4),
    ("rules:\n  - fields: [nothing_at_all]\n    action: redact\n", "E102", 5),
    ("audience: a\nspecial: [product_id, 'campaign_*', produkt_id]\n", "E102", 5),
    ("special:\n  - product_id\n  - context.properties.product_id\n", "E102", 6),
    ("rules:\n  - kinds: [email]\n    action: redact\n  - fields: [email_address]\n    action: redact\n", "E103", 7),
    ("rules:\n  - fields: [latitude]\n    action: hash\n", "E104", 5),
    ("rules:\n  - fields: [latitude]\n    action: tokenise\n    store: sealed\n", "E104", 5),
    ("rules:\n  - fields: [time]\n    action: mask\n", "E104", 5),
    ("rules:\n  - fields: [user_agent]\n    action: generalise\n    to: /24\n", "E104", 5),
    ("rules:\n  - fields: [time]\n    action: generalise\n    to: 0.5\n", "E104", 5),
    ("rules:\n  - fields: [media_urls]\n    action: generalise\n    to: path\n", "E104", 5),
    ("rules:\n  - fields: [bounce_reason]\n    action: scan\n", "E101", 5),
    ("rules:\n  - fields: [properties]\n    action: json\n    default: keep\n", "E101", 5),
    ("rules:\n  - fields: [properties]\n    action: json\n    scan: [note]\n", "E101", 5),
    ("audience: a\nspecial: [campaign_name]\nrules:\n  - fields: [campaign_name]\n    action: scan\n", "E101", 7),
    ("rules:\n  - kinds: [email]\n    action: hash\n    domain: phone\n  - fields: [properties]\n    action: json\n    hash: { a: phone }\n", "E105", 5),
    ("rules:\n  - kinds: [email]\n    action: hash\n    bits: 64\n", "E012", 7),
    ("rules:\n  - kinds: [email]\n    action: hash\n    domain: d\n  - kinds: [phone]\n    action: hash\n    domain: d\n", "E105", 8),
    (f"# {KEY}\n", "E013", 4),
    (f"title: {KEY}\n", "E013", 4),
    ("title: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "E013", 4),
    ("acknowledge: [{ id: W102, because: none }]\n", "W103", 4),
])
def test_each_finding_has_its_place(text, finding, line, run, tmp_path):
    path = tmp_path / "p.yml"
    path.write_text(HEAD + text)
    done = run("policy", "check", path, "--json", expect=None)
    report = json.loads(done.stdout)
    found = [one for one in report["findings"] if one["id"] == finding]
    assert [one["line"] for one in found] == [line], report["findings"]
    assert found[0]["mend"]
    assert done.returncode == report["exit"] == (0 if finding.startswith("W") else 3)
    assert KEY.encode() not in done.stdout + done.stderr and b"AAECAwQF" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("destination", ["storage", "amplitude", "mixpanel", "mparticle", "segment"])
def test_what_explain_shows_is_what_a_scrub_writes(name, destination, run, tmp_path):
    run("sample", "--events", 200, "--destination", destination, "--format", "ndjson", "-o", tmp_path / "in")
    files = [path for path in sorted((tmp_path / "in").rglob("*.json*")) if "_" != path.name[0]][:4]
    assert files
    for path in files:
        line = next(line for line in path.read_bytes().splitlines() if line.startswith(b"{"))
        event = next((part.split("=")[1] for part in path.parts if part.startswith("event_type=")), None)
        told = ["--event-type", event] if event else []
        explained = json.loads(run(
            "policy", "explain", name, "-", "--json", "--destination", destination, *told, stdin=line).stdout)
        written = run(
            "--policy", name, "--destination", destination, *told, "--state", tmp_path / "state", stdin=line + b"\n", expect=None,
            environment={"CURRENTS_SCRUB_KEY": DEMONSTRATION}).stdout
        assert bool(written) == (explained["outcome"] == "scrub")
        if written:
            assert changes(json.loads(line), json.loads(written)) == {
                (field["places"][0]["path"], field["before"], field["after"])
                for field in explained["fields"] if field["before"] != field["after"]}


def changes(before, after, path=""):
    """Every value that is not what it was, with its path: a second walk."""
    if isinstance(before, dict) and isinstance(after, dict) and before:
        return set().union(*(changes(value, after.get(key, ...), f"{path}.{key}".lstrip(".")) for key, value in before.items()))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and before:
        return set().union(*(changes(one, two, path + "[]") for one, two in zip(before, after)))
    if before == after:
        return set()
    text = lambda value: None if value is ... else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return {(path, text(before), text(after))}


@pytest.mark.parametrize("one, other", [("gdpr", "ccpa"), ("gdpr", "gdpr-strict"), ("ccpa", "warehouse-share")])
def test_diff_names_every_row_of_the_matrices_that_differs(one, other, run):
    before, after = matrix(run, one), matrix(run, other)
    difference = json.loads(run("policy", "diff", one, other, "--json", expect=None).stdout)
    told = {}
    for change in difference["changes"]:
        if change["subject"] in ("field", "event"):
            for event in change["events"]:
                for destination in change["destinations"]:
                    told.setdefault((change["name"], event, destination), set()).add(change["direction"])
    rank = {"keep": 0, "hash": 1, "redact": 2, "drop": 2, "drop_event": 3}
    differing = 0
    for old, new in zip(before["fields"], after["fields"]):
        if (old["action"], old["detail"]) == (new["action"], new["detail"]):
            continue
        differing += 1
        name = old["event"] if "drop_event" in (old["action"], new["action"]) else ", ".join(old["names"])
        step = rank[new["action"]] - rank[old["action"]]
        wanted = "weaker" if step < 0 else "stricter" if step else "otherwise"
        assert wanted in told[name, old["event"], old["destination"]], (old, new)
    assert differing > 100
    directions = [change["direction"] for change in difference["changes"]]
    assert directions == sorted(directions, key=["weaker", "otherwise", "stricter"].index)
    assert difference["exit"] == (3 if "weaker" in directions else 0)


@pytest.mark.parametrize("name", POLICIES)
def test_shipped_policies_pass_their_own_tests_and_no_others(name, run, tmp_path):
    report = json.loads(run("policy", "test", name, "--json").stdout)
    assert report["passed"] >= 5 and report["failed"] == 0
    # A policy that keeps everything fails them.
    lax = tmp_path / "lax.yml"
    lax.write_text(HEAD + "rules:\n  - fields: ['*']\n    action: keep\n    because: a test of the tests\n")
    done = run("policy", "test", lax, reference.ROOT / f"Policies/tests/{name}.yml", "--json", expect=3)
    assert json.loads(done.stdout)["failed"] >= report["passed"] - 3


def test_a_policy_comes_from_a_pipe(run, tmp_path):
    """As a shell makes one for `<(...)`, and a named one, be it that somebody writes into it late, or never."""
    text = (reference.ROOT / "Policies/gdpr.yml").read_bytes()
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    check = ["policy", "check", "--json"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert b"the file is empty" in run(*check, pipe, expect=3).stderr
    for wait in (0, 0.5):
        with subprocess.Popen([binary, *check, pipe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
            time.sleep(wait)
            with open(pipe, "wb") as file:
                file.write(text[:100])
                file.flush()
                time.sleep(wait)
                file.write(text[100:])
            assert json.loads(program.communicate()[0])["policy"]["name"] == "gdpr" and program.returncode == 0
    done = subprocess.run(
        ["bash", "-c", 'exec "$0" policy check --json <(sleep 0.3; cat "$1")', binary, reference.ROOT / "Policies/gdpr.yml"], capture_output=True)
    assert done.returncode == 0 and json.loads(done.stdout)["policy"]["name"] == "gdpr"


def test_a_folder_is_no_policy(run, tmp_path):
    (tmp_path / "gdpr").mkdir()
    done = run("policy", "check", "gdpr", cwd=tmp_path)
    assert b"using the built-in policy builtin:gdpr" in done.stderr
    (tmp_path / "mine").mkdir()
    assert b"[policy.not-found]" in run("policy", "check", "mine", cwd=tmp_path, expect=3).stderr


def test_the_catalog_of_an_avro_file_counts_in_the_check(run, tmp_path):
    """A mark in the schema's own doc makes keeping the field a finding, though no catalog marks it."""
    import fastavro
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [
        {"name": "campaign_name", "type": "string", "doc": "[PII] the name of a campaign"}]}
    (tmp_path / "in").mkdir()
    with open(tmp_path / "in/a.avro", "wb") as file:
        fastavro.writer(file, schema, [{"campaign_name": "Spring"}])
    policy = tmp_path / "p.yml"
    policy.write_text(HEAD + "rules:\n  - fields: [campaign_name]\n    action: keep\n")
    run("policy", "check", policy)
    done = run("policy", "check", policy, tmp_path / "in", "--json", expect=3)
    assert [one["id"] for one in json.loads(done.stdout)["findings"]] == ["E101"]
    # A number where the rule wants a text: only the schema that is really there shows it.
    schema["fields"] = [{"name": "email_address", "type": "long"}]
    with open(tmp_path / "in/a.avro", "wb") as file:
        fastavro.writer(file, schema, [{"email_address": 5}])
    policy.write_text(HEAD + "rules:\n  - kinds: [email]\n    action: hash\n")
    done = run("policy", "check", policy, tmp_path / "in", "--json", expect=3)
    assert [one["id"] for one in json.loads(done.stdout)["findings"]] == ["E107"]


@pytest.mark.parametrize("field, places", [
    ("ip_address", {("storage", "ip"), ("segment", "context.ip"), ("mparticle", "ip")}),
    ("context.traits.firstName", {("segment", "context.traits.firstName")}),
])
def test_explain_answers_for_fields_that_no_shape_of_the_event_has(field, places, run):
    told = json.loads(run("policy", "explain", "gdpr", "users.messages.email.Open", field, "--json").stdout)
    assert places <= {(place["destination"], place["path"]) for field in told["fields"] for place in field["places"]}
    assert {(field["action"], field["type"]) for field in told["fields"]} == {("redact", "")}
    assert b"in no shape of the event" in run("policy", "explain", "gdpr", "users.messages.email.Open", field).stdout


@pytest.mark.parametrize("policy, inner, outcome", [
    ("rules:\n  - { fields: [campaign_name], action: keep }\n", False, 3),
    ("rules:\n  - { fields: [campaign_name], action: scan }\n", False, 3),
    ("rules:\n  - { fields: [campaign_name], action: keep, because: no person is called so }\n", False, "kept"),
    ("rules: []\n", False, "redacted"),
    ("rules:\n  - { fields: [who], action: keep, optional: true }\n", True, 3),
    ("defaults: { unknown_field: keep }\nrules: []\n", True, "redacted"),
])
def test_what_the_schema_of_a_file_marks_is_kept_only_with_a_reason(policy, inner, outcome, run, tmp_path):
    """The check of the catalog cannot see such a mark, so the scrub refuses the file by name, as the check of it does."""
    import fastavro
    marked = {"type": "string", "doc": "[PII] a name"}
    field = ({"name": "who", "type": ["null", {"type": "record", "name": "Who", "fields": [{"name": "name", **marked}]}]}
             if inner else {"name": "campaign_name", **marked})
    (tmp_path / "p.yml").write_text(HEAD + policy)
    (tmp_path / "in").mkdir()
    with open(tmp_path / "in/a.avro", "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "users.messages.email.Open", "fields": [field]},
                        [{field["name"]: {"name": "Ada"} if inner else "Ada"}])
    if outcome == 3:
        run("policy", "check", tmp_path / "p.yml", tmp_path / "in", "-q", expect=3)
    done = run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "--json", "-q",
               expect=3 if outcome == 3 else 0)
    problems = [(problem["code"], problem["place"]) for problem in json.loads(done.stdout)["problems"]]
    assert problems == ([("policy.does-not-fit", f"field {field['name']}, which the file's schema marks")] if outcome == 3 else [])
    written = (tmp_path / "out/a.avro").read_bytes() if outcome != 3 else b""
    assert (b"Ada" in written) == (outcome == "kept")
    assert (tmp_path / "out/a.avro").exists() == (outcome != 3)


def test_a_mark_anywhere_in_a_field_or_its_type_is_one(run, tmp_path):
    """A scrub and an inspection agree on which fields are marked."""
    import fastavro
    inner = {"type": "record", "name": "Inner", "fields": [{"name": "a", "type": "string", "doc": "[PII] a name"}, {"name": "b", "type": "string"}]}
    marked = {
        "own": {"type": "string"},
        "record": {"type": {"type": "record", "name": "Record", "doc": "[PII] a person", "fields": [{"name": "a", "type": "string"}]}},
        "choice": {"type": {"type": "enum", "name": "Choice", "symbols": ["NONE", "ADA"], "doc": "[PII] who"}},
        "bytes": {"type": {"type": "fixed", "name": "Bytes", "size": 3, "doc": "[PII] who"}},
        "inner": {"type": inner}, "list": {"type": {"type": "array", "items": "Inner"}}, "map": {"type": {"type": "map", "values": "Inner"}},
        "perhaps": {"type": ["null", "Record"]},
    }
    fields = [{"name": "plain", "type": "string", "doc": "a word"}] + [{"name": name, **field} for name, field in marked.items()]
    fields[1]["doc"] = "[PII] a name"
    pair = {"a": "ADA", "b": "ADA"}
    event = {"plain": "kept", "own": "ADA", "record": {"a": "ADA"}, "choice": "ADA", "bytes": b"ADA", "inner": pair, "list": [pair],
             "map": {"ADA": pair}, "perhaps": {"a": "ADA"}}
    (tmp_path / "p.yml").write_text(HEAD + "defaults: { unknown_field: keep }\nrules: []\n")
    (tmp_path / "in").mkdir()
    with open(tmp_path / "in/a.avro", "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "users.messages.email.Open", "doc": "Fields with [PII] are personal.", "fields": fields}, [event])
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "-q")
    with open(tmp_path / "out/a.avro", "rb") as file:
        scrubbed = next(iter(fastavro.reader(file)))
    assert scrubbed.pop("plain") == "kept"
    assert "ADA" not in repr(scrubbed)
    drift = json.loads(run("inspect", tmp_path / "in", "--json").stdout)["drift"]
    assert sorted(one["field"] for one in drift["marks"]["new"]) == sorted(marked)
    assert {one["path"]: one["annotated"] for one in drift["unknown_fields"]} == {"plain": False} | dict.fromkeys(marked, True)


SCAN = "{ fields: [abort_log], action: scan, because: a test%s }"
JSON = "{ fields: [properties], action: json, because: a test%s }"
TIME = "{ fields: [time], action: generalise, to: %s }"
URL = "{ fields: [url], action: generalise, to: %s }"
MASK = "{ kinds: [email], action: mask%s }"
DROP = "{ events: [users.messages.email.Open], action: drop_event%s }"


@pytest.mark.parametrize("strict, weak", [
    (MASK % "", MASK % ", show: { domain: true }"), (MASK % ", show: { last: 2 }", MASK % ", show: { last: 4 }"),
    (TIME % "month", TIME % "day"), (TIME % "60", TIME % "0.5"), (TIME % "3600", TIME % "60"), (URL % "host", URL % "path"),
    (URL % "path", URL % 'path, query: ["utm_*"]'),
    ("{ fields: [sending_ip], action: generalise, to: /16 }", "{ fields: [sending_ip], action: generalise, to: /24 }"),
    (SCAN % "", SCAN % ", find: [email, phone]"), (SCAN % ", find: [email]", SCAN % ", find: [email], replace: hash"),
    (JSON % "", JSON % ", keep: [tier]"), (JSON % ", hash: { mail: email }", JSON % ", keep: [mail]"),
    (JSON % ", keep: [a.b], redact: [a.b.c]", JSON % ", keep: [a.b]"), (JSON % ", keep: [a.x]", JSON % ', keep: ["a.*"]'),
    (JSON % "", JSON % ", default: keep"), (JSON % ", default: scan", JSON % ", default: scan, find: [email]"),
    (DROP % "", DROP % ", where: { ip_pool: [a] }"), (DROP % ", where: { ip_pool: [a, b] }", DROP % ", where: { ip_pool: [b] }"),
    (DROP % ", where: { ip_pool: [a] }", DROP % ", where: { ip_pool: [a], country: [FR] }"),
])
def test_diff_ranks_options(strict, weak, run, tmp_path):
    for name, rule in (("strict", strict), ("weak", weak)):
        (tmp_path / f"{name}.yml").write_text(HEAD + f"rules:\n  - {rule}\n")
    for one, other, direction, status in (("strict", "weak", "weaker", 3), ("weak", "strict", "stricter", 0)):
        told = run("policy", "diff", tmp_path / f"{one}.yml", tmp_path / f"{other}.yml", "--json", expect=status).stdout
        assert {change["direction"] for change in json.loads(told)["changes"]} == {direction}


def test_values_of_a_condition_that_may_be_somebodys_are_told_nowhere(run, tmp_path):
    """What a policy asks of a field that is marked or personal, or in no catalog, is counted."""
    personal = ["grace.h@example.test", "edith.c@example.test", "customer-777", "a reference"]
    conditions = "email_address: [grace.h@example.test, edith.c@example.test], external_user_id: [customer-777], ip_pool: [internal], reference: [a reference]"
    for name, rule in (("one", DROP % f", optional: true, where: {{ {conditions} }}"), ("two", DROP % ", where: { external_user_id: [customer-777] }")):
        (tmp_path / f"{name}.yml").write_text(HEAD + f"rules:\n  - {rule}\n")
    one, two, page = tmp_path / "one.yml", tmp_path / "two.yml", tmp_path / "page.html"
    for command in (["check", one, "--html", page], ["check", one, "--json"], ["diff", one, two], ["diff", two, one, "--json"], ["explain", one, "email_address"],
                    ["explain", one, "users.messages.email.Open", "--json"]):
        done = run("policy", *command, expect=None)
        assert done.returncode in (0, 3)
        told = (done.stdout + done.stderr).decode() + (page.read_text() if "--html" in command else "")
        assert told and not [value for value in personal if value in told], command
        if command[0] == "check" and "--html" not in command:
            assert "where email_address is one of 2 values of the policy" in told and "where ip_pool is internal" in told


def test_diff_tells_another_spelling_before_the_pseudonym(run, tmp_path):
    """Other values become equal, so that pseudonyms of before do not join."""
    for name, more in (("plain", ""), ("told", ", normalise: email"), ("trim", ", normalise: trim")):
        (tmp_path / f"{name}.yml").write_text(HEAD + f"rules:\n  - {{ kinds: [email], action: hash{more} }}\n")
    same = run("policy", "diff", tmp_path / "plain.yml", tmp_path / "told.yml", "--json").stdout
    assert json.loads(same)["changes"] == []
    told = json.loads(run("policy", "diff", tmp_path / "plain.yml", tmp_path / "trim.yml", "--json").stdout)["changes"]
    assert {change["direction"] for change in told} == {"otherwise"} and "normalise trim" in json.dumps(told)


def test_diff_tells_what_is_another_mask_as_weaker(run, tmp_path):
    for name, show in (("one", "{ domain: true }"), ("two", "{ last: 4 }")):
        (tmp_path / f"{name}.yml").write_text(HEAD + f"rules:\n  - {MASK % f', show: {show}'}\n")
    run("policy", "diff", tmp_path / "one.yml", tmp_path / "two.yml", expect=3)
    run("policy", "diff", tmp_path / "two.yml", tmp_path / "one.yml", expect=3)


@pytest.mark.parametrize("before, after, status", [
    ("[{ list: a.txt }]", None, 3), (None, "[{ list: a.txt }]", 0), ("[{ list: a.txt }]", "[{ list: b.txt }]", 3),
    ("[{ list: a.txt }]", "[{ list: b.txt }, { list: a.txt }]", 0),
])
def test_diff_tells_who_stays_out(before, after, status, run, tmp_path):
    for name, lists in (("one", before), ("two", after)):
        (tmp_path / f"{name}.yml").write_text(HEAD + (f"exclude: {lists}\n" if lists else ""))
    told = json.loads(run("policy", "diff", tmp_path / "one.yml", tmp_path / "two.yml", "--json", expect=status).stdout)
    assert [(change["subject"], change["direction"]) for change in told["changes"]] == [
        ("people", "weaker" if status else "stricter")]


def test_diff_compares_each_kind_of_contact(run, tmp_path):
    for name, action in (("one", "hash"), ("two", "mask"), ("three", "redact")):
        (tmp_path / f"{name}.yml").write_text(HEAD + f"rules:\n  - {{ kinds: [email], action: hash }}\n  - {{ kinds: [phone], action: {action} }}\n")
    for one, other, direction in (("one", "two", "stricter"), ("two", "three", "stricter"), ("three", "two", "weaker"), ("two", "one", "weaker")):
        told = json.loads(run("policy", "diff", tmp_path / f"{one}.yml", tmp_path / f"{other}.yml", "--json", expect=None).stdout)
        assert {change["direction"] for change in told["changes"] if change["name"] == "channel_identifier"} == {direction}


@pytest.mark.parametrize("given, expected, actual", [
    ("null", "redacted", "null, as it was given"), ("'[REDACTED]'", "redacted", '"[REDACTED]", as it was given'),
    ("FR", "redacted", None), ("FR", "null", None), ("null", "null", None), ("null", "kept", None), ("FR", '"null"', "null"),
    ("null", "removed", "null"), ("null", "{ pseudonym: token }", "null, as it was given"),
])
def test_null_is_not_what_was_redacted(given, expected, actual, run, tmp_path):
    (tmp_path / "p.yml").write_text(HEAD)
    tests = f"tests:\n  - name: a country\n    event: users.messages.email.Open\n    given: {{ country: {given} }}\n    expect: {{ country: {expected} }}\n"
    (tmp_path / "tests.yml").write_text(tests)
    report = json.loads(run("policy", "test", tmp_path / "p.yml", tmp_path / "tests.yml", "--json", expect=3 if actual else 0).stdout)
    assert [failure["actual"] for failure in report["tests"][0]["failures"]] == ([actual] if actual else [])


def test_a_field_is_explained_for_every_event_that_has_it(run, tmp_path):
    (tmp_path / "p.yml").write_text(
        HEAD + "rules:\n  - { events: [users.messages.sms.*], action: drop_event }\n"
        "  - { events: [users.messages.email.*], fields: [country], action: keep, because: a test }\n")
    policy = tmp_path / "p.yml"
    explained = json.loads(run("policy", "explain", policy, "country", "--json").stdout)
    told = {(event, place["destination"]): field["action"] for field in explained["fields"] for event in field["events"]
            for place in field["places"]}
    rows = {(row["event"], row["destination"]): row["action"] for row in matrix(run, policy)["fields"] if row["names"] == ["country"]}
    assert rows and {event for event, _ in rows} == {event for event, _ in told}
    assert all(told[key] == action for key, action in rows.items())
    assert {field["action"] for field in explained["fields"]} == set(rows.values())
    assert "every event that has it" in run("policy", "explain", policy, "country").stdout.decode()
    assert "did you mean" in run("policy", "explain", policy, "users.messages.email.Opem", expect=64).stderr.decode()
