//! What is said about a file by its name and content, refusals beside benign twins.

use guard_core::Decision::{self, Allow, Ask, Deny};
use guard_core::upload::{Limits, Policy, RULES};
use proptest::prelude::*;

#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, want: Decision, code: &str) {
    let report = Policy::default().judge(name, bytes.as_ref());
    let codes: Vec<_> = report.verdict().reasons().map(|finding| finding.code()).collect();
    assert_eq!(report.verdict().decision(), want, "{name}: {codes:?}");
    if want == Allow {
        assert_eq!(codes.first().copied().unwrap_or_default(), code, "{name}");
    } else {
        assert!(codes.contains(&code), "{name}: {codes:?}");
    }
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    // The checksum is not read.
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], kind, body, &[0; 4]].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")]
        .concat()
}

fn gif(width: [u8; 2], height: [u8; 2]) -> Vec<u8> {
    [b"GIF89a", &width[..], &height, b"\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"].concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    [
        b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08",
        &height.to_be_bytes()[..],
        &width.to_be_bytes(),
        b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x01\xff\0\xff\xd0\x02\xff\xd9",
    ]
    .concat()
}

fn bmp(width: i32, height: i32) -> Vec<u8> {
    [b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", &width.to_le_bytes()[..], &height.to_le_bytes(), &[0; 32]]
        .concat()
}

fn webp(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF", &u32::try_from(chunks.len() + 4).unwrap().to_le_bytes()[..], b"WEBP", chunks].concat()
}

const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">";

#[test]
fn names() {
    check("report.final.v2.txt", "x", Allow, "");
    check("Отчёт 2026.txt", "x", Allow, "");
    check("jquery.min.js", "x", Allow, "");
    check("Makefile", "all:\n", Allow, "");
    check("invoice.pdf.exe", b"MZ\x90\0", Deny, "upload-double-extension");
    check("invoice.pdf   .exe", b"MZ\x90\0", Deny, "upload-double-extension");
    check("photo.jpg.sh", "#!/bin/sh\n", Deny, "upload-double-extension");
    check("photo.jpg\u{2024}js", "x", Deny, "upload-double-extension");
    check("photo.JPG.ＨＴＭＬ", "<html>", Deny, "upload-double-extension");
    check("shell.php.png", png(1, 1), Ask, "upload-inner-extension");
    check("setup.exe", "just text", Deny, "upload-program");
    check("a\u{202e}txt.exe", "x", Deny, "path-hidden-character");
    check("CON.txt", "x", Deny, "path-not-portable");
    check("../a.txt", "x", Deny, "path-outside-root");
    check("", "x", Deny, "path-empty");
    check(&"a".repeat(256), "x", Deny, "path-too-long");
    check("a\nb.txt", "x", Deny, "path-control-character");
    check(".hidden.txt", "x", Ask, "upload-hidden-name");
    check(".env", "A=1\n", Deny, "secret-file");
}

#[test]
fn names_against_contents() {
    check("a.txt", b"MZ\x90\0\x03", Deny, "upload-kind-mismatch");
    check("a.txt", b"\x7fELF\x02\x01\x01\0", Deny, "upload-program");
    check("a.png", b"\xcf\xfa\xed\xfe\x07\0\0\x01", Deny, "upload-program");
    check("a.png", "<!DOCTYPE html><script>alert(1)</script>", Deny, "upload-kind-mismatch");
    check("a.jpg", "#!/bin/sh\nrm -rf /\n", Deny, "upload-kind-mismatch");
    check("a.jpg", png(1, 1), Deny, "upload-kind-mismatch");
    check("a.pdf", ZIP, Deny, "upload-kind-mismatch");
    check("a.gif", "GIF89a=1;alert(1)", Deny, "upload-kind-mismatch");
    check("a.svg", "hello", Deny, "upload-kind-mismatch");
    check("a.png", "", Deny, "upload-kind-mismatch");
    check("a.txt", b"a\0b", Deny, "upload-kind-mismatch");
    check("a.xyz", png(1, 1), Ask, "upload-unknown-extension");
    check("a.xyz", b"\x01\0\x02", Ask, "upload-unknown-kind");
    check("a.xyz", "text", Allow, "");
    check("", png(1, 1), Deny, "path-empty");
    check("a.txt", "<html><body>", Ask, "upload-html-as-text");
    check("README.md", "<h1 align=\"center\">x</h1>", Allow, "");
    check("index.html", "<!DOCTYPE html><script>1</script>", Allow, "");
}

#[test]
fn text() {
    check("a.txt", "", Allow, "");
    check("a.txt", "grüße 文件 👨\u{200d}👩\u{200d}👧\n", Allow, "");
    check("a.log", "\u{1b}[31mred\u{1b}[0m\r\n", Allow, "");
    check("a.sh", "#!/bin/sh\nrm -rf build\n", Allow, "");
    check("a.ps1", "Write-Host hi\r\n", Allow, "");
    check("a.txt", b"\xff\xfeh\0i\0", Allow, "");
    check("a.txt", b"\xfe\xff\0h\0i", Allow, "");
    check("a.txt", b"\xff\xfeh\0\0\xd8", Deny, "upload-kind-mismatch");
    check("a.txt", b"\xff\xfeh\0i", Deny, "upload-kind-mismatch");
    check("a.txt", b"gr\xfc\xdfe", Ask, "upload-text-encoding");
    check("a.txt", b"a\x01b", Ask, "upload-text-encoding");
    check("a.rs", "let x = \"\u{202e}\u{2066}\";", Ask, "upload-hidden-text");
}

#[test]
fn sizes() {
    let policy = Policy::new(Limits { max_bytes: 4, ..Limits::default() }, Default::default());
    assert_eq!(policy.judge("a.txt", b"1234").verdict().decision(), Allow);
    let report = policy.judge_reader("a.txt", &b"1234567"[..]).unwrap();
    assert_eq!((report.size(), report.verdict().findings()[0].code()), (5, "upload-too-large"));
}

#[test]
fn png_pictures() {
    check("a.png", png(10_000, 10_000), Allow, "");
    check("a.png", png(10_001, 10_000), Deny, "upload-picture-too-large");
    check("a.png", png(u32::MAX, u32::MAX), Deny, "upload-picture-too-large");
    check("a.png", png(0, 1), Deny, "upload-picture-damaged");
    check("a.png", [&png(1, 1)[..], ZIP].concat(), Deny, "upload-hidden-archive");
    check("a.png", [&png(1, 1)[..], b"x"].concat(), Deny, "upload-trailing-data");
    check("a.png", &png(1, 1)[..40], Deny, "upload-picture-damaged");
    let long = [b"\x89PNG\r\n\x1a\n".to_vec(), b"\xff\xff\xff\xffIHDR".to_vec(), vec![0; 40]].concat();
    check("a.png", long, Deny, "upload-picture-damaged");
    let frame = [&[0; 4][..], &9_000_u32.to_be_bytes(), &9_000_u32.to_be_bytes(), &[0; 14]].concat();
    let mut animation = png(9_000, 9_000);
    let end = animation.split_off(animation.len() - 12);
    let frames = chunk(b"fcTL", &frame).repeat(20);
    check("a.png", [animation, frames, end].concat(), Deny, "upload-picture-too-large");
    let code = chunk(b"tEXt", b"Comment\0<?php system($_GET[0]);");
    let mut with_code = png(1, 1);
    with_code.splice(33..33, code);
    check("a.png", with_code, Deny, "upload-embedded-code");
}

#[test]
fn gif_pictures() {
    check("a.gif", gif([1, 0], [1, 0]), Allow, "");
    check("a.gif", gif([0xff, 0xff], [0xff, 0xff]), Deny, "upload-picture-too-large");
    check("a.gif", [&gif([1, 0], [1, 0])[..], b"x"].concat(), Deny, "upload-trailing-data");
    check("a.gif", [&gif([1, 0], [1, 0])[..], ZIP].concat(), Deny, "upload-hidden-archive");
    check("a.gif", gif(*b"/*", [1, 0]), Deny, "upload-polyglot");
    check("a.gif", gif([0x3d, 0], [1, 0]), Allow, "");
    check("a.gif", &gif([1, 0], [1, 0])[..20], Deny, "upload-picture-damaged");
    let comment = b"!\xfe\x0a%PDF-1.7\n \0";
    let mut with_document = gif([1, 0], [1, 0]);
    with_document.splice(13..13, *comment);
    check("a.gif", with_document, Deny, "upload-polyglot");
}

#[test]
fn jpeg_pictures() {
    check("a.jpg", jpeg(10_000, 10_000), Allow, "");
    check("a.jpg", [jpeg(100, 100), vec![0; 100], jpeg(50, 50)].concat(), Allow, "");
    check("a.jpg", jpeg(65_535, 65_535), Deny, "upload-picture-too-large");
    check("a.jpg", jpeg(1, 0), Deny, "upload-picture-damaged");
    check("a.jpg", [&jpeg(1, 1)[..], ZIP].concat(), Deny, "upload-trailing-data");
    check("a.jpg", [&jpeg(1, 1)[..], b"<html>"].concat(), Deny, "upload-trailing-data");
    check("a.jpg", &jpeg(1, 1)[..30], Deny, "upload-picture-damaged");
}

#[test]
fn other_pictures() {
    check("a.bmp", bmp(1, -1), Allow, "");
    check("a.bmp", bmp(i32::MAX, i32::MIN), Deny, "upload-picture-too-large");
    check("a.bmp", [&bmp(1, 1)[..], b"x"].concat(), Deny, "upload-trailing-data");
    check("a.bmp", &bmp(1, 1)[..30], Deny, "upload-picture-damaged");
    let lossless = webp(b"VP8L\x06\0\0\0\x2f\0\0\0\0\0");
    check("a.webp", &lossless, Allow, "");
    check("a.webp", [&lossless[..], b"x"].concat(), Deny, "upload-trailing-data");
    check("a.webp", webp(b"VP8L\x06\0\0\0\x2f\xff\xff\xff\xff\0"), Deny, "upload-picture-too-large");
    check(
        "a.webp",
        webp(b"VP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff"),
        Deny,
        "upload-picture-too-large",
    );
    check("a.webp", webp(b""), Deny, "upload-picture-damaged");
    check("a.tif", b"II*\0\x08\0\0\0", Ask, "upload-asked-kind");
}

#[track_caller]
fn svg(inner: &str, want: Decision, code: &str) {
    check("a.svg", format!("{SVG}{inner}</svg>"), want, code);
}

#[test]
fn drawings() {
    svg("<g fill=\"url(#a)\"><use xlink:href=\"#b\"/></g>", Allow, "");
    svg("<a href=\"https://example.com/\"><text>on a &amp; b</text></a>", Allow, "");
    svg("<image href=\"data:image/png;base64,AAAA\"/>", Allow, "");
    svg("<style>.a { fill: red; background: url('#a') }</style>", Allow, "");
    svg("<!-- <script>1</script> -->", Allow, "");
    svg("<script>alert(1)</script>", Deny, "upload-xml-script");
    svg("<x:script xmlns:x='http://www.w3.org/2000/svg'/>", Deny, "upload-xml-script");
    svg("<g ONLOAD=\"alert(1)\"/>", Deny, "upload-xml-script");
    svg("<a href=\"javascript:alert(1)\"/>", Deny, "upload-xml-script");
    svg("<a xlink:href=\" &#106;ava\tscript&#58;alert(1)\"/>", Deny, "upload-xml-script");
    svg("<a href=\"data:text/html,x\"/>", Deny, "upload-xml-script");
    svg("<set attributeName=\"onmouseover\" to=\"alert(1)\"/>", Deny, "upload-xml-script");
    svg("<animate attributeName=\"xlink:href\" values=\"x;javascript:1\"/>", Deny, "upload-xml-script");
    svg("<foreignObject><p/></foreignObject>", Deny, "upload-xml-script");
    svg("<image href=\"http://example.com/a.png\"/>", Deny, "upload-xml-external");
    svg("<image href=\"//example.com/a.png\"/>", Deny, "upload-xml-external");
    svg("<use xlink:href=\"file:///etc/passwd#a\"/>", Deny, "upload-xml-external");
    svg("<image href=\"/etc/passwd\"/>", Deny, "upload-xml-external");
    svg("<rect style=\"fill: \\75rl(http://example.com)\"/>", Deny, "upload-xml-external");
    svg("<style>@im/**/port 'x'; @import 'http://example.com'</style>", Deny, "upload-xml-external");
    svg("<style><![CDATA[ @import url(//example.com) ]]></style>", Deny, "upload-xml-external");
    svg("<g", Deny, "upload-xml-malformed");
    svg("</g>", Deny, "upload-xml-malformed");
    svg("<g a=b/>", Deny, "upload-xml-malformed");
    svg(&format!("{}{}", "<g>".repeat(300), "</g>".repeat(300)), Deny, "upload-xml-malformed");
    // Under another name it is the same drawing.
    check("a.txt", format!("{SVG}<script/></svg>"), Deny, "upload-xml-script");
    check(
        "a.svg",
        format!("<?xml version='1.0'?><?xml-stylesheet href='x'?>{SVG}</svg>"),
        Deny,
        "upload-xml-external",
    );
}

#[test]
fn documents() {
    check("pom.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project><script/></project>", Allow, "");
    check("pom.xml", "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"/>", Allow, "");
    let plist = "<?xml version=\"1.0\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist/>";
    check("a.plist", plist, Allow, "");
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><a>&c;</a>";
    check("a.xml", laughs, Deny, "upload-xml-entities");
    check("a.svg", laughs.replace("DOCTYPE a", "DOCTYPE svg"), Deny, "upload-xml-entities");
    check("a.xml", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", Deny, "upload-xml-external");
    check("a.xml", "<a xmlns:xi=\"http://www.w3.org/2001/XInclude\"/>", Deny, "upload-xml-external");
    check("a.xml", "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\"/>", Deny, "upload-xml-script");
    check("a.xml", "<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>", Deny, "upload-xml-encoding");
    let wide: Vec<u8> =
        "\u{feff}<?xml version=\"1.0\"?><a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("a.xml", wide, Deny, "upload-xml-encoding");
    check("a.xml", b"<a>\xe4</a>", Deny, "upload-xml-encoding");
    check("a.pdf", "%PDF-1.7\n%%EOF\n", Allow, "");
    check("a.pdf", [b"%PDF-1.7\n%%EOF\n", ZIP].concat(), Deny, "upload-hidden-archive");
    check("a.pdf", format!("%PDF-1.7\n%%EOF\n{}", " ".repeat(2000)), Deny, "upload-trailing-data");
}

#[cfg(feature = "archive")]
#[test]
fn archives() {
    check("a.zip", ZIP, Allow, "");
    check("a.docx", ZIP, Allow, "");
    check("a.jar", ZIP, Ask, "upload-asked-kind");
    check("a.zip", [b"x", ZIP].concat(), Deny, "upload-kind-mismatch");
    check("a.zip", b"PK\x03\x04 cut off\0", Deny, "archive-truncated");
    check("a.rar", b"Rar!\x1a\x07\x01\0", Deny, "upload-format-refused");
    // Said once: not as an upload and as an archive.
    let report = Policy::default().judge("a.rar", b"Rar!\x1a\x07\x01\0");
    assert_eq!(report.verdict().findings().len(), 1);
}

#[cfg(not(feature = "archive"))]
#[test]
fn archives_are_not_taken_unread() {
    check("a.zip", ZIP, Ask, "upload-archive-unread");
}

#[test]
fn a_person_reads_sentences() {
    let report = Policy::default().judge("a.txt", b"MZ\x90\0");
    assert_eq!(
        report.sentences().collect::<Vec<_>>(),
        [
            "The content is not what the name says: called text, but it is a Windows program. Send it under a name that fits its content.",
            "Programs and packages that install them are not taken: this is a Windows program. Send the source code.",
        ]
    );
}

#[test]
fn codes_are_sorted_and_said_once() {
    assert!(RULES.is_sorted_by(|a, b| a.code < b.code));
}

proptest! {
    #[test]
    fn no_name_makes_a_content_milder(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "(<svg|<a|<script|<!DOCTYPE|<html|%PDF-1|PK|BM|MZ|#!| |>|on|href=|\"|x|url\\(|/>){0,12}".prop_map(String::into_bytes),
            Just(png(2, 2)), Just(ZIP.to_vec()), Just(jpeg(2, 2)), Just(b"\x7fELF\0".to_vec()),
        ],
        name in "[a-z]{1,3}(\\.[a-z0-9]{1,4}){0,2}|a\\.(svg|xml|html|txt|png|jar|zip|exe|md|js|pdf)",
    ) {
        let policy = Policy::default();
        let (named, plain) = (policy.judge(&name, &bytes), policy.judge("file", &bytes));
        prop_assert!(named.verdict().decision() >= plain.verdict().decision(), "{named:?} {plain:?}");
    }
}
