//! The wiring promises: found, replaced, collected; missing, ambiguous and circular by name.

use super::*;

trait Port: Send + Sync {
    fn name(&self) -> &'static str;
}
struct First;
impl Port for First {
    fn name(&self) -> &'static str {
        "first"
    }
}
struct Second;
impl Port for Second {
    fn name(&self) -> &'static str {
        "second"
    }
}
struct Service {
    port: Arc<dyn Port>,
}
impl Service {
    fn new(port: Arc<dyn Port>) -> Self {
        Self { port }
    }
}
struct Everyone(Vec<Arc<dyn Port>>);

fn bind_first(registry: &mut Registry) {
    registry.bind(|| Arc::new(First) as Arc<dyn Port>);
}

fn error(registry: Registry) -> WiringError {
    registry.build().err().expect("the wiring must be refused")
}

#[test]
fn order_of_registration_does_not_matter() {
    let mut registry = Registry::default();
    registry.service(Service::new);
    bind_first(&mut registry);
    let container = registry.build().unwrap();
    assert_eq!(container.get::<Service>().unwrap().port.name(), "first");
}

#[test]
fn every_value_is_built_once() {
    let mut registry = Registry::default();
    registry.value(String::from("shared"));
    let container = registry.build().unwrap();
    assert!(Arc::ptr_eq(&container.get::<String>().unwrap(), &container.get::<String>().unwrap()));
}

#[test]
fn the_same_port_twice_is_a_collection_in_order() {
    let mut registry = Registry::default();
    bind_first(&mut registry);
    registry.bind(|| Arc::new(Second) as Arc<dyn Port>);
    registry.service(Everyone);
    let container = registry.build().unwrap();
    let names: Vec<_> = container.get::<Everyone>().unwrap().0.iter().map(|port| port.name()).collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn a_test_replaces_an_adapter() {
    let mut registry = Registry::default();
    bind_first(&mut registry);
    registry.service(Service::new);
    registry.replace(|| Arc::new(Second) as Arc<dyn Port>);
    assert_eq!(registry.build().unwrap().get::<Service>().unwrap().port.name(), "second");
}

#[test]
fn replacing_nothing_is_refused() {
    let mut registry = Registry::default();
    registry.replace(|| Arc::new(Second) as Arc<dyn Port>);
    assert!(matches!(error(registry), WiringError::Missing { path, .. } if path == ["replace"]));
}

#[test]
fn a_missing_port_is_named_with_who_needs_it() {
    let mut registry = Registry::default();
    registry.service(Service::new);
    let WiringError::Missing { wanted, path } = error(registry) else { panic!("not missing") };
    assert!(wanted.ends_with("dyn madang_container::tests::Port"), "{wanted}");
    assert_eq!(path, [type_name::<Service>()]);
}

#[test]
fn an_ambiguous_port_is_named_with_who_needs_it() {
    let mut registry = Registry::default();
    bind_first(&mut registry);
    bind_first(&mut registry);
    registry.service(Service::new);
    assert!(
        matches!(error(registry), WiringError::Ambiguous { path, .. } if path == [type_name::<Service>()])
    );
}

#[test]
fn a_circle_is_named_from_where_it_closes() {
    struct Egg;
    struct Hen;
    struct Farm;
    let mut registry = Registry::default();
    registry.service(|_: Arc<Hen>| Farm);
    registry.service(|_: Arc<Hen>| Egg);
    registry.service(|_: Arc<Egg>| Hen);
    let WiringError::Circular { path } = error(registry) else { panic!("not circular") };
    assert_eq!(path, [type_name::<Hen>(), type_name::<Egg>(), type_name::<Hen>()]);
}

#[test]
fn an_api_is_constructed_without_being_kept() {
    let mut registry = Registry::default();
    bind_first(&mut registry);
    let container = registry.build().unwrap();
    let service = container.construct(Service::new).unwrap();
    assert_eq!(service.port.name(), "first");
    assert!(container.get::<Service>().is_err());
}
