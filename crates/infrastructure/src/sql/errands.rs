//! Statements whose outcome nobody waits for, and how they go to the database together: a trip to
//! Postgres takes longer than most of what is done there.

use sea_orm::Value;

/// Most values of a statement that is made of several: a larger one takes its time by itself, and its
/// text is rarely the same again.
const MOST_VALUES: usize = 2_000;

/// A statement to run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Errand {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// The same in as few statements as may be, in their order. Those that become one see what was there before
/// all of them.
pub(super) fn together(errands: Vec<Errand>) -> Vec<Errand> {
    let mut groups: Vec<Vec<Errand>> = Vec::new();
    for errand in errands {
        let fits = |group: &Vec<Errand>| {
            let values: usize = group.iter().map(|errand| errand.values.len()).sum();
            values + errand.values.len() <= MOST_VALUES
        };
        match groups.last_mut().filter(|group| fits(group)) {
            Some(group) => group.push(errand),
            None => groups.push(vec![errand]),
        }
    }
    groups.into_iter().filter_map(as_one).collect()
}

/// All but the last become parts that it begins with.
fn as_one(mut group: Vec<Errand>) -> Option<Errand> {
    let last = group.pop()?;
    if group.is_empty() {
        return Some(last);
    }
    let (mut text, mut values) = (String::new(), Vec::new());
    for (number, part) in group.into_iter().enumerate() {
        let head = if number == 0 { "WITH " } else { ", " };
        text.push_str(&format!("{head}part{number} AS ({})", behind(&part.text, values.len())));
        values.extend(part.values);
    }
    text.push(' ');
    text.push_str(&behind(&last.text, values.len()));
    values.extend(last.values);
    Some(Errand { text, values })
}

/// The text with its places `$1`, `$2`, … counted on from `before`.
fn behind(text: &str, before: usize) -> String {
    let mut pieces = text.split('$');
    let mut shifted = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(end);
        match number.parse::<usize>() {
            Ok(number) => shifted.push_str(&format!("${}", number + before)),
            Err(_) => shifted.push('$'),
        }
        shifted.push_str(rest);
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(text: &str, values: usize) -> Errand {
        Errand { text: text.to_owned(), values: (0..values).map(|n| Value::from(n as i64)).collect() }
    }

    #[test]
    fn what_goes_together_keeps_its_values() {
        let all = together(vec![
            errand("INSERT INTO a VALUES ($1, $2), ($3, $2 + 1)", 3),
            errand("UPDATE b SET c = $11 || '$'", 11),
            errand("DELETE FROM d WHERE e = $1", 1),
        ]);
        let [one] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            one.text,
            "WITH part0 AS (INSERT INTO a VALUES ($1, $2), ($3, $2 + 1)), \
             part1 AS (UPDATE b SET c = $14 || '$') DELETE FROM d WHERE e = $15"
        );
        assert_eq!(one.values.len(), 15);
    }

    #[test]
    fn what_is_large_goes_alone_and_in_its_order() {
        let all = together(vec![errand("a", 1), errand("b", MOST_VALUES), errand("c", 1), errand("d", 1)]);
        let texts: Vec<&str> = all.iter().map(|errand| errand.text.as_str()).collect();
        assert_eq!(texts, ["a", "b", "WITH part0 AS (c) d"]);
        assert!(together(Vec::new()).is_empty());
    }
}
