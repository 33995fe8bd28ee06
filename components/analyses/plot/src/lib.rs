//! The analysis `plot`: line and scatter plots as SVG and PNG.
//!
//! From parameters and columns to files, each module one step and a pure function:
//!
//! [`params`] and [`data`] say what to draw; [`figure`] composes it into a [`scene`] of
//! shapes with the help of [`words`] and of [`layout`], which gives the axes ([`axis`], [`ticks`],
//! [`time_ticks`], [`scale`]), the [`legend`] and all [`text`] their room; [`thin`] leaves out
//! what cannot be seen; [`svg`] and [`png`] draw the scene, the latter with its own [`coverage`],
//! [`discs`], [`strokes`] and [`palette`]. [`task`] runs these in steps.
//!
//! Only `component` knows the bindings; everything else is built natively too.

pub mod axis;
pub mod coverage;
pub mod data;
pub mod discs;
pub mod figure;
pub mod input;
pub mod layout;
pub mod legend;
pub mod palette;
pub mod params;
pub mod png;
pub mod scale;
pub mod scene;
pub mod strokes;
pub mod svg;
pub mod task;
pub mod text;
pub mod theme;
pub mod thin;
pub mod ticks;
pub mod time_ticks;
pub mod words;

/// What the analysis says of itself: name, title, version, summary, the JSON Schema of its
/// parameters and an example, as one JSON object.
pub const DESCRIPTION: &str = include_str!("../description.json");

#[cfg(target_arch = "wasm32")]
mod component;
