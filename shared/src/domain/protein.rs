//! Amino-acid sequences, as letters or as FASTA (W. R. Pearson and D. J. Lipman 1988).

use std::fmt;

/// A sequence of residues in one-letter codes: the twenty standard ones, and `X` for any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The first line of its FASTA record without the `>`; `None` of plain letters.
    pub title: Option<String>,
    residues: String,
}

/// The one-letter codes of the standard amino acids (IUPAC-IUB 1983).
const STANDARD: &str = "ACDEFGHIKLMNPQRSTVWY";

/// Why a text is no sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// Says what is wrong.
    Wrong(String),
    /// It has more than [`Sequence::MAX_RESIDUES`].
    TooLong,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(why) => f.write_str(why),
            Self::TooLong => write!(f, "has more than {} residues", Sequence::MAX_RESIDUES),
        }
    }
}

impl Sequence {
    pub const MAX_RESIDUES: usize = 10_000;

    /// Upper-case letters, at least one.
    pub fn residues(&self) -> &str {
        &self.residues
    }

    /// Reads the one sequence of plain letters, or each record of a FASTA file. White space and `-`
    /// between letters are ignored, and so are the `*` that ends a translated sequence and comments,
    /// which are lines that begin with `;`. Lines end with LF, CR LF or CR.
    ///
    /// # Errors
    /// For each record that is no sequence: its position, from 0, and why.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Vec<(usize, Mistake)>> {
        let mut sequences = Vec::new();
        let mut mistakes = Vec::new();
        for (at, (title, letters)) in records(text).into_iter().enumerate() {
            match read(title, &letters) {
                Ok(sequence) => sequences.push(sequence),
                Err(mistake) => mistakes.push((at, mistake)),
            }
        }
        if mistakes.is_empty() {
            Ok(sequences)
        } else {
            Err(mistakes)
        }
    }

    /// Reads a text of one sequence, as [`Self::read_all`] does.
    ///
    /// # Errors
    /// Why the text is not a sequence, or that it has several.
    pub fn read_one(text: &str) -> Result<Self, Mistake> {
        let mut records = records(text);
        let count = records.len();
        match records.pop() {
            Some((title, letters)) if count == 1 => read(title, &letters),
            _ => Err(Mistake::Wrong(format!(
                "has {count} FASTA records; a job takes one, `POST /run` takes many"
            ))),
        }
    }
}

/// Title and letters of each record, at least one.
fn records(text: &str) -> Vec<(Option<String>, String)> {
    let mut records = Vec::new();
    // A CR LF is two line ends here, with an empty line between them, which is ignored.
    for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if let Some(title) = line.strip_prefix('>') {
            records.push((Some(title.trim().to_owned()), String::new()));
        } else if let Some((_, letters)) = records.last_mut() {
            letters.push_str(line);
        } else {
            records.push((None, line.to_owned()));
        }
    }
    if records.is_empty() {
        records.push((None, String::new()));
    }
    records
}

/// What may stand between residues: alignments write `-`.
fn is_gap(letter: char) -> bool {
    letter.is_whitespace() || letter == '-'
}

fn read(title: Option<String>, letters: &str) -> Result<Sequence, Mistake> {
    let mut residues = String::with_capacity(letters.len().min(Sequence::MAX_RESIDUES));
    let mut ends_at = None;
    for letter in letters.chars().filter(|letter| !is_gap(*letter)) {
        let position = residues.len() + 1;
        if ends_at.is_some() || !(letter.is_ascii_alphabetic() || letter == '*') {
            let (letter, position) = ends_at.map_or((letter, position), |at| ('*', at));
            return Err(Mistake::Wrong(format!(
                "has `{letter}` at position {position}, which is no residue: letters are, and `*` only at the end"
            )));
        }
        if letter == '*' {
            ends_at = Some(position);
            continue;
        }
        if residues.len() == Sequence::MAX_RESIDUES {
            return Err(Mistake::TooLong);
        }
        let letter = letter.to_ascii_uppercase();
        residues.push(if STANDARD.contains(letter) {
            letter
        } else {
            'X'
        });
    }
    if residues.is_empty() {
        return Err(Mistake::Wrong(match &title {
            None => "is empty: give the residues as letters, or FASTA".to_owned(),
            Some(title) => format!(
                "has the title `>{}` and no residues after that line (`curl -d` takes line ends out of a file, `--data-binary` does not)",
                title.chars().take(60).collect::<String>()
            ),
        }));
    }
    Ok(Sequence { title, residues })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residues(text: &str) -> Vec<String> {
        let all = Sequence::read_all(text).unwrap();
        all.into_iter().map(|sequence| sequence.residues).collect()
    }

    #[test]
    fn letters_and_fasta_are_read_in_any_case() {
        for (text, expected) in [
            ("AAAAA", vec!["AAAAA"]),
            (" mkv l\r\nacd*\n", vec!["MKVLACD"]),
            ("--mk-v-l--", vec!["MKVL"]),
            ("BJOUZX", vec!["XXXXXX"]),
            (">sp|P1| one\nMK\nVL\n>two\r\nacd", vec!["MKVL", "ACD"]),
            ("\u{feff}>a\nM", vec!["M"]),
            (">a\n;comment here\nMKVLAA", vec!["MKVLAA"]),
            (
                ";1 = one\n\n>a\nMK\n ; two\nVL\n>b\n;\nAC",
                vec!["MKVL", "AC"],
            ),
            (";only a comment\r\nMKV", vec!["MKV"]),
            (">a\rMK\rVL\r>b\r;c\rAC\r", vec!["MKVL", "AC"]),
            ("MK\rVL", vec!["MKVL"]),
        ] {
            assert_eq!(residues(text), expected, "{text:?}");
        }
        let titled = Sequence::read_all("> one two\nM").unwrap();
        assert_eq!(titled[0].title.as_deref(), Some("one two"));
    }

    #[test]
    fn what_is_no_sequence_is_told() {
        for (text, part) in [
            ("", "is empty"),
            (" \n\t", "is empty"),
            ("AAA1", "`1` at position 4"),
            ("12345", "`1` at position 1"),
            ("AA*A", "`*` at position 3"),
            ("AA**", "`*` at position 3"),
            ("AA_A", "`_` at position 3"),
            ("---", "is empty"),
            ("Ä", "`Ä` at position 1"),
            (">title alone", "--data-binary"),
            (";comment alone", "is empty"),
            ("MK;comment", "`;` at position 3"),
        ] {
            let mistakes = Sequence::read_all(text).unwrap_err();
            let (0, Mistake::Wrong(why)) = &mistakes[0] else {
                panic!("{text:?}: {mistakes:?}")
            };
            assert!(why.contains(part), "{text:?}: {why}");
        }
        let mistakes = Sequence::read_all(">a\nM\n>b\n>c\n5").unwrap_err();
        assert_eq!(
            mistakes.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [1, 2]
        );
    }

    #[test]
    fn the_longest_sequence_has_ten_thousand_residues() {
        assert_eq!(residues(&"A".repeat(10_000))[0].len(), 10_000);
        assert_eq!(
            Sequence::read_one(&"A".repeat(10_001)),
            Err(Mistake::TooLong)
        );
        let beyond = Sequence::read_all(&"A".repeat(10_001)).unwrap_err();
        assert_eq!(beyond, [(0, Mistake::TooLong)]);
    }

    #[test]
    fn one_sequence_may_be_a_record() {
        for text in ["MKV", ">a\rMKV", ">a\n;comment\nMK\nV"] {
            assert_eq!(Sequence::read_one(text).unwrap().residues(), "MKV");
        }
        let Err(Mistake::Wrong(why)) = Sequence::read_one(">a\nM\n>b\nK") else {
            panic!("two records are not one sequence")
        };
        assert!(why.contains("2 FASTA records"), "{why}");
        assert!(Sequence::read_one("").is_err());
    }
}
