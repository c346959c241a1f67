//! What every operation shares: problems, payloads, pages, middleware and the document.
//!
//! # How to write an operation
//!
//! ```ignore
//! /// Post something
//! ///
//! /// Everybody whom `visibility` includes sees it at once.
//! ///
//! /// Errors: `community.unknown_media`.
//! #[oai(path = "/v1/posts", method = "post", operation_id = "createPost")]
//! async fn create_post(&self, auth: Auth, form: Form<CreatePost>) -> Outcome<Created<Post>> {
//!     let post = self.posts.create(&auth.0, form.accept()?.into()).await?;
//!     Ok(Created::new(format!("/v1/posts/{}", post.id), Post::from(post)).version(format!("post {id}"), post.version))
//! }
//! ```
//!
//! * **Who asks.** [`Auth`] asks for a login; an operation without it is public. [`Visitor`] tells
//!   a public operation where the request comes from, [`MaybeAuth`] who asks, if somebody does.
//! * **Bodies.** [`Form`] checks the whole body against its schema; texts are [`Field`]s of domain
//!   types, which know their own rules. `MaybeUndefined` tells `null` (clear) from absence (keep).
//! * **Answers** are written by serde with all their members, `null` included. A type that leaves
//!   some out says "Members without a value are left out." in its doc comment.
//! * **Path ids** are `Path<Ident<T>>`: what cannot be an id is 404.
//! * **Lists** read `limit` and `cursor` with [`Pages`] and answer a [`Listing`]. The scope given
//!   to it names the list, the caller and the filters, so that a cursor fits nowhere else.
//! * **Versions.** `.version(of, n)` on an answer sets a strong `ETag`; [`IfMatch`] checks one.
//! * **Errors.** `?` on anything that is a `Failure`, a `Code` or an `anyhow::Error`. The status is
//!   decided in [`codes::status`] and nowhere else; the codes an operation is known for stand in its
//!   `Errors:` line, and [`spec`] writes them into the document.
//! * **Headers.** `Cache-Control: private, no-cache` is the default; answers with secrets set
//!   `no-store` themselves.
//!
//! # What happens around it
//!
//! From the outside in: name, log and measure the request; CORS; security headers; compression;
//! the catch-all with its time limit; bounds of target, headers and body; who calls; budgets;
//! `Idempotency-Key`; `If-None-Match`. See [`middleware`].

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
mod written;

pub use answer::{Accepted, Answer, Created, IfMatch, NoContent};
pub use app::{Ports, app, document};
pub use auth::{Auth, MaybeAuth, Visitor};
pub use field::{Date, Field, IdOrInstant, Ident, Instant, ZoneName};
pub use form::Form;
pub use health::Readiness;
pub use middleware::{SPANS, at_hand};
pub use page::{Listing, Pages};
pub use problem::{Outcome, Problem};
pub use proxy::TrustedProxies;
pub use settings::Settings;
pub use spec::Document;
