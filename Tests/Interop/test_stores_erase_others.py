"""Erasures in the stores of Google and Azure, against servers of our own making from what they document."""

import pytest
import stores
import test_stores_erase as erasing
from test_stores_erase import codes, command, erase, event, folder, paper, whole

PREFIX = erasing.PREFIX


class Bucket:
    """As that of Amazon's, of a server of its own."""

    def __init__(self, store, is_versioned):
        self.store, self.is_versioned, self.name = store, is_versioned, "archive"
        store.is_versioned = is_versioned
        self.address = store.address(self.name, PREFIX)

    def fill(self, folder, prefix=PREFIX):
        self.store.upload(folder, self.name, prefix)

    def put(self, name, data, **headers):
        self.store.put(self.name, PREFIX + name, data.encode() if isinstance(data, str) else data, **headers)

    def remove(self, name):
        self.store.remove(self.name, PREFIX + name)

    def headers(self, name):
        return self.store.data[f"{self.name}/{PREFIX}{name}"][3]

    def objects(self, prefix=PREFIX):
        return {name: data for name, data in self.store.objects(self.name, prefix).items() if not name.startswith(".")}

    def holds_the_person(self, prefix=PREFIX):
        found = [(name, entry[0]) for name, _, entry, _ in self.store.all_versions(self.name, prefix)]
        found += [(name, entry[0]) for name, held in getattr(self.store, "snapshots", {}).items() for _, entry in held]
        return sorted(name for name, data in found if any(mine in data for mine in erasing.MINE))


@pytest.fixture(params=[stores.Google, stores.Azure], ids=["gs", "az"])
def store(request):
    server = request.param()
    yield server
    server.stop()


@pytest.fixture(params=["versions", "no-versions"])
def bucket(request, store):
    return Bucket(store, request.param == "versions")


@pytest.fixture
def versioned(store):
    return Bucket(store, True)


@pytest.fixture
def proxy(store):
    proxy = stores.Proxy(store.port)
    yield proxy
    proxy.stop()


NAME = "a b/users.messages.email.Open.json"
MIXED = event(1, "b-old") + event(2, "x")


def test_the_same_is_left_as_of_a_folder(run, store, bucket, folder, whole, tmp_path):
    bucket.fill(folder)
    before = store.versions(bucket.name)
    assert erase(run, store, tmp_path, bucket.address, "--dry-run")["rewritten"] == 5 and store.versions(bucket.name) == before
    result = erase(run, store, tmp_path, bucket.address)
    receipt = paper(result)
    assert (receipt["state"], receipt["gaps"], result["blocked"]) == ("COMPLETE", [], [])
    assert bucket.objects() == whole and bucket.holds_the_person() == []
    other = "archive/" + PREFIX + "c/users.messages.email.Bounce.json"
    assert store.versions(bucket.name)[other] == before[other]
    versioning = "unknown" if store.scheme == "az" else "enabled" if bucket.is_versioned else "off"
    purged = 5 if bucket.is_versioned else 0
    assert receipt["stores"] == [{"archive": 0, "versioning": versioning, "versions_purged": purged}]
    # What is removed there may be kept for some days in places that no list tells of.
    assert "object-versions" in receipt["not_covered"]
    assert ".currents-scrub.lock" not in store.objects(bucket.name, PREFIX)
    run("verify", "receipt", result["requests"][0]["receipt"], bucket.address, environment=store.environment())
    assert erase(run, store, tmp_path, bucket.address)["requests"][0]["state"] == "NOTHING_FOUND"


SAID = {
    "gs": {"content_type": "application/x-ndjson", "cache_control": "no-store", "content_language": "en",
           "content_disposition": 'attachment; filename="a b"', "x_goog_meta_owner": "data  team", "x_goog_storage_class": "NEARLINE",
           "x_goog_custom_time": "2026-01-01T00:00:00Z",
           "x_goog_encryption_kms_key_name": "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"},
    "az": {"content_type": "application/x-ndjson", "cache_control": "no-store", "content_language": "en",
           "content_disposition": 'attachment; filename="a b"', "x_ms_meta_owner": "data  team", "x_ms_access_tier": "Cool",
           "x_ms_tags": "team=a%2Bb%20c&kind=raw", "x_ms_encryption_scope": "scope"},
}


def test_what_stands_with_an_object_stays(run, store, bucket, tmp_path):
    bucket.put(NAME, MIXED, **SAID[store.scheme])
    before = bucket.headers(NAME)
    assert erase(run, store, tmp_path, bucket.address)["requests"][0]["state"] == "COMPLETE"
    after = dict(bucket.headers(NAME))
    assert len(after.pop("x-ms-meta-currents_scrub_sha256" if store.scheme == "az" else "x-goog-meta-currents-scrub-sha256")) == 64
    assert after == before


def test_large_objects(run, store, versioned, tmp_path):
    lines = [event(n, f"u{n}", campaign_name="x" * 900) for n in range(20_000)]
    versioned.put(NAME, "".join([event("mine", "b-old"), *lines]))
    assert erase(run, store, tmp_path, versioned.address)["requests"][0]["state"] == "COMPLETE"
    assert versioned.objects() == {NAME: "".join(lines).encode()} and versioned.holds_the_person() == []


def test_a_newer_upload_stays(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    victim = "b1/users.messages.email.Click.json"
    newer = bucket.objects()[victim] + event("newer", "x").encode()

    def rule(number, request):
        if request.command == "PUT" and victim in stores.key(request.path) and bucket.objects()[victim] != newer:
            bucket.put(victim, newer)
    proxy.rules = [rule]
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url, expect=2)
    assert bucket.objects()[victim] == newer and (victim, "file.changed-while-read") in codes(paper(result))
    assert erase(run, store, tmp_path, bucket.address)["exit"] == 0
    assert bucket.holds_the_person() == [] and b'"newer"' in bucket.objects()[victim]


def test_earlier_versions_page_by_page(run, store, versioned, tmp_path):
    gone, replaced = "g/users.messages.email.Open.json", "r/users.messages.email.Open.json"
    for data in (event(0, "x"), event(1, "b-old") + event(0, "b-old"), event(2, "y"), event(3, "b-new"), MIXED):
        versioned.put(NAME, data)
    clean = [entry[1] for name, _, entry, _ in store.all_versions(versioned.name, PREFIX) if not b"b-old" in entry[0]]
    versioned.put(gone, event(1, "b-old"))
    versioned.remove(gone)
    for data in (event(1, "b-old"), event(2, "x")):
        versioned.put(replaced, data)
    result = erase(run, store, tmp_path, versioned.address, "--dry-run", expect=2)
    assert result["earlier_versions"] == 1
    result = erase(run, store, tmp_path, versioned.address, expect=2)
    assert codes(paper(result)) == [(gone, "store.earlier-version"), (replaced, "store.earlier-version")]
    assert paper(result)["stores"][0]["versions_purged"] == 2
    left = [(name, number) for name, number, _, _ in store.all_versions(versioned.name, PREFIX)]
    assert set(clean) <= {number for name, number in left if name == NAME}


KEPT = {
    "gs": [({"x_goog_object_lock_retain_until_date": "2099-01-01T00:00:00.000Z"}, "store.locked"), ({"x_hold": "true"}, "store.locked")],
    "az": [({"x_ms_legal_hold": "true"}, "store.locked"), ({"x_policy": "true"}, "store.locked"),
           ({"x_ms_immutability_policy_until_date": "Thu, 01 Jan 2099 00:00:00 GMT"}, "store.locked"),
           ({"x_ms_lease_status": "locked"}, "store.locked"), ({"x_ms_access_tier": "Archive"}, "store.archived")],
}


def test_what_a_store_keeps_is_named(run, store, bucket, tmp_path):
    kept = {f"k{number}/users.messages.email.Open.json": one for number, one in enumerate(KEPT[store.scheme])}
    for name, (headers, _) in kept.items():
        bucket.put(name, MIXED, **headers)
    # A time that is over keeps nothing.
    over = {"gs": {"x_goog_object_lock_retain_until_date": "2020-01-01T00:00:00.000Z"}, "az": {"x_ms_legal_hold": "false"}}
    bucket.put(NAME, MIXED, **over[store.scheme])
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert sorted(codes(paper(result))) == sorted((name, code) for name, (_, code) in kept.items())
    assert bucket.objects() == {**{name: MIXED.encode() for name in kept}, NAME: event(2, "x").encode()}


def test_an_earlier_version_that_is_held(run, store, versioned, tmp_path):
    versioned.put(NAME, event(1, "b-old"), **({"x_hold": "true"} if store.scheme == "gs" else {"x_policy": "true"}))
    versioned.put(NAME, MIXED)
    result = erase(run, store, tmp_path, versioned.address, expect=2)
    assert (NAME, "store.locked") in codes(paper(result)) and versioned.holds_the_person() == [NAME]
    for entries in store.earlier.values():
        for entry in entries:
            entry[3].clear()
    assert paper(erase(run, store, tmp_path, versioned.address))["state"] == "COMPLETE" and versioned.holds_the_person() == []


def test_snapshots_and_what_is_kept_of_what_was_removed(run, tmp_path):
    store = stores.Azure()
    bucket = Bucket(store, False)
    bucket.put(NAME, MIXED)
    store.snapshot(bucket.name, PREFIX + NAME)
    assert erase(run, store, tmp_path, bucket.address)["requests"][0]["state"] == "COMPLETE"
    assert bucket.holds_the_person() == [] and bucket.objects() == {NAME: event(2, "x").encode()}
    store.is_soft = True
    bucket.put(NAME, MIXED)
    store.snapshot(bucket.name, PREFIX + NAME)
    result = erase(run, store, tmp_path, bucket.address)
    # Lists tell of it from then on.
    result = erase(run, store, tmp_path, bucket.address, expect=2)
    assert codes(paper(result)) == [(NAME, "store.soft-deleted")]
    store.deleted.clear()
    assert erase(run, store, tmp_path, bucket.address)["requests"][0]["state"] == "NOTHING_FOUND"
    store.stop()


@pytest.mark.parametrize("fault", erasing.FAULTS)
def test_what_passes_changes_nothing(run, store, bucket, folder, proxy, whole, tmp_path, fault):
    bucket.fill(folder)
    proxy.rules = erasing.FAULTS[fault]()
    result = erase(run, store, tmp_path, bucket.address, url=proxy.url)
    assert paper(result)["state"] == "COMPLETE" and bucket.objects() == whole and bucket.holds_the_person() == []


def test_a_store_that_knows_no_conditions_is_refused(run, store, bucket, folder, proxy, tmp_path):
    bucket.fill(folder)
    before = store.versions(bucket.name)
    proxy.rules = [lambda number, request: request.headers.__delitem__(
        "x-goog-if-generation-match" if store.scheme == "gs" else "if-match") if request.command == "PUT" else None]
    done = run(*command(tmp_path, bucket.address, "--yes"), cwd=tmp_path, expect=1, environment=store.environment(
        proxy.url, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.example", GS_ACCESS_KEY_ID="", GS_SECRET_ACCESS_KEY=""))
    assert b"[store.no-conditions]" in done.stderr and store.versions(bucket.name) == before


def test_killed_at_any_request_and_run_again(store, bucket, tmp_path, capsys):
    erasing.test_killed_at_any_request_and_run_again(store, bucket, tmp_path, capsys)
