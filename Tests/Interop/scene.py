"""One controller's month in one folder: every report and every document that the program makes, of made-up people.

Keys, ids and the clock are fixed (libfaketime), so that two runs differ by nothing but how long they took.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess

import reference

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
# Where the samples were made.
PLACE = "/srv/currents"
CUSTOMER, LEAVER = "5d0f920c-e01b-4b4c-8000-000000000032", "10000035"

# A few event types of every sort: messages in several ways, what people do, consent, deletions, merges, texts they wrote.
EVENT_TYPES = [
    "users.messages.email.Send", "users.messages.email.Open", "users.messages.email.Click", "users.messages.sms.Send",
    "users.messages.sms.InboundReceive", "users.messages.pushnotification.Send", "users.behaviors.CustomEvent",
    "users.behaviors.Purchase", "users.behaviors.app.FirstSession", "users.behaviors.subscription.GlobalStateChange",
    "users.UserDeleteRequest", "users.UserOrphan",
]

POLICY = """\
policy: agency
version: 1
title: Share events with an agency that counts people
audience: agency_x
key: { keyring: secret/keyring }

rules:
  - kinds: [braze_id, external_user_id]
    action: hash
  - kinds: [phone]
    action: tokenise
    store: vault
  - kinds: [email]
    action: hash
  - fields: [country, timezone]
    action: keep
    because: coarse enough for reports by country
  - fields: [url]
    action: generalise
    to: path
    query: [utm_*]

erasure:
  keep:
    - events: ["users.behaviors.subscription.*"]
      basis: "Art. 17(3)(b): proof of consent"
      review: 2030-01-31
"""

NIGHTLY = """\
version: 1
state: state
keyring: secret/keyring
archives:
  - { name: production, input: production, policy: agency.yml, output: shared, settle: 0 }
requests: { inbox: inbox, packages: packages, controller: controller.yml }
retention:
  enabled: false
  rules:
    - { events: "users.behaviors.*", age: 400 days }
deadlines: { law: gdpr, warn: 7 days }
metrics: currents-scrub.prom
quarantine: quarantine
signing_key: secret/signing.pem
jobs: 1
"""

REQUEST = """\
request: {id}
kind: {kind}
received: {received}
law: gdpr
subjects:
  - external_user_id: {customer}
verified: {{ by: privacy desk, on: {received}, method: signed in }}
approved: {{ by: head of privacy, on: {received} }}
"""

SPOILT = """\
{"id":"5a20c5f5-94a1-4c6e-9d4a-5d2f7e0a3c11","user_id":"66e0df4d1f6c98db91000077","time":1780000000,"email_address":"ada@example.test"}
{"id":"0b7e4c0e-63a7-4a53-8f1c-2f0a2d0c9b12","user_id":"66e0df4d1f6c98db
"""

HOLDS = """\
holds:
  - from: 2026-05-01
    until: 2026-05-20
    basis: "litigation 2026-14"
    owner: legal
    review: 2027-01-31
"""

FAILING_TEST = """\
tests:
  - name: a test that fails
    event: users.messages.email.Open
    given: { id: "1", user_id: "u", email_address: "ada@example.test" }
    expect: { email_address: kept }
"""


class Scene:
    """A folder, a clock, and what was printed so far."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.now = "2026-06-01 08:00:00"
        # What the program printed, by a name of the step.
        self.printed = {}
        (self.folder / ".bin").mkdir(parents=True, exist_ok=True)
        program = self.folder / ".bin/currents-scrub"
        if not program.exists():
            program.symlink_to(pathlib.Path(BINARY).resolve())

    def run(self, *arguments, expect=0, name=None, stdin=b"", environment=None):
        """Runs the program at the scene's time, and keeps what it printed under a name."""
        env = {"PATH": f"{self.folder}/.bin:{os.environ['PATH']}", "HOME": str(self.folder), "TZ": "UTC", "LC_ALL": "C.UTF-8",
               "NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"} | (environment or {})
        done = subprocess.run(["faketime", "-f", self.now, "currents-scrub", *map(str, arguments)], input=stdin,
                              capture_output=True, cwd=self.folder, env=env)
        assert expect in (None, done.returncode), (arguments, done.returncode, done.stderr.decode(errors="replace")[-2000:])
        if name:
            assert name not in self.printed, name
            self.printed[name] = done.stdout.decode()
        return done

    def write(self, path, text, mode=0o644):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)

    def read(self, path):
        return (self.folder / path).read_bytes()

    def request(self, path, number, kind, received="2026-06-01", customer=CUSTOMER):
        self.write(path, REQUEST.format(id=number, kind=kind, received=received, customer=customer))

    def set_up(self):
        """The folder as the controller has it: keys, policies, requests and an archive."""
        self.write("secret/currents.key", reference.KEY.hex() + "\n", 0o600)
        self.write("secret/signing.pem", signing_key(bytes(range(32))), 0o600)
        (self.folder / "secret").chmod(0o700)
        for state in ("state", ".local/state/currents-scrub"):
            self.write(state + "/state.key", bytes(range(100, 132)).hex() + "\n", 0o600)
            (self.folder / state).chmod(0o700)
        self.run("keys", "new", "--keyring", "secret/keyring", "--from", "secret/currents.key", "--id", "k1")
        self.write("agency.yml", POLICY)
        self.write("nightly.yml", NIGHTLY)
        controller = (reference.ROOT / "Documentation/examples/controller.yml").read_text()
        self.write("controller.yml", "".join(line for line in controller.splitlines(True) if not line.startswith("workspace:")))
        self.request("access.yml", "DSR-114", "access")
        self.request("erasure.yml", "DSR-115", "erasure")
        self.run("sample", "--events", "4000", "--users", "60", "-o", "everything")
        truth = json.loads(self.read("everything/_truth.json"))
        for file in truth["files"]:
            if len(file["event_types"]) == 1 and next(iter(file["event_types"])) in EVENT_TYPES:
                place = self.folder / "archive" / file["path"]
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.folder / "everything" / file["path"], place)
        shutil.rmtree(self.folder / "everything")
        return self

    def files(self, under="archive"):
        return sorted(path for path in (self.folder / under).rglob("*") if path.is_file())

    def shares(self):
        """The archive is looked at, the policy proved, an output made and proved."""
        self.run("inspect", "archive", "--html", "inspection.html", name="inspect")
        self.run("policy", "check", "agency.yml", "--destination", "mparticle", "--html", "policy-check.html", name="policy check")
        self.run("--policy", "agency.yml", "archive", "-o", "out", name="scrub")
        self.run("verify", "scrubbed", "--policy", "agency.yml", "out", name="verify scrubbed")

    def answers(self):
        """Somebody asks what there is about them, and gets it in two languages."""
        for language in ("en", "fr"):
            self.run("export", "--request", "access.yml", "archive", "-o", "answer/" + language, "--language", language,
                     "--controller", "controller.yml", name="export " + language)

    def erases(self):
        """The same person wants to be erased: a plan that somebody signs off, and then exactly that."""
        how = ["--request", "erasure.yml", "archive", "out", "--policy", "agency.yml", "--made-with", "agency.yml",
               "--signing-key", "secret/signing.pem", "--jobs", "1"]
        self.now = "2026-06-08 09:00:00"
        self.run("erase", *how, "--plan", "plan.json", name="erase plan")
        self.now = "2026-06-08 10:00:00"
        self.run("erase", *how, "--apply", "plan.json", name="erase")
        receipt = next(self.folder.glob("Reports/*-erase*/receipt.json")).relative_to(self.folder)
        self.run("verify", "receipt", receipt, "archive", "out", "--request", "erasure.yml", "--made-with", "agency.yml",
                 name="verify receipt")
        self.run("verify", "log", name="verify log")

    def night(self, day, expect=0):
        self.now = f"{day} 02:15:00"
        self.run("nightly", "nightly.yml", name="nightly " + day, expect=expect)

    def nights(self):
        """A week in which files come, somebody asks, somebody is erased, and a file is spoilt."""
        files = self.files()
        (self.folder / "inbox").mkdir()
        for number in range(7):
            for path in files[number * len(files) // 6:(number + 1) * len(files) // 6]:
                place = self.folder / "production" / path.relative_to(self.folder / "archive")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
            if number == 2:
                self.request("inbox/dsr-114.yml", "DSR-114", "access", "2026-06-02")
            if number == 3:
                self.request("inbox/dsr-116.yml", "DSR-116", "erasure", "2026-06-03", LEAVER)
            if number == 4:
                self.write("production/users.messages.email.Bounce.json", SPOILT)
            self.night(f"2026-06-0{number + 1}", expect=2 if number == 4 else 0)
        self.run("nightly", "history", "nightly.yml", "--html", "history.html", name="nightly history")

    def documents(self):
        """Everything else that prints a document, after the month, good and bad."""
        def told(name, *arguments, **how):
            self.run(*arguments, "--json", name="json " + name, **how)

        self.now = "2026-06-09 09:00:00"
        self.documents_of_policies(told)
        self.documents_of_archives(told)
        self.documents_of_keys(told)
        self.documents_of_people(told)
        self.documents_of_nights(told)
        return self

    def documents_of_policies(self, told):
        told("check", "policy", "check", "agency.yml", "archive", "--destination", "segment")
        self.write("refused.yml", POLICY.replace("    because: coarse enough for reports by country\n", ""))
        told("check refused", "policy", "check", "refused.yml", "--destination", "segment", expect=3)
        self.write("broken.yml", "policy: broken\nversion: 1\nrules: 7\n")
        told("check broken", "policy", "check", "broken.yml", expect=3)
        told("explain", "policy", "explain", "agency.yml", "users.messages.email.Click")
        told("explain a field", "policy", "explain", "agency.yml", "users.messages.email.Click", "url")
        event = b'{"id":"1","user_id":"u1","email_address":"ada@example.test","event_type":"users.messages.email.Open","loft":7}'
        told("explain an event", "policy", "explain", "agency.yml", "-", "--event-type", "users.messages.email.Open", stdin=event)
        told("diff", "policy", "diff", "gdpr-strict", "agency.yml", expect=3)
        told("diff of nothing", "policy", "diff", "agency.yml", "agency.yml")
        told("test", "policy", "test", "gdpr")
        self.write("fails.yml", FAILING_TEST)
        told("test fails", "policy", "test", "gdpr", "fails.yml", expect=3)
        told("init", "policy", "init", "--purpose", "share", "--audience", "agency_y", "-o", "another.yml")
        told("init to standard output", "policy", "init", "--purpose", "strict")
        told("list", "catalog", "list")
        told("show an event", "catalog", "show", "users.messages.email.Click")
        told("show a field", "catalog", "show", "email_address")
        self.write("glossary.md", (reference.ROOT / "Tests/Scenarios/catalog-import-names-what-it-cannot-read/page.md").read_bytes())
        self.printed["json addition"] = self.run("catalog", "import", "glossary.md", expect=None).stdout.decode()
        told("import", "catalog", "import", "glossary.md", "-o", "addition.json", expect=None)

    def documents_of_archives(self, told):
        told("sample", "sample", "--events", "60", "--destination", "segment", "-o", "segment")
        messy = self.folder / "messy"
        shutil.copytree(self.folder / "segment", messy)
        avro = self.files("archive")[-1]
        (messy / "cut.avro").write_bytes(avro.read_bytes()[:-40])
        self.write("messy/users.messages.email.Bounce.json", SPOILT)
        self.write("messy/table.csv", "a,b\n1,2\n")
        self.write("messy/users.messages.email.Open.json",
                   '{"id":"1","user_id":"u","time":1780000000,"loft":"write to grace@example.test","campaign_name":"ada@example.test"}\n'
                   '{"id":"2","user_id":"u","time":99999999999999,"loft":[1,{"a":true}]}\n')
        self.write("messy/users.messages.pigeon.Open.json", '{"id":"3","user_id":"u","time":1780000000,"wing":"left"}\n')
        told("inspect", "inspect", "messy", expect=2)
        told("inspect an output", "inspect", "out")
        told("drift", "catalog", "drift", "messy", expect=2)
        told("scrub", "--policy", "agency.yml", "messy", "-o", "messy-out", expect=2)
        told("scrub again", "--policy", "agency.yml", "out", "-o", "twice")
        told("plan of parts", "--policy", "agency.yml", "archive", "-o", "in-parts", "--shard", "plan/2")
        told("part", "--policy", "agency.yml", "archive", "-o", "in-parts", "--shard", "1/2")
        told("part again", "--policy", "agency.yml", "archive", "-o", "in-parts", "--shard", "1/2")
        told("last part", "--policy", "agency.yml", "archive", "-o", "in-parts", "--shard", "2/2")
        told("merge of parts", "merge", "in-parts")
        told("dry run", "--policy", "agency.yml", "archive", "-o", "nowhere", "--dry-run")
        told("verify", "verify", "scrubbed", "--policy", "agency.yml", "out")
        shutil.copytree(self.folder / "out", self.folder / "spoilt")
        (self.folder / "spoilt/users.messages.email.Open.json").write_bytes(self.read("messy/users.messages.email.Open.json"))
        (self.folder / "spoilt" / self.files("out")[-1].relative_to(self.folder / "out")).unlink()
        told("verify fails", "verify", "scrubbed", "--policy", "agency.yml", "spoilt", expect=3)

    def documents_of_keys(self, told):
        told("key in a file", "keys", "new", "secret/another.key")
        told("key that signs", "keys", "new", "secret/another.pem", "--signing")
        told("key of a keyring", "keys", "new", "--keyring", "secret/second")
        told("rotate", "keys", "rotate", "--keyring", "secret/second")
        told("destroy", "keys", "destroy", "k1", "--keyring", "secret/second", "--yes")
        told("keys", "keys", "list", "--keyring", "secret/second")
        told("check a key", "keys", "check", "secret/currents.key")
        told("check a keyring", "keys", "check", "--keyring", "secret/second")
        told("check a policy's key", "keys", "check", "--policy", "agency.yml")
        told("retire", "keys", "retire", "k2", "--keyring", "secret/second", "--yes")
        told("vault", "vault", "status")
        told("no vault", "vault", "status", "--state", "elsewhere")
        told("merge", "vault", "merge", "state/vault.sqlite")
        self.write("phone.txt", "+447700900001\n12\n")
        told("pseudonyms", "pseudonym", "phone", "--policy", "agency.yml", stdin=self.read("phone.txt"), expect=2)
        tokens = self.run("pseudonym", "phone", "--policy", "agency.yml", stdin=b"+33639980016\n").stdout.decode().split()
        told("reveal", "reveal", *tokens, "k1-s1-aaaaaaaa", "nonsense", "--policy", "agency.yml", "--reason", "DSR-117", expect=None)
        self.write("person.txt", f"external_user_id={LEAVER}\nphone=+447700900001\n")
        told("forget", "vault", "forget", "--request", "DSR-117", "--policy", "agency.yml", "--subject-file", "person.txt")

    def documents_of_people(self, told):
        self.write("leaver.txt", f"external_user_id={LEAVER}\n")
        self.write("nobody.txt", "email=nobody@example.test\n")
        told("export", "export", "--subject-file", "leaver.txt", "archive", "messy", "--dry-run", expect=2)
        told("export nothing", "export", "--subject-file", "nobody.txt", "archive", "-o", "nothing")
        self.request("second.yml", "DSR-121", "access", "2026-06-05", "nobody-at-all")
        told("export of two", "export", "--request", "access.yml", "--request", "second.yml", "archive", "out", "-o", "two",
             "--made-with", "agency.yml")
        how = ["export", "--subject-file", "nobody.txt", "archive", "-o", "in-parts-too", "--parts", "meeting"]
        told("plan of an export in parts", *how, "--shard", "plan/1")
        told("part of an export", "export", "--parts", "meeting", "--shard", "1/1")
        told("export in parts", *how, "--shard", "merge/1")
        told("erase looks", "erase", "--subject-file", "leaver.txt", "archive")
        told("erase what cannot be read", "erase", "--subject-file", "leaver.txt", "archive", "messy", "--yes", expect=2)
        told("erase nobody", "erase", "--subject-file", "nobody.txt", "archive", "--yes", expect=None)
        self.write("holds.yml", HOLDS)
        told("erase what is held", "erase", "--request", "erasure.yml", "archive", "--legal-hold", "holds.yml", "--plan", "held.json", expect=None)
        receipts = sorted(self.folder.glob("Reports/*-erase*/receipt.json"))
        told("receipt", "verify", "receipt", receipts[0].relative_to(self.folder), "--public-key", "secret/signing.pub.pem"
             if (self.folder / "secret/signing.pub.pem").exists() else receipts[0].parent.relative_to(self.folder) / "signing.pub.pem")
        self.write("forged/receipt.json", receipts[0].read_bytes().replace(b'"COMPLETE', b'"INCOMPLETE', 1))
        told("forged receipt", "verify", "receipt", "forged/receipt.json", expect=3)
        told("receipt and files", "verify", "receipt", receipts[0].relative_to(self.folder), "archive", "--request", "erasure.yml", expect=None)
        told("log", "verify", "log")
        log = next(self.folder.glob(".local/state/currents-scrub/evidence/*.ndjson"))
        self.write("other/state.key", self.read(".local/state/currents-scrub/state.key"), 0o600)
        (self.folder / "other").chmod(0o700)
        self.write("other/evidence/" + log.name, log.read_bytes().replace(b'"result":"done"', b'"result":"none"', 1), 0o600)
        told("edited log", "verify", "log", "--state", "other", expect=3)
        told("add", "requests", "add", "--request", "access.yml", "--request", "erasure.yml")
        self.request("late.yml", "DSR-90", "access", "2026-03-01")
        told("add late", "requests", "add", "--request", "late.yml")
        told("extend", "requests", "extend", "DSR-114", "--reason", "many archives", "--told", "2026-06-09")
        self.request("waits.yml", "DSR-91", "erasure", "2026-06-05")
        self.write("waits.yml", "".join(line for line in self.read("waits.yml").decode().splitlines(True) if not line.startswith(("verified", "approved"))))
        told("add what waits", "requests", "add", "--request", "waits.yml")
        told("close", "requests", "close", "DSR-114", "--outcome", "handed over", "--on", "2026-06-09")
        told("requests", "requests", "list", "--all", expect=5)

    def documents_of_nights(self, told):
        told("night", "nightly", "nightly.yml")
        self.write("inbox/dsr-118.yml", self.read("waits.yml").replace(b"DSR-91", b"DSR-118"))
        self.request("inbox/dsr-119.yml", "DSR-119", "access", "2026-03-01")
        self.request("inbox/dsr-120.yml", "DSR-120", "access", "2026-06-01", "nobody-at-all")
        self.write("production/users.messages.pigeon.Open.json", self.read("messy/users.messages.pigeon.Open.json"))
        self.write("nightly.yml", NIGHTLY.replace("settle: 0 }", "settle: 0 }\n  - { name: away, input: away }").replace("enabled: false", "enabled: true"))
        told("night check", "nightly", "check", "nightly.yml", expect=None)
        told("night with problems", "nightly", "nightly.yml", expect=None)
        told("history", "nightly", "history", "nightly.yml")

    def play(self):
        """The whole month."""
        self.set_up()
        self.shares()
        self.answers()
        self.nights()
        self.erases()
        return self

    def samples(self):
        """One of each report, by the name that it has in `Reports/samples`."""
        found = {}
        scrub, receipt = "Reports/2026-06-01T080000Z-scrub/", f"{next(self.folder.glob('Reports/*-erase*')).relative_to(self.folder)}/"
        night = "Reports/2026-06-05T021500Z-nightly/nightly"
        files = {
            "scrub-report.html": scrub + "report.html", "scrub-report.json": scrub + "report.json",
            "manifest.json": "out/_currents-scrub/manifest.json", "inspection.html": "inspection.html",
            "policy-check.html": "policy-check.html", "erase-plan.json": "plan.json", "nightly.html": night + ".html",
            "nightly.json": night + ".json", "nightly.prom": "currents-scrub.prom", "nightly-history.html": "history.html",
            "evidence.ndjson": ".local/state/currents-scrub/evidence/2026-06.ndjson",
        }
        files |= {"receipt/" + path.relative_to(self.folder / receipt).as_posix(): path.relative_to(self.folder).as_posix()
                  for path in self.files(receipt)}
        files |= {"access-package/" + path.relative_to(self.folder / "answer/en").as_posix(): path.relative_to(self.folder).as_posix()
                  for path in self.files("answer/en")}
        files["access-package-fr.html"] = "answer/fr/index.html"
        for name, path in files.items():
            found[name] = self.read(path)
        commands = {
            "inspect": "inspect archive --html inspection.html", "policy check": "policy check agency.yml --destination mparticle",
            "scrub": "--policy agency.yml archive -o out", "verify scrubbed": "verify scrubbed --policy agency.yml out",
            "export en": "export --request access.yml archive -o answer", "nightly 2026-06-05": "nightly nightly.yml",
            "nightly history": "nightly history nightly.yml",
            "erase plan": "erase --request erasure.yml archive out --made-with agency.yml --plan plan.json",
            "erase": "erase --request erasure.yml archive out --made-with agency.yml --apply plan.json",
            "verify receipt": f"verify receipt {receipt}receipt.json archive out --request erasure.yml --made-with agency.yml",
            "verify log": "verify log",
        }
        text = "\n".join(f"$ currents-scrub {command}\n{self.printed[name]}" for name, command in commands.items())
        found["terminal.txt"] = text.encode()
        return found


# What is other in each run: how long it took, where and by whom and with which build it was run, and ids made at random.
CHANGES = [
    (r"\b\d+\.\d+ s\b", "N s"),
    (r'("seconds" ?: ?)[\d.]+', r"\1N"),
    (r"(_seconds )[\d.e+]+(?=\n)", r"\1N"),
    (r'(?s)<svg [^>]*trend-6-.*?</svg>', "TREND"),
    (r'(data-head="Seconds"[^>]*>)[^<]*', r"\1N"),
    (r"(\d{4}-\d\d-\d\dT\d{6}Z-[a-z]+)-[0-9a-f]{6}\b", r"\1"),
    (r"by [^ ]+ on [^ ]+\. The document", "by USER on HOST. The document"),
    (r"(<dt>Operator</dt><dd>)[^<]*", r"\1USER on HOST"),
    (r'"operator":\{[^}]*\}', "OPERATOR"),
    (r'"actor":"[^"]*"', "ACTOR"),
    (r'"identity":\{[^}]*\}', "IDENTITY"),
    (r"[\d,.]+ [kMG]?B a second", "RATE"),
    (r'("subject_request_id" : )"[^"]*"', r"\1UUID"),
    (r"OpenSSL \d[^<\"]*", "OpenSSL"),
    (r"currents-scrub \d+\.\d+\.\d+", "currents-scrub VERSION"),
]
SIGNED = [(r"\b[0-9a-f]{64}\b", "HEX")]


def alike(name, data, folder):
    """What of a sample is the same each time; of a signature, its length."""
    if name.endswith(".sig"):
        return len(data)
    text = data.decode().replace("<wbr>", "").replace(str(folder), PLACE)
    for pattern, instead in CHANGES + (SIGNED if name.startswith(("receipt", "evidence", "terminal")) else []):
        text = re.sub(pattern, instead, text)
    return text


def signing_key(seed):
    """An Ed25519 key of these 32 bytes in PEM (RFC 8410)."""
    text = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + seed).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"


def addresses(text):
    """The hosts of addresses of e-mail in a text."""
    return re.findall(r"[\w.+-]+@([\w.-]+\w)", text)
