"""The tasks of the cookbook print what it says."""

import gzip
import json
import shutil

import consoles
import fastavro
import pytest
import reference

COOKBOOK = reference.ROOT / "Documentation/Cookbook.md"
TASKS = [title for title in consoles.chapters(COOKBOOK) if title != "Before"]


def test_there_are_ten_tasks():
    assert len(TASKS) == 10


@pytest.mark.parametrize("title", TASKS)
def test_task(tmp_path, title):
    consoles.play(COOKBOOK, "Before", tmp_path)
    GIVEN.get(title, lambda folder: None)(tmp_path)
    consoles.play(COOKBOOK, title, tmp_path)


# What readers have of their own.

def crm(folder):
    (folder / "crm.csv").write_text("email,segment\nAda@example.test,gold\ngrace@example.test,silver\n")


def leavers(folder):
    people = [one for one in json.loads((folder / "archive/_truth.json").read_text())["people"] if one["external_id"] and one["events"]]
    (folder / "leavers.csv").write_text(
        "request,customer\n" + "".join(f"DSR-{number},{one['external_id']}\n" for number, one in enumerate(people[:500], 1)))


def custom_event(folder):
    (folder / "event.json").write_text(
        '{"id":"2c294b7e-35d1-424c-a073-e68b4344803c","user_id":"b1","name":"Custom Event","event_type":"users.behaviors.CustomEvent",'
        '"properties":"{\\"tier\\":\\"gold\\",\\"email\\":\\"ada@example.test\\",\\"note\\":\\"call me\\"}"}\n')


def later_version(folder):
    """A field in an event that is known, and an event that is not."""
    text = ["null", "string"]
    for event, field in (("users.messages.email.Open", "button_colour"), ("users.messages.pigeon.Open", "loft")):
        path = folder / f"archive/currents/later/event_type={event}/date=2026-06-01-02/f.avro"
        path.parent.mkdir(parents=True)
        schema = {"type": "record", "name": f"dataexport.S3.inner.{event}", "fields": [
            {"name": "id", "type": "string"}, {"name": "time", "type": "long"},
            *({"name": name, "type": text} for name in ("user_id", "external_user_id", field))]}
        with open(path, "wb") as file:
            fastavro.writer(file, fastavro.parse_schema(schema), [
                {"id": f"e{number}", "time": 1780272000, "user_id": "b1", "external_user_id": "c1", field: "blue"} for number in range(3)])


def segment(folder):
    consoles.shell(folder, ["currents-scrub sample --events 500 --destination segment -o made --quiet"])
    for path in sorted((folder / "made/segment").rglob("*.json")):
        to = folder / "segment-logs" / path.relative_to(folder / "made/segment").with_suffix(".json.gz")
        to.parent.mkdir(parents=True)
        to.write_bytes(gzip.compress(path.read_bytes()))


def received(folder):
    consoles.shell(folder, ["currents-scrub --policy agency.yml archive -o received --quiet"])
    shutil.copytree(folder / "received", folder / "spoilt")
    name = next(path.relative_to(folder / "archive") for path in sorted((folder / "archive").rglob("*.avro")) if "email.Open" in str(path))
    shutil.copy(folder / "archive" / name, folder / "spoilt" / name)
    shutil.rmtree(folder / "secret")


GIVEN = {
    "Join with a CRM": crm, "Rotate a key": crm, "Erase 500 people from a CSV": leavers, "Add a custom field": custom_event,
    "New Currents version": later_version, "Scrub a Segment S3 log": segment, "Check an output received from someone": received,
}
