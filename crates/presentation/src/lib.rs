//! The HTTP face: poem-openapi operations that translate, call one use case, and translate back.

pub mod calendar;
pub mod chat;
pub mod community;
pub mod http;
pub mod identity;
pub mod media;
pub mod moderation;
pub mod notifications;
