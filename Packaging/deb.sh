#!/bin/sh
# Makes a Debian package of a built program.
#
#   Packaging/deb.sh BINARY FOLDER
set -eu
binary=$1 folder=$2
here=$(cd "$(dirname "$0")/.." && pwd)
version=$("$binary" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
"$here/Packaging/install.sh" "$binary" /usr "$tree"
strip --strip-unneeded "$tree/usr/bin/currents-scrub"
mkdir "$tree/DEBIAN"
cat > "$tree/DEBIAN/control" <<CONTROL
Package: currents-scrub
Version: $version
Architecture: $architecture
Maintainer: The currents-scrub authors <authors@example.test>
Section: utils
Priority: optional
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Depends: libc6 (>= 2.36), libgcc-s1, libstdc++6
Recommends: libarchive13, libcurl4
Description: scrub, answer and erase in archives of customer-engagement events
 Reads Braze Currents archives (Avro and JSON, five destinations), redacts,
 hashes or tokenises every personal field as a declarative policy says,
 exports all that is held about a person, erases exactly one person's events
 with a signed receipt, and does all of it every night from cron.
CONTROL
mkdir -p "$folder"
dpkg-deb --root-owner-group --build "$tree" "$folder/currents-scrub_${version}_$architecture.deb" >&2
echo "$folder/currents-scrub_${version}_$architecture.deb"
