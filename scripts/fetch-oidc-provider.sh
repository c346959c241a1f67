#!/usr/bin/env bash
# Fetches a certified OpenID provider that nobody here wrote, to log in at in tests: the npm package
# oidc-provider, into target/. It is not ours, so it is not committed.
#
#   scripts/fetch-oidc-provider.sh         fills target/oidc-provider (does nothing if it is there)
set -euo pipefail

cd "$(dirname "$0")/.."
folder=target/oidc-provider
version=9.13.3

[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
echo '{ "private": true, "type": "module" }' >"$folder/package.json"
npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts "oidc-provider@$version" >&2
echo "oidc-provider $version in $folder"
touch "$folder/complete"
