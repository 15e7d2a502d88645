#!/usr/bin/env python3
"""Makes Reports/samples anew: one of each report, of made-up people. Needs `faketime` and `unshare`.

    python3 Scripts/make-samples.py BINARY

It runs in namespaces of its own, so that reports name a folder, a host and an operator that are nobody's. Samples that say
the same as before, times of runs and random ids aside, are left as they are.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Interop"))

INSIDE = """
hostname privacy-desk
printf 'privacy:x:0:0::/srv:/bin/sh\\n' > "$1/passwd"
mount --bind "$1/passwd" /etc/passwd
mount -t tmpfs none /srv
mkdir -m 0755 /srv/currents
shift
exec "$@"
"""


def main():
    os.environ["SCRUB_BINARY"] = str(pathlib.Path(sys.argv[1]).resolve())
    if "--inside" not in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            sys.exit(subprocess.run(["unshare", "--map-root-user", "--mount", "--uts", "sh", "-ec", INSIDE, "sh", folder,
                                     sys.executable, *sys.argv, "--inside"]).returncode)
    import scene
    samples = ROOT / "Reports/samples"
    made = scene.Scene(scene.PLACE).play().samples()
    old = {path.relative_to(samples).as_posix(): path for path in samples.rglob("*") if path.is_file()}
    for name in old.keys() - made.keys() - {"README.md"}:
        old[name].unlink()
    # The files of a receipt are signed as they are, so they stay or go together.
    changed = {name for name, data in made.items()
               if name not in old or scene.alike(name, old[name].read_bytes(), scene.PLACE) != scene.alike(name, data, scene.PLACE)}
    if any(name.startswith("receipt/") for name in changed):
        changed |= {name for name in made if name.startswith("receipt/")}
    for name in sorted(changed):
        (samples / name).parent.mkdir(parents=True, exist_ok=True)
        (samples / name).write_bytes(made[name])
        print(name)


if __name__ == "__main__":
    main()
