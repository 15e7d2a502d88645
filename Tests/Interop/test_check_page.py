"""The page of policy check in a browser: how it looks in every view, and that its filters show what they say.

SHOTS=DIR keeps screenshots and the printed page.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import check_pages
import pytest

# Email addresses leave in clear in one destination only, and one event type is dropped there.
POLICY = """policy: partner
version: 1
title: For a partner who sends the mail
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - events: ["users.messages.email.Bounce"]
    destinations: [segment]
    action: drop_event
  - kinds: [email]
    destinations: [segment]
    action: keep
    because: the partner sends the mail
  - kinds: [email, phone]
    action: hash
"""

# What is to be seen of the matrix, asked of the page itself.
MATRIX = r"""
(() => {
  const words = node => node.textContent.trim();
  const actions = cell => [...cell.querySelectorAll('b')].map(words);
  return [...document.querySelectorAll('details.event')].flatMap(fold =>
    [...fold.querySelectorAll('tbody tr')].map(row => ({
      event: words(fold.querySelector('h3')), field: words(row.cells[0].querySelector('code')), text: words(row),
      rule: words(row.cells[row.cells.length - 1]), marked: words(row.cells[2]) !== 'not marked',
      storage: actions(row.cells[3]), segment: actions(row.cells[7]),
      all: [3, 4, 5, 6, 7].flatMap(index => actions(row.cells[index])),
      listed: !fold.hidden,
      shown: !row.hidden && !fold.hidden && fold.open && row.getBoundingClientRect().height > 0,
    })));
})()
"""


class Reader:
    """Someone at a desk who has the page open."""

    def __init__(self, browser, page):
        self.browser = browser
        self.address = page.resolve().as_uri()
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.events.clear()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        # High enough that every row is drawn.
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=300000, deviceScaleFactor=0.01, mobile=False)
        self.call("Page.navigate", url=self.address)
        browser.wait_for("Page.loadEventFired", self.session)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def type(self, text):
        self.ask("document.getElementById('words').focus(); document.getElementById('words').select()")
        self.call("Input.insertText", text=text)

    def choose(self, id, option):
        self.ask(f"""(() => {{ const list = document.getElementById('{id}');
            list.selectedIndex = [...list.options].findIndex(o => o.text === '{option}');
            list.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()""")

    def click(self, id):
        self.ask(f"document.getElementById('{id}').click()")

    def rows(self):
        return self.ask(MATRIX)

    def found(self):
        return self.ask("document.getElementById('found').textContent")

    def expect(self, fits):
        """Exactly the rows that fit are shown, and counted."""
        rows = self.rows()
        assert [r for r in rows if r["shown"]] == [r for r in rows if fits(r)]
        shown = [r for r in rows if r["shown"]]
        assert {r["event"] for r in rows if r["listed"]} == {r["event"] for r in shown}
        events = len({r["event"] for r in shown})
        assert self.found() == f"{len(shown):,} of {len(rows):,} rows in {events} event type{'s' * (events != 1)}"
        return shown


@pytest.fixture(scope="module")
def place(run, tmp_path_factory):
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no chromium is installed")
    folder = tmp_path_factory.mktemp("check")
    (folder / "partner.yml").write_text(POLICY)
    run("policy", "check", "gdpr", "--html", folder / "gdpr.html")
    run("policy", "check", folder / "partner.yml", "--html", folder / "partner.html")
    return folder


@pytest.fixture
def reader(place):
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    browser = check_pages.Chromium(program)
    reader = Reader(browser, place / "partner.html")
    try:
        yield reader
        assert check_pages.complaints_of(browser.events, reader.session, reader.address) == []
    finally:
        browser.close()


@pytest.mark.parametrize("page, text", [
    ("gdpr", "nothing marked or personal leaves in clear"), ("partner", "each for a stated reason")])
def test_the_page_in_a_browser(place, page, text):
    shots = ["--shots", os.environ["SHOTS"]] if os.environ.get("SHOTS") else []
    checker = pathlib.Path(__file__).parent / "check_pages.py"
    done = subprocess.run([sys.executable, checker, place / f"{page}.html", "--expect", text, *shots],
                          capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_is_folded_at_first(reader):
    rows = reader.rows()
    assert len(rows) > 2000 and not any(r["shown"] for r in rows)
    assert reader.found() == f"{len(rows):,} rows in {len({r['event'] for r in rows})} event types"
    reader.click("fold")
    assert all(r["shown"] for r in reader.rows())
    reader.click("fold")
    assert not any(r["shown"] for r in reader.rows())


def test_search(reader):
    reader.type("email.Click")
    assert reader.expect(lambda r: "email.Click" in r["event"])
    reader.type("canvas_id")
    assert len({r["event"] for r in reader.expect(lambda r: "canvas_id" in r["text"])}) > 10
    # A usual path is found though no cell spells it out.
    reader.type("custom_attributes.canvas_id")
    assert {r["field"] for r in reader.rows() if r["shown"]} == {"canvas_id"}
    reader.type("default unmarked_personal")
    assert reader.expect(lambda r: "default unmarked_personal" in r["rule"])
    reader.type("nothing of that name")
    assert not reader.expect(lambda r: False)
    assert reader.ask("document.getElementById('nothing').getBoundingClientRect().height") > 0


def test_action_and_destination(reader):
    reader.choose("action", "hash")
    everywhere = reader.expect(lambda r: "hash" in r["all"])
    reader.choose("destination", "segment")
    in_segment = reader.expect(lambda r: "hash" in r["segment"])
    assert 0 < len(in_segment) < len(everywhere)
    reader.choose("action", "event dropped")
    assert {r["event"] for r in reader.expect(lambda r: "event dropped" in r["segment"])} == {"users.messages.email.Bounce"}
    reader.choose("destination", "storage")
    assert not reader.expect(lambda r: "event dropped" in r["storage"])
    reader.choose("action", "any")
    assert reader.expect(lambda r: r["storage"])


def test_marked_and_differing(reader):
    reader.click("marked")
    marked = reader.expect(lambda r: r["marked"])
    reader.click("differs")
    both = reader.expect(lambda r: r["marked"] and len(set(r["all"])) > 1)
    assert 0 < len(both) < len(marked)
    reader.click("marked")
    assert reader.expect(lambda r: len(set(r["all"])) > 1)
    reader.type("email_address")
    assert reader.expect(lambda r: len(set(r["all"])) > 1 and "email_address" in r["text"])
    reader.click("clear")
    rows = reader.rows()
    assert not any(r["shown"] for r in rows) and reader.found().startswith(f"{len(rows):,} rows")
    assert reader.ask("document.getElementById('words').value") == ""
