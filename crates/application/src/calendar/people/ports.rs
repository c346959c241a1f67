//! What the people of events need from the store.

use async_trait::async_trait;
use madang_domain::{
    calendar::{Answer, Calendar, Event, Seat, Seats},
    shared::{Id, Timestamp, UserId},
};

use crate::shared::Tx;

/// Somebody at an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// The event.
    pub event: Id<Event>,
    /// The occurrence, by where its series began it.
    pub original: i64,
    /// Who.
    pub user: UserId,
    /// What they have.
    pub seat: Seat,
    /// The how many-th they were to come.
    pub place: i64,
}

/// An event that people come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// Who organizes it.
    pub organizer: UserId,
    /// How many seats each occurrence has.
    pub capacity: Option<i64>,
}

/// Keeps who comes to events.
#[async_trait]
pub trait PeopleRepository: Send + Sync + 'static {
    /// Notes who organizes an event that people may come to, unless that is noted, and keeps it
    /// from others until the transaction ends.
    async fn gather(&self, tx: &mut Tx, event: Id<Event>, organizer: UserId) -> anyhow::Result<Gathering>;

    /// Notes who organizes an event that was just made, and how many seats it has.
    async fn gather_new(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        organizer: UserId,
        capacity: Option<i64>,
    ) -> anyhow::Result<()>;

    /// The event that people come to, kept from others; `None` if nobody ever was to come.
    async fn gathering(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<Gathering>>;

    /// Who organizes an event that people may come to; nobody is kept from it.
    async fn organizer(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<UserId>>;

    /// Sets the number of seats of a gathering.
    async fn set_capacity(&self, tx: &mut Tx, event: Id<Event>, capacity: Option<i64>) -> anyhow::Result<()>;

    /// How many people are invited.
    async fn count_invited(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<i64>;

    /// Invites somebody; `false` if they were invited before. Whoever came by themselves is invited
    /// from now on.
    async fn invite(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        now: Timestamp,
    ) -> anyhow::Result<bool>;

    /// Lets somebody see an event that they came to by themselves.
    async fn let_in(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// Takes somebody's invitation and answers away; `false` if they had none.
    async fn remove_guest(&self, tx: &mut Tx, event: Id<Event>, guest: UserId) -> anyhow::Result<bool>;

    /// Takes away the guest who came by themselves, if they are at no occurrence any more; says
    /// whether it did.
    async fn let_out(&self, tx: &mut Tx, event: Id<Event>, guest: UserId) -> anyhow::Result<bool>;

    /// Writes an answer, to all occurrences or to one; `false` if the person is not invited.
    async fn answer(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        occurrence: Option<i64>,
        answer: Answer,
        now: Timestamp,
    ) -> anyhow::Result<bool>;

    /// The seats of an occurrence, kept from others until the transaction ends; `None` if nobody
    /// was ever to come to the event.
    async fn lock_seats(&self, tx: &mut Tx, event: Id<Event>, original: i64)
    -> anyhow::Result<Option<Seats>>;

    /// Writes the counts of locked seats.
    async fn save_seats(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        seats: &Seats,
    ) -> anyhow::Result<()>;

    /// The occurrences of an event that somebody came to.
    async fn seated_occurrences(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<i64>>;

    /// Somebody at an occurrence whose seats are locked.
    async fn attendance(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        user: UserId,
    ) -> anyhow::Result<Option<Attendance>>;

    /// All occurrences somebody is at, of one event or of all.
    async fn attendances_of(
        &self,
        tx: &mut Tx,
        user: UserId,
        event: Option<Id<Event>>,
    ) -> anyhow::Result<Vec<Attendance>>;

    /// Adds somebody to an occurrence whose seats are locked.
    async fn attend(&self, tx: &mut Tx, attendance: &Attendance) -> anyhow::Result<()>;

    /// Takes somebody from an occurrence whose seats are locked.
    async fn leave(&self, tx: &mut Tx, attendance: &Attendance) -> anyhow::Result<()>;

    /// Gives seats to the first `count` in line; answers who they are and their places.
    async fn seat_first(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        count: i64,
    ) -> anyhow::Result<Vec<(UserId, i64)>>;

    /// How many are in line up to a place.
    async fn line_up_to(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        place: i64,
    ) -> anyhow::Result<i64>;

    /// Everybody who was invited or came, and did not decline.
    async fn expected(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<UserId>>;

    /// The same of all events of a calendar that take place and are not over at a moment, in the order of
    /// events and people behind a place, at most `limit`.
    async fn expected_in(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        now: Timestamp,
        after: Option<(Id<Event>, UserId)>,
        limit: usize,
    ) -> anyhow::Result<Vec<(Id<Event>, UserId)>>;

    /// Gives the answers and seats of an occurrence another name, where it is free.
    async fn rename_occurrence(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        from: i64,
        to: i64,
    ) -> anyhow::Result<()>;

    /// Keeps the names of an event's occurrences as they are until the transaction ends.
    async fn hold(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()>;

    /// Everybody who was to come to one occurrence.
    async fn expected_at(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<Vec<UserId>>;

    /// Invites everybody of one event to another, with what they answered to all of it, its organizer
    /// and its seats.
    async fn branch(&self, tx: &mut Tx, event: Id<Event>, to: Id<Event>) -> anyhow::Result<()>;

    /// Takes the answers and seats of an occurrence to another event, under another name.
    async fn carry(
        &self,
        tx: &mut Tx,
        (event, original): (Id<Event>, i64),
        to: (Id<Event>, i64),
    ) -> anyhow::Result<()>;

    /// Takes away the answers and seats of an occurrence.
    async fn drop_occurrence(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<()>;

    /// Takes away the guests who came by themselves and are at no occurrence any more.
    async fn prune(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()>;

    /// The occurrences that somebody answered or came to.
    async fn named_occurrences(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<i64>>;

    /// Takes away all invitations and answers of somebody, and that they organize anything.
    async fn forget(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}

/// Tells those who follow a calendar that the people of an event changed. The calendar is kept from
/// others first, before the event's gathering and its seats: in that order everywhere, so that nobody
/// waits in a circle.
#[async_trait]
pub trait PeopleChanges: Send + Sync + 'static {
    /// Keeps the calendar of an event from others until the transaction ends.
    async fn keep(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()>;

    /// Keeps all calendars that somebody owns, comes to or organizes in; answers what they come to or
    /// organize.
    async fn keep_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Vec<Id<Event>>>;

    /// Gives an event the next number of its kept calendar's change counter.
    async fn tell(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()>;
}
