//! The one rule of how much of an event a person sees; every door asks it.

use super::{Description, Details, Event, EventKind, Location, MemberRole, Override, Uid, Visibility};
use crate::shared::Id;

/// How much of an event somebody sees. Each tier includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Not even that there is something.
    Nothing,
    /// When there is something, not what.
    Busy,
    /// Everything.
    Full,
}

impl Tier {
    /// What a member with this role sees of such an entry. A task takes no time: where only times
    /// are told, there is nothing to tell of it.
    pub fn of(role: MemberRole, kind: EventKind, visibility: Visibility) -> Self {
        match (role, visibility, kind) {
            (MemberRole::Owner, _, _) => Self::Full,
            (_, Visibility::Private, _) | (_, _, EventKind::Other) => Self::Nothing,
            (MemberRole::Reader | MemberRole::Writer, Visibility::Public, _) => Self::Full,
            (_, _, EventKind::Task) => Self::Nothing,
            (_, _, EventKind::Event) => Self::Busy,
        }
    }
}

impl Details {
    /// The same without a word about what it is.
    #[must_use]
    pub fn only_busy(&self) -> Self {
        Self {
            title: None,
            description: Description::restore(String::new()),
            location: Location::restore(String::new()),
            status: self.status,
            visibility: Visibility::Confidential,
            blocks: self.blocks,
        }
    }
}

impl Uid {
    /// A name that tells nothing: one from elsewhere may hold an address or a title.
    pub fn plain(event: Id<Event>) -> Self {
        Self::restore(format!("{event}@madang"))
    }
}

impl Event {
    /// What a member with this role may take away of the event; `None` for nothing. Occurrences they
    /// may not see are taken out of the series, so that these do not show at their old place.
    #[must_use]
    pub fn seen_by(self, role: MemberRole) -> Option<Self> {
        if role == MemberRole::Owner {
            return Some(self);
        }
        let tier = Tier::of(role, self.kind, self.details.visibility);
        if self.kind == EventKind::Other {
            return None;
        }
        let start = self.timing.as_ref().map(|timing| timing.start.clone());
        let mut seen = match tier {
            Tier::Nothing => return None,
            Tier::Full => self,
            Tier::Busy => Self {
                uid: Uid::plain(self.id),
                details: self.details.only_busy(),
                completed_at: None,
                ical: None,
                alarms_of: None,
                ..self
            },
        };
        for differs in std::mem::take(&mut seen.overrides) {
            match Tier::of(role, seen.kind, differs.details.visibility).min(tier) {
                Tier::Nothing => {
                    seen.recurrence =
                        seen.recurrence.without(&start.as_ref()?.frame().time(differs.original));
                }
                Tier::Busy => {
                    seen.overrides.push(Override { details: differs.details.only_busy(), ..differs });
                }
                Tier::Full => seen.overrides.push(differs),
            }
        }
        Some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sees_how_much() {
        use EventKind::{Event, Task};
        use MemberRole::{FreeBusy, Owner, Reader, Writer};
        use Visibility::{Confidential, Private, Public};
        for (role, public, confidential, private, task) in [
            (FreeBusy, Tier::Busy, Tier::Busy, Tier::Nothing, Tier::Nothing),
            (Reader, Tier::Full, Tier::Busy, Tier::Nothing, Tier::Full),
            (Writer, Tier::Full, Tier::Busy, Tier::Nothing, Tier::Full),
            (Owner, Tier::Full, Tier::Full, Tier::Full, Tier::Full),
        ] {
            assert_eq!(Tier::of(role, Event, Public), public, "{role:?}");
            assert_eq!(Tier::of(role, Event, Confidential), confidential, "{role:?}");
            assert_eq!(Tier::of(role, Event, Private), private, "{role:?}");
            assert_eq!(Tier::of(role, Task, Public), task, "{role:?}");
        }
    }
}
