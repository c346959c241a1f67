//! Adapters: everything with a vendor's name in it.
//!
//! `sql`, `redis`, `memory`, `crypto` hold what several capabilities share; each capability's
//! folder holds its tables, its repository and its queries.

pub mod calendar;
pub mod chat;
pub mod community;
pub mod crypto;
pub mod identity;
pub mod mail;
pub mod media;
pub mod memory;
pub mod moderation;
pub mod notifications;
pub mod redis;
pub mod sql;
