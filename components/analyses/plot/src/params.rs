//! The parameters: parsed once into [`Params`], with every fault named at once.

use analyst::types::{Field, FieldType};
use drawing::{Share, Size, Theme};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::groups::{Key, Part};
use crate::reader::{Reader, nearest};
use crate::statistics::Function;
use crate::style::Style;

/// How many fields one panel can show: as many as the palette has colours.
pub const MAX_SERIES: usize = 8;
pub const MAX_PANELS: usize = 12;
/// Pixels of the largest PNG: 80 MB of memory while it is drawn.
pub const MAX_PNG_PIXELS: f64 = 20e6;
const FIGURE: [&str; 9] = [
    "title", "theme", "zone", "width", "height", "scale", "panels", "columns", "share",
];
/// The parameters of a panel, and the kinds that have them; none where all have.
const PANEL: [(&str, &[Kind]); 17] = [
    ("kind", &[]),
    ("y", &[]),
    ("x", &[Kind::Line, Kind::Scatter, Kind::Area, Kind::HeatMap]),
    ("by", &[Kind::Line, Kind::Bar, Kind::Box, Kind::HeatMap]),
    (
        "style",
        &[
            Kind::Line,
            Kind::Scatter,
            Kind::Area,
            Kind::Bar,
            Kind::Histogram,
            Kind::Box,
        ],
    ),
    ("size", &[Kind::Scatter]),
    ("colour", &[Kind::Scatter]),
    ("low", &[Kind::Area]),
    ("high", &[Kind::Area]),
    ("bins", &[Kind::Histogram]),
    ("function", &[Kind::Bar, Kind::HeatMap]),
    ("x_label", &[]),
    ("y_label", &[]),
    (
        "x_scale",
        &[Kind::Line, Kind::Scatter, Kind::Area, Kind::Histogram],
    ),
    (
        "y_scale",
        &[
            Kind::Line,
            Kind::Scatter,
            Kind::Area,
            Kind::Bar,
            Kind::Histogram,
            Kind::Box,
        ],
    ),
    ("legend", &[]),
    ("title", &[]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Points joined in order of time.
    Line,
    /// A mark for each point.
    Scatter,
    /// A line with the area below it, or with a band around it.
    Area,
    /// A bar for each group, or for each point.
    Bar,
    Histogram,
    /// A box for each group.
    Box,
    /// A coloured cell for each pair of groups.
    HeatMap,
}

impl Kind {
    pub const ALL: [(&'static str, Self); 7] = [
        ("line", Self::Line),
        ("scatter", Self::Scatter),
        ("area", Self::Area),
        ("bar", Self::Bar),
        ("histogram", Self::Histogram),
        ("box", Self::Box),
        ("heatmap", Self::HeatMap),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}

/// What the horizontal axis shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Across {
    Time,
    Field(String),
}

/// Valid parameters of a figure.
#[derive(Clone, Debug)]
pub struct Params {
    /// Of the figure; `None` for the dataset's.
    pub title: Option<String>,
    pub theme: &'static Theme,
    pub zone: TimeZone,
    pub zone_name: String,
    pub size: Size,
    /// The PNG's pixels for each of the figure's.
    pub scale: f32,
    pub columns: usize,
    pub share: Share,
    /// 1 to [`MAX_PANELS`].
    pub panels: Vec<PanelParams>,
}

/// Valid parameters of a panel.
#[derive(Clone, Debug)]
pub struct PanelParams {
    /// `panels[1].`, or empty for a figure of one panel.
    pub path: String,
    pub kind: Kind,
    /// 1 to [`MAX_SERIES`] distinct fields.
    pub y: Vec<String>,
    pub x: Across,
    /// What points are grouped by: of lines, bars, boxes, and the rows of a heat map.
    pub by: Option<Key>,
    /// The columns of a heat map.
    pub columns: Option<Key>,
    pub style: Vec<Style>,
    pub size: Option<String>,
    pub colour: Option<String>,
    pub low: Option<String>,
    pub high: Option<String>,
    /// `None` for a number that fits the data.
    pub bins: Option<u32>,
    pub function: Function,
    pub title: Option<String>,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    pub is_x_log: bool,
    pub is_y_log: bool,
    pub legend: Option<bool>,
}

impl Params {
    /// Parses a JSON object.
    ///
    /// # Errors
    /// Every fault, each a sentence for the user.
    pub fn parse(json: &str) -> Result<Self, Vec<String>> {
        let object = match serde_json::from_str(json) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(vec!["The parameters must be a JSON object.".into()]),
            Err(error) => return Err(vec![format!("The parameters are not valid JSON: {error}.")]),
        };
        let mut reader = Reader::new(&object, String::new());
        let mut known = FIGURE.to_vec();
        known.extend(
            PANEL
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| *name != "title"),
        );
        reader.unknown_names(&known);
        let (zone, zone_name) = zone(&mut reader);
        let mut params = Self {
            title: reader.text("title", 300),
            theme: reader
                .choice(
                    "theme",
                    &[
                        ("light", Theme::light as fn() -> &'static Theme),
                        ("dark", Theme::dark),
                    ],
                )
                .unwrap_or(Theme::light)(),
            zone,
            zone_name,
            size: Size {
                width: reader.count("width", 200, 4000).unwrap_or(960),
                height: reader.count("height", 200, 4000).unwrap_or(540),
            },
            scale: reader.number("scale", 0.5, 4.0).unwrap_or(2.0) as f32,
            columns: reader.count("columns", 1, 6).unwrap_or(1) as usize,
            share: reader.choice("share", &SHARES).unwrap_or_default(),
            panels: Vec::new(),
        };
        params.panels = panels(&object, &mut reader);
        let pixels = f64::from(params.size.width)
            * f64::from(params.size.height)
            * f64::from(params.scale).powi(2);
        if reader.faults.is_empty() && pixels > MAX_PNG_PIXELS {
            reader.faults.push(format!(
                "`width`, `height` and `scale` make a PNG of {:.0} million pixels; the most is {:.0} million.",
                (pixels / 1e6).ceil(),
                MAX_PNG_PIXELS / 1e6
            ));
        }
        if reader.faults.is_empty() {
            Ok(params)
        } else {
            Err(reader.faults)
        }
    }

    /// The fields whose columns the figure needs, each once.
    ///
    /// # Errors
    /// Every field that does not exist or has the wrong type.
    pub fn columns(&self, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut faults = Vec::new();
        for panel in &self.panels {
            for (parameter, name, need) in panel.needs() {
                let parameter = format!("{}{parameter}", panel.path);
                match fields.iter().find(|field| field.name == *name) {
                    None => faults.push(unknown_field(&parameter, name, need, fields)),
                    Some(field) => match need.refuses(field.type_) {
                        Some(wanted) => faults.push(format!(
                            "`{parameter}`: {wanted} are needed, but the field `{name}` is {}.",
                            type_name(field.type_)
                        )),
                        None if names.contains(name) => {}
                        None => names.push(name.clone()),
                    },
                }
            }
        }
        if faults.is_empty() {
            Ok(names)
        } else {
            Err(faults)
        }
    }
}

const SHARES: [(&str, Share); 4] = [
    ("none", Share { x: false, y: false }),
    ("x", Share { x: true, y: false }),
    ("y", Share { x: false, y: true }),
    ("both", Share { x: true, y: true }),
];

fn zone(reader: &mut Reader) -> (TimeZone, String) {
    let name = reader.text("zone", 60).unwrap_or_else(|| "UTC".to_owned());
    match TimeZone::get(&name) {
        Ok(zone) => (zone, name),
        Err(_) => {
            reader.fault::<()>("zone", format!("is no time zone of the IANA database: {name:?}. Such are `UTC` and `Europe/Berlin`."));
            (TimeZone::UTC, name)
        }
    }
}

/// The panels: those listed, each with what the figure's own parameters say for all, or the one of a
/// figure without a list.
fn panels(object: &Map<String, Value>, reader: &mut Reader) -> Vec<PanelParams> {
    let common = || {
        object
            .iter()
            .filter(|(name, _)| name.as_str() != "title" && is_of_panel(name))
    };
    let Some(list) = reader.value("panels") else {
        let own: Map<String, Value> = common()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        return vec![panel(&own, String::new(), reader)];
    };
    let Some(list) = list
        .as_array()
        .filter(|list| (1..=MAX_PANELS).contains(&list.len()))
    else {
        reader.fault::<()>(
            "panels",
            format!("must be a list of 1 to {MAX_PANELS} objects."),
        );
        return Vec::new();
    };
    let mut panels = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let Some(own) = item.as_object() else {
            reader.fault::<()>(&format!("panels[{at}]"), "must be an object.");
            continue;
        };
        let mut merged: Map<String, Value> = common()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        merged.extend(
            own.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        panels.push(panel(&merged, format!("panels[{at}]."), reader));
    }
    panels
}

fn is_of_panel(name: &str) -> bool {
    PANEL.iter().any(|(known, _)| *known == name)
}

fn panel(object: &Map<String, Value>, path: String, outer: &mut Reader) -> PanelParams {
    let mut reader = Reader::new(object, path.clone());
    if !path.is_empty() {
        reader.unknown_names(&PANEL.map(|(name, _)| name));
    }
    let kind = reader.choice("kind", &Kind::ALL).unwrap_or(Kind::Line);
    for (name, kinds) in PANEL {
        if reader.value(name).is_some() && !kinds.is_empty() && !kinds.contains(&kind) {
            let others: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            reader.fault::<()>(
                name,
                format!(
                    "is for {} only, not for {}.",
                    others.join(", "),
                    kind.name()
                ),
            );
        }
    }
    let scales = [("linear", false), ("log", true)];
    let y = fields(&mut reader, kind);
    let (x, columns) = across(&mut reader, kind);
    let by = key(&mut reader, "by");
    if by.is_none() && kind == Kind::HeatMap {
        reader.fault::<()>("by", format!("is required: what the rows are, {GROUPS}."));
    }
    let params = PanelParams {
        kind,
        x,
        columns,
        by,
        style: styles(&mut reader, y.len()),
        size: reader.text("size", 200),
        colour: reader.text("colour", 200),
        low: reader.text("low", 200),
        high: reader.text("high", 200),
        bins: reader.count("bins", 1, 500),
        function: reader
            .choice("function", &Function::ALL)
            .unwrap_or(Function::Mean),
        title: reader.text("title", 300),
        x_label: reader.text("x_label", 200),
        y_label: reader.text("y_label", 200),
        is_x_log: reader.choice("x_scale", &scales).unwrap_or_default(),
        is_y_log: reader.choice("y_scale", &scales).unwrap_or_default(),
        legend: reader.flag("legend"),
        y,
        path,
    };
    if params.low.is_some() != params.high.is_some() {
        reader.fault::<()>(
            "low",
            "and `high` belong together: the lower and the upper edge of a band.",
        );
    }
    if params.low.is_some() && params.y.len() > 1 {
        reader.fault::<()>(
            "y",
            "must be one field where there is a band from `low` to `high`.",
        );
    }
    if params.is_x_log && params.x == Across::Time && params.kind != Kind::Histogram {
        reader.fault::<()>(
            "x_scale",
            "can be \"log\" for a number field only, not for time.",
        );
    }
    outer.faults.append(&mut reader.faults);
    params
}

fn fields(reader: &mut Reader, kind: Kind) -> Vec<String> {
    const WHAT: &str = "a field name";
    if reader.value("y").is_none() {
        reader.fault::<()>("y", "is required: a field name or a list of field names.");
        return Vec::new();
    }
    let most = if kind == Kind::HeatMap { 1 } else { MAX_SERIES };
    let names = reader.texts("y", WHAT, most);
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|other| other == name) {
            reader.fault::<()>("y", format!("names the field `{name}` twice."));
        }
    }
    names
}

const GROUPS: &str = "a field of text, integers or true and false, or a part of the time: \
                      `time:hour`, `time:weekday`, `time:day`, `time:month`, `time:year`";

fn across(reader: &mut Reader, kind: Kind) -> (Across, Option<Key>) {
    if kind == Kind::HeatMap {
        let columns = key(reader, "x");
        if columns.is_none() {
            reader.fault::<()>("x", format!("is required: what the columns are, {GROUPS}."));
        }
        return (Across::Time, columns);
    }
    match reader.text("x", 200) {
        None => (Across::Time, None),
        Some(word) if word == "time" => (Across::Time, None),
        Some(word) => (Across::Field(word), None),
    }
}

fn key(reader: &mut Reader, name: &str) -> Option<Key> {
    let word = reader.text(name, 200)?;
    match word.strip_prefix("time:") {
        None => Some(Key::Field(word)),
        Some(part) => Part::parse(part)
            .map(Key::Time)
            .or_else(|| reader.fault(name, format!("must be {GROUPS}."))),
    }
}

fn styles(reader: &mut Reader, series: usize) -> Vec<Style> {
    let words = reader.texts("style", "a style word", MAX_SERIES);
    if !words.is_empty() && words.len() != series && series > 0 {
        reader.fault::<()>(
            "style",
            format!("names {} styles for {series} fields.", words.len()),
        );
    }
    let mut styles = Vec::new();
    for word in words {
        match Style::parse(&word) {
            Ok(style) => styles.push(style),
            Err(why) => reader.faults.push(format!("`style`: {why}.")),
        }
    }
    styles
}

/// What a parameter needs of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Numbers,
    /// Few distinct values.
    Groups,
    Anything,
}

impl Need {
    /// What is wanted, where the type does not serve.
    fn refuses(self, type_: FieldType) -> Option<&'static str> {
        let is_number = matches!(type_, FieldType::Number | FieldType::Integer);
        match self {
            Self::Numbers if !is_number => Some("numbers"),
            Self::Groups if type_ == FieldType::Number => Some("texts, integers or true and false"),
            _ => None,
        }
    }
}

impl PanelParams {
    /// Parameter, field and need of every column.
    fn needs(&self) -> Vec<(&'static str, &String, Need)> {
        let mut needs = Vec::new();
        if let Across::Field(name) = &self.x {
            needs.push(("x", name, Need::Numbers));
        }
        needs.extend(self.y.iter().map(|name| ("y", name, Need::Numbers)));
        for (parameter, name) in [
            ("size", &self.size),
            ("low", &self.low),
            ("high", &self.high),
        ] {
            needs.extend(name.iter().map(|name| (parameter, name, Need::Numbers)));
        }
        needs.extend(
            self.colour
                .iter()
                .map(|name| ("colour", name, Need::Anything)),
        );
        for (parameter, key) in [("x", &self.columns), ("by", &self.by)] {
            if let Some(Key::Field(name)) = key {
                needs.push((parameter, name, Need::Groups));
            }
        }
        needs
    }

    /// The style of the so-manieth field.
    pub fn style(&self, series: usize) -> Style {
        self.style.get(series).cloned().unwrap_or_default()
    }
}

pub fn type_name(type_: FieldType) -> &'static str {
    match type_ {
        FieldType::Number => "number",
        FieldType::Integer => "integer",
        FieldType::Text => "text",
        FieldType::Boolean => "boolean",
    }
}

fn unknown_field(parameter: &str, name: &str, need: Need, fields: &[Field]) -> String {
    let fitting = || {
        fields
            .iter()
            .filter(|field| need.refuses(field.type_).is_none())
            .map(|field| field.name.as_str())
    };
    let what = if need == Need::Numbers {
        "number fields"
    } else {
        "fields"
    };
    let listed: Vec<String> = fitting().map(|name| format!("`{name}`")).collect();
    let known = if listed.is_empty() {
        format!("It has no such {what}.")
    } else {
        format!("Its {what} are {}.", listed.join(", "))
    };
    let hint =
        nearest(name, fitting()).map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
    format!("`{parameter}`: the dataset has no field `{name}`. {known}{hint}")
}
