"""What every peer does to a field: the treatment of bench.yml, in Python, and the walk over files.

Pseudonyms are made as currents-scrub makes them: HMAC-SHA256 under a subkey per kind of value (HKDF),
over the normalised value, written as `k1-` and 26 characters of base32.
"""

import argparse
import base64
import hmac
import json
import multiprocessing
import os
import re
from collections import Counter
from pathlib import Path

KEY_ID = "k1"

HASHED = {  # field -> kind; a `contact` is an email address or a phone number, by its value
    "user_id": "braze_id",
    "external_user_id": "external_user_id",
    "device_id": "device_id",
    "ad_id": "ad_id",
    "email_address": "email",
    "to_phone_number": "phone",
    "user_phone_number": "phone",
    "phone_number": "phone",
    "channel_identifier": "contact",
}

REDACTED = frozenset(  # marked [PII], or personal though unmarked, or free text
    """
    abort_log activity_id alt_accuracy altitude bounce_reason bsuid button_id button_string canvas_entry_id
    conversion_behavior country custom_attributes deferral_reason dob element_label endpoint_url error
    first_name flow_response_json gender home_city in_reply_to input language last_name latitude link_alias
    ll_accuracy locale_key longitude media_id media_urls message_body message_extras message_id name native_line_id
    orphaned_by_id output properties provider_error_title push_to_start_token push_token push_token_device_id
    quick_reply_text raw_response recipient_domain retry_log session_id short_url template_name tool_arguments
    update_token url url_path user_agent web_push_token_public_key web_push_token_user_auth
    """.split()
)

JSON_TEXT = frozenset(
    "conversion_behavior custom_attributes flow_response_json message_extras properties tool_arguments".split()
)

UNTOUCHED = ("", "[REDACTED]")  # Braze's own marks of a missing value stay
TRIMMED = " \t\n\v\f\r"

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_NOT_A_DIGIT = re.compile("[^0-9]+")
_SHA256_TEXT = re.compile("[0-9a-fA-F]{64}")


def subkey(domain):
    """The 32-byte key of a domain: HKDF-SHA256 of the master key, which for 32 bytes is two HMACs."""
    master = bytes.fromhex(os.environ["CURRENTS_SCRUB_KEY"])
    extracted = hmac.digest(KEY_ID.encode(), master, "sha256")
    return hmac.digest(extracted, f"currents-scrub/v1/hash/{domain}\x01".encode(), "sha256")


def pseudonymiser(kind):
    """A function from a value of this kind to its pseudonym, or to None where it has to be redacted."""
    if kind == "contact":
        email, phone = pseudonymiser("email"), pseudonymiser("phone")
        return lambda value: email(value) if "@" in value else phone(value)

    normalise = {"external_user_id": _trim, "phone": _phone}.get(kind, _lower)
    may_be_hashed_already = kind in ("email", "phone")
    key, key_of_hashes = subkey(kind), subkey(kind + "_prehashed")

    def pseudonym(value):
        if value in UNTOUCHED:
            return value
        if may_be_hashed_already and len(value) == 64 and _SHA256_TEXT.fullmatch(value):
            return _token(key_of_hashes, value.lower())
        plain = normalise(value)
        return _token(key, plain) if plain.strip("0-") else None

    return pseudonym


def main(scrub_file, suffix, description):
    """Runs `scrub_file(source, target) -> Counter` over every file of IN, and prints the sums as JSON."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("IN", type=Path)
    parser.add_argument("OUT", type=Path)
    parser.add_argument("--processes", type=int, default=1, help="files are shared out to so many processes")
    arguments = parser.parse_args()

    sources = [path for path in arguments.IN.rglob("*" + suffix) if path.is_file() and path.name[0] not in "._"]
    sources.sort(key=lambda path: path.stat().st_size, reverse=True)
    pairs = [(path, arguments.OUT / path.relative_to(arguments.IN)) for path in sources]
    for _, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)

    if arguments.processes == 1:
        counts = [scrub_file(source, target) for source, target in pairs]
    else:
        os.environ.update(POLARS_MAX_THREADS="1", DUCKDB_THREADS="1")  # read by the workers
        with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
            counts = pool.starmap(scrub_file, pairs, chunksize=1)
    print(json.dumps(sum(counts, Counter())))


def _trim(value):
    return value.strip(TRIMMED)


def _lower(value):
    value = value.strip(TRIMMED)
    return value.lower() if value.isascii() else value.translate(_ASCII_LOWER)


def _phone(value):
    digits = _NOT_A_DIGIT.sub("", value)
    if digits.startswith("00"):
        digits = digits[2:]
    return digits if 7 <= len(digits) <= 15 else ""


def _token(key, value):
    mac = hmac.digest(key, value.encode(), "sha256")
    return f"{KEY_ID}-{base64.b32encode(mac[:16]).decode()[:26].lower()}"
