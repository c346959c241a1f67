#!/usr/bin/env bash
# Starts a capability that compiles, in every layer: scripts/module.sh polls
#
# It gets a value with a rule, an error code, a use case, an empty table of contents and a place in
# every list. What it does is then yours to write.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
if [[ ! $name =~ ^[a-z]+$ ]] || [ -e "crates/domain/src/$name" ]; then
    echo "usage: make module name=<new capability, one lower-case word>" >&2
    exit 64
fi
type=$(printf '%s' "${name:0:1}" | tr '[:lower:]' '[:upper:]')${name:1}

# write <file>: the text on standard input, with the names put in.
write() {
    mkdir -p "$(dirname "$1")"
    sed -e "s/@name@/$name/g" -e "s/@Type@/$type/g" >"$1"
    echo "$1"
}

write "crates/domain/src/$name/mod.rs" <<'RUST'
//! @Type@: what this capability is, in ten lines at most.

pub mod domain_events;
pub mod errors;
RUST
write "crates/domain/src/$name/domain_events.rs" <<'RUST'
//! What other capabilities may hear from @name@: the only file of it that they may import.
RUST
write "crates/domain/src/$name/errors.rs" <<'RUST'
//! Why @name@ says no.

crate::codes! {
    UNKNOWN = NotFound "@name@.unknown"
        "This is not there." / "Check the id."
        "찾을 수 없습니다." / "식별자를 확인해 주세요.";
}
RUST
write "crates/application/src/$name/mod.rs" <<'RUST'
//! The use cases of @name@.

mod service;

pub use service::@Type@Service;
RUST
write "crates/application/src/$name/service.rs" <<'RUST'
//! One method per use case; each asks `policy` first.

use std::sync::Arc;

use crate::shared::UnitOfWork;

/// What people can do with @name@.
pub struct @Type@Service {
    #[expect(dead_code, reason = "the first use case will write")]
    uow: Arc<UnitOfWork>,
}

impl @Type@Service {
    /// Wires it.
    pub fn new(uow: Arc<UnitOfWork>) -> Self {
        Self { uow }
    }
}
RUST
write "crates/infrastructure/src/$name/mod.rs" <<'RUST'
//! @Type@ in SQL: `repository.rs` writes, `queries.rs` reads.
RUST
write "crates/presentation/src/$name/mod.rs" <<'RUST'
//! @Type@ over HTTP: `api.rs` has one method per operation, `dto.rs` what clients send and get.
RUST
write "crates/server/src/modules/$name.rs" <<'RUST'
//! The table of contents of @name@.

use madang_application::@name@::@Type@Service;
use madang_container::{Container, Registry, WiringError};

use super::Module;

/// Everything that makes up @name@.
pub struct @Type@;

impl Module for @Type@ {
    type Api = ();

    fn register(registry: &mut Registry) {
        registry.service(@Type@Service::new);
    }

    fn api(_: &Container) -> Result<Self::Api, WiringError> {
        Ok(())
    }
}
RUST

# A line is put before the first of its kind; rustfmt sorts them.
for layer in domain application infrastructure presentation; do
    sed -i "0,/^pub mod /s//pub mod $name;\n&/" "crates/$layer/src/lib.rs"
done
modules=crates/server/src/modules/mod.rs
sed -i "0,/^mod /s//mod $name;\n&/" "$modules"
sed -i "0,/^pub use /s//pub use $name::$type;\n&/" "$modules"
sed -i -E "s/^(pub type Modules = modules!\[.*)\];/\1, $type];/" "$modules"
codes=crates/presentation/src/http/codes.rs
sed -i "s/^use madang_domain::{/&\n    $name,/; s/^        platform::CODES,/&\n        $name::errors::CODES,/" "$codes"
sed -i "s/^const MAY_IMPORT: .*/&\n    (\"$name\", \&[]),/" crates/server/tests/it/architecture/capabilities.rs
cargo fmt --all
echo "now: make migration name=${name}_base, then make openapi and make test"
