//! A post: a record, since every combination of its parts is valid.

use jiff::civil::Date;
use uuid::Uuid;

use super::{Visibility, errors::WIDER_THAN_ROOT};
use crate::{
    shared::{Id, Refusal, Timestamp, UserId},
    text,
};

text! {
    /// The title of a post.
    pub PostTitle: "post-title", 1..=100, "Picnic on Saturday";
}

text! {
    /// What a post says.
    pub PostText: "post-text", 1..=5000, "Who brings the kimbap? #picnic";
}

/// The id of a post; later posts have greater ids.
pub type PostId = Id<Post>;

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// The headline.
    pub title: Option<PostTitle>,
    /// The text.
    pub text: PostText,
    /// The event it is about.
    pub event: Option<Uuid>,
    /// The occurrence of it, by where its series began it, in microseconds on the line of the event.
    pub occurrence: Option<i64>,
    /// The day it is put on, chosen by the author.
    pub date: Option<Date>,
    /// The post it answers.
    pub in_reply_to: Option<PostId>,
    /// The post that starts its thread; itself, if it answers none.
    pub root: PostId,
    /// Who started the thread.
    pub root_author: UserId,
    /// How far the thread reaches.
    pub root_visibility: Visibility,
    /// How far a reply reaches whose author wanted less than the thread; `None` goes with the
    /// thread. It is kept as said, because the thread may narrow and widen again later.
    pub narrowed: Option<Visibility>,
    /// Counts the changes.
    pub version: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub edited_at: Option<Timestamp>,
}

impl Post {
    /// Whether it answers another.
    pub fn is_reply(&self) -> bool {
        self.in_reply_to.is_some()
    }

    /// Whether it may name people at all; most posts do not.
    pub fn may_name(&self) -> bool {
        // Small and wide forms of the sign mean the same.
        self.text.as_str().contains(['@', '﹫', '＠'])
    }

    /// Whether both say the same to the same people: whoever changes nothing makes no new version.
    pub fn same_as(&self, other: &Self) -> bool {
        *self == Self { version: self.version, edited_at: self.edited_at, ..other.clone() }
    }

    /// How far it reaches at most; a reply never further than its thread.
    pub fn visibility(&self) -> Visibility {
        self.narrowed.map_or(self.root_visibility, |narrowed| narrowed.min(self.root_visibility))
    }

    /// Changes how far it reaches; with a root, how far its thread does.
    ///
    /// # Errors
    /// `community.wider_than_root`
    pub fn reach(&mut self, wanted: Visibility) -> Result<(), Refusal> {
        if !self.is_reply() {
            self.root_visibility = wanted;
        } else if wanted > self.root_visibility {
            return Err(WIDER_THAN_ROOT.with("most", self.root_visibility));
        } else if wanted != self.visibility() {
            // Sending back what was read must not turn a narrowed reply into one that goes along.
            self.narrowed = (wanted < self.root_visibility).then_some(wanted);
        }
        Ok(())
    }
}

/// What a post was until it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostEdit {
    /// The post.
    pub post: PostId,
    /// The version this was.
    pub version: i64,
    /// The headline.
    pub title: Option<PostTitle>,
    /// The text.
    pub text: PostText,
    /// The day it was put on.
    pub date: Option<Date>,
    /// How far it reached in the end.
    pub visibility: Visibility,
    /// Since when the post was like this.
    pub written_at: Timestamp,
    /// Until when.
    pub replaced_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Text;

    #[test]
    fn what_nobody_sees_is_no_text() {
        for unseen in
            ["", "  \n", "\u{200b}", "\u{3164}\u{3164}", "\u{feff} \u{200f}", "\u{115f}\u{1160}", "\u{2800}"]
        {
            assert_eq!(
                PostText::parse(unseen).expect_err("refused").code.0.name,
                "platform.required",
                "{unseen:?}"
            );
        }
        // Joiners inside words and pictures belong to them.
        for seen in ["\u{200b}a", "👩\u{200d}🚀", "❤\u{fe0f}", "ᄀ\u{1160}", "\u{ad}-"] {
            assert!(PostText::parse(seen).is_ok(), "{seen:?}");
        }
    }
}
