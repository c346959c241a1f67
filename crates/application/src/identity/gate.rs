//! The doorman: which sessions ended while access tokens of theirs may still be around.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use madang_domain::shared::{SessionId, Timestamp};

use super::ports::Revoked;

/// The sessions that ended within the last life of an access token; so it stays small.
#[derive(Default)]
pub struct SessionGate {
    closed: RwLock<HashMap<SessionId, Timestamp>>,
}

impl SessionGate {
    /// Whether this session has not been heard to have ended.
    pub fn admits(&self, session: SessionId) -> bool {
        !self.closed.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    /// Lets nobody in for these sessions any more.
    pub fn close(&self, revoked: &[Revoked]) {
        if revoked.is_empty() {
            return;
        }
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        for Revoked { session, until } in revoked {
            let end = closed.entry(*session).or_insert(*until);
            *end = (*end).max(*until);
        }
    }

    /// Forgets the sessions whose access tokens have all expired.
    pub fn forget_before(&self, now: Timestamp) {
        self.closed.write().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::new_id;

    #[test]
    fn a_closed_session_stays_closed_until_its_tokens_are_gone() {
        let (gate, session, other) = (SessionGate::default(), new_id(), new_id());
        let until = Timestamp::from_micros(10);
        gate.close(&[Revoked { session, until }]);
        gate.close(&[Revoked { session, until: Timestamp::from_micros(5) }]);
        gate.forget_before(Timestamp::from_micros(9));
        assert!(!gate.admits(session) && gate.admits(other));
        gate.forget_before(until);
        assert!(gate.admits(session));
    }
}
