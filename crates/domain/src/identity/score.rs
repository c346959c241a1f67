//! What people think of a person, from 0 to 100, and in a word.

/// Bands of scores, as lists and profiles show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreBand {
    /// 80 and more.
    Excellent,
    /// 60 to 79.
    Good,
    /// 31 to 59.
    Fair,
    /// 30 and less.
    Poor,
    /// Nobody has said anything yet.
    None,
}

impl ScoreBand {
    /// Of a score; `None` without reviews.
    pub const fn of(score: Option<i32>) -> Self {
        match score {
            None => Self::None,
            Some(80..) => Self::Excellent,
            Some(60..=79) => Self::Good,
            Some(31..=59) => Self::Fair,
            Some(..=30) => Self::Poor,
        }
    }

    /// The word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b15_bands_begin_where_they_should() {
        let band = |score| ScoreBand::of(Some(score)).name();
        assert_eq!([band(0), band(30), band(31), band(59)], ["poor", "poor", "fair", "fair"]);
        assert_eq!([band(60), band(79), band(80), band(100)], ["good", "good", "excellent", "excellent"]);
        assert_eq!(ScoreBand::of(None).name(), "none");
    }
}
