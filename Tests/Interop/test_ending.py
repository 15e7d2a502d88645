"""The end of the program: what libraries do then would meet threads that are still ending."""

import os
import shutil
import subprocess

import pytest

CC = shutil.which("cc") or shutil.which("clang")
pytestmark = pytest.mark.skipif(not CC, reason="no C compiler")
HANDLER = """#include <unistd.h>
__attribute__((destructor)) static void handler(void) { if (write(2, "cleaned up", 10) < 0) _exit(99); }
"""


@pytest.fixture(scope="module")
def handler(tmp_path_factory):
    """A library that says when exit handlers run."""
    folder = tmp_path_factory.mktemp("handler")
    (folder / "handler.c").write_text(HANDLER)
    subprocess.run([CC, "-shared", "-fPIC", "-o", folder / "handler.so", folder / "handler.c"], check=True)
    said = subprocess.run(["/bin/true"], env={"LD_PRELOAD": str(folder / "handler.so")}, capture_output=True).stderr
    assert said == b"cleaned up"
    return {"LD_PRELOAD": str(folder / "handler.so")}


@pytest.mark.parametrize("arguments, key, status", [
    (["--policy", "gdpr", "in", "-o", "out"], None, 0), (["--policy", "gdpr", "in", "-o", "out"], "short", 3), (["scrubb", "in"], None, 64),
    (["inspect", "nowhere"], None, 1), (["inspect", "in", "--json"], None, 0)], ids=["scrub", "refused", "usage", "no input", "answer"])
def test_no_handler_runs_while_threads_end(run, handler, tmp_path, arguments, key, status):
    run("sample", "--events", 500, "--quiet", "-o", tmp_path / "in")
    environment = handler | {"XDG_STATE_HOME": str(tmp_path / "state")} | ({"CURRENTS_SCRUB_KEY": key} if key else {})
    done = run(*arguments, cwd=tmp_path, environment=environment, expect=status)
    assert b"cleaned up" not in done.stderr
    assert done.stdout.endswith(b"\n") == (status == 0)
