//! Web push: encryption (RFC 8291), identification (RFC 8292), and the way to push services.

mod encrypt;
mod sender;
mod store;
mod vapid;
mod worker;

pub use sender::{PushSettings, WebPush};
pub use worker::PushWatch;
