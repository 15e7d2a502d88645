"""Erasures in object stores: the same objects as from a folder, nothing of the person in earlier versions, and what cannot be
taken away is named; whatever the store does, and wherever the run is killed."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import unicodedata
import urllib.parse

import fastavro
import pytest
import reference
import stores
import test_erase_crash

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
ALL = os.environ.get("ERASE_TORTURE") == "1"
PREFIX = "currents/event=a+b/"
MINE = (b"b-new", b"b-old")


@pytest.fixture(scope="module")
def store():
    server = stores.Amazon()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five files; the one event that links the two profiles of the person lies in the first. A sixth has nothing of them."""
    folder = tmp_path_factory.mktemp("archive")
    test_erase_crash.archive(folder)
    other = folder / "c/users.messages.email.Bounce.json"
    other.parent.mkdir()
    other.write_text(test_erase_crash.line(id="other", user_id="b-other", time=1700000000))
    return folder


@pytest.fixture(params=["versions", "no-versions"])
def bucket(request, store):
    """A bucket of the test's own, that keeps what is replaced, or does not."""
    return Bucket(store, request.node.name, request.param == "versions")


@pytest.fixture
def versioned(request, store):
    return Bucket(store, request.node.name, True)


@pytest.fixture
def proxy(store):
    proxy = stores.Proxy(store.port)
    yield proxy
    proxy.stop()


class Bucket:
    def __init__(self, store, name, is_versioned, **more):
        self.store, self.s3, self.is_versioned = store, store.s3, is_versioned
        self.name = ("erase-" + "".join(c for c in name.lower() if c.isalnum()))[:60]
        self.s3.create_bucket(Bucket=self.name, **more)
        if is_versioned:
            self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        self.address = store.address(self.name, PREFIX)

    def fill(self, folder, prefix=PREFIX):
        self.store.upload(folder, self.name, prefix)

    def put(self, name, data, **more):
        return self.s3.put_object(Bucket=self.name, Key=PREFIX + name, Body=data, **more)

    def objects(self, prefix=PREFIX):
        return {name: data for name, data in self.store.objects(self.name, prefix).items() if not name.startswith(".")}

    def versions(self, prefix=PREFIX):
        """Every version of every object, by name and id, but of the lock."""
        found = self.s3.list_object_versions(Bucket=self.name, Prefix=prefix).get("Versions", [])
        return {(entry["Key"].removeprefix(prefix), entry["VersionId"]): self.read(entry) for entry in found if "/." not in entry["Key"]}

    def read(self, entry):
        which = {} if entry["VersionId"] == "null" else {"VersionId": entry["VersionId"]}
        return self.s3.get_object(Bucket=self.name, Key=entry["Key"], **which)["Body"].read()

    def holds_the_person(self, prefix=PREFIX):
        return [name for name, data in self.versions(prefix).items() if any(mine in data for mine in MINE)]


def command(tmp_path, place, *more):
    (tmp_path / "who").write_text("braze_id=b-old\n")
    return ["erase", "--subject-file", tmp_path / "who", place, "--max-share", "1", "--state", tmp_path / "state",
            "--reports", tmp_path / "reports", *more]


def erase(run, store, tmp_path, place, *more, url=None, expect=0):
    done = run(*command(tmp_path, place, *(more or ["--yes"])), "--json", cwd=tmp_path, expect=expect,
               environment=store.environment(url, TMPDIR=str(tmp_path)))
    return json.loads(done.stdout)


def paper(result, number=-1):
    return json.loads(pathlib.Path(result["requests"][number]["receipt"]).read_text())


@pytest.fixture(scope="module")
def whole(run, folder, tmp_path_factory):
    """What is left of the folder."""
    place = tmp_path_factory.mktemp("whole")
    shutil.copytree(folder, place / "archive")
    done = run(*command(place, place / "archive", "--yes"), "--json", cwd=place)
    assert json.loads(done.stdout)["requests"][0]["state"] == "COMPLETE"
    tree = test_erase_crash.Place.tree(None, place / "archive")
    assert not any(mine in data for data in tree.values() for mine in MINE)
    return tree


def codes(document):
    return [(gap["path"], gap["code"]) for gap in document["gaps"]]


def nonempty(tree):
    return {name: data for name, data in tree.items() if data}


# What is done

def test_the_same_is_left_as_of_a_folder(run, store, bucket, folder, whole, tmp_path):
    bucket.fill(folder)
    before = bucket.versions()
    looked = erase(run, store, tmp_path, bucket.address, "--dry-run")
    assert looked["rewritten"] == 5 and bucket.versions() == before
    result = erase(run, store, tmp_path, bucket.address)
    receipt = paper(result)
    assert (receipt["state"], receipt["gaps"], result["blocked"]) == ("COMPLETE", [], [])
    assert bucket.objects() == whole and bucket.holds_the_person() == []
    # One object is what it was, to its version.
    assert [key for key in before if key in bucket.versions()] == [key for key in before if key[0].startswith("c/") or not bucket.is_versioned]
    assert receipt["archives"][0]["path"] == bucket.address.rstrip("/")
    purged = 5 if bucket.is_versioned else 0
    assert receipt["stores"] == [{"archive": 0, "versioning": "enabled" if purged else "off", "versions_purged": purged}]
    assert "object-versions" not in receipt["not_covered"]
    page = (pathlib.Path(result["requests"][0]["receipt"]).parent / "receipt.html").read_text()
    assert ("5 earlier versions" if purged else "keeps no earlier versions") in page
    assert not list((tmp_path / "state/journals").iterdir())
    # Nothing waits on this machine, and the lock is gone.
    assert not [p for p in tmp_path.iterdir() if p.name not in ("who", "state", "reports")]
    assert ".currents-scrub.lock" not in store.objects(bucket.name, PREFIX)
    run("verify", "receipt", result["requests"][0]["receipt"], bucket.address, environment=store.environment())
    again = erase(run, store, tmp_path, bucket.address)
    assert again["requests"][0]["state"] == "NOTHING_FOUND"


def test_what_stands_with_an_object_stays(run, store, bucket, folder, tmp_path):
    name, said = "a/users.messages.email.Open.json", dict(
        ContentType="application/x-ndjson", CacheControl="no-store", ContentLanguage="en", ContentDisposition='attachment; filename="a b"',
        Metadata={"source": "braze  currents", "owner": "data"}, Tagging="team=a%2Bb%20c&kind=raw", ServerSideEncryption="AES256",
        StorageClass="STANDARD_IA")
    bucket.put(name, test_erase_crash.line(id="1", user_id="b-old", time=1) + test_erase_crash.line(id="2", user_id="x", time=1), **said)
    key = {"Bucket": bucket.name, "Key": PREFIX + name}
    before, tags = store.s3.head_object(**key), store.s3.get_object_tagging(**key)["TagSet"]
    assert erase(run, store, tmp_path, bucket.address)["requests"][0]["state"] == "COMPLETE"
    after = store.s3.head_object(**key)
    digest = after["Metadata"].pop("currents-scrub-sha256")
    assert len(digest) == 64
    for member in ("ContentType", "CacheControl", "ContentLanguage", "ContentDisposition", "Metadata", "ServerSideEncryption", "StorageClass"):
        assert after[member] == before[member], member
    assert sorted(map(str, store.s3.get_object_tagging(**key)["TagSet"])) == sorted(map(str, tags))


def test_one_object_and_a_whole_bucket(run, store, versioned, folder, tmp_path):
    versioned.fill(folder)
    versioned.fill(folder, "elsewhere/")
    name = "b1/users.messages.email.Click.json"
    result = erase(run, store, tmp_path, versioned.address + name)
    # What lies beside the object was not asked about.
    assert paper(result)["state"] == "COMPLETE" and [file["path"] for file in paper(result)["rewritten"]] == [name.rpartition("/")[2]]
    result = erase(run, store, tmp_path, f"s3://{versioned.name}")
    assert paper(result)["state"] == "COMPLETE" and versioned.holds_the_person("") == []


def test_plans_name_the_versions_and_are_carried_out(run, store, bucket, folder, tmp_path):
    bucket.fill(folder)
    erase(run, store, tmp_path, bucket.address, "--plan", tmp_path / "plan.json")
    files = json.loads((tmp_path / "plan.json").read_text())["files"]
    assert len(files) == 5 and all(file["identity"]["tag"] for file in files)
    assert all(("version" in file["identity"]) == bucket.is_versioned for file in files)
    victim = files[3]["path"]
    newer = bucket.objects()[victim] + test_erase_crash.line(id="newer", user_id="x", time=1).encode()
    bucket.put(victim, newer)
    result = erase(run, store, tmp_path, bucket.address, "--apply", tmp_path / "plan.json", expect=2)
    assert (victim, "file.changed-while-read") in codes(paper(result)) and bucket.objects()[victim] == newer
    erase(run, store, tmp_path, bucket.address)
    # The newer one was planned for, and what stood in front of it holds the person too.
    assert bucket.holds_the_person() == [] and b'"newer"' in bucket.objects()[victim]


# Who writes meanwhile

def test_a_newer_upload_stays(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    victim = "b1/users.messages.email.Click.json"
    newer = bucket.objects()[victim] + test_erase_crash.line(id="newer", user_id="x", time=1).encode()

    def rule(number, request):
        if request.command == "PUT" and victim in stores.key(request.path) and bucket.objects()[victim] != newer:
            bucket.put(victim, newer)
    proxy.rules = [rule]
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url, expect=2)
    assert bucket.objects()[victim] == newer
    assert paper(result)["state"] == "INCOMPLETE" and (victim, "file.changed-while-read") in codes(paper(result))
    assert erase(run, store, tmp_path, bucket.address)["exit"] == 0
    assert bucket.holds_the_person() == [] and b'"newer"' in bucket.objects()[victim]
    assert not list((tmp_path / "state/journals").iterdir())


def test_two_runs_at_once(run, store, versioned, folder, proxy, whole, tmp_path):
    versioned.fill(folder)
    said = []

    def rule(number, request):
        if request.command == "PUT" and stores.key(request.path).endswith(".json") and not said:
            said.append(None)
            (tmp_path / "second").mkdir()
            said[0] = run(*command(tmp_path / "second", versioned.address, "--yes"), environment=store.environment(), expect=4)
    proxy.rules = [rule]
    erase(run, store, tmp_path, versioned.address, url=proxy.url)
    assert b"[archive.locked]" in said[0].stderr and versioned.objects() == whole


LOCK = json.dumps({"boot": "elsewhere", "namespace": "pid:[1]", "number": 1, "start": "1"})


def scrubbed(run, source, target, tmp_path, **environment):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\naudience: a\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\n"
                                    "rules:\n  - fields: [email_address]\n    action: redact\n")
    run("--policy", tmp_path / "p.yml", source, "-o", target, "--reports", tmp_path / "scrubs", "--state", tmp_path / "state", **environment)


def test_an_output_into_which_a_scrub_writes_is_left_alone(run, store, bucket, folder, tmp_path):
    environment = store.environment(TMPDIR=str(tmp_path))
    scrubbed(run, folder, bucket.address, tmp_path, environment=environment)
    bucket.put("_currents-scrub/lock", LOCK)
    before = bucket.versions()
    shutil.copytree(folder, tmp_path / "archive")
    archive = test_erase_crash.Place.tree(None, tmp_path / "archive")
    both = command(tmp_path, bucket.address, tmp_path / "archive", "--made-with", tmp_path / "p.yml", "--yes")
    done = run(*both, environment=environment, expect=4)
    assert b"[output.locked]" in done.stderr and bucket.versions() == before
    assert test_erase_crash.Place.tree(None, tmp_path / "archive") == archive and not list(tmp_path.rglob("journals/*"))
    store.s3.delete_object(Bucket=bucket.name, Key=PREFIX + "_currents-scrub/lock")
    run(*both, environment=environment)
    assert bucket.holds_the_person() == [] and "_currents-scrub/lock" not in bucket.objects()
    manifest = json.loads(bucket.objects()["_currents-scrub/manifest.json"])
    assert {file["path"]: file["size"] for file in manifest["files"]} == {
        name: len(data) for name, data in bucket.objects().items() if data and not name.startswith("_")}


# What keeps a store from it

def test_a_lock_and_a_legal_hold_keep_an_object(run, store, folder, tmp_path):
    bucket = Bucket(store, "locked", True, ObjectLockEnabledForBucket=True)
    bucket.fill(folder)
    held, kept = "b0/users.messages.email.Open.json", "b2/users.messages.email.Send.json"
    store.s3.put_object_legal_hold(Bucket=bucket.name, Key=PREFIX + held, LegalHold={"Status": "ON"})
    store.s3.put_object_retention(Bucket=bucket.name, Key=PREFIX + kept, Retention={
        "Mode": "GOVERNANCE", "RetainUntilDate": "2099-01-01T00:00:00Z"})
    before = bucket.versions()
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert paper(result)["state"] == "INCOMPLETE"
    assert sorted(codes(paper(result))) == [(held, "store.locked"), (kept, "store.locked")]
    assert sorted(name for name, _ in bucket.holds_the_person()) == [held, kept]
    assert all(bucket.versions()[key] == data for key, data in before.items() if key[0] in (held, kept))


def test_an_earlier_version_that_is_held(run, store, folder, tmp_path):
    bucket = Bucket(store, "held-earlier", True, ObjectLockEnabledForBucket=True)
    name = "a/users.messages.email.Open.json"
    mine = test_erase_crash.line(id="1", user_id="b-old", time=1)
    old = bucket.put(name, mine + mine.replace('"1"', '"0"'))["VersionId"]
    hold = dict(Bucket=bucket.name, Key=PREFIX + name, VersionId=old)
    store.s3.put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    bucket.put(name, mine + test_erase_crash.line(id="2", user_id="x", time=1))
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert codes(paper(result)) == [(name, "store.locked")] and bucket.holds_the_person() == [(name, old)]
    assert paper(result)["stores"][0]["versions_purged"] == 1
    # The journal knows what is left, and the same request ends it.
    store.s3.put_object_legal_hold(**hold, LegalHold={"Status": "OFF"})
    result = erase(run, store, tmp_path, bucket.address)
    assert paper(result)["state"] == "COMPLETE" and bucket.holds_the_person() == []
    assert not list((tmp_path / "state/journals").iterdir())


def test_earlier_versions_of_others_stay_and_removed_objects_are_named(run, store, versioned, tmp_path):
    mine, other = test_erase_crash.line(id="1", user_id="b-old", time=1), test_erase_crash.line(id="2", user_id="x", time=1)
    name, gone, replaced = (f"{letter}/users.messages.email.Open.json" for letter in "agr")
    clean = versioned.put(name, other)["VersionId"]
    for data in (mine + mine.replace('"1"', '"0"'), mine + other):
        versioned.put(name, data)
    removed = versioned.put(gone, mine)["VersionId"]
    store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + gone)
    earlier = versioned.put(replaced, mine)["VersionId"]
    versioned.put(replaced, other)
    result = erase(run, store, tmp_path, versioned.address, expect=2)
    assert (name, clean) in versioned.versions()
    assert sorted(versioned.holds_the_person()) == [(gone, removed), (replaced, earlier)]
    assert codes(paper(result)) == [(gone, "store.earlier-version"), (replaced, "store.earlier-version")]
    assert paper(result)["state"] == "INCOMPLETE" and result["blocked"]


def event(number, who, **more):
    return test_erase_crash.line(id=str(number), user_id=who, time=1, **more)


def test_who_stands_in_earlier_versions_only_is_named(run, store, versioned, tmp_path):
    name = "a/users.messages.email.Open.json"
    earlier = versioned.put(name, event(1, "b-old"))["VersionId"]
    versioned.put(name, event(2, "x"))
    for more in ([], ["--yes"]):
        result = erase(run, store, tmp_path, versioned.address, *(more or ["--dry-run"]), expect=2)
        assert result["requests"][0]["state"] == "INCOMPLETE"
        assert [(gap["file"], gap["code"]) for gap in result["blocked"]] == [(name, "store.earlier-version")]
    assert codes(paper(result)) == [(name, "store.earlier-version")] and versioned.holds_the_person() == [(name, earlier)]
    store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + name, VersionId=earlier)
    assert erase(run, store, tmp_path, versioned.address)["requests"][0]["state"] == "NOTHING_FOUND"


@pytest.mark.parametrize("beside", [None, b""], ids=["nothing", "an-empty-object"])
def test_who_stands_behind_removed_objects_only_is_named(run, store, versioned, tmp_path, beside):
    gone = "a/users.messages.email.Open.json"
    versioned.put(gone, event(1, "b-old"))
    store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + gone)
    if beside is not None:
        versioned.put("empty.json", beside)
    for more in ("--dry-run", "--yes"):
        result = erase(run, store, tmp_path, versioned.address, more, expect=2)
        assert result["requests"][0]["state"] == "INCOMPLETE"
        assert [(gap["file"], gap["code"]) for gap in result["blocked"]] == [(gone, "store.earlier-version")]
    assert codes(paper(result)) == [(gone, "store.earlier-version")]
    done = run(*command(tmp_path, versioned.address + "nothing", "--yes"), environment=store.environment(), expect=1)
    assert b"[input.empty]" in done.stderr


def test_a_run_that_only_looks_looks_behind_objects(run, store, versioned, tmp_path):
    name, gone = "a/users.messages.email.Open.json", "g/users.messages.email.Open.json"
    for data in (event(1, "b-old") + event(0, "b-old"), event(3, "x"), event(1, "b-old") + event(2, "x")):
        versioned.put(name, data)
    versioned.put(gone, event(1, "b-old"))
    store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + gone)
    before = versioned.versions()
    for more in (["--dry-run"], ["--plan", tmp_path / "plan.json"]):
        result = erase(run, store, tmp_path, versioned.address, *more, expect=2)
        assert (result["earlier_versions"], result["rewritten"]) == (1, 1)
        assert [(gap["file"], gap["code"]) for gap in result["blocked"]] == [(gone, "store.earlier-version")]
    done = run(*command(tmp_path, versioned.address, "--dry-run"), cwd=tmp_path, expect=2, environment=store.environment())
    assert b"1 earlier version would be removed for good, and each that is replaced" in done.stdout
    assert versioned.versions() == before
    assert erase(run, store, tmp_path, versioned.address, expect=2)["earlier_versions"] == 2


def test_what_is_ignored_is_not_looked_behind(run, store, versioned, tmp_path):
    ignored = "g/users.messages.email.Open.json"
    versioned.put("a/users.messages.email.Open.json", event(1, "b-old") + event(2, "x"))
    versioned.put(ignored, event(1, "b-old"))
    versioned.put(ignored, event(2, "x"))
    store.s3.create_multipart_upload(Bucket=versioned.name, Key=PREFIX + ignored)
    before = [key for key in versioned.versions() if key[0] == ignored]
    result = erase(run, store, tmp_path, versioned.address, "--yes", "--ignore", "g")
    assert paper(result)["state"] == "COMPLETE"
    assert [key for key in versioned.versions() if key[0] == ignored] == before


def test_names_are_bytes_behind_objects_too(run, store, versioned, tmp_path):
    one, other = (unicodedata.normalize(form, "\u00fc a+b=c %41/users.messages.email.Open.json") for form in ("NFC", "NFD"))
    versioned.put(one, event(1, "b-old") + event(2, "x"))
    versioned.put(one + ".json", event(3, "x"))
    versioned.put(other, event(1, "b-old"))
    versioned.put(other, event(2, "x"))
    no_path = "/users.messages.email.Open.json"
    versioned.put(no_path, event(1, "b-old"))
    store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + no_path)
    result = erase(run, store, tmp_path, versioned.address, expect=2)
    assert versioned.objects()[one] == event(2, "x").encode()
    assert set(codes(paper(result))) == {(other, "store.earlier-version"), (no_path, "store.earlier-version")}
    assert {name for name, _ in versioned.holds_the_person()} == {other, no_path}


def test_removed_objects_whose_keys_are_no_paths_are_named(run, store, versioned, tmp_path):
    versioned.put("users.messages.email.Click.json", event(1, "b-old") + event(2, "x"))
    gone = {key + "users.messages.email.Open.json" for key in ("p/../", "./", "p//", ".hidden/../", "_p/./")}
    for name in gone:
        versioned.put(name, event(3, "b-old"))
        store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + name)
        store.s3.create_multipart_upload(Bucket=versioned.name, Key=PREFIX + name)
    result = erase(run, store, tmp_path, versioned.address, expect=2)
    assert paper(result)["state"] == "INCOMPLETE"
    assert sorted(codes(paper(result))) == sorted(
        (name, code) for name in gone for code in ("store.earlier-version", "store.unfinished-upload"))


def test_more_versions_than_a_page(run, store, versioned, tmp_path):
    name = "a+b =/users.messages.email.Open.json"
    versioned.put(name, event(1, "b-old"))
    for _ in range(1_003):
        versioned.put(name, b"")
    versioned.put(name, event(1, "b-old") + event(2, "x"))
    result = erase(run, store, tmp_path, versioned.address)
    assert paper(result)["stores"][0]["versions_purged"] == 2 and versioned.objects() == {name: event(2, "x").encode()}
    pages = store.s3.get_paginator("list_object_versions").paginate(Bucket=versioned.name, Prefix=PREFIX + name)
    entries = [entry for page in pages for entry in page["Versions"]]
    assert len(entries) == 1_004 and not any(entry["Size"] and not entry["IsLatest"] for entry in entries)


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_what_was_there_before_the_bucket_kept_versions(run, store, request, tmp_path, status):
    bucket = Bucket(store, request.node.name, False)
    name, other = "a/users.messages.email.Open.json", "b/users.messages.email.Open.json"
    bucket.put(name, event(1, "b-old") + event(2, "x"))
    store.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    bucket.put(other, event(1, "b-old") + event(3, "x"))
    store.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": status})
    receipt = paper(erase(run, store, tmp_path, bucket.address))
    assert receipt["state"] == "COMPLETE" and receipt["stores"][0]["versioning"] == status.lower()
    assert bucket.objects() == {name: event(2, "x").encode(), other: event(3, "x").encode()} and bucket.holds_the_person() == []


def test_pseudonyms_that_only_earlier_versions_hold(run, store, versioned, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\naudience: a\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\n"
                                    "rules:\n  - fields: [user_id, external_user_id]\n    action: hash\n")
    name = "a/users.messages.email.Open.json"
    source = tmp_path / "source" / name
    source.parent.mkdir(parents=True)
    for text in (event(1, "b-old", external_user_id="e-1"), event(2, "b-old") + event(3, "x")):
        source.write_text(text)
        run("--policy", tmp_path / "p.yml", tmp_path / "source", "-o", versioned.address, "--reports", tmp_path / "scrubs",
            "--state", tmp_path / "state", environment=store.environment())
    result = erase(run, store, tmp_path, versioned.address, "--made-with", tmp_path / "p.yml", "--yes")
    assert paper(result)["state"] == "COMPLETE" and paper(result)["stores"][0]["versions_purged"] == 2
    assert [key for key in versioned.versions() if key[0] == name] == [(name, store.s3.head_object(
        Bucket=versioned.name, Key=PREFIX + name)["VersionId"])]


def test_earlier_versions_under_a_key_that_is_not_at_hand_are_named(run, store, versioned, tmp_path):
    policy = ("policy: p\nversion: 1\naudience: a\nkey: {{ env: {0}, id: {1} }}\nrules:\n  - fields: [user_id]\n    action: hash\n")
    (tmp_path / "p.yml").write_text(policy.format("CURRENTS_SCRUB_KEY", "k1"))
    (tmp_path / "old.yml").write_text(policy.format("OLD_KEY", "k0"))
    schema = {"type": "record", "name": "Open", "namespace": "com.appboy.event.users.messages.email", "fields": [
        {"name": "id", "type": "string"}, {"name": "user_id", "type": "string"}, {"name": "time", "type": "int"}]}
    packed = io.BytesIO()
    fastavro.writer(packed, schema, [{"id": "1", "user_id": "b-old", "time": 1}, {"id": "2", "user_id": "x", "time": 1}])
    source = tmp_path / "source/users.messages.email.Open.avro"
    source.parent.mkdir()
    source.write_bytes(packed.getvalue())
    for which in ("old.yml", "p.yml"):
        run("--policy", tmp_path / which, source.parent, "-o", versioned.address, "--reports", tmp_path / "scrubs", "--state",
            tmp_path / which.replace(".yml", "-state"), environment=store.environment(OLD_KEY=bytes(range(1, 33)).hex()))
    # The one that was read goes; of the one in front of it nobody can tell.
    result = erase(run, store, tmp_path, versioned.address, "--made-with", tmp_path / "p.yml", "--yes", expect=2)
    assert codes(paper(result)) == [(source.name, "store.earlier-version")]


def test_a_version_that_readers_get_again_is_not_removed(run, store, versioned, proxy, tmp_path):
    name = "a/users.messages.email.Open.json"
    read = versioned.put(name, event(1, "b-old") + event(2, "x"))["VersionId"]

    def take_back(request, forward):
        answer = forward()
        new = store.s3.head_object(Bucket=versioned.name, Key=PREFIX + name)["VersionId"]
        store.s3.delete_object(Bucket=versioned.name, Key=PREFIX + name, VersionId=new)
        request.answer(*answer)
    # Behind the list of its versions, in front of the removal.
    proxy.rules = [stores.first(1, take_back, "GET", r"a/users.*versions=|versions=.*a/users")]
    result = erase(run, store, tmp_path, versioned.address, url=proxy.url, expect=2)
    assert codes(paper(result)) == [(name, "file.changed-while-read")]
    assert list(versioned.versions()) == [(name, read)]


def test_an_upload_of_another_object_is_named(run, store, bucket, folder, tmp_path):
    bucket.fill(folder)
    store.s3.create_multipart_upload(Bucket=bucket.name, Key=PREFIX + "new/users.messages.email.Open.json")
    store.s3.create_multipart_upload(Bucket=bucket.name, Key="elsewhere/users.messages.email.Open.json")
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert codes(paper(result)) == [("new/users.messages.email.Open.json", "store.unfinished-upload")]


def test_a_list_of_uploads_that_breaks_off_is_no_list(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)

    def answer(request, forward):
        request.answer(200, [], b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>")
    proxy.rules = [stores.first(99, answer, "GET", r"[?&]uploads=")]
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url, expect=2)
    assert {code for _, code in codes(paper(result))} == {"store.bad-answer"}


def test_a_store_that_knows_no_conditions_is_refused(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    before = bucket.versions()

    def ignore(request, forward):
        name = stores.key(request.path).partition(bucket.name + "/")[2]
        kept = {"currents-scrub-sha256": request.headers["x-amz-meta-currents-scrub-sha256"]}
        store.s3.put_object(Bucket=bucket.name, Key=name, Body=request.body, Metadata=kept)
        request.answer(200, [], b"")
    proxy.rules = [lambda number, request: ignore if request.command == "PUT" and "if-match" in request.headers else None]
    done = run(*command(tmp_path, bucket.address, "--yes"), cwd=tmp_path, expect=1, environment=store.environment(proxy.url))
    assert b"[store.no-conditions]" in done.stderr and bucket.versions() == before
    assert ".currents-scrub.lock" not in store.objects(bucket.name, PREFIX)


def test_an_upload_that_was_not_ended_is_named(run, store, bucket, folder, tmp_path):
    bucket.fill(folder)
    name = "b0/users.messages.email.Open.json"
    upload = store.s3.create_multipart_upload(Bucket=bucket.name, Key=PREFIX + name)["UploadId"]
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert codes(paper(result)) == [(name, "store.unfinished-upload")] and bucket.holds_the_person() == []
    store.s3.abort_multipart_upload(Bucket=bucket.name, Key=PREFIX + name, UploadId=upload)
    assert paper(erase(run, store, tmp_path, bucket.address))["state"] == "COMPLETE"


@pytest.mark.parametrize("what", ["versions", "DELETE", "tagging"])
def test_what_is_not_allowed_is_named_and_done_when_it_is(run, store, versioned, folder, proxy, whole, tmp_path, what):
    versioned.fill(folder)
    denied = stores.error(403, "AccessDenied")
    rules = {"versions": stores.first(99, denied, "GET", r"versions="), "DELETE": stores.first(99, denied, "DELETE", "versionId="),
             "tagging": stores.first(99, denied, "GET", r"[?&]tagging=")}
    proxy.rules = [rules[what]]
    result = erase(run, store, tmp_path, versioned.address, url=proxy.url, expect=2)
    assert paper(result)["state"] == "INCOMPLETE" and {code for _, code in codes(paper(result))} == {"store.denied"}
    assert ("object-versions" in paper(result)["not_covered"]) == (what == "versions")
    result = erase(run, store, tmp_path, versioned.address)
    assert versioned.objects() == whole and versioned.holds_the_person() == [] and paper(result)["state"] == "COMPLETE"


def test_an_object_in_an_archive_tier_is_named(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    name = "b0/users.messages.email.Open.json"
    proxy.rules = [stores.first(99, stores.error(403, "InvalidObjectState"), "GET", "b0/")]
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url, expect=2)
    assert (name, "store.archived") in codes(paper(result)) and paper(result)["state"] == "INCOMPLETE"


def test_what_cannot_be_written_is_a_failure(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    before = bucket.objects()
    proxy.rules = [stores.first(99, stores.error(403, "AccessDenied"), "PUT", r"\.json")]
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url, expect=1)
    assert {code for _, code in codes(paper(result))} == {"file.unwritable"} and bucket.objects() == before


def test_what_is_read_back_otherwise_is_not_taken_for_written(run, store, versioned, folder, proxy, whole, tmp_path):
    versioned.fill(folder)
    name, written = "b0/users.messages.email.Open.json", []

    def rule(number, request):
        if name not in stores.key(request.path):
            return None
        if request.command == "PUT":
            written.append(number)
        if request.command == "GET" and written and "?" not in request.path:
            def lie(request, forward):
                status, headers, body = forward()
                request.answer(status, headers, body[:-2] + b"x\n")
            return lie
    proxy.rules = [rule]
    result = erase(run, store, tmp_path, versioned.address, url=proxy.url, expect=2)
    assert written and (name, "file.changed-while-read") in codes(paper(result))
    # Behind what was not proved nothing is removed.
    assert name in [found for found, _ in versioned.holds_the_person()]
    assert paper(erase(run, store, tmp_path, versioned.address))["state"] == "COMPLETE"
    assert versioned.objects() == whole and versioned.holds_the_person() == []


def test_other_stores_are_a_usage_error(run, tmp_path):
    done = run(*command(tmp_path, "ftp://archive/x", "--yes"), expect=64)
    assert b"://" in done.stderr
    run(*command(tmp_path, "s3://archive/x", "--yes", "--reports", "s3://archive/r"), expect=64)


def test_a_scrubbed_archive_in_a_store(run, store, versioned, folder, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\naudience: a\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\n"
                                    "rules:\n  - fields: [user_id, orphaned_by_id]\n    action: hash\n")
    environment = store.environment()
    run("--policy", tmp_path / "p.yml", folder, "-o", versioned.address, "--reports", tmp_path / "scrubs", "--state", tmp_path / "state",
        environment=environment)
    before = versioned.objects()
    result = erase(run, store, tmp_path, versioned.address, "--made-with", tmp_path / "p.yml", "--yes")
    assert paper(result)["state"] == "COMPLETE" and paper(result)["files"]["rewritten"] == 5
    after = versioned.objects()
    assert {name for name in before if before[name] != after[name]} == {file["path"] for file in paper(result)["rewritten"]} | {
        "_currents-scrub/manifest.json"}
    run("verify", "scrubbed", "--policy", tmp_path / "p.yml", versioned.address, environment=environment)


def test_large_objects_go_in_one_request(run, store, versioned, proxy, tmp_path):
    lines = [test_erase_crash.line(id=str(n), user_id=f"u{n}", campaign_name="x" * 900, time=1) for n in range(20_000)]
    lines.insert(7, test_erase_crash.line(id="mine", user_id="b-old", time=1))
    versioned.put("users.messages.email.Open.json", "".join(lines))
    erase(run, store, tmp_path, versioned.address, url=proxy.url)
    del lines[7]
    assert versioned.objects() == {"users.messages.email.Open.json": "".join(lines).encode()} and versioned.holds_the_person() == []
    assert not [path for _, path in proxy.log if "uploadId=" in path]


# What stores do, and where runs die

FAULTS = {
    "resets": lambda: [stores.every(3, stores.reset)],
    "lost-answers": lambda: [stores.every(4, stores.lose_the_answer)],
    "half-bodies": lambda: [stores.every(3, stores.half)],
    "busy": lambda: [stores.every(3, stores.error(503, "SlowDown"))],
    "conflicts": lambda: [stores.every(2, stores.error(409, "ConditionalRequestConflict"), "PUT")],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_passes_changes_nothing(run, store, bucket, folder, proxy, whole, tmp_path, fault):
    bucket.fill(folder)
    proxy.rules = FAULTS[fault]()
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url)
    assert paper(result)["state"] == "COMPLETE" and bucket.objects() == whole and bucket.holds_the_person() == []


class Killed:
    """A small archive, erased over and over, each time from the same start."""

    def __init__(self, store, bucket, tmp_path):
        self.store, self.bucket, self.folder = store, bucket, tmp_path
        self.source = tmp_path / "source"
        test_erase_crash.archive(self.source)
        for name in ("b2", "b3"):
            shutil.rmtree(self.source / name)
        self.old = {str(p.relative_to(self.source)): p.read_bytes() for p in self.source.rglob("*.json")}

    def start(self, number):
        """Another prefix, and another state folder."""
        self.prefix, self.place = f"{number}/", self.folder / str(number)
        self.bucket.fill(self.source, self.prefix)
        (self.place / "state").mkdir(parents=True, mode=0o700)
        (self.place / "state").chmod(0o700)
        (self.place / "state/state.key").write_text(bytes(range(1, 33)).hex() + "\n")
        (self.place / "state/state.key").chmod(0o600)

    def run(self, rule=None):
        """Status, what was said, and the requests."""
        proxy, process = stores.Proxy(self.store.port), []
        proxy.rules = [rule(lambda: process[0].pid)] if rule else []
        arguments = command(self.place, self.store.address(self.bucket.name, self.prefix), "--yes", "--jobs", "1", "--quiet")
        process.append(subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={
            "PATH": os.environ["PATH"], "HOME": str(self.place), **self.store.environment(proxy.url, TMPDIR=str(self.place))}))
        _, said = process[0].communicate(timeout=120)
        proxy.stop()
        return process[0].returncode, said.decode(errors="replace"), list(proxy.log)

    def objects(self):
        return {name: data for name, data in self.bucket.store.objects(self.bucket.name, self.prefix).items() if name[0] != "."}

    def receipts(self):
        return [json.loads(path.read_text()) for path in self.place.rglob("receipt.json")]

    def faults_at_once(self):
        now = self.objects()
        for name in self.old:
            if now.get(name) not in (self.old[name], self.whole[name]):
                yield f"{name} is neither the old one nor the new one"
        if any(paper["state"] == "COMPLETE" for paper in self.receipts()) and self.bucket.holds_the_person(self.prefix):
            yield "a receipt says COMPLETE while a version holds the person"
        if [path.name for path in self.place.iterdir() if path.name not in ("state", "reports", "who")]:
            yield "something waits on this machine"

    def faults_after_rerun(self):
        status, said, _ = self.run()
        if status != 0:
            yield f"the rerun ends with {status}: {said}"
        if self.objects() != self.whole:
            yield "the rerun leaves another archive than an undisturbed run"
        if self.bucket.holds_the_person(self.prefix):
            yield f"the rerun leaves {self.bucket.holds_the_person(self.prefix)}"
        journals = self.place / "state/journals"
        if journals.exists() and list(journals.iterdir()):
            yield "the rerun leaves a journal"
        if "COMPLETE" not in [paper["state"] for paper in self.receipts()]:
            yield f"no receipt says that it is complete: {[paper['state'] for paper in self.receipts()]}"


def test_killed_at_any_request_and_run_again(store, bucket, tmp_path, capsys):
    """Killed in front of each request; behind one is in front of the next."""
    killed = Killed(store, bucket, tmp_path)
    killed.start("undisturbed")
    status, said, log = killed.run()
    assert status == 0, said
    killed.whole = killed.objects()
    assert not bucket.holds_the_person(killed.prefix)
    first = next(number for number, (method, path) in enumerate(log, 1) if method == "PUT" and stores.key(path).endswith(".json"))
    # Nothing is changed before the first object is, but for the lock.
    numbers = range(1, len(log) + 1) if ALL else sorted({2, 4, *range(first - 8, len(log) + 1, 3), *range(len(log) - 3, len(log) + 1)})
    wrong, felt = [], 0
    for number in numbers:
        killed.start(number)
        status, said, _ = killed.run(lambda pid: stores.at(number, stores.kill(pid)))
        felt += status == -9
        if status not in (0, -9):
            wrong.append(f"{number}: ended with {status}: {said}")
        at = f"{number} {log[number - 1][0]} {urllib.parse.unquote(log[number - 1][1])[-80:]}"
        wrong += [f"{at}: {fault}" for fault in (*killed.faults_at_once(), *killed.faults_after_rerun())]
    with capsys.disabled():
        print(f"\nerase in a store: killed at {felt} requests of {len(log)}, {len(wrong)} faults", flush=True)
    assert wrong == [] and felt == len(numbers) > 12


def test_what_was_written_back_meanwhile_is_not_taken_for_done(run, store, bucket, tmp_path):
    """Killed with one object written; somebody puts back what it was, and the run is finished later."""
    killed, written = Killed(store, bucket, tmp_path), []
    killed.start("cut")

    def rule(pid):
        def kill_at_the_second(number, request):
            if request.command == "PUT" and request.path.endswith(".json"):
                written.append(stores.key(request.path).partition(killed.prefix)[2])
                return stores.kill(pid) if len(written) == 2 else None
        return kill_at_the_second
    status, _, _ = killed.run(rule)
    assert status == -9 and killed.objects()[written[0]] != killed.old[written[0]]
    store.s3.put_object(Bucket=bucket.name, Key=killed.prefix + written[0], Body=killed.old[written[0]])
    scrubbed(run, killed.source, killed.place / "out", killed.place, environment=store.environment())
    [finished] = killed.receipts()
    assert finished["state"] == "INCOMPLETE" and (written[0], "file.changed-while-read") in codes(finished)
    assert written[0] not in [file["path"] for file in finished["rewritten"]]
    # The same request, asked again, goes on with what is there now.
    status, said, _ = killed.run()
    assert status == 0 and bucket.holds_the_person(killed.prefix) == [], said
    assert not list((killed.place / "state/journals").iterdir())


def test_another_command_goes_on_with_it(run, store, bucket, tmp_path):
    killed = Killed(store, bucket, tmp_path)
    killed.start("cut")
    status, _, _ = killed.run(lambda pid: stores.first(1, stores.kill(pid, after=True), "PUT", r"\.json"))
    assert status == -9 and bucket.holds_the_person(killed.prefix)
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n"
                                    "  - fields: [user_id, orphaned_by_id]\n    action: hash\n")
    scrub = ["--policy", tmp_path / "p.yml", killed.source, "-o", tmp_path / "out", "--reports", tmp_path / "scrubs",
             "--state", killed.place / "state"]
    # Who cannot ask the store leaves all as it is, and writes nothing.
    done = run(*scrub, expect=1, environment={"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_S3": store.url})
    assert b"[store.no-credentials]" in done.stderr and not (tmp_path / "out").exists()
    done = run(*scrub, environment=store.environment())
    assert b"finished an erasure that was cut off" in done.stderr
    assert bucket.holds_the_person(killed.prefix) == [] and not list((killed.place / "state/journals").iterdir())
    assert [paper["state"] for paper in killed.receipts()] == ["COMPLETE"]
