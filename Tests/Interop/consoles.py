"""Commands in documents, run as somebody would who types them, and what they print held against what the document shows.

A block of `console` under `<!-- run -->` has commands behind `$ ` (and `> ` where they go on) and below each what it prints.
The blocks of one chapter run in one shell, in one folder. With RECORD=1 the document takes what was printed: read the
difference.
"""

import os
import pathlib
import re
import subprocess

import reference

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
MARK = "\x1e the next command \x1e"

# What is other each time: how long it took, when it was, and everything that random keys and ids make.
CHANGES = [
    (r"\d{4}-\d\d-\d\dT\d\d:?\d\d:?\d\dZ", "TIME"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"\b\d+(\.\d+)? s\b", "N s"),
    (r"\b\d+ days left", "N days left"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b", "HEX"),
    (r"TIME-([a-z]+)(-\d+)?(-[0-9a-f]{6})?\b", r"TIME-\1"),
    (r"\b(k\d+)-[a-z2-7]{26}\b", r"\1-TOKEN"),
    (r"\b(k\d+)-s1-[a-z2-7]+\b", r"\1-SEALED"),
]
BLOCK = re.compile(r"(<!-- run -->\n```console\n)(.*?)(```)", re.S)


def chapters(path):
    """The chapters of a document that have commands, by their titles."""
    parts = re.split(r"(?m)^(?=## )", path.read_text())
    return {part.split("\n", 1)[0].removeprefix("## "): part for part in parts if BLOCK.search(part)}


def steps(block):
    """Pairs of a command and what the document says that it prints."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif line.startswith("> ") or line == ">":
            found[-1][0].append(line[2:])
        else:
            found[-1][1].append(line)
    return [("\n".join(command), said) for command, said in found]


def alike(lines):
    text = "\n".join(line.rstrip() for line in lines)
    for pattern, instead in CHANGES:
        text = re.sub(pattern, instead, text)
    # A column is as wide as what stands in it, which may be a time.
    return re.sub(r" {2,}", "  ", text).splitlines()


def shell(folder, commands):
    """Runs commands one after the other in one shell, and tells what each printed."""
    tools = folder / ".bin"
    tools.mkdir(exist_ok=True)
    if not (tools / "currents-scrub").exists():
        (tools / "currents-scrub").symlink_to(pathlib.Path(BINARY).resolve())
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    script = "".join(f"{command}\nprintf '%s\\n' '{MARK}'\n" for command in commands)
    done = subprocess.run(["bash", "-c", "exec 2>&1\n" + script], cwd=folder, capture_output=True, text=True, env=env, timeout=600)
    printed = done.stdout.replace(str(folder), "~").split(MARK + "\n")
    return [part.splitlines() for part in printed[:len(commands)]]


def play(path, title, folder):
    """Runs a chapter, and compares what it prints with what it says."""
    chapter = chapters(path)[title]
    blocks = [steps(found[2]) for found in BLOCK.finditer(chapter)]
    commands = [command for block in blocks for command, _ in block]
    said = [lines for block in blocks for _, lines in block]
    printed = shell(folder, commands)
    assert len(printed) == len(commands)
    if os.environ.get("RECORD") == "1":
        return record(path, chapter, blocks, printed)
    for command, expected, seen in zip(commands, said, printed):
        assert alike(seen) == alike(expected), (command, seen, expected)


def record(path, chapter, blocks, printed):
    texts = []
    for block in blocks:
        lines = []
        for command, _ in block:
            first, *more = command.split("\n")
            lines += [f"$ {first}", *(f"> {line}" for line in more), *printed.pop(0)]
        texts.append("\n".join(lines) + "\n")
    changed = BLOCK.sub(lambda found: found[1] + texts.pop(0) + found[3], chapter)
    path.write_text(path.read_text().replace(chapter, changed))
