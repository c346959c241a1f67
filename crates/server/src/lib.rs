//! The composition root: configuration, wiring, and the life of the process.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod memory;
pub mod modules;
pub mod telemetry;
