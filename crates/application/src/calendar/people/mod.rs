//! The people of an event: inviting them, their answers, and doing things together.

pub mod attendees;
pub mod guests;
pub mod joining;
pub mod listing;
pub mod ports;
pub mod seating;
pub mod turns;

pub use attendees::{Attendee, AttendeeQueries, AttendeeService};
pub use guests::GuestService;
pub use joining::{JoinService, Joining};
pub use listing::PeopleService;
pub use ports::{PeopleChanges, PeopleRepository};
pub use seating::Seating;
pub use turns::{Turn, Turns};
