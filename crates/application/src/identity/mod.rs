//! Signing up, logging in and staying logged in; the profile of the caller.
