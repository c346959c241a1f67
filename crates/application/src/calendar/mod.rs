//! Keeping calendars and events, and listing what happens when.
