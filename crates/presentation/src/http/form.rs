//! Request bodies: one check of the whole JSON against its schema, so that a form learns all its
//! errors at once.
//!
//! What is not JSON, or has the wrong JSON types, is 400; what breaks a rule is 422 with every
//! field listed. A body without a required member may be left out altogether.

use madang_domain::shared::{Failure, FieldError, platform};
use poem::{Request, RequestBody, Result, error::ReadBodyError};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::ParseFromJSON,
};
use serde_json::{Value, json};

use super::{check::Shape, field, json, problem::Problem};

/// No form is longer.
const MAX_BYTES: usize = 1024 * 1024;

/// A JSON body that has the right JSON types, and perhaps breaks rules.
#[derive(Debug)]
pub struct Form<T> {
    body: Value,
    errors: Vec<FieldError>,
    marker: std::marker::PhantomData<fn() -> T>,
}

impl<T: ParseFromJSON> Form<T> {
    /// The JSON as it was sent.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The value.
    ///
    /// # Errors
    /// 422 with every field that breaks a rule.
    pub fn accept(self) -> Result<T, Failure> {
        self.accept_with(|_, _| {})
    }

    /// The value, with further rules that add to the same list.
    ///
    /// # Errors
    /// 422 with every field that breaks a rule.
    pub fn accept_with(mut self, rules: impl FnOnce(&mut Vec<FieldError>, &Value)) -> Result<T, Failure> {
        refuse_null(&mut self.errors, &self.body, kept(&T::name()));
        rules(&mut self.errors, &self.body);
        if !self.errors.is_empty() {
            return Err(Failure::fields(self.errors));
        }
        T::parse_from_json(Some(self.body)).map_err(|error| {
            // Only rules that the schema cannot say and no `format` names get here.
            let message = error.into_message();
            let refusal = field::decode(&message);
            refusal.unwrap_or_else(|| platform::WRONG_FORMAT.with("expected", message)).at("").into()
        })
    }
}

/// Members of changes that can be left out, but not cleared; by the schema of the change. A test of the
/// server looks for names that no change has.
pub(super) const KEPT: &[(&str, &[&str])] = &[
    ("AccountChange", &["nickname"]),
    ("CalendarChange", &["name", "color", "timeZone"]),
    ("EventChange", &["title", "timeZone", "recurrence", "status", "visibility", "blocksTime", "reminders"]),
    ("PreferencesChange", &["theme", "locale", "timeZone", "weekStart"]),
    ("UpdatePost", &["text", "visibility", "mediaIds"]),
];

/// The members of this schema that are never null, though they can be left out.
pub(super) fn kept(schema: &str) -> &'static [&'static str] {
    KEPT.iter().find(|(name, _)| *name == schema).map_or(&[], |(_, names)| names)
}

fn refuse_null(errors: &mut Vec<FieldError>, body: &Value, names: &[&str]) {
    let cleared = names.iter().filter(|name| body.get(**name).is_some_and(Value::is_null));
    errors.extend(cleared.map(|name| platform::REQUIRED.at(format!("/{name}"))));
}

impl<'a, T: ParseFromJSON + 'static> ApiExtractor<'a> for Form<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }];
        let required = !Shape::of::<T>().accepts_nothing();
        Some(MetaRequest { description: None, content, required })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<Self::ParamType>,
    ) -> Result<Self> {
        Ok(read::<T>(request, body).await.map_err(Problem)?)
    }
}

async fn read<T: ParseFromJSON + 'static>(
    request: &Request,
    body: &mut RequestBody,
) -> Result<Form<T>, Failure> {
    let unsupported = || platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "application/json");
    let content_type = request.content_type();
    if content_type.is_some_and(|content_type| !is_json(content_type)) {
        return Err(unsupported().into());
    }
    let body = body.take().map_err(anyhow::Error::from)?;
    let bytes = body.into_bytes_limit(MAX_BYTES).await.map_err(unreadable)?;
    let shape = Shape::of::<T>();
    let body = match content_type {
        // Some clients name the type of a body they do not send.
        _ if bytes.is_empty() && shape.accepts_nothing() => json!({}),
        Some(_) => json::parse(&bytes)?,
        None => return Err(unsupported().into()),
    };
    let findings = shape.check(&body);
    if let Some(first) = findings.types.first() {
        let refusal = first.refusal.clone();
        return Err(Failure { fields: findings.types, ..Failure::from(refusal) });
    }
    Ok(Form { body, errors: findings.rules, marker: std::marker::PhantomData })
}

fn unreadable(error: ReadBodyError) -> Failure {
    match error {
        ReadBodyError::PayloadTooLarge => platform::TOO_LARGE.with("max", MAX_BYTES).into(),
        ReadBodyError::Utf8(_) | ReadBodyError::Io(_) => platform::MALFORMED_REQUEST.into(),
        ReadBodyError::BodyHasBeenTaken => anyhow::Error::from(error).into(),
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}
