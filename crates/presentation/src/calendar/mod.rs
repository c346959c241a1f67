//! Calendars and Events over HTTP.
