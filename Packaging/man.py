#!/usr/bin/env python3
"""Makes the manual pages, one a command, of what the program itself says of its commands.

    python3 Packaging/man.py BINARY FOLDER [DAY]
"""

import datetime
import json
import pathlib
import subprocess
import sys

# Sections of a discussion stand under headings in capitals.
HEADINGS = {"EXAMPLE": "EXAMPLES", "EXIT STATUS": "EXIT STATUS"}


def escaped(text):
    """Text that roff takes as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "".join("\\&" + line if line[:1] in ".'" else line for line in text.splitlines(keepends=True))


def spelling(argument):
    """How an argument is written, such as `-p, --policy <policy>`."""
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f"<{value}>" + (" ..." if argument.get("isRepeating") else "")
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    names.sort(key=len)
    return ", ".join(names) + ("" if argument["kind"] == "flag" else f" <{value}>")


def default(argument):
    """What holds where the option is not given, as help tells it; nothing where its text tells it, or there is none."""
    value = argument.get("defaultValue")
    if value is None or argument["kind"] == "flag" or "(default:" in argument.get("abstract", ""):
        return ""
    return f" (default: {value})"


def discussion(text):
    """Paragraphs, and blocks that stand as they are, by heading."""
    heading, lines = "DESCRIPTION", []
    for line in text.splitlines() + ["EXAMPLE"]:
        if line.strip() in HEADINGS:
            while lines and not lines[-1].strip():
                lines.pop()
            if lines:
                yield heading, lines
            heading, lines = HEADINGS[line.strip()], []
        elif lines or line.strip():
            lines.append(line)


def page(command, path, day, version, others):
    name = "-".join(path)
    yield f'.TH {name.upper()} 1 {day} "currents-scrub {version}" "User Commands"'
    yield ".SH NAME"
    yield escaped(f"{name} - {command.get('abstract', '')}")
    yield ".SH SYNOPSIS"
    arguments = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    words = [" ".join(path)]
    if command.get("subcommands"):
        words.append("<command>")
    for argument in arguments:
        word = spelling(argument).split(", ")[-1]
        words.append(f"[{word}]" if argument.get("isOptional", True) else word)
    yield ".nh\n.ad l"
    yield f".B {escaped(words[0])}\n" + escaped(" ".join(words[1:]))
    parts = list(discussion(command.get("discussion", "")))
    for heading, lines in parts:
        if heading == "DESCRIPTION":
            yield ".SH DESCRIPTION"
            yield escaped("\n".join(line.strip() for line in lines)).replace("\n\n", "\n.PP\n")
    if arguments:
        yield ".SH OPTIONS"
    for argument in arguments:
        yield f".TP\n.B {escaped(spelling(argument))}"
        yield escaped(argument.get("abstract", "") + default(argument))
    if command.get("subcommands"):
        yield ".SH COMMANDS"
    for other in command.get("subcommands", []):
        if other.get("shouldDisplay", True) and other["commandName"] != "help":
            yield f".TP\n.B {escaped(other['commandName'])}"
            yield escaped(other.get("abstract", ""))
    for heading, lines in parts:
        if heading != "DESCRIPTION":
            yield f".SH {heading}\n.nf"
            yield escaped("\n".join(line[2:] if line.startswith("  ") else line for line in lines))
            yield ".fi"
    yield ".SH SEE ALSO"
    yield ", ".join(f".BR {escaped(other)} (1)"[4:].replace(" (1)", "(1)") for other in others if other != name) or "currents\\-scrub(1)"


def commands(command, path=()):
    path = (*path, command["commandName"])
    yield command, path
    for other in command.get("subcommands", []):
        if other.get("shouldDisplay", True) and other["commandName"] != "help":
            yield from commands(other, path)


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    day = sys.argv[3] if len(sys.argv) > 3 else datetime.date.today().isoformat()
    told = json.loads(subprocess.run([binary, "--experimental-dump-help"], capture_output=True, check=True).stdout)
    version = subprocess.run([binary, "--version"], capture_output=True, check=True, text=True).stdout.split()[1]
    folder.mkdir(parents=True, exist_ok=True)
    every = list(commands(told["command"]))
    for command, path in every:
        near = ["-".join(other) for _, other in every if other[:-1] == path or other == path[:-1]]
        text = "\n".join(line for line in page(command, path, day, version, near) if line)
        (folder / ("-".join(path) + ".1")).write_text(text + "\n")


if __name__ == "__main__":
    main()
