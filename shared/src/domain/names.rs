//! Lists of names in one text, as query parameters have them.

/// The names of a list: separated by commas, those that contain commas or quotes in double quotes,
/// within which two stand for one. Blanks around a name do not belong to it.
pub fn split_names(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let (name, after) = match rest.trim_start().strip_prefix('"').and_then(quoted) {
            Some(found) => found,
            None => {
                let (name, after) = match rest.split_once(',') {
                    Some((name, after)) => (name, Some(after)),
                    None => (rest, None),
                };
                (name.trim().to_owned(), after)
            }
        };
        names.push(name);
        match after {
            Some(after) => rest = after,
            None => return names,
        }
    }
}

/// A name up to its closing quote, and what follows the comma behind it; `None` when the quote is
/// not closed before a comma or the end, and so belongs to the name.
fn quoted(text: &str) -> Option<(String, Option<&str>)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => {
                let after = after.trim_start();
                return match after.strip_prefix(',') {
                    Some(after) => Some((name, Some(after))),
                    None => after.is_empty().then_some((name, None)),
                };
            }
        }
    }
}

/// A name as a list must have it.
pub fn quote_name(name: &str) -> String {
    if name.contains([',', '"']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_a_list() {
        for (list, names) in [
            ("a", &["a"][..]),
            ("a, b", &["a", "b"]),
            ("\"Temp, °C\",\"Rain, mm\"", &["Temp, °C", "Rain, mm"]),
            ("\"say \"\"hi\"\"\" , b", &["say \"hi\"", "b"]),
            ("5\" pipe,b", &["5\" pipe", "b"]),
            ("\"a\"b,c", &["\"a\"b", "c"]),
            ("\"a", &["\"a"]),
            ("", &[""]),
            ("a,", &["a", ""]),
            ("\"a\",", &["a", ""]),
        ] {
            assert_eq!(split_names(list), names, "{list}");
        }
        for name in ["a", "a,b", "\"", "\"a\",b", "5\" pipe", "é, \"ü\""] {
            let list = format!("{},{}", quote_name(name), quote_name(name));
            assert_eq!(split_names(&list), [name, name]);
        }
    }
}
