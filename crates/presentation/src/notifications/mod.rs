//! Notifications over HTTP.
