//! One JSON object whose values are flat, read without building a tree, so that numbers keep
//! their spelling.

use std::borrow::Cow;

/// A flat JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum Flat<'a> {
    Null,
    Boolean(bool),
    /// As it is spelt.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// An object or an array, which no field takes.
    Nested,
}

/// Why an object could not be read.
#[derive(Debug, PartialEq)]
pub(super) struct Malformed {
    /// Bytes before the place where it went wrong.
    pub at: usize,
    pub reason: &'static str,
}

/// The members of the object that `text` is, in their order.
///
/// # Errors
/// When `text` is not one JSON object (RFC 8259), with nothing but white space around it.
pub(super) fn read(text: &str) -> Result<Vec<(Cow<'_, str>, Flat<'_>)>, Malformed> {
    let mut reader = Reader { text, at: 0 };
    let mut members = Vec::new();
    reader.skip_blank();
    reader.expect(b'{', "a row must be an object, `{\"time\": ..}`")?;
    reader.skip_blank();
    if reader.peek() == Some(b'}') {
        reader.at += 1;
    } else {
        loop {
            reader.skip_blank();
            let key = reader.string("a name in double quotes is expected here")?;
            reader.skip_blank();
            reader.expect(b':', "`:` is expected here")?;
            reader.skip_blank();
            members.push((key, reader.value()?));
            reader.skip_blank();
            match reader.peek() {
                Some(b',') => reader.at += 1,
                Some(b'}') => {
                    reader.at += 1;
                    break;
                }
                _ => return Err(reader.malformed("`,` or `}` is expected here")),
            }
        }
    }
    reader.skip_blank();
    match reader.peek() {
        None => Ok(members),
        Some(_) => Err(reader.malformed("there is something after the object")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or(&[])
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or("")
    }

    fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed {
            at: self.at,
            reason,
        }
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), Malformed> {
        if self.peek() != Some(byte) {
            return Err(self.malformed(reason));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self, reason: &'static str) -> Result<Cow<'a, str>, Malformed> {
        let start = self.at;
        self.expect(b'"', reason)?;
        let mut escapes = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    self.at += 2;
                }
                Some(0..=0x1f) => {
                    return Err(self.malformed("a control character in a text must be escaped"));
                }
                Some(_) => self.at += 1,
                None => {
                    return Err(Malformed {
                        at: start,
                        reason: "a text begins here and does not end",
                    });
                }
            }
        }
        self.at += 1;
        if !escapes {
            return Ok(Cow::Borrowed(self.slice(start + 1, self.at - 1)));
        }
        serde_json::from_str(self.slice(start, self.at))
            .map(Cow::Owned)
            .map_err(|_| Malformed {
                at: start,
                reason: "an escape in this text is not valid",
            })
    }

    fn value(&mut self) -> Result<Flat<'a>, Malformed> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string("").map(Flat::Text),
            Some(b'{' | b'[') => {
                let bytes = nested_end(self.rest())
                    .ok_or_else(|| self.malformed("a bracket is not closed"))?;
                self.at += bytes;
                Ok(Flat::Nested)
            }
            Some(b'-' | b'0'..=b'9') => {
                let of_number = |byte: &&u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                self.at += self.rest().iter().take_while(of_number).count();
                let number = self.slice(start, self.at);
                if !is_number(number.as_bytes()) {
                    return Err(Malformed {
                        at: start,
                        reason: "this is not a number as JSON has them",
                    });
                }
                Ok(Flat::Number(number))
            }
            _ => {
                for (word, value) in [
                    ("null", Flat::Null),
                    ("true", Flat::Boolean(true)),
                    ("false", Flat::Boolean(false)),
                ] {
                    if self.rest().starts_with(word.as_bytes()) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                let reason = "a value is expected here: a number, a text in double quotes, true, false or null (NaN and Infinity are not JSON)";
                Err(self.malformed(reason))
            }
        }
    }
}

/// Bytes of the object or array at the beginning of `data`, by its brackets; `None` if it does
/// not end in it.
pub(super) fn nested_end(data: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let (mut in_text, mut escaped) = (false, false);
    for (at, byte) in data.iter().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// `-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?`
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest.starts_with(b"0") {
        return false;
    }
    rest = rest.get(whole..).unwrap_or(&[]);
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or(&[]);
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent
            .strip_prefix(b"-")
            .or_else(|| exponent.strip_prefix(b"+"))
            .unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_objects_are_read_with_their_spellings() {
        let members = read(
            r#" { "a" : 1.50, "b\u00e9\n":"x\"y", "c":null,"d":true, "e":-0e+5,"f":[1,{"}":"]"}], "g":"é" } "#,
        );
        let expected: Vec<(Cow<'_, str>, Flat<'_>)> = vec![
            ("a".into(), Flat::Number("1.50")),
            ("bé\n".into(), Flat::Text("x\"y".into())),
            ("c".into(), Flat::Null),
            ("d".into(), Flat::Boolean(true)),
            ("e".into(), Flat::Number("-0e+5")),
            ("f".into(), Flat::Nested),
            ("g".into(), Flat::Text("é".into())),
        ];
        assert_eq!(members, Ok(expected));
        assert_eq!(read("{}"), Ok(vec![]));
    }

    #[test]
    fn malformed_objects_are_refused_where_they_go_wrong() {
        for (text, at) in [
            ("", 0),
            ("[]", 0),
            ("1", 0),
            ("{", 1),
            ("{\"a\"}", 4),
            ("{\"a\":}", 5),
            ("{\"a\":1,}", 7),
            ("{\"a\":1 \"b\":2}", 7),
            ("{\"a\":NaN}", 5),
            ("{\"a\":-Infinity}", 5),
            ("{\"a\":01}", 5),
            ("{\"a\":1.}", 5),
            ("{\"a\":+1}", 5),
            ("{\"a\":1e}", 5),
            ("{a:1}", 1),
            ("{\"a\":\"x}", 5),
            ("{\"a\":\"\\q\"}", 5),
            ("{\"a\":\"\n\"}", 6),
            ("{\"a\":\"\\", 5),
            ("{\"a\":\"\\ud800\"}", 5),
            ("{} {}", 3),
            ("{\"a\":[}", 7),
            ("{\"a\":truth}", 5),
            ("{\"a\":truex}", 9),
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.at, at.min(text.len()), "{text}: {}", fault.reason);
        }
    }
}
