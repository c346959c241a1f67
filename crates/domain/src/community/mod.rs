//! Following people, and talking: posts, replies and who may see them.
