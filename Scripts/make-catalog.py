#!/usr/bin/env python3
"""Writes Sources/ScrubPolicy/Catalog/BuiltInCatalog.generated.swift from the tables of the field.

    python3 Scripts/make-catalog.py DOMAIN_FOLDER [ADDITION.json]

DOMAIN_FOLDER holds the message engagement glossary (Markdown), currents-v10-fields.json,
currents-history-fields.json and field-classes.json. The glossary is read by `currents-scrub catalog import` (the
release build), unless ADDITION.json is what that wrote earlier. Only facts are taken: names, paths, types, marks,
display names, classes. The output is deterministic and is committed, so that the project builds without it.

Lines of the catalog text (tab-separated; read by `CatalogReader`):

    F name class personal(p|-) kind linking(l|-)          a canonical field
    S event destination display-name [name]               a shape; its members follow; what the event calls itself
    M path type flags [canonical,...]                     a member of the last shape
    B destination bag                                     a member in which every canonical field is known by name
    X destination path canonical[,...]                    a path of the stored shape or another spelling, any event

Flags: r required, G marked in the glossary, V marked in Currents v10, H marked in an earlier version,
D deprecated, E the event's own name. The canonical name is left out where it is the last part of the path.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent

DESTINATIONS = ["storage", "amplitude", "mixpanel", "mparticle", "segment"]

# Fields that only partner shapes have: class, personal, kind, linking. Facts from the field tables
# (partner_shape_only_fields) and from the partners' own export formats.
EXTRA_FIELDS = {
    "token": ("credential_token", True, "other", False),  # Mixpanel project token, a credential of the customer
    "write_key": ("credential_token", True, "other", False),  # Segment source write key
    "email_sha256": ("direct_identifier", True, "other", False),
    "phone_sha256": ("direct_identifier", True, "other", False),
    "ip_address": ("direct_identifier", True, "ip", False),
    "amplitude_id": ("direct_identifier", True, "other", False),
    "mpid": ("direct_identifier", True, "other", False),
    "uuid": ("quasi_identifier", False, "other", True),
    "batch_id": ("quasi_identifier", False, "other", True),
    "event_sequence": ("non_personal", False, "other", False),
    "city": ("quasi_identifier", True, "other", False),
    "region": ("quasi_identifier", True, "other", False),
    "dma": ("quasi_identifier", True, "other", False),
    "postal_code": ("quasi_identifier", True, "other", False),
    "name_parts": ("direct_identifier", True, "other", False),
    "device_family": ("quasi_identifier", False, "other", False),
    "device_brand": ("quasi_identifier", False, "other", False),
    "device_manufacturer": ("quasi_identifier", False, "other", False),
    "os_name": ("quasi_identifier", False, "other", False),
    "received_time": ("non_personal", False, "time", False),
    "event_type": ("non_personal", False, "other", False),
    "custom_event_type": ("non_personal", False, "other", False),
    "event_name": ("non_personal", False, "other", False),
    "library": ("non_personal", False, "other", False),
    "environment": ("non_personal", False, "other", False),
    "schema_version": ("non_personal", False, "other", False),
    "partner_id": ("non_personal", False, "other", False),
    "call_type": ("non_personal", False, "other", False),
    "consent_state": ("quasi_identifier", False, "other", False),
    "identity_type": ("non_personal", False, "other", False),  # what the item of a list of identities is
    "identity_encoding": ("non_personal", False, "other", False),
}

PHONES = ["to_phone_number", "user_phone_number"]
AD_SLOTS = ["ios_advertising_id", "android_advertising_id", "microsoft_advertising_id", "roku_advertising_id"]

# Paths of the sent shapes whose canonical field is not the last part of the path.
SENT = {
    "storage": {},
    "amplitude": {"insert_id": ["id"], "user_id": ["external_user_id"], "idfa": ["ad_id"], "adid": ["ad_id"]},
    "mixpanel": {
        "event": ["event_name"],
        "properties.$insert_id": ["id"],
        "properties.distinct_id": ["external_user_id"],
        "properties.$device": ["device_model"],
        "properties.$os": ["os_version"],
        "properties.$partner_id": ["partner_id"],
    },
    "mparticle": {
        "events[].data.custom_attributes.source_request_id": ["id"],
        "events[].data.source_message_id": ["id"],
        "events[].data.timestamp_unixtime_ms": ["time"],
        "user_identities.customerid": ["external_user_id"],
        "user_identities.email": ["email_address"],
        "user_attributes.$mobile": PHONES,
        "device_info.ios_idfv": ["device_id"],
        "device_info.limit_ad_tracking": ["ad_tracking_enabled"],
        **{f"device_info.{slot}": ["ad_id"] for slot in AD_SLOTS},
    },
    "segment": {
        "anonymousId": ["user_id"],
        "userId": ["external_user_id"],
        "messageId": ["id"],
        "timestamp": ["time"],
        "event": ["event_name"],
        "type": ["call_type"],
        "context.traits.email": ["email_address"],
        "context.traits.phone": PHONES,
        "context.device.model": ["device_model"],
        "context.device.type": ["platform"],
        "properties.link_url": ["url"],
    },
}

# Paths of the stored shapes (what partners export back), and other spellings met in archives.
STORED = {
    "amplitude": {
        "event_time": ["time"], "client_event_time": ["time"], "$insert_id": ["id"], "uuid": [], "amplitude_id": [],
        "event_id": ["event_sequence"], "session_id": [], "ip_address": [], "city": [], "region": [], "country": [],
        "dma": [], "location_lat": ["latitude"], "location_lng": ["longitude"], "language": [], "platform": [],
        "os_name": [], "os_version": [], "device_type": ["device_model"], "device_model": [], "device_family": [],
        "device_brand": [], "device_manufacturer": [], "device_carrier": ["carrier"], "carrier": [],
        "server_received_time": ["received_time"], "server_upload_time": ["received_time"],
        "client_upload_time": ["received_time"], "processed_time": ["received_time"],
        "event_properties.braze_user_id": ["user_id"], "user_properties.braze_user_id": ["user_id"],
    },
    "mixpanel": {
        "properties.user_id": [], "properties.$user_id": ["external_user_id"], "properties.$device_id": ["device_id"],
        "properties.mp_processing_time_ms": ["received_time"], "properties.$city": ["city"],
        "properties.$region": ["region"], "properties.mp_country_code": ["country"], "properties.ip": ["ip_address"],
        "properties.$email": ["email_address"], "properties.$phone": ["phone_number"],
        "properties.$first_name": ["first_name"], "properties.$last_name": ["last_name"],
        "properties.$name": ["name_parts"],
        "event_name": [], "insert_id": ["id"], "distinct_id": ["external_user_id"], "user_id": ["external_user_id"],
        "device_id": [], "time": [],
        # Which id stands for another, in a table of its own and as an event.
        "resolved_distinct_id": ["external_user_id"], "properties.alias": ["external_user_id"],
    },
    "mparticle": {
        "mpid": [], "batch_id": [], "ip": ["ip_address"], "consent_state": [],
        "user_identities.customer_id": ["external_user_id"], "user_identities.device_application_stamp": ["device_id"],
        "user_identities.identity_type": [], "user_identities.identity_encoding": [],
        "user_identities.timestamp_unixtime_ms": ["received_time"],
        "user_identities.mobile_number": ["phone_number"], "user_attributes.$email": ["email_address"],
        "user_attributes.$firstname": ["first_name"], "user_attributes.$lastname": ["last_name"],
        "user_attributes.$city": ["city"], "user_attributes.$zip": ["postal_code"],
        "user_attributes.$gender": ["gender"], "user_attributes.$country": ["country"],
        "device_info.platform": [], "device_info.device_model": [], "device_info.device_manufacturer": [],
        "device_info.os_version": [], "device_info.ios_advertising_id": ["ad_id"], "device_info.ios_idfa": ["ad_id"],
        "device_info.android_uuid": ["device_id"], "device_info.push_token": [],
        "device_info.http_header_user_agent": ["user_agent"], "events[].data.location.latitude": [],
        "events[].data.location.longitude": [],
    },
    "segment": {
        "context.ip": ["ip_address"], "context.userAgent": ["user_agent"], "context.timezone": [],
        "context.locale": ["language"], "context.device.id": ["device_id"], "context.device.advertisingId": ["ad_id"],
        "context.device.token": ["push_token"], "context.device.manufacturer": ["device_manufacturer"],
        **{
            bag + name: fields for bag in ["traits.", "context.traits."]
            for name, fields in {"firstName": ["first_name"], "lastName": ["last_name"], "name": ["name_parts"]}.items()
        },
        "traits.phone": PHONES, "context.externalIds.type": ["identity_type"], "context.externalIds.encoding": ["identity_encoding"],
        "context.externalIds.email": ["email_address"], "context.externalIds.phone": PHONES,
        "context.externalIds.user_id": ["external_user_id"], "context.os.name": ["os_name"], "context.os.version": ["os_version"],
        "context.network.carrier": ["carrier"], "context.library.name": ["library"],
        "context.library.version": ["version"], "context.integration.name": ["library"],
        "context.integration.version": ["version"], "originalTimestamp": ["time"], "sentAt": ["received_time"],
        "receivedAt": ["received_time"], "version": [], "writeKey": ["write_key"],
    },
    # Braze's archive of sent messages names whom each went to.
    "storage": {"to": ["channel_identifier"]},
}

# Columns of the tables that Segment writes to warehouses, where their names are not the paths of its calls in other letters.
SEGMENT_COLUMNS = {
    "id": ["id"], "user_id": ["external_user_id"], "anonymous_id": ["user_id"], "event_text": ["event_name"],
    "original_timestamp": ["time"], "sent_at": ["received_time"], "received_at": ["received_time"], "uuid_ts": ["received_time"],
}

# By these, events of others are told from those of Segment: no column of its own is called so.
MARKS_OF_OTHERS = {"external_user_id", "app_group_id", "library", "schema_version", "mpid", "amplitude_id", "insert_id"}

# Members of a shape in which any canonical field may stand by its own name ("." is the event itself).
EVENT_BAGS = {
    "storage": ["."],
    "amplitude": ["event_properties."],
    "mixpanel": ["properties."],
    "mparticle": ["events[].data.custom_attributes."],
    "segment": ["properties."],
}

# Members that describe the person: only personal or marked fields are known there by name, for `name`
# is the name of an event in the one place and of a person in the other.
USER_BAGS = {
    "storage": [],
    "amplitude": ["user_properties."],
    "mixpanel": [],
    "mparticle": ["user_attributes.", "user_identities.", "device_info."],
    "segment": ["traits.", "context.traits."],
}

# Other spellings of a canonical field, known in every bag.
ALIASES = {
    "email": ["email_address"],
    "phone": ["phone_number"],
    "mobile": ["phone_number"],
    "$mobile": PHONES,
    "Email": ["email_address"],
    "EMAIL": ["email_address"],
    "emailAddress": ["email_address"],
    "Phone": ["phone_number"],
    "PHONE": ["phone_number"],
    "Mobile": ["phone_number"],
    "phoneNumber": ["phone_number"],
    "$Mobile": PHONES,
    "$Email": ["email_address"],
    "external_id": ["external_user_id"],
    "braze_id": ["user_id"],
    "ip": ["ip_address"],
}

# What an event calls itself when that is not the display name: an uninstall is an event type of mParticle's own.
EVENT_NAMES = {("users.behaviors.Uninstall", "mparticle"): "uninstall"}


def glossary_shapes(domain):
    """(event, destination) -> (display name, {path: (type, flags)})."""
    if len(sys.argv) > 2:
        text = pathlib.Path(sys.argv[2]).read_text()
    else:
        page = next(domain.glob("glossary-*.md"))
        text = subprocess.check_output([ROOT / ".build/release/currents-scrub", "catalog", "import", "-q", page])
    shapes = {}
    for event in json.loads(text)["events"]:
        members = {}
        for member in event["members"]:
            marks = [("r", "required"), ("G", "annotated"), ("D", "deprecated"), ("E", "names_event")]
            members[member["path"]] = (member["type"], "".join(flag for flag, name in marks if member.get(name)))
        shapes[event["event"], event["destination"]] = (event["display_name"], members)
    return shapes


# The glossary's words for array types; the question mark belongs to the items.
ARRAYS = {"array<string>?": "array of string", "array<null|string>?": "array of string?"}


def add_storage(shapes, table, mark):
    """Unites a table of storage events (name, type, marks) with the shapes."""
    for event, fields in table.items():
        display, members = shapes.setdefault((event, "storage"), ("", {}))
        for name, kind, marks in fields:
            known_kind, flags = members.get(name, (kind, ""))
            optional = kind.endswith("?") or (name in members and "r" not in flags)
            flags = flags.replace("r", "") if optional else "r" + flags.replace("r", "")
            flags += (mark if "P" in marks else "") + ("D" if "D" in marks and "D" not in flags else "")
            members[name] = (ARRAYS.get(kind) or kind.rstrip("?"), flags)


def canonical(where, path):
    return SENT[where].get(path) or [path.rsplit(".", 1)[-1]]


def segment_columns(paths, fields):
    """The columns of Segment's tables: members of calls in small letters with `_`, properties without what is in front."""
    columns = dict(SEGMENT_COLUMNS)
    for path, names in paths.items():
        group, _, name = path.partition(".")
        if name and group in ("properties", "context") and "$" not in name and not name.startswith("externalIds"):
            column = name if group == "properties" else path.replace(".", "_")
            columns.setdefault(re.sub("(?<=[a-z])([A-Z])", r"_\1", column).lower(), names)
    for name in sorted(set(fields) - {"properties"}):
        columns.setdefault(name, [name])
    return {name: names for name, names in columns.items() if name not in MARKS_OF_OTHERS}


def row(*cells):
    return "\t".join(cells)


def catalog(domain):
    classes = json.loads((domain / "field-classes.json").read_text())
    v10 = json.loads((domain / "currents-v10-fields.json").read_text())
    history = json.loads((domain / "currents-history-fields.json").read_text())

    fields = {n: (f["class"], f["personal"], f["kind"], f["linking"]) for n, f in classes["fields"].items()}
    for name, extra in classes["added_after_v10"].items():
        fields[name] = (extra["class"], False, "time" if name.endswith("_time") else "other", False)
    fields.update(EXTRA_FIELDS)

    shapes = glossary_shapes(domain)
    counts = {where: sum(1 for _, w in shapes if w == where) for where in DESTINATIONS}
    add_storage(shapes, v10["events"], "V")
    add_storage(shapes, history["events"], "H")

    lines = [row("F", n, c, "p" if p else "-", k, "l" if l else "-") for n, (c, p, k, l) in sorted(fields.items())]
    for (event, where), (display, members) in sorted(shapes.items(), key=lambda s: (s[0][0], DESTINATIONS.index(s[0][1]))):
        name = EVENT_NAMES.get((event, where))
        lines.append(row("S", event, where, display, *([name] if name else [])))
        for path, (kind, flags) in members.items():
            names = canonical(where, path)
            for name in names:
                assert name in fields, (event, where, path, name)
            own = names == [path.rsplit(".", 1)[-1]]
            lines.append(row("M", path, kind, flags or "-", *([] if own else [",".join(names)])))
    marked = {p.rsplit(".", 1)[-1] for _, members in shapes.values() for p, (_, flags) in members.items() if set(flags) & set("GVH")}
    told = [name for name, (_, personal, _, _) in sorted(fields.items()) if personal or name in marked]
    for where in DESTINATIONS:
        sent = {path for (_, w), (_, members) in shapes.items() if w == where for path in members}
        lines += [row("B", where, bag) for bag in EVENT_BAGS[where]]
        extra = {bag + name: [name] for bag in USER_BAGS[where] for name in told if name in fields}
        extra |= {bag.lstrip(".") + name: names for bag in EVENT_BAGS[where] + USER_BAGS[where] for name, names in ALIASES.items()}
        extra |= {path: names or [path.rsplit(".", 1)[-1]] for path, names in STORED[where].items()}
        if where == "segment":
            extra = segment_columns(extra | {path: canonical(where, path) for path in sorted(sent)}, fields) | extra
        for path, names in extra.items():
            assert all(name in fields for name in names), (where, path, names)
            if path not in sent:
                lines.append(row("X", where, path, ",".join(names)))
    return lines, counts, len(v10["events"]), len(history["events"])


def main():
    domain = pathlib.Path(sys.argv[1])
    lines, counts, current, former = catalog(domain)
    target = ROOT / "Sources/ScrubPolicy/Catalog/BuiltInCatalog.generated.swift"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        "// Generated by Scripts/make-catalog.py; do not edit.\n// swift-format-ignore-file\n"
        f"// Glossary shapes: {sum(counts.values())} {counts}; storage events of v10: {current}; earlier ones: {former}.\n\n"
        "/// The catalog's text, as `CatalogReader` reads it.\n"
        'let builtInCatalogText: StaticString = #"""\n' + "\n".join(lines) + '\n"""#\n')
    print(f"{target.name}: {len(lines)} lines, glossary shapes {counts}, v10 {current}, earlier {former}")


if __name__ == "__main__":
    main()
