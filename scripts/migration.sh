#!/usr/bin/env bash
# Starts a migration: scripts/migration.sh <capability>_<what>
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
capability=${name%%_*}
if [[ ! $name =~ ^[a-z]+_[a-z0-9_]+$ ]] || [ ! -d "crates/domain/src/$capability" ]; then
    echo "usage: make migration name=<capability>_<what>, as in calendar_reminders" >&2
    exit 64
fi

last=$(find migration/src -name 'm2*.rs' -printf '%f\n' | sed -E 's/^m[0-9]+_([0-9]+)_.*/\1/' | sort -n | tail -n 1)
module=$(printf 'm%s_%06d_%s' "$(date -u +%Y%m%d)" "$((10#$last + 1))" "$name")
file=migration/src/$module.rs
cat >"$file" <<RUST
//! What this step is for, in a sentence.

use crate::Step;

/// Say what it does to the schema.
pub(crate) const STEP: Step = Step { name: "$module", sql: &[], postgres: &[] };
RUST

# After the last of its kind, so that the history reads in order.
awk -v module="$module" '
    { lines[NR] = $0 }
    /^mod m[0-9]+_/ { last_mod = NR }
    /^    m[0-9]+_.*::STEP,$/ { last_step = NR }
    END {
        for (n = 1; n <= NR; n++) {
            print lines[n]
            if (n == last_mod) print "mod " module ";"
            if (n == last_step) print "    " module "::STEP,"
        }
    }' migration/src/lib.rs >migration/src/lib.rs.new
mv migration/src/lib.rs.new migration/src/lib.rs
echo "$file"
