#!/usr/bin/env bash
# Everything about one capability: scripts/where.sh calendar
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
if [ -z "$name" ] || [ ! -d "crates/domain/src/$name" ]; then
    echo "usage: make where module=<one of: $(find crates/domain/src -mindepth 1 -maxdepth 1 -type d ! -name shared -printf '%f ' | sed 's/ $//')>" >&2
    exit 64
fi

# list <what it is> <path…>: the files with their length and the first line of their docs.
list() {
    local file shown=""
    for file in "${@:2}"; do
        [ -f "$file" ] || continue
        [ -n "$shown" ] || printf '\n%s\n' "$1"
        shown=yes
        printf '  %-62s %4d  %s\n' "$file" "$(wc -l <"$file")" "$(sed -n '1s#^//! \{0,1\}##p' "$file")"
    done
}

sed -n 's#^//! \{0,1\}##p' "crates/domain/src/$name/mod.rs"
list "Table of contents: services, ports, adapters, subscribers, operations" "crates/server/src/modules/$name.rs"
for layer in domain application infrastructure presentation; do
    mapfile -t files < <(find "crates/$layer/src/$name" -name '*.rs' | sort)
    list "$layer" "${files[@]}"
done
list "Schema" migration/src/*_"$name"_*.rs
mapfile -t tests < <(find crates/*/tests -path "*$name*" -name '*.rs' | sort)
list "Tests" "${tests[@]}"
printf '\nOperations (docs/openapi.json)\n'
grep -hoE 'path = "[^"]+", *(method|operation_id) = "[^"]+"(, *operation_id = "[^"]+")?' \
    -r "crates/presentation/src/$name" | sed -E 's/path = "([^"]+)", *method = "([^"]+)".*operation_id = "([^"]+)"/  \2 \1 (\3)/' | sort -k2
