//! Checks a JSON body against the schema of its type, and finds everything that is wrong with it.
//!
//! The rules are those of the schema, and for texts those of the domain type whose name is the
//! schema's `format`.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use madang_domain::shared::{FieldError, platform};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde_json::{Map, Number, Value};

use super::field;

/// The schema of one body type, worked out once.
pub(super) struct Shape {
    root: MetaSchemaRef,
    registry: Registry,
}

impl Shape {
    /// The shape of a `T`.
    pub(super) fn of<T: Type + 'static>() -> Arc<Self> {
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

    /// Whether `{}` has everything it needs.
    pub(super) fn accepts_nothing(&self) -> bool {
        self.resolve(&self.root).is_some_and(|schema| {
            schema.ty == "object" && schema.required.is_empty() && variants(schema).is_empty()
        })
    }

    /// What is wrong with a body.
    pub(super) fn check(&self, body: &Value) -> Findings {
        let mut findings = Findings::default();
        self.value(body, &self.root, &mut String::new(), &mut findings);
        findings
    }

    fn resolve<'s>(&'s self, schema: &'s MetaSchemaRef) -> Option<&'s MetaSchema> {
        match schema {
            MetaSchemaRef::Inline(schema) => Some(schema),
            MetaSchemaRef::Reference(name) => self.registry.schemas.get(name),
        }
    }
}

/// What was found in a body.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Wrong JSON types: the client program is at fault (400).
    pub(super) types: Vec<FieldError>,
    /// Broken rules: the input is (422).
    pub(super) rules: Vec<FieldError>,
}

impl Findings {
    fn append(&mut self, mut other: Self) {
        self.types.append(&mut other.types);
        self.rules.append(&mut other.rules);
    }

    /// How far the body is from the schema.
    fn distance(&self) -> (usize, usize) {
        (self.types.len(), self.rules.len())
    }
}

/// Alternatives of a union.
fn variants(schema: &MetaSchema) -> &[MetaSchemaRef] {
    if schema.one_of.is_empty() { &schema.any_of } else { &schema.one_of }
}

/// An object's members, gathered from everything it is composed of.
#[derive(Default)]
struct Members<'s> {
    properties: Vec<(&'static str, &'s MetaSchemaRef)>,
    required: Vec<&'static str>,
    others: Option<&'s MetaSchemaRef>,
}

impl Shape {
    fn value(&self, value: &Value, schema: &MetaSchemaRef, pointer: &mut String, found: &mut Findings) {
        let Some(schema) = self.resolve(schema) else { return };
        if !variants(schema).is_empty() {
            return self.union(value, schema, pointer, found);
        }
        if !schema.all_of.is_empty() {
            return self.composed(value, schema, pointer, found);
        }
        if !schema.enum_items.is_empty() {
            return choice(value, schema, pointer, found);
        }
        match (schema.ty, value) {
            ("object", Value::Object(object)) => self.object(object, &self.members(schema), pointer, found),
            ("array", Value::Array(items)) => self.array(items, schema, pointer, found),
            ("string", Value::String(content)) => text(content, schema, pointer, found),
            ("integer", Value::Number(content)) if whole(content).is_some() => {
                number(content, schema, pointer, found);
            }
            ("number", Value::Number(content)) => number(content, schema, pointer, found),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            (expected, _) => wrong_type(expected, pointer, found),
        }
    }

    /// An object made of parts, or one schema with remarks beside it.
    fn composed(&self, value: &Value, schema: &MetaSchema, pointer: &mut String, found: &mut Findings) {
        let members = self.members(schema);
        if members.properties.is_empty() && members.others.is_none() {
            return schema.all_of.iter().for_each(|part| self.value(value, part, pointer, found));
        }
        match value.as_object() {
            Some(object) => self.object(object, &members, pointer, found),
            None => wrong_type("object", pointer, found),
        }
    }

    fn members<'s>(&'s self, schema: &'s MetaSchema) -> Members<'s> {
        let mut members = Members {
            properties: schema.properties.iter().map(|(name, property)| (*name, property)).collect(),
            required: schema.required.clone(),
            others: schema.additional_properties.as_deref(),
        };
        for part in schema.all_of.iter().filter_map(|part| self.resolve(part)) {
            let part = self.members(part);
            members.properties.extend(part.properties);
            members.required.extend(part.required);
            members.others = members.others.or(part.others);
        }
        members
    }

    fn union(&self, value: &Value, schema: &MetaSchema, pointer: &mut String, found: &mut Findings) {
        let Value::Object(object) = value else { return wrong_type("object", pointer, found) };
        if let Some(discriminator) = &schema.discriminator {
            let name = discriminator.property_name;
            let at = format!("{pointer}/{name}");
            let chosen = match object.get(name) {
                None => return found.rules.push(platform::REQUIRED.at(at)),
                Some(Value::String(chosen)) => chosen,
                Some(_) => return found.types.push(platform::WRONG_TYPE.with("expected", "string").at(at)),
            };
            let Some((_, target)) = discriminator.mapping.iter().find(|(name, _)| name == chosen) else {
                let choices: Vec<_> = discriminator.mapping.iter().map(|(name, _)| name.as_str()).collect();
                return found.rules.push(platform::NOT_A_CHOICE.with("choices", choices.join(", ")).at(at));
            };
            let target = target.rsplit('/').next().unwrap_or_default().to_owned();
            return self.value(value, &MetaSchemaRef::Reference(target), pointer, found);
        }
        // Without a mark the variant that fits best is the one that was meant.
        let judged = variants(schema).iter().map(|variant| {
            let mut findings = Findings::default();
            self.value(value, variant, pointer, &mut findings);
            findings
        });
        if let Some(best) = judged.min_by_key(Findings::distance) {
            found.append(best);
        }
    }

    fn object(
        &self,
        object: &Map<String, Value>,
        members: &Members<'_>,
        pointer: &mut String,
        found: &mut Findings,
    ) {
        for (name, value) in object {
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            match members.properties.iter().find(|(property, _)| property == name) {
                // An optional member may be null; whether that clears it is the operation's matter.
                Some(_) if value.is_null() && !members.required.contains(&name.as_str()) => {}
                Some((_, property)) => self.value(value, property, pointer, found),
                None => match members.others {
                    Some(property) => self.value(value, property, pointer, found),
                    None => found.rules.push(platform::UNKNOWN_FIELD.at(pointer.clone())),
                },
            }
            pointer.truncate(length);
        }
        for name in members.required.iter().filter(|name| !object.contains_key(**name)) {
            found.rules.push(platform::REQUIRED.at(format!("{pointer}/{name}")));
        }
    }

    fn array(&self, items: &[Value], schema: &MetaSchema, pointer: &mut String, found: &mut Findings) {
        if let Some(max) = schema.max_items.filter(|max| items.len() > *max) {
            // Looking at each of too many is work that nobody asked for.
            return found.rules.push(platform::TOO_MANY_ITEMS.with("max", max).at(pointer.clone()));
        }
        if let Some(min) = schema.min_items.filter(|min| items.len() < *min) {
            found.rules.push(platform::TOO_FEW_ITEMS.with("min", min).at(pointer.clone()));
        }
        let Some(element) = &schema.items else { return };
        for (index, item) in items.iter().enumerate() {
            let length = pointer.len();
            pointer.push_str(&format!("/{index}"));
            self.value(item, element, pointer, found);
            pointer.truncate(length);
        }
    }
}

fn wrong_type(expected: &str, pointer: &str, found: &mut Findings) {
    found.types.push(platform::WRONG_TYPE.with("expected", expected).at(pointer));
}

fn choice(value: &Value, schema: &MetaSchema, pointer: &str, found: &mut Findings) {
    if schema.enum_items.contains(value) {
        return;
    }
    if schema.ty == "string" && !value.is_string() {
        return wrong_type("string", pointer, found);
    }
    let choices: Vec<_> = schema.enum_items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
    found.rules.push(platform::NOT_A_CHOICE.with("choices", choices.join(", ")).at(pointer));
}

fn text(text: &str, schema: &MetaSchema, pointer: &str, found: &mut Findings) {
    // A registered rule says everything the schema says, and more precisely.
    if let Some(rule) = schema.format.and_then(field::rule) {
        return found.rules.extend(rule(text).err().map(|refusal| refusal.at(pointer)));
    }
    let length = text.chars().count();
    if let Some(min) = schema.min_length.filter(|min| length < *min) {
        found.rules.push(platform::TOO_SHORT.with("min", min).at(pointer));
    }
    if let Some(max) = schema.max_length.filter(|max| length > *max) {
        found.rules.push(platform::TOO_LONG.with("max", max).at(pointer));
    }
    if text.contains('\0') {
        found.rules.push(platform::FORBIDDEN_CHARACTER.at(pointer));
    }
}

/// The number as an integer; a whole one too large for any of our types is one as well.
fn whole(number: &Number) -> Option<i128> {
    let small = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    // 2^63: from here on JSON readers keep floating point only.
    let large = || number.as_f64().filter(|value| value.abs() >= 9_223_372_036_854_775_808.0);
    small.or_else(|| large().map(|value| if value < 0.0 { i128::MIN } else { i128::MAX }))
}

/// What an integer format holds; JSON readers go up to `i64`.
fn range(format: Option<&str>) -> (i128, i128) {
    match format {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64") => (0, i64::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

fn number(number: &Number, schema: &MetaSchema, pointer: &str, found: &mut Findings) {
    let value = number.as_f64().unwrap_or(f64::NAN);
    let below = schema
        .minimum
        .is_some_and(|min| value < min || value <= min && schema.exclusive_minimum == Some(true));
    let above = schema
        .maximum
        .is_some_and(|max| value > max || value >= max && schema.exclusive_maximum == Some(true));
    let (lowest, highest) = range(schema.format);
    let held = schema.ty != "integer" || whole(number).is_some_and(|n| (lowest..=highest).contains(&n));
    if below || above || !held {
        let bound = |stated: Option<f64>, widest: i128| stated.map_or(widest.to_string(), |n| n.to_string());
        let refusal = platform::OUT_OF_RANGE
            .with("min", bound(schema.minimum, lowest))
            .with("max", bound(schema.maximum, highest));
        found.rules.push(refusal.at(pointer));
    }
}
