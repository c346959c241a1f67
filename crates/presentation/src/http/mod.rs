//! What every operation shares: problems, payloads, pages, middleware and the document.

pub mod answer;
pub mod auth;
pub mod codes;
pub mod field;
pub mod form;
pub mod language;
pub mod page;
pub mod problem;
pub mod proxy;
pub mod request_id;
pub mod settings;
pub mod url;

pub use answer::{Answer, Created, IfMatch, NoContent};
pub use auth::{Auth, Visitor};
pub use field::{Date, Field, Ident, Instant, ZoneName};
pub use form::Form;
pub use page::{Listing, Pages};
pub use problem::{Outcome, Problem};
pub use settings::Settings;
