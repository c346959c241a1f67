#!/usr/bin/env bash
# Installs Autobahn|Testsuite into target/tools/autobahn, unless it is there already.
#
#   scripts/tools/autobahn.sh         afterwards: make conformance
#
# The suite speaks Python 2.7 and nothing newer. PYTHON2 names one; else it is looked for on the
# path and where pyenv keeps its versions.
set -euo pipefail
cd "$(dirname "$0")/../.."

want=$(cksum <scripts/tools/autobahn.txt)
suite=target/tools/autobahn
[ "$(cat "$suite/stamp" 2>/dev/null || true)" != "$want" ] || exit 0

python=""
for candidate in "${PYTHON2:-}" python2.7 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7*/bin/python2.7; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' 2>/dev/null; then
        python=$(command -v "$candidate")
        break
    fi
done
if [ -z "$python" ]; then
    echo "autobahn.sh: no Python 2.7 here; set PYTHON2 (pyenv install 2.7.18 builds one)" >&2
    exit 69
fi
rm -rf "$suite"
mkdir -p "$suite"
"$python" -m pip --disable-pip-version-check install --quiet --no-warn-script-location --target "$suite/site" \
    -r scripts/tools/autobahn.txt
ln -s "$python" "$suite/python"
printf '%s' "$want" >"$suite/stamp"
