#!/usr/bin/env bash
# Fetches an engine for recurrence that nobody here wrote, to compare with in tests: the npm package
# rrule-temporal, into target/. It is not ours, so it is not committed.
#
#   scripts/fetch-rrule-temporal.sh        fills target/oracle-npm (does nothing if it is there)
set -euo pipefail

cd "$(dirname "$0")/.."
folder=target/oracle-npm
version=2.2.7

[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
echo '{ "private": true }' >"$folder/package.json"
npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts \
    "rrule-temporal@$version" "temporal-polyfill@1.0.8" >&2
echo "rrule-temporal $version in $folder"
touch "$folder/complete"
