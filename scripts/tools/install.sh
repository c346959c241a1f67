#!/usr/bin/env bash
# Installs the pinned linters into target/tools, unless they are there already.
#
#   scripts/tools/install.sh          afterwards: target/tools/python/bin, target/tools/npm/node_modules
set -euo pipefail
cd "$(dirname "$0")/../.."

# `python3 -m venv` keeps its absolute path, so the folder is made in place.
want=$(cat scripts/tools/requirements.txt scripts/tools/package-lock.json | cksum)
stamp=target/tools/stamp
[ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ] || exit 0

rm -rf target/tools/python target/tools/npm
mkdir -p target/tools/npm
if ! python3 -m venv target/tools/python >/dev/null 2>&1; then
    # Debian ships the module apart.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    fi
    python3 -m venv target/tools/python
fi
target/tools/python/bin/pip --disable-pip-version-check install --quiet -r scripts/tools/requirements.txt
cp scripts/tools/package.json scripts/tools/package-lock.json target/tools/npm/
npm ci --prefix target/tools/npm --no-audit --no-fund --silent
printf '%s' "$want" >"$stamp"
