//! A small dependency-injection container: ordinary functions in, shared values out.
//!
//! A *provider* is any function whose parameters are `Arc<T>`, `Arc<dyn Port>` or
//! `Vec<Arc<dyn Port>>`; the compiler reads them off the constructor's signature, so a
//! registration names nothing twice and business code carries no attribute.
//!
//! [`Registry::build`] runs every provider once and refuses to finish if anything is missing,
//! ambiguous or circular: a program that starts is wired.
//!
//! ```
//! use std::sync::Arc;
//! use madang_container::Registry;
//!
//! trait Greeting: Send + Sync { fn text(&self) -> String; }
//! struct Korean;
//! impl Greeting for Korean { fn text(&self) -> String { "안녕".into() } }
//! struct Greeter(Arc<dyn Greeting>);
//! impl Greeter { fn new(greeting: Arc<dyn Greeting>) -> Self { Self(greeting) } }
//!
//! let mut registry = Registry::default();
//! registry.bind(|| Arc::new(Korean) as Arc<dyn Greeting>);
//! registry.service(Greeter::new);
//! let container = registry.build()?;
//! assert_eq!(container.get::<Greeter>()?.0.text(), "안녕");
//! # Ok::<(), madang_container::WiringError>(())
//! ```

use std::{
    any::{Any, TypeId, type_name},
    cell::RefCell,
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

type Erased = Box<dyn Any + Send + Sync>;
type Built = Vec<OnceLock<Erased>>;
type Build = Box<dyn Fn(&Scope<'_>) -> Result<Erased, WiringError> + Send + Sync>;

/// Why the wiring does not hold. Paths run from the outermost value to the one at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WiringError {
    /// Nothing provides it.
    Missing {
        /// The type that was asked for.
        wanted: &'static str,
        /// Who asked for it.
        path: Vec<&'static str>,
    },
    /// More than one provider, but a single value was asked for.
    Ambiguous {
        /// The type that was asked for.
        wanted: &'static str,
        /// Who asked for it.
        path: Vec<&'static str>,
    },
    /// A value needs itself.
    Circular {
        /// The circle; its first and last names are the same.
        path: Vec<&'static str>,
    },
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { wanted, path } => {
                write!(f, "nothing provides {wanted} (needed by {})", path.join(" → "))
            }
            Self::Ambiguous { wanted, path } => {
                write!(f, "several providers of {wanted}, but one is needed (by {})", path.join(" → "))
            }
            Self::Circular { path } => write!(f, "circular wiring: {}", path.join(" → ")),
        }
    }
}

impl std::error::Error for WiringError {}

/// A parameter that the container can fill.
pub trait Inject: Sized {
    /// Finds or builds the value.
    fn inject(scope: &Scope<'_>) -> Result<Self, WiringError>;
}

impl<T: ?Sized + Send + Sync + 'static> Inject for Arc<T> {
    fn inject(scope: &Scope<'_>) -> Result<Self, WiringError> {
        scope.one::<T>()
    }
}

impl<T: ?Sized + Send + Sync + 'static> Inject for Vec<Arc<T>> {
    fn inject(scope: &Scope<'_>) -> Result<Self, WiringError> {
        scope.all::<T>()
    }
}

/// A function from injectable parameters to a `T`.
pub trait Provider<Args, T>: Send + Sync + 'static {
    /// Fills the parameters and calls the function.
    fn call(&self, scope: &Scope<'_>) -> Result<T, WiringError>;
}

macro_rules! provider {
    ($($arg:ident)*) => {
        impl<Function, T, $($arg: Inject),*> Provider<($($arg,)*), T> for Function
        where
            Function: Fn($($arg),*) -> T + Send + Sync + 'static,
        {
            fn call(&self, _scope: &Scope<'_>) -> Result<T, WiringError> {
                Ok(self($($arg::inject(_scope)?),*))
            }
        }
    };
}

provider!();
provider!(A);
provider!(A B);
provider!(A B C);
provider!(A B C D);
provider!(A B C D E);
provider!(A B C D E F);
provider!(A B C D E F G);
provider!(A B C D E F G H);
provider!(A B C D E F G H I);
provider!(A B C D E F G H I J);
provider!(A B C D E F G H I J K);
provider!(A B C D E F G H I J K L);
provider!(A B C D E F G H I J K L M);
provider!(A B C D E F G H I J K L M N);

struct Entry {
    key: TypeId,
    name: &'static str,
    build: Build,
}

/// What there is to wire, in the order it was named.
#[derive(Default)]
pub struct Registry {
    entries: Vec<Entry>,
    unmatched: Vec<&'static str>,
}

impl Registry {
    /// Provides a finished value: configuration, pools.
    pub fn value<T: Send + Sync + 'static>(&mut self, value: T) {
        let shared = Arc::new(value);
        self.bind(move || Arc::clone(&shared));
    }

    /// Provides what a constructor makes.
    pub fn service<T: Send + Sync + 'static, Args>(&mut self, new: impl Provider<Args, T>) {
        self.push::<T>(Box::new(move |scope| Ok(Box::new(Arc::new(new.call(scope)?)))));
    }

    /// Provides a port through an adapter. Binding the same port again makes a collection,
    /// which is asked for as `Vec<Arc<dyn Port>>`.
    pub fn bind<T: ?Sized + Send + Sync + 'static, Args>(&mut self, adapter: impl Provider<Args, Arc<T>>) {
        self.push::<T>(Box::new(move |scope| Ok(Box::new(adapter.call(scope)?))));
    }

    /// Puts an adapter in the place of all that were bound to the same port, as tests do.
    /// Replacing what was never bound is reported by [`Self::build`].
    pub fn replace<T: ?Sized + Send + Sync + 'static, Args>(&mut self, adapter: impl Provider<Args, Arc<T>>) {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.key != TypeId::of::<T>());
        if self.entries.len() == before {
            self.unmatched.push(type_name::<T>());
        }
        self.bind(adapter);
    }

    /// Runs every provider once.
    ///
    /// # Errors
    /// The first [`WiringError`] found, with the path that leads to it.
    pub fn build(self) -> Result<Container, WiringError> {
        if let Some(wanted) = self.unmatched.first() {
            return Err(WiringError::Missing { wanted, path: vec!["replace"] });
        }
        let mut plan = Plan { entries: Vec::new(), by_type: HashMap::new() };
        for entry in self.entries {
            plan.by_type.entry(entry.key).or_default().push(plan.entries.len());
            plan.entries.push(entry);
        }
        let built: Built = plan.entries.iter().map(|_| OnceLock::new()).collect();
        let path = RefCell::new(Vec::new());
        let scope = Scope { plan: &plan, built: &built, path: &path };
        for index in 0..plan.entries.len() {
            scope.ensure(index)?;
        }
        Ok(Container { plan, built })
    }

    fn push<T: ?Sized + 'static>(&mut self, build: Build) {
        self.entries.push(Entry { key: TypeId::of::<T>(), name: type_name::<T>(), build });
    }
}

struct Plan {
    entries: Vec<Entry>,
    by_type: HashMap<TypeId, Vec<usize>>,
}

/// The wiring while it is being built; providers see it only through their parameters.
pub struct Scope<'a> {
    plan: &'a Plan,
    built: &'a Built,
    path: &'a RefCell<Vec<usize>>,
}

impl Scope<'_> {
    fn one<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, WiringError> {
        let wanted = type_name::<T>();
        match self.candidates::<T>() {
            [] => Err(WiringError::Missing { wanted, path: self.names() }),
            [index] => self.resolve(*index),
            [..] => Err(WiringError::Ambiguous { wanted, path: self.names() }),
        }
    }

    fn all<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Vec<Arc<T>>, WiringError> {
        self.candidates::<T>().iter().map(|index| self.resolve(*index)).collect()
    }

    fn candidates<T: ?Sized + 'static>(&self) -> &[usize] {
        self.plan.by_type.get(&TypeId::of::<T>()).map_or(&[], Vec::as_slice)
    }

    fn resolve<T: ?Sized + Send + Sync + 'static>(&self, index: usize) -> Result<Arc<T>, WiringError> {
        self.ensure(index)?;
        let value = self.built[index].get().and_then(|value| value.downcast_ref::<Arc<T>>());
        value.cloned().ok_or(WiringError::Missing { wanted: type_name::<T>(), path: self.names() })
    }

    fn ensure(&self, index: usize) -> Result<(), WiringError> {
        if self.built[index].get().is_some() {
            return Ok(());
        }
        let start = self.path.borrow().iter().position(|entered| *entered == index);
        if let Some(start) = start {
            let mut path = self.names().split_off(start);
            path.push(self.plan.entries[index].name);
            return Err(WiringError::Circular { path });
        }
        self.path.borrow_mut().push(index);
        let value = (self.plan.entries[index].build)(self)?;
        self.path.borrow_mut().pop();
        self.built[index].get_or_init(|| value);
        Ok(())
    }

    fn names(&self) -> Vec<&'static str> {
        self.path.borrow().iter().map(|index| self.plan.entries[*index].name).collect()
    }
}

/// Everything, wired. Values are looked up while starting, never while serving.
pub struct Container {
    plan: Plan,
    built: Built,
}

impl Container {
    /// The one value of this type.
    ///
    /// # Errors
    /// Missing or ambiguous.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, WiringError> {
        let wanted = type_name::<T>();
        let mut found = self.all::<T>();
        match (found.pop(), found.is_empty()) {
            (Some(value), true) => Ok(value),
            (Some(_), false) => Err(WiringError::Ambiguous { wanted, path: vec!["container"] }),
            (None, _) => Err(WiringError::Missing { wanted, path: vec!["container"] }),
        }
    }

    /// All values of this type, in the order they were registered.
    pub fn all<T: ?Sized + Send + Sync + 'static>(&self) -> Vec<Arc<T>> {
        let indices = self.plan.by_type.get(&TypeId::of::<T>()).map_or(&[][..], Vec::as_slice);
        indices
            .iter()
            .filter_map(|index| self.built[*index].get()?.downcast_ref::<Arc<T>>().cloned())
            .collect()
    }

    /// Calls a constructor with parameters from here, without keeping the result.
    ///
    /// # Errors
    /// Missing or ambiguous parameters.
    pub fn construct<T, Args>(&self, new: impl Provider<Args, T>) -> Result<T, WiringError> {
        let path = RefCell::new(Vec::new());
        new.call(&Scope { plan: &self.plan, built: &self.built, path: &path })
    }
}

#[cfg(test)]
mod tests;
