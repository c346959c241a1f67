//! The SQL form of `madang_domain::community::may_see`, used by every list, count and detail.

/// Whether neither of viewer `$1` and `person` (an SQL expression) blocked the other.
pub(crate) fn not_blocked(person: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = $1 AND b.blocked_id = {person}) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = $1 AND b.blocker_id = {person})"
    )
}

/// Whether viewer `$1` and `person` follow each other.
fn friends(person: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = $1 AND f.followee_id = {person}) \
         AND EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = {person} AND f.followee_id = $1)"
    )
}

/// Whether viewer `$1` may see the post `p`.
pub(crate) fn visible() -> String {
    format!(
        "(p.author_id = $1 OR (\
           (p.root_author_id = $1 OR p.root_visibility = 'public' OR (p.root_visibility = 'friends' AND {root_friends})) \
           AND (p.narrowed_to IS NULL OR (p.narrowed_to = 'friends' AND {friends})) \
           AND {author_not_blocked} \
           AND (p.root_author_id = p.author_id OR p.root_author_id = $1 OR ({root_not_blocked}))))",
        root_friends = friends("p.root_author_id"),
        friends = friends("p.author_id"),
        author_not_blocked = not_blocked("p.author_id"),
        root_not_blocked = not_blocked("p.root_author_id"),
    )
}
