//! Which format a request body has.

use super::Format;
use super::json_frame::{Found, find_array};

/// The format of a file, from the media type that the sender states and, where that leaves it
/// open, from the first bytes (some kilobytes at best, or all there are). curl, for one, calls
/// everything `application/x-www-form-urlencoded` unless told otherwise.
///
/// # Errors
/// When the media type is none that can be imported; says which can.
pub fn detect(content_type: Option<&str>, first_bytes: &[u8]) -> Result<Format, String> {
    let stated = content_type.unwrap_or("").trim();
    let mut parts = stated.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or("").to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    if let Some(charset) =
        charset.filter(|charset| !["utf-8", "utf8", "us-ascii"].contains(&charset.as_str()))
    {
        return Err(format!(
            "the character set must be UTF-8, not `{}`",
            short(&charset)
        ));
    }
    match media_type.as_str() {
        "text/csv" | "application/csv" | "text/tab-separated-values" => Ok(Format::Csv),
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/jsonlines" => Ok(Format::Ndjson),
        "application/json" | "text/json" => {
            // What is no JSON at all is then refused as malformed.
            Ok(json(first_bytes).unwrap_or(Format::Json))
        }
        ""
        | "text/plain"
        | "application/octet-stream"
        | "application/x-www-form-urlencoded"
        | "application/vnd.ms-excel" => Ok(json(first_bytes).unwrap_or(Format::Csv)),
        other => Err(format!(
            "`{}` cannot be imported: send text/csv, application/json or application/x-ndjson",
            short(other)
        )),
    }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The JSON format that the bytes begin like, if any.
fn json(first_bytes: &[u8]) -> Option<Format> {
    let bytes = first_bytes
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(first_bytes)
        .trim_ascii_start();
    match bytes.first()? {
        b'[' => Some(Format::Json),
        b'{' => Some(match find_array(bytes) {
            Some(Found::Object(end)) => {
                let rest = bytes.get(end..).unwrap_or(&[]).trim_ascii_start();
                if rest.starts_with(b"{") {
                    Format::Ndjson
                } else {
                    Format::Json
                }
            }
            Some(Found::Array(_)) | None => Format::Json,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_decides_and_else_the_content() {
        use Format::{Csv, Json, Ndjson};
        let form = Some("application/x-www-form-urlencoded");
        for (content_type, bytes, expected) in [
            (Some("text/csv; charset=utf-8"), "[", Csv),
            (Some("Text/CSV"), "", Csv),
            (Some("application/x-ndjson"), "[", Ndjson),
            (Some("application/json"), "[{", Json),
            (
                Some("application/json"),
                "{\"time\":1}\n{\"time\":2}",
                Ndjson,
            ),
            (Some("application/json"), "x", Json),
            (Some("application/json"), "{\"points\":[", Json),
            (Some("application/json"), "{\"points\": [ {", Json),
            (None, "a,b", Csv),
            (None, "\u{feff} [", Json),
            (form, "a,b\n1,2", Csv),
            (form, "{\"animals\":[]}", Json),
            (form, "{\"a\":[1,2]}\n{\"a\":[1,2]}", Ndjson),
            (form, "{\"a\":1}\n", Json),
            (form, "", Csv),
            (Some("text/plain"), "{\"a\":\"[{\"}\r\n{", Ndjson),
            (
                Some("application/octet-stream"),
                "{\"a\":{\"b\":[{}]}}{",
                Ndjson,
            ),
        ] {
            assert_eq!(
                detect(content_type, bytes.as_bytes()),
                Ok(expected),
                "{content_type:?} {bytes}"
            );
        }
        for content_type in [
            "image/png",
            "text/csv; charset=iso-8859-1",
            "multipart/form-data; boundary=x",
            "application/xml",
        ] {
            assert!(
                detect(Some(content_type), b"a,b").is_err(),
                "{content_type}"
            );
        }
    }
}
