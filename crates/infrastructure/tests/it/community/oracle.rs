//! What the community should answer, worked out the slow and obvious way from sets in memory.

use std::collections::{BTreeMap, BTreeSet};

use madang_domain::community::{PostId, Visibility};

/// One post as the oracle remembers it.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) id: PostId,
    pub(super) author: usize,
    pub(super) parent: Option<PostId>,
    pub(super) root: PostId,
    /// Of a root: how far the thread reaches.
    pub(super) level: Visibility,
    /// Of a reply: what its author chose, if that is less than the thread.
    pub(super) narrowed: Option<Visibility>,
    /// How far it reached before each change, the oldest first: what its author chose, and the thread.
    pub(super) past: Vec<(Option<Visibility>, Visibility)>,
}

/// Everything that happened so far.
#[derive(Default)]
pub(super) struct Oracle {
    pub(super) follows: BTreeSet<(usize, usize)>,
    pub(super) blocks: BTreeSet<(usize, usize)>,
    pub(super) mutes: BTreeSet<(usize, usize)>,
    pub(super) suspended: BTreeSet<usize>,
    pub(super) likes: BTreeSet<(PostId, usize)>,
    pub(super) posts: BTreeMap<PostId, Remembered>,
}

impl Oracle {
    pub(super) fn blocked(&self, one: usize, other: usize) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    fn friends(&self, one: usize, other: usize) -> bool {
        self.follows.contains(&(one, other)) && self.follows.contains(&(other, one))
    }

    fn reaches(&self, viewer: usize, author: usize, level: Visibility) -> bool {
        viewer == author
            || !self.blocked(viewer, author)
                && !self.suspended.contains(&author)
                && match level {
                    Visibility::Public => true,
                    Visibility::Friends => self.friends(viewer, author),
                    Visibility::Private => false,
                }
    }

    pub(super) fn sees(&self, viewer: usize, post: &Remembered) -> bool {
        self.sees_as(viewer, post, post.narrowed, self.posts[&post.root].level)
    }

    /// Whether it would be seen if it reached so far.
    fn sees_as(
        &self,
        viewer: usize,
        post: &Remembered,
        narrowed: Option<Visibility>,
        root: Visibility,
    ) -> bool {
        viewer == post.author
            || self.reaches(viewer, self.posts[&post.root].author, root)
                && !self.blocked(viewer, post.author)
                && !self.suspended.contains(&post.author)
                && narrowed.is_none_or(|level| self.reaches(viewer, post.author, level))
    }

    /// The versions somebody may read who sees the post, the latest first, counted from 1.
    pub(super) fn edits(&self, viewer: usize, post: &Remembered) -> Vec<i64> {
        let versions = (1_i64..).zip(&post.past);
        let seen = versions.filter(|(_, (narrowed, root))| self.sees_as(viewer, post, *narrowed, *root));
        let mut seen: Vec<_> = seen.map(|(version, _)| version).collect();
        seen.reverse();
        seen
    }

    /// Whether this person finds that post.
    pub(super) fn finds(&self, viewer: usize, id: PostId) -> bool {
        self.posts.get(&id).is_some_and(|post| self.sees(viewer, post))
    }

    /// How far it is said to reach.
    pub(super) fn level(&self, post: &Remembered) -> Visibility {
        let root = self.posts[&post.root].level;
        post.narrowed.map_or(root, |narrowed| narrowed.min(root))
    }

    /// Newest first.
    pub(super) fn list(&self, viewer: usize, wanted: impl Fn(&Remembered) -> bool) -> Vec<PostId> {
        let seen = self.posts.values().rev().filter(|post| wanted(post) && self.sees(viewer, post));
        seen.map(|post| post.id).collect()
    }

    /// Newest first.
    pub(super) fn feed(&self, viewer: usize) -> Vec<PostId> {
        self.list(viewer, |post| {
            let pair = (viewer, post.author);
            post.author == viewer || self.follows.contains(&pair) && !self.mutes.contains(&pair)
        })
    }

    /// Oldest first.
    pub(super) fn part(&self, viewer: usize, wanted: impl Fn(&Remembered) -> bool) -> Vec<PostId> {
        self.list(viewer, wanted).into_iter().rev().collect()
    }

    pub(super) fn like_count(&self, viewer: usize, post: PostId) -> usize {
        self.likers(viewer, post).len()
    }

    /// Who is shown to like it.
    pub(super) fn likers(&self, viewer: usize, post: PostId) -> Vec<usize> {
        let shown = |who| viewer == who || !self.blocked(viewer, who) && !self.suspended.contains(&who);
        let likes = self.likes.iter().filter(|(liked, who)| *liked == post && shown(*who));
        likes.map(|(_, who)| *who).collect()
    }

    /// As many as the list has.
    pub(super) fn reply_count(&self, viewer: usize, post: PostId) -> usize {
        self.part(viewer, |reply| reply.parent == Some(post)).len()
    }

    /// With a root goes its thread.
    pub(super) fn remove(&mut self, id: PostId) {
        self.posts.retain(|other, post| *other != id && post.root != id);
        self.likes.retain(|(post, _)| self.posts.contains_key(post));
    }
}
