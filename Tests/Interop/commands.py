"""The commands and options that there are, as the program itself tells them."""

import json
import os
import re
import subprocess

import reference

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
# A word that is no command stands for the default one.
DEFAULTS = {(): ("scrub",), ("nightly",): ("nightly", "run")}


def tree(command, path=()):
    path = (*path, command["commandName"]) if path or command["commandName"] != "currents-scrub" else ()
    yield path, command
    for other in command.get("subcommands", []):
        if other["commandName"] != "help":
            yield from tree(other, path)


COMMANDS = dict(tree(json.loads(subprocess.run([BINARY, "--experimental-dump-help"], capture_output=True, check=True).stdout)["command"]))
LEAVES = [path for path, command in COMMANDS.items() if not command.get("subcommands")]


def names(path):
    """The long names of a command's options, without dashes."""
    return {name["name"] for argument in COMMANDS[path].get("arguments", []) for name in argument.get("names", []) if name["kind"] == "long"}


def faults(text):
    """Options in command lines of a text that their commands do not have."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"[|;&()`]|(?<!\S)#", line):
            words = part.split()
            if "currents-scrub" not in words:
                continue
            words = words[len(words) - words[::-1].index("currents-scrub"):]
            path = ()
            while words and (*path, words[0]) in COMMANDS:
                path = (*path, words.pop(0))
            path = DEFAULTS.get(path, path)
            found += [(part.strip(), word) for word in words if word.startswith("--") and re.sub("[=,.:].*", "", word)[2:] not in names(path) | {"help", "version"}]
    return found
