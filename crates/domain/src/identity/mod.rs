//! Accounts, their names and secrets, and login sessions.
