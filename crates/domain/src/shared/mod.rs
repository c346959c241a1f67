//! The words every capability uses: ids, instants, texts, pages, refusals and domain events.

pub mod event;
pub mod failure;
pub mod id;
pub mod page;
pub mod platform;
pub mod search;
pub mod text;
pub mod time;

pub use event::DomainEvent;
pub use failure::{Code, Failure, FieldError, Kind, Reason, Refusal, Unavailable, Words};
pub use id::{Id, PictureId, SessionId, UserId};
pub use page::{Page, PageRequest, Position};
pub use search::SearchText;
pub use text::Text;
pub use time::Timestamp;
