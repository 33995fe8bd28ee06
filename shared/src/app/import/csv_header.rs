//! Which line of a CSV file is its header, told from the lines below.

use super::cell::trim;
use super::options::{MISSING_WORDS, Options};
use super::time_decision::{is_number, is_time, reads};

/// What the first lines of a file are.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// Lines above the table, such as a title.
    pub above: usize,
    /// Whether the line after them has names.
    pub is_there: bool,
}

/// Lines among which the header is looked for.
const MAX_ABOVE: usize = 40;

impl Header {
    /// `lines` are the first records of the file.
    pub(super) fn find(lines: &[Vec<String>], options: &Options) -> Self {
        let judge = Judge { options };
        let below = |at: usize| lines.get(at + 1..).unwrap_or(&[]);
        let above = start_of_table(lines).filter(|at| {
            let line = lines.get(*at).map_or(&[][..], Vec::as_slice);
            options.header == Some(false) || judge.is_header(line, below(*at))
        });
        let above = above.unwrap_or(0);
        let is_there = options.header.unwrap_or_else(|| {
            let line = lines.get(above).map_or(&[][..], Vec::as_slice);
            judge.is_header(line, below(above))
        });
        Self { above, is_there }
    }
}

/// The first line that has as many cells as most lines have, if that is not the first of all.
fn start_of_table(lines: &[Vec<String>]) -> Option<usize> {
    let of_width = |width: usize| lines.iter().filter(|cells| cells.len() == width).count();
    // Lines of one cell are text above a table, if there is one.
    let several = |width: &usize| *width > 1 && of_width(*width) > 1;
    let widths = || lines.iter().map(Vec::len);
    let has_table = widths().any(|width| several(&width));
    let width = widths()
        .filter(|width| !has_table || several(width))
        .max_by_key(|width| (of_width(*width), *width))?;
    let has_width = |cells: &Vec<String>| {
        let used = cells.iter().rposition(|cell| !trim(cell).is_empty());
        let used = used.map_or(0, |last| last + 1);
        cells.len() == width || (used..=cells.len()).contains(&width)
    };
    let at = lines.iter().take(MAX_ABOVE).position(has_width)?;
    let rest = lines.get(at..).unwrap_or(&[]);
    let is_table = rest.iter().filter(|cells| has_width(cells)).count() * 3 > rest.len() * 2;
    (at > 0 && width > 1 && is_table).then_some(at)
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Content {
    Nothing,
    Number,
    Time,
    Word,
}

struct Judge<'a> {
    options: &'a Options,
}

impl Judge<'_> {
    fn content(&self, cell: &str) -> Content {
        let cell = trim(cell);
        let is_missing = match &self.options.missing {
            Some(words) => words.iter().any(|word| word == cell),
            None => MISSING_WORDS.contains(&cell),
        };
        if cell.is_empty() || is_missing {
            Content::Nothing
        } else if self
            .options
            .time_format
            .as_ref()
            .is_some_and(|form| reads(form, cell))
            || is_time(cell)
        {
            Content::Time
        } else if self.options.notation.read(cell.as_bytes()).is_some() {
            Content::Number
        } else {
            Content::Word
        }
    }

    /// Whether a line has names: where the lines below have values it has words; or it has times
    /// above numbers, or years in their order. A line with a time above times has none.
    fn is_header(&self, line: &[String], below: &[Vec<String>]) -> bool {
        let contents: Vec<Content> = line.iter().map(|cell| self.content(cell)).collect();
        let most_below = |column: usize| {
            let of = |wanted: Content| {
                let cells = below.iter().take(50).filter_map(|row| row.get(column));
                cells.filter(|cell| self.content(cell) == wanted).count()
            };
            let (numbers, times, words) =
                (of(Content::Number), of(Content::Time), of(Content::Word));
            if times > words && times >= numbers {
                Content::Time
            } else if numbers > words {
                Content::Number
            } else if words > 0 {
                Content::Word
            } else {
                Content::Nothing
            }
        };
        // Without names there would be no columns to unpivot.
        if self.options.unpivot.is_some() {
            return contents.contains(&Content::Word) || line.len() > 1;
        }
        let (mut has_names, mut times) = (false, 0);
        for (column, content) in contents.iter().enumerate() {
            match (content, most_below(column)) {
                (Content::Time, Content::Time) => return false,
                (Content::Word, Content::Number | Content::Time) => has_names = true,
                // Months across: each the name of a column of numbers.
                (Content::Time, Content::Number) => times += 1,
                _ => {}
            }
        }
        let has_word = contents.contains(&Content::Word);
        let has_value = contents
            .iter()
            .any(|content| matches!(content, Content::Number | Content::Time));
        has_names || times > 1 || has_word && (!has_value || has_years(line))
    }
}

/// Whether the numbers of a line are two years or more, each the next of the one before.
fn has_years(line: &[String]) -> bool {
    let numbers = line
        .iter()
        .map(|cell| trim(cell))
        .filter(|cell| is_number(cell));
    let years: Option<Vec<i32>> = numbers
        .map(|cell| cell.parse().ok().filter(|_| cell.len() == 4))
        .collect();
    years.is_some_and(|years| {
        let follow =
            |pair: &[i32]| matches!(pair, [one, next] if one + 1 == *next || *one == next + 1);
        years.len() > 1 && years.windows(2).all(follow)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(parameters: &[(&str, &str)], text: &str) -> (usize, bool) {
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        let lines: Vec<Vec<String>> = text.split('|').map(cells).collect();
        let options = Options::parse(parameters.iter().copied()).unwrap();
        let header = Header::find(&lines, &options);
        (header.above, header.is_there)
    }

    #[test]
    fn a_header_is_told_from_the_lines_below() {
        for (parameters, text, expected) in [
            (&[][..], "time,v|1990,1", (0, true)),
            (&[], "2012-01-01,1|2012-01-02,2", (0, false)),
            (&[], "1990,1|1991,2", (0, false)),
            (&[], "date,2019,2020|2020-01-01,5,6", (0, true)),
            (&[], "Country,1960,1961|Aruba,5,6", (0, true)),
            (&[], "Aruba,1960,1963|Angola,5,6", (0, false)),
            (&[], "Country,2020-01,2020-02|Aruba,5,6", (0, true)),
            (&[], "date,NA|2020-01-01,5", (0, true)),
            (&[], "2020-01-01,broken|2020-01-02,5", (0, false)),
            (&[], "time,note|x,y", (0, true)),
            (
                &[("time_format", "%d.%m.%Y")],
                "01.02.2020,on|02.02.2020,off",
                (0, false),
            ),
            (
                &[("time_format", "%d.%m.%Y")],
                "Tag,Zustand|02.02.2020,off",
                (0, true),
            ),
            (&[("header", "true")], "1990,1|1991,2", (0, true)),
            (&[("header", "false")], "a,b|1991,2", (0, false)),
            (&[], "A title|year,v|1990,1|1991,2", (1, true)),
            (
                &[],
                "A title|b,c,d|year,v|1990,1|1991,2|1992,3|1993,4|1994,5",
                (2, true),
            ),
            (&[], "A title|1990,1|1991,2", (0, true)),
            (&[], "a|b|c|d|year,v|1990,1", (4, true)),
            (&[], "time,v|1990,1,5|1991,2,5|1992,2,7", (0, true)),
            (&[], "time,v,,|1990,1|1991,2|1992,2", (0, true)),
            (&[], "time,v|1990,1,|1991,2,", (0, true)),
        ] {
            assert_eq!(find(parameters, text), expected, "{text}");
        }
    }
}
