//! Use cases, and the ports they need from the outside world.
//!
//! One folder per capability: `service.rs` (one method per use case), `policy.rs` (who may do
//! what), `ports.rs` (what it needs), `queries.rs` (what it reads), `subscribers.rs` (what it
//! does when others announce something).

pub mod calendar;
pub mod chat;
pub mod community;
pub mod identity;
pub mod media;
pub mod moderation;
pub mod notifications;
pub mod shared;
