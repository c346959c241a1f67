//! Use cases of those who operate the service.
//!
//! [`OversightService`] shows them accounts and the log, with [`SuspensionService`] they shut people
//! out and let them in again, and [`AppointmentService`] makes them what they are.

mod appointment;
mod oversight;
mod suspension;

pub use appointment::{AppointmentService, MadeAdmin};
use madang_domain::shared::{Failure, platform};
pub use oversight::OversightService;
pub use suspension::SuspensionService;

use super::ports::Written;
use crate::shared::Caller;

/// Why an account is suspended, in the words of whoever does it.
pub const LONGEST_REASON: usize = 500;

/// Whether the caller operates the service.
fn allow(caller: &Caller) -> Result<(), Failure> {
    if caller.is_admin() { Ok(()) } else { Err(platform::FORBIDDEN.into()) }
}

fn saved(written: Written) -> Result<(), Failure> {
    if written == Written::Done { Ok(()) } else { Err(platform::STALE.into()) }
}
