//! What the pictures of the statistical analyses have in common: how large they are and how they look, what their axes are
//! called, and the files they become.

use analyst::types::{Field, File, Request};
use drawing::{Axis, Figure, Size, Theme};
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Pixels that a PNG may have.
const MOST_PIXELS: f64 = 20e6;

/// The parameters of a picture, which every analysis has beside its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The heading; by default the dataset's title.
    title: Option<String>,
    width: u32,
    height: u32,
    /// Pixels of the PNG for each of the picture's.
    scale: f64,
    theme: Shade,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shade {
    Light,
    Dark,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            title: None,
            width: 960,
            height: 540,
            scale: 2.0,
            theme: Shade::Light,
        }
    }
}

impl Look {
    /// # Errors
    /// When the PNG would be too large.
    pub fn check(&self) -> Result<(), String> {
        let pixels = f64::from(self.width) * f64::from(self.height) * self.scale * self.scale;
        if pixels > MOST_PIXELS {
            return Err(format!(
                "The PNG would have {:.0} million pixels, and at most 20 are allowed: `width`, `height` or `scale` must be smaller.",
                pixels / 1e6
            ));
        }
        Ok(())
    }

    pub fn theme(&self) -> &'static Theme {
        match self.theme {
            Shade::Light => Theme::light(),
            Shade::Dark => Theme::dark(),
        }
    }

    /// A figure with its heading and without panels.
    pub fn figure(&self, request: &Request) -> Figure<'static> {
        let size = Size {
            width: self.width,
            height: self.height,
        };
        let own = [&request.dataset_title, &request.dataset];
        let own = || {
            own.into_iter()
                .find(|text| !text.trim().is_empty())
                .cloned()
        };
        Figure {
            title: self.title.clone().or_else(own).unwrap_or_default(),
            ..Figure::new(size, self.theme())
        }
    }

    /// The figure as `NAME.svg` and `NAME.png`.
    ///
    /// # Errors
    /// When the PNG is too large for the memory.
    pub fn files(&self, name: &str, figure: Figure) -> Result<Vec<File>, String> {
        let [svg, png] = drawing::draw(figure, self.scale as f32)?;
        let file = |extension, media_type: &str, bytes| File {
            name: format!("{name}.{extension}"),
            media_type: media_type.to_owned(),
            bytes,
        };
        Ok(vec![
            file("svg", "image/svg+xml", svg),
            file("png", "image/png", png),
        ])
    }
}

/// A field's name with its unit: `average (ppm)`.
pub fn label(field: &Field) -> String {
    match field.unit.as_deref().filter(|unit| !unit.is_empty()) {
        Some(unit) => format!("{} ({unit})", field.name),
        None => field.name.clone(),
    }
}

/// The axis of time in UTC.
pub fn time_axis() -> Axis {
    Axis::time("time (UTC)", TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_at_most_twenty_million_pixels() {
        let look = |width, scale| Look {
            width,
            scale,
            ..Look::default()
        };
        assert_eq!(look(960, 2.0).check(), Ok(()));
        assert!(look(4000, 4.0).check().is_err());
    }
}
