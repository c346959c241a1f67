//! Who may see a post. This is the rule; the SQL form in `infrastructure` is tested against it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How far a post reaches, from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Its author.
    Private,
    /// Its author and people who follow each other with the author.
    Friends,
    /// Everybody who is logged in.
    Public,
}

impl Visibility {
    /// As stored and as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Friends => "friends",
            Self::Public => "public",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Visibility {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Private, Self::Friends, Self::Public]
            .into_iter()
            .find(|visibility| visibility.as_str() == text)
            .ok_or(())
    }
}

/// What a viewer is to an author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same person.
    Oneself,
    /// They follow each other.
    Friend,
    /// Anybody else, followers included.
    Stranger,
    /// One of them blocked the other.
    Blocked,
}

impl Relation {
    fn reached_by(self, visibility: Visibility) -> bool {
        match self {
            Self::Oneself => true,
            Self::Blocked => false,
            Self::Friend => visibility >= Visibility::Friends,
            Self::Stranger => visibility == Visibility::Public,
        }
    }
}

/// Whether a viewer may see a post.
///
/// `author` and `root_author` are what the viewer is to them; for a post that starts a thread
/// both are the same. A reply goes with its thread, and is then for everybody who sees the root;
/// one that its author narrowed also needs the right relation to that author.
pub fn may_see(
    author: Relation,
    narrowed: Option<Visibility>,
    root_author: Relation,
    root_visibility: Visibility,
) -> bool {
    if author == Relation::Oneself {
        return true;
    }
    author != Relation::Blocked
        && root_author.reached_by(root_visibility)
        && narrowed.is_none_or(|narrowed| author.reached_by(narrowed))
}

/// Whether a viewer may see what a post was before a change.
///
/// Whoever sees what it was sees the post, and would have seen it as it was: a post that becomes
/// wider takes nobody back to what was said among fewer people, and one that becomes narrower takes
/// its past with it. What counts is how far a version reached when it was replaced, and what people
/// are to each other now.
pub fn may_see_version(
    author: Relation,
    root_author: Relation,
    now: (Option<Visibility>, Visibility),
    then: (Option<Visibility>, Visibility),
) -> bool {
    [now, then].into_iter().all(|(narrowed, root)| may_see(author, narrowed, root_author, root))
}

#[cfg(test)]
mod tests {
    use Relation::*;
    use Visibility::*;

    use super::*;

    #[test]
    fn c05_a_root_follows_the_table() {
        for (relation, seen) in [
            (Oneself, [true, true, true]),
            (Friend, [false, true, true]),
            (Stranger, [false, false, true]),
            (Blocked, [false, false, false]),
        ] {
            let answers =
                [Private, Friends, Public].map(|visibility| may_see(relation, None, relation, visibility));
            assert_eq!(answers, seen, "{relation:?}");
        }
    }

    #[test]
    fn a_reply_never_reaches_beyond_its_root() {
        let relations = [Oneself, Friend, Stranger, Blocked];
        for author in relations.into_iter().filter(|author| *author != Oneself) {
            for root_author in relations {
                for root in [Private, Friends, Public] {
                    for own in [None, Some(Private), Some(Friends)] {
                        let seen = may_see(author, own, root_author, root);
                        assert!(
                            !seen || may_see(root_author, None, root_author, root),
                            "{author:?} {own:?} {root_author:?} {root}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_past_of_a_post_reaches_no_further_than_its_present_and_than_it_did() {
        for relation in [Oneself, Friend, Stranger, Blocked] {
            for now in [Private, Friends, Public] {
                for then in [Private, Friends, Public] {
                    let seen = may_see_version(relation, relation, (None, now), (None, then));
                    assert_eq!(
                        seen,
                        may_see(relation, None, relation, now.min(then)),
                        "{relation:?} {now} {then}"
                    );
                }
            }
        }
        assert!(
            !may_see_version(Stranger, Oneself, (None, Public), (Some(Friends), Public)),
            "not even of one's thread"
        );
    }

    #[test]
    fn friends_of_the_root_read_each_others_replies() {
        assert!(may_see(Stranger, None, Friend, Friends));
        assert!(!may_see(Stranger, None, Stranger, Friends));
    }

    #[test]
    fn a_narrowed_reply_reaches_no_further_than_its_author_said() {
        for root in [Private, Friends, Public] {
            assert!(!may_see(Stranger, Some(Friends), Oneself, root), "{root}");
            assert!(!may_see(Friend, Some(Private), Oneself, root), "{root}");
        }
        assert!(may_see(Friend, Some(Friends), Stranger, Public));
    }
}
