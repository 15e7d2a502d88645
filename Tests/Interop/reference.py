"""A second implementation of what the program promises, in Python, from the documentation alone.

Pseudonyms by `hmac` and `hashlib`, the catalog read from the committed text, Avro by fastavro.
"""

import base64
import hashlib
import hmac
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY_ID = "k1"
KEY = bytes(range(1, 33))
# The smallest policy that treats ids, and nights under it.
POLICY = """\
policy: p
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id, braze_id]
    action: hash
"""
NIGHTLY = """\
version: 1
state: state
archives:
  - {{ name: production, input: {input}, policy: p.yml, output: shared, settle: 0 }}
"""


def hkdf(key, salt, info, length=32):
    """RFC 5869 with SHA-256."""
    extracted = hmac.new(salt, key, hashlib.sha256).digest()
    output, block, number = b"", b"", 1
    while len(output) < length:
        block = hmac.new(extracted, block + info + bytes([number]), hashlib.sha256).digest()
        output += block
        number += 1
    return output[:length]


def subkey(domain, purpose="hash", audience=None, key=KEY, key_id=KEY_ID):
    info = f"currents-scrub/v1/{purpose}/{domain}" + (f"/{audience}" if audience else "")
    return hkdf(key, key_id.encode(), info.encode())


def check_value(key=KEY, key_id=KEY_ID):
    return hmac.new(subkey("check", "check", None, key, key_id), b"currents-scrub", hashlib.sha256).hexdigest()[:16]


def trim(value):
    return value.strip(b"\x09\x0a\x0b\x0c\x0d\x20")


def lower(value):
    return bytes(b | 0x20 if 0x41 <= b <= 0x5A else b for b in value)


def normalise(kind, value):
    """The bytes that are hashed, or None where the value is redacted instead."""
    value = trim(value)
    if kind == "phone":
        digits = bytes(b for b in value if 0x30 <= b <= 0x39)
        if digits.startswith(b"00"):
            digits = digits[2:]
        value = digits if 7 <= len(digits) <= 15 else b""
    elif kind in ("email", "device_id", "ad_id", "braze_id"):
        value = lower(value)
    return value if value.strip(b"0-") else None


IS_SHA256 = re.compile(rb"[0-9a-fA-F]{64}")


def pseudonym(kind, value, domain=None, form="token", audience=None, size=16):
    """The pseudonym of a text, or None where it is redacted instead."""
    if value in ("", "[REDACTED]"):
        return value
    try:
        raw = value.encode("utf-8")
    except UnicodeEncodeError:
        return None
    if kind == "email|phone":
        kind = "email" if "@" in value or IS_SHA256.fullmatch(trim(raw)) else "phone"
    domain = domain or kind
    if kind in ("email", "phone") and IS_SHA256.fullmatch(trim(raw)):
        normal, domain = lower(trim(raw)), domain + "_prehashed"
    else:
        normal = normalise(kind, raw)
    if normal is None:
        return None
    mac = hmac.new(subkey(domain, audience=audience), normal, hashlib.sha256).digest()
    text = base64.b32encode(mac[:size]).decode().lower().rstrip("=")
    if form == "token":
        return f"{KEY_ID}-{text}"
    if form == "hex":
        return mac.hex()
    if form == "email":
        return f"{base64.b32encode(mac[:16]).decode().lower().rstrip('=')}@{KEY_ID}.scrubbed.invalid"
    if form == "phone":
        return "+999%012d" % (int.from_bytes(mac[:8], "big") % 10**12)
    if form == "uuid":
        body = bytearray(mac[:16])
        body[6] = body[6] & 0x0F | 0x80
        body[8] = body[8] & 0x3F | 0x80
        h = body.hex()
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
    raise ValueError(form)


class Catalog:
    """The committed catalog: fields, shapes, and which fields are marked anywhere."""

    def __init__(self):
        text = (ROOT / "Sources/ScrubPolicy/Catalog/BuiltInCatalog.generated.swift").read_text()
        self.fields, self.shapes = {}, []
        for line in text.split('#"""\n', 1)[1].split('\n"""#', 1)[0].split("\n"):
            cells = line.split("\t")
            if cells[0] == "F":
                self.fields[cells[1]] = {"class": cells[2], "personal": cells[3] == "p", "kind": cells[4],
                                         "linking": cells[5] == "l", "marked": False}
            elif cells[0] == "S":
                self.shapes.append({"event": cells[1], "destination": cells[2], "name": cells[4] if len(cells) > 4 else cells[3], "members": []})
            elif cells[0] == "M":
                names = cells[4].split(",") if len(cells) > 4 else [cells[1].rsplit(".", 1)[-1]]
                flags = cells[3]
                self.shapes[-1]["members"].append({"path": cells[1], "type": cells[2], "flags": flags, "fields": names})
                for name in names:
                    if set(flags) & set("GVH"):
                        self.fields[name]["marked"] = True

    def is_sensitive(self, member):
        return any(self.fields[n]["marked"] or self.fields[n]["personal"] for n in member["fields"])
