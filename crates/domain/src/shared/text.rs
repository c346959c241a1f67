//! Texts with a rule. The rule is stated once, on the type; parsing, the error, the OpenAPI
//! schema and the width of the column all read it.

use super::{Code, Refusal, platform};

/// What every text newtype declares. Lengths count Unicode scalar values.
pub trait Text: Sized + AsRef<str> + Clone + Send + Sync + 'static {
    /// The `format` in the OpenAPI document; unique among texts.
    const FORMAT: &'static str;
    /// Fewest characters.
    const MIN: usize;
    /// Most characters.
    const MAX: usize;
    /// A regular expression that says the same as `parse`, where one can.
    const PATTERN: Option<&'static str> = None;
    /// A value that parses.
    const EXAMPLE: &'static str;

    /// The value, or why it is refused.
    fn parse(raw: &str) -> Result<Self, Refusal>;
}

/// The length rule every text shares.
pub fn check_length<T: Text>(text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    // What nobody sees is no text: people would be shown an empty post, or somebody without a name.
    if length < T::MIN || T::MIN > 0 && text.chars().all(is_invisible) {
        let code: Code =
            if text.chars().all(is_invisible) { platform::REQUIRED } else { platform::TOO_SHORT };
        return Err(code.with("min", T::MIN));
    }
    if length > T::MAX {
        return Err(platform::TOO_LONG.with("max", T::MAX));
    }
    if text.chars().any(|c| c == '\0') {
        return Err(platform::FORBIDDEN_CHARACTER.into());
    }
    Ok(())
}

/// Characters that leave no mark by themselves: joiners, marks of direction, fillers of Hangul,
/// variation selectors (Unicode, `Default_Ignorable_Code_Point`), and the empty pattern of Braille.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Declares a text newtype: `text! { /// docs \n pub Title: "title", 1..=100, "Picnic"; }`.
///
/// The plain form keeps the text as it is after trimming and the length check; the form with
/// `=> rule` calls `fn(String) -> Result<String, Refusal>` on the trimmed text as well.
#[macro_export]
macro_rules! text {
    ($(#[$doc:meta])* $vis:vis $name:ident: $format:literal, $min:literal..=$max:literal, $example:literal $(, pattern $pattern:literal)? $(=> $rule:expr)?;) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        $vis struct $name(String);

        impl $crate::shared::Text for $name {
            const FORMAT: &'static str = $format;
            const MIN: usize = $min;
            const MAX: usize = $max;
            $(const PATTERN: Option<&'static str> = Some($pattern);)?
            const EXAMPLE: &'static str = $example;

            fn parse(raw: &str) -> Result<Self, $crate::shared::Refusal> {
                let text = raw.trim().to_owned();
                $crate::shared::text::check_length::<Self>(&text)?;
                $(let text = ($rule)(text)?;)?
                Ok(Self(text))
            }
        }

        impl $name {
            /// From storage, where only parsed values are written.
            pub fn restore(text: String) -> Self {
                Self(text)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
