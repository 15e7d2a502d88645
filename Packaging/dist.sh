#!/bin/sh
# Makes a release: a tarball with the program and all that belongs to it, its sums, and a list of what is in it (SPDX).
#
#   Packaging/dist.sh BINARY FOLDER
set -eu
binary=$1 folder=$2
here=$(cd "$(dirname "$0")/.." && pwd)
version=$("$binary" --version | cut -d' ' -f2)
name=currents-scrub-$version-linux-$(uname -m)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
"$here/Packaging/install.sh" "$binary" "/$name" "$tree"
strip --strip-unneeded "$tree/$name/bin/currents-scrub"
mkdir -p "$folder"
python3 "$here/Packaging/sbom.py" "$tree/$name/bin/currents-scrub" "$here/Package.swift" > "$folder/$name.spdx.json"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$tree" -czf "$folder/$name.tar.gz" "$name"
cd "$folder"
sha256sum "$name.tar.gz" "$name.spdx.json" > "$name.sha256"
echo "$folder/$name.tar.gz"
