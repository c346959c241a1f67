//! The people of a calendar's events, as its file names them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use madang_domain::{
    calendar::{Answer, Calendar, Event, Reminder, Zone},
    shared::{Failure, Id, UserId},
};

use crate::identity::queries::UserQueries;

/// What a file says about people.
#[derive(Clone, Debug)]
pub enum Guestbook {
    /// Nothing, whatever was imported: the file is for those who know its address. Alarms stay out,
    /// too; they are whoever's set them.
    Closed,
    /// What belongs to one member.
    Open {
        /// Whom the events of this calendar were given here, beside what was imported.
        people: HashMap<Id<Event>, Company>,
        /// The member's own alarms.
        alarms: OwnAlarms,
    },
}

/// The alarms of one person in one calendar. They are nobody else's: a file for somebody else has
/// theirs instead.
#[derive(Clone, Debug)]
pub struct OwnAlarms {
    /// Whose.
    pub of: UserId,
    /// The home zone of the calendar.
    pub home: Zone,
    /// When they want to be reminded.
    pub reminders: HashMap<Id<Event>, Vec<Reminder>>,
}

/// Who organizes an event, and who is invited to it.
#[derive(Clone, Debug)]
pub struct Company {
    /// Who organizes it.
    pub organizer: Person,
    /// Who is invited, in the order of invitation.
    pub guests: Vec<(Person, Answer)>,
    /// What they said to single occurrences, named by where their series began them.
    pub own: HashMap<(i64, UserId), Answer>,
}

/// Somebody with an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who; addresses are nobody else's business.
    pub id: UserId,
    /// How others know them.
    pub name: String,
}

/// One invitation, or one answer to a single occurrence.
#[derive(Clone, Copy, Debug)]
pub struct Invitation {
    /// The event.
    pub event: Id<Event>,
    /// Who organizes it.
    pub organizer: UserId,
    /// Who is invited.
    pub guest: UserId,
    /// The occurrence that was answered; `None` for all of them.
    pub original: Option<i64>,
    /// What they say.
    pub answer: Answer,
}

/// Reads who is invited.
#[async_trait]
pub trait InvitationQueries: Send + Sync + 'static {
    /// All invitations to events of a calendar, in their order, in one statement.
    async fn invitations(&self, calendar: Id<Calendar>) -> anyhow::Result<Vec<Invitation>>;
}

/// Finds the people of a calendar's events.
pub struct GuestbookReader {
    queries: Arc<dyn InvitationQueries>,
    users: Arc<dyn UserQueries>,
}

impl GuestbookReader {
    /// With its ports.
    pub fn new(queries: Arc<dyn InvitationQueries>, users: Arc<dyn UserQueries>) -> Self {
        Self { queries, users }
    }

    /// The people of all events of a calendar. Who sees an event fully sees its guests; the others
    /// must not be given them.
    pub(super) async fn read(&self, calendar: Id<Calendar>) -> Result<HashMap<Id<Event>, Company>, Failure> {
        let invitations = self.queries.invitations(calendar).await?;
        let people: BTreeSet<UserId> =
            invitations.iter().flat_map(|invitation| [invitation.organizer, invitation.guest]).collect();
        let people: Vec<UserId> = people.into_iter().collect();
        let mut names: HashMap<UserId, String> = HashMap::new();
        for some in people.chunks(500) {
            let found = self.users.summaries(some).await?;
            names.extend(found.into_iter().map(|user| (user.id, user.display_name.unwrap_or(user.nickname))));
        }
        let person = |id: UserId| names.get(&id).map(|name| Person { id, name: name.clone() });
        let mut book: HashMap<Id<Event>, Company> = HashMap::new();
        for Invitation { event, organizer, guest, original, answer } in invitations {
            let (Some(organizer), Some(guest)) = (person(organizer), person(guest)) else { continue };
            let company = book.entry(event).or_insert_with(|| Company {
                organizer,
                guests: Vec::new(),
                own: HashMap::new(),
            });
            match original {
                None => company.guests.push((guest, answer)),
                Some(original) => {
                    company.own.insert((original, guest.id), answer);
                }
            }
        }
        Ok(book)
    }
}
