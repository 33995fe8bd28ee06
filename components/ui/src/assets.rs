//! The files of the pages, held in the component itself: no request goes elsewhere.

use almanac::http::asset::{Asset, HTML, PLAIN, SCRIPT, STYLE};

/// The page that every address below `/ui` answers with; its script shows what the address names.
pub const PAGE: Asset = Asset {
    name: "page.html",
    media_type: HTML,
    content: include_bytes!("../assets/page.html"),
};

macro_rules! assets {
    ($($name:literal: $media_type:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            media_type: $media_type,
            content: include_bytes!(concat!("../assets/", $name)),
        }),*]
    };
}

/// What the page loads.
pub const ASSETS: &[Asset] = assets! {
    "api.js": SCRIPT,
    "axis.js": SCRIPT,
    "chart.js": SCRIPT,
    "dom.js": SCRIPT,
    "gaps.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "main.js": SCRIPT,
    "query.js": SCRIPT,
    "schema_form.js": SCRIPT,
    "spark_line.js": SCRIPT,
    "style.css": STYLE,
    "text.js": SCRIPT,
    "uplot/LICENSE": PLAIN,
    "uplot/uPlot.iife.min.js": SCRIPT,
    "uplot/uPlot.min.css": STYLE,
    "views/analysis.js": SCRIPT,
    "views/dataset.js": SCRIPT,
    "views/datasets.js": SCRIPT,
    "views/import.js": SCRIPT,
    "views/job.js": SCRIPT,
    "views/jobs.js": SCRIPT,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_together_is_under_200_kilobytes() {
        let assets = ASSETS.iter().map(|asset| asset.content.len());
        let bytes = assets.sum::<usize>() + PAGE.content.len();
        assert!(bytes < 200_000, "{bytes}");
    }

    #[test]
    fn every_import_of_a_script_is_an_asset() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js")) {
            let text = String::from_utf8_lossy(asset.content);
            let imports = text
                .lines()
                .filter_map(|line| line.split_once(" from \"/ui/assets/"))
                .filter_map(|(_, rest)| rest.split_once('"'));
            for (name, _) in imports {
                assert!(
                    ASSETS.iter().any(|known| known.name == name),
                    "{} imports {name}",
                    asset.name
                );
            }
        }
    }

    #[test]
    fn nothing_names_another_server() {
        let own = ASSETS
            .iter()
            .filter(|asset| !asset.name.starts_with("uplot/"));
        for asset in own.chain([&PAGE]) {
            let text = String::from_utf8_lossy(asset.content);
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://"), "{}", asset.name);
        }
    }
}
