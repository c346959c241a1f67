//! The SQL form of `madang_domain::community::may_see`, used by every list, count and detail.

pub(crate) use crate::sql::sight::{not_blocked_between, present};

/// Whether neither of viewer `$1` and `person` (an SQL expression) blocked the other.
pub(crate) fn not_blocked(person: &str) -> String {
    not_blocked_between("$1", person)
}

/// Whether anybody's likes and replies may count otherwise for viewer `$1` than for everybody: those
/// of people on the other side of a block, and what is [`UNCOUNTED`].
pub(super) fn hides_anybody() -> String {
    format!(
        "((SELECT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = $1) \
         OR EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = $1)) OR {UNCOUNTED})"
    )
}

/// Whether the likes and replies of somebody who is visible to viewer `$1` may not be counted, or the
/// other way round: those of people who are being counted out or in, and the viewer's own if nobody else
/// sees them.
pub(super) const UNCOUNTED: &str = "(SELECT EXISTS (SELECT 1 FROM absences absent) \
                                    OR EXISTS (SELECT 1 FROM users me WHERE me.id = $1 AND me.status = 'suspended'))";

/// The people of [`hides_anybody`], by `id`.
pub(super) const APART: &str = "(SELECT b.blocked_id AS id FROM blocks b WHERE b.blocker_id = $1 \
                                UNION SELECT b.blocker_id AS id FROM blocks b WHERE b.blocked_id = $1 \
                                UNION SELECT absent.user_id AS id FROM absences absent \
                                UNION SELECT me.id FROM users me WHERE me.id = $1 AND me.status = 'suspended')";

// `sight` says what `OFFSET 0` is for.

/// Whether viewer `$1` wants to hear of `person`: for what comes by itself, like a feed or a
/// notification, and not for what is looked for.
pub(crate) fn not_muted(person: &str) -> String {
    format!(
        "({person} = $1 OR NOT EXISTS (SELECT 1 FROM mutes q WHERE q.muter_id = $1 AND q.muted_id = {person} LIMIT 1 OFFSET 0))"
    )
}

/// Whether viewer `$1` and `person` follow each other. Mostly the viewer does, whose feed it is, so the
/// other is asked first.
fn friends(person: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = {person} AND f.followee_id = $1 LIMIT 1 OFFSET 0) \
         AND EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = $1 AND f.followee_id = {person} LIMIT 1 OFFSET 0)"
    )
}

/// Whether the thread of the post `p` reaches viewer `$1`, who may have begun it or see no more of it
/// than what they wrote themselves.
pub(super) fn reached(post: &str) -> String {
    format!(
        "({post}.root_author_id = $1 OR (({post}.root_visibility = 'public' OR ({post}.root_visibility = 'friends' \
         AND {root_friends})) AND {root_not_blocked} AND {root_present}))",
        root_friends = friends(&format!("{post}.root_author_id")),
        root_not_blocked = not_blocked(&format!("{post}.root_author_id")),
        root_present = present(&format!("{post}.root_author_id")),
    )
}

/// Whether viewer `$1` may see the post `p`.
///
/// The `CASE` changes no value. Postgres guesses that half of the rows pass it, and not that half
/// of them pass each of its parts: it would believe that hardly anything is to be seen, and read
/// everything instead of walking to the end of the page.
pub(crate) fn visible() -> String {
    visible_as("p")
}

/// [`visible`] for a post of another alias.
pub(super) fn visible_as(p: &str) -> String {
    visible_where(p, not_blocked)
}

/// [`visible_as`] for who has another way of finding out that neither of the viewer and a person blocked
/// the other.
pub(super) fn visible_where(p: &str, not_blocked: impl Fn(&str) -> String) -> String {
    format!(
        "(CASE WHEN {p}.author_id = $1 OR (\
           ({p}.root_author_id = $1 OR {p}.root_visibility = 'public' OR ({p}.root_visibility = 'friends' AND {root_friends})) \
           AND ({p}.narrowed_to IS NULL OR ({p}.narrowed_to = 'friends' AND {friends})) \
           AND {author_not_blocked} AND {author_present} \
           AND ({p}.root_author_id = {p}.author_id OR {p}.root_author_id = $1 OR ({root_not_blocked} AND {root_present}))) THEN TRUE ELSE FALSE END)",
        root_friends = friends(&format!("{p}.root_author_id")),
        friends = friends(&format!("{p}.author_id")),
        author_not_blocked = not_blocked(&format!("{p}.author_id")),
        author_present = present(&format!("{p}.author_id")),
        root_not_blocked = not_blocked(&format!("{p}.root_author_id")),
        root_present = present(&format!("{p}.root_author_id")),
    )
}
