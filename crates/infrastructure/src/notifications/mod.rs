//! Notifications in SQL.
