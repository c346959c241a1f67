//! One thing to tell one person.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::Channels;
use crate::shared::{Id, Timestamp, UserId};

/// The id of a notification; later ones have greater ids.
pub type NotificationId = Id<Notification>;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationKind {
    /// Somebody follows you.
    Follow,
    /// Somebody answered your post.
    Reply,
    /// Somebody likes your post.
    Like,
    /// Somebody named you in a post.
    Mention,
    /// Somebody wrote to you while you were away.
    Message,
    /// Something happened to your logins.
    Security,
    /// You are invited to an event.
    Invitation,
    /// Somebody answered an invitation to your event.
    Response,
    /// Somebody joined your event, or waits for a seat.
    Join,
    /// You waited for a seat, and have one now.
    Promotion,
    /// An event that you were to come to does not take place.
    Cancellation,
    /// You wanted to be reminded of an event.
    Reminder,
}

impl NotificationKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Follow,
        Self::Reply,
        Self::Like,
        Self::Mention,
        Self::Message,
        Self::Security,
        Self::Invitation,
        Self::Response,
        Self::Join,
        Self::Promotion,
        Self::Cancellation,
        Self::Reminder,
    ];

    /// As stored and as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Reply => "reply",
            Self::Like => "like",
            Self::Mention => "mention",
            Self::Message => "message",
            Self::Security => "security",
            Self::Invitation => "invitation",
            Self::Response => "response",
            Self::Join => "join",
            Self::Promotion => "promotion",
            Self::Cancellation => "cancellation",
            Self::Reminder => "reminder",
        }
    }

    /// How people hear of it who chose nothing.
    pub fn usual_channels(self) -> Channels {
        Channels { in_app: true, email: self == Self::Security, push: true }
    }

    /// Whether several of them about the same thing are one notification while it is unread.
    pub fn is_grouped(self) -> bool {
        match self {
            Self::Like | Self::Message | Self::Response | Self::Join => true,
            Self::Follow
            | Self::Reply
            | Self::Mention
            | Self::Security
            | Self::Invitation
            | Self::Promotion
            | Self::Cancellation
            | Self::Reminder => false,
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for NotificationKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What a notification leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A person: whoever did it.
    Person,
    /// A post: the reply, or the post that is liked.
    Post(Uuid),
    /// A room.
    Room(Uuid),
    /// An event.
    Event(Uuid),
    /// One occurrence of an event, by where its series began it. Read back, it is the event.
    Occurrence(Uuid, i64),
}

impl About {
    /// The post, the room and the event, of which it is at most one.
    pub fn parts(self) -> (Option<Uuid>, Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Person => (None, None, None),
            Self::Post(post) => (Some(post), None, None),
            Self::Room(room) => (None, Some(room), None),
            Self::Event(event) | Self::Occurrence(event, _) => (None, None, Some(event)),
        }
    }

    /// Which occurrence of the event.
    pub fn occurrence(self) -> Option<i64> {
        match self {
            Self::Occurrence(_, original) => Some(original),
            Self::Person | Self::Post(_) | Self::Room(_) | Self::Event(_) => None,
        }
    }

    /// The reverse of [`Self::parts`].
    pub fn of(post: Option<Uuid>, room: Option<Uuid>, event: Option<Uuid>) -> Self {
        match (post, room, event) {
            (Some(post), _, _) => Self::Post(post),
            (_, Some(room), _) => Self::Room(room),
            (_, _, Some(event)) => Self::Event(event),
            (None, None, None) => Self::Person,
        }
    }
}

/// One thing to tell one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Who is told.
    pub user: UserId,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it; `None` where the service itself speaks.
    pub actor: Option<UserId>,
    /// What it leads to.
    pub about: About,
    /// Names what must be told only once, however often it is delivered.
    pub cause: String,
    /// How often it happened: as often as its cause says.
    pub times: i64,
    /// When it happened.
    pub created_at: Timestamp,
}

impl Notification {
    /// What it shares with others that are one notification with it.
    pub fn group(&self) -> Option<String> {
        let (post, room, event) = self.about.parts();
        let about = post.or(room).or(event)?;
        self.kind.is_grouped().then(|| format!("{}:{about}", self.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in NotificationKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn what_it_is_about_survives_its_columns() {
        let id = Uuid::from_u128(7);
        for about in [About::Person, About::Post(id), About::Room(id), About::Event(id)] {
            let (post, room, event) = about.parts();
            assert_eq!(About::of(post, room, event), about);
        }
    }
}
