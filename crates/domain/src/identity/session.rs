//! Login sessions and the line of refresh tokens that continues them.
//!
//! Tokens of a session are numbered. The highest number is the *live* token; the token it was
//! made from is its *parent*. Using the live token makes the next one, whose parent it becomes.
//!
//! Clients lose answers and have several tabs, so the parent may be presented again while the
//! live token is unused: at first it gets the same live token, later a new one in its place.
//! Anything else that is presented was used or replaced before: somebody has a copy, and the
//! session ends for both.

use std::time::Duration;

use crate::shared::{SessionId, Timestamp, UserId};

/// How long the parent gets the same live token again.
pub const REPEAT_WINDOW: Duration = Duration::from_secs(10);

/// How long things live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: Duration,
    /// A refresh token that is not used.
    pub refresh: Duration,
    /// A session, however often it is refreshed.
    pub session: Duration,
}

/// One login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSession {
    /// Its id, `sid` in access tokens.
    pub id: SessionId,
    /// Whose login.
    pub user: UserId,
    /// The number of the live token.
    pub live: i64,
    /// The number of the token the live one was made from.
    pub parent: Option<i64>,
    /// When the live token was made.
    pub rotated_at: Timestamp,
    /// When the live token ends if it is not used.
    pub refresh_expires_at: Timestamp,
    /// When the session ends in any case.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

/// What to do about a token of this session that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// Make the next token from it.
    Rotate,
    /// Give the live token again.
    Repeat,
    /// Make another token from it, in place of the live one.
    Replace,
    /// It is a copy: end the session.
    Reused,
    /// The session or its live token is too old.
    Expired,
    /// The session was ended.
    Ended,
}

impl LoginSession {
    /// A session with its first token.
    pub fn start(id: SessionId, user: UserId, now: Timestamp, life: &Lifetimes) -> Self {
        let expires_at = now.plus(life.session);
        Self {
            id,
            user,
            live: 1,
            parent: None,
            rotated_at: now,
            refresh_expires_at: now.plus(life.refresh).min(expires_at),
            expires_at,
            revoked_at: None,
        }
    }

    /// The rule above.
    pub fn presented(&self, token: i64, now: Timestamp) -> Presented {
        if self.revoked_at.is_some() {
            Presented::Ended
        } else if now >= self.refresh_expires_at {
            Presented::Expired
        } else if token == self.live {
            Presented::Rotate
        } else if Some(token) != self.parent {
            Presented::Reused
        } else if now.since(self.rotated_at) <= REPEAT_WINDOW {
            Presented::Repeat
        } else {
            Presented::Replace
        }
    }

    /// The session after a token was made from `parent`.
    #[must_use]
    pub fn next(&self, parent: i64, now: Timestamp, life: &Lifetimes) -> Self {
        Self {
            live: self.live + 1,
            parent: Some(parent),
            rotated_at: now,
            refresh_expires_at: now.plus(life.refresh).min(self.expires_at),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shared::Id;

    const LIFE: Lifetimes = Lifetimes {
        access: Duration::from_mins(15),
        refresh: Duration::from_hours(14 * 24),
        session: Duration::from_hours(90 * 24),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn session() -> LoginSession {
        LoginSession::start(Id::new(uuid::Uuid::nil()), Id::new(uuid::Uuid::nil()), at(0), &LIFE)
    }

    #[test]
    fn a14_the_parent_may_come_again_while_its_successor_is_unused() {
        let second = session().next(1, at(100), &LIFE);
        assert_eq!(second.presented(2, at(101)), Presented::Rotate);
        assert_eq!(second.presented(1, at(110)), Presented::Repeat);
        assert_eq!(second.presented(1, at(111)), Presented::Replace);
        let sibling = second.next(1, at(111), &LIFE);
        assert_eq!((sibling.live, sibling.parent), (3, Some(1)));
        assert_eq!(sibling.presented(1, at(112)), Presented::Repeat);
        assert_eq!(sibling.presented(2, at(112)), Presented::Reused);
        let third = sibling.next(3, at(120), &LIFE);
        assert_eq!(third.presented(1, at(121)), Presented::Reused);
    }

    #[test]
    fn a_session_ends_unused_or_old_or_revoked() {
        let day = 24 * 60 * 60;
        let mut session = session();
        assert_eq!(session.presented(1, at(14 * day)), Presented::Expired);
        while session.refresh_expires_at < session.expires_at {
            session =
                session.next(session.live, session.refresh_expires_at.minus(Duration::from_secs(1)), &LIFE);
        }
        assert_eq!(session.expires_at, at(90 * day));
        assert_eq!(session.presented(session.live, at(90 * day)), Presented::Expired);
        session.revoked_at = Some(at(5));
        assert_eq!(session.presented(session.live, at(6)), Presented::Ended);
    }

    proptest! {
        /// Whatever is presented whenever: one token is live, numbers only grow, and only the
        /// live token and its parent are ever honoured.
        #[test]
        fn one_token_is_live(steps in prop::collection::vec((0_i64..8, 0_i64..30), 1..60)) {
            let (mut session, mut now) = (session(), 0);
            for (back, wait) in steps {
                now += wait;
                let token = (session.live - back).max(1);
                let (live, parent) = (session.live, session.parent);
                match session.presented(token, at(now)) {
                    Presented::Rotate => {
                        prop_assert_eq!(token, live);
                        session = session.next(token, at(now), &LIFE);
                    }
                    Presented::Replace => {
                        prop_assert_eq!(Some(token), parent);
                        session = session.next(token, at(now), &LIFE);
                    }
                    Presented::Repeat => prop_assert_eq!(Some(token), parent),
                    Presented::Reused => {
                        prop_assert!(token != live && Some(token) != parent);
                        break;
                    }
                    Presented::Expired | Presented::Ended => prop_assert!(false, "too early"),
                }
                prop_assert!(session.live >= live && session.parent.is_none_or(|parent| parent < session.live));
            }
        }
    }
}
