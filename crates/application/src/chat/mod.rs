//! Opening rooms, talking in them, reading what was said.

mod bell;
mod faces;
mod farewell;
mod messages;
mod minutes;
pub mod ports;
pub mod queries;
mod rooms;
mod sight;
mod tickets;
mod waiting;

pub use bell::{Doubt, Ring, RoomBell};
pub use faces::Faces;
pub use farewell::ChatFarewell;
pub use messages::{MessageService, Say};
pub use minutes::Minutes;
pub use ports::{
    Append, Appended, Found, Pass, ReadOn, RoomRepository, RoomState, Scribe, Storing, Tickets, Untold,
    Waiting,
};
pub use queries::{ChatQueries, Closed, Member, MemberView, Range, RoomRow, RoomView, Spoken, Standing};
pub use rooms::{Open, RoomService};
pub use sight::SightWatch;
pub use tickets::TicketService;
pub use waiting::WaitingService;
