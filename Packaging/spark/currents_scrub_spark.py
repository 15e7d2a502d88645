#!/usr/bin/env python3
"""Runs a scrub, an inspection, an export or an erasure of currents-scrub on Apache Spark.

    spark-submit --files currents-scrub currents_scrub_spark.py scrub --policy /etc/scrub/gdpr.yml \\
        s3://archive/currents -o s3://shared/clean
    spark-submit currents_scrub_spark.py inspect s3://archive/currents -o s3://parts/inspection
    spark-submit currents_scrub_spark.py erase --request /etc/scrub/dsr-115.yml s3://archive/currents --parts s3://parts/dsr-115 --yes

The options are those of the program. Its own: `--tasks N` (default: three for each core of the executors), and `--binary PATH`
of the program where it is neither shipped with `--files` nor on the PATH.

The program does all of the work: here it lays down the plan, each task does one part of it, and the program merges the parts;
where people are searched for, as often as the search goes on. Spark carries numbers of parts, options of parts and counts, and
nothing else: no name of a file, no value, no key, and nobody who is searched for. Tasks may be tried again, and
tried twice at the same time. A job that failed goes on where it was when it is submitted again. The exit status is that of
the program. See Documentation/ManyMachines.md.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

USAGE = 64
NEXT_ROUND = 75
PEOPLE = ("export", "erase")
# As the program tells a profile without naming it.
FINGERPRINT = re.compile("[0-9a-f]{16}")
# Which the program puts at the end of what it says of a problem.
CODE = re.compile(r"\[([a-z0-9]+(?:[.-][a-z0-9]+)+|[EW][0-9]{3}|usage)\]$", re.MULTILINE)
# Settings of environments that Spark hands on.
ENVIRONMENTS = ("spark.executorEnv.", "spark.yarn.appMasterEnv.", "spark.kubernetes.driverEnv.")
# What has the form of a key: 32 bytes or more in hexadecimal digits or base64.
KEY = re.compile(r"(?:[0-9a-fA-F]{64,}|[A-Za-z0-9+/_-]{43,}={0,2})")


def refuse(text, hint):
    print(f"currents-scrub: {text} [usage]\nhint: {hint}", file=sys.stderr)
    sys.exit(USAGE)


class Parser(argparse.ArgumentParser):
    """Ends as the program does where what it is told makes no sense."""

    def error(self, message):
        refuse(message, "see --help")


def program(told):
    """The path of the program on this machine: the one that was told, the one that Spark shipped, or the one that is installed."""
    from pyspark import SparkFiles

    shipped = SparkFiles.get("currents-scrub")
    path = told or (shipped if os.path.isfile(shipped) else shutil.which("currents-scrub"))
    if not path or not os.access(path, os.X_OK):
        raise FileNotFoundError("currents-scrub is not on this machine: ship it with --files, or install it")
    return path


def work(number, tasks, told, command, folder):
    """Does one part on an executor, and tells what the program says of it.

    What may pass, such as a part of which not everything could be written, is raised, so that Spark tries it again.
    """
    folder = folder if os.path.isdir(folder) else None
    arguments = [program(told), *command, "--shard", f"{number}/{tasks}", "--json"]
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
    # The program names files there; the merge tells which.
    codes = sorted(set(CODE.findall(done.stderr))) or ["no code"]
    sys.stderr.write(f"currents-scrub: part {number} of {tasks}: {', '.join(codes)}\n" if done.returncode else "")
    if done.returncode in (0, 2, 3) and done.stdout:
        return json.loads(done.stdout)
    raise RuntimeError(f"part {number} of {tasks} ended with {done.returncode}: {', '.join(codes)}")


def read(arguments):
    """The script's own options, those that a merge wants too, and the command for plan and parts."""
    parser = Parser(prog="currents_scrub_spark.py", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["scrub", "inspect", "export", "erase"])
    parser.add_argument("--tasks", type=int)
    parser.add_argument("--binary")
    parser.add_argument("--parts")
    parser.add_argument("-o", "--output")
    for name in ("--reports", "--html", "--state", "--jobs"):
        parser.add_argument(name)
    parser.add_argument("--catalog", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    return parser.parse_known_args(arguments)


def of_parts(rest):
    """The options of an export or erasure that its parts want too: which keys and catalog, and nothing of whom it is about."""
    parser = Parser(add_help=False, allow_abbrev=False)
    names = {"--made-with": "--made-with", "--keyring": "--keyring", "--policy": "-p", "--config": "--config"}
    for name, short in names.items():
        parser.add_argument(short, *([name] if name != short else []), dest=name, action="append", default=[])
    parser.add_argument("--no-builtin", action="store_true")
    told, _ = parser.parse_known_args(rest)
    words = [word for name in names for value in getattr(told, name) for word in (name, value)]
    return words + ["--no-builtin"] * told.no_builtin


def check_people(options, rest):
    """Refuses what would have Spark show in its pages and logs whom it is about: they tell the command line."""
    parser = Parser(add_help=False, allow_abbrev=False)
    for name in ("--subject", "--include-profile", "--exclude-profile", "--request", "--subject-file"):
        parser.add_argument(name, action="append", default=[])
    told, _ = parser.parse_known_args(rest)
    if told.subject:
        refuse("--subject would be shown by Spark", "name the person in a file: --request, or --subject-file")
    for name, profiles in ("--include-profile", told.include_profile), ("--exclude-profile", told.exclude_profile):
        if [profile for profile in profiles if profile != "none" and not FINGERPRINT.fullmatch(profile)]:
            refuse(name + " would be shown by Spark", "give the fingerprint of the profile, as the program tells it")
    if "-" in told.request + told.subject_file:
        refuse("the request is read more than once", "name a file in the place of standard input")
    if not options.parts:
        refuse("--parts PLACE is missing: where the parts meet", "name a folder that all machines share, or a prefix of a store")


def keys_in(configuration):
    """The names of settings in which a key seems to stand: Spark shows them in its pages and logs."""
    return [name for name, value in configuration if name.startswith(ENVIRONMENTS) and KEY.fullmatch(value.strip())
            and not name.split(".")[-1].startswith("AWS_")]


def main(arguments):
    options, rest = read(arguments)
    if options.command in PEOPLE:
        check_people(options, rest)
    elif options.parts:
        refuse("--parts is for export and erase", "-o says where the parts of others meet")
    elif not options.output:
        refuse("-o OUT is missing: where the parts meet", "name a folder that all machines share, or a prefix of a store")

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName(f"currents-scrub {options.command}").getOrCreate()
    try:
        return run(spark.sparkContext, options, rest)
    finally:
        spark.stop()


def run(context, options, rest):
    if names := keys_in(context.getConf().getAll()):
        refuse(f"a key seems to stand in the configuration of Spark, as {names[0]}", "have the policy name a file or a command on the executors")
    tasks = options.tasks or 3 * context.defaultParallelism
    state = ["--state", options.state] if options.state else []
    catalogs = [word for file in options.catalog for word in ("--catalog", file)]
    here = program(options.binary)
    if options.command in PEOPLE:
        return rounds(context, tasks, options, rest, here, [*state, *catalogs])
    command = [options.command, *rest, "-o", options.output, *state, *catalogs]
    planned = subprocess.run([here, *command, "--shard", f"plan/{tasks}", "--quiet"], stdin=subprocess.DEVNULL)
    if planned.returncode != 0:
        return planned.returncode
    parts(context, tasks, options, command)
    merge = [here, "merge", options.output, *state, *catalogs]
    for name in ("reports", "html"):
        merge += [f"--{name}", getattr(options, name)] if getattr(options, name) else []
    merge += ["--json"] * options.json + ["--quiet"] * options.quiet
    return subprocess.run(merge, stdin=subprocess.DEVNULL).returncode


def rounds(context, tasks, options, rest, here, common):
    """Searches for people, as many rounds as it takes to know who they are, and has the program end it."""
    part = [options.command, "--parts", options.parts, *of_parts(rest), *common]
    whole = [here, options.command, *rest, "--parts", options.parts, *common]
    for name in ("output", "reports"):
        whole += [f"--{name}", getattr(options, name)] if getattr(options, name) else []
    planned = subprocess.run([*whole, "--shard", f"plan/{tasks}", "--quiet"], stdin=subprocess.DEVNULL)
    if planned.returncode != 0:
        return planned.returncode
    while True:
        parts(context, tasks, options, part)
        merge = [*whole, "--shard", f"merge/{tasks}", *["--json"] * options.json, *["--quiet"] * options.quiet]
        done = subprocess.run(merge, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if done.returncode != NEXT_ROUND:
            sys.stdout.write(done.stdout)
            return done.returncode


def parts(context, tasks, options, command):
    """Has the executors do all parts. Of a part that fails again and again the merge says that it is missing, or what is wrong."""
    jobs = options.jobs or context.getConf().get("spark.task.cpus", "1")
    command, folder, told = [*command, "--jobs", jobs], os.getcwd(), options.binary
    try:
        done = context.parallelize(range(1, tasks + 1), tasks).map(lambda number: work(number, tasks, told, command, folder)).collect()
    except Exception as error:
        said = re.findall(r"RuntimeError: (part \d+ of \d+ ended .*)", str(error))
        print(f"currents-scrub: a task failed: {said[0] if said else type(error).__name__}", file=sys.stderr)
        return
    if not options.quiet and not options.json:
        files, events = sum(part["files"] for part in done), sum(part["events"] for part in done)
        print(f"currents-scrub: {tasks} parts done: {files:,} files, {events:,} events", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
