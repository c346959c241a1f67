//! Turns domain events into notifications, and lists them.
