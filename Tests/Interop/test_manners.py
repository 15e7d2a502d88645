"""All commands behave alike: told from the program's own description of its commands, so that none is left out."""

import os
import pty
import re
import shutil
import subprocess

import pytest
import reference
from commands import BINARY, COMMANDS, LEAVES, faults, names

# What these print is a JSON Schema, and nothing else.
SCHEMAS = {("policy", "schema"), ("nightly", "schema")}


def called(*arguments, **how):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **how)


def spoken(path):
    return " ".join(("currents-scrub", *path))


def distance(left, right):
    row = list(range(len(right) + 1))
    for i, a in enumerate(left):
        row, above = [i + 1], row
        for j, b in enumerate(right):
            row.append(min(above[j] + (a != b), above[j + 1] + 1, row[j] + 1))
    return row[-1]


# MARK: help

@pytest.mark.parametrize("path", COMMANDS, ids=spoken)
def test_help(path):
    done = called(*path, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("OVERVIEW: ")
    assert [line for line in done.stdout.splitlines() if len(line) > 80 and not line.startswith("USAGE: ")] == []
    example = re.search(r"\nEXAMPLE\n(.*?)\n\n", done.stdout, re.S)[1]
    assert spoken(path) in example or path in {("scrub",), ("nightly", "run")}
    assert not re.search(r"\(default: [^)]*\)\W*\(default: ", re.sub(r"\s+", " ", done.stdout))
    if path in LEAVES or not path:
        codes = re.findall(r"(?m)^  (\d+) +\S", re.search(r"\nEXIT STATUS\n(.*?)\n\n", done.stdout, re.S)[1])
        assert codes == sorted(codes, key=int) and codes[0] == "0" and "64" in codes
    assert done.stdout == called("help", *path).stdout
    for argument in COMMANDS[path].get("arguments", []):
        assert argument.get("abstract"), (path, argument["valueName"])


@pytest.mark.parametrize("path", COMMANDS, ids=spoken)
def test_examples_use_options_that_exist(path):
    assert faults(COMMANDS[path]["discussion"].split("EXIT STATUS")[0]) == []


def test_flags_are_the_same_everywhere():
    short = {}
    for path in LEAVES:
        for argument in COMMANDS[path]["arguments"]:
            spelled = {name["kind"]: name["name"] for name in argument.get("names", [])}
            if "long" in spelled:
                short.setdefault(spelled["long"], set()).add(spelled.get("short"))
        if path not in SCHEMAS:
            assert {"json", "quiet"} <= names(path), path
    # `keys new` and `vault forget` name other things so.
    assert {name: forms for name, forms in short.items() if len(forms) > 1} == {}


def test_version():
    versions = {called(*path, "--version").stdout for path in COMMANDS}
    assert len(versions) == 1
    libraries = r"OpenSSL 3\.\S+ [^,]+, libdeflate [\d.]+, zlib [\d.]+, Zstandard [\d.]+, Expat [\d.]+, SQLite [\d.]+"
    assert re.fullmatch(rf"currents-scrub \d+\.\d+\.\d+ \({libraries}\)\n", versions.pop())


# MARK: mistakes

def refused(*arguments):
    """What is said of a command line with a mistake: an error, what to do, and nothing else."""
    done = called(*arguments)
    assert done.returncode == 64 and done.stdout == "", (arguments, done.returncode, done.stdout[:200])
    error, hint = done.stderr.splitlines()
    assert error.startswith("currents-scrub: ") and error.endswith(" [usage]") and hint.startswith("hint: "), done.stderr
    return error, hint


@pytest.mark.parametrize("path", [path for path in COMMANDS if path], ids=spoken)
def test_commands_that_are_misspelled(path):
    *group, name = path
    wrong = name[:-2] + name[-1] if len(name) > 4 else name + "x"
    error, hint = refused(*group, wrong)
    assert f"`{wrong}`" in error
    siblings = [other[-1] for other in COMMANDS if other[:-1] == tuple(group) and len(other) == len(path)]
    told = re.search(r"did you mean `(.*)`\?", hint)[1].split()[-1]
    assert told == name or told in siblings and distance(told, wrong) <= distance(name, wrong)


@pytest.mark.parametrize("path", LEAVES, ids=spoken)
def test_options_that_are_misspelled(path):
    for name in sorted(names(path)):
        wrong = "--" + name[0] + name[2:]
        if wrong[2:] in names(path) or len(name) < 3:
            continue
        error, hint = refused(*path, wrong)
        told = hint.removeprefix("hint: did you mean ").removesuffix("?")
        assert wrong in error and told.removeprefix("--") in names(path) and distance(told, wrong) <= 1, (error, hint)


@pytest.mark.parametrize("path", COMMANDS, ids=spoken)
def test_options_that_nobody_knows(path):
    error, hint = refused(*path, "--no-such-option-at-all")
    assert "unknown option --no-such-option-at-all" in error and spoken(path) in hint and hint.endswith("--help")


@pytest.mark.parametrize("group", [path for path, command in COMMANDS.items() if command.get("subcommands") and not command.get("defaultSubcommand")
                                   and path not in {(), ("nightly",)}], ids=spoken)
def test_words_that_resemble_nothing(group):
    error, hint = refused(*group, "zzzzzzzzzzzz")
    assert f"`{' '.join(group)}` has no command `zzzzzzzzzzzz`" in error
    assert all(other[-1] in hint for other in COMMANDS if other[:-1] == group)


def test_other_mistakes(tmp_path):
    assert "did you mean builtin:gdpr?" in called("--policy", "gdrp", tmp_path, "-o", tmp_path / "out").stderr
    assert "did you mean builtin:warehouse-share?" in called("policy", "check", "warehouse-shar.yml").stderr
    assert "-p <policy>  A policy file" in refused("archive", "-o", "out")[1]
    assert refused("help", "nothing-like-it")[0] == "currents-scrub: there is no command `nothing-like-it` [usage]"
    assert refused()[1].endswith("--help")


# MARK: output

def on_a_terminal(arguments, env, cwd):
    """What a command prints on a terminal: standard output and standard error."""
    ends = [pty.openpty() for _ in range(2)]
    process = subprocess.Popen([BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=ends[0][1], stderr=ends[1][1], env=env, cwd=cwd)
    for _, theirs in ends:
        os.close(theirs)
    said = []
    for ours, _ in ends:
        text = b""
        while True:
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            text += piece
        said.append(text.decode())
    process.wait()
    return said


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an archive, and an environment with a key."""
    folder = tmp_path_factory.mktemp("manners")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex(), "TERM": "xterm"}
    called("sample", "--events", "2000", "-o", "archive", env=env, cwd=folder)
    called("--policy", "gdpr", "archive", "-o", "out", env=env, cwd=folder)
    (folder / "nightly.yml").write_text("version: 1\nstate: state\nkey: key\narchives:\n  - { name: a, input: archive, policy: builtin:gdpr, output: shared, settle: 0 }\n")
    (folder / "key").write_text(reference.KEY.hex() + "\n")
    (folder / "key").chmod(0o600)
    (folder / "person").write_text("email=nobody@example.test\n")
    return folder, env


COLOURED = [
    ["--policy", "gdpr", "archive", "-o", "out"], ["inspect", "archive"], ["policy", "check", "gdpr"], ["policy", "test", "gdpr"],
    ["policy", "diff", "gdpr", "gdpr-strict"], ["verify", "scrubbed", "--policy", "gdpr", "out"], ["nightly", "check", "nightly.yml"],
    ["export", "--subject-file", "person", "archive", "--dry-run"], ["erase", "--subject-file", "person", "archive", "--yes"],
]


@pytest.mark.parametrize("arguments", COLOURED, ids=" ".join)
def test_colour_and_progress_only_on_a_terminal(place, arguments):
    folder, env = place
    output, _ = on_a_terminal(arguments, env, folder)
    assert "\x1b[32m" in output or "\x1b[33m" in output or "\x1b[31m" in output
    for change in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[3" not in on_a_terminal(arguments, env | change, folder)[0]
    for more in ([], ["--json"]):
        done = called(*arguments, *more, env=env, cwd=folder)
        assert "\x1b" not in done.stdout + done.stderr and "\r" not in done.stderr


LONG = [
    "--help", "catalog list", "catalog list --json", "catalog show user_id", "catalog show users.messages.email.Click --json",
    "policy check gdpr", "policy check gdpr --json", "policy explain gdpr users.messages.email.Click", "policy schema", "nightly schema",
    "policy diff gdpr gdpr-strict", "policy init --purpose share", "inspect archive", "inspect archive --json", "catalog drift archive",
    "verify scrubbed --policy gdpr out", "--policy gdpr archive -o out --json", "--generate-completion-script bash",
    "pseudonym email --policy gdpr", "--policy gdpr",
]


@pytest.mark.parametrize("command", LONG)
def test_a_broken_pipe_is_quiet(place, command):
    """Somebody reads the first line and goes away."""
    folder, env = place
    feed = ""
    if command == "pseudonym email --policy gdpr":
        feed = "yes ada@example.test | head -1000000 |"
    if command == "--policy gdpr":
        feed = """yes '{"id":"1","event_type":"users.messages.email.Open","user_id":"u"}' | head -200000 |"""
    done = subprocess.run(["bash", "-c", f"{feed} {BINARY} {command} 2>err | head -1 >first"],
                          cwd=folder, env=env, timeout=120)
    assert done.returncode == 0 and (folder / "first").read_text()
    said = [line for line in (folder / "err").read_text().splitlines() if not line.startswith(("currents-scrub: using the built-in", "builtin:gdpr:", "  mend:"))]
    assert said == []


# MARK: completions

@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(shell, tmp_path):
    text = called("--generate-completion-script", shell).stdout
    for path in COMMANDS:
        assert not path or path[-1] in text, path
    for name in set().union(*map(names, LEAVES)):
        assert name in text, name
    (tmp_path / "script").write_text(text)
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True).stderr == ""


@pytest.mark.parametrize("words, expected", [
    (["pol"], ["policy"]), (["policy", "ch"], ["check"]), (["keys", "ro"], ["rotate"]), (["inspect", "--ht"], ["--html"]),
    (["nightly", ""], ["run", "check", "history", "schema"]),
])
def test_bash_completes(words, expected, tmp_path):
    (tmp_path / "script").write_text(called("--generate-completion-script", "bash").stdout)
    quoted = " ".join(f"'{word}'" for word in ["currents-scrub", *words])
    script = (f"source {tmp_path}/script; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; COMP_LINE='{' '.join(['currents-scrub', *words])}';"
              "COMP_POINT=${#COMP_LINE}; $(complete -p currents-scrub | sed 's/.*-F \\([^ ]*\\).*/\\1/') currents-scrub "
              f"'{words[-1]}' '{(['currents-scrub'] + words)[-2]}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert set(expected) <= set(done.stdout.split()), done


@pytest.mark.parametrize("command", [
    ("--policy", "gdpr", "in", "-o", "out"), ("verify", "scrubbed", "--policy", "gdpr", "out"), ("erase", "--request", "r.yml", "in"),
    ("export", "--request", "r.yml", "in", "-o", "out"),
])
def test_an_empty_workspace_is_none(command):
    assert "--workspace" in refused(*command, "--workspace", "")[0]
