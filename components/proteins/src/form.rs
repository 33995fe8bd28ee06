//! What a client sends: a form as `curl -d` does, a file as `--data-binary` does, or JSON.

use almanac::domain::Fault;
use almanac::http::object::{describe, text};
use almanac::http::{Object, Parameters, Problem, Request};
use serde_json::Value as Json;

/// The text of the member `seq`, or the whole body of a file.
///
/// # Errors
/// 413 beyond `limit` bytes, 415, and what is wrong with a form.
pub(crate) async fn read(request: &mut Request, limit: usize) -> Result<String, Problem> {
    let media_type = request.media_type().unwrap_or_default();
    let bytes = request.bytes(limit).await?;
    let body = String::from_utf8(bytes)
        .map_err(|_| Problem::malformed(vec![Fault::new("body", "is not UTF-8")]))?;
    match media_type.as_str() {
        "" | "application/x-www-form-urlencoded" if is_form(&body) => of_form(&body),
        "application/json" => of_json(&body),
        // `curl --data-binary` says of a file that it is a form.
        "" | "application/x-www-form-urlencoded" | "application/octet-stream" => Ok(body),
        other if other.starts_with("text/") || other.ends_with("fasta") => Ok(body),
        other => Err(Problem::unsupported_media_type(
            other,
            "a form with `seq=`, text, FASTA or JSON",
        )),
    }
}

/// A form begins with the name of a member. In FASTA an equals sign is in a title or a comment, so that `>`, `;`
/// or the end of a line comes before it.
fn is_form(body: &str) -> bool {
    let name = body.trim_start().split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| !name.contains(['>', ';', '\n', '\r']))
}

fn of_form(body: &str) -> Result<String, Problem> {
    let mut members = Parameters::parse(body.trim_end_matches(['\r', '\n']));
    let sequence = members.text("seq");
    if sequence.is_none() {
        members.fault("seq", "is required: seq=AAAAA");
    }
    members.finish().map_err(Problem::invalid)?;
    Ok(sequence.unwrap_or_default())
}

fn of_json(body: &str) -> Result<String, Problem> {
    let json: Json = serde_json::from_str(body).map_err(|error| {
        let detail = format!("is not valid JSON: {error}");
        Problem::malformed(vec![Fault::new("body", detail)])
    })?;
    if !json.is_object() {
        let detail = format!("must be an object, not {}", describe(&json));
        return Err(Problem::invalid(vec![Fault::new("body", detail)]));
    }
    let mut object = Object::new("", json).map_err(Problem::invalid)?;
    let sequence = object.read("seq", text);
    let sequence = object.require("seq", sequence);
    object.finish().map_err(Problem::invalid)?;
    Ok(sequence.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, StreamExt};

    fn sent(media_type: &str, body: &'static [u8]) -> Result<String, u16> {
        let parts = http::Request::builder().header("content-type", media_type);
        let (parts, ()) = parts.body(()).map(http::Request::into_parts).unwrap();
        let pieces = futures::stream::iter([Ok(body.into())]).boxed_local();
        let mut request = Request::new(parts, pieces).ok().unwrap();
        let read = read(&mut request, 100).now_or_never().unwrap();
        read.map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn a_sequence_comes_in_many_forms() {
        let form = "application/x-www-form-urlencoded";
        for (media_type, body, expected) in [
            (form, b"seq=MKV".as_slice(), "MKV"),
            (form, b"seq=%3Ea%0AMK+V\n", ">a\nMK V"),
            (form, b"seq=>a=b%0AMKV", ">a=b\nMKV"),
            (form, b">a=b\nMKV", ">a=b\nMKV"),
            (form, b"MKV", "MKV"),
            (form, b";a=b\n>c\nMKV", ";a=b\n>c\nMKV"),
            (form, b"MK\r;a=b\rV", "MK\r;a=b\rV"),
            (form, b"seq=%3Ea%0D;b=c%0DMKV", ">a\r;b=c\rMKV"),
            ("", b"seq=MKV", "MKV"),
            ("text/plain; charset=utf-8", b"MKV", "MKV"),
            ("text/x-fasta", b">a=b\nMKV", ">a=b\nMKV"),
            ("application/json", b"{\"seq\":\"MKV\"}", "MKV"),
        ] {
            assert_eq!(sent(media_type, body).as_deref(), Ok(expected), "{body:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_which_kind_of_wrong_it_is() {
        let form = "application/x-www-form-urlencoded";
        for (media_type, body, status) in [
            (form, b"sequence=MKV".as_slice(), 422),
            (form, b"seq=MKV&seq=MKV", 422),
            (form, b"\xff", 400),
            (form, &[b'M'; 101], 413),
            ("application/json", b"{", 400),
            ("application/json", b"{\"seq\":5}", 422),
            ("application/json", b"[]", 422),
            ("image/png", b"MKV", 415),
        ] {
            assert_eq!(sent(media_type, body), Err(status), "{body:?}");
        }
    }
}
