#!/usr/bin/env bash
# Are docs/openapi.json and docs/asyncapi.json documents that clients can be made from?
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools/install.sh
bin=target/tools/npm/node_modules/.bin
made=target/tools/client
mkdir -p "$made"

echo "openapi: redocly lint"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    "$bin/redocly" lint --config scripts/tools/redocly.yaml docs/openapi.json

echo "asyncapi: redocly lint"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true "$bin/redocly" lint docs/asyncapi.json

echo "openapi: openapi-spec-validator"
target/tools/python/bin/openapi-spec-validator docs/openapi.json

echo "openapi: openapi-typescript"
"$bin/openapi-typescript" docs/openapi.json -o "$made/schema.d.ts"
cp scripts/tools/client.ts scripts/tools/tsconfig.json "$made/"
ln -sfn ../npm/node_modules "$made/node_modules"

echo "openapi: tsc"
"$bin/tsc" --project "$made/tsconfig.json"
