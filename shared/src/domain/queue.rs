//! The name of a queue.

use std::fmt;

/// A queue's name, part of its address: 1 to 64 letters, digits, `-` and `_` of ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueueName(String);

impl QueueName {
    /// # Errors
    /// Says what a name may have.
    pub fn new(name: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err("must be 1 to 64 letters, digits, `-` or `_`".to_owned())
        }
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_room_for_tricks() {
        for good in ["q", "Jobs_2-b", "0"] {
            assert!(QueueName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a{b}", "a:b", "é", &"x".repeat(65)] {
            assert!(QueueName::new(bad).is_err(), "{bad}");
        }
    }
}
