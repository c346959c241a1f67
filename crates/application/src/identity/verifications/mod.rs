//! Use cases about proving that a mailbox ([`EmailVerificationService`]) or a phone
//! ([`PhoneVerificationService`]) is one's own. [`Addresses`] and [`Phones`] know what follows from a proof.

mod addresses;
mod email;
mod phone;
mod phones;

pub use addresses::Addresses;
pub use email::EmailVerificationService;
use madang_domain::shared::{Failure, platform};
pub use phone::PhoneVerificationService;
pub use phones::Phones;

use super::ports::Written;

fn saved(written: Written) -> Result<(), Failure> {
    if written == Written::Done { Ok(()) } else { Err(platform::STALE.into()) }
}
