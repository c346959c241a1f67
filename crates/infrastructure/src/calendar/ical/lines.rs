//! Content lines and components (RFC 5545 3.1, 3.4), as they stand in a file.

use std::fmt::Write;

use madang_application::calendar::ports::Warning;

/// Components nested deeper than this are dropped; real files use three levels.
const DEEPEST: usize = 12;

/// One unfolded line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins in the file, from 1.
    pub(super) number: u64,
    /// The property's name in capitals.
    pub(super) name: String,
    /// Its parameters, names in capitals, values without quotes.
    pub(super) params: Vec<(String, String)>,
    /// What comes after the colon, as it stands.
    pub(super) value: String,
    /// All of it as it stands.
    pub(super) text: String,
}

/// What a component holds, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Line(Line),
    Component(Component),
}

/// `BEGIN:name … END:name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    /// In capitals.
    pub(super) name: String,
    /// The line of its BEGIN.
    pub(super) number: u64,
    pub(super) items: Vec<Item>,
}

impl Line {
    /// A line from its text; `None` if it has no colon.
    pub(super) fn parse(number: u64, text: &str) -> Option<Self> {
        let colon = colon(text)?;
        let (head, value) = (&text[..colon], &text[colon + 1..]);
        let mut parts = split_outside_quotes(head, ';').into_iter();
        let name = parts.next()?.trim().to_ascii_uppercase();
        let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.');
        if name.is_empty() || !named {
            return None;
        }
        let param = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
        };
        let params = parts.map(param).collect();
        Some(Self { number, name, params, value: value.to_owned(), text: text.to_owned() })
    }

    /// The value of a parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same line with another TZID.
    pub(super) fn with_zone(&self, zone: &str) -> Self {
        let colon = colon(&self.text).unwrap_or(0);
        let mut text = String::new();
        for part in split_outside_quotes(&self.text[..colon], ';') {
            if !text.is_empty() {
                text.push(';');
            }
            let is_zone = part.trim_start().get(..5).is_some_and(|head| head.eq_ignore_ascii_case("TZID="));
            if is_zone {
                let _infallible = write!(text, "TZID={zone}");
            } else {
                text.push_str(part);
            }
        }
        text.push_str(&self.text[colon..]);
        Self::parse(self.number, &text).unwrap_or_else(|| self.clone())
    }

    /// The value as TEXT, with its escapes undone.
    pub(super) fn plain(&self) -> String {
        let mut plain = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                plain.push(c);
                continue;
            }
            match chars.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            }
        }
        plain
    }
}

impl Component {
    /// The lines of the component itself.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Component(_) => None,
        })
    }

    /// The components inside.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Component(component) => Some(component),
            Item::Line(_) => None,
        })
    }

    /// The first line of that name.
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.name == name)
    }

    /// The text of the component, unfolded, without a line end at its end.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text.truncate(text.trim_end().len());
        text
    }

    fn write(&self, text: &mut String) {
        let _infallible = writeln!(text, "BEGIN:{}", self.name);
        for item in &self.items {
            match item {
                Item::Line(line) => {
                    text.push_str(&line.text);
                    text.push('\n');
                }
                Item::Component(component) => component.write(text),
            }
        }
        let _infallible = writeln!(text, "END:{}", self.name);
    }
}

/// Reads all components of a file. Lines that cannot be read are reported and left out.
pub(super) fn components(file: &[u8], warnings: &mut Vec<Warning>) -> Vec<Component> {
    let mut stack = vec![Component { name: String::new(), number: 0, items: Vec::new() }];
    let mut too_deep = 0_usize;
    for (number, text) in unfold(file, warnings) {
        if text.trim().is_empty() {
            continue;
        }
        let Some(line) = Line::parse(number, &text) else {
            warn(warnings, number, "droppedLine", format!("This is not a property: {}", excerpt(&text)));
            continue;
        };
        match line.name.as_str() {
            "BEGIN" if too_deep > 0 || stack.len() > DEEPEST => {
                too_deep += 1;
                warn(warnings, number, "droppedComponent", "Components are nested too deeply.".to_owned());
            }
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                close_forgotten(&mut stack, &name, &line, warnings);
                stack.push(Component { name, number, items: Vec::new() });
            }
            "END" if too_deep > 0 => too_deep -= 1,
            "END" => end(&mut stack, &line, warnings),
            _ if too_deep > 0 => {}
            _ => {
                if let Some(open) = stack.last_mut() {
                    open.items.push(Item::Line(line));
                }
            }
        }
    }
    while stack.len() > 1 {
        let number = stack.last().map_or(0, |open| open.number);
        warn(
            warnings,
            number,
            "repairedEnd",
            "The component has no END; it was closed at the end.".to_owned(),
        );
        close(&mut stack);
    }
    let Some(root) = stack.pop() else { return Vec::new() };
    let components = root.items.into_iter().filter_map(|item| match item {
        Item::Component(component) => Some(component),
        Item::Line(_) => None,
    });
    components.collect()
}

/// Entries do not nest: one that begins within another says that the other's END was forgotten.
fn close_forgotten(stack: &mut Vec<Component>, name: &str, line: &Line, warnings: &mut Vec<Warning>) {
    const ENTRIES: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"];
    let open = stack.iter().position(|component| ENTRIES.contains(&component.name.as_str()));
    let Some(depth) = open.filter(|_| ENTRIES.contains(&name)) else { return };
    warn(warnings, line.number, "repairedEnd", "The entry before has no END.".to_owned());
    while stack.len() > depth {
        close(stack);
    }
}

fn end(stack: &mut Vec<Component>, line: &Line, warnings: &mut Vec<Warning>) {
    let name = line.value.trim();
    let open = stack.iter().skip(1).rposition(|component| component.name.eq_ignore_ascii_case(name));
    let Some(depth) = open else {
        warn(warnings, line.number, "droppedLine", format!("END:{} closes nothing.", excerpt(name)));
        return;
    };
    if stack.len() > depth + 2 {
        warn(warnings, line.number, "repairedEnd", "A component inside has no END.".to_owned());
    }
    while stack.len() > depth + 1 {
        close(stack);
    }
}

fn close(stack: &mut Vec<Component>) {
    if stack.len() > 1
        && let Some(closed) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.items.push(Item::Component(closed));
    }
}

/// Joins folded lines, on octets: a fold may cut a character in two.
fn unfold(file: &[u8], warnings: &mut Vec<Warning>) -> Vec<(u64, String)> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut lines: Vec<(u64, Vec<u8>)> = Vec::new();
    for (number, physical) in (1_u64..).zip(file.split(|byte| *byte == b'\n')) {
        let physical = physical.strip_suffix(b"\r").unwrap_or(physical);
        // Some programs put an empty line before the rest of a folded one.
        if physical.is_empty() {
            continue;
        }
        match (physical.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, line))) => line.extend_from_slice(&physical[1..]),
            _ => lines.push((number, physical.to_vec())),
        }
    }
    let mut decode = |(number, bytes): (u64, Vec<u8>)| {
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            warn(
                warnings,
                number,
                "repairedText",
                "The line is not UTF-8; what is not was replaced.".to_owned(),
            );
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        // Postgres keeps no NUL, and no other control character belongs into a line.
        let clean = |c: &char| !c.is_control() || *c == '\t';
        (number, if text.chars().all(|c| clean(&c)) { text } else { text.chars().filter(clean).collect() })
    };
    lines.into_iter().map(&mut decode).collect()
}

/// The colon that ends the name and parameters: the first outside quotes.
fn colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => return Some(at),
            _ => {}
        }
    }
    // An odd quote somewhere: then the first colon has to do.
    text.find(':')
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

/// The beginning of a text, for a warning.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

fn warn(warnings: &mut Vec<Warning>, line: u64, code: &'static str, text: String) {
    // A megabyte of rubbish needs no megabyte of complaints.
    if warnings.len() < MOST_WARNINGS {
        warnings.push(Warning { line, uid: None, code, text });
    }
}

/// Most warnings of one report.
pub(super) const MOST_WARNINGS: usize = 1_000;
