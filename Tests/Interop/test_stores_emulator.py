"""A second Google, gcp-storage-emulator: read, written and erased from as folders are."""

import emulator
import pytest
import test_stores
from test_stores import archive, expected, into, scrub
from test_stores_erase import command, erase, folder, paper, whole

PREFIX = "currents/event=a+b/x y \u00fc/"


@pytest.fixture
def store():
    server = emulator.Emulator()
    yield server
    server.stop()


def test_a_scrub_writes_the_same(run, store, archive, expected, tmp_path):
    store.create("raw")
    store.create("clean")
    store.upload(archive, "raw", PREFIX)
    source, target = store.address("raw", PREFIX), store.address("clean", "a")
    assert scrub(run, store.environment(), source, tmp_path)[0] == expected
    into(run, store.environment(), source, target, tmp_path)
    assert store.objects("clean", "a/") == expected
    run("verify", "scrubbed", "--policy", "gdpr", target, environment=store.environment())
    before = store.versions("clean")
    into(run, store.environment(), source, target, tmp_path)
    assert store.versions("clean") == before


def test_keys_of_every_spelling(run, store, tmp_path):
    store.create("names")
    test_stores.test_keys_of_every_spelling(run, store, "names", tmp_path)


def test_a_wrong_secret_is_denied(run, store):
    store.create("denied")
    store.put("denied", "a.json", b"{}\n")
    done = run("inspect", store.address("denied"), expect=1, environment=store.environment(GS_SECRET_ACCESS_KEY="wrong"))
    assert b"SignatureDoesNotMatch" in done.stderr and b"[store.denied]" in done.stderr


def test_the_same_is_left_as_of_a_folder(run, store, folder, whole, tmp_path):
    store.create("erased")
    store.upload(folder, "erased", PREFIX)
    before = store.versions("erased")
    receipt = paper(erase(run, store, tmp_path, store.address("erased", PREFIX)))
    assert receipt["state"] == "COMPLETE"
    left = {name: data for name, data in store.objects("erased", PREFIX).items() if not name.startswith(".")}
    assert left == whole
    after = store.versions("erased")
    other = "erased/" + PREFIX + "c/users.messages.email.Bounce.json"
    assert before[other] == after[other]


def test_who_replaces_in_between_keeps_it(run, store, folder, tmp_path):
    """A number of another version is another object, though key and size are the same."""
    store.create("changed")
    store.upload(folder, "changed", PREFIX)
    address = store.address("changed", PREFIX)
    run(*command(tmp_path, address, "--plan", tmp_path / "plan"), cwd=tmp_path, environment=store.environment())
    victim = next(name for name, data in sorted(store.objects("changed", PREFIX).items()) if b"b-old" in data)
    data = store.objects("changed", PREFIX)[victim]
    store.put("changed", PREFIX + victim, data)
    number = store.versions("changed")["changed/" + PREFIX + victim]
    run(*command(tmp_path, address, "--apply", tmp_path / "plan"), cwd=tmp_path, expect=2, environment=store.environment())
    assert store.versions("changed")["changed/" + PREFIX + victim] == number
    assert store.objects("changed", PREFIX)[victim] == data
