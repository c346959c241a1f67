//! What is read of the people of events.

use async_trait::async_trait;
use madang_domain::{
    calendar::{Answer, Door, Event, MemberRole, Reminder, Seat, Tie},
    shared::{Id, Timestamp, UserId},
};

use super::queries::EventView;
use crate::identity::queries::UserSummary;

/// Who organizes an event and who comes, as its viewer sees it.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Who organizes it; `None` where only times are shown.
    pub organizer: Option<UserSummary>,
    /// Who is invited, in the order of invitation.
    pub guests: Vec<Guest>,
    /// How many seats each occurrence has; `None` if nobody may join.
    pub capacity: Option<i64>,
    /// How many seats of the occurrence are taken; of all of them for a whole series.
    pub joined: i64,
    /// How many people wait for one.
    pub waiting: i64,
    /// What the viewer answered; `None` if they are not invited.
    pub my_answer: Option<Answer>,
    /// What the viewer has at the occurrence.
    pub my_seat: Option<Seat>,
    /// When the viewer wants to be reminded, the earliest first.
    pub reminders: Vec<Reminder>,
}

/// Somebody who is invited.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Who.
    pub user: UserSummary,
    /// What they say.
    pub answer: Answer,
    /// Since when.
    pub responded_at: Option<Timestamp>,
}

/// All that is known of the people of an event.
#[derive(Clone, Debug)]
pub struct PeopleOf {
    /// The event.
    pub event: Id<Event>,
    /// Who looks.
    pub viewer: UserId,
    /// What the viewer sees as a member of its calendar.
    pub role: Option<MemberRole>,
    /// Whether the viewer is invited, or came.
    pub guest: bool,
    /// Who organizes it.
    pub organizer: UserId,
    /// How many seats each occurrence has.
    pub capacity: Option<i64>,
    /// Who is invited, in the order of invitation.
    pub guests: Vec<InvitedGuest>,
    /// What was answered to single occurrences.
    pub answers: Vec<OccurrenceAnswer>,
    /// The occurrences that somebody came to.
    pub seats: Vec<OccurrenceSeats>,
    /// The occurrences of a task that are done, and since when.
    pub done: Vec<(i64, Timestamp)>,
    /// Where the viewer is.
    pub mine: Vec<(i64, Seat)>,
    /// When the viewer wants to be reminded, the earliest first.
    pub reminders: Vec<Reminder>,
}

/// Somebody who is invited.
#[derive(Clone, Copy, Debug)]
pub struct InvitedGuest {
    /// Who.
    pub user: UserId,
    /// What they say to all occurrences.
    pub answer: Answer,
    /// Since when.
    pub responded_at: Option<Timestamp>,
}

/// An answer to one occurrence.
#[derive(Clone, Copy, Debug)]
pub struct OccurrenceAnswer {
    /// Whose.
    pub user: UserId,
    /// The occurrence, by where its series began it.
    pub original: i64,
    /// What they say.
    pub answer: Answer,
    /// Since when.
    pub at: Timestamp,
}

/// The seats of one occurrence.
#[derive(Clone, Copy, Debug)]
pub struct OccurrenceSeats {
    /// The occurrence, by where its series began it.
    pub original: i64,
    /// How many are taken.
    pub joined: i64,
    /// How many people wait.
    pub waiting: i64,
}

/// Reads the people of events, and events as their guests see them.
#[async_trait]
pub trait PeopleQueries: Send + Sync + 'static {
    /// What decides who may come in to an event; `None` if there is none.
    async fn door(&self, visitor: UserId, event: Id<Event>) -> anyhow::Result<Option<Door>>;

    /// The people of events the viewer was found to see, in one statement.
    async fn people(&self, viewer: UserId, events: &[Id<Event>]) -> anyhow::Result<Vec<PeopleOf>>;

    /// An event, whoever asks.
    async fn plain_event(&self, event: Id<Event>) -> anyhow::Result<Option<EventView>>;

    /// Those of these events that the viewer is a guest of, in any order.
    async fn guest_events(&self, viewer: UserId, ids: &[Id<Event>]) -> anyhow::Result<Vec<EventView>>;
}

/// What people are to each other; answered by whoever knows.
#[async_trait]
pub trait Ties: Send + Sync + 'static {
    /// What two people are to each other.
    async fn tie(&self, one: UserId, other: UserId) -> anyhow::Result<Tie>;
}
