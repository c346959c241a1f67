//! An event or a task: what, when, how often, and which of its occurrences differ.

use super::{
    Calendar, Description, EventTime, Frame, Length, Location, Recurrence, Title, Uid, Zone, errors,
    time::DAY,
};
use crate::shared::{FieldError, Id, Refusal, Timestamp, UserId};

/// Declares an enum whose variants have one name in storage and in the API.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used in storage and in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

named! {
    /// What sort of entry it is.
    EventKind {
        /// Something that takes place.
        Event = "event",
        /// Something to be done.
        Task = "task",
        /// Kept from an imported file and given back on export, but not shown.
        Other = "other",
    }
}

named! {
    /// Whether it takes place.
    EventStatus {
        /// It does.
        Confirmed = "confirmed",
        /// Perhaps.
        Tentative = "tentative",
        /// It does not any more.
        Cancelled = "cancelled",
    }
}

named! {
    /// Who among those who see the calendar may see what it is (RFC 5545 CLASS).
    Visibility {
        /// Everybody.
        Public = "public",
        /// The owner only.
        Private = "private",
        /// Others see that there is something.
        Confidential = "confidential",
    }
}

/// When something is. `length` says how far the end is from the start, for every occurrence alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// When it begins.
    pub start: EventTime,
    /// How long it lasts.
    pub length: Length,
    /// The zone the end is told in, where it is not the start's (a flight).
    pub end_zone: Option<Zone>,
}

impl Timing {
    /// From a start and an optional end. A day without an end lasts the day, a time without one no
    /// time at all (RFC 5545 3.6.1).
    pub fn new(start: EventTime, end: Option<EventTime>) -> Result<Self, FieldError> {
        let Some(end) = end else {
            let length = Length { days: i64::from(start.is_date()), micros: 0 };
            return Ok(Self { start, length, end_zone: None });
        };
        let mut length = Length::between(&start, &end).map_err(|refusal: Refusal| refusal.at("/end"))?;
        if start.is_date() && length.days == 0 {
            // A day that ends on itself: what everybody who writes it means is that day.
            length.days = 1;
        }
        let end_zone = match (&start, end) {
            (EventTime::Zoned(_, zone), EventTime::Zoned(_, end)) if *zone != end => Some(end),
            _ => None,
        };
        Ok(Self { start, length, end_zone })
    }

    /// The same from times as people give them: what begins where clocks jump, and ends within a day,
    /// lasts as long as its digits say. Both are read with the offset before the jump (RFC 5545 3.3.5).
    pub fn as_given(start: EventTime, end: Option<EventTime>) -> Result<Self, FieldError> {
        let end = match (&start, end) {
            (EventTime::Zoned(from, zone), Some(EventTime::Zoned(to, same)))
                if *zone == same && zone.skips(*from) =>
            {
                let micros =
                    Frame::Floating.micros(to).zip(Frame::Floating.micros(*from)).map(|(to, from)| to - from);
                let in_a_day = micros.filter(|micros| (0..DAY).contains(micros));
                let end = in_a_day.map(|micros| Timestamp::from_micros(start.micros() + micros));
                Some(end.map_or_else(|| EventTime::Zoned(to, same), |end| EventTime::at(end, zone)))
            }
            (_, end) => end,
        };
        Self::new(start, end)
    }

    /// When an occurrence that begins at a place on the start's line ends.
    pub fn end_of(&self, start: i64) -> i64 {
        self.length.end(&self.start.frame(), start)
    }
}

/// What an event says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// What it is called; `None` for an imported one without a name.
    pub title: Option<Title>,
    /// More about it; may be empty.
    pub description: Description,
    /// Where it is; may be empty.
    pub location: Location,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it takes up its time; others see a gap where it does not (RFC 5545 TRANSP).
    pub blocks: bool,
}

/// An occurrence that differs from its series (RECURRENCE-ID).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where the series would have begun it, on the line of the series' frame.
    pub original: i64,
    /// When it is instead.
    pub timing: Timing,
    /// What it says instead.
    pub details: Details,
}

/// Something in a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id here.
    pub id: Id<Event>,
    /// The calendar it is in.
    pub calendar: Id<Calendar>,
    /// Its name everywhere.
    pub uid: Uid,
    /// What sort of entry it is.
    pub kind: EventKind,
    /// What it says.
    pub details: Details,
    /// When it is; `None` only for [`EventKind::Other`] and for a task without a date (RFC 5545 3.6.2).
    pub timing: Option<Timing>,
    /// How it repeats.
    pub recurrence: Recurrence,
    /// Occurrences that differ.
    pub overrides: Vec<Override>,
    /// When the task was done.
    pub completed_at: Option<Timestamp>,
    /// Counts changes that matter to invitees (RFC 5545 3.8.7.4).
    pub sequence: i64,
    /// Counts all changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The components as a file brought them, unfolded, with everything we do not understand.
    pub ical: Option<String>,
    /// Whose the alarms in `ical` are; `None` if it has none.
    pub alarms_of: Option<UserId>,
}

impl Event {
    /// Marks a task as done; doing it again keeps the first time.
    pub fn complete(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.must_be_task()?;
        if self.completed_at.is_none() {
            self.completed_at = Some(now);
        }
        Ok(())
    }

    /// Whether those who only read the calendar saw before what it says, and do not now.
    pub fn is_hidden_since(&self, before: &Self) -> bool {
        let shown =
            |event: &Self| event.details.visibility == Visibility::Public && event.kind != EventKind::Other;
        shown(before) && !shown(self)
    }

    /// Takes the mark away.
    pub fn reopen(&mut self) -> Result<(), Refusal> {
        self.must_be_task()?;
        self.completed_at = None;
        Ok(())
    }

    /// Takes the date away from a task that neither repeats nor has an occurrence that differs.
    ///
    /// # Errors
    /// `calendar.date_required`.
    pub fn undate(&mut self) -> Result<(), Refusal> {
        self.must_be_task()?;
        if self.recurrence.repeats() || !self.overrides.is_empty() {
            return Err(errors::DATE_REQUIRED.into());
        }
        if self.timing.take().is_some() {
            self.recurrence = Recurrence::default();
            self.sequence += 1;
        }
        Ok(())
    }

    fn must_be_task(&self) -> Result<(), Refusal> {
        if self.kind == EventKind::Task { Ok(()) } else { Err(errors::NOT_A_TASK.into()) }
    }
}
