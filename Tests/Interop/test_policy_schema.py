"""The JSON Schema of policies against Python's jsonschema, and against the program's own reader."""

import copy
import json
import random

import jsonschema
import pytest
import yaml

import reference

POLICIES = sorted((reference.ROOT / "Policies").glob("*.yml"))
# Findings of the form; those of the coverage start with E1.
FORM = {f"E{number:03}" for number in range(1, 14)}


@pytest.fixture(scope="module")
def schema(run):
    document = json.loads(run("policy", "schema").stdout)
    jsonschema.Draft7Validator.check_schema(document)
    return document


@pytest.fixture(scope="module")
def agree(run, schema, tmp_path_factory):
    """Whether schema and reader accept a policy; they must say the same. JSON is YAML."""
    folder = tmp_path_factory.mktemp("policies")

    def ask(policy):
        path = folder / "policy.yml"
        path.write_text(json.dumps(policy))
        done = run("policy", "check", path, "--json", expect=None)
        assert done.returncode in (0, 3), done.stderr
        found = {finding["id"] for finding in json.loads(done.stdout)["findings"]} & FORM
        errors = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(policy)]
        assert bool(found) == bool(errors), (policy, found, errors)
        return not found

    return ask


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_shipped_policies_are_valid(path, schema):
    jsonschema.validate(yaml.safe_load(path.read_text()), schema, cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("purpose", ["share", "analytics", "strict"])
def test_starters_are_valid(purpose, run, schema):
    text = run("policy", "init", "--purpose", purpose).stdout.decode()
    jsonschema.validate(yaml.safe_load(text), schema, cls=jsonschema.Draft7Validator)


HEAD = {"policy": "p", "version": 1}
KEY = {"key": {"env": "CURRENTS_SCRUB_KEY", "id": "k1"}}


@pytest.mark.parametrize("policy, accepted", [
    (HEAD, True),
    ({"policy": "p"}, False),
    ({**HEAD, "version": 2}, False),
    ({**HEAD, "rulez": []}, False),
    ({**HEAD, "policy": "a policy"}, False),
    ({**HEAD, "audience": "Agency"}, False),
    ({**HEAD, "audience": "agency"}, False),
    ({**HEAD, "audience": "agency", **KEY}, True),
    ({**HEAD, "audience": "agency", "defaults": {"linking": "redact"}}, True),
    ({**HEAD, "defaults": {"linking": "hash"}}, False),
    ({**HEAD, "defaults": {"plain": "mask"}}, False),
    ({**HEAD, "key": {"env": "A", "file": "b", "id": "k1"}}, False),
    ({**HEAD, "key": {"id": "k1"}}, False),
    ({**HEAD, "key": {"env": "A"}}, False),
    ({**HEAD, "key": {"command": ["pass", "show"], "id": "k1"}}, True),
    ({**HEAD, "key": {"keyring": "ring"}}, True),
    ({**HEAD, "key": {"keyring": "ring", "id": "k1"}}, False),
    ({**HEAD, "key": {"keyring": "ring", "env": "A"}}, False),
    ({**HEAD, "key": {"keyring": "ring", "env": "A", "id": "k1"}}, False),
    ({**HEAD, "key": {"keyring": ["ring"]}}, False),
    ({**HEAD, "key": {}}, False),
    ({**HEAD, "audience": "agency", "key": {"keyring": "ring"}}, True),
    ({**HEAD, "exclude": [{"list": "objections.txt"}]}, True),
    ({**HEAD, "exclude": [{"ledger": "restricted"}]}, False),
    ({**HEAD, "exclude": {"list": "a"}}, False),
    ({**HEAD, "rules": [{"fields": ["country"]}]}, False),
    ({**HEAD, "rules": [{"fields": [], "action": "redact"}]}, False),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "redact", "format": "hex"}]}, False),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "redact", "with": "x"}]}, True),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "keep", "because": " "}]}, False),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "scan"}]}, True),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "scan", "find": ["email", "known"]}]}, True),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "scan", "find": ["mail"]}]}, False),
    ({**HEAD, "rules": [{"fields": ["country"], "action": "scan", "replace": "hash"}]}, False),
    ({**HEAD, **KEY, "rules": [{"fields": ["country"], "action": "scan", "replace": "hash"}]}, True),
    ({**HEAD, "rules": [{"fields": ["url"], "action": "generalise"}]}, False),
    ({**HEAD, "rules": [{"fields": ["url"], "action": "generalise", "to": "path", "query": ["utm_*"]}]}, True),
    ({**HEAD, "rules": [{"fields": ["url"], "action": "generalise", "to": "host", "query": ["utm_*"]}]}, False),
    ({**HEAD, "rules": [{"fields": ["time"], "action": "generalise", "to": "decade"}]}, False),
    ({**HEAD, "rules": [{"fields": ["sending_ip"], "action": "generalise", "to": "/24"}]}, True),
    ({**HEAD, "rules": [{"fields": ["sending_ip"], "action": "generalise", "to": "/33"}]}, False),
    ({**HEAD, "rules": [{"fields": ["latitude"], "action": "generalise", "to": 0.1}]}, True),
    ({**HEAD, "rules": [{"fields": ["latitude"], "action": "generalise", "to": 0}]}, False),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "keep": ["a.b[].c", "*", "[].x"]}]}, True),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "keep": ["a..b"]}]}, False),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "keep": ["a*"]}]}, False),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "hash": {"mail": "email"}}]}, False),
    ({**HEAD, **KEY, "rules": [{"fields": ["properties"], "action": "json", "hash": {"mail": "email"}}]}, True),
    ({**HEAD, **KEY, "rules": [{"fields": ["properties"], "action": "json", "tokenise": {"mail": "email"}}]}, False),
    ({**HEAD, **KEY, "rules": [{"fields": ["properties"], "action": "json", "tokenise": {"mail": "email"}, "store": "sealed"}]}, True),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "store": "sealed"}]}, False),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "find": ["email"]}]}, False),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "find": ["email"], "default": "scan"}]}, True),
    ({**HEAD, "rules": [{"fields": ["properties"], "action": "json", "default": "hash"}]}, False),
    ({**HEAD, "rules": [{"kinds": ["email"], "action": "hash"}]}, False),
    ({**HEAD, **KEY, "rules": [{"kinds": ["email"], "action": "hash", "bits": 128}]}, True),
    ({**HEAD, **KEY, "rules": [{"kinds": ["email"], "action": "hash", "bits": 100}]}, False),
    ({**HEAD, **KEY, "rules": [{"kinds": ["email"], "action": "hash", "format": "hex", "bits": 128}]}, False),
    ({**HEAD, "rules": [{"action": "drop_event"}]}, False),
    ({**HEAD, "rules": [{"action": "drop_event", "where": {}}]}, False),
    ({**HEAD, "rules": [{"action": "drop_event", "where": {"country": ["FR"]}}]}, True),
    ({**HEAD, "rules": [{"action": "drop_event", "events": ["*"], "fields": ["country"]}]}, False),
    ({**HEAD, "acknowledge": [{"id": "W102"}]}, False),
    ({**HEAD, "acknowledge": [{"id": "W102", "because": "a reason"}]}, True),
])
def test_schema_and_reader_agree(policy, accepted, agree):
    assert agree(policy) == accepted


def values(schema, dice):
    """Something that the schema of a key may accept, or not."""
    if "enum" in schema:
        return "nonsense" if dice.random() < 0.03 else dice.choice(schema["enum"])
    if "anyOf" in schema:
        return values(dice.choice(schema["anyOf"]), dice)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = dice.choice(kind)
    if kind == "array":
        return [values(schema["items"], dice) for _ in range(dice.choice([0, 1, 1, 2]))]
    if kind == "object" and "properties" in schema:
        return mapping(schema, dice)
    if kind == "object" and "propertyNames" in schema:
        return {dice.choice(["a", "a.b", "a..b"]): values(schema["additionalProperties"], dice)}
    if kind == "object":
        return {"country": [dice.choice(["FR", 1, True])]} if dice.random() < 0.8 else {}
    if kind == "number":
        return dice.choice([0.1, 10, 0, -1])
    if kind == "boolean":
        return dice.choice([True, False])
    if kind == "integer":
        return dice.choice([96, 100, 128, 512])
    return dice.choice(["email", "k1", "a reason", "Not A Name", "W102", "path", "/24", "a[].b", "a..b"])


def mapping(schema, dice):
    names = [name for name in schema["properties"] if dice.random() < 0.03 or name in schema.get("required", [])]
    result = {name: values(schema["properties"][name], dice) for name in names}
    if dice.random() < 0.05:
        result["unheard_of"] = 1
    return result


def test_schema_and_reader_agree_on_random_rules(agree, schema):
    dice = random.Random(20261124)
    rule = schema["properties"]["rules"]["items"]
    accepted = 0
    for _ in range(400):
        policy = copy.deepcopy({**HEAD, **KEY})
        policy["rules"] = [mapping(rule, dice) for _ in range(dice.choice([1, 2]))]
        if dice.random() < 0.3:
            policy["defaults"] = mapping(schema["properties"]["defaults"], dice)
        accepted += agree(policy)
    # Neither side may refuse everything.
    assert 40 < accepted < 360
