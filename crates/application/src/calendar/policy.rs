//! Who may do what in a calendar. What a person may not even see is not found.

use madang_domain::{
    calendar::{Calendar, EventKind, MemberRole, Tier, Visibility, korea},
    shared::{Failure, Id, platform},
};

/// Knowing that the calendar is there. How much of an event shows is for [`Tier`] to say.
pub fn may_enter(role: Option<MemberRole>) -> Result<MemberRole, Failure> {
    role.ok_or_else(|| platform::NOT_FOUND.into())
}

/// Seeing who else is in the calendar. Who subscribes to one of the service itself is nobody's
/// business.
pub fn may_know_members(calendar: Id<Calendar>, role: Option<MemberRole>) -> Result<(), Failure> {
    may_read(role)?;
    if calendar == korea::CALENDAR { Err(platform::FORBIDDEN.into()) } else { Ok(()) }
}

/// Seeing the events of the calendar.
fn may_read(role: Option<MemberRole>) -> Result<(), Failure> {
    at_least(MemberRole::Reader, role)
}

/// Learning when the owner of the calendar is busy. The one rule of free time: a person's times are
/// those of the calendars they own and the asker is a member of, in any role; what they come to as guests
/// is in their default one. Nothing else tells anything, so that a stranger's answer is the same as
/// nobody's.
pub fn may_learn_times(role: MemberRole) -> bool {
    role >= MemberRole::FreeBusy
}

/// What a member sees of an event: who organizes it sees all of it.
pub fn sees(role: MemberRole, organizes: bool, kind: EventKind, visibility: Visibility) -> Tier {
    Tier::of(if organizes { MemberRole::Owner } else { role }, kind, visibility)
}

/// Changing and deleting an event. Nobody changes what they may not read.
pub fn may_change(role: MemberRole, tier: Tier) -> Result<(), Failure> {
    if tier == Tier::Nothing {
        return Err(platform::NOT_FOUND.into());
    }
    may_write(Some(role))?;
    if tier == Tier::Full { Ok(()) } else { Err(platform::FORBIDDEN.into()) }
}

/// Making, changing and deleting events.
pub fn may_write(role: Option<MemberRole>) -> Result<(), Failure> {
    at_least(MemberRole::Writer, role)
}

/// Changing and deleting the calendar itself, and saying who may enter it.
pub fn may_manage(role: Option<MemberRole>) -> Result<(), Failure> {
    at_least(MemberRole::Owner, role)
}

fn at_least(needed: MemberRole, role: Option<MemberRole>) -> Result<(), Failure> {
    if may_enter(role)? >= needed { Ok(()) } else { Err(platform::FORBIDDEN.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_find_nothing_and_readers_may_not_write() {
        assert_eq!(may_write(None).unwrap_err().code(), platform::NOT_FOUND);
        assert_eq!(may_write(Some(MemberRole::FreeBusy)).unwrap_err().code(), platform::FORBIDDEN);
        assert_eq!(may_read(Some(MemberRole::FreeBusy)).unwrap_err().code(), platform::FORBIDDEN);
        assert_eq!(may_write(Some(MemberRole::Reader)).unwrap_err().code(), platform::FORBIDDEN);
        assert!(may_write(Some(MemberRole::Writer)).is_ok());
        assert_eq!(may_manage(Some(MemberRole::Writer)).unwrap_err().code(), platform::FORBIDDEN);
        assert!(may_manage(Some(MemberRole::Owner)).is_ok());
    }
}
