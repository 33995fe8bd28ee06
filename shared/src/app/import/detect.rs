//! Which format a request body has.

use super::Format;
use super::encoding::{Decoder, Encoding};
use super::json_frame::{Found, find_array};

/// The format of a file, from the media type that the sender states and, where that leaves it
/// open, from the first bytes (some kilobytes at best, or all there are). curl, for one, calls
/// everything `application/x-www-form-urlencoded` unless told otherwise. `encoding` is the one that
/// the sender names apart from the media type.
///
/// # Errors
/// When the media type is none that can be imported; says which can.
pub fn detect(
    content_type: Option<&str>,
    first_bytes: &[u8],
    encoding: Option<Encoding>,
) -> Result<Format, String> {
    let stated = content_type.unwrap_or("").trim();
    let mut parts = stated.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or("").to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    let charset = charset.filter(|charset| Encoding::from_name(charset) != Ok(Encoding::Utf8));
    if let (Some(charset), None) = (charset, encoding) {
        return Err(format!(
            "the character set must be UTF-8, not `{}`, unless `?encoding=` names it: utf-16 or windows-1252",
            short(&charset)
        ));
    }
    let decoded = decoded(first_bytes, encoding);
    let first_bytes = decoded.as_deref().unwrap_or(first_bytes);
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

/// The first bytes of a file that is not UTF-8.
fn decoded(first_bytes: &[u8], encoding: Option<Encoding>) -> Option<Vec<u8>> {
    let has_mark = first_bytes.starts_with(b"\xff\xfe") || first_bytes.starts_with(b"\xfe\xff");
    let encoding = encoding.or(has_mark.then_some(Encoding::Utf16))?;
    // Some kilobytes need not end with a character.
    Decoder::new(encoding)?.decode(first_bytes).ok()
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
                detect(content_type, bytes.as_bytes(), None),
                Ok(expected),
                "{content_type:?} {bytes}"
            );
        }
        let latin = Some("text/csv; charset=iso-8859-1");
        assert_eq!(detect(latin, b"[", Some(Encoding::Windows1252)), Ok(Csv));
        assert_eq!(detect(None, b"\xff\xfe[\0{\0", None), Ok(Json));
        for content_type in [
            "image/png",
            "text/csv; charset=iso-8859-1",
            "multipart/form-data; boundary=x",
            "application/xml",
        ] {
            assert!(
                detect(Some(content_type), b"a,b", None).is_err(),
                "{content_type}"
            );
        }
    }
}
