"""The last day for an answer, against the calendar of another library."""

import datetime
import json
import random

import pytest
from dateutil.relativedelta import relativedelta

RULES = {
    "gdpr": relativedelta(months=1), "uk": relativedelta(months=1), "ccpa": relativedelta(days=45),
    "lgpd": relativedelta(days=15),
}


def dates():
    """The ends of all months of years with and without a leap day, the days around them, and days in between."""
    ends = [
        datetime.date(year, month, 1) - datetime.timedelta(days=back)
        for year in (2000, 2023, 2024, 2025, 2100) for month in range(1, 13) for back in range(-1, 4)
    ]
    chance = random.Random(24)
    others = [datetime.date(2011, 1, 1) + datetime.timedelta(days=chance.randrange(365 * 60)) for _ in range(100)]
    return ends + others


@pytest.mark.parametrize("law", RULES)
def test_due_dates(run, tmp_path, law):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/users.messages.email.Open.json").write_text('{"user_id":"b1"}\n')
    days = dates()
    assert len(days) == 400
    requests = []
    for number, day in enumerate(days):
        path = tmp_path / f"{number}.yml"
        path.write_text(f"request: r{number}\nreceived: {day}\nlaw: {law}\nsubjects: [{{ braze_id: nobody-{number} }}]\n")
        requests += ["--request", path]
    result = json.loads(run("export", *requests, tmp_path / "archive", "--dry-run", "--json").stdout)
    due = {answer["request"]: answer["due"] for answer in result["requests"]}
    assert due == {f"r{number}": str(day + RULES[law]) for number, day in enumerate(days)}


def test_a_time_counts_as_its_day(run, tmp_path):
    """As OpenDSR tells when a request was made."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/users.messages.email.Open.json").write_text('{"user_id":"b1"}\n')
    (tmp_path / "r.json").write_text(json.dumps({
        "regulation": "gdpr", "subject_request_id": "r-1", "subject_request_type": "access",
        "submitted_time": "2024-01-31T23:59:59Z", "api_version": "2.0",
        "subject_identities": [{"identity_type": "email", "identity_format": "raw", "identity_value": "ada@example.test"}],
    }))
    result = json.loads(run("export", "--request", tmp_path / "r.json", tmp_path / "archive", "--dry-run", "--json").stdout)
    assert result["requests"][0]["due"] == "2024-02-29"
