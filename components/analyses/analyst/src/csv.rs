//! Tables as files of CSV.

use serde_json::Value;

use crate::types::File;

/// A file of these rows below a header; `null` is an empty cell, and texts are quoted where they must be (RFC 4180).
pub fn file(name: &str, header: &[&str], rows: impl IntoIterator<Item = Vec<Value>>) -> File {
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    File {
        name: name.to_owned(),
        media_type: "text/csv".to_owned(),
        bytes: text.into_bytes(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains(['"', ',', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = [vec![
            Value::from("a \"b\", c"),
            Value::Null,
            Value::from(1.5),
        ]];
        let file = file("x.csv", &["one", "two", "three"], rows);
        assert_eq!(file.bytes, b"one,two,three\n\"a \"\"b\"\", c\",,1.5\n");
    }
}
