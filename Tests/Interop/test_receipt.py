"""Receipts of erasures: keys that OpenSSL reads, and a receipt made here, by a second implementation, and proved there.

The canonical form is written by `canonical` below (RFC 8785), the root by `merkle` (RFC 6962), the signature by the
`openssl` program. The pages are made by the Swift test `ReceiptSamplesForBrowsers`, so they need what `make unit` builds:
RECEIPT_SAMPLES=DIR names receipts that are made already; SHOTS=DIR keeps screenshots and the printed pages.
"""

import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import check_pages
import pytest
import reference

ROOT = reference.ROOT
HEX = "0123456789abcdef" * 4


# --- RFC 8785 and RFC 6962, once more

def canonical(value):
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(text(key) + ":" + canonical(item) for key, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return text(value)
    assert value is None or isinstance(value, (bool, int))
    return json.dumps(value)


def text(value):
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(short.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in value) + '"'


def merkle(items):
    if not items:
        return hashlib.sha256(b"").digest()
    if len(items) == 1:
        return hashlib.sha256(b"\0" + items[0]).digest()
    half = 1
    while half * 2 < len(items):
        half *= 2
    return hashlib.sha256(b"\1" + merkle(items[:half]) + merkle(items[half:])).digest()


# --- a receipt

COUNTS = {"matched": 0, "deleted": 0, "blanked": 0, "kept": 0, "held": 0, "left": 0, "held_back": 0}


def made(archive, files):
    """A receipt of an erasure that left these files, two events of the person having gone from each."""
    count = len(files)
    counts = COUNTS | {"matched": 2 * count, "deleted": 2 * count}
    receipt = {
        "schema": "currents-scrub/receipt/1", "receipt": "2026-11-23T191500Z-erase", "state": "COMPLETE", "reasons": [],
        "mode": "delete", "statement": "logical deletion by rewriting; media not sanitised",
        "request": {"id": "DSR-114", "grounds": ["Art. 17(1)(b)"], "law": "gdpr", "received": "2026-11-02",
                    "due": "2026-12-02", "workspaces": []},
        "subject": {"fingerprints": ["0f1e2d3c4b5a6978"], "identifiers": {"email": 1}},
        "identity_check": {"status": "recorded", "by": "privacy desk", "on": "2026-11-05", "method": "signed in"},
        "executed": "2026-11-23T19:15:42Z", "operator": {"account": "privacy", "host": "archive-1"},
        "tool": {"version": "0.1.0", "binary_sha256": HEX, "openssl": "OpenSSL 3"}, "keys": [{"id": "k1", "check": HEX[:16]}],
        "archives": [{"path": str(archive.resolve()), "files": count, "events": 5 * count}], "left_out": [],
        "files": {"scanned": count, "rewritten": count, "unchanged": 0, "changed": 0, "failed": 0, "unreadable": 0, "skipped": 0, "ignored": 0},
        "rewritten": [
            {"archive": 0, "path": str(file.relative_to(archive)), "counts": COUNTS | {"matched": 2, "deleted": 2}, "deleted_for_others": 0,
             "before": {"events": 5, "size": 500, "keyed_digest": HEX},
             "after": {"events": 3, "size": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
            for file in files],
        "gaps": [], "not_searchable": {"files": {}, "nameless": 0},
        "events": {"scanned": 5 * count, "total": counts, "types": {"users.messages.email.Open": counts}},
        "verification": {"files_read_back": count, "matches_after": 0}, "retained": [],
        "residual": {"sweep": "none", "places": []},
        "not_covered": ["backups", "snapshots", "vendor", "object-versions", "hard-links", "downstream-copies"],
        "recipients": {"status": "not known", "audiences": []}, "vault_rows_removed": 0,
        "evidence_head": "1:" + HEX, "signature": {"status": "unsigned"},
    }
    return rooted(receipt)


def rooted(receipt):
    items = receipt["rewritten"] + receipt["gaps"]
    return receipt | {"merkle_root": merkle([canonical(item).encode() for item in items]).hex()}


class Case:
    def __init__(self, run, folder):
        self.run, self.folder = run, folder
        self.archive = folder / "archive"
        self.archive.mkdir()
        files = []
        for name in ("users.messages.email.Open-1.json", 'quote " é\U0001f600\ufb33\t.json'):
            file = self.archive / name
            file.write_text("".join(json.dumps({"id": f"e{n}", "user_id": f"u{n}", "time": 1790000000 + n,
                                                "email_address": f"p{n}@example.test"}) + "\n" for n in range(3)))
            files.append(file)
        self.receipt = made(self.archive, files)
        self.files = files
        run("keys", "new", "--signing", folder / "signing.pem")

    def write(self, receipt=None, signed=True, form=canonical):
        receipt = copy.deepcopy(receipt or self.receipt)
        path = self.folder / "receipt.json"
        for name in ("receipt.json.sig",):
            (self.folder / name).unlink(missing_ok=True)
        if signed:
            receipt["signature"] = {"status": "signed", "algorithm": "Ed25519", "key": self.key_id}
        path.write_bytes(form(receipt).encode())
        if signed:
            subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.folder / "signing.pem", "-rawin", "-in", path,
                            "-out", self.folder / "receipt.json.sig"], check=True)
        return path

    @property
    def key_id(self):
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", self.folder / "signing.pub.pem", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        return hashlib.sha256(der[-32:]).hexdigest()[:16]

    def prove(self, *arguments, expect=0):
        said = self.run("verify", "receipt", self.folder / "receipt.json", *arguments, "--json", expect=expect)
        proof = json.loads(said.stdout)
        assert proof["schema"] == "currents-scrub/receipt-proof/1" and proof["exit"] == expect
        return proof

    def codes(self, *arguments, expect=3):
        return sorted({finding["code"] for finding in self.prove(*arguments, expect=expect)["findings"]})


@pytest.fixture
def case(run, tmp_path):
    return Case(run, tmp_path)


# --- keys

def test_openssl_reads_the_keys_that_are_made(run, tmp_path):
    said = run("keys", "new", "--signing", tmp_path / "signing.pem")
    public = tmp_path / "signing.pub.pem"
    assert said.stdout.decode() == f"{public}\n"
    assert stat.S_IMODE((tmp_path / "signing.pem").stat().st_mode) == 0o600
    derived = subprocess.run(["openssl", "pkey", "-in", tmp_path / "signing.pem", "-pubout"], check=True, capture_output=True)
    assert derived.stdout == public.read_bytes()
    text = subprocess.run(["openssl", "pkey", "-in", tmp_path / "signing.pem", "-noout", "-text"], check=True, capture_output=True)
    assert b"ED25519 Private-Key" in text.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["signing.pem", "signing.pub.pem"]


def test_keys_are_never_replaced(run, tmp_path):
    run("keys", "new", "--signing", tmp_path / "signing.pem")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert b"file.exists" in run("keys", "new", "--signing", tmp_path / "signing.pem", expect=1).stderr
    (tmp_path / "signing.pub.pem").rename(tmp_path / "kept")
    assert b"file.exists" in run("keys", "new", "--signing", tmp_path / "signing.pem", expect=1).stderr
    (tmp_path / "kept").rename(tmp_path / "signing.pub.pem")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    (tmp_path / "other.pub.pem").write_text("theirs")
    assert b"file.exists" in run("keys", "new", "--signing", tmp_path / "other.pem", expect=1).stderr
    assert not (tmp_path / "other.pem").exists() and (tmp_path / "other.pub.pem").read_text() == "theirs"


def test_the_key_of_the_state_folder(run, tmp_path):
    said = run("keys", "new", "--signing", "--state", tmp_path / "state", "--json")
    told = json.loads(said.stdout)
    assert told["file"] == str(tmp_path / "state/signing.pem") and told["public"] == str(tmp_path / "state/signing.pub.pem")
    assert re.fullmatch("[0-9a-f]{16}", told["id"]) and pathlib.Path(told["public"]).exists()
    run("keys", "new", "--signing", "--id", "k1", expect=64)


# --- proofs

def test_a_receipt_made_elsewhere_is_proved(case):
    case.write()
    proof = case.prove("--public-key", case.folder / "signing.pub.pem")
    assert proof["state"] == "proved" and proof["signature"] == "valid" and proof["told"] == "COMPLETE"
    assert case.prove()["signature"] == "valid-unpinned"
    said = case.run("verify", "receipt", case.folder / "receipt.json").stdout.decode()
    assert "proves nothing by itself" in said and said.endswith("proved: the receipt is whole, and its numbers give its state.\n")
    case.write(signed=False)
    assert case.prove()["signature"] == "unsigned"
    assert case.codes("--public-key", case.folder / "signing.pub.pem") == ["receipt.unsigned"]


def test_every_flipped_bit_is_found(case):
    path = case.write()
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        assert case.run("verify", "receipt", path, "--quiet", expect=None).returncode == 3, place
    for changed in (whole + b"\n", whole[:-1], b"", whole[1:], b"[]", b"{}"):
        path.write_bytes(changed)
        assert case.run("verify", "receipt", path, "--quiet", expect=None).returncode == 3
    path.write_bytes(whole)
    signature = case.folder / "receipt.json.sig"
    kept = signature.read_bytes()
    for bit in range(0, 512, 11):
        changed = bytearray(kept)
        changed[bit // 8] ^= 1 << bit % 8
        signature.write_bytes(changed)
        assert case.codes() == ["receipt.wrong-signature"]
    signature.write_bytes(kept[:-1])
    assert case.codes() == ["receipt.wrong-signature"]
    signature.unlink()
    assert case.codes() == ["receipt.no-signature"]


def test_another_key_is_found(case, tmp_path):
    case.write()
    case.run("keys", "new", "--signing", tmp_path / "other.pem")
    assert case.codes("--public-key", tmp_path / "other.pub.pem") == ["receipt.other-key", "receipt.wrong-signature"]
    (case.folder / "signing.pub.pem").unlink()
    assert case.codes(expect=2) == ["receipt.no-public-key"]
    case.run("verify", "receipt", case.folder / "receipt.json", "--public-key", case.folder / "signing.pem", expect=3)


LIES = {
    "receipt.wrong-sum": [
        lambda r: r["events"]["total"].update(deleted=5), lambda r: r["files"].update(scanned=3),
        lambda r: r["rewritten"][0]["after"].update(events=4), lambda r: r["events"]["types"].clear(),
        lambda r: r["events"]["total"].update(deleted=2**63 - 1, left=2**63 - 1),
        lambda r: r["retained"].append({"kind": "keep", "basis": "x", "events": 1})],
    "receipt.wrong-state": [
        lambda r: r.update(state="NOTHING_FOUND"), lambda r: r.update(state="COMPLETE_EXCEPT"), lambda r: r.update(state="REFUSED"),
        lambda r: r.update(left_out=["/data/older"]), lambda r: r["not_searchable"].update(nameless=1),
        lambda r: r["gaps"].append({"path": "a", "code": "file.unreadable"}),
        lambda r: r["verification"].update(files_read_back=0)],
    "receipt.wrong-root": [lambda r: r.update(merkle_root=HEX)],
    "receipt.malformed": [
        lambda r: r.update(state="DONE"), lambda r: r.pop("gaps"), lambda r: r.update(vault_rows_removed=2**64),
        lambda r: r.update(vault_rows_removed=1.5), lambda r: r.update(schema="currents-scrub/access/1")],
    "receipt.other-schema": [lambda r: r.update(schema="currents-scrub/receipt/2")],
    "receipt.not-canonical": [lambda r: r.update(note="more"), lambda r: r["request"].update(note=None)],
}


@pytest.mark.parametrize("code,number", [(code, number) for code, lies in LIES.items() for number in range(len(lies))])
def test_lies_are_found_though_they_are_signed(case, code, number):
    receipt = copy.deepcopy(case.receipt)
    LIES[code][number](receipt)
    if code != "receipt.wrong-root":
        receipt = rooted(receipt) if "gaps" in receipt else receipt
    case.write(receipt, form=canonical_any)
    assert code in case.codes()


def canonical_any(value):
    """As `canonical`, and for numbers that no receipt has."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(text(key) + ":" + canonical_any(item) for key, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_any, value)) + "]"
    return json.dumps(value) if isinstance(value, float) else canonical(value)


def test_other_forms_of_the_same_are_not_canonical(case):
    for form in (json.dumps, lambda r: json.dumps(r, indent=1), lambda r: json.dumps(r, separators=(",", ":"), sort_keys=True)):
        case.write(form=form)
        assert case.codes() == ["receipt.not-canonical"]


# --- archives, people, the log

def test_files_are_compared(case):
    case.write()
    assert case.prove(case.archive)["files"] == {"compared": 2, "same": 2, "changed": 0, "missing": 0}
    moved = case.folder / "elsewhere"
    case.archive.rename(moved)
    assert case.prove(moved)["files"]["same"] == 2
    files = sorted(moved.iterdir())
    files[0].write_text(files[0].read_text() + " ")
    files[1].unlink()
    proof = case.prove(moved, expect=3)
    assert proof["files"] == {"compared": 2, "same": 0, "changed": 1, "missing": 1}
    assert sorted((f["code"], f["at"]) for f in proof["findings"]) == [
        ("receipt.file-changed", files[0].name), ("receipt.file-missing", files[1].name)]


def test_archives_that_are_not_given_are_told(case, tmp_path):
    receipt = copy.deepcopy(case.receipt)
    receipt["archives"].append({"path": "/data/other", "files": 0, "events": 0})
    case.write(receipt)
    assert case.codes(case.archive, expect=2) == ["receipt.archive-not-given"]


def test_the_person_is_searched_for_again(case):
    case.write()
    (case.folder / "gone.txt").write_text("email=gone@example.test\n")
    proof = case.prove(case.archive, "--subject-file", case.folder / "gone.txt")
    assert proof["search"] == {"files": 2, "events": 6, "found": 0, "expected": 0}
    (case.folder / "there.txt").write_text("email=p1@example.test\n")
    proof = case.prove(case.archive, "--subject-file", case.folder / "there.txt", expect=3)
    assert proof["search"]["found"] == 2 and {f["code"] for f in proof["findings"]} == {"receipt.person-found"}
    assert b"example.test" not in case.run("verify", "receipt", case.folder / "receipt.json", case.archive, "--subject-file",
                                           case.folder / "there.txt", expect=3).stderr
    case.run("verify", "receipt", case.folder / "receipt.json", "--subject-file", case.folder / "there.txt", expect=64)


def test_what_is_kept_may_be_found(case):
    receipt = copy.deepcopy(case.receipt)
    for counts in (receipt["rewritten"][0]["counts"], receipt["events"]["total"], receipt["events"]["types"]["users.messages.email.Open"]):
        counts.update(matched=counts["matched"] + 1, held=1)
    receipt.update(state="COMPLETE_EXCEPT", retained=[{"kind": "hold", "basis": "litigation", "owner": "legal", "review": "2027-02-01", "events": 1}])
    case.files[1].unlink()
    receipt["rewritten"].pop()
    receipt["files"].update(scanned=1, rewritten=1)
    receipt["verification"].update(files_read_back=1)
    for counts in (receipt["events"]["total"], receipt["events"]["types"]["users.messages.email.Open"]):
        counts.update(matched=3, deleted=2)
    case.write(rooted(receipt))
    (case.folder / "there.txt").write_text("email=p1@example.test\n")
    proof = case.prove(case.archive, "--subject-file", case.folder / "there.txt")
    assert proof["search"] == {"files": 1, "events": 3, "found": 1, "expected": 1}


def test_the_log_must_hold_the_line(case, run, tmp_path):
    state = tmp_path / "state"
    (tmp_path / "person.txt").write_text("email=p1@example.test\n")
    run("export", case.archive, "--subject-file", tmp_path / "person.txt", "-o", tmp_path / "answer", "--state", state)
    head = json.loads(run("verify", "log", "--state", state, "--json").stdout)["head"]
    case.write(case.receipt | {"evidence_head": head})
    assert case.prove("--state", state)["log"] is True
    run("export", case.archive, "--subject-file", tmp_path / "person.txt", "-o", tmp_path / "answer", "--state", state)
    assert case.prove("--state", state)["log"] is True
    for segment in (state / "evidence").glob("*.ndjson"):
        segment.write_text(segment.read_text().splitlines(keepends=True)[0].replace("export", "exporT"))
    assert case.codes("--state", state) == ["receipt.log-differs"]


# --- a receipt of an erasure

def test_an_erasure_is_proved(run, tmp_path):
    """Done by the program, proved by it, by the second implementation and by OpenSSL; and no more once a file is put back."""
    run("sample", "--events", "2000", "--users", "30", "-o", tmp_path / "sample")
    archive = tmp_path / "sample/currents"
    person = json.loads((tmp_path / "sample/_truth.json").read_text())["people"][0]
    (tmp_path / "request.yml").write_text(
        "request: DSR-114\nreceived: 2026-11-02\nsubjects:\n  - external_user_id: " + person["external_id"] + "\n"
        "verified: { by: privacy desk, on: 2026-11-05, method: signed in }\n")
    state = tmp_path / "state"
    shutil.copytree(archive, tmp_path / "before")
    public = run("keys", "new", "--signing", "--state", state).stdout.decode().strip()
    request = ["--request", tmp_path / "request.yml"]
    run("erase", archive, *request, "--yes", "--state", state, "--reports", tmp_path / "reports")
    [path] = (tmp_path / "reports").rglob("receipt.json")
    folder = path.parent
    receipt = json.loads(path.read_bytes())
    assert canonical(receipt).encode() == path.read_bytes() and rooted(receipt) == receipt
    assert receipt["state"] == "COMPLETE" and receipt["events"]["total"]["deleted"] > 10
    assert receipt["request"] == {"id": "DSR-114", "grounds": [], "law": "gdpr", "received": "2026-11-02", "due": "2026-12-02",
                                  "workspaces": []}
    for file in receipt["rewritten"]:
        stored = archive / file["path"]
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == file["after"]["sha256"]
        assert (tmp_path / "before" / file["path"]).stat().st_size == file["before"]["size"]
    proof = ["verify", "receipt", path, archive, *request, "--public-key", public, "--state", state]
    run(*proof)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", path, "-sigfile",
                    f"{path}.sig"], check=True, capture_output=True)

    values = [value for value in (person["external_id"], person["email"], person["phone"], *person["braze_ids"]) if value]
    for name in ("receipt.json", "receipt.html"):
        assert [value for value in values if value in (folder / name).read_text()] == []
    for file in (folder / "downstream").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        if "braze" not in file.name:
            assert not any(braze_id in file.read_text() for braze_id in person["braze_ids"])
    assert json.loads((folder / "downstream/braze-users-delete-1.json").read_text()) == {"external_ids": [person["external_id"]]}
    assert json.loads((folder / "downstream/mixpanel-data-deletions-1.json").read_text())["distinct_ids"] == [person["external_id"]]
    run("requests", "add", "--request", folder / "downstream/mparticle-opendsr-1.json", "--state", tmp_path / "book")

    again = receipt["rewritten"][0]["path"]
    shutil.copy(tmp_path / "before" / again, archive / again)
    found = json.loads(run(*proof, "--json", expect=3).stdout)
    assert {finding["code"] for finding in found["findings"]} == {"receipt.file-changed", "receipt.person-found"}


def test_another_request_proves_nothing(run, tmp_path):
    """Told by its id; and by whom it names, where the state folder knows who was erased."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/a.json").write_text("".join(json.dumps({
        "id": f"e{n}", "event_type": "users.messages.email.Open", "user_id": f"u{n}", "external_user_id": f"cust-{n}",
        "email_address": f"p{n}@example.test", "app_group_id": "5c90f1d4aabbccddeeff0011", "time": 1790000000}) + "\n" for n in range(3)))
    for name, request, person in (("own", "r-1", 1), ("other-id", "r-2", 1), ("other-person", "r-1", 9)):
        (tmp_path / f"{name}.yml").write_text(f"request: {request}\nsubjects: [{{ external_user_id: cust-{person} }}]\n")
    (tmp_path / "mail.txt").write_text("email=P1@example.test\n")
    (tmp_path / "other-mail.txt").write_text("email=p9@example.test\n")
    run("erase", "a", "--request", "own.yml", "--yes", "--state", "state", "--reports", "reports", cwd=tmp_path)
    [path] = (tmp_path / "reports").rglob("receipt.json")

    def codes(*arguments):
        said = json.loads(run("verify", "receipt", path, "a", *arguments, "--json", cwd=tmp_path, expect=None).stdout)
        return [finding["code"] for finding in said["findings"]], said["exit"], "search" in said

    assert codes("--request", "own.yml") == codes("--subject-file", "mail.txt", "--state", "state") == ([], 0, True)
    other = (["receipt.other-request"], 3, False)
    assert codes("--request", "other-id.yml") == codes("--request", "other-person.yml", "--state", "state") == other
    assert codes("--subject-file", "other-mail.txt", "--state", "state") == other


# --- the document

def test_the_commands_of_the_document_work(case, run, tmp_path):
    case.write()
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", (ROOT / "Documentation/Receipts.md").read_text(), re.S)
    assert len(blocks) == 2
    (case.folder / "request.yml").write_text("request: DSR-114\nsubjects:\n  - email: gone@example.test\n")
    binary = os.environ.get("SCRUB_BINARY", str(ROOT / ".build/release/currents-scrub"))
    (case.folder / "bin").mkdir()
    (case.folder / "bin/currents-scrub").symlink_to(binary)
    (case.folder / "state").mkdir()
    for block in blocks:
        done = subprocess.run(["bash", "-euc", block], cwd=case.folder, capture_output=True, text=True,
                              env={"PATH": f"{case.folder}/bin:{os.environ['PATH']}", "HOME": str(case.folder),
                                   "FILE": str(case.files[0].relative_to(case.folder))})
        assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout or "Signature Verified Successfully" in done.stderr
    changed = bytearray((case.folder / "receipt.json").read_bytes())
    changed[100] ^= 1
    (case.folder / "receipt.json").write_bytes(changed)
    done = subprocess.run(["bash", "-euc", blocks[-1]], cwd=case.folder, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "FILE": str(case.files[0].relative_to(case.folder))})
    assert done.returncode != 0


def test_every_field_and_code_is_told(case):
    document = (ROOT / "Documentation/Receipts.md").read_text()

    def names(value):
        if isinstance(value, dict):
            for key, item in value.items():
                yield key
                if key not in ("types", "identifiers"):
                    yield from names(item)
        if isinstance(value, list):
            for item in value:
                yield from names(item)

    receipt = case.receipt | {
        "policy": {"name": "", "sha256": ""}, "suppression": "",
        "retained": [{"kind": "", "basis": "", "owner": "", "review": "", "events": 0}],
        "residual": {"places": [{"event_type": "", "destination": "", "path": "", "count": 0, "redacted": 0}]},
        "gaps": [{"archive": 0, "path": "", "code": "", "places": 0}],
        "recipients": {"status": "", "audiences": [{"audience": "", "file": "", "tokens": 0}]}}
    assert [name for name in sorted(set(names(receipt))) if f"`{name}`" not in document] == []
    sources = "".join((ROOT / "Sources/ScrubOperations/Receipt" / name).read_text() for name in ("ReceiptCheck.swift", "ReceiptReason.swift", "Receipt.swift", "Receipt+Files.swift", "Receipt+Events.swift"))
    codes = re.findall(r'case \w+ = "([A-Za-z_.-]+)"', sources)
    assert len(codes) > 30 and [code for code in codes if f"`{code}`" not in document and code != "not recorded"] == []


# --- the page

@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receipts")
    if "RECEIPT_SAMPLES" in os.environ:
        return pathlib.Path(os.environ["RECEIPT_SAMPLES"])
    made = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "ReceiptSamplesForBrowsers"], cwd=ROOT, capture_output=True,
        text=True, env=os.environ | {"RECEIPT_SAMPLES": str(folder)})
    if made.returncode != 0 or not (folder / "COMPLETE").is_dir():
        pytest.skip("the Swift tests are not built: make unit")
    return folder


STATES = ["COMPLETE", "COMPLETE_EXCEPT", "NOTHING_FOUND", "INCOMPLETE", "REFUSED"]


@pytest.mark.parametrize("name", STATES + ["many"])
def test_the_page_reads_everywhere(samples, browser, name):
    shots = pathlib.Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
    page = samples / name / "receipt.html"
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        page = pathlib.Path(shutil.copy(page, samples / f"{name}.html"))
    assert check_pages.check(browser, page, shots, None) == []


@pytest.mark.parametrize("name", STATES + ["many"])
def test_receipts_of_the_writer_are_proved(samples, run, name):
    """Written by the program, read by the second implementation and by OpenSSL."""
    folder = samples / name
    whole = (folder / "receipt.json").read_bytes()
    receipt = json.loads(whole)
    assert canonical(receipt).encode() == whole
    assert rooted(receipt) == receipt
    run("verify", "receipt", folder / "receipt.json")
    if receipt["signature"]["status"] == "signed":
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", folder / "signing.pub.pem", "-rawin", "-in",
                        folder / "receipt.json", "-sigfile", folder / "receipt.json.sig"], check=True, capture_output=True)
        run("verify", "receipt", folder / "receipt.json", "--public-key", folder / "signing.pub.pem")
