//! The sequence of a protein.

/// The letters of the twenty amino acids in the order of the networks' input, then the unknown one.
pub const LETTERS: &[u8; 21] = b"ACDEFGHIKLMNPQRSTVWYX";
/// Residues of one sequence.
pub const MAX_RESIDUES: usize = 10_000;

/// One to [`MAX_RESIDUES`] residues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    letters: String,
}

impl Sequence {
    /// Reads letters of either case, or one record of FASTA, whose title and comments (lines that begin with `;`)
    /// are ignored. Spaces, line ends (LF, CR LF or CR), `-` and a final `*` are ignored, and a letter that is not one
    /// of the twenty is `X`.
    ///
    /// # Errors
    /// Says what is no letter, or that there are none or too many, or several records.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = residues(text)?;
        let text = text.trim();
        let text = text.strip_suffix('*').unwrap_or(text);
        let mut letters = String::with_capacity(text.len().min(MAX_RESIDUES));
        for (at, letter) in text.chars().enumerate() {
            if letter.is_whitespace() || letter == '-' {
                continue;
            }
            if !letter.is_ascii_alphabetic() {
                return Err(format!(
                    "`sequence`: {letter:?} at position {} is not the letter of an amino acid.",
                    at + 1
                ));
            }
            let letter = letter.to_ascii_uppercase();
            let is_known = LETTERS.contains(&(letter as u8));
            letters.push(if is_known { letter } else { 'X' });
        }
        match letters.len() {
            0 => Err("`sequence` has no letters.".to_owned()),
            length if length > MAX_RESIDUES => Err(format!(
                "`sequence` has {length} residues; the most is {MAX_RESIDUES}."
            )),
            _ => Ok(Self { letters }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.letters
    }

    /// Never 0.
    #[expect(clippy::len_without_is_empty, reason = "there is no empty sequence")]
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Each residue's place among [`LETTERS`].
    pub fn codes(&self) -> Vec<usize> {
        let code = |letter: u8| LETTERS.iter().position(|known| *known == letter);
        let codes = self.letters.bytes();
        codes
            .map(|letter| code(letter).unwrap_or(LETTERS.len() - 1))
            .collect()
    }
}

/// The lines of a text that are neither the title of its record nor comments.
fn residues(text: &str) -> Result<String, String> {
    let lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    let lines = lines.map(str::trim).filter(|line| !line.is_empty());
    let mut residues = String::with_capacity(text.len());
    let mut is_first = true;
    for line in lines.filter(|line| !line.starts_with(';')) {
        if !line.starts_with('>') {
            residues.push_str(line);
        } else if !is_first {
            return Err("`sequence` has several FASTA records; a job takes one.".to_owned());
        }
        is_first = false;
    }
    Ok(residues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_as_a_person_writes_them() {
        let read = |text: &str| Sequence::parse(text).map(|sequence| sequence.letters);
        assert_eq!(read(" acd-\nefz b*").unwrap(), "ACDEFXX");
        for fasta in [">a\n;b\nAC\nD*\n", ";b\r>a\rAC\rD", "AC\r\n ;b\r\nD"] {
            assert_eq!(read(fasta).unwrap(), "ACD", "{fasta:?}");
        }
        for (wrong, culprit) in [
            ("", "no letters"),
            (" -\n", "no letters"),
            ("AC1", "'1' at position 3"),
            ("AC;D", "';' at position 3"),
            (">a\nAC\n>b\nD", "several FASTA records"),
            ("AC\n>b\nD", "several FASTA records"),
            (">a", "no letters"),
            ("Aä", "position 2"),
            (&"A".repeat(10_001), "10001"),
        ] {
            let why = read(wrong).unwrap_err();
            assert!(why.contains(culprit), "{why}");
        }
        assert!(read(&"A".repeat(10_000)).is_ok());
    }
}
