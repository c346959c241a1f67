//! Follow, post, reply and read the feed, under one visibility rule.
