#!/usr/bin/env python3
"""Looks at a page as a person would: in headless Chromium, on a desk and on a phone, light, dark and on paper.

    python3 Tests/Interop/check_pages.py PAGE.html [PAGE.html ...] [--shots DIR] [--expect TEXT]

A page passes if, in every view, its headline can be seen, the console stays silent, its Content-Security-Policy is
neither missing nor broken, nothing is fetched from anywhere, 390 pixels need no horizontal scrolling, it still
reads without scripts, and it prints to A4. Needs the package `chromium` and the Python standard library.

Exit status: 0 all pages pass, 1 one does not, 2 Chromium cannot be started.
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

DESK, PHONE = (1280, 900), (390, 844)
A4_POINTS = (595, 842)
TIMEOUT_SECONDS = 60


class Chromium:
    """A headless browser spoken to over a pipe: the DevTools protocol, messages ending in a zero byte."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="check-pages-")
        child_in, self.write_end = os.pipe()
        self.read_end, child_out = os.pipe()
        # The browser reads descriptor 3 and writes 4; move ours away from both, so that none is overwritten.
        child_in, child_out = (fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (child_in, child_out))
        placeholders = [os.open(os.devnull, os.O_RDWR) for _ in range(8)]

        def take_pipes():
            os.dup2(child_in, 3)
            os.dup2(child_out, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
             "--user-data-dir=" + self.profile, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=take_pipes, pass_fds=(3, 4))
        for end in [child_in, child_out] + placeholders:
            os.close(end)
        self.buffer = b""
        self.number = 0
        self.events = []

    def close(self):
        try:
            self.call("Browser.close")
            self.process.wait(timeout=10)
        except Exception:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(self.read_end, 1 << 20)
            if not chunk:
                raise EOFError("Chromium has ended")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        """Returns the result of a command; what happens meanwhile goes to `events`."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def wait_for(self, method, session):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        seen = 0
        while True:
            for event in self.events[seen:]:
                if event["method"] == method and event.get("sessionId") == session:
                    return
            seen = len(self.events)
            event = self.receive(deadline)
            if "method" in event:
                self.events.append(event)

    def listen(self, seconds):
        """Lets the page run on for a moment."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                event = self.receive(deadline)
                if "method" in event:
                    self.events.append(event)
        except TimeoutError:
            pass


# What the page is like now, asked of the page itself.
PROBE = r"""
(() => {
  const headline = document.querySelector('h1');
  const box = headline ? headline.getBoundingClientRect() : null;
  const root = document.documentElement;
  const wide = [];
  if (root.scrollWidth > root.clientWidth) {
    for (const element of document.body.querySelectorAll('*')) {
      if (element.getBoundingClientRect().right > root.clientWidth + 1
        && !element.closest('.scroll, pre, svg') && wide.length < 5) {
        wide.push(element.tagName.toLowerCase() + (element.className.baseVal ?? element.className
          ? '.' + (element.className.baseVal ?? element.className) : ''));
      }
    }
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => Number(h.tagName[1]));
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return {
    headline: headline ? headline.innerText.trim() : '',
    visible: !!box && box.width > 0 && box.height > 0 && getComputedStyle(headline).visibility === 'visible',
    text: document.body.innerText,
    scrollWidth: root.scrollWidth, clientWidth: root.clientWidth, wide,
    headings: levels.filter(l => l === 1).length === 1 && levels.every((l, i) => i === 0 ? l === 1 : l <= levels[i - 1] + 1),
    policy: policy ? policy.content : '',
    doubleIds: [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))],
    deadAnchors: [...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href').slice(1))
      .filter(id => !document.getElementById(id)),
    headCells: [...document.querySelectorAll('th:not([scope])')].length,
    pictures: [...document.querySelectorAll('svg')].filter(s => s.getAttribute('aria-hidden') !== 'true'
      && !(s.getAttribute('role') === 'img' && s.querySelector('title') && s.querySelector('desc'))).length,
    background: getComputedStyle(document.body).backgroundColor,
  };
})()
"""


def complaints_of(events, session, address):
    """What the console, the log, the policy or the network had to say; a good page leaves this empty."""
    found = []
    for event in events:
        if event.get("sessionId") != session:
            continue
        method, params = event["method"], event["params"]
        if method == "Runtime.consoleAPICalled":
            words = " ".join(str(a.get("value", a.get("description", ""))) for a in params["args"])
            found.append(f"console {params['type']}: {words}")
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            found.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded":
            entry = params["entry"]
            found.append(f"log {entry['level']} ({entry['source']}): {entry['text']}")
        elif method == "Audits.issueAdded":
            issue = params["issue"]
            found.append(f"issue {issue['code']}: {json.dumps(issue['details'])[:300]}")
        elif method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if url.split("#")[0] != address and not url.startswith("data:"):
                found.append("network request: " + url[:200])
    return found


def look(browser, page, size, scheme, script=True, expect=None, shot=None):
    """Loads the page in one view and returns what is wrong with it."""
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    call = lambda method, **params: browser.call(method, session, **params)
    address = page.resolve().as_uri()
    browser.events.clear()
    for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
        call(domain + ".enable")
    call("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
         mobile=size == PHONE)
    call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    call("Emulation.setScriptExecutionDisabled", value=not script)
    call("Page.navigate", url=address)
    browser.wait_for("Page.loadEventFired", session)
    browser.listen(0.3)
    state = call("Runtime.evaluate", expression=PROBE, returnByValue=True)["result"]["value"]

    wrong = complaints_of(browser.events, session, address)
    if not state["headline"] or not state["visible"]:
        wrong.append("the headline (h1) cannot be seen")
    if expect and expect not in state["text"]:
        wrong.append(f"the text {expect!r} is not on the page")
    if state["clientWidth"] != size[0]:
        wrong.append(f"is laid out {state['clientWidth']} px wide, not {size[0]}: no viewport meta tag?")
    if state["scrollWidth"] > state["clientWidth"]:
        wrong.append(f"scrolls sideways: {state['scrollWidth']} of {state['clientWidth']} px {state['wide']}")
    if not state["headings"]:
        wrong.append("headings are not in order, or there is not exactly one h1")
    if "default-src 'none'" not in state["policy"]:
        wrong.append("no Content-Security-Policy with default-src 'none'")
    if state["doubleIds"]:
        wrong.append(f"ids used twice: {state['doubleIds'][:5]}")
    if state["deadAnchors"]:
        wrong.append(f"links to nowhere: {state['deadAnchors'][:5]}")
    if state["headCells"]:
        wrong.append(f"{state['headCells']} th without scope")
    if state["pictures"]:
        wrong.append(f"{state['pictures']} pictures without role, title and desc")
    red, green, blue = (int(n) for n in re.findall(r"\d+", state["background"])[:3])
    if (red + green + blue < 384) != (scheme == "dark"):
        wrong.append(f"the background {state['background']} is not {scheme}")
    if shot:
        full = call("Page.getLayoutMetrics")["cssContentSize"]
        for name, height in (("", size[1]), ("-full", min(int(full["height"]), 12000))):
            clip = {"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1}
            image = call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
            shot.with_name(shot.name + name + ".png").write_bytes(base64.b64decode(image["data"]))
    browser.call("Target.closeTarget", targetId=target)
    return wrong


def print_to_paper(browser, page, shot=None):
    """Prints the page as a person with a dark desktop would, and returns what is wrong with the PDF."""
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    call = lambda method, **params: browser.call(method, session, **params)
    address = page.resolve().as_uri()
    browser.events.clear()
    for domain in ("Page", "Runtime", "Log", "Network"):
        call(domain + ".enable")
    call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    call("Page.navigate", url=address)
    browser.wait_for("Page.loadEventFired", session)
    document = base64.b64decode(call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
    wrong = complaints_of(browser.events, session, address)
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", document)
    if not document.startswith(b"%PDF-") or not boxes:
        wrong.append("printing gives no PDF with pages")
    for width, height in boxes:
        if abs(float(width) - A4_POINTS[0]) > 2 or abs(float(height) - A4_POINTS[1]) > 2:
            wrong.append(f"a printed page is not A4: {width.decode()} x {height.decode()} points")
            break
    if shot:
        shot.with_name(shot.name + ".pdf").write_bytes(document)
    browser.call("Target.closeTarget", targetId=target)
    return wrong


def check(browser, page, shots, expect):
    """Returns the faults of a page, each with the view it shows in."""
    base = shots / page.stem if shots else None
    faults = []
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        for scheme in ("light", "dark"):
            view = f"{name}-{scheme}"
            shot = base.with_name(f"{base.name}-{view}") if base else None
            faults += [(view, fault) for fault in look(browser, page, size, scheme, expect=expect, shot=shot)]
    faults += [("no script", fault) for fault in look(browser, page, PHONE, "light", script=False, expect=expect)]
    faults += [("paper", fault) for fault in print_to_paper(browser, page, base)]
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE.html")
    parser.add_argument("--shots", type=pathlib.Path, metavar="DIR", help="keep screenshots and PDFs here")
    parser.add_argument("--expect", metavar="TEXT", help="text that every page must show")
    arguments = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("check_pages: no Chromium here; apt-get install chromium", file=sys.stderr)
        return 2
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    try:
        browser = Chromium(program)
        version = browser.call("Browser.getVersion")["product"]
    except (OSError, TimeoutError, EOFError) as error:
        print(f"check_pages: {program} cannot be started: {error}", file=sys.stderr)
        return 2
    failed = 0
    try:
        for page in arguments.pages:
            if not page.is_file():
                faults = [("file", "there is no such page")]
            else:
                faults = check(browser, page, arguments.shots, arguments.expect)
            failed += bool(faults)
            for view, fault in faults:
                print(f"{page}, {view}: {fault}")
            print(f"{page}: {'FAILED' if faults else 'ok'} ({version})")
    finally:
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
