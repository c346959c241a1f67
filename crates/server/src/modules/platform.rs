//! What every capability stands on: the store, the clock, transactions.

use std::sync::Arc;

use madang_application::shared::{Clock, UnitOfWork};
use madang_container::{Container, Registry, WiringError};

use super::Module;
use crate::clock::SystemClock;

/// First in the list.
pub struct Platform;

impl Module for Platform {
    type Api = ();

    fn register(registry: &mut Registry) {
        registry.bind(|| Arc::new(SystemClock) as Arc<dyn Clock>);
        registry.service(UnitOfWork::new);
    }

    fn api(_: &Container) -> Result<(), WiringError> {
        Ok(())
    }
}
