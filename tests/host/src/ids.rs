//! The rules for ids: words of letters and digits, each all lower or all upper case.
//!
//! Imitates Spin's `crates/serde/src/id.rs`.

/// Words joined by `-`: component ids, interface names, store labels.
pub fn is_kebab(id: &str) -> bool {
    is_words(id, '-')
}

/// Words joined by `_`: store labels.
pub fn is_snake(id: &str) -> bool {
    is_words(id, '_')
}

/// Words joined by `_`, all in lower case: names of variables.
pub fn is_lower_snake(id: &str) -> bool {
    is_snake(id) && !id.contains(|c: char| c.is_ascii_uppercase())
}

fn is_words(id: &str, delimiter: char) -> bool {
    id.split(delimiter).all(|word| {
        let one_case = !word.contains(|c: char| c.is_ascii_uppercase())
            || !word.contains(|c: char| c.is_ascii_lowercase());
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
            && one_case
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_and_snake() {
        for good in ["default", "my-store", "A1-b2", "HTTP-api"] {
            assert!(is_kebab(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "1a", "camelCase", "a_b", "a.b"] {
            assert!(!is_kebab(bad), "{bad}");
        }
        assert!(is_snake("my_STORE") && !is_snake("my-store"));
        assert!(is_lower_snake("my_store") && !is_lower_snake("my_STORE"));
        assert!(!is_lower_snake("a_1"));
    }
}
