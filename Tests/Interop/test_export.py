"""Access requests: the people of an archive found by a second reader, and nobody else's events disclosed."""

import base64
import csv
import gzip
import hashlib
import json
import random
import shutil
import urllib.parse

import fastavro
import people
import pytest
import yaml

TEXT = ["null", "string"]
FIELDS = {
    "workspace": "app_group_id", "braze_id": "user_id", "external_user_id": "external_user_id",
    "email": "email_address", "phone": "to_phone_number", "line_id": "native_line_id", "whatsapp_id": "bsuid",
    "device_id": "device_id", "ad_id": "ad_id", "agent_request": "request_id", "merged_into": "orphaned_by_id",
    "id": "id", "time": "time",
}
SCHEMA = fastavro.parse_schema({
    "type": "record", "name": "dataexport.S3.inner.users.messages.email.Open",
    "fields": [{"name": name, "type": "long" if name == "time" else TEXT} for name in FIELDS.values()],
})


def write(folder, events, chance):
    """An archive of Avro and of lines, in several files."""
    folder.mkdir()
    parts = [[] for _ in range(4)]
    for event in events:
        parts[chance.randrange(4)].append({FIELDS[kind]: value for kind, value in event.items()})
    for number, part in enumerate(parts):
        if not part:
            continue
        if number < 2:
            codec = ["null", "deflate"][number]
            with open(folder / f"users.messages.email.Open-{number}.avro", "wb") as file:
                fastavro.writer(file, SCHEMA, [{name: event.get(name) for name in FIELDS.values()} for event in part],
                                codec=codec, sync_interval=400)
        else:
            lines = b"".join(json.dumps(event, ensure_ascii=number == 2).encode() + b"\n" for event in part)
            if number == 3:
                lines = lines.replace(b"example", b"\\u0065xample")
            (folder / f"users.messages.email.Open-{number}.json").write_bytes(lines)


@pytest.mark.parametrize("seed", range(20))
def test_generated_identity_graphs(run, tmp_path, seed):
    """50 graphs an archive: everything of the person, nothing of anybody else, and refusals where it is not sure."""
    chance = random.Random(seed)
    events, requests, wanted = [], [], {}
    for number in range(50):
        name = f"g{seed}x{number}"
        profiles, own = people.graph(chance, name, ["ws-a", "ws-b"] if number % 3 else ["ws-a"])
        events += own
        subjects, workspaces = people.subjects_of(chance, profiles)
        request = {"request": name, "subjects": [{"kind": k, "value": v} for k, v in subjects]}
        if workspaces:
            request["workspaces"] = workspaces
        path = tmp_path / f"{name}.yml"
        path.write_text(yaml.safe_dump(request, allow_unicode=True))
        requests += ["--request", path]
        wanted[name] = (subjects, workspaces)
    write(tmp_path / "archive", events, chance)
    done = run("export", *requests, tmp_path / "archive", "-o", tmp_path / "out", "--json", expect=None)
    answers = {answer["request"]: answer for answer in json.loads(done.stdout)["requests"]}
    refused = 0
    for name, (subjects, workspaces) in wanted.items():
        told = people.answer(events, subjects, workspaces)
        answer = answers[name]
        if told[0] == "refused":
            refused += 1
            assert (answer["state"], answer["code"]) == told, (name, subjects)
            assert not (tmp_path / "out" / name).exists()
            continue
        assert answer["state"] == ("found" if told[1] else "nothing"), (name, subjects, answer)
        lines = (tmp_path / "out" / name / "events.ndjson").read_text().splitlines()
        assert sorted(json.loads(line)["event"]["id"] for line in lines) == sorted(told[1]), (name, subjects)
        assert sum(answer["held_back"].values()) == len(told[2]), (name, subjects, answer["held_back"])
    assert done.returncode == (3 if refused else 0)
    tried = run("export", *requests, tmp_path / "archive", "--dry-run", "--json", expect=done.returncode)
    for answer in json.loads(tried.stdout)["requests"]:
        assert answer == {name: value for name, value in answers[answer["request"]].items() if name != "package"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory, run):
    folder = tmp_path_factory.mktemp("export") / "archive"
    run("sample", "--events", 6000, "--users", 300, "-o", folder, "--quiet")
    return folder


@pytest.fixture(scope="module")
def truth(archive):
    return json.loads((archive / "_truth.json").read_text())


def subject(tmp_path, person, *kinds):
    path = tmp_path / "person.txt"
    path.write_text("".join(f"{kind}={person[name]}\n" for kind, name in kinds))
    return path


def lines_of(package):
    return [json.loads(line) for line in (package / "events.ndjson").read_text().splitlines()]


def test_a_person_of_the_sample(run, archive, truth, tmp_path):
    person = next(p for p in truth["people"] if not p["merged_with"] and not p["shares_phone_with"] and len(p["braze_ids"]) == 1
                  and not p["shares_email_with"])
    who = subject(tmp_path, person, ("braze_id", "user_id"))
    run("export", "--subject-file", who, archive, "-o", tmp_path / "out")
    lines = lines_of(tmp_path / "out")
    assert sum(1 + line.get("repeats", 0) for line in lines) >= sum(person["events"].values())
    for line in lines:
        assert line["event"].get("user_id") in (person["user_id"], None)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["scope"]["files_read_in_all_passes"] >= manifest["scope"]["files"] > 1
    for file in manifest["files"]:
        data = (tmp_path / "out" / file["name"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
    profile = json.loads((tmp_path / "out/profile.json").read_text())
    assert {"kind": "external_user_id", "value": person["external_id"]}.items() <= next(
        i for i in profile["identifiers"] if i["kind"] == "external_user_id").items()


def test_a_file_is_read_again_only_for_events_that_were_not_found(run, tmp_path):
    """The id tells the address; only one file has events that the address alone leads to."""
    ours = {"external_user_id": "customer-1", "email_address": "one@example.test"}
    files = {"told": [ours], "found": [ours, ours], "apart": [{"email_address": "one@example.test"}],
             "others": [{"external_user_id": "customer-2", "email_address": "two@example.test"}]}
    (tmp_path / "in").mkdir()
    for name, events in files.items():
        (tmp_path / f"in/{name}.json").write_text("".join(
            json.dumps({"id": f"{name}-{n}", **event, "time": 1700000000 + n}) + "\n" for n, event in enumerate(events)))
    done = run("export", "--subject", "external_user_id=customer-1", tmp_path / "in", "--event-type", "users.messages.email.Open",
               "--dry-run", "--json", "--state", tmp_path / "state")
    result = json.loads(done.stdout)
    assert (result["requests"][0]["events"], result["passes"], result["reread"]) == (4, 2, 1)


def test_the_same_request_and_archive_give_the_same_bytes(run, archive, truth, tmp_path):
    who = subject(tmp_path, truth["people"][4], ("braze_id", "user_id"))
    for name, jobs in (("one", 1), ("two", 2)):
        run("export", "--subject-file", who, archive, "-o", tmp_path / name, "--jobs", jobs)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(tmp_path / "two") for p in (tmp_path / "two").rglob("*") if p.is_file())
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_nothing_found_is_an_answer(run, archive, tmp_path):
    (tmp_path / "who").write_text("email=nobody.at.all@example.test\n")
    done = run("export", "--subject-file", tmp_path / "who", archive, "-o", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["requests"][0]["state"] == "nothing"
    assert lines_of(tmp_path / "out") == []
    assert (tmp_path / "out/index.html").exists()


def test_a_value_under_another_kind_is_refused(run, archive, truth, tmp_path):
    (tmp_path / "who").write_text(f"braze_id={truth['people'][0]['external_id']}\n")
    done = run("export", "--subject-file", tmp_path / "who", archive, "-o", tmp_path / "out", "--json", expect=3)
    answer = json.loads(done.stdout)["requests"][0]
    assert answer["code"] == "person.other-kind"
    assert [choice["kind"] for choice in answer["choices"]] == ["external_user_id"]
    assert not (tmp_path / "out").exists()


def event(**values):
    return {"event_type": "users.messages.email.Open", "app_group_id": "ws", "time": 1767225600, **values}


def archive_of(folder, events, name="users.messages.email.Open.json"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(e) + "\n" for e in events))
    return folder


def test_a_shared_value_is_refused_until_somebody_chooses(run, tmp_path):
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", external_user_id="e1", email_address="both@example.test"),
        event(id="2", user_id="b2", external_user_id="e2", email_address="Both@Example.test"),
        event(id="3", user_id="b1", external_user_id="e1"),
    ])
    (tmp_path / "who").write_text("email=both@example.test\n")
    call = ["export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--json"]
    answer = json.loads(run(*call, expect=3).stdout)["requests"][0]
    assert answer["code"] == "person.shared"
    assert sorted(choice["events"] for choice in answer["choices"]) == [1, 2]
    chosen = next(choice["profile"] for choice in answer["choices"] if choice["events"] == 2)
    answer = json.loads(run(*call, "--include-profile", chosen).stdout)["requests"][0]
    assert (answer["events"], answer["held_back"]) == (2, {"email": 1})
    assert [line["event"]["id"] for line in lines_of(tmp_path / "out")] == ["1", "3"]


def test_an_event_that_names_two_profiles_joins_nobody(run, tmp_path):
    """One of two members of a name is another person's: what it is nobody can tell, and the rest of both stays apart."""
    both = '{"id":"both","user_id":"braze-ann","user_id":"braze-bob","time":1700000000}\n'
    lines = [json.dumps({"id": who, "user_id": f"braze-{who}", "external_user_id": f"customer-{who}", "time": 1700000000}) + "\n"
             for who in ("ann", "bob")]
    (tmp_path / "a").mkdir()
    (tmp_path / "a/users.messages.email.Open.json").write_text(both + "".join(lines))
    (tmp_path / "who").write_text("braze_id=braze-ann\n")
    done = run("export", "--subject-file", tmp_path / "who", tmp_path / "a", "-o", tmp_path / "package", "--json", "--state", tmp_path / "s")
    assert [event["event"]["id"] for event in lines_of(tmp_path / "package")] == ["ann"]
    assert json.loads(done.stdout)["requests"][0]["held_back"] == {"braze_id": 1}


def test_other_people_and_credentials_stay_out(run, tmp_path):
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", external_user_id="e1", email_address="ada@example.test",
              message_body="ask bob@example.test or call +1 202-555-0143, not ada@example.test",
              properties=json.dumps({"friend": "carol@example.test"}), push_token="secret-push-token",
              endpoint_url="https://user:pass@hooks.example.test/in?key=abc", custom="dan@example.test"),
        event(id="2", user_id="b1", orphaned_by_id="profile-nine"), event(id="3", user_id="b1", orphaned_by_id="profile-eight"),
    ])
    (tmp_path / "who").write_text("external_user_id=e1\n")
    run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out")
    everything = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    for value in ("bob@", "555-0143", "carol@", "secret-push-token", "user:pass", "key=abc", "dan@", "profile-nine", "profile-eight"):
        assert value.encode() not in everything, value
    body = lines_of(tmp_path / "out")[0]["event"]["message_body"]
    assert body == "ask [email] or call [phone], not ada@example.test"
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["masked"] == {"others": {"braze_id": 2, "email": 3, "phone": 1}, "credentials": 3}


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("text", [
    "+49\u00a0151\u00a012345678", "电话+4915112345678谢谢", "＋４９１５１１２３４５６７８", "seen at 192.0.2.17 and 2001:db8::17",
    in_base64("bob.other@example.test"), in_base64("x bob.other@example.test"), in_base64("xy +4915112345678"),
    in_base64('{"email":"bob.other@example.test","x":1}'), in_base64(in_base64("bob.other@example.test")),
    "t%3D" + in_base64("{aa}bob.other@example.test").replace("=", "%3D"), "bob.other@example.test".encode().hex(),
])
@pytest.mark.parametrize("field", ["message_body", "properties", "message_extras", "raw_response", "url", "of_nobody"])
def test_other_people_are_masked_however_they_are_written(run, tmp_path, field, text):
    value = text if field in ("message_body", "raw_response", "of_nobody") else json.dumps({"ref": text}, ensure_ascii=False)
    value = "https://x.example.test/p?t=" + urllib.parse.quote(text, safe="") if field == "url" else value
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1", **{field: value})])
    run("export", "--subject", "braze_id=b1", folder, "-o", tmp_path / "out")
    shown = lines_of(tmp_path / "out")[0]["event"][field]
    assert "[" in shown and text not in urllib.parse.unquote(shown)
    assert value[:4] == shown[:4] or shown.startswith("[") or text.startswith(("t%3D", "电话"))
    assert sum(json.loads((tmp_path / "out/manifest.json").read_text())["masked"]["others"].values()) == text.count(" and ") + 1


def test_what_is_the_persons_own_stays_as_it_is_written(run, tmp_path):
    texts = ["call +49\u00a0151\u00a012345678", "from 203.0.113.9", in_base64("ada@example.test"), "version 120.0.0.1"]
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", email_address="ada@example.test", to_phone_number="+4915112345678", ip_address="203.0.113.9"),
        *(event(id=str(number), user_id="b1", message_body=text) for number, text in enumerate(texts[:3], 2)),
        event(id="5", user_id="b1", os_version=texts[3])])
    run("export", "--subject", "braze_id=b1", folder, "-o", tmp_path / "out")
    shown = [line["event"] for line in lines_of(tmp_path / "out")]
    assert {one.get("message_body") or one.get("os_version") for one in shown if one["id"] != "1"} == set(texts)
    assert shown[0]["ip_address"] == "203.0.113.9"


@pytest.mark.parametrize("text,left", [
    ("see cust-000999222.", "see [external_user_id]."), ("id%3Dcust-000999222", "id%3D[external_user_id]"),
    ('{"ref": "66E0DF4D1F6C98DB91000002"}', '{"ref": "[braze_id]"}'), ("line:U0123456789abcdef0123456789abcdef!", "line:[line_id]!"),
    (in_base64("cust-000999222"), "[external_user_id]"), ("order 20260102 of cust-000471100, ab12cd", "order 20260102 of cust-000471100, ab12cd"),
    ("电话cust-000999222谢谢", "电话[external_user_id]谢谢"), ("https://x.example.test/cust-000999222/p", "https://x.example.test/[external_user_id]/p"),
])
@pytest.mark.parametrize("files", [1, 3])
def test_ids_of_others_are_masked_in_texts(run, tmp_path, text, left, files):
    """Whatever file tells them, read again or not; one's own stay."""
    mine = {"user_id": "66e0df4d1f6c98db91000001", "external_user_id": "cust-000471100"}
    other = {"user_id": "66e0df4d1f6c98db91000002", "external_user_id": "cust-000999222"}
    events = [event(id="1", message_body=text, **mine), event(id="2", **other), event(id="3", native_line_id="U0123456789abcdef0123456789abcdef", **other)]
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(files):
        lines = [json.dumps(one) + "\n" for one in events[number::files]]
        (folder / f"users.messages.email.Open-{number}.json").write_text("".join(lines))
    run("export", "--subject", "external_user_id=cust-000471100", folder, "-o", tmp_path / "out")
    assert [line["event"]["message_body"] for line in lines_of(tmp_path / "out")] == [left]
    others = json.loads((tmp_path / "out/manifest.json").read_text())["masked"]["others"]
    assert others == ({} if left == text else {left.split("[")[1].split("]")[0]: 1})


DIGESTS = {name: hashlib.new(form, f"{name}@example.test".encode()).hexdigest()
           for name, form in (("bob", "sha256"), ("cid", "md5"), ("dan", "sha1"), ("nobody", "sha256"), ("ada", "sha256"))}


@pytest.mark.parametrize("text,left", [
    (f"h={DIGESTS['bob']}", "h=[email]"), (f"h={DIGESTS['bob'].upper()}", "h=[email]"), (DIGESTS["cid"], "[phone]"), (DIGESTS["dan"], "[phone]"),
    (DIGESTS["nobody"], DIGESTS["nobody"]), (DIGESTS["ada"], DIGESTS["ada"]),
    ("ab-7", "[external_user_id]"), ("see ab-7", "see ab-7"), ("ab-8", "ab-8"), ("4711", "4711"), ("bobby", "bobby"),
])
def test_digests_and_short_ids_of_others_that_the_archives_hold(run, tmp_path, text, left):
    """Digests wherever they stand, ids of few letters where they are all of a value; one's own stay. Of what a digest is that
    stands where both addresses and numbers do, nobody knows."""
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", external_user_id="ab-8", email_address="ada@example.test", message_body=text),
        event(id="2", user_id="b1", email_address=DIGESTS["ada"]), event(id="3", user_id="b2", email_address=DIGESTS["bob"]),
        event(id="4", user_id="b3", channel_identifier=DIGESTS["cid"], external_user_id="ab-7"),
        event(id="5", user_id="b4", to_phone_number=DIGESTS["dan"], external_user_id="4711"), event(id="6", user_id="b5", external_user_id="bobby")])
    run("export", "--subject", "email=ada@example.test", folder, "-o", tmp_path / "out")
    assert [line["event"]["message_body"] for line in lines_of(tmp_path / "out") if line["event"]["id"] == "1"] == [left]


def test_free_texts_of_every_kind_are_masked(run, tmp_path):
    """The class of a field tells that it is one, whatever kind its values are of."""
    fields = ["name", "button_id", "button_string", "link_alias", "media_id", "template_name", "message_body", "properties"]
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", external_user_id="cust-000471100", **{field: "of cust-000999222 at 192.0.2.17" for field in fields}),
        event(id="2", user_id="b2", external_user_id="cust-000999222")])
    run("export", "--subject", "external_user_id=cust-000471100", folder, "-o", tmp_path / "out")
    shown = lines_of(tmp_path / "out")[0]["event"]
    assert {field: shown[field] for field in fields} == {field: "of [external_user_id] at [ip]" for field in fields}


def test_ids_of_those_who_ask_together_are_masked_in_each_others_texts(run, tmp_path):
    folder = archive_of(tmp_path / "a", [
        event(id=str(number), user_id=f"b{number}", external_user_id=f"cust-00{number}", message_body="cust-001 wrote to cust-002")
        for number in (1, 2)])
    for number in (1, 2):
        (tmp_path / f"r{number}.yml").write_text(f"request: r{number}\nsubjects: [external_user_id=cust-00{number}]\n")
    run("export", "--request", tmp_path / "r1.yml", "--request", tmp_path / "r2.yml", folder, "-o", tmp_path / "out")
    shown = [lines_of(tmp_path / "out" / f"r{number}")[0]["event"]["message_body"] for number in (1, 2)]
    assert shown == ["cust-001 wrote to [external_user_id]", "[external_user_id] wrote to cust-002"]


@pytest.mark.parametrize("value", ["", " ", "\t", "\u00a0\u2003", "\u200b", "\ufeff", "\0", "null", "0", "00000000-0000-0000-0000-000000000000"])
def test_what_names_nobody_is_no_subject(run, tmp_path, value):
    """Be it that a form left a blank of another script where the id should stand."""
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1")])
    (tmp_path / "who").write_text(f"external_user_id={value}\n")
    for command in (["export", "-o", tmp_path / "out"], ["erase", "--yes"]):
        assert b"stands for nobody" in run(*command, "--subject-file", tmp_path / "who", folder, expect=64).stderr


def test_hidden_fields_tell_why(run, tmp_path):
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1", gender="F")])
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\ndefaults: { linking: redact }\n"
        "access: { hide: [{ fields: [gender], because: it was guessed }] }\n")
    (tmp_path / "who").write_text("braze_id=b1\n")
    run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--policy", tmp_path / "p.yml")
    assert lines_of(tmp_path / "out")[0]["event"]["gender"] == "[not disclosed]"
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["hidden_fields"] == [{"field": "gender", "because": "it was guessed", "values": 1}]


def test_what_stands_in_hidden_fields_only_is_told_nowhere(run, tmp_path):
    """An identifier that is named by the request, or shown by another field, is no secret."""
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1", external_user_id="e1", email_address="Ada@example.test", device_id="d-12345678")])
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\ndefaults: { linking: redact }\n"
        "access: { hide: [{ fields: [email_address, device_id, external_user_id], because: it was guessed }] }\n")

    def package(who):
        (tmp_path / "who").write_text(who)
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--policy", tmp_path / "p.yml")
        everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()).lower()
        profile = json.loads((tmp_path / "out/profile.json").read_text())
        return {i["kind"]: i["value"] for i in profile["identifiers"]}, b"ada@example" in everything, b"d-12345678" in everything

    hidden = "[not disclosed]"
    assert package("external_user_id=e1\n") == (
        {"external_user_id": "e1", "braze_id": "b1", "email": hidden, "device_id": hidden}, False, False)
    assert package("email=ada@example.test\n") == (
        {"external_user_id": hidden, "braze_id": "b1", "email": "ada@example.test", "device_id": hidden}, True, False)
    archive_of(folder, [event(id="2", user_id="b1", channel_identifier="ada@example.test")], "more.json")
    assert package("external_user_id=e1\n")[0]["email"] == "Ada@example.test"


@pytest.mark.parametrize("text, shown", [
    ("Authorization: Bearer abc.def-0123456789\nHost: x", "Authorization: [credential]\nHost: x"),
    ('{"headers":{"authorization":"Basic dTpw","host":"x"}}', '{"headers":{"authorization":"[credential]","host":"x"}}'),
    (json.dumps({"h": json.dumps({"Proxy-Authorization": "Digest a=b"})}), json.dumps({"h": '{"Proxy-Authorization": "[credential]"}'})),
    ("sent bearer 0123456789abcdef0123, refused", "sent bearer [credential], refused"), ("authorization=0123456789abcdef0", "authorization=[credential]"),
    ("X-Api-Key: 0123456789abcdef", "X-Api-Key: [credential]"), ("Set-Cookie: session=s1; Path=/\nHost: x", "Set-Cookie: [credential]\nHost: x"),
    ('{"access_token":"s1","client_secret":"s2","host":"x"}', '{"access_token":"[credential]","client_secret":"[credential]","host":"x"}'),
    (json.dumps({"h": '{"Password": "s 1"}'}), json.dumps({"h": '{"Password": "[credential]"}'})),
    ("Your password: choose a long one. No token: none. Cookie: yes", None),
    ("Authorization: pending since Monday; the bearer of this", None), ("authorization", None), ("Authorization: ", None),
])
def test_what_lets_somebody_in_is_not_shown(run, tmp_path, text, shown):
    archive_of(tmp_path / "a", [event(id="1", user_id="b1", raw_response=text)])
    (tmp_path / "who").write_text("braze_id=b1\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "a", "-o", tmp_path / "out")
    assert lines_of(tmp_path / "out")[0]["event"]["raw_response"] == (shown or text)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["masked"]["credentials"] == (shown or "").count("[credential]")


@pytest.mark.parametrize("field, text, shown", [
    ("endpoint_url", "https://hooks.example.test/services/T0/B0/s1", "https://hooks.example.test/[credential]"),
    ("endpoint_url", "https://hooks.example.test?key=s1", "https://hooks.example.test/[credential]"),
    ("endpoint_url", "https://u:s1@hooks.example.test/", "https://[credential]@hooks.example.test/"),
    ("endpoint_url", "hooks.example.test/s1", "[credential]"), ("endpoint_url", "https://hooks.example.test", None),
    ("url_path", "/bot1:s1/send", "[credential]"), ("url_path", "/", None), ("api_key", "s1", "[credential]"), ("theToken", "s1", "[credential]"),
])
def test_addresses_of_webhooks_tell_hosts_only(run, tmp_path, field, text, shown):
    archive_of(tmp_path / "a", [event(id="1", user_id="b1", **{field: text})])
    (tmp_path / "who").write_text("braze_id=b1\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "a", "-o", tmp_path / "out")
    assert lines_of(tmp_path / "out")[0]["event"][field] == (shown or text)
    assert not any(b"s1" in path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()) or not shown


@pytest.mark.parametrize("kind, field, value", [("email", "email_address", "ada@example.test"), ("braze_id", "user_id", "639a35d192b0df004d0651a1"),
                                                ("external_user_id", "external_user_id", "e1")])
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_digest_is_found_beside_a_request_for_the_value_itself(run, tmp_path, kind, field, value, digest, order):
    """Both in one run, each limited to a workspace of its own."""
    archive_of(tmp_path / "in", [event(id=str(n), app_group_id=f"ws{n}", **{field: value}) for n in range(2)])
    (tmp_path / "a.yml").write_text("request: a\nworkspaces: [ws0]\nsubjects: [{%s: %s}]\n" % (kind, value))
    (tmp_path / "b.yml").write_text("request: b\nworkspaces: [ws1]\nsubjects: [{kind: %s, value: %s, format: %s}]\n" % (
        kind, hashlib.new(digest, value.encode()).hexdigest(), digest))
    requests = [part for one in order for part in ("--request", f"{one}.yml")]
    told = json.loads(run("export", *requests, "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path).stdout)
    assert {one["request"]: one["events"] for one in told["requests"]} == {"a": 1, "b": 1}


def test_copies_are_one_entry(run, tmp_path):
    same = event(id="1", user_id="b1", external_user_id="e1", email_address="ada@example.test")
    archive_of(tmp_path / "a", [same, same, same | {"time": 1767225700, "id": "2"}])
    archive_of(tmp_path / "b", [same | {"email_address": "Ada@example.test"}])
    segment = {"type": "track", "event": "Email Opened", "userId": "e1", "anonymousId": "b1", "messageId": "1",
               "timestamp": 1767225600, "context": {"traits": {"email": "ada@example.test"}}, "properties": {"app_group_id": "ws"}}
    archive_of(tmp_path / "c", [segment], "log.json")
    (tmp_path / "who").write_text("braze_id=b1\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "a", tmp_path / "b", tmp_path / "c", "-o", tmp_path / "out")
    lines = lines_of(tmp_path / "out")
    assert [line["event"]["id"] for line in lines] == ["1", "2"]
    assert lines[0]["repeats"] == 1
    copies = [(c["destination"], c["differs"]) for c in lines[0]["copies"]]
    assert copies == [("storage", ["email_address"]), ("segment", ["call_type"])]
    assert [c["event"] for c in lines[0]["copies"]] == [same | {"email_address": "Ada@example.test"}, segment]


def test_what_only_a_copy_holds_is_in_the_package(run, tmp_path):
    """Beside what the entry says, in every file for the person and for programs; what only the entry holds differs in nothing."""
    mine = event(id="1", user_id="b1", external_user_id="e1", campaign_name="left", gender=None)
    more = {"campaign_name": "right", "gender": "F", "user_agent": "Mozilla/5.0"}
    mixpanel = {"event": "Email Open", "properties": {"$insert_id": "1", "distinct_id": "e1", "time": 1767225600, "app_group_id": "ws",
                                                      "device_id": "DEVICE-77"}}
    archive_of(tmp_path / "a", [mine])
    archive_of(tmp_path / "b", [mine | more])
    archive_of(tmp_path / "c", [mixpanel], "log.json")
    run("export", "--subject", "external_user_id=e1", *(tmp_path / name for name in "abc"), "-o", tmp_path / "out")
    line, = lines_of(tmp_path / "out")
    assert line["event"] == mine
    told = [(copy["differs"], copy["event"]) for copy in line["copies"]]
    assert told == [(sorted(more), mine | more), (["device_id"], mixpanel)]
    row, = csv.DictReader((tmp_path / "out/events/users.messages.email.Open.csv").read_text("utf-8-sig").splitlines(True))
    shown = {"campaign_name": "left\nright", "gender": "F", "user_agent": "Mozilla/5.0", "device_id": "DEVICE-77"}
    assert {field: row[field] for field in shown} == shown
    glossary = json.loads((tmp_path / "out/glossary.json").read_text())["fields"]
    assert glossary["campaign_name"]["values"] == 2 and glossary["device_id"]["values"] == 1
    page = (tmp_path / "out/index.html").read_text()
    assert all(value in page for value in ("left", "right", "Mozilla/5.0", "DEVICE-77"))


def test_an_archive_that_says_two_things_of_one_event_has_two(run, tmp_path):
    """Equal ones are counted; a copy elsewhere is one of that which it is most like."""
    mine = event(id="1", user_id="b1", external_user_id="e1")
    two = mine | {"campaign_name": "two"}
    archive_of(tmp_path / "a", [mine, two, mine, two, two])
    archive_of(tmp_path / "b", [two, two | {"campaign_name": "three"}])
    run("export", "--subject", "external_user_id=e1", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    lines = lines_of(tmp_path / "out")
    assert [(line["event"], line["repeats"]) for line in lines] == [(mine, 1), (two, 2)]
    copies = [[(copy["source"]["record"], copy["differs"]) for copy in line.get("copies", [])] for line in lines]
    assert copies == [[(1, ["campaign_name"])], [(0, [])]]


IDS = [
    ["1", "1", "2"], ["1", 1, 1.0], ["\u00e9", "e\u0301", "e"], ["a b", "A b", "a b "], [None, None, ""], ["", ""], [True, True],
    ["x" * 300, "x" * 300], [["1"], ["1"]], [{"string": "7"}, "7"], [0, "0", None],
]


@pytest.mark.parametrize("ids", IDS, ids=range(len(IDS)))
@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "hidden"])
def test_a_dry_run_counts_what_is_exported(run, tmp_path, ids, hidden):
    """The same event twice, in one archive and in two, and ids that are nearly the same."""
    events = [event(id=one, user_id="b1", external_user_id=f"e{number}") for number, one in enumerate(ids)]
    batch = {"events": [{"event_type": "users.messages.email.Open", "id": one, "time": 1767225600 + n, "user": {"user_id": "b1"}}
                        for n, one in enumerate(ids)]}
    segment = [{"type": "track", "event": "Email Opened", "userId": "e1", "anonymousId": "b1", "messageId": one,
                "timestamp": 1767225600} for one in ids]
    archive_of(tmp_path / "a", [*events, *events[:1], event(user_id="b1")])
    escaped = json.dumps(events[0]).replace('"id"', '"\\u0069d"').replace('"1"', '"\\u0031"')
    (tmp_path / "a/escaped.json").write_text(escaped + "\n")
    archive_of(tmp_path / "b", [batch], "http.json")
    archive_of(tmp_path / "c", segment, "log.json")
    text = [{**one, "id": str(one["id"])} for one in events if isinstance(one["id"], (str, int))]
    fields = ["id", "user_id", "external_user_id", "event_type", "app_group_id"]
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [
        *({"name": name, "type": TEXT} for name in fields), {"name": "time", "type": "long"}]}
    with open(tmp_path / "a/users.messages.email.Open.avro", "wb") as file:
        fastavro.writer(file, schema, text)
    (tmp_path / "who").write_text("braze_id=b1\n")
    more = []
    if hidden:
        (tmp_path / "p.yml").write_text("policy: p\nversion: 1\ndefaults: { linking: redact }\n"
                                        "access: { hide: [{ fields: [id], because: nobody needs it }] }\n")
        more = ["--policy", tmp_path / "p.yml"]
    inputs = [tmp_path / name for name in "abc"]
    told = [json.loads(run("export", "--subject-file", tmp_path / "who", *inputs, *more, *where, "--json").stdout)["requests"][0]
            for where in (["-o", tmp_path / "out"], ["--dry-run"])]
    counts = [[answer[name] for name in ("state", "events", "copies", "repeats", "first", "last")] for answer in told]
    assert counts[0] == counts[1]
    assert counts[0][1] > 1


@pytest.mark.parametrize("destination", ["amplitude", "mixpanel", "mparticle", "segment"])
def test_both_user_ids_in_every_destination(run, tmp_path, destination):
    """The same value as Braze id of one person and external id of another."""
    shapes = {
        "amplitude": lambda e, b: {"user_id": e, "event_type": "Email Opened", "insert_id": e, "library": "braze", "time": 1,
                                   "event_properties": {"app_group_id": "ws"}},
        "mixpanel": lambda e, b: {"event": "Email Opens", "properties": {"distinct_id": e, "$insert_id": e, "token": "t0ken"}},
        "mparticle": lambda e, b: {"user_identities": {"customerid": e}, "schema_version": 2, "events": [
            {"event_type": "custom_event", "data": {"source_message_id": e, "event_name": "Email Opens"}}]},
        "segment": lambda e, b: {"type": "track", "event": "Email Opened", "userId": e, "anonymousId": b, "messageId": e},
    }
    folder = archive_of(tmp_path / "a", [shapes[destination]("one", "two"), shapes[destination]("two", "three")], "log.json")
    (tmp_path / "who").write_text("external_user_id=two\n")
    run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out")
    (line,) = lines_of(tmp_path / "out")
    assert line["source"]["record"] == 1 and line["destination"] == destination
    assert "t0ken" not in (tmp_path / "out/events.ndjson").read_text()


def partner_event(destination, number, person, name="Friend Invited", **properties):
    """An event as a partner stores it; of Braze's names or of the customer's own."""
    told = {"time": 1777676985 + number, **properties}
    if destination == "segment":
        return {"type": "track", "messageId": f"m{number}", "event": name, "userId": person, "timestamp": "2026-08-28T10:15:32Z",
                "properties": properties}
    if destination == "mixpanel":
        return {"event": name, "properties": {"distinct_id": person, "$insert_id": f"m{number}", **told}}
    if destination == "amplitude":
        return {"event_type": name, "user_id": person, "insert_id": f"m{number}", "library": "x", "time": told["time"],
                "event_properties": properties}
    return {"schema_version": 2, "device_info": {}, "user_identities": {"customer_id": person}, "events": [
        {"event_type": "custom_event", "data": {"event_name": name, "timestamp_unixtime_ms": told["time"] * 1000,
                                                "custom_attributes": {"n": number, **properties}}}]}


OTHERS_OWN = [("segment", {"user_id": "bob-customer"}), *(
    (destination, {name: value}) for destination in ("segment", "mixpanel", "amplitude", "mparticle")
    for name, value in [("external_user_id", "bob-customer"), ("external_id", "bob-customer"), ("user_id", "team-00077"),
                        ("braze_id", "team-00077")])]


@pytest.mark.parametrize("destination, told", OTHERS_OWN)
def test_ids_in_a_customers_own_events_join_nobody(run, tmp_path, destination, told):
    events = [partner_event(destination, 1, "ada-customer", **told), partner_event(destination, 2, "bob-customer", **told),
              partner_event(destination, 3, "bob-customer", "Other")]
    for who, count in (("ada-customer", 1), ("bob-customer", 2)):
        out = archive_of(tmp_path / f"in-{count}", events, "a.json"), tmp_path / f"out-{count}"
        run("export", "--subject", f"external_user_id={who}", out[0], "-o", out[1])
        assert len(lines_of(out[1])) == count
        done = run("erase", "--subject", f"external_user_id={who}", out[0], "--yes", "--json", "--state", tmp_path / "state",
                   "--reports", tmp_path / "reports")
        answer = json.loads(done.stdout)["requests"][0]
        if who == "ada-customer":
            assert (answer["state"], answer["residual"]["places"]) == ("COMPLETE", [])
            assert [json.loads(line) for line in (out[0] / "a.json").read_text().splitlines()] == events[1:]
        elif told.get("external_user_id", told.get("external_id")):
            # Somebody else's event names the person: what is left of the person is told.
            assert [place["count"] for place in answer["residual"]["places"]] == [1]


def test_a_batch_of_very_many_takes_no_more_time_than_its_bytes(run, tmp_path):
    """What stands around the events of a batch is not gone through, nor given, once for each of them."""
    def batch(name, around, events):
        (tmp_path / name).write_text('{"schema_version":2,"device_info":{},%s,"events":[%s]}\n' % (around, ",".join(events)))
        return tmp_path / name

    identities = ",".join(['"user_id":"x"', '"email":"a@example.test"'] * 50_000)
    empty = batch("empty.json", '"user_identities":{%s}' % identities, ["{}"] * 5_000)
    opened = {"event_type": "custom_event", "data": {"event_name": "Email Opened", "timestamp_unixtime_ms": 1_700_000_000_000}}
    attributes = ",".join(f'"tier-{n}":"gold","email":"a@example.test"' for n in range(20_000))
    full = batch("full.json", '"user_attributes":{%s},"user_identities":{"email":"a@example.test"}' % attributes,
                 [json.dumps(opened)] * 5_000)
    for file in empty, full:
        run("inspect", file, timeout=60)
        run("--policy", "gdpr", file, "-o", tmp_path / f"clean-{file.stem}", "--reports", tmp_path / "r", expect=None, timeout=60)
        out = tmp_path / f"out-{file.stem}"
        run("export", "--subject", "email=a@example.test", file, "-o", out, timeout=120)
        events = lines_of(out)
        assert len(events) == 5_000
        # All that stands around is given once, where it would take too much to repeat it.
        assert [event["source"]["part"] for event in events if len(event["event"]) > 1] == [0]


@pytest.mark.parametrize("around", [True, False])
def test_an_event_of_very_many_people_is_nobodys(run, tmp_path, around):
    """Of the first identities of an event it is somebody's; who stands behind them is told of, and not found."""
    people = ",".join(f'"email":"p{n}@example.test"' for n in range(100_000))
    line = '{"schema_version":2,"device_info":{},"user_identities":{%s},"events":[{"data":{}}]}' % people
    if not around:
        line = json.dumps(event(id="1"))[:-1] + "," + people.replace('"email"', '"email_address"') + "}"
    (tmp_path / "a.json").write_text(line + "\n")
    told = run("export", "--subject", "email=p99999@example.test", tmp_path / "a.json", "-o", tmp_path / "out", expect=2)
    assert b"no known identity" in told.stderr


@pytest.mark.parametrize("steps, code", [(50, 0), (200, 3)])
def test_events_that_lead_on_and_on_are_followed_so_far(run, tmp_path, steps, code):
    """Each Braze id has two external ids, each external id two Braze ids; an address begins."""
    events = [event(id=f"{n}-{m}", user_id=f"6{n:023x}", external_user_id=f"customer-{n + m}")
              for n in range(steps // 2) for m in (0, 1)]
    archive = archive_of(tmp_path / "in", [event(id="first", user_id="6" + "0" * 23, email_address="ada@example.test"), *events])
    ask = ["export", "--subject", "email=ada@example.test", archive, "-o", tmp_path / "out", "--json"]
    answer = json.loads(run(*ask, expect=code).stdout)["requests"][0]
    if not code:
        assert answer["events"] == steps + 1
        return
    assert answer["code"] == "person.endless" and not (tmp_path / "out").exists()
    profile = answer["choices"][0]["profile"]
    assert json.loads(run(*ask, "--include-profile", profile).stdout)["requests"][0]["events"] == steps + 1


def test_of_very_many_to_choose_from_the_first_are_shown(run, tmp_path):
    archive = archive_of(tmp_path / "in", [event(id=str(n), user_id=f"6{n:023x}", email_address="ada@example.test") for n in range(25)])
    told = run("export", "--subject", "email=ada@example.test", archive, "-o", tmp_path / "out", expect=3).stdout.decode()
    assert told.count("    profile ") == 20 and "    and 5 more; --json tells them too\n" in told


def test_a_batch_with_two_lists_of_events(run, tmp_path):
    """A name that stands twice: each list holds events, and of those of others none is shown."""
    def told(number, who):
        return {"event_type": "users.messages.email.Open", "id": f"e{number}", "time": 1767225600,
                "user": {"user_id": f"6{who:023x}", "external_user_id": f"customer-{who}"}, "properties": {"app_group_id": "ws"}}

    first, second = [told(1, 1), told(2, 2)], [told(3, 2), told(4, 1)]
    (tmp_path / "a.json").write_text('{"events":%s,"events":%s}\n' % (json.dumps(first), json.dumps(second)))
    run("export", "--subject", "external_user_id=customer-1", tmp_path / "a.json", "-o", tmp_path / "out")
    assert [event["event"] for event in lines_of(tmp_path / "out")] == [{"events": [first[0]]}, {"events": [second[1]]}]


def everything_in(folder):
    return " ".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


HIDDEN = {
    "in-a-wrapper": '"events":{"array":[%s]}',
    "no-list": '"events":%s',
    "aside": '"more":{"events":[%s]}',
    "aside-in-a-list": '"more":[{"deep":{"ev\\u0065nts":[%s]}}]',
    "beside-groups": '"user":{"external_user_id":"bob-customer"},"properties":{"event":%s}',
    "in-an-event": '"events":[{"id":"2","events":[%s]}]',
}


def hiding(tmp_path, hidden):
    """A body with an event of one customer where events are, and one of another's where nobody reads any."""
    def told(who, more):
        return {"event_type": "users.behaviors.CustomEvent", "id": who, "time": 1767225600, "user": {"external_user_id": who},
                "properties": {"app_group_id": "ws", "name": more}}

    body = '{"events":[%s],%s}\n' % (json.dumps(told("ada-customer", "adas")), HIDDEN[hidden] % json.dumps(told("bob-customer", "bobs-secret")))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text(body + json.dumps({"events": [told("ada-customer", "adas-other")]}) + "\n")
    return body


@pytest.mark.parametrize("who", ["ada-customer", "bob-customer"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_body_that_hides_events_is_told_and_stays(run, tmp_path, hidden, who):
    """They would be shown, and go, with somebody else's, or not be found and nothing told."""
    body = hiding(tmp_path, hidden)
    done = run("export", "--subject", f"external_user_id={who}", "in", "-o", "out", "--state", "state", cwd=tmp_path, expect=2)
    assert b"event.out-of-place" in done.stdout + done.stderr
    assert len(lines_of(tmp_path / "out")) == (who == "ada-customer") and "bobs-secret" not in everything_in(tmp_path / "out")
    run("erase", "--subject", f"external_user_id={who}", "in", "--yes", "--max-share", "1", "--reports", "r", "--state", "state", cwd=tmp_path, expect=2)
    left = (tmp_path / "in/a.json").read_text()
    assert left.startswith(body) and ("adas-other" in left) == (who != "ada-customer")


@pytest.mark.parametrize("aside", ['"more":{"event":[{"name":"events"}]}', '"notes":["the events of May"]', '"events":null', '"user_attributes":{"plan":"gold"}'])
def test_what_else_stands_in_a_body_hides_nothing(run, tmp_path, aside):
    told = {"event_type": "users.behaviors.CustomEvent", "id": "1", "time": 1767225600, "user": {"external_user_id": "ada-customer"}}
    (tmp_path / "a.json").write_text('{"events":[%s],%s}\n' % (json.dumps(told), aside))
    run("export", "--subject", "external_user_id=ada-customer", "a.json", "-o", "out", "--state", "state", cwd=tmp_path)
    assert len(lines_of(tmp_path / "out")) == 1


@pytest.mark.parametrize("both", ['["ada-customer","bob-customer"]', '"ada-customer","external_user_id":"bob-customer"'])
@pytest.mark.parametrize("braze", ["", '"user_id":"639a35d192b0df004d0651a1",'])
def test_an_event_of_two_customers_joins_nobody(run, tmp_path, both, braze):
    """Nobody knows whose it is; what either did is not the other's."""
    (tmp_path / "in").mkdir()
    own = [json.dumps(event(id=str(n), external_user_id=who)) for n, who in enumerate(["ada-customer", "bob-customer"])]
    joint = '{"event_type":"users.messages.email.Open","app_group_id":"ws","time":1767225600,"id":"2",%s"external_user_id":%s}' % (braze, both)
    path = tmp_path / "in/users.messages.email.Open.json"
    path.write_text("\n".join([*own, joint]) + "\n")
    told = json.loads(run("export", "--subject", "external_user_id=ada-customer", "in", "-o", "out", "--state", "state", "--json", cwd=tmp_path).stdout)
    assert sum(told["requests"][0]["held_back"].values()) == 1
    assert [line["event"]["id"] for line in lines_of(tmp_path / "out")] == ["0"]
    run("erase", "--subject", "external_user_id=ada-customer", "in", "--yes", "--max-share", "1", "--reports", "r", "--state", "state", cwd=tmp_path, expect=2)
    assert path.read_text() == "\n".join([own[1], joint]) + "\n"


def test_names_of_members_are_masked_wherever_they_are_shown(run, tmp_path):
    archive = archive_of(tmp_path / "in", [event(
        id="1", external_user_id="ada-customer", notes={"bob@example.test": "called"}, **{"bob@example.test": 1})])
    run("export", "--subject", "external_user_id=ada-customer", archive, "-o", tmp_path / "out", "--state", tmp_path / "state")
    assert "called" in everything_in(tmp_path / "out") and "bob@" not in everything_in(tmp_path / "out")


def test_groups_of_an_event_that_groups_nothing_are_texts(run, tmp_path):
    """`properties` and `user` are groups where nothing else stands at the top, and tell nobody's identity elsewhere."""
    archive = archive_of(tmp_path / "in", [event(
        id="1", external_user_id="ada-customer", properties={"email_address": "bob@example.test"}, user={"phone_number": "+12025550177"})])
    run("export", "--subject", "external_user_id=ada-customer", archive, "-o", tmp_path / "out", "--state", tmp_path / "state")
    assert "bob@" not in everything_in(tmp_path / "out") and "2025550177" not in everything_in(tmp_path / "out")


@pytest.mark.parametrize("properties", [[{"email_address": "bob@example.test"}], {"map": {"email_address": "bob@example.test"}}])
def test_objects_in_lists_and_wrappers_are_texts(run, tmp_path, properties):
    """No search reads identities there, so they may be somebody else's."""
    own = {"event_type": "users.behaviors.CustomEvent", "id": "1", "time": 1767225600, "user": {"external_user_id": "ada-customer"}}
    (tmp_path / "a.json").write_text(json.dumps({"events": [own | {"properties": properties}]}) + "\n")
    run("export", "--subject", "external_user_id=ada-customer", tmp_path / "a.json", "-o", tmp_path / "out", "--state", tmp_path / "state")
    assert len(lines_of(tmp_path / "out")) == 1 and "bob@" not in everything_in(tmp_path / "out")


@pytest.mark.parametrize("kind", [{"type": "enum", "name": "E", "symbols": ["ada"]}, {"type": "fixed", "name": "F", "size": 3},
                                  {"type": "map", "values": "string"}])
def test_identities_of_a_type_that_none_has_are_told(run, tmp_path, kind):
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [
        {"name": "id", "type": "string"}, {"name": "external_user_id", "type": kind}]}
    value = {"enum": "ada", "fixed": b"ada", "map": {"a": "ada"}}[kind["type"]]
    with open(tmp_path / "users.messages.email.Open.avro", "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), [{"id": "1", "external_user_id": value}])
    told = run("export", "--subject", "external_user_id=ada", tmp_path / "users.messages.email.Open.avro", "-o", tmp_path / "out", "--json",
               "--state", tmp_path / "state", expect=2)
    assert json.loads(told.stdout)["nameless"] == 1


def test_a_name_of_an_event_behind_escapes_is_that_name(run, tmp_path):
    text = json.dumps(partner_event("segment", 1, None, "Email Opened") | {"anonymousId": "639a35d192b0df004d0651a1", "userId": "ada-customer"})
    (tmp_path / "a.json").write_text(text.replace("Opened", "Open\\u0065d") + "\n")
    run("export", "--subject", "braze_id=639a35d192b0df004d0651a1", tmp_path / "a.json", "-o", tmp_path / "out", "--state", tmp_path / "state")
    assert len(lines_of(tmp_path / "out")) == 1


def test_a_browser_is_no_person_and_a_braze_id_is_one(run, tmp_path):
    def seen(number, browser, person, name="Product Viewed", **more):
        row = partner_event("segment", number, person, name, **more) | {"anonymousId": browser}
        return row if person else {key: value for key, value in row.items() if key != "userId"}

    events = [seen(1, "cookie-77", "ada-customer"), seen(2, "cookie-77", "bob-customer"), seen(3, "cookie-77", None),
              seen(4, "639a35d192b0df004d0651a1", "ada-customer", "Email Opened"), seen(5, "639a35d192b0df004d0651a1", None),
              seen(6, "639a35d192b0df004d0651a2", "bob-customer", "Email Opened")]
    archive = archive_of(tmp_path / "in", events, "a.json")
    for number, who in enumerate(["external_user_id=ada-customer", "braze_id=639a35d192b0df004d0651a1"]):
        run("export", "--subject", who, archive, "-o", tmp_path / f"out-{number}")
        assert sorted(e["event"]["messageId"] for e in lines_of(tmp_path / f"out-{number}")) == ["m1", "m4", "m5"]
    run("erase", "--subject", "external_user_id=ada-customer", archive, "--yes", "--state", tmp_path / "state", "--reports", tmp_path / "r")
    assert [json.loads(line)["messageId"] for line in (archive / "a.json").read_text().splitlines()] == ["m2", "m3", "m6"]


@pytest.mark.parametrize("one, other", [("user_id", "external_user_id"), ("external_user_id", "user_id")])
@pytest.mark.parametrize("count", [16, 17])
def test_an_id_beside_very_many_others_is_nobodys(run, tmp_path, one, other, count):
    archive = archive_of(tmp_path / "in", [event(id=str(n), **{one: "kiosk-1000", other: f"visitor-{n:04}"}) for n in range(count)])
    kinds = {"user_id": "braze_id", "external_user_id": "external_user_id"}
    run("export", "--subject", f"{kinds[other]}=visitor-0003", archive, "-o", tmp_path / "out")
    assert len(lines_of(tmp_path / "out")) == (1 if count > 16 else 16)
    run("export", "--subject", f"{kinds[one]}=kiosk-1000", archive, "-o", tmp_path / "all", expect=3 if count > 16 else 0)


def test_who_has_a_braze_id_of_their_own_is_not_placed_by_the_external_id(run, tmp_path):
    """Events of the years in which none told its workspace, beside later ones."""
    def old(**values):
        return {name: value for name, value in event(**values).items() if name != "app_group_id"}

    archive = archive_of(tmp_path / "in", [
        event(id="1", external_user_id="x-1000", user_id="639a35d192b0df004d0651a1"),
        old(id="2", external_user_id="x-1000", user_id="639a35d192b0df004d0651a2"), old(id="3", external_user_id="x-1000")])
    for number, limit in enumerate([[], ["--workspace", "ws"]]):
        out = tmp_path / f"out-{number}"
        run("export", "--subject", "external_user_id=x-1000", archive, "-o", out, *limit)
        assert {e["event"]["id"] for e in lines_of(out)} == {"1", "3"}
        assert json.loads((out / "manifest.json").read_text())["scope"]["held_back"]


def test_scrubbed_archives_are_searched_with_the_policy(run, archive, truth, tmp_path):
    policy = tmp_path / "share.yml"
    policy.write_text("""policy: share
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [braze_id, external_user_id]
    action: hash
  - kinds: [email]
    action: hash
    format: email
  - kinds: [phone]
    action: tokenise
    store: vault
""")
    run("--policy", policy, archive, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    person = next(p for p in truth["people"][7:] if p["external_id"])
    who = subject(tmp_path, person, ("external_user_id", "external_id"))
    raw = json.loads(run("export", "--subject-file", who, archive, "-o", tmp_path / "raw", "--json").stdout)
    scrubbed = json.loads(run("export", "--subject-file", who, tmp_path / "clean", "-o", tmp_path / "out", "--json",
                              "--made-with", policy).stdout)
    assert raw["requests"][0]["events"] == scrubbed["requests"][0]["events"] > 5
    both = json.loads(run("export", "--subject-file", who, archive, tmp_path / "clean", "-o", tmp_path / "both", "--json",
                          "--made-with", policy).stdout)
    assert both["requests"][0]["events"] >= raw["requests"][0]["events"]
    without = run("export", "--subject-file", who, tmp_path / "clean", "-o", tmp_path / "none", "--json", expect=2)
    result = json.loads(without.stdout)
    assert result["not_searchable"]["k1"] == result["files"]
    manifest = json.loads((tmp_path / "none/manifest.json").read_text())
    assert manifest["complete"] is False


def test_hundreds_of_requests_at_once(run, tmp_path):
    """Each in its place, however the command line names it; a mistake behind them is told as one."""
    folder = archive_of(tmp_path / "a", [event(id=str(n), user_id=f"b{n}") for n in range(300)])
    named = []
    for number in range(300):
        path = tmp_path / f"r{number}.yml"
        path.write_text(f"request: r{number}\nsubjects: [braze_id=b{number}]\n")
        named += [f"--request={path}"] if number == 7 else ["--request", path]
        if number == 100:
            named += ["--language", "fr", folder]
    result = json.loads(run("export", *named, "--dry-run", "--json").stdout)
    assert {answer["request"]: answer["events"] for answer in result["requests"]} == {f"r{n}": 1 for n in range(300)}
    done = run("export", *named, "--request", "--dry-run", expect=64)
    assert b"missing value for '--request" in done.stderr
    done = run("export", *named, "--dry-run", "--", "--request", "more", expect=None)
    assert done.returncode == 1 and b"--request" in done.stderr


@pytest.mark.parametrize("form", ["md5", "sha1", "sha256"])
def test_opendsr_with_digests(run, tmp_path, form):
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", email_address="Ada@Example.test"), event(id="2", user_id="b2", email_address="bob@example.test"),
        event(id="3", user_id="b1")])
    request = {
        "regulation": "gdpr", "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798", "subject_request_type": "access",
        "submitted_time": "2026-01-31T10:00:00Z", "api_version": "2.0",
        "subject_identities": [{"identity_type": "email", "identity_format": form,
                                "identity_value": hashlib.new(form, b"ada@example.test").hexdigest()}],
    }
    (tmp_path / "r.json").write_text(json.dumps(request))
    result = json.loads(run("export", "--request", tmp_path / "r.json", folder, "-o", tmp_path / "out", "--json").stdout)
    assert (result["requests"][0]["events"], result["requests"][0]["due"]) == (2, "2026-02-28")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("subject,field,spelling", [
    ("phone=+4915112345678", "to_phone_number", "+4915112345678"), ("phone=+4915112345678", "to_phone_number", "4915112345678"),
    ("phone=4915112345678", "to_phone_number", "+4915112345678"), ("phone=004915112345678", "to_phone_number", "+4915112345678"),
    ("phone=+4915112345678", "channel_identifier", "004915112345678"), ("email=Ada@Example.test", "email_address", "Ada@Example.test"),
    ("email=Ada@Example.test", "channel_identifier", "ada@example.test"), ("external_user_id=Cust-1", "external_user_id", "Cust-1"),
])
def test_brazes_digests_of_every_usual_spelling_are_found(run, tmp_path, subject, field, spelling):
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1", **{field: sha256(spelling)}), event(id="2", user_id="b2")])
    answer = json.loads(run("export", "--subject", subject, folder, "-o", tmp_path / "out", "--json").stdout)["requests"][0]
    assert (answer["state"], answer["events"]) == ("found", 1)


def test_a_spelling_that_was_read_leads_to_its_digest(run, tmp_path):
    events = [event(id="1", user_id="b1", email_address="Ada@Example.test"), event(id="2", email_address=sha256("Ada@Example.test"))]
    for number, files in enumerate(([events], [[events[0]], [events[1]]])):
        folder = tmp_path / f"a{number}"
        folder.mkdir()
        for name, part in enumerate(files):
            (folder / f"users.messages.email.Open-{name}.json").write_text("".join(json.dumps(one) + "\n" for one in part))
        run("export", "--subject", "email=ada@example.test", folder, "-o", tmp_path / f"out{number}")
        assert [line["event"]["id"] for line in lines_of(tmp_path / f"out{number}")] == ["1", "2"]


@pytest.mark.parametrize("form", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("kind,spelling,field,value", [
    ("phone", "+4915112345678", "to_phone_number", "0049 151 12345678"), ("phone", "4915112345678", "to_phone_number", "+4915112345678"),
    ("phone", "+49 151 12345678", "to_phone_number", "+49 151 12345678"), ("email", "Ada@Example.test", "email_address", "Ada@Example.test"),
    ("email", "ada@example.test", "channel_identifier", "Ada@Example.test"), ("controller_customer_id", "Cust-1", "external_user_id", "Cust-1"),
])
def test_a_request_with_digests_finds_every_usual_spelling(run, tmp_path, form, kind, spelling, field, value):
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", **{field: value}), event(id="2", user_id="b2", email_address="bob@example.test"), event(id="3", user_id="b1")])
    digest = {"identity_type": kind, "identity_format": form, "identity_value": hashlib.new(form, spelling.encode()).hexdigest()}
    (tmp_path / "r.json").write_text(json.dumps({
        "regulation": "gdpr", "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798", "subject_request_type": "access",
        "submitted_time": "2026-01-31T10:00:00Z", "api_version": "2.0", "subject_identities": [digest]}))
    result = json.loads(run("export", "--request", tmp_path / "r.json", folder, "-o", tmp_path / "out", "--json").stdout)
    assert result["requests"][0]["events"] == 2


def test_opendsr_with_phone_and_braze_id(run, tmp_path):
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1", to_phone_number="+1 (202) 555-0143"), event(id="2", user_id="b2")])
    request = {
        "subject_request_id": "r-1", "subject_request_type": "portability", "regulation": "ccpa",
        "extensions": {"example.test": {"subject_identities": [
            {"identity_type": "phone", "identity_value": "0012025550143", "identity_format": "raw"},
            {"identity_type": "braze_id", "identity_value": "B1", "identity_format": "raw"}]}},
    }
    (tmp_path / "r.json").write_text(json.dumps(request))
    result = json.loads(run("export", "--request", tmp_path / "r.json", folder, "-o", tmp_path / "out", "--json").stdout)
    assert result["requests"][0]["events"] == 1


def opendsr(tmp_path, **members):
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"subject_request_id": "r-1", "subject_request_type": "access", **members}))
    return path


NOBODY = [{"identity_type": "email", "identity_value": "nobody@example.test", "identity_format": "raw"}]
MOBILE = [{"identity_type": "mobile_number", "identity_value": "+12025550143"}]
MOBILE_3 = {"mobile_number": {"value": "+12025550143", "encoding": "raw"}}


@pytest.mark.parametrize("members", [
    {"extensions": {"opendsr.mparticle.com": {"identities": MOBILE, "mpids": [], "skip_waiting_period": True}}},
    {"extensions": {"opendsr.mparticle.com": {"subject_identities": MOBILE}}},
    {"extensions": {"opendsr.mparticle.com": {"subject_identities": MOBILE_3}, "example.test": {"property_id": "1"}}},
    {"subject_identities": NOBODY, "extensions": {"opendsr.mparticle.com": {"identities": MOBILE}}},
    {"subject_identities": {"controller_customer_id": {"value": "ext-1", "encoding": "raw"}}, "api_version": "3.0"},
    {"subject_identities": {"email": {"value": hashlib.sha256(b"ada@example.test").hexdigest(), "encoding": "sha256"}}},
])
def test_opendsr_as_mparticle_writes_it(run, tmp_path, members):
    folder = archive_of(tmp_path / "a", [
        event(id="1", user_id="b1", external_user_id="ext-1", email_address="ada@example.test", to_phone_number="+12025550143"),
        event(id="2", user_id="b2")])
    result = json.loads(run("export", "--request", opendsr(tmp_path, **members), folder, "-o", tmp_path / "out", "--json").stdout)
    assert result["requests"][0]["events"] == 1


@pytest.mark.parametrize("members, named", [
    ({"extensions": {"opendsr.mparticle.com": {"mpids": [1234567890]}}}, "`mpids`"),
    ({"extensions": {"opendsr.mparticle.com": {"subject_identities": {"mpid": {"value": "1234567890"}}}}}, "`subject_identities`, number 1"),
    ({"extensions": {"opendsr.mparticle.com": {"identities": [*MOBILE, {"identity_type": "other1", "identity_value": "1234567890"}]}}},
     "`identities`, number 2"),
    ({"extensions": {"example.test": {"phone": "+1234567890"}}}, "`phone`"), ({"email": "1234567890@example.test"}, "`email`"),
    ({"extensions": {"example.test": {"identities": "+1234567890"}}}, "`identities`"),
    ({"extensions": [{"identities": MOBILE}]}, "`extensions`"), ({"extensions": {"example.test": MOBILE}}, "extension"),
    ({"subject_identities": {"email": "1234567890@example.test"}}, "`subject_identities`, number 1"),
])
def test_opendsr_refuses_who_would_not_be_looked_for(run, tmp_path, members, named):
    archive_of(tmp_path / "a", [event(id="1")])
    request = opendsr(tmp_path, **{"subject_identities": NOBODY, **members})
    said = run("export", "--request", request, tmp_path / "a", "-o", tmp_path / "out", expect=3).stderr.decode()
    assert "E007" in said and named in said and "1234567890" not in said and not (tmp_path / "out").exists()


@pytest.mark.parametrize("text, finding", [
    ("request: r 1\nsubjects: [{ email: a@example.test }]", "E007"),
    ("request: r\nsubjects: [{ user_id: x }]", "says braze_id or external_user_id|braze_id or external_user_id"),
    ("request: r\nsubjects: [{ email: '' }]", "E007"), ("request: r\nsubjects: [{ email: 'null' }]", "E007"),
    ("request: r\nsubjects: [{ ad_id: 00000000-0000-0000-0000-000000000000 }]", "E007"),
    ("request: r\nsubjects: [{ external_user_id: test }]", "E007"), ("request: r\nsubjects: [{ phone: '911' }]", "E007"),
    ("request: r", "E008"), ("request: r\nsubjects: []", "E006"), ("request: r\nsubjects: [{ email: a@example.test }]\nwho: me", "E003"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nreceived: 2026-02-30", "E007"),
    ("request: r\nsubjects: [{ external_user_id: ~ }]", "E007"), ("request: r\nsubjects: [{ kind: email, value: ~ }]", "E007"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nverified: { by: me, on: 2999-01-01, method: m }", "identity is still to come"),
    ("request: r\nsubjects: [{ email: a@example.test }]\napproved: { by: me, on: 2999-01-01 }", "approval is still to come"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nreceived: 2026-01-31\nverified: { by: me, on: 2026-01-30, method: m }", "before the request came in"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nlaw: dsgvo", "E007"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nverified: { by: me }", "E008"),
    ("request: r\nsubjects: [{ email: a@example.test }]\nkind: deletion", "E007"),
    ("request: r\nsubjects: [{ email: a@example.test }]\napproved: { by: me }", "E008"),
    ("request: r\nsubjects: [{ email: a@example.test }]\napproved: { by: me, on: soon }", "E007"),
    ("request: r\nsubjects: [{ email: a@example.test }]\ngrounds: consent", "E006"),
    ("request: r\nsubjects: [{ kind: email, value: a@example.test, format: md5 }]", "E007"),
])
def test_requests_with_mistakes(run, tmp_path, text, finding):
    (tmp_path / "r.yml").write_text(text + "\n")
    archive_of(tmp_path / "a", [event(id="1")])
    said = run("export", "--request", tmp_path / "r.yml", tmp_path / "a", "-o", tmp_path / "out", expect=3).stderr.decode()
    assert any(part in said for part in finding.split("|")), said
    assert "a@example.test" not in said
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_read_makes_it_incomplete(run, tmp_path):
    folder = archive_of(tmp_path / "a", [event(id="1", user_id="b1"), {"what": "ever"}])
    with open(folder / "users.messages.email.Open.json", "a") as file:
        file.write("{broken\n")
    (folder / "table.csv").write_text("a,b\n")
    (folder / "cut.json.gz").write_bytes(gzip.compress(json.dumps(event(id="2", user_id="b1")).encode() * 50)[:-20])
    (tmp_path / "who").write_text("braze_id=b1\n")
    result = json.loads(
        run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--json", expect=2).stdout)
    assert {gap["file"] for gap in result["unreadable"]} == {"cut.json.gz", "users.messages.email.Open.json"}
    assert [gap["file"] for gap in result["unsupported"]] == ["table.csv"]
    assert result["nameless"] == 1
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["complete"] is False and manifest["scope"]["no_known_identity"] == 1


LISTS = {
    "storage.json": event(id="1", email_address=["bob@example.test", "Ada@Example.test"], user_id=None),
    "http.json": {"events": [{"id": "1", "event_type": "users.messages.email.Open", "time": 1767225600, "user": {"user_id": "b1"},
                              "properties": {"app_group_id": "ws", "email_address": [["ada@example.test"]]}}]},
    "segment.json": {"type": "track", "event": "Email Opened", "anonymousId": "b1", "messageId": "1", "timestamp": 1767225600,
                     "context": {"traits": {"email": ["ada\u0040example.test", 7, None]}}, "properties": {"app_group_id": "ws"}},
    "amplitude.json": {"event_type": "Email Open", "user_id": None, "device_id": "d", "$insert_id": "1", "library": "Braze",
                       "event_time": "2026-01-01 00:00:00.000000", "user_properties": {"email": ["ada@example.test"]}},
    "avro.json": {"event_type": {"string": "users.messages.email.Open"}, "id": {"string": "1"}, "time": {"long": 1767225600},
                  "email_address": {"array": [{"string": "ada@example.test"}]}},
}


@pytest.mark.parametrize("name", LISTS)
def test_who_stands_in_a_list_is_found_and_erased(run, tmp_path, name):
    """Escaped, in lists of lists and in wrappers too."""
    folder = archive_of(tmp_path / "a", [LISTS[name]], name)
    (tmp_path / "who").write_text("email=ada@example.test\n")
    answer = json.loads(run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--json").stdout)["requests"][0]
    assert (answer["events"], answer["state"]) == (1, "found")
    done = json.loads(run("erase", "--subject-file", tmp_path / "who", folder, "--yes", "--reports", tmp_path / "r", "--json").stdout)
    assert done["requests"][0]["state"] == "COMPLETE" and "example.test" not in (folder / name).read_text()


@pytest.mark.parametrize("items", ["string", ["null", "string"], ["string", "null"]])
@pytest.mark.parametrize("optional", [False, True])
def test_who_stands_in_a_list_of_avro_is_found_and_erased(run, tmp_path, items, optional):
    array = {"type": "array", "items": items}
    fields = [("id", "string"), ("time", "long"), ("email_address", ["null", array] if optional else array)]
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [{"name": n, "type": t} for n, t in fields]}
    rows = [{"id": "1", "time": 1, "email_address": ["bob@example.test"] + [None] * (items != "string") + ["ada@example.test"]},
            {"id": "2", "time": 1, "email_address": []}, {"id": "3", "time": 1, "email_address": ["cara@example.test"]}]
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.avro"
    with open(path, "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows)
    (tmp_path / "who").write_text("email=ada@example.test\n")
    answer = json.loads(run("export", "--subject-file", tmp_path / "who", "a", "-o", "out", "--json", cwd=tmp_path).stdout)["requests"][0]
    assert (answer["events"], answer["state"]) == (1, "found")
    run("erase", "--subject-file", tmp_path / "who", "a", "--yes", "--reports", "r", cwd=tmp_path)
    with open(path, "rb") as file:
        assert list(fastavro.reader(file)) == rows[1:]


@pytest.mark.parametrize("value", [{"address": "ada@example.test"}, [{"address": "ada@example.test"}]])
def test_an_object_in_place_of_an_identity_tells_nobody(run, tmp_path, value):
    archive_of(tmp_path / "a", [event(id="1", email_address=value)])
    (tmp_path / "who").write_text("email=ada@example.test\n")
    result = json.loads(run("export", "--subject-file", tmp_path / "who", "a", "-o", "out", "--json", cwd=tmp_path, expect=2).stdout)
    assert (result["requests"][0]["events"], result["nameless"]) == (0, 1)


@pytest.mark.parametrize("form", ["json", "avro"])
def test_a_list_of_very_many_is_of_nobody(run, tmp_path, form):
    """It is not read to its end, which is told; with 100,000 nobody waits."""
    many = [f"p{number}@example.test" for number in range(100_000)]
    if form == "json":
        archive_of(tmp_path / "a", [event(id="1", user_id="b1", email_address=many)])
    else:
        (tmp_path / "a").mkdir()
        fields = [("id", "string"), ("user_id", "string"), ("email_address", {"type": "array", "items": "string"})]
        schema = {"type": "record", "name": "users.messages.email.Open", "fields": [{"name": n, "type": t} for n, t in fields]}
        with open(tmp_path / "a/users.messages.email.Open.avro", "wb") as file:
            fastavro.writer(file, fastavro.parse_schema(schema), [{"id": "1", "user_id": "b1", "email_address": many}])
    (tmp_path / "who").write_text("braze_id=b1\n")
    result = json.loads(run("export", "--subject-file", tmp_path / "who", "a", "--dry-run", "--json", cwd=tmp_path, expect=2).stdout)
    assert (result["requests"][0]["events"], result["nameless"]) == (1, 1)


@pytest.mark.parametrize("identities, nameless", [
    ({"other": "e1"}, 1), ({"other2": "e1", "alias": "e1"}, 1), ({}, 1), ({"customer_id": None}, 0), ({"email": "bob@example.test"}, 0)])
@pytest.mark.parametrize("device", [{}, {"ios_idfv": "device-1234"}])
def test_the_id_of_a_device_does_not_tell_who_a_batch_is_of(run, tmp_path, identities, nameless, device):
    """Where an external id was mapped to another type of identity nobody looks for it."""
    batch = {"device_info": device, "user_identities": identities, "schema_version": 2, "events": [
        {"event_type": "custom_event", "data": {"event_name": "Email Opens", "source_message_id": "1", "timestamp_unixtime_ms": 1767225600000}}]}
    folder = archive_of(tmp_path / "a", [batch], "batches.json")
    archive_of(folder, [event(id="2", user_id="b1", external_user_id="e1")])

    def export(subject):
        (tmp_path / "who").write_text(subject)
        result = json.loads(run("export", "--subject-file", tmp_path / "who", folder, "-o", tmp_path / "out", "--json", expect=None).stdout)
        shutil.rmtree(tmp_path / "out")
        return result["requests"][0]["events"], result["nameless"], result["exit"]

    assert export("external_user_id=e1\n") == (1, nameless, 2 if nameless else 0)
    # Whose it is by the device is found.
    if device:
        assert export("device_id=device-1234\n") == (1, 0, 0)


def test_messages_hold_no_values(run, archive, truth, tmp_path):
    person = truth["people"][3]
    who = subject(tmp_path, person, ("external_user_id", "external_id"))
    for more in (["--json"], [], ["--dry-run"]):
        done = run("export", "--subject-file", who, archive, "-o", tmp_path / "out", *more)
        for value in (person["external_id"], person["user_id"], person["email"], person["phone"]):
            assert value.encode() not in done.stdout + done.stderr
    log = b"".join(p.read_bytes() for p in (tmp_path.parent).rglob("evidence/*") if p.is_file())
    assert person["external_id"].encode() not in log


def test_a_folder_that_is_not_ours_stays(run, archive, truth, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    who = subject(tmp_path, truth["people"][3], ("external_user_id", "external_id"))
    said = run("export", "--subject-file", who, archive, "-o", tmp_path / "out", expect=3).stderr.decode()
    assert "output.not-ours" in said
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_only_the_same_requests_package_is_renewed(run, archive, truth, tmp_path):
    out = tmp_path / "out"
    who = subject(tmp_path, truth["people"][3], ("external_user_id", "external_id"))
    told = ("export", "--subject-file", who, archive, "-o", out)
    run(*told)
    package = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (tmp_path / "out.old").mkdir()
    (tmp_path / "out.old/mine.txt").write_text("mine")
    (out / "index.html").write_text("changed")
    run(*told)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == package
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out", "out.old"]

    def is_refused(name, *told):
        said = run(*told, expect=3).stderr.decode()
        assert "output.not-ours" in said and name in said
        assert all(path.read_bytes() == content for path, content in package.items())

    for foreign in ("letter.txt", "events/notes.csv", "scans/id.pdf"):
        (out / foreign).parent.mkdir(exist_ok=True)
        (out / foreign).write_text("")
        is_refused(foreign.split("/")[0], *told)
        assert (out / foreign).is_file()
        (out / foreign).unlink()
    (out / "scans").rmdir()
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial/mine.txt").write_text("mine")
    is_refused("out.partial", *told)
    (tmp_path / "out.partial/mine.txt").unlink()

    is_refused("another request", *told, "--request-id", "DSR-2")
    other = tmp_path / "other"
    other.write_text(f"external_user_id={truth['people'][4]['external_id']}\n")
    is_refused("another request", "export", "--subject-file", other, archive, "-o", out)
    run(*told)


def test_a_package_goes_where_a_link_leads(run, archive, truth, tmp_path):
    who = subject(tmp_path, truth["people"][3], ("external_user_id", "external_id"))
    (tmp_path / "safe").mkdir()
    (tmp_path / "link").symlink_to("safe")
    for _ in range(2):
        run("export", "--subject-file", who, archive, "-o", tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "safe/index.html").is_file()


def test_a_zip_that_is_not_ours_stays(run, archive, truth, tmp_path):
    who = subject(tmp_path, truth["people"][3], ("external_user_id", "external_id"))
    told = ("export", "--subject-file", who, archive, "--zip", "-o", tmp_path / "out")
    named = (*told, "--request-id", "DSR-1")
    run(*named)
    run(*named)
    (tmp_path / "out/DSR-1.zip").write_bytes(b"mine")
    assert "output.not-ours" in run(*named, expect=3).stderr.decode()
    assert (tmp_path / "out/DSR-1.zip").read_bytes() == b"mine"
    # Whose an archive is that has no name of its own, nothing tells.
    run(*told)
    assert "output.not-ours" in run(*told, expect=3).stderr.decode()


def test_a_zip_and_the_sheets(run, archive, truth, tmp_path):
    import pyzipper

    secret = tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o600)
    who = subject(tmp_path, truth["people"][3], ("external_user_id", "external_id"))
    run("export", "--subject-file", who, archive, "-o", tmp_path / "out", "--zip", "--passphrase-file", secret,
        "--request-id", "dsr-1", "--received", "2026-01-31", "--language", "fr")
    with pyzipper.AESZipFile(tmp_path / "out/dsr-1.zip") as package:
        package.setpassword(b"correct horse battery")
        names = package.namelist()
        manifest = json.loads(package.read("manifest.json"))
        sheet = package.read(next(n for n in names if n.endswith(".csv"))).decode("utf-8-sig")
    assert "index.html" in names and manifest["request"]["due"] == "2026-02-28"
    assert next(csv.reader(sheet.splitlines()))[0] == "time"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["dsr-1.zip"]


def share(tmp_path, action, audience="agency", key="{ env: CURRENTS_SCRUB_KEY, id: k1 }"):
    """A policy under which every identity becomes a token of one kind."""
    policy = tmp_path / f"{audience}.yml"
    policy.write_text(f"""policy: {audience}
version: 1
audience: {audience}
key: {key}
rules:
  - kinds: [braze_id, external_user_id, email, phone, device_id]
    {action}
""")
    return policy


SPELLINGS = [
    dict(id="1", user_id="B-1", external_user_id="e1", email_address="Ada@Example.test"),
    dict(id="2", user_id="b-1", to_phone_number="+1 (202) 555-0143"),
    dict(id="3", email_address="ADA@EXAMPLE.TEST "),
    dict(id="4", channel="email", channel_identifier="aDa@example.test"),
    dict(id="5", channel="sms", channel_identifier="0012025550143"),
    dict(id="6", user_id="b-2", external_user_id="E1", email_address="bob@example.test"),
    dict(id="7", user_id="b-2", to_phone_number="+12025550144"),
]


@pytest.mark.parametrize("store", ["vault", "sealed"])
@pytest.mark.parametrize("who", ["email=ada@EXAMPLE.test", "braze_id=b-1", "external_user_id=e1", "phone=+12025550143"])
def test_a_person_is_found_by_tokens_alone(run, tmp_path, store, who):
    """The raw archive is not given, and no token is made of the spelling of the request."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    policy = share(tmp_path, f"action: tokenise\n    store: {store}")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    text = (tmp_path / "clean/users.messages.email.Open.json").read_text()
    assert "example.test" not in text.lower() and "555" not in text
    (tmp_path / "who").write_text(who + "\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "clean", "-o", tmp_path / "out", "--made-with", policy)
    lines = lines_of(tmp_path / "out")
    assert sorted(line["source"]["record"] + 1 for line in lines) == [1, 2, 3, 4, 5]
    assert "[someone else]" not in json.dumps(lines)


def in_form(raw, form):
    """An archive of lines, or one event in Avro in its place."""
    if form == "lines":
        return
    (raw / "users.messages.email.Open.json").unlink()
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [{"name": "external_user_id", "type": "string"}]}
    with (raw / "a.avro").open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), [{"external_user_id": "e1"}])


@pytest.mark.parametrize("form", ["lines", "avro"])
def test_another_audience_of_the_same_key_cannot_be_searched(run, tmp_path, form):
    """Manifest and metadata tell under which policy the tokens were made; under another nobody would be found."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    in_form(raw, form)
    made = {audience: share(tmp_path, "action: hash", audience) for audience in ("agency", "partner")}
    run("--policy", made["agency"], raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    for audience, status in (("agency", 0), ("partner", 2)):
        answer = run("export", "--subject", "external_user_id=e1", tmp_path / "clean", "--made-with", made[audience], "--dry-run", "--json",
                     "--state", tmp_path / "state", expect=status)
        told = json.loads(answer.stdout)
        assert (told["requests"][0]["events"] > 0) == (status == 0) and told["not_searchable"] == ({"k1": 1} if status else {})


EDITS = {
    "another format": ("action: hash", "action: hash\n    format: hex"),
    "another length": ("action: hash", "action: hash\n    bits: 96"),
    "another domain": ("action: hash", "action: hash\n    domain: joined"),
    "another normaliser": ("action: hash", "action: hash\n    normalise: phone"),
    "tokens": ("action: hash", "action: tokenise\n    store: vault"),
    "other kinds": ("external_user_id, ", ""),
    "another audience": ("audience: agency", "audience: partner"),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("form", ["lines", "avro"])
def test_a_policy_that_was_edited_since_cannot_search(run, tmp_path, form, edit):
    """Its name is as it was, but not what it makes of identities; with the one that made the archive it can."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    in_form(raw, form)
    policy, edited = share(tmp_path, "action: hash"), tmp_path / "edited.yml"
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    edited.write_text(policy.read_text().replace(*EDITS[edit]))
    assert edited.read_text() != policy.read_text()

    def ask(*made, expect):
        options = [option for one in made for option in ("--made-with", one)]
        return json.loads(run("export", "--subject", "external_user_id=e1", tmp_path / "clean", *options, "--dry-run", "--json",
                              "--state", tmp_path / "state", expect=expect).stdout)

    found = ask(policy, expect=0)["requests"][0]["events"]
    told = ask(edited, expect=2)
    assert told["requests"][0]["events"] == 0 < found and told["not_searchable"] == {"k1": 1}
    assert ask(edited, policy, expect=0)["requests"][0]["events"] == found
    erased = run("erase", "--subject", "external_user_id=e1", tmp_path / "clean", "--made-with", edited, "--yes", "--json",
                 "--reports", tmp_path / "r", "--state", tmp_path / "state", expect=2)
    assert json.loads(erased.stdout)["requests"][0]["state"] == "INCOMPLETE"


def test_a_policy_that_was_edited_elsewhere_still_searches(run, tmp_path):
    """What becomes of texts and places is nothing to a search, nor is a kind that has pseudonyms only since; and a manifest of
    before the mark is believed."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    policy, edited = share(tmp_path, "action: hash"), tmp_path / "edited.yml"
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    ask = ["export", "--subject", "external_user_id=e1", tmp_path / "clean", "--dry-run", "--state", tmp_path / "state", "--made-with", edited]
    edited.write_text(policy.read_text().replace("device_id]", "device_id, ad_id]")
                      + "  - fields: [country]\n    action: keep\n    because: coarse enough\n")
    run(*ask)
    edited.write_text(policy.read_text().replace("action: hash", "action: hash\n    format: hex"))
    run(*ask, expect=2)
    manifest = tmp_path / "clean/_currents-scrub/manifest.json"
    told = json.loads(manifest.read_text())
    for file in told["files"]:
        del file["identities"]
    manifest.write_text(json.dumps(told))
    run(*ask)


@pytest.mark.parametrize("action", ["action: hash", "action: tokenise\n    store: vault", "action: tokenise\n    store: sealed"],
                         ids=["hash", "vault", "sealed"])
def test_tokens_without_their_manifest_cannot_be_searched(run, tmp_path, action):
    """Their form tells the id of the key; with a key of that id they are searched, and what is in clear always is."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    policy = share(tmp_path, action)
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "a.json").write_bytes((tmp_path / "clean/users.messages.email.Open.json").read_bytes())
    ask = ["export", "--subject", "external_user_id=e1", "--dry-run", "--json", "--state", tmp_path / "state"]
    told = json.loads(run(*ask, bare, raw, expect=2).stdout)
    assert told["not_searchable"] == {"k1": 1} and told["requests"][0]["events"] > 0
    assert json.loads(run(*ask, bare, "--made-with", policy).stdout)["requests"][0]["events"] > 0
    assert json.loads(run(*ask, raw).stdout)["not_searchable"] == {}


def test_a_digest_is_found_in_sealed_tokens(run, tmp_path):
    """The digest of an address finds it in every spelling, and where Braze put the digest in its place."""
    digest = hashlib.sha256(b"ada@example.test").hexdigest()
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS] + [event(id="8", channel_identifier=digest)])
    policy = share(tmp_path, "action: tokenise\n    store: sealed")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    (tmp_path / "r.yml").write_text(f"request: r\nsubjects: [{{ kind: email, value: {digest}, format: sha256 }}]\n")
    # A digest is no address and no number, so it is not sealed but redacted.
    for archive, made, events in ((raw, [], [1, 2, 3, 4, 5, 8]), (tmp_path / "clean", ["--made-with", policy], [1, 2, 3, 4, 5])):
        run("export", "--request", tmp_path / "r.yml", archive, "-o", tmp_path / f"out-{len(made)}", *made)
        lines = lines_of(tmp_path / f"out-{len(made)}")
        assert sorted(line["source"]["record"] + 1 for line in lines) == events


def test_sealed_tokens_in_every_form_of_file(run, tmp_path):
    """Avro and lines, also where escapes hide the token; a token that was tampered with is a text like any other."""
    raw = tmp_path / "raw"
    events = [event(**values) | {"user_id": values.get("user_id")} for values in SPELLINGS[:3]]
    write(raw, [{kind: e.get(name) for kind, name in FIELDS.items()} for e in events for _ in range(8)], random.Random(1))
    policy = share(tmp_path, "action: tokenise\n    store: sealed")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    lines = tmp_path / "clean/users.messages.email.Open-2.json"
    text = lines.read_text()
    lines.write_text(text.replace('"k1-s1-', '"\\u006b1\\u002ds1-'))
    (tmp_path / "who").write_text("email=ada@example.test\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "clean", "-o", tmp_path / "out", "--made-with", policy)
    assert sum(1 + line.get("repeats", 0) for line in lines_of(tmp_path / "out")) == 24
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / lines.name).write_text("".join(
        line.replace("k1-s1-a", "k1-s1-b") if "k1-s1-a" in line else line.replace("k1-s1-", "k1-s1-a")
        for line in text.splitlines(keepends=True)))
    answer = run("export", "--subject-file", tmp_path / "who", broken, "-o", tmp_path / "none", "--made-with", policy, "--json")
    assert json.loads(answer.stdout)["requests"][0]["state"] == "nothing"


def test_sealed_words_for_nobody_join_nobody(run, tmp_path):
    raw = archive_of(tmp_path / "raw", [
        event(id="1", user_id="b1", external_user_id="guest", email_address="ada@example.test"),
        event(id="2", user_id="b2", external_user_id="guest", email_address="bob@example.test")])
    policy = share(tmp_path, "action: tokenise\n    store: sealed")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    (tmp_path / "who").write_text("email=ada@example.test\n")
    run("export", "--subject-file", tmp_path / "who", tmp_path / "clean", "-o", tmp_path / "out", "--made-with", policy)
    assert [line["source"]["record"] for line in lines_of(tmp_path / "out")] == [0]


def test_tokens_of_two_audiences_and_of_retired_keys(run, tmp_path):
    """Keys of one id for two audiences, and a keyring whose active key made none of the tokens."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    ring = tmp_path / "ring"
    run("keys", "new", "--keyring", ring, "--quiet")
    one = share(tmp_path, "action: tokenise\n    store: sealed", "one", f"{{ keyring: {ring} }}")
    two = share(tmp_path, "action: tokenise\n    store: sealed", "two", f"{{ keyring: {ring} }}")
    for policy in (one, two):
        run("--policy", policy, raw, "-o", tmp_path / f"clean-{policy.stem}", "--reports", tmp_path / "r")
    run("keys", "rotate", "--keyring", ring, "--quiet")
    (tmp_path / "who").write_text("email=ada@example.test\n")
    both = [tmp_path / "clean-one", tmp_path / "clean-two"]
    for name, made, expected in (("a", [one, two], 10), ("b", [one], 5)):
        options = [option for policy in made for option in ("--made-with", policy)]
        done = run("export", "--subject-file", tmp_path / "who", *both, "-o", tmp_path / name, *options, "--json",
                   expect=None)
        lines = lines_of(tmp_path / name)
        assert sum(1 + line.get("repeats", 0) + len(line.get("copies", [])) for line in lines) == expected, done.stdout


@pytest.mark.parametrize("action", ["action: hash", "action: tokenise\n    store: vault", "action: tokenise\n    store: sealed"],
                         ids=["hash", "vault", "sealed"])
def test_a_device_and_its_pseudonym_are_one(run, tmp_path, action):
    """No search looks for devices; beside the raw archive their pseudonyms are told as what they stand for all the same."""
    raw = archive_of(tmp_path / "raw", [event(id=id, user_id="b-1", external_user_id="e1", device_id="D-1") for id in "12"])
    policy = share(tmp_path, action)
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r", "--state", tmp_path / "state")
    run("export", "--subject", "external_user_id=e1", raw, tmp_path / "clean", "-o", tmp_path / "out", "--made-with", policy,
        "--state", tmp_path / "state")
    told = json.loads((tmp_path / "out/profile.json").read_text())["identifiers"]
    assert [(one["value"], one["events"]) for one in told if one["kind"] == "device_id"] == [("D-1", 4)]


@pytest.mark.parametrize("form", ["bits: 96", "format: hex", "format: uuid", "format: email", "bits: 256"])
def test_pseudonyms_of_every_form_are_found_in_every_field(run, tmp_path, form):
    """Also where addresses and numbers stand in one field, and a pseudonym does not show of which it is."""
    raw = archive_of(tmp_path / "raw", [event(**values) for values in SPELLINGS])
    policy = share(tmp_path, f"action: hash\n    {form}")
    if form == "format: email":
        policy.write_text(policy.read_text().replace("braze_id, external_user_id, email, phone, device_id", "email")
                          + "  - kinds: [braze_id, external_user_id, phone]\n    action: hash\n")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    for who in ("email=ada@EXAMPLE.test", "braze_id=b-1", "phone=+12025550143"):
        (tmp_path / "who").write_text(who + "\n")
        run("export", "--subject-file", tmp_path / "who", tmp_path / "clean", "-o", tmp_path / who.split("=")[0], "--made-with", policy)
        assert sorted(line["source"]["record"] + 1 for line in lines_of(tmp_path / who.split("=")[0])) == [1, 2, 3, 4, 5], who


@pytest.mark.parametrize("store", ["hash", "tokenise\n    store: vault", "tokenise\n    store: sealed"], ids=["hash", "vault", "sealed"])
def test_a_profile_is_included_by_its_braze_id_where_that_became_a_pseudonym(run, tmp_path, store):
    raw = archive_of(tmp_path / "raw", [
        event(id="1", user_id="B-1", external_user_id="e1", email_address="ada@example.test"),
        event(id="2", user_id="b-2", external_user_id="e2", email_address="ada@example.test"),
        event(id="3", user_id="b-3", external_user_id="e3", email_address="bob@example.test")])
    policy = share(tmp_path, f"action: {store}")
    run("--policy", policy, raw, "-o", tmp_path / "clean", "--reports", tmp_path / "r")
    for archive in (raw, tmp_path / "clean"):
        ask = ["export", "--subject", "email=ada@example.test", archive, "--made-with", policy, "--dry-run", "--json"]
        for profile, events, status in ((None, 0, 3), ("B-1", 1, 0), ("b-2", 1, 0), ("b-3", 0, 3)):
            done = run(*ask, *(["--include-profile", profile] if profile else []), expect=status)
            assert json.loads(done.stdout)["requests"][0]["events"] == events, (archive, profile)
