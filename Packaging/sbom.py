#!/usr/bin/env python3
"""Prints what the program is made of, as SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/).

    python3 Packaging/sbom.py BINARY Package.swift

Swift packages are told with the versions that Package.swift pins, system libraries with those of the Debian packages
that were linked.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys

# What the linker took from Debian packages.
LIBRARIES = ["libssl-dev", "zlib1g-dev", "libdeflate-dev", "libsnappy-dev", "libzstd-dev", "libsqlite3-dev"]


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def swift_packages(manifest):
    for url, version in re.findall(r'\.package\(\s*url:\s*"([^"]+)",\s*exact:\s*"([^"]+)"', manifest):
        yield url.rstrip("/").removesuffix(".git").split("/")[-1], version, url


def debian_packages():
    for name in LIBRARIES:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
        if done.returncode == 0:
            yield name, done.stdout


def main():
    binary, manifest = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    packages = [{
        "SPDXID": "SPDXRef-currents-scrub", "name": "currents-scrub", "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION"}]
    for name, pinned, place in swift_packages(manifest):
        packages.append({
            "SPDXID": identifier("swift-" + name), "name": name, "versionInfo": pinned, "downloadLocation": "git+" + place,
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": "pkg:swift/" + place.removeprefix("https://").removesuffix(".git") + "@" + pinned}]})
    for name, installed in debian_packages():
        packages.append({
            "SPDXID": identifier("debian-" + name), "name": name, "versionInfo": installed, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{installed}"}]})
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"currents-scrub-{version}",
        "documentNamespace": f"https://example.test/spdx/currents-scrub-{digest[:16]}",
        "creationInfo": {"created": "1970-01-01T00:00:00Z", "creators": ["Tool: currents-scrub sbom"]},
        "packages": packages,
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-currents-scrub"}]
        + [{"spdxElementId": "SPDXRef-currents-scrub", "relationshipType": "STATIC_LINK", "relatedSpdxElement": one["SPDXID"]} for one in packages[1:]]}
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
