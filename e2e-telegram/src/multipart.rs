//! The parts of a `multipart/form-data` body.

use crate::answer::Refused;
use crate::params::{Params, Upload};

/// # Errors
///
/// 400 where the body is not what its boundary promises.
pub(crate) fn parse(body: &[u8], boundary: &str, params: &mut Params) -> Result<(), Refused> {
    let refused = || Refused::bad("can't parse multipart body");
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first delimiter may stand at the very start.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => &body[find(body, &delimiter).ok_or_else(refused)? + delimiter.len()..],
    };
    loop {
        if rest.starts_with(b"--") {
            return Ok(());
        }
        rest = rest.strip_prefix(b"\r\n").ok_or_else(refused)?;
        let end = find(rest, &delimiter).ok_or_else(refused)?;
        part(&rest[..end], params).ok_or_else(refused)?;
        rest = &rest[end + delimiter.len()..];
    }
}

fn part(part: &[u8], params: &mut Params) -> Option<()> {
    let end = find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let content = &part[end + 4..];
    let (mut name, mut file, mut mime) = (None, None, None);
    for line in head.split("\r\n") {
        let (header, value) = line.split_once(':')?;
        if header.eq_ignore_ascii_case("content-disposition") {
            name = parameter(value, "name");
            file = parameter(value, "filename");
        } else if header.eq_ignore_ascii_case("content-type") {
            mime = Some(value.trim().to_owned());
        }
    }
    let name = name?;
    match file {
        Some(file) => {
            params.files.insert(name, Upload { name: file, mime, bytes: content.to_vec() });
        }
        None => {
            params.values.insert(name, String::from_utf8(content.to_vec()).ok()?);
        }
    }
    Some(())
}

/// `name="value"` or `name=value` among the parameters of a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.trim().split_once('=')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
