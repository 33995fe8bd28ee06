//! A column of text while it is read: every distinct word once, and a code for each row.

use std::hash::{BuildHasher, RandomState};

use crate::domain::TextColumn;
use crate::domain::column::MISSING_CODE;

/// Like [`TextColumn`], but it keeps each word once (a `HashMap` of words would keep it twice),
/// and the words that keep recurring are found without hashing.
pub(super) struct Words {
    words: Vec<String>,
    codes: Vec<u32>,
    /// Open addressing: the upper half of an entry is the word's hash, the lower its code + 1;
    /// 0 is free. Its length is a power of two, at least twice the number of words.
    slots: Vec<u64>,
    /// Keyed, so that no file can be made of words that collide.
    hasher: RandomState,
    /// Codes of words seen lately, by [`glance`].
    recent: Box<[u32; 64]>,
}

/// A number below 64 that tells most short words apart.
fn glance(word: &[u8]) -> usize {
    let first = word.first().copied().unwrap_or(0);
    let last = word.last().copied().unwrap_or(0);
    (usize::from(first) * 5 + usize::from(last) * 3 + word.len()) % 64
}

impl Words {
    /// A column of `missing` missing values.
    pub(super) fn new(missing: usize) -> Self {
        Self {
            words: Vec::new(),
            codes: vec![MISSING_CODE; missing],
            slots: vec![0; 32],
            hasher: RandomState::new(),
            recent: Box::new([MISSING_CODE; 64]),
        }
    }

    pub(super) fn push_missing(&mut self) {
        self.codes.push(MISSING_CODE);
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// What the last row has; `None` when it is missing.
    pub(super) fn last(&self) -> Option<&str> {
        let code = *self.codes.last()?;
        self.words.get(code as usize).map(String::as_str)
    }

    /// Puts a word in the place of what a row has.
    pub(super) fn replace(&mut self, row: usize, word: &str) {
        let code = self.code_of(word);
        if let Some(slot) = self.codes.get_mut(row) {
            *slot = code;
        }
    }

    #[inline]
    pub(super) fn push(&mut self, word: &str) {
        let glance = glance(word.as_bytes());
        let recent = self.recent.get(glance).copied().unwrap_or(MISSING_CODE);
        if self
            .words
            .get(recent as usize)
            .is_some_and(|known| known == word)
        {
            self.codes.push(recent);
            return;
        }
        let code = self.code_of(word);
        if let Some(recent) = self.recent.get_mut(glance) {
            *recent = code;
        }
        self.codes.push(code);
    }

    fn code_of(&mut self, word: &str) -> u32 {
        let hash = self.hasher.hash_one(word) >> 32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(entry) = self.slots.get(at).copied().filter(|entry| *entry != 0) {
            let code = (entry as u32).wrapping_sub(1);
            if entry >> 32 == hash
                && self
                    .words
                    .get(code as usize)
                    .is_some_and(|known| known == word)
            {
                return code;
            }
            at = (at + 1) & mask;
        }
        let code = self.words.len() as u32;
        self.words.push(word.to_owned());
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = hash << 32 | u64::from(code + 1);
        }
        if self.words.len() * 2 > self.slots.len() {
            self.grow();
        }
        code
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for entry in self.slots.iter().copied().filter(|entry| *entry != 0) {
            let mut at = (entry >> 32) as usize & mask;
            while slots.get(at).is_some_and(|taken| *taken != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = entry;
            }
        }
        self.slots = slots;
    }

    /// Forgets the rows from `len` on; their words stay.
    pub(super) fn truncate(&mut self, len: usize) {
        self.codes.truncate(len);
    }

    /// The distinct words with the rows of each.
    pub(super) fn counted(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<(&str, u64)> =
            self.words.iter().map(|word| (word.as_str(), 0)).collect();
        for code in &self.codes {
            if let Some((_, count)) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts.retain(|(_, count)| *count > 0);
        counts
    }

    /// The column as booleans, when all its words are `true` or `false` in any letter case and
    /// there is at least one.
    pub(super) fn to_booleans(&self, missing: u8) -> Option<Vec<u8>> {
        let flags: Option<Vec<u8>> = self
            .words
            .iter()
            .map(|word| read_boolean(word).map(u8::from))
            .collect();
        let flags = flags.filter(|flags| !flags.is_empty())?;
        let flag = |code: &u32| flags.get(*code as usize).copied().unwrap_or(missing);
        Some(self.codes.iter().map(flag).collect())
    }

    /// The column, to be continued.
    pub(super) fn from_column(column: TextColumn) -> Self {
        let (words, codes) = column.into_parts();
        let mut known = Self::new(0);
        for word in &words {
            known.code_of(word);
        }
        known.codes = codes;
        known
    }

    pub(super) fn into_column(self) -> TextColumn {
        TextColumn::from_parts(self.words, self.codes)
    }
}

/// `true` or `false` in any letter case.
pub(super) fn read_boolean(word: &str) -> Option<bool> {
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_words_come_back_however_often_they_recur() {
        let mut words = Words::new(1);
        let word = |at: usize| format!("station {}", at % 1009);
        for at in 0..5000 {
            words.push(&word(at));
        }
        words.push_missing();
        words.push("gone");
        words.truncate(5002);
        assert_eq!(words.codes.len(), 5002);
        let column = words.into_column();
        assert_eq!(column.words().len(), 1010);
        assert_eq!((column.get(0), column.get(5001)), (None, None));
        assert!((0..5000).all(|at| column.get(at + 1) == Some(word(at).as_str())));
    }

    #[test]
    fn booleans_are_words_too() {
        let mut words = Words::new(0);
        words.push("True");
        words.push_missing();
        words.push("FALSE");
        assert_eq!(words.to_booleans(2), Some(vec![1, 2, 0]));
        words.push("no");
        assert_eq!(words.to_booleans(2), None);
        assert_eq!(Words::new(3).to_booleans(2), None);
    }
}
