//! Codes sent to a mailbox or a phone, to find out whether it is somebody's own.

use std::time::Duration;

use crate::shared::{Code, Id, Timestamp};

use super::errors::{CODE_EXPIRED, CODE_INVALID, TOO_MANY_ATTEMPTS};

/// How many times a code may be tried, right or wrong.
pub const TRIES: i64 = 5;
/// How long the proof that a solved challenge is exchanged for can be used.
pub const PROOF_LIFE: Duration = Duration::from_mins(30);
/// The stretch that daily limits count over.
pub const DAY: Duration = Duration::from_hours(24);

crate::text! {
    /// A code as somebody typed it. Any text can be tried.
    pub OneTimeCode: "one-time-code", 1..=32, "482913";
}

/// What a code is good for. A code for one purpose is no code for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To prove that an e-mail address is one's own.
    Email,
    /// To prove that a phone number is one's own.
    Phone,
    /// To choose a new password.
    Password,
}

impl Purpose {
    /// The stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
        }
    }

    /// How many codes one address or phone number gets in a [`DAY`]. With [`TRIES`] guesses each,
    /// whoever guesses all day long has one chance in ten thousand, or less.
    pub const fn daily_limit(self) -> i64 {
        match self {
            Self::Email | Self::Password => 20,
            Self::Phone => 5,
        }
    }
}

/// Marks ids of challenges.
#[derive(Debug)]
pub enum ChallengeTag {}

/// One code that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its id, to which the code is bound.
    pub id: Id<ChallengeTag>,
    /// How often a code was tried.
    pub tries: i64,
    /// When the right code was used.
    pub solved_at: Option<Timestamp>,
    /// When it is too late.
    pub expires_at: Timestamp,
}

impl Challenge {
    /// Why no code is accepted any more; `None` while one still may be.
    pub fn closed(&self, now: Timestamp) -> Option<Code> {
        if self.solved_at.is_some() {
            Some(CODE_INVALID)
        } else if self.tries >= TRIES {
            Some(TOO_MANY_ATTEMPTS)
        } else if now >= self.expires_at {
            Some(CODE_EXPIRED)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is tried whenever: at most five tries are looked at, at most one succeeds, and
        /// nothing does once time is up.
        #[test]
        fn a_code_is_tried_five_times_solved_once_and_dies(steps in prop::collection::vec((0_i64..120, prop::bool::weighted(0.2)), 1..40)) {
            let expires_at = Timestamp::from_micros(180_000_000);
            let mut challenge = Challenge { id: Id::new(uuid::Uuid::nil()), tries: 0, solved_at: None, expires_at };
            let (mut now, mut looked, mut solved) = (0, 0, 0);
            for (wait, right) in steps {
                now += wait * 1_000_000;
                let at = Timestamp::from_micros(now);
                if challenge.closed(at).is_some() {
                    continue;
                }
                prop_assert!(at < expires_at);
                challenge.tries += 1;
                looked += 1;
                if right {
                    challenge.solved_at = Some(at);
                    solved += 1;
                }
            }
            prop_assert!(looked <= TRIES && solved <= 1);
        }
    }
}
