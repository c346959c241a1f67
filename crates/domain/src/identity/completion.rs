//! Which writes a profile is complete enough for. The one place that decides it.
//!
//! Somebody who comes in through another service gets a nickname made from what they are called
//! there, and has told no address. Until they complete the profile they can read, and change what
//! is theirs alone; but nothing goes out to others under a name they have not seen.

use crate::shared::Failure;

use super::errors::PROFILE_INCOMPLETE;

/// What a write shows of its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The nickname: posts, replies, rooms.
    Nickname,
    /// The address, if only the region: lending, borrowing, buying.
    Address,
}

/// How far a profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Whether the person chose the nickname when they signed up.
    pub chose_nickname: bool,
    /// Whether there is an address.
    pub has_address: bool,
}

impl Completion {
    /// An address completes every profile: whoever adds it has been through the form that shows
    /// the nickname.
    ///
    /// # Errors
    /// `identity.profile_incomplete`
    pub fn meets(self, need: Need) -> Result<(), Failure> {
        let met = match need {
            Need::Nickname => self.chose_nickname || self.has_address,
            Need::Address => self.has_address,
        };
        if met { Ok(()) } else { Err(PROFILE_INCOMPLETE.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a22_and_b08_an_address_completes_a_profile() {
        let met = |chose_nickname, has_address, need| {
            Completion { chose_nickname, has_address }.meets(need).is_ok()
        };
        assert!(met(true, false, Need::Nickname) && met(false, true, Need::Nickname));
        assert!(!met(false, false, Need::Nickname));
        assert!(met(false, true, Need::Address) && met(true, true, Need::Address));
        assert!(!met(true, false, Need::Address) && !met(false, false, Need::Address));
    }
}
