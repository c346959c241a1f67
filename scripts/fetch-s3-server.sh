#!/usr/bin/env bash
# Fetches an S3 server that nobody here wrote, to keep pictures in during tests: moto from PyPI, into
# target/. It is not ours, so it is not committed.
#
#   scripts/fetch-s3-server.sh         fills target/s3-server (does nothing if it is there)
set -euo pipefail

cd "$(dirname "$0")/.."
folder=target/s3-server
version=5.1.4

[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
mkdir -p target
python3 -m venv "$folder" >/dev/null || {
    echo "fetch-s3-server.sh: python3 cannot make a virtual environment: install the package python3-venv" >&2
    exit 69
}
"$folder/bin/pip" --disable-pip-version-check install --quiet "moto[s3,server]==$version" >&2
echo "moto $version in $folder"
touch "$folder/complete"
