//! What other capabilities may hear from moderation: the only file of it that they may import.
