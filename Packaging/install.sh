#!/bin/sh
# Puts the program with all that belongs to it below DESTDIR/PREFIX: completions, manual pages, policies, an example of a
# nightly configuration, and units of systemd.
#
#   Packaging/install.sh BINARY PREFIX [DESTDIR]
set -eu
binary=$1 prefix=$2 root=${3:-}
here=$(cd "$(dirname "$0")/.." && pwd)
to=$root$prefix
share=$to/share
day=$(sed -n 's/^## [^,]*, \([0-9-]*\)$/\1/p' "$here/CHANGELOG.md" | head -1)

install -d "$to/bin" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d" \
  "$share/doc/currents-scrub/examples" "$share/currents-scrub/policies" "$share/currents-scrub/spark" "$share/man/man1" "$to/lib/systemd/system"
install -m 755 "$binary" "$to/bin/currents-scrub"
{ "$binary" --generate-completion-script bash; cat "$here/Packaging/completion.bash"; } > "$share/bash-completion/completions/currents-scrub"
"$binary" --generate-completion-script zsh > "$share/zsh/site-functions/_currents-scrub"
"$binary" --generate-completion-script fish > "$share/fish/vendor_completions.d/currents-scrub.fish"
python3 "$here/Packaging/man.py" "$binary" "$share/man/man1" "${day:-2026-11-26}"
gzip -9nf "$share"/man/man1/currents-scrub*.1
install -m 644 "$here/Packaging/spark/currents_scrub_spark.py" "$share/currents-scrub/spark/"
install -m 644 "$here"/Policies/*.yml "$share/currents-scrub/policies/"
# As the sources have them, so that links from one to another lead somewhere.
(cd "$here" && find README.md CHANGELOG.md CONTRIBUTING.md LICENSE Documentation Reports Policies Packaging -type f ! -path '*/__pycache__/*') |
  while read -r file; do install -D -m 644 "$here/$file" "$share/doc/currents-scrub/$file"; done
install -m 644 "$here/Packaging/nightly.yml" "$here/Packaging/logrotate" "$share/doc/currents-scrub/examples/"
sed "s#/usr/bin/currents-scrub#$prefix/bin/currents-scrub#" "$here/Packaging/crontab" > "$share/doc/currents-scrub/examples/crontab"
for unit in "$here"/Packaging/systemd/*; do
  sed "s#/usr/bin/currents-scrub#$prefix/bin/currents-scrub#" "$unit" > "$to/lib/systemd/system/$(basename "$unit")"
done
