"""Who is who in an archive, told by a second implementation of the rules: sets of dictionaries, one person at a time.

An event is a dictionary of `workspace`, `braze_id`, `external_user_id`, `merged_into`, contacts, devices and `id`.
"""

import random
import re

CONTACTS = ["email", "phone", "line_id", "whatsapp_id", "agent_request"]
DEVICES = ["device_id", "ad_id"]
NOBODY = {"", "null", "[redacted]", "unknown", "anonymous"}


def normal(kind, value):
    """A value in its one spelling, or nothing where it stands for nobody."""
    if value is None:
        return None
    value = value.strip("\t\n\v\f\r ")
    if kind == "phone":
        value = "".join(c for c in value if c in "0123456789")
        if value.startswith("00"):
            value = value[2:]
        return value if 7 <= len(value) <= 15 and value.strip("0") else None
    if kind in ("email", "braze_id", "device_id", "ad_id"):
        value = re.sub("[A-Z]", lambda found: found[0].lower(), value)
    if value.lower() in NOBODY or not value.strip("0-"):
        return None
    return value


def facts(event):
    kinds = ["braze_id", "external_user_id", *CONTACTS, *DEVICES]
    return {kind: normal(kind, event.get(kind)) for kind in kinds if normal(kind, event.get(kind))}


class World:
    """Profiles, and who carries what."""

    def __init__(self, events, workspaces=(), named=()):
        self.named = set(named)
        self.events = []
        seen = {}
        for event in events:
            known = facts(event)
            if event.get("workspace"):
                for kind in ("braze_id", "external_user_id"):
                    if kind in known:
                        seen.setdefault((kind, known[kind]), set()).add(event["workspace"])
                if normal("braze_id", event.get("merged_into")):
                    seen.setdefault(("braze_id", normal("braze_id", event["merged_into"])), set()).add(event["workspace"])
        for event in events:
            known = facts(event)
            place = event.get("workspace") or ""
            if not place:
                for kind in ("braze_id", "external_user_id"):
                    options = seen.get((kind, known.get(kind)), set())
                    if options:
                        is_own = kind == "braze_id" or "braze_id" not in known
                        place = next(iter(options)) if is_own and len(options) == 1 or not options & set(workspaces or options) else None
                        break
            if workspaces and place and place not in workspaces:
                continue
            merged = normal("braze_id", event.get("merged_into"))
            self.events.append({"place": place, "known": known, "merged": merged, "event": event})
        self.join()
        self.carry()

    def ids(self, entry):
        if entry["place"] is None:
            return []
        return [(entry["place"], kind, entry["known"][kind]) for kind in ("braze_id", "external_user_id")
                if kind in entry["known"]]

    def has_profile(self, entry):
        return any(kind in entry["known"] for kind in ("braze_id", "external_user_id"))

    def join(self):
        self.group = {}
        for entry in self.events:
            ids = self.ids(entry)
            merged = {i for i in ids} | {m for i in ids for m in self.group.get(i, ())}
            for one in list(merged):
                merged |= self.group.get(one, set())
            for one in merged:
                self.group[one] = merged
            if entry["merged"] and entry["place"] is not None:
                target = (entry["place"], "braze_id", entry["merged"])
                self.group.setdefault(target, {target})
        before = {one: frozenset(group) for one, group in self.group.items()}
        went = {}
        for entry in self.events:
            ids = self.ids(entry)
            if ids and entry["merged"]:
                went.setdefault(before[ids[0]], set()).add((entry["place"], "braze_id", entry["merged"]))
        changed = True
        while changed:
            changed = False
            for source, targets in went.items():
                own = next(iter(source))
                others = {frozenset(self.group[t]) for t in targets} - {frozenset(self.group[own])}
                if len(others) == 1:
                    union = self.group[own] | set(next(iter(others)))
                    for one in union:
                        self.group[one] = union
                    changed = True
        self.contested = {}
        for source, targets in went.items():
            own = frozenset(self.group[next(iter(source))])
            for target in targets:
                other = frozenset(self.group[target])
                if other != own:
                    self.contested.setdefault(own, set()).add(other)
                    self.contested.setdefault(other, set()).add(own)

    def contacts(self, entry):
        return [(kind, value) for kind, value in entry["known"].items()
                if kind in CONTACTS or (kind, value) in self.named]

    def carry(self):
        holders = {}
        for number, entry in enumerate(self.events):
            if self.has_profile(entry):
                ids = self.ids(entry)
                holder = frozenset(self.group[ids[0]]) if ids else ("unplaced", number)
                for contact in self.contacts(entry):
                    holders.setdefault(contact, set()).add(holder)
        nameless = [entry for entry in self.events if not self.has_profile(entry)]
        while True:
            grown = {}
            for entry in nameless:
                all_holders = set().union(*(holders.get(c, set()) for c in self.contacts(entry)), set())
                if len(all_holders) == 1:
                    for contact in self.contacts(entry):
                        if not all_holders <= holders.get(contact, set()):
                            grown.setdefault(contact, set()).update(all_holders)
            if not grown:
                break
            for contact, more in grown.items():
                holders.setdefault(contact, set()).update(more)
        free = {}
        for entry in nameless:
            contacts = [c for c in self.contacts(entry) if c not in holders]
            union = set(contacts).union(*(free.get(c, set()) for c in contacts))
            for contact in union:
                free[contact] = union
        for contact, union in free.items():
            holders[contact] = {("nobody", frozenset(union))}
        self.holders = holders

    def owner(self, entry):
        if self.has_profile(entry):
            ids = self.ids(entry)
            return frozenset(self.group[ids[0]]) if ids else "doubt"
        all_holders = set().union(*(self.holders.get(c, set()) for c in self.contacts(entry)), set())
        return "doubt" if len(all_holders) > 1 else next(iter(all_holders), None)

    def profiles(self, kind, value):
        if kind in ("braze_id", "external_user_id"):
            return {frozenset(group) for one, group in self.group.items() if one[1:] == (kind, value)}
        return self.holders.get((kind, value), set())


def answer(events, subjects, workspaces=()):
    """`("found", ids of events, ids held back)`, or `("refused", code)`."""
    subjects = [(kind, normal(kind, value)) for kind, value in subjects]
    world = World(events, workspaces, [s for s in subjects if s[0] in DEVICES])
    person, open_holders = set(), set()
    for kind, value in subjects:
        if kind in ("braze_id", "external_user_id"):
            person |= world.profiles(kind, value)
    for kind, value in subjects:
        holders = world.profiles(kind, value)
        if kind not in ("braze_id", "external_user_id") and not holders & person:
            if len(holders) == 1:
                person |= holders
            else:
                open_holders |= holders
    if open_holders and not open_holders & person:
        return ("refused", "person.shared")
    places = {one[0] for profile in person if isinstance(profile, frozenset) for one in profile}
    if len(places) > 1 and not workspaces:
        return ("refused", "person.workspaces")
    linked = []
    for kind, value in subjects:
        group = {profile for profile in world.profiles(kind, value) & person if isinstance(profile, frozenset)}
        for other in [other for other in linked if other & group]:
            linked.remove(other)
            group |= other
        if group:
            linked.append(group)
    if len(linked) > 1:
        return ("refused", "person.several")
    if not person:
        for kind, value in subjects:
            for event in events:
                for other, found in facts(event).items():
                    if other != kind and found == normal(other, value):
                        return ("refused", "person.other-kind")
    mine = {c for c, holders in world.holders.items() if holders & person}
    found, held = set(), set()
    for entry in world.events:
        owner = world.owner(entry)
        if owner in person:
            # Of what tells no workspace, nobody knows whether it is asked for.
            (held if workspaces and entry["place"] == "" else found).add(entry["event"]["id"])
            continue
        if owner is None:
            continue
        shares = any(c in mine for c in world.contacts(entry))
        if owner == "doubt":
            shares = shares or any(world.profiles(kind, entry["known"][kind]) & person
                                   for kind in ("braze_id", "external_user_id") if kind in entry["known"])
        if shares or (owner != "doubt" and world.contested.get(owner, set()) & person):
            held.add(entry["event"]["id"])
    return ("found", found, held)


def respelled(chance, kind, value):
    """The same value as somebody else may write it."""
    if kind == "email" and chance.random() < 0.4:
        value = "".join(c.upper() if chance.random() < 0.3 else c for c in value)
    if kind == "phone" and chance.random() < 0.5:
        digits = value.lstrip("+")
        value = chance.choice(["00" + digits, digits, f"+{digits[:2]} ({digits[2:5]}) {digits[5:]}"])
    if kind == "braze_id" and chance.random() < 0.2:
        value = value.upper()
    return f" {value}" if chance.random() < 0.05 else value


def graph(chance, name, workspaces):
    """Events of a few people who merge, share, and cannot be told apart now and then."""
    count = chance.randint(2, 5)
    profiles = []
    for number in range(count):
        place = chance.choice(workspaces)
        profiles.append({
            "workspace": place,
            "braze_id": f"{chance.getrandbits(92):024x}",
            "external_user_id": chance.choice([f"{name}-{number}", f"{name}-{chance.randrange(count)}", None,
                                               f"Zoe\u0308-{name}" if number % 2 else f"Zo\u00eb-{name}"]),
            "email": chance.choice([f"{name}.{number}@example.test", f"{name}.{chance.randrange(count)}@example.test", None]),
            "phone": chance.choice([f"+1202555{chance.randrange(100, 200):04d}{len(name)}", None,
                                    f"+44770090{sum(map(ord, name)) % 90 + 10}{chance.randrange(count)}1"]),
            "line_id": chance.choice([None, f"U{name}{chance.randrange(count)}"]),
            "whatsapp_id": chance.choice([None, None, f"US.{name}{number}"]),
            "device_id": chance.choice([f"device-{name}", f"device-{name}-{number}", None]),
            "ad_id": chance.choice(["00000000-0000-0000-0000-000000000000", f"ad-{name}-{number}", None]),
        })
    events = []
    for _ in range(chance.randint(6, 22)):
        profile = chance.choice(profiles)
        event = {}
        kinds = ["workspace", "braze_id", "external_user_id", "email", "phone", "line_id", "whatsapp_id", "device_id", "ad_id"]
        form = chance.random()
        left_out = set()
        if form < 0.2:
            left_out = {"braze_id", "external_user_id"}
        elif form < 0.35:
            left_out = {"braze_id"}
        for kind in kinds:
            if kind in left_out or profile.get(kind) is None:
                continue
            if kind in ("workspace", "braze_id", "external_user_id") or chance.random() < 0.5:
                event[kind] = respelled(chance, kind, profile[kind]) if kind != "workspace" else profile[kind]
        if chance.random() < 0.1:
            event.pop("workspace", None)
        if chance.random() < 0.15 and "braze_id" in event:
            event["agent_request"] = f"req-{name}-{chance.randrange(3)}"
        elif chance.random() < 0.05:
            event = {"workspace": profile["workspace"], "agent_request": f"req-{name}-{chance.randrange(3)}"}
        if chance.random() < 0.12 and "braze_id" in event:
            event["merged_into"] = chance.choice(profiles)["braze_id"]
        event["id"] = f"{name}-{len(events)}"
        event["time"] = 1767225600 + chance.randrange(10**7)
        events.append(event)
    return profiles, events


def subjects_of(chance, profiles):
    """What a request about somebody of a graph may name."""
    profile = chance.choice(profiles)
    kinds = [k for k in ("braze_id", "external_user_id", "email", "phone", "line_id", "device_id") if profile.get(k)]
    chosen = chance.sample(kinds, min(len(kinds), chance.choice([1, 1, 1, 2])))
    subjects = [(kind, profile[kind]) for kind in chosen]
    workspaces = [profile["workspace"]] if chance.random() < 0.5 else []
    return subjects, workspaces
