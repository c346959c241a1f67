//! The people of an event: invitations, answers, seats, and the line of those who wait.
//!
//! An occurrence is named by where its series began it (`original`), which stays when it is moved.
//! Seats are counted per occurrence. Whoever comes when all are taken waits; the first in line gets
//! the next seat that becomes free. A smaller capacity takes no seat away: until enough people left,
//! nobody follows. Without a capacity nobody joins, and nobody who waits follows.

use super::{EventKind, EventStatus, MemberRole, Tier, Visibility, errors};
use crate::shared::{Failure, UserId, platform};

/// What somebody says to an invitation (RFC 5545 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    NeedsAction,
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// Perhaps.
    Tentative,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NeedsAction, Self::Accepted, Self::Declined, Self::Tentative];

    /// The name used in storage and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NeedsAction => "needsAction",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
        }
    }

    /// The answer of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }
}

/// Whether somebody gives their time to an occurrence. Whoever has a seat does, and whoever waits for one
/// does not yet; of all others the answer tells, and perhaps is no refusal (RFC 5545 3.2.9).
pub fn gives_time(answer: Answer, seat: Option<Seat>) -> bool {
    match seat {
        Some(seat) => seat == Seat::Joined,
        None => matches!(answer, Answer::Accepted | Answer::Tentative),
    }
}

/// What somebody who came has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// A seat.
    Joined,
    /// A place in line.
    Waitlisted,
}

/// The seats of one occurrence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// How many there are; `None` if nobody may join.
    pub capacity: Option<i64>,
    /// How many are taken.
    pub joined: i64,
    /// How many people wait.
    pub waiting: i64,
    /// How many people ever came.
    pub last_place: i64,
}

impl Seats {
    /// Somebody comes: their place in the order of coming, and what they have.
    ///
    /// # Errors
    /// `calendar.not_open`
    pub fn take(&mut self) -> Result<(i64, Seat), Failure> {
        let capacity = self.capacity.ok_or(errors::NOT_OPEN)?;
        self.last_place += 1;
        // Whoever waits comes first, even where a seat is free that they have not got yet.
        if self.waiting == 0 && self.joined < capacity {
            self.joined += 1;
            return Ok((self.last_place, Seat::Joined));
        }
        self.waiting += 1;
        Ok((self.last_place, Seat::Waitlisted))
    }

    /// Somebody goes.
    pub fn leave(&mut self, seat: Seat) {
        match seat {
            Seat::Joined => self.joined -= 1,
            Seat::Waitlisted => self.waiting -= 1,
        }
    }

    /// How many of those who wait have a seat from now on, from the front of the line.
    pub fn promote(&mut self) -> i64 {
        let free = (self.capacity.unwrap_or(0) - self.joined).max(0);
        let promoted = free.min(self.waiting);
        self.joined += promoted;
        self.waiting -= promoted;
        promoted
    }
}

/// What two people are to each other, as far as the calendar asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// Nothing.
    None,
    /// They follow each other.
    Friends,
    /// One of them blocked the other.
    Blocked,
}

/// What decides who may come in to an event.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Who organizes it.
    pub organizer: UserId,
    /// Event or task.
    pub kind: EventKind,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Who may see it.
    pub visibility: Visibility,
    /// How many seats each occurrence has.
    pub capacity: Option<i64>,
    /// Whether it has occurrences.
    pub repeats: bool,
    /// What the visitor sees as a member of the calendar: who organizes an event sees it as its owner.
    pub role: Option<MemberRole>,
    /// Whether the visitor is invited, or came before.
    pub guest: bool,
    /// Whether the visitor was asked to come.
    pub invited: bool,
}

impl Door {
    /// Whether friends of the organizer may come without being asked: a public event with seats.
    pub fn is_open(&self) -> bool {
        self.capacity.is_some() && self.visibility == Visibility::Public
    }

    /// Whether somebody sees the event, as a member of its calendar.
    fn is_in(&self) -> bool {
        self.role.is_some_and(|role| Tier::of(role, self.kind, self.visibility) == Tier::Full)
    }

    /// Whether somebody sees the event as its guest: not as long as they and its organizer are behind a
    /// block.
    pub fn is_guests(&self, tie: Tie) -> bool {
        self.guest && tie != Tie::Blocked
    }

    /// Whether somebody sees the event, as a member of its calendar or as its guest.
    pub fn is_seen(&self, tie: Tie) -> bool {
        self.is_in() || self.is_guests(tie)
    }

    /// Whether somebody may see the event. Who is blocked, or blocks, sees only what is theirs.
    pub fn may_see(&self, tie: Tie) -> bool {
        self.is_seen(tie) || (self.is_open() && tie == Tie::Friends)
    }

    /// Whether somebody may take a seat.
    ///
    /// # Errors
    /// Not found for those who may not know of it. That an event is open is no secret: others are
    /// told that it is not for them.
    pub fn may_join(&self, tie: Tie) -> Result<(), Failure> {
        if !self.may_see(tie) {
            let known = self.is_open() && tie != Tie::Blocked;
            return Err(if known { platform::FORBIDDEN } else { platform::NOT_FOUND }.into());
        }
        // A block between a guest and the organizer ends what was not taken before.
        if tie == Tie::Blocked && self.role.is_none() {
            return Err(platform::NOT_FOUND.into());
        }
        if self.status == EventStatus::Cancelled {
            return Err(errors::EVENT_CANCELLED.into());
        }
        if self.capacity.is_none() {
            return Err(errors::NOT_OPEN.into());
        }
        Ok(())
    }

    /// Whether somebody may say who is invited: the organizer, and who writes into the calendar.
    ///
    /// # Errors
    /// Not found for those who do not see it.
    pub fn may_invite(&self, visitor: UserId, tie: Tie) -> Result<(), Failure> {
        let writes = self.role >= Some(MemberRole::Writer) && self.is_seen(tie);
        if writes || visitor == self.organizer {
            return Ok(());
        }
        Err(if self.may_see(tie) { platform::FORBIDDEN } else { platform::NOT_FOUND }.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_seat_is_lost_or_doubled(capacity in 1..20_i64, steps in proptest::collection::vec(0..4_u8, 0..200)) {
            let mut seats = Seats { capacity: Some(capacity), ..Seats::default() };
            let mut line: Vec<i64> = Vec::new();
            let mut seated: Vec<i64> = Vec::new();
            for step in steps {
                match step {
                    0 | 1 => match seats.take().expect("open") {
                        (place, Seat::Joined) => seated.push(place),
                        (place, Seat::Waitlisted) => line.push(place),
                    },
                    2 if !seated.is_empty() => {
                        seated.remove(0);
                        seats.leave(Seat::Joined);
                    }
                    3 if !line.is_empty() => {
                        line.pop();
                        seats.leave(Seat::Waitlisted);
                    }
                    _ => {}
                }
                let promoted = usize::try_from(seats.promote()).expect("a count");
                seated.extend(line.drain(..promoted));
                prop_assert_eq!(seats.joined, i64::try_from(seated.len()).unwrap());
                prop_assert_eq!(seats.waiting, i64::try_from(line.len()).unwrap());
                prop_assert!(seats.joined <= capacity);
                prop_assert!(seats.waiting == 0 || seats.joined == capacity, "nobody waits beside a free seat");
            }
        }
    }

    #[test]
    fn a_smaller_capacity_takes_no_seat_away() {
        let mut seats = Seats { capacity: Some(2), joined: 5, waiting: 3, last_place: 8 };
        assert_eq!(seats.promote(), 0);
        seats.capacity = Some(7);
        assert_eq!((seats.promote(), seats.joined, seats.waiting), (2, 7, 1));
        seats.capacity = None;
        seats.leave(Seat::Joined);
        assert_eq!(seats.promote(), 0);
        assert!(seats.take().is_err());
    }
}
