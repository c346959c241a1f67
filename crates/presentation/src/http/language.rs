//! Which of our languages a request prefers (RFC 9110 12.5.4).

use madang_domain::shared::Words;
use poem::{Request, http::header};

/// A language we write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The default.
    English,
    /// Where `Accept-Language` prefers it.
    Korean,
}

impl Language {
    /// What this request prefers.
    pub fn of(request: &Request) -> Self {
        request
            .headers()
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or(Self::English, Self::preferred)
    }

    fn preferred(header: &str) -> Self {
        let weight = |wanted: &str| {
            header
                .split(',')
                .filter_map(|range| {
                    let mut parts = range.split(';');
                    let tag = parts.next()?.trim();
                    let quality = parts
                        .find_map(|part| part.trim().strip_prefix("q="))
                        .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
                    let primary = tag.split('-').next()?;
                    primary.eq_ignore_ascii_case(wanted).then_some(quality)
                })
                .fold(0.0, f32::max)
        };
        if weight("ko") > weight("en") { Self::Korean } else { Self::English }
    }

    /// The words in this language.
    pub fn pick(self, words: Words) -> &'static str {
        match self {
            Self::English => words.en,
            Self::Korean => words.ko,
        }
    }

    /// The tag for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_language_wins_and_english_breaks_ties() {
        for (header, expected) in [
            ("ko", Language::Korean),
            ("ko-KR,ko;q=0.9,en;q=0.8", Language::Korean),
            ("en-US,en;q=0.9,ko;q=0.8", Language::English),
            ("fr;q=1, ko;q=0.2", Language::Korean),
            ("ko;q=0", Language::English),
            ("*", Language::English),
            (";;;q=x,,", Language::English),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
