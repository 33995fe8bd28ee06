//! What the gallery shows.

/// One picture.
pub(crate) struct Entry {
    /// Of the file.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    /// Of the sample data.
    pub(crate) dataset: &'static str,
    /// Where the points end; empty for all.
    pub(crate) end: &'static str,
    pub(crate) parameters: &'static str,
}

/// Units of the sample data's fields, as their descriptions in data/ have them.
pub(crate) const UNITS: &[(&str, &str)] = &[
    ("average", "ppm"),
    ("deseasonalized", "ppm"),
    ("uncertainty", "ppm"),
    ("precipitation", "mm"),
    ("temp_max", "°C"),
    ("temp_min", "°C"),
    ("wind", "m/s"),
];

pub(crate) const CATALOGUE: [Entry; 13] = [
    Entry {
        name: "line",
        title: "Lines",
        text: "Several fields against time; a line is broken where a value is missing.",
        dataset: "co2",
        end: "",
        parameters: r#"{"y": ["average", "deseasonalized"], "title": "Carbon dioxide at Mauna Loa"}"#,
    },
    Entry {
        name: "styles",
        title: "Style words",
        text: "Colours, lines and marks as matplotlib writes them, one word for each field.",
        dataset: "weather",
        end: "2012-02-15",
        parameters: r##"{"y": ["temp_max", "temp_min", "wind"], "style": ["r-o", "#0072b2--", "g:^"], "title": "First days of the year"}"##,
    },
    Entry {
        name: "scatter",
        title: "Marks",
        text: "One field against another.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "scatter", "x": "temp_min", "y": "temp_max", "title": "Nights and days in Seattle"}"#,
    },
    Entry {
        name: "bubbles",
        title: "Marks with size and colour",
        text: "Two more fields in one scatter plot: numbers as a colour bar, and as areas of the marks.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "scatter", "x": "temp_max", "y": "wind", "size": "precipitation", "colour": "temp_min", "title": "Warm days are calm and dry"}"#,
    },
    Entry {
        name: "categories",
        title: "Marks coloured by a text",
        text: "A field of texts gives each of its words a colour of the palette, which readers with any colour vision can tell apart.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "scatter", "x": "temp_max", "y": "wind", "colour": "weather", "title": "Weather by temperature and wind"}"#,
    },
    Entry {
        name: "area",
        title: "Area with a band",
        text: "A line with the band between two other fields; without `low` and `high`, the area down to zero.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "area", "y": "temp_max", "low": "temp_min", "high": "temp_max", "title": "Lowest to highest temperature"}"#,
    },
    Entry {
        name: "histogram",
        title: "Histogram",
        text: "Bins of a round width that fits the data, or as many as `bins` says.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "histogram", "y": ["temp_max", "temp_min"], "title": "Temperatures in Seattle"}"#,
    },
    Entry {
        name: "box",
        title: "Boxes by group",
        text: "Quartiles, median, whiskers and what lies beyond, by month.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "box", "y": "temp_max", "by": "time:month", "zone": "America/Los_Angeles", "title": "The year in Seattle"}"#,
    },
    Entry {
        name: "bar",
        title: "Bars by group",
        text: "A figure of each group: mean, median, sum, count, least or greatest.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "bar", "y": ["temp_max", "wind"], "by": "weather", "title": "Weather, temperature and wind"}"#,
    },
    Entry {
        name: "heatmap",
        title: "Heat map",
        text: "A cell for each pair of groups.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "heatmap", "y": "temp_max", "x": "time:day", "by": "time:month", "title": "Two years by day and month"}"#,
    },
    Entry {
        name: "log",
        title: "Logarithmic axis",
        text: "What is not above zero cannot be shown, and the result says how many points those are.",
        dataset: "weather",
        end: "",
        parameters: r#"{"kind": "scatter", "x": "wind", "y": "precipitation", "y_scale": "log", "title": "Rain by wind"}"#,
    },
    Entry {
        name: "panels",
        title: "Panels with a shared axis",
        text: "Up to twelve plots in rows and columns; what is said outside `panels` holds for all of them.",
        dataset: "weather",
        end: "",
        parameters: r#"{"panels": [{"y": ["temp_max", "temp_min"]}, {"kind": "bar", "y": "precipitation"}, {"y": "wind", "style": "g"}], "share": "x", "height": 720, "title": "Seattle"}"#,
    },
    Entry {
        name: "dark",
        title: "Dark theme",
        text: "Every kind in dark, and of any size.",
        dataset: "co2",
        end: "",
        parameters: r#"{"theme": "dark", "panels": [{"y": "average", "title": "Measured"}, {"kind": "box", "y": "average", "by": "time:month", "title": "By month"}, {"kind": "scatter", "x": "deseasonalized", "y": "average", "title": "Season"}, {"kind": "histogram", "y": "average", "title": "How often"}], "columns": 2, "height": 640, "title": "Carbon dioxide at Mauna Loa"}"#,
    },
];
