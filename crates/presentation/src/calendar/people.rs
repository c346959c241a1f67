//! Tag `Events`: who comes.

use std::sync::Arc;

use madang_application::{
    calendar::{
        AttendeeService, EventService, GuestService, JoinService, ReminderService,
        people::{self, Joining},
        queries::{EventView, Guest},
    },
    shared::Caller,
};
use madang_domain::{
    calendar::{self, Answer as Says, EventTime, Seat, errors},
    shared::{Id, id::User},
};
use poem::Request;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;

use super::{
    Tag,
    dto::{Event, EventReminders},
    events, input,
};
use crate::{
    http::{Answer, Auth, Form, Ident, Instant, Listing, NoContent, Outcome, Pages, Problem},
    identity::UserSummary,
};

/// What somebody says to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ParticipantStatus {
    /// Nothing yet.
    NeedsAction,
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// Perhaps.
    Tentative,
}

/// An answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ResponseStatus {
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// Perhaps.
    Tentative,
}

/// What somebody has who joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum JoinState {
    /// A seat.
    Joined,
    /// A place in line.
    Waitlisted,
}

/// Somebody who is invited.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Who.
    pub user: UserSummary,
    /// What they say.
    pub status: ParticipantStatus,
    /// Since when; null until they answer.
    pub responded_at: Option<Instant>,
}

/// Somebody who joined an event.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Attendee {
    /// Who.
    pub user: UserSummary,
    /// A seat, or a place in line.
    pub state: JoinState,
}

/// An answer to an invitation.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct InvitationResponse {
    /// What to answer.
    pub status: ResponseStatus,
}

/// What somebody has who joined an event, and the event itself.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct EventJoining {
    /// A seat, or a place in line.
    pub state: JoinState,
    /// The place in line, from 1; null with a seat.
    pub position: Option<i64>,
    /// The event, or the occurrence that was joined.
    #[oai(flatten)]
    #[serde(flatten)]
    pub event: Event,
}

impl EventJoining {
    fn new(joining: Joining, event: EventView) -> Self {
        let state = if joining.waits { JoinState::Waitlisted } else { JoinState::Joined };
        // As it was at that moment, so that a repeated request hears the same.
        let event = Event {
            joined_count: joining.joined,
            waitlist_count: joining.waiting,
            my_join_state: Some(state),
            ..event.into()
        };
        Self { state, position: joining.position, event }
    }
}

impl From<Guest> for Participant {
    fn from(guest: Guest) -> Self {
        Self {
            user: guest.user.into(),
            status: guest.answer.into(),
            responded_at: guest.responded_at.map(Instant::from),
        }
    }
}

impl From<people::Attendee> for Attendee {
    fn from(attendee: people::Attendee) -> Self {
        Self { user: attendee.user.into(), state: attendee.seat.into() }
    }
}

impl From<Seat> for JoinState {
    fn from(seat: Seat) -> Self {
        match seat {
            Seat::Joined => Self::Joined,
            Seat::Waitlisted => Self::Waitlisted,
        }
    }
}

impl From<Says> for ParticipantStatus {
    fn from(answer: Says) -> Self {
        match answer {
            Says::NeedsAction => Self::NeedsAction,
            Says::Accepted => Self::Accepted,
            Says::Declined => Self::Declined,
            Says::Tentative => Self::Tentative,
        }
    }
}

impl From<ResponseStatus> for Says {
    fn from(status: ResponseStatus) -> Self {
        match status {
            ResponseStatus::Accepted => Self::Accepted,
            ResponseStatus::Declined => Self::Declined,
            ResponseStatus::Tentative => Self::Tentative,
        }
    }
}

/// Operations on the people of events.
pub struct PeopleApi {
    events: Arc<EventService>,
    guests: Arc<GuestService>,
    joining: Arc<JoinService>,
    attendees: Arc<AttendeeService>,
    reminders: Arc<ReminderService>,
}

impl PeopleApi {
    /// Wires it.
    pub fn new(
        events: Arc<EventService>,
        guests: Arc<GuestService>,
        joining: Arc<JoinService>,
        attendees: Arc<AttendeeService>,
        reminders: Arc<ReminderService>,
    ) -> Self {
        Self { events, guests, joining, attendees, reminders }
    }

    async fn answer(&self, caller: &Caller, id: Id<calendar::Event>) -> Outcome<Answer<Event>> {
        Ok(events::answer(self.events.get(caller, id).await?))
    }
}

/// Reads the `occurrence` of a query.
pub(super) fn occurrence(text: Option<&String>) -> Outcome<Option<EventTime>> {
    let read = |text: &String| {
        EventTime::named(text).ok_or_else(|| Problem::from(errors::UNKNOWN_OCCURRENCE.at("?occurrence")))
    };
    text.map(read).transpose()
}

#[OpenApi(tag = "Tag::Events")]
impl PeopleApi {
    /// Invite somebody to an event
    ///
    /// The organizer may, and who writes into its calendar. Who is invited sees the event from then
    /// on. Again changes nothing.
    ///
    /// Errors: `calendar.organizer_invited`, `calendar.too_many_participants`, `platform.forbidden`,
    /// `identity.profile_incomplete`.
    #[oai(
        path = "/v1/events/:eventId/participants/:userId",
        method = "put",
        operation_id = "inviteParticipant"
    )]
    async fn invite(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// Who is invited.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<Answer<Event>> {
        self.guests.invite(&caller, id.0.0, Id::new(user.0.0.uuid())).await?;
        self.answer(&caller, id.0.0).await
    }

    /// Take an invitation back
    ///
    /// With the answers and seats of whoever was invited. They may do so themselves.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(
        path = "/v1/events/:eventId/participants/:userId",
        method = "delete",
        operation_id = "removeParticipant"
    )]
    async fn remove(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// Who was invited.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.guests.remove(&caller, id.0.0, Id::new(user.0.0.uuid())).await?;
        Ok(NoContent::default())
    }

    /// Answer an invitation
    ///
    /// To all occurrences of a series, or to one of them. An answer to all replaces those to one.
    ///
    /// Errors: `calendar.not_invited`, `calendar.unknown_occurrence`,
    /// `identity.profile_incomplete`.
    #[oai(path = "/v1/events/:eventId/response", method = "put", operation_id = "respondToInvitation")]
    async fn respond(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
        form: Form<InvitationResponse>,
    ) -> Outcome<Answer<Event>> {
        let status = form.accept()?.status.into();
        let at = occurrence(at.0.as_ref())?;
        self.guests.respond(&caller, id.0.0, at.as_ref(), status).await?;
        self.answer(&caller, id.0.0).await
    }

    /// Set one's reminders of an event
    ///
    /// The caller's own, for every occurrence; those of others are not touched. Members of the
    /// calendar and guests may.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/reminders", method = "put", operation_id = "setEventReminders")]
    async fn remind(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        form: Form<EventReminders>,
    ) -> Outcome<Answer<Event>> {
        let reminders = input::reminders(form.accept()?.reminders);
        self.reminders.set(&caller, id.0.0, &reminders).await?;
        self.answer(&caller, id.0.0).await
    }

    /// Join an event
    ///
    /// An event with a `capacity` that the caller sees; a public one is open to friends of its
    /// organizer, too. When all seats are taken, the caller waits in line, and gets the next seat
    /// that becomes free. Again changes nothing. Each occurrence of a series has its own seats.
    ///
    /// Errors: `identity.profile_incomplete`, `calendar.not_open`, `calendar.event_cancelled`,
    /// `calendar.event_over`, `calendar.occurrence_required`,
    /// `calendar.unknown_occurrence`, `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/join", method = "post", operation_id = "joinEvent")]
    async fn join(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list; a series needs it.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<Answer<EventJoining>> {
        let at = occurrence(at.0.as_ref())?;
        let joining = self.joining.join(&caller, id.0.0, at.as_ref()).await?;
        let event = match &at {
            Some(at) => self.events.get_occurrence(&caller, id.0.0, at).await?,
            None => self.events.get(&caller, id.0.0).await?,
        };
        Ok(Answer::new(EventJoining::new(joining, event)))
    }

    /// List who joined an event
    ///
    /// Who has a seat and who waits for one, in the order of coming. For the organizer and who writes into
    /// its calendar; others are told how many.
    ///
    /// Errors: `calendar.occurrence_required`, `calendar.unknown_occurrence`, `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/attendees", method = "get", operation_id = "listAttendees")]
    async fn attendees(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list; a series needs it.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
        /// How many at most, 1 to 100.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Attendee>>> {
        let scope = format!("attendees {} {}", id.0.0, at.0.as_deref().unwrap_or_default());
        let at = occurrence(at.0.as_ref())?;
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        let found = self.attendees.list(&caller, id.0.0, at.as_ref(), &pages.request()).await?;
        Ok(pages.answer(found))
    }

    /// Leave an event
    ///
    /// The seat goes to the first who waits. Who has no seat and does not wait changes nothing.
    ///
    /// Errors: `calendar.occurrence_required`, `calendar.unknown_occurrence`,
    /// `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/join", method = "delete", operation_id = "leaveEvent")]
    async fn leave(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list; a series needs it.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<NoContent> {
        let at = occurrence(at.0.as_ref())?;
        self.joining.leave(&caller, id.0.0, at.as_ref()).await?;
        Ok(NoContent::default())
    }
}
