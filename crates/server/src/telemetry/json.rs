//! Log lines as JSON, an object a line: time, level, message, fields, and the request or span around them.
//!
//! The formatter of `tracing-subscriber` keeps the fields of a span as a JSON text and reads it
//! again for every line and every field recorded later; here the texts are only put together.

use std::fmt::{self, Debug};

use madang_presentation::http;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::Record,
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Fields as the inside of a JSON object: `"a":1,"b":"x"`.
pub(super) struct Members;

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Object { writer, is_empty: true, failed: Ok(()) };
        fields.record(&mut members);
        members.failed
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let is_empty = current.fields.is_empty();
        let mut members = Object { writer: current.as_writer(), is_empty, failed: Ok(()) };
        fields.record(&mut members);
        members.failed
    }
}

/// A line.
pub(super) struct Json;

impl<S> FormatEvent<S, Members> for Json
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Lines of libraries that use the crate `log` say in fields where they come from.
        let normalized = event.normalized_metadata();
        let about = normalized.as_ref().unwrap_or_else(|| event.metadata());
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\",", about.level())?;
        let mut members = Object { writer: writer.by_ref(), is_empty: true, failed: Ok(()) };
        event.record(&mut members);
        members.text("target", about.target());
        members.failed?;
        let named = http::at_hand(|id, user| {
            writer.write_str(",\"span\":{\"request_id\":")?;
            quote(&mut writer, id)?;
            if let Some(user) = user {
                write!(writer, ",\"user_id\":\"{user}\"")?;
            }
            writer.write_str(",\"name\":\"request\"}")
        });
        if let Some(written) = named {
            written?;
        } else if let Some(span) =
            event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current())
        {
            writer.write_str(",\"span\":{")?;
            if let Some(fields) = span.extensions().get::<FormattedFields<Members>>()
                && !fields.is_empty()
            {
                write!(writer, "{},", fields.fields)?;
            }
            writer.write_str("\"name\":")?;
            quote(&mut writer, span.name())?;
            writer.write_char('}')?;
        }
        writer.write_str("}\n")
    }
}

/// The members of an object as they come.
struct Object<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    failed: fmt::Result,
}

impl Object<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.member(name, |writer| quote(writer, value));
    }

    fn member(&mut self, name: &str, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if name.starts_with("log.") {
            return;
        }
        let comma = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        let name = name.strip_prefix("r#").unwrap_or(name);
        let writer = &mut self.writer;
        let written = writer
            .write_str(comma)
            .and_then(|()| quote(writer, name))
            .and_then(|()| writer.write_char(':'))
            .and_then(|()| write(writer));
        self.failed = self.failed.and(written);
    }
}

impl Visit for Object<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), |writer| writer.write_str(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for what is not a number.
        if value.is_finite() {
            self.member(field.name(), |writer| write!(writer, "{value}"));
        } else {
            self.member(field.name(), |writer| writer.write_str("null"));
        }
    }
}

/// Writes a text in quotes (RFC 8259, section 7).
fn quote(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        writer.write_str(&rest[..at])?;
        match rest.as_bytes()[at] {
            b'"' => writer.write_str("\\\"")?,
            b'\\' => writer.write_str("\\\\")?,
            b'\n' => writer.write_str("\\n")?,
            control => write!(writer, "\\u{control:04x}")?,
        }
        rest = &rest[at + 1..];
    }
    writer.write_str(rest)?;
    writer.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing::{Level, error, field::Empty, info, info_span};
    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Paper {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn lines(work: impl FnOnce()) -> Vec<Value> {
        let paper = Paper::default();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(Members)
            .event_format(Json)
            .with_writer(paper.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn lines_carry_their_fields_and_their_span() {
        let nasty = "\"\\\n\r\t\u{1}\u{7f}\u{2028}한🎉";
        let lines = lines(|| {
            let span = info_span!("request", request_id = %nasty, user_id = Empty, late = Empty);
            let _inside = span.enter();
            info!(count = -3, share = 0.5, odd = f64::NAN, many = u64::MAX, good = true, r#type = ?Some(1), "said {nasty}");
            span.record("user_id", nasty);
            span.record("late", 7);
            error!(target: "elsewhere", "again");
        });
        let first = &lines[0];
        assert_eq!(first["message"], format!("said {nasty}"));
        assert_eq!(first["level"], Level::INFO.as_str());
        assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));
        let fields = json!([
            first["count"],
            first["share"],
            first["odd"],
            first["many"],
            first["good"],
            first["type"]
        ]);
        assert_eq!(fields, json!([-3, 0.5, null, u64::MAX, true, "Some(1)"]));
        assert_eq!(first["span"], json!({ "request_id": nasty, "name": "request" }));
        assert_eq!(
            lines[1]["span"],
            json!({ "request_id": nasty, "user_id": nasty, "late": 7, "name": "request" })
        );
        assert_eq!((&lines[1]["target"], &lines[1]["level"]), (&json!("elsewhere"), &json!("ERROR")));
    }

    #[test]
    fn lines_outside_spans_and_spans_without_fields_are_objects_too() {
        let lines = lines(|| {
            info!("alone");
            info_span!("bare").in_scope(|| info!("inside"));
        });
        assert_eq!(lines[0].get("span"), None);
        assert_eq!(lines[1]["span"], json!({ "name": "bare" }));
    }
}
