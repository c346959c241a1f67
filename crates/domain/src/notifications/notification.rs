//! One thing to tell one person.

use std::{fmt, str::FromStr};

use uuid::Uuid;

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
}

impl NotificationKind {
    const ALL: [Self; 3] = [Self::Follow, Self::Reply, Self::Like];

    /// As stored and as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Reply => "reply",
            Self::Like => "like",
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

/// One thing to tell one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Who is told.
    pub user: UserId,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it.
    pub actor: UserId,
    /// The post it is about.
    pub post: Option<Uuid>,
    /// Names what must be told only once, however often it is delivered.
    pub cause: String,
    /// When it happened.
    pub created_at: Timestamp,
}
