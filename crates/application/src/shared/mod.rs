//! What every use case relies on: transactions, the caller, the clock, domain events, workers.

pub mod absences;
pub mod agenda;
pub mod broadcast;
pub mod caller;
pub mod clock;
pub mod domain_events;
pub mod export;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod live;
pub mod mailer;
pub mod pictures;
pub mod sealing;
pub mod tx;
pub mod worker;

pub use absences::Absences;
pub use agenda::{AgendaEntry, AgendaLayer, AgendaQuestion, AgendaTime};
pub use broadcast::{Broadcast, Heard, Listener};
pub use caller::{Authenticator, Caller, LoginWatch, Origin, Renewed, Role};
pub use clock::{Clock, new_id};
pub use domain_events::{Handles, Subscriber, on};
pub use export::{Archiver, ExportFile, ExportPart};
pub use health::HealthCheck;
pub use idempotency::{IdempotencyRecords, Recorded, RecordedAnswer};
pub use limits::{Quota, RateLimiter, Standing};
pub use live::Live;
pub use mailer::{
    Language, Mail, Mailer, Outgoing, OutgoingMessages, Parting, Partings, ProviderToken, TextMessage,
    TextSender,
};
pub use pictures::{Audience, PICTURES_PATH, Picture, PictureWall, Pictures};
pub use sealing::Sealer;
pub use tx::{Claim, Envelope, OnceKey, Session, Stepwise, Store, Tx, UnitOfWork};
pub use worker::{Drain, StartupTask, Worker};
