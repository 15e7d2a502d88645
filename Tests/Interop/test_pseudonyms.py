"""Pseudonyms against a second implementation, and against the `openssl` program."""

import json
import random
import subprocess

import pytest
import reference

POLICY = """policy: p
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
%s
rules:
  - kinds: [email, phone, external_user_id, braze_id, device_id, ad_id, line_id, whatsapp_id, push_token]
    action: hash
"""


def values(kind, count, seed):
    """Values as archives hold them, and as they should not."""
    rng = random.Random(seed)
    letters = "abcXYZ019.-_+ éÉßİK漢字😀\t"
    for _ in range(count):
        choice = rng.random()
        if kind == "phone" and choice < 0.8:
            yield rng.choice(["", "+", "00", " +"]) + "".join(rng.choice("0123456789 ()-") for _ in range(rng.randrange(3, 20)))
        elif choice < 0.05:
            yield rng.choice(["", "[REDACTED]", "0", "00000000-0000-0000-0000-000000000000", "   ", "0000", "-"])
        elif choice < 0.1:
            yield "".join(rng.choice("0123456789abcdefABCDEF") for _ in range(64))
        elif kind == "email":
            yield "".join(rng.choice(letters) for _ in range(rng.randrange(1, 20))) + "@Example.test"
        else:
            yield "".join(rng.choice(letters) for _ in range(rng.randrange(0, 60)))


@pytest.mark.parametrize("kind", ["email", "phone", "external_user_id", "braze_id", "device_id"])
@pytest.mark.parametrize("audience", [None, "agency_x"])
def test_tokens_of_many_values(run, tmp_path, kind, audience):
    policy = tmp_path / "p.yml"
    policy.write_text(POLICY % (f"audience: {audience}" if audience else ""))
    given = list(values(kind, 20_000, seed=kind))
    done = run("pseudonym", kind, "--policy", policy, stdin="\n".join(given).encode() + b"\n", expect=None)
    assert done.returncode in (0, 2)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(given)
    for value, line in zip(given, lines):
        expected = reference.pseudonym(kind, value, audience=audience)
        assert line == ("" if expected in (None, "", "[REDACTED]") else expected), kind


@pytest.mark.parametrize("form", ["token", "hex", "uuid", "email", "phone"])
def test_every_format(run, tmp_path, form):
    policy = tmp_path / "p.yml"
    policy.write_text(POLICY % "")
    done = run("pseudonym", "email", "--policy", policy, "--format", form, stdin=b" Ada@Example.test \n")
    assert done.stdout.decode().strip() == reference.pseudonym("email", " Ada@Example.test ", form=form)


@pytest.mark.parametrize("normalise", ["", "trim", "lower", "email", "phone"])
@pytest.mark.parametrize("field, kind, domain", [("email_address", "email", "email"), ("to_phone_number", "phone", "phone"),
                                                 ("external_user_id", "external_user_id", "external_user_id"),
                                                 ("campaign_name", "external_user_id", "campaign_name")])
def test_the_field_tells_what_braze_hashed_before(run, tmp_path, field, kind, domain, normalise):
    """Whatever the rule makes of its spelling; of a field that nobody knows as one of contacts, `normalise` tells."""
    digest = "ab" * 32
    rule = f"  - fields: [{field}]\n    action: hash\n" + (f"    normalise: {normalise}\n" if normalise else "")
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n" + rule)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.sms.Delivery.json").write_text(json.dumps({"id": "1", field: digest}) + "\n")
    done = run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "r", "--json", cwd=tmp_path)
    got = json.loads((tmp_path / "out/users.messages.sms.Delivery.json").read_text())[field]
    counted = sum(f["prehashed"] for f in json.loads(done.stdout)["fields"] if f["field"] == field)
    is_contact = kind in ("email", "phone") or (field == "campaign_name" and normalise in ("email", "phone"))
    assert counted == is_contact
    if is_contact:
        assert got == reference.pseudonym("external_user_id", digest, domain=domain + "_prehashed")
    else:
        assert got == reference.pseudonym("external_user_id", digest, domain=domain) or normalise == "phone"


def test_it_is_told_where_a_kind_has_pseudonyms_of_several_domains(run, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n"
                                    "  - { fields: [campaign_name, canvas_name], action: hash }\n")
    done = run("pseudonym", "other", "--policy", tmp_path / "p.yml", stdin=b"Spring\n")
    first, second = ("campaign_name", "canvas_name") if b"of campaign_name," in done.stderr else ("canvas_name", "campaign_name")
    assert done.stdout.decode().strip() == reference.pseudonym("external_user_id", "Spring", domain=first)
    assert f"in the domains {first}, {second}; these are of {first}".encode() in done.stderr
    named = run("pseudonym", "other", "--policy", tmp_path / "p.yml", "--domain", second, stdin=b"Spring\n")
    assert named.stderr == b"" and named.stdout.decode().strip() == reference.pseudonym("external_user_id", "Spring", domain=second)


def test_the_two_openssl_commands_of_the_documentation(run, tmp_path):
    """The commands are taken from the document, so that it cannot lie."""
    text = (reference.ROOT / "Documentation/Pseudonyms.md").read_text()
    script = text.split("<!-- openssl -->\n```sh\n", 1)[1].split("```", 1)[0]
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "KEY": reference.KEY.hex()}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    policy = tmp_path / "p.yml"
    policy.write_text(POLICY % "")
    ours = run("pseudonym", "email", "--policy", policy, stdin=b"ada@example.test\n").stdout.decode().strip()
    assert done.stdout.strip().split("\n")[-1] == ours == reference.pseudonym("email", "ada@example.test")


def test_the_check_value(run, tmp_path):
    policy = tmp_path / "p.yml"
    policy.write_text(POLICY % "")
    assert run("keys", "check", "--policy", policy).stdout.decode().strip() == f"k1:{reference.check_value()}"


@pytest.mark.parametrize("action", [
    "hash", "hash, format: hex, domain: crm", "tokenise, store: sealed", "tokenise, store: vault", "tokenise, store: vault, domain: crm",
])
def test_they_are_what_a_scrub_writes(action, run, tmp_path):
    (tmp_path / "p.yml").write_text(
        f"policy: p\nversion: 1\nkey: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}\nrules:\n  - {{ kinds: [email], action: {action!s} }}\n")
    (tmp_path / "users.messages.email.Open.json").write_text('{"email_address":"Ada@example.test"}\n')
    run("--policy", tmp_path / "p.yml", tmp_path / "users.messages.email.Open.json", "-o", tmp_path / "out", "--state", tmp_path / "state",
        "--reports", tmp_path / "reports")
    written = json.loads((tmp_path / "out/users.messages.email.Open.json").read_text())["email_address"]
    told = run("pseudonym", "email", "--policy", tmp_path / "p.yml", stdin=b"Ada@example.test\n").stdout.decode().strip()
    assert told == written


@pytest.mark.parametrize("rule, status", [
    ("{ kinds: [email], action: mask }", 3), ("{ kinds: [email], action: redact }", 3), ("{ kinds: [email], action: keep, because: a test }", 3),
    ("{ fields: [properties], action: json, hash: { mail: email } }", 0), ("{ fields: [abort_log], action: scan, replace: hash, because: a test }", 0),
])
def test_where_the_policy_gives_none_it_is_refused(rule, status, run, tmp_path):
    (tmp_path / "p.yml").write_text(f"policy: p\nversion: 1\nkey: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}\nrules:\n  - {rule}\n")
    done = run("pseudonym", "email", "--policy", tmp_path / "p.yml", stdin=b"ada@example.test\n", expect=status)
    assert done.stdout.decode().strip() == ("" if status else reference.pseudonym("email", "ada@example.test"))
    assert ("[pseudonym.none]" in done.stderr.decode()) == bool(status)
    # Who names a domain knows what they want.
    named = run("pseudonym", "email", "--policy", tmp_path / "p.yml", "--domain", "email", stdin=b"ada@example.test\n")
    assert named.stdout.decode().strip() == reference.pseudonym("email", "ada@example.test")


def test_a_token_has_no_other_format(run, tmp_path):
    (tmp_path / "p.yml").write_text(
        "policy: p\nversion: 1\nkey: { env: CURRENTS_SCRUB_KEY, id: k1 }\nrules:\n  - { kinds: [email], action: tokenise, store: sealed }\n")
    run("pseudonym", "email", "--policy", tmp_path / "p.yml", "--format", "hex", stdin=b"ada@example.test\n", expect=64)
