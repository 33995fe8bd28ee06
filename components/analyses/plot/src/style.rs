//! Style words as matplotlib has them: a colour, a line and a mark in any order, such as `r--o`, `#0072b2`
//! or `darkgreen:`. See the notes on format strings of matplotlib's `pyplot.plot`.

use drawing::markers::{DASH_DOTTED, DASHED, DOTTED};
use drawing::{Rgb, Shape, Stroke, Theme};

/// What a style word asks for; what it does not name is left to the kind of plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Style {
    pub colour: Option<Rgb>,
    /// Dashes and gaps of the line; none where the word names a mark and no line.
    pub line: Option<&'static [f64]>,
    pub mark: Option<Shape>,
}

/// Longer ones first: `--` is no twice `-`.
const LINES: [(&str, &[f64]); 4] = [
    ("--", DASHED),
    ("-.", DASH_DOTTED),
    ("-", &[]),
    (":", DOTTED),
];
const MARKS: [(char, Shape); 10] = [
    ('o', Shape::Disc),
    ('.', Shape::Point),
    (',', Shape::Point),
    ('s', Shape::Square),
    ('D', Shape::Diamond),
    ('^', Shape::TriangleUp),
    ('v', Shape::TriangleDown),
    ('x', Shape::Cross),
    ('+', Shape::Plus),
    ('*', Shape::Star),
];
/// Matplotlib's one-letter colours, in its shades.
const LETTERS: [(char, Rgb); 8] = [
    ('b', [0, 0, 255]),
    ('g', [0, 128, 0]),
    ('r', [255, 0, 0]),
    ('c', [0, 191, 191]),
    ('m', [191, 0, 191]),
    ('y', [191, 191, 0]),
    ('k', [0, 0, 0]),
    ('w', [255, 255, 255]),
];

impl Style {
    /// Reads a style word.
    ///
    /// # Errors
    /// What cannot be understood, as a sentence.
    pub fn parse(word: &str) -> Result<Self, String> {
        let (line, rest) = take_line(word);
        let trimmed = rest.trim();
        // A whole colour first: `orchid` has letters of marks in it, `dodgerblue` of colours.
        let (colour, mark) = match colour(trimmed) {
            Some(colour) => (Some(colour), None),
            None => marked(trimmed).ok_or_else(|| {
                format!(
                    "the style {word:?} is not understood: a colour (`r`, `darkgreen`, `#0072b2`), a line (`-`, `--`, \
                     `-.`, `:`) and a mark (`o . s D ^ v x + *`), each at most once"
                )
            })?,
        };
        Ok(Self { colour, line, mark })
    }

    pub fn stroke(&self, theme: &Theme, series: usize) -> Stroke {
        Stroke {
            colour: self.colour(theme, series),
            width: None,
            dash: self.line.unwrap_or_default(),
        }
    }

    /// The colour asked for, else that of the series in the palette.
    pub fn colour(&self, theme: &Theme, series: usize) -> Rgb {
        self.colour.unwrap_or_else(|| theme.colour(series))
    }
}

/// The line in a word, and the word without it. A `-.` before a colour's name is a dash and dots.
fn take_line(word: &str) -> (Option<&'static [f64]>, String) {
    for (sign, dash) in LINES {
        if let Some((before, after)) = word.split_once(sign) {
            return (Some(dash), format!("{before}{after}"));
        }
    }
    (None, word.to_owned())
}

/// A colour and a mark, one of them before the other; either may be absent.
fn marked(word: &str) -> Option<(Option<Rgb>, Option<Shape>)> {
    if word.is_empty() {
        return Some((None, None));
    }
    let shape = |letter: char| {
        MARKS
            .iter()
            .find(|(known, _)| *known == letter)
            .map(|(_, shape)| *shape)
    };
    let (mut first, mut last) = (word.chars(), word.chars());
    let with = |mark: Option<char>, rest: &str| {
        let mark = shape(mark?)?;
        match rest {
            "" => Some((None, Some(mark))),
            _ => Some((Some(colour(rest)?), Some(mark))),
        }
    };
    let (front, back) = (first.next(), last.next_back());
    with(back, last.as_str()).or_else(|| with(front, first.as_str()))
}

fn colour(word: &str) -> Option<Rgb> {
    let mut letters = word.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return LETTERS
            .iter()
            .find(|(known, _)| *known == letter)
            .map(|(_, colour)| *colour);
    }
    let [red, green, blue, _] = csscolorparser::parse(word).ok()?.to_rgba8();
    Some([red, green, blue])
}
