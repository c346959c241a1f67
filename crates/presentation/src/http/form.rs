//! Request bodies: one check of the whole JSON against its schema, so that a form learns all its
//! errors at once.
//!
//! What is not JSON, or has the wrong JSON types, is 400; what breaks a rule is 422 with every
//! field listed. The rules are those of the schema, and for texts those of the domain type whose
//! name is the schema's `format`.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use madang_domain::shared::{Failure, FieldError, platform};
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
    types::{ParseFromJSON, Type},
};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{field, problem::Problem};

/// No form is longer.
const MAX_BYTES: usize = 1024 * 1024;
/// Deeper bodies are refused before they cost anything.
const MAX_DEPTH: usize = 32;

/// A JSON body that has the right JSON types, and perhaps breaks rules.
#[derive(Debug)]
pub struct Form<T> {
    body: Value,
    errors: Vec<FieldError>,
    marker: std::marker::PhantomData<fn() -> T>,
}

impl<T: ParseFromJSON> Form<T> {
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
        rules(&mut self.errors, &self.body);
        if !self.errors.is_empty() {
            return Err(Failure::fields(self.errors));
        }
        T::parse_from_json(Some(self.body))
            .map_err(|error| platform::WRONG_FORMAT.with("expected", error.into_message()).at("").into())
    }
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
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<Self::ParamType>,
    ) -> Result<Self> {
        if !is_json(request.content_type()) {
            return Err(match request.content_type() {
                None => ContentTypeError::ExpectContentType.into(),
                Some(_) => {
                    Problem::from(platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "application/json"))
                        .into()
                }
            });
        }
        let bytes = body.take()?.into_bytes_limit(MAX_BYTES).await?;
        let body = parse(&bytes).map_err(Problem::from)?;
        let shape = Shape::of::<T>();
        let mut check = Check { shape: &shape, types: Vec::new(), rules: Vec::new() };
        check.value(&body, &shape.root, &mut String::new());
        if !check.types.is_empty() {
            let failure = Failure {
                fields: check.types,
                ..Failure::from(platform::WRONG_TYPE.with("expected", "the schema"))
            };
            return Err(Problem(failure).into());
        }
        let errors = check.rules;
        Ok(Self { body, errors, marker: std::marker::PhantomData })
    }
}

fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 17 && essence.starts_with("application/") && essence.ends_with("+json"))
}

/// JSON without duplicate keys and not deeper than [`MAX_DEPTH`].
fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    let refused = |error: serde_json::Error| Failure::from(platform::MALFORMED_JSON.with("reason", error));
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(MAX_DEPTH).deserialize(&mut deserializer).map_err(refused)?;
    deserializer.end().map_err(refused)?;
    Ok(value)
}

/// Builds a [`Value`], refusing what two parsers could read differently (duplicate keys).
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("nested too deeply"))?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(depth))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("nested too deeply"))?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict(depth))?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the key {name:?} stands twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// The schema of one body type, worked out once.
struct Shape {
    root: MetaSchemaRef,
    registry: Registry,
}

impl Shape {
    fn of<T: Type + 'static>() -> Arc<Self> {
        static SHAPES: OnceLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = OnceLock::new();
        let shapes = SHAPES.get_or_init(RwLock::default);
        if let Some(shape) = shapes.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()) {
            return Arc::clone(shape);
        }
        let mut registry = Registry::new();
        T::register(&mut registry);
        let shape = Arc::new(Self { root: T::schema_ref(), registry });
        shapes.write().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<T>(), Arc::clone(&shape));
        shape
    }

    fn resolve<'s>(&'s self, schema: &'s MetaSchemaRef) -> Option<&'s MetaSchema> {
        match schema {
            MetaSchemaRef::Inline(schema) => Some(schema),
            MetaSchemaRef::Reference(name) => self.registry.schemas.get(name),
        }
    }
}

/// One walk over a body.
struct Check<'s> {
    shape: &'s Shape,
    /// Wrong JSON types: the client is broken (400).
    types: Vec<FieldError>,
    /// Broken rules: the input is (422).
    rules: Vec<FieldError>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, schema: &MetaSchemaRef, pointer: &mut String) {
        let shape = self.shape;
        let Some(schema) = shape.resolve(schema) else { return };
        for part in &schema.all_of {
            self.value(value, part, pointer);
        }
        if !schema.enum_items.is_empty() {
            return self.choice(value, schema, pointer);
        }
        match (schema.ty, value) {
            ("object", Value::Object(members)) => self.object(members, schema, pointer),
            ("array", Value::Array(items)) => self.array(items, schema, pointer),
            ("string", Value::String(text)) => self.text(text, schema, pointer),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                self.number(number, schema, pointer)
            }
            ("number", Value::Number(number)) => self.number(number, schema, pointer),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            (expected, _) => {
                self.types.push(platform::WRONG_TYPE.with("expected", expected).at(pointer.clone()))
            }
        }
    }

    fn choice(&mut self, value: &Value, schema: &MetaSchema, pointer: &str) {
        if schema.enum_items.contains(value) {
            return;
        }
        if schema.ty == "string" && !value.is_string() {
            return self.types.push(platform::WRONG_TYPE.with("expected", "string").at(pointer));
        }
        let choices: Vec<_> =
            schema.enum_items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
        self.rules.push(platform::NOT_A_CHOICE.with("choices", choices.join(", ")).at(pointer));
    }

    fn object(&mut self, members: &Map<String, Value>, schema: &MetaSchema, pointer: &mut String) {
        for (name, value) in members {
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            match schema.properties.iter().find(|(property, _)| property == name) {
                // An optional member may be null; whether that clears it is the operation's matter.
                Some(_) if value.is_null() && !schema.required.contains(&name.as_str()) => {}
                Some((_, property)) => self.value(value, property, pointer),
                None => match &schema.additional_properties {
                    Some(property) => self.value(value, property, pointer),
                    None => self.rules.push(platform::UNKNOWN_FIELD.at(pointer.clone())),
                },
            }
            pointer.truncate(length);
        }
        for name in schema.required.iter().filter(|name| !members.contains_key(**name)) {
            self.rules.push(platform::REQUIRED.at(format!("{pointer}/{name}")));
        }
    }

    fn array(&mut self, items: &[Value], schema: &MetaSchema, pointer: &mut String) {
        if let Some(max) = schema.max_items.filter(|max| items.len() > *max) {
            return self.rules.push(platform::TOO_MANY_ITEMS.with("max", max).at(pointer.clone()));
        }
        let Some(element) = &schema.items else { return };
        for (index, item) in items.iter().enumerate() {
            let length = pointer.len();
            pointer.push_str(&format!("/{index}"));
            self.value(item, element, pointer);
            pointer.truncate(length);
        }
    }

    fn text(&mut self, text: &str, schema: &MetaSchema, pointer: &str) {
        // A registered rule says everything the schema says, and more precisely.
        if let Some(rule) = schema.format.and_then(field::rule) {
            return self.rules.extend(rule(text).err().map(|refusal| refusal.at(pointer)));
        }
        let length = text.chars().count();
        if let Some(min) = schema.min_length.filter(|min| length < *min) {
            self.rules.push(platform::TOO_SHORT.with("min", min).at(pointer));
        }
        if let Some(max) = schema.max_length.filter(|max| length > *max) {
            self.rules.push(platform::TOO_LONG.with("max", max).at(pointer));
        }
        if text.contains('\0') {
            self.rules.push(platform::FORBIDDEN_CHARACTER.at(pointer));
        }
    }

    fn number(&mut self, number: &serde_json::Number, schema: &MetaSchema, pointer: &str) {
        let value = number.as_f64().unwrap_or(f64::NAN);
        let (min, max) = (schema.minimum.unwrap_or(f64::MIN), schema.maximum.unwrap_or(f64::MAX));
        if !(min..=max).contains(&value) {
            self.rules.push(platform::OUT_OF_RANGE.with("min", min).with("max", max).at(pointer));
        }
    }
}
