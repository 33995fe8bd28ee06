//! `spin:variables`: the variables of a component.
//!
//! Imitates Spin's `crates/factor-variables/src/host.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use wasmtime::component::Accessor;

use crate::bindings::variables::{Error, Host, HostWithStore};
use crate::expressions::{self, Template, Variables, validate_name};
use crate::state::{HasState, State};

/// One component's variables: templates over the application's.
#[derive(Clone)]
pub struct ComponentVariables {
    component: String,
    templates: Arc<BTreeMap<String, Template>>,
    application: Arc<Variables>,
}

impl ComponentVariables {
    /// Parses the component's templates, which may name the application's variables only.
    pub fn new(
        component: &str,
        templates: &BTreeMap<String, String>,
        application: Arc<Variables>,
    ) -> Result<Self> {
        let mut parsed = BTreeMap::new();
        for (name, text) in templates {
            let parse = || -> Result<Template, expressions::Error> {
                validate_name(name)?;
                let template = Template::parse(text)?;
                application.check(&template)?;
                Ok(template)
            };
            let template =
                parse().with_context(|| format!("variable {name:?} of component {component:?}"))?;
            parsed.insert(name.clone(), template);
        }
        Ok(ComponentVariables {
            component: component.to_owned(),
            templates: Arc::new(parsed),
            application,
        })
    }

    fn get(&self, name: &str) -> Result<String, expressions::Error> {
        validate_name(name)?;
        let template = self.templates.get(name).ok_or_else(|| {
            expressions::Error::Undefined(format!("no variable for {:?}.{name:?}", self.component))
        })?;
        self.application.resolve(template)
    }
}

impl Host for State {}

impl HostWithStore for HasState {
    async fn get<T: Send>(accessor: &Accessor<T, Self>, name: String) -> Result<String, Error> {
        let variables = accessor.with(|mut access| access.get().grants.variables.clone());
        variables.get(&name).map_err(|error| match error {
            expressions::Error::InvalidName(text) => Error::InvalidName(text),
            expressions::Error::Undefined(text) => Error::Undefined(text),
            expressions::Error::Provider(text) => Error::Provider(text),
            expressions::Error::InvalidTemplate(_) => Error::Other(error.to_string()),
        })
    }
}
