//! What other capabilities may hear from media: the only file of it that they may import.
