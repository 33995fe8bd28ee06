//! Measuring, wrapping and shortening text with the metrics of the embedded font, so that
//! margins fit and nothing overlaps. Sizes and widths are in pixels.

use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{Face, GlyphId};

static REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular.otf");
static BOLD: &[u8] = include_bytes!("../fonts/Inter-Bold.otf");

/// Cap height of Inter in em: labels are centred on it.
pub const CAP_HEIGHT: f64 = 0.727;
/// What a line of text covers above and below its baseline, in em, accents and descenders
/// included.
pub const ASCENT: f64 = 0.93;
pub const DESCENT: f64 = 0.22;
/// From baseline to baseline, in em.
pub const LINE_HEIGHT: f64 = 1.25;
/// A character that the font lacks is assumed to be as wide as a Chinese one.
const UNKNOWN_WIDTH: f64 = 1.0;

/// One weight of the embedded font. Cheap to make: the tables are read where they lie.
pub struct Font {
    face: Option<Face<'static>>,
    kerning: Vec<PairAdjustment<'static>>,
    units_per_em: f64,
}

/// A glyph of a line of text and its place on the baseline in pixels.
pub struct Placed {
    pub glyph: GlyphId,
    pub x: f64,
}

impl Font {
    pub fn regular() -> Self {
        Self::parse(REGULAR)
    }

    pub fn bold() -> Self {
        Self::parse(BOLD)
    }

    fn parse(bytes: &'static [u8]) -> Self {
        let face = Face::parse(bytes, 0).ok();
        let units_per_em = face
            .as_ref()
            .map_or(1.0, |face| f64::from(face.units_per_em()));
        let tables = face.as_ref().and_then(|face| face.tables().gpos);
        let lookups = tables.into_iter().flat_map(|table| table.lookups);
        let kerning = lookups
            .flat_map(|lookup| lookup.subtables.into_iter::<PositioningSubtable>())
            .filter_map(|subtable| match subtable {
                PositioningSubtable::Pair(pairs) => Some(pairs),
                _ => None,
            })
            .collect();
        Self {
            face,
            kerning,
            units_per_em,
        }
    }

    pub fn face(&self) -> Option<&Face<'static>> {
        self.face.as_ref()
    }

    /// Pixels for each font unit at this size.
    pub fn unit(&self, size: f64) -> f64 {
        size / self.units_per_em
    }

    /// The glyphs of one line and its width, with pair kerning. Characters that the font lacks
    /// become the "missing" box.
    pub fn place(&self, text: &str, size: f64) -> (Vec<Placed>, f64) {
        let Some(face) = &self.face else {
            return (Vec::new(), text.chars().count() as f64 * size * 0.6);
        };
        let unit = self.unit(size);
        let mut glyphs = Vec::with_capacity(text.len());
        let mut x = 0.0;
        let mut before = None;
        for character in text.chars() {
            let known = face.glyph_index(character);
            let glyph = known.unwrap_or(GlyphId(0));
            if let (Some(left), Some(right)) = (before, known) {
                x += self.kerning(left, right) * unit;
            }
            glyphs.push(Placed { glyph, x });
            x += match known.and_then(|glyph| face.glyph_hor_advance(glyph)) {
                Some(advance) => f64::from(advance) * unit,
                None => UNKNOWN_WIDTH * size,
            };
            before = known;
        }
        (glyphs, x)
    }

    /// Pair kerning in font units, from the font's GPOS table: the first subtable that knows
    /// the pair decides (OpenType 1.9, "GPOS", lookup type 2).
    fn kerning(&self, left: GlyphId, right: GlyphId) -> f64 {
        let find = |pairs: &PairAdjustment<'static>| match pairs {
            PairAdjustment::Format1 { coverage, sets } => {
                sets.get(coverage.get(left)?).and_then(|set| set.get(right))
            }
            PairAdjustment::Format2 {
                coverage,
                classes,
                matrix,
            } => {
                coverage.get(left)?;
                matrix.get((classes.0.get(left), classes.1.get(right)))
            }
        };
        self.kerning
            .iter()
            .find_map(find)
            .map_or(0.0, |(first, _)| f64::from(first.x_advance))
    }

    /// Width of one line.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        self.place(text, size).1
    }

    /// Shortens a line with an ellipsis until it is at most `width` wide.
    pub fn shorten(&self, text: &str, size: f64, width: f64) -> String {
        let (glyphs, whole) = self.place(text, size);
        if whole <= width {
            return text.to_owned();
        }
        let room = width - self.width("…", size);
        // A character may be kept where the next one starts within the room.
        let kept = glyphs
            .iter()
            .skip(1)
            .take_while(|next| next.x <= room)
            .count();
        let mut line: String = text.chars().take(kept).collect();
        line.truncate(line.trim_end().len());
        if line.is_empty() { line } else { line + "…" }
    }

    /// Breaks a text into lines at most `width` wide: at spaces, and inside a word only where
    /// the word alone is too wide. What does not fit into `most` lines is cut with an ellipsis.
    pub fn wrap(&self, text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
        let lines = fill(&self.words(text, size, width), self.width(" ", size), width);
        self.cut(lines, size, width, most)
    }

    /// Like [`Font::wrap`], but with lines of about the same length, as a heading is set: no
    /// last line of one word.
    pub fn wrap_evenly(&self, text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
        let (words, space) = (self.words(text, size, width), self.width(" ", size));
        let lines = fill(&words, space, width);
        let count = lines.len();
        if count > most {
            return self.cut(lines, size, width, most);
        }
        let widest = words.iter().map(|word| word.1).fold(0.0, f64::max);
        let (mut narrow, mut wide) = (widest.min(width), width);
        while wide - narrow > size / 4.0 {
            let middle = (narrow + wide) / 2.0;
            let fits = fill(&words, space, middle).len() <= count;
            (narrow, wide) = if fits {
                (narrow, middle)
            } else {
                (middle, wide)
            };
        }
        fill(&words, space, wide)
    }

    /// The words and their widths; one wider than the room in pieces.
    fn words(&self, text: &str, size: f64, room: f64) -> Vec<(String, f64)> {
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let (glyphs, width) = self.place(word, size);
            if width <= room {
                words.push((word.to_owned(), width));
                continue;
            }
            let ends = glyphs.iter().skip(1).map(|next| next.x).chain([width]);
            let (mut piece, mut start, mut before) = (String::new(), 0.0, 0.0);
            for (character, end) in word.chars().zip(ends) {
                if end - start > room && !piece.is_empty() {
                    words.push((std::mem::take(&mut piece), before - start));
                    start = before;
                }
                piece.push(character);
                before = end;
            }
            words.push((piece, before - start));
        }
        words
    }

    fn cut(&self, mut lines: Vec<String>, size: f64, width: f64, most: usize) -> Vec<String> {
        if most == 0 {
            return Vec::new();
        }
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).join(" ");
            lines.push(self.shorten(&rest, size, width));
        }
        lines
    }
}

/// Puts words into lines at most `width` wide.
fn fill(words: &[(String, f64)], space: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut end = f64::INFINITY;
    for (word, wide) in words {
        match lines.last_mut() {
            Some(line) if end + space + wide <= width => {
                line.push(' ');
                line.push_str(word);
                end += space + wide;
            }
            _ => {
                lines.push(word.clone());
                end = *wide;
            }
        }
    }
    lines
}

/// A user's text as one line: runs of white space and control characters become one space,
/// and what XML 1.0 forbids is left out.
pub fn clean(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
