"""How well `scan` finds what it looks for: a generated, labelled set, made and judged apart from the program.

The figures stand in `Documentation/Detectors.md`, and the last test holds them to what is measured.
"""

import base64
import ipaddress
import json
import random
import re
import urllib.parse
import uuid

import phonenumbers
import pytest

import reference

COUNT = 400
FRAMES = [
    "{}", "550 5.1.1 <{}>: Recipient address rejected", "host relay.example said: {} (in reply to RCPT TO)", "see {}, thanks",
    "user={};status=failed", '{{"to":"{}","code":550}}', "({})", "call or write: {}.", "von {} an", "{}\nnext line", "a|{}|b",
]
# Texts in which nothing is to be found.
PLAIN = [
    "550 5.7.26 unauthenticated mail is prohibited", "4.4.7 message expired after 72:00:00", "queue id 4Xk3Qy2LzTz9sX, size 48213",
    "2026-11-25 13:12:29.123 +0000", "25.11.2026 13:12", "25/11/2026", "retry 3 of 5 in 1800 s", "version 12.4.1 (build 20261125.3)",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0", "order 1002345, 3 items, 149.95 EUR", "1767225600", "1767225600123", "std::vector<int>",
    "00:1b:63:84:45:e6", "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "ratio 16:9, 1920x1080", "image@2x.png",
    "@somebody said hi", "a @ b", "lat 48.8566142 lon 2.3522219", "10 20 30 40 50 60", "0.123456789", "-1,234,567.89", "#1234567", "ISBN 978-3-16-148410-0",
    "Sie haben 1.000.000 Punkte", "DE12 is no account", "TLS1.3 AES256-GCM", "err=0x80070057", "100%25 off", "C:\\Users\\x\\new", "100,000 people",
]


def luhn(front):
    digits = [int(digit) for digit in front]
    total = sum(digit if place % 2 else (2 * digit - 9 if digit > 4 else 2 * digit) for place, digit in enumerate(reversed(digits)))
    return front + str(-total % 10)


def iban(country, account):
    number = "".join(str(int(sign, 36)) for sign in account + country + "00")
    return f"{country}{98 - int(number) % 97:02}{account}"


def emails(dice):
    local = dice.choice(["ada", "ada.lovelace", "a_l", "ada+news", "x-1", "o'hara", "jörg", "bounce+ada=example.test", "1ada", "ADA"])
    domain = dice.choice(["example.test", "mail.example.test", "sub-1.example.test", "exämple.test", "xn--exmple-cua.test", "EXAMPLE.TEST"])
    address = f"{local}@{domain}"
    return dice.choice([address, address, address, urllib.parse.quote(address, safe="+=")])


def phones(kind):
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)

    def make(dice):
        while True:
            region = dice.choice(regions)
            number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
            if number:
                return phonenumbers.format_number(number, kind)

    return make


def cards(dice):
    front = dice.choice(["4", "51", "2221", "6011", "3530"])
    number = luhn(front + "".join(dice.choices("0123456789", k=15 - len(front))))
    groups = [number[start:start + 4] for start in range(0, 16, 4)]
    return dice.choice([number, " ".join(groups), "-".join(groups)])


def accounts(dice):
    country, length = dice.choice([("DE", 18), ("FR", 23), ("NL", 14), ("GB", 18), ("NO", 11), ("BE", 12), ("MT", 27)])
    letters = "0123456789" if country in ("DE", "NO", "BE") else "0123456789ABCDEFGH"
    number = iban(country, "".join(dice.choices(letters, k=length)))
    return dice.choice([number, " ".join(number[start:start + 4] for start in range(0, len(number), 4))])


def version4(dice):
    return str(ipaddress.IPv4Address(dice.randrange(1 << 24, 1 << 32)))


def version6(dice):
    address = ipaddress.IPv6Address(0x20010DB8 << 96 | dice.randrange(1 << 64) << dice.choice([0, 32, 48]))
    return dice.choice([address.compressed, address.exploded, address.compressed.upper()])


KINDS = {
    "email": ("email", emails),
    "phone, E.164": ("phone", phones(phonenumbers.PhoneNumberFormat.E164)),
    "phone, international": ("phone", phones(phonenumbers.PhoneNumberFormat.INTERNATIONAL)),
    "phone, national": ("phone", phones(phonenumbers.PhoneNumberFormat.NATIONAL)),
    "IPv4": ("ip", version4),
    "IPv6": ("ip", version6),
    "card": ("card", cards),
    "iban": ("iban", accounts),
    "uuid": ("uuid", lambda dice: str(uuid.UUID(int=dice.getrandbits(128), version=4))),
}
ENCODINGS = {
    "known, as it is": lambda value: value,
    "known, other letter case": str.swapcase,
    "known, percent-encoded": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "known, base64": lambda value: base64.b64encode(value.encode()).decode(),
    "known, base64 within a text": lambda value: base64.urlsafe_b64encode(f"id:{value};".encode()).decode(),
}
POLICY = """policy: detectors
version: 1
rules:
  - fields: [bounce_reason]
    action: scan
    because: what is found is measured
  - kinds: [external_user_id]
    action: redact
"""


@pytest.fixture(scope="module")
def measured(run, tmp_path_factory):
    """By kind: how many of those that are there are found, and what is found that is not there."""
    dice = random.Random(20261125)
    cases = []
    for name, (label, make) in KINDS.items():
        for _ in range(COUNT):
            value, frame = make(dice), dice.choice(FRAMES)
            cases.append((name, label, value, frame, None))
    for name, encode in ENCODINGS.items():
        for _ in range(COUNT):
            value = dice.choice(["customer-", "u_", "AB-"]) + "".join(dice.choices("abcdefgh0123456789", k=dice.randrange(6, 20)))
            cases.append((name, "external_user_id", encode(value), dice.choice(FRAMES), value))
    cases += [("nothing", None, text, frame, None) for text in PLAIN for frame in ("{}", "x {} y")]
    lines = [json.dumps({"external_user_id": known or "somebody-else-entirely", "bounce_reason": frame.format(value)})
             for _, _, value, frame, known in cases]
    policy = tmp_path_factory.mktemp("detectors") / "policy.yml"
    policy.write_text(POLICY)
    written = run("--policy", policy, "--event-type", "users.messages.email.Bounce", "--destination", "storage",
                  stdin="\n".join(lines).encode()).stdout.decode().splitlines()
    assert len(written) == len(cases)
    found = {name: [0, 0] for name in [*KINDS, *ENCODINGS]}
    labels = {label: [0, 0] for label in ("email", "phone", "ip", "card", "iban", "uuid", "external_user_id")}
    for (name, label, value, frame, _), line in zip(cases, written):
        text = json.loads(line)["bounce_reason"]
        here = re.findall(r"\[([a-z_]+)\]", text)
        if label is not None:
            found[name][0] += 1
            # Nothing of the value stays; of what stands around it only a name in front of an equals sign may go.
            found[name][1] += text in (frame.format(f"[{label}]"), frame.replace("user=", "").format(f"[{label}]"))
        for one in here:
            labels[one][0] += 1
            labels[one][1] += one == label
    return found, labels


def table(measured):
    found, labels = measured
    lines = [f"| {name} | {right} of {there} | {100 * right / there:.1f} % |" for name, (there, right) in found.items()]
    lines += [""] + [f"| `[{label}]` | {right} of {given} | {100 * right / max(given, 1):.1f} % |" for label, (given, right) in labels.items()]
    return lines


def test_what_is_there_is_found_and_nothing_else(measured):
    found, labels = measured
    for name, (there, right) in found.items():
        assert right >= there * (0.5 if name == "phone, national" else 0.99), (name, right, there)
    for label, (given, right) in labels.items():
        assert right >= given * 0.97, (label, right, given)


def test_the_figures_of_the_document_are_those_measured(measured):
    text = (reference.ROOT / "Documentation/Detectors.md").read_text()
    for line in table(measured):
        assert line in text, "\n".join(table(measured))
