//! Keys and what is made with them: one master secret, from which all other keys are derived.

mod codes;
mod master;
mod passwords;
mod random;
mod sealing;

pub use codes::KeyedCodes;
pub use master::MasterSecret;
pub use passwords::Argon2Passwords;
pub use random::{RandomSecrets, random_bytes};
pub use sealing::AesSealer;
