//! The files of the page, held in the component itself: no request goes elsewhere.

use almanac::http::asset::{Asset, HTML, PLAIN, SCRIPT, STYLE};

macro_rules! assets {
    ($($name:literal: $media_type:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            media_type: $media_type,
            content: include_bytes!(concat!("../assets/", $name)),
        }),*]
    };
}

/// The page first, then what it loads.
pub const ASSETS: &[Asset] = assets! {
    "page.html": HTML,
    "start.js": SCRIPT,
    "page.css": STYLE,
    "swagger-ui/swagger-ui.css": STYLE,
    "swagger-ui/swagger-ui-bundle.js": SCRIPT,
    "swagger-ui/LICENSE": PLAIN,
    "swagger-ui/NOTICE": PLAIN,
};
