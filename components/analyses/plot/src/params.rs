//! The parameters: parsed once into [`Params`], with every fault named at once.

use crate::input::Field;
use serde_json::{Map, Value};

/// How many fields one plot can show: as many as the palette has colours.
pub const MAX_SERIES: usize = 8;
/// Pixels of the largest PNG: 80 MB of memory while it is drawn.
pub const MAX_PNG_PIXELS: f64 = 20e6;
const NAMES: [&str; 10] = [
    "kind", "y", "x", "title", "x_label", "y_label", "legend", "width", "height", "scale",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Points joined in order of time.
    Line,
    /// A mark for each point.
    Scatter,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Scatter => "scatter",
        }
    }
}

/// What the horizontal axis shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Across {
    Time,
    Field(String),
}

/// Valid parameters.
#[derive(Clone, Debug)]
pub struct Params {
    pub kind: Kind,
    /// 1 to [`MAX_SERIES`] distinct fields.
    pub y: Vec<String>,
    pub x: Across,
    pub title: Option<String>,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    pub legend: Option<bool>,
    /// Size of the picture in pixels, and the PNG's pixels for each of them.
    pub width: u32,
    pub height: u32,
    pub scale: f32,
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
        let mut reader = Reader {
            object,
            faults: Vec::new(),
        };
        reader.unknown_names();
        let params = Self {
            kind: reader.kind(),
            y: reader.fields(),
            x: reader.across(),
            title: reader.text("title", 300),
            x_label: reader.text("x_label", 200),
            y_label: reader.text("y_label", 200),
            legend: reader.flag("legend"),
            width: reader.pixels("width", 960),
            height: reader.pixels("height", 540),
            scale: reader.number("scale", 0.5, 4.0).unwrap_or(2.0) as f32,
        };
        let pixels =
            f64::from(params.width) * f64::from(params.height) * f64::from(params.scale).powi(2);
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

    /// The fields whose columns the plot needs, each once.
    ///
    /// # Errors
    /// Every field that does not exist or does not hold numbers.
    pub fn columns(&self, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
        let across = match &self.x {
            Across::Time => None,
            Across::Field(name) => Some(("x", name)),
        };
        let mut names: Vec<String> = Vec::new();
        let mut faults = Vec::new();
        for (parameter, name) in across
            .into_iter()
            .chain(self.y.iter().map(|name| ("y", name)))
        {
            match fields.iter().find(|field| field.name == *name) {
                None => faults.push(unknown_field(parameter, name, fields)),
                Some(field) if !field.kind.is_numeric() => faults.push(format!(
                    "`{parameter}`: numbers are needed, but the field `{name}` is {}.",
                    field.kind.name()
                )),
                Some(_) if names.contains(name) => {}
                Some(_) => names.push(name.clone()),
            }
        }
        if faults.is_empty() {
            Ok(names)
        } else {
            Err(faults)
        }
    }
}

fn unknown_field(parameter: &str, name: &str, fields: &[Field]) -> String {
    let numeric = || {
        fields
            .iter()
            .filter(|field| field.kind.is_numeric())
            .map(|f| f.name.as_str())
    };
    let listed: Vec<String> = numeric().map(|name| format!("`{name}`")).collect();
    let known = if listed.is_empty() {
        "It has no number fields.".to_owned()
    } else {
        format!("Its number fields are {}.", listed.join(", "))
    };
    let hint =
        nearest(name, numeric()).map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
    format!("`{parameter}`: the dataset has no field `{name}`. {known}{hint}")
}

/// Takes parameters out of the object and notes what is wrong with them.
struct Reader {
    object: Map<String, Value>,
    faults: Vec<String>,
}

impl Reader {
    fn unknown_names(&mut self) {
        for name in self
            .object
            .keys()
            .filter(|name| !NAMES.contains(&name.as_str()))
        {
            let hint = match nearest(name, NAMES.into_iter()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("The parameters are `{}`.", NAMES.join("`, `")),
            };
            self.faults
                .push(format!("There is no parameter `{name}`. {hint}"));
        }
    }

    fn fault<T>(&mut self, message: String) -> Option<T> {
        self.faults.push(message);
        None
    }

    fn kind(&mut self) -> Kind {
        match self.object.get("kind").map(|value| value.as_str()) {
            None | Some(Some("line")) => Kind::Line,
            Some(Some("scatter")) => Kind::Scatter,
            Some(_) => {
                self.faults
                    .push("`kind` must be \"line\" or \"scatter\".".into());
                Kind::Line
            }
        }
    }

    fn fields(&mut self) -> Vec<String> {
        const WANTED: &str = "a field name or a list of field names";
        let names = match self.object.get("y") {
            None => self.fault(format!("`y` is required: {WANTED}.")),
            Some(Value::String(name)) => Some(vec![name.clone()]),
            Some(Value::Array(list)) => {
                let names: Option<Vec<String>> = list
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect();
                names.or_else(|| self.fault(format!("`y` must be {WANTED}.")))
            }
            Some(_) => self.fault(format!("`y` must be {WANTED}.")),
        };
        let names: Vec<String> = names.unwrap_or_default();
        if self
            .object
            .get("y")
            .is_some_and(|value| *value == Value::Array(Vec::new()))
        {
            self.faults.push("`y` must name at least one field.".into());
        }
        if names.len() > MAX_SERIES {
            self.faults.push(format!(
                "`y` names {} fields; the most is {MAX_SERIES}.",
                names.len()
            ));
        }
        let mut seen: Vec<&String> = Vec::new();
        for name in &names {
            if seen.contains(&name) {
                self.faults
                    .push(format!("`y` names the field `{name}` twice."));
                break;
            }
            seen.push(name);
        }
        names
    }

    fn across(&mut self) -> Across {
        match self.object.get("x").map(|value| value.as_str()) {
            None | Some(Some("time")) => Across::Time,
            Some(Some(name)) => Across::Field(name.to_owned()),
            Some(None) => {
                self.faults
                    .push("`x` must be \"time\" or a field name.".into());
                Across::Time
            }
        }
    }

    fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.object.get(name) {
            None => None,
            Some(Value::String(text)) if text.chars().count() <= longest => Some(text.clone()),
            Some(Value::String(_)) => {
                self.fault(format!("`{name}` is longer than {longest} characters."))
            }
            Some(_) => self.fault(format!("`{name}` must be a text.")),
        }
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.get(name) {
            None => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => self.fault(format!("`{name}` must be true or false.")),
        }
    }

    fn number(&mut self, name: &str, least: f64, most: f64) -> Option<f64> {
        match self.object.get(name).map(Value::as_f64) {
            None => None,
            Some(Some(number)) if (least..=most).contains(&number) => Some(number),
            Some(_) => self.fault(format!("`{name}` must be a number from {least} to {most}.")),
        }
    }

    fn pixels(&mut self, name: &str, default: u32) -> u32 {
        match self.object.get(name).map(Value::as_f64) {
            None => default,
            Some(Some(n)) if n.fract() == 0.0 && (200.0..=4000.0).contains(&n) => n as u32,
            Some(_) => {
                self.faults
                    .push(format!("`{name}` must be a whole number from 200 to 4000."));
                default
            }
        }
    }
}

/// The known name closest to `name`, if it is close enough to be a slip of the pen: at most
/// half of its letters differ.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|candidate| (edits(&lower, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, near)| distance * 2 <= near.chars().count())
        .map(|(_, near)| near)
}

/// Levenshtein's edit distance, row by row.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let cost = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = cost.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
