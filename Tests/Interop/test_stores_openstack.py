"""A second S3 server that checks signatures, OpenStack Swift: read like any other. It knows no conditions of writing, so
nothing is written there."""

import json

import openstack
import pytest
import test_erase_crash
from test_stores_erase import command, event

PREFIX = "currents/event=a+b/x y \u00fc/"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("swift")
    if not openstack.is_installed():
        pytest.skip("no swift-proxy, swift-account, swift-container, swift-object")
    if not openstack.keeps_attributes(place):
        pytest.skip("files have no attributes here")
    server = openstack.OpenStack(place)
    server.create("archive")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    test_erase_crash.archive(folder)
    large = folder / "l/users.messages.email.Open.json"
    large.parent.mkdir()
    large.write_text("".join(event(n, f"u{n}", campaign_name="x" * 900) for n in range(20_000)))
    store.upload(folder, "archive", PREFIX)
    return folder


def test_it_is_read_as_a_folder(run, store, folder, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\naudience: a\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\n"
                                    "rules:\n  - fields: [user_id, orphaned_by_id]\n    action: hash\n")
    trees = []
    for number, place in enumerate((folder, store.address("archive", PREFIX))):
        out = tmp_path / str(number)
        run("--policy", tmp_path / "p.yml", place, "-o", out, cwd=tmp_path, environment=store.environment())
        trees.append({str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.json") if "_currents" not in str(path)})
    assert trees[0] == trees[1] and len(trees[0]) == 6


def test_a_wrong_secret_is_denied(run, store, folder):
    done = run("inspect", store.address("archive", PREFIX), expect=1, environment=store.environment(AWS_SECRET_ACCESS_KEY="wrong"))
    assert b"SignatureDoesNotMatch" in done.stderr and b"[store.denied]" in done.stderr


def test_nothing_is_written(run, store, folder, tmp_path):
    before = store.objects("archive")
    address = store.address("archive", PREFIX)
    looked = run(*command(tmp_path, address, "--dry-run"), "--json", cwd=tmp_path, environment=store.environment())
    assert json.loads(looked.stdout)["rewritten"] == 5
    done = run(*command(tmp_path, address, "--yes"), cwd=tmp_path, expect=1, environment=store.environment())
    assert b"[store.no-conditions]" in done.stderr and store.objects("archive") == before
