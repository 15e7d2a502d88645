"""What is installed and packed: everything is there, pages and completions are well formed, and the program runs from it."""

import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
import reference

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
PACKAGING = reference.ROOT / "Packaging"


def made(script, *arguments):
    done = subprocess.run([PACKAGING / script, BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def holds_everything(root):
    """A tree as `make install` leaves it."""
    share = root / "share"
    version = subprocess.run([root / "bin/currents-scrub", "--version"], capture_output=True, text=True, env={})
    assert version.stdout.startswith("currents-scrub ")
    pages = sorted(path.name for path in (share / "man/man1").iterdir())
    for name in ("", "-scrub", "-inspect", "-export", "-erase", "-nightly", "-nightly-check", "-requests-add", "-policy-check", "-keys-new"):
        assert f"currents-scrub{name}.1.gz" in pages
    assert (share / "bash-completion/completions/currents-scrub").stat().st_size > 1000
    assert (share / "zsh/site-functions/_currents-scrub").read_text().startswith("#compdef currents-scrub")
    assert (share / "fish/vendor_completions.d/currents-scrub.fish").stat().st_size > 1000
    assert (share / "currents-scrub/policies/gdpr.yml").exists()
    assert (share / "currents-scrub/spark/currents_scrub_spark.py").read_text().startswith("#!/usr/bin/env python3\n")
    assert {path.name for path in (share / "doc/currents-scrub/examples").iterdir()} == {"nightly.yml", "logrotate", "crontab"}
    units = {path.name: path.read_text() for path in (root / "lib/systemd/system").iterdir()}
    assert {"currents-scrub.service", "currents-scrub.timer"} <= set(units)
    return units


def test_install(tmp_path):
    made("install.sh", "/opt/scrub", tmp_path)
    root = tmp_path / "opt/scrub"
    units = holds_everything(root)
    assert "/opt/scrub/bin/currents-scrub" in units["currents-scrub.service"] and "/usr/bin/currents-scrub" not in units["currents-scrub.service"]
    subprocess.run(["bash", "-n", root / "share/bash-completion/completions/currents-scrub"], check=True)
    for shell, arguments in (("zsh", ["-n", "share/zsh/site-functions/_currents-scrub"]), ("fish", ["-n", "share/fish/vendor_completions.d/currents-scrub.fish"])):
        if shutil.which(shell):
            subprocess.run([shell, arguments[0], root / arguments[1]], check=True)
    (tmp_path / "page.1").write_bytes(b"")
    for page in (root / "share/man/man1").iterdir():
        text = gzip.decompress(page.read_bytes()).decode()
        assert text.startswith(".TH CURRENTS-SCRUB") and ".SH NAME" in text and ".SH SYNOPSIS" in text
        if shutil.which("man"):
            (tmp_path / "page.1").write_text(text)
            done = subprocess.run(["man", "--warnings", "-l", tmp_path / "page.1"], capture_output=True, text=True,
                                  env={"PATH": os.environ["PATH"], "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
            assert done.returncode == 0 and not done.stderr, (page.name, done.stderr)
    # Every command's page shows an example, and the main one says what exit codes mean.
    main = gzip.decompress((root / "share/man/man1/currents-scrub.1.gz").read_bytes()).decode()
    assert ".SH EXIT STATUS" in main and ".SH EXAMPLES" in main


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no Debian")
def test_debian_package(tmp_path):
    package = pathlib.Path(made("deb.sh", tmp_path / "dist"))
    fields = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True).stdout
    assert "Package: currents-scrub\n" in fields and "libstdc++6" in fields
    owners = {line.split()[1] for line in subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout.splitlines()}
    assert owners == {"root/root"}
    subprocess.run(["dpkg-deb", "-x", package, tmp_path / "tree"], check=True)
    holds_everything(tmp_path / "tree/usr")


def test_release(tmp_path):
    tarball = pathlib.Path(made("dist.sh", tmp_path / "dist"))
    again = tarball.read_bytes()
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path / "tree", filter="fully_trusted") if hasattr(tarfile, "fully_trusted_filter") else archive.extractall(tmp_path / "tree")
    root = next((tmp_path / "tree").iterdir())
    holds_everything(root)
    sums = dict(reversed(line.split()) for line in next((tmp_path / "dist").glob("*.sha256")).read_text().splitlines())
    assert sums[tarball.name] == hashlib.sha256(again).hexdigest()
    spdx = json.loads(next((tmp_path / "dist").glob("*.spdx.json")).read_text())
    names = {one["name"]: one for one in spdx["packages"]}
    assert {"swift-argument-parser", "Yams", "swift-mustache", "GRDB.swift", "libssl-dev"} <= set(names)
    program = hashlib.sha256((root / "bin/currents-scrub").read_bytes()).hexdigest()
    assert names["currents-scrub"]["checksums"][0]["checksumValue"] == program


@pytest.mark.skipif(os.environ.get("PACKAGING_CHROOT") != "1", reason="takes a while: make torture")
def test_on_a_clean_debian(tmp_path):
    """The package on a Debian that has nothing else."""
    package = pathlib.Path(made("deb.sh", tmp_path / "dist"))
    root = tmp_path / "debian"
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, capture_output=True)
    shutil.copy(package, root / "tmp/package.deb")

    def inside(script, expect=0):
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--root", root, "--mount-proc=/proc", "sh", "-ec", script],
                              capture_output=True, text=True)
        assert done.returncode == expect, (script, done.returncode, done.stderr[-2000:])
        return done.stdout

    before = set(inside("dpkg-query -W -f '${Package}\\n'").split())
    inside("apt-get install -y --no-install-recommends /tmp/package.deb")
    assert set(inside("dpkg-query -W -f '${Package}\\n'").split()) - before <= {"currents-scrub", "libstdc++6", "libgcc-s1"}
    assert inside("currents-scrub --version").startswith("currents-scrub ")
    inside("currents-scrub sample --events 500 -o /tmp/archive; currents-scrub keys new /tmp/key --quiet")
    scrub = "cd /tmp && CURRENTS_SCRUB_KEY=$(cat key) currents-scrub --policy gdpr /tmp/archive -o /tmp/clean"
    assert "done." in inside(scrub)
    assert "proved" in inside("cd /tmp && CURRENTS_SCRUB_KEY=$(cat key) currents-scrub verify scrubbed --policy gdpr clean")
    # What the examples of the package say can be done with what it installs.
    inside("cp /usr/share/doc/currents-scrub/examples/nightly.yml /tmp/ && test -f /lib/systemd/system/currents-scrub.timer "
           "&& bash -c '. /usr/share/bash-completion/completions/currents-scrub && complete -p currents-scrub'")
    inside("currents-scrub nightly check /tmp/nightly.yml", expect=1)
    # Without /proc there is no command line.
    done = subprocess.run(["chroot", root, "currents-scrub", "--version"], capture_output=True, text=True)
    assert done.returncode == 1 and "[system.no-proc]" in done.stderr
    inside("apt-get purge -y currents-scrub")
    assert inside("find /usr /lib /etc -name '*currents-scrub*' -not -path '*/dpkg/*'") == ""


def test_installed_pages_link_to_what_is_installed(tmp_path):
    made("install.sh", "/opt/scrub", tmp_path)
    folder = tmp_path / "opt/scrub/share/doc/currents-scrub"
    assert (folder / "Documentation/examples/controller.yml").exists()
    for page in folder.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            # What they who build it read is with the sources.
            of_sources = re.match(r"(\.\./)*(Scripts|Tests|Sources|Makefile|Package.swift)", target)
            assert "://" in target or of_sources or (page.parent / target).exists(), (page, target)


def test_manual_pages_tell_defaults(tmp_path):
    subprocess.run([sys.executable, PACKAGING / "man.py", BINARY, tmp_path, "2026-11-26"], check=True)
    assert "(default: refuse)" in (tmp_path / "currents-scrub-erase.1").read_text()
    assert "(default: en)" in (tmp_path / "currents-scrub-export.1").read_text()


def test_options_of_the_default_command_are_completed(tmp_path):
    made("install.sh", "/opt/scrub", tmp_path)
    words = tmp_path / "opt/scrub/share/bash-completion/completions/currents-scrub"

    def completed(*line):
        script = f'source {words}; COMP_WORDS=({" ".join(line)}); COMP_CWORD={len(line) - 1}; COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}; ' \
            f'_currents-scrub_default currents-scrub "{line[-1]}" "{line[-2]}"; printf "%s\n" "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path,
                              env={"PATH": f"{tmp_path}/opt/scrub/bin:{os.environ['PATH']}"}).stdout.split()

    assert "--policy" in completed("currents-scrub", "--pol")
    assert completed("currents-scrub", "--policy", "policy-of") == []
    assert "-o default" in subprocess.run(["bash", "-c", f"source {words}; complete -p currents-scrub"], capture_output=True, text=True).stdout
    assert "scrub" in completed("currents-scrub", "scr")
