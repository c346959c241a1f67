//! Calendars, events and how they repeat.
