#!/usr/bin/env python3
"""Makes the pictures of the README out of Reports/samples, with headless Chromium.

    python3 Scripts/make-screenshots.py
"""

import base64
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Interop"))
import check_pages

# Which page, how wide, how much of it, and whether in the dark.
PICTURES = {
    "scrub-report": ("scrub-report.html", 1000, 720, "light"),
    "access-package": ("access-package/index.html", 390, 720, "light"),
}


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    browser = check_pages.Chromium(program)
    folder = ROOT / "Documentation/pictures"
    folder.mkdir(exist_ok=True)
    for name, (page, width, height, scheme) in PICTURES.items():
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.call("Page.enable", session)
        browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        browser.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.call("Page.navigate", session, url=(ROOT / "Reports/samples" / page).as_uri())
        browser.wait_for("Page.loadEventFired", session)
        time.sleep(0.3)
        shot = browser.call("Page.captureScreenshot", session, format="png")["data"]
        (folder / f"{name}.png").write_bytes(base64.b64decode(shot))
        print(f"Documentation/pictures/{name}.png")
    browser.close()


if __name__ == "__main__":
    main()
