//! The community keeps its promises on every database.

mod crowd;
mod oracle;
mod random;
mod stage;
mod threads;
