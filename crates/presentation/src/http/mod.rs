//! What every operation shares: problems, payloads, pages, middleware and the document.

pub mod answer;
pub mod app;
pub mod auth;
mod catch_all;
mod check;
pub mod codes;
pub mod docs;
pub mod field;
mod foreign;
pub mod form;
pub mod health;
mod json;
pub mod language;
pub mod middleware;
pub mod page;
pub mod problem;
pub mod proxy;
pub mod request_id;
mod routes;
pub mod settings;
pub mod spec;
pub mod url;

pub use answer::{Answer, Created, IfMatch, NoContent};
pub use app::{Ports, app, document};
pub use auth::{Auth, Visitor};
pub use field::{Date, Field, Ident, Instant, ZoneName};
pub use form::Form;
pub use health::Readiness;
pub use page::{Listing, Pages};
pub use problem::{Outcome, Problem};
pub use proxy::TrustedProxies;
pub use settings::Settings;
pub use spec::Document;
