//! What analyses written in Rust share: the bindings generated from `wit/`, and the reading of
//! `description.json`, which the API server reads too.
//!
//! An analysis implements [`Guest`] and [`GuestTask`] and says `analyst::export!(Type)`. [`stages`] makes a
//! task of a chain of stages, [`input`] reads parameters and columns, [`csv`] writes tables,
//! [`trial`] runs an analysis for its tests.

pub mod csv;
pub mod input;
pub mod stages;
#[cfg(not(target_arch = "wasm32"))]
pub mod trial;

use serde_json::Value;

#[allow(unsafe_op_in_unsafe_fn, unreachable_pub)]
pub mod bindings {
    wit_bindgen::generate!({
        world: "analyst",
        path: "../../../wit",
        pub_export_macro: true,
        default_bindings_module: "analyst::bindings",
    });
}

pub use bindings::almanac::analysis::types;
pub use bindings::export;
pub use bindings::exports::almanac::analysis::analysis::{Guest, GuestTask};

/// What an analysis says of itself, from the text of its `description.json`: an object with the
/// members of [`types::Description`], `parameters` and `example` as JSON. What is missing is empty.
pub fn describe(text: &str) -> types::Description {
    let all: Value = serde_json::from_str(text).unwrap_or_default();
    let word = |name: &str| {
        all.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let json = |name: &str| all.get(name).map(Value::to_string).unwrap_or_default();
    types::Description {
        name: word("name"),
        title: word("title"),
        version: word("version"),
        summary: word("summary"),
        parameters: json("parameters"),
        example: json("example"),
        needs_dataset: all
            .get("needs_dataset")
            .and_then(Value::as_bool)
            .unwrap_or(false),
    }
}
