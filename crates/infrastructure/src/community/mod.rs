//! Follows, posts and the feed in SQL.
