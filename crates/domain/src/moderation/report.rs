//! A report, and feedback.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::errors::{OWN_REPORT, TEXT_NEEDED};
use crate::{
    shared::{FieldError, Id, Timestamp, UserId},
    text,
};

text! {
    /// What is wrong, in the words of whoever reports it.
    pub ReportText: "report-text", 1..=512, "It is the same advertisement every day.";
}

text! {
    /// What feedback is about.
    pub FeedbackTitle: "feedback-title", 1..=70, "The month view on small screens";
}

text! {
    /// What somebody thinks about the service.
    pub FeedbackText: "feedback-text", 1..=512, "Long titles hide the time.";
}

/// The id of a report; later ones have greater ids.
pub type ReportId = Id<Report>;
/// The id of feedback; later ones have greater ids.
pub type FeedbackId = Id<Feedback>;

/// Declares an enum that is stored and answered as a word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// As stored and as in the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(()),
                }
            }
        }
    };
}

words! {
    /// Why something is reported.
    ReportReason {
        /// Advertisements, or the same thing over and over.
        Spam = "spam",
        /// Insults, hate, threats.
        Abuse = "abuse",
        /// Nudity or sexual content.
        Nudity = "nudity",
        /// Deceit for gain, or somebody who pretends to be somebody else.
        Fraud = "fraud",
        /// Something else, told in words.
        Other = "other",
    }
}

words! {
    /// What became of a report.
    ReportState {
        /// Nobody looked at it.
        Open = "open",
        /// Something was done about it.
        Resolved = "resolved",
        /// Nothing needed doing.
        Dismissed = "dismissed",
    }
}

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportTarget {
    /// A post.
    Post(Uuid),
    /// A person.
    User(UserId),
}

impl ReportTarget {
    /// As stored: what it is, and which.
    pub fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::Post(id) => ("post", id),
            Self::User(id) => ("user", id.uuid()),
        }
    }

    /// From [`Self::parts`].
    pub fn from_parts(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "post" => Some(Self::Post(id)),
            "user" => Some(Self::User(id.into())),
            _ => None,
        }
    }
}

/// Somebody says that something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Who says so.
    pub reporter: UserId,
    /// With what.
    pub target: ReportTarget,
    /// Who wrote it, or who it is.
    pub accused: UserId,
    /// Why.
    pub reason: ReportReason,
    /// In their own words.
    pub text: Option<ReportText>,
    /// When.
    pub created_at: Timestamp,
}

impl Report {
    /// The rules of a new report; every one that is broken.
    pub fn check(&self) -> Vec<FieldError> {
        let mut broken = Vec::new();
        if self.reporter == self.accused {
            broken.push(OWN_REPORT.at(""));
        }
        if self.reason == ReportReason::Other && self.text.is_none() {
            broken.push(TEXT_NEEDED.at("/text"));
        }
        broken
    }
}

/// Somebody says what they think of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// Who says so.
    pub author: UserId,
    /// What it is about.
    pub title: FeedbackTitle,
    /// What they say.
    pub text: FeedbackText,
    /// When.
    pub created_at: Timestamp,
}
