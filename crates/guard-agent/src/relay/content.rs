//! What messages are made of, read as far as it decides where data goes and what it costs.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess};

/// `content` of a message, of a result, of a document: text, or blocks.
#[derive(Debug, Default)]
pub(crate) struct Content(Vec<Block>);

#[derive(Debug, Deserialize)]
struct Block {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    source: Option<Source>,
    #[serde(default)]
    content: Content,
}

#[derive(Debug, Deserialize)]
struct Source {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    data: Option<Length>,
    #[serde(default)]
    content: Content,
}

/// The length of a string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length(pub(crate) u64);

/// What was found in all content of a request.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Something that the API would fetch from elsewhere: a way out of the cell.
    pub(crate) remote: bool,
    pub(crate) images: u64,
    pub(crate) image_bytes: u64,
    pub(crate) documents: bool,
}

impl Found {
    pub(crate) fn add(&mut self, content: &Content) {
        for block in &content.0 {
            self.add(&block.content);
            let Some(source) = &block.source else { continue };
            self.add(&source.content);
            self.remote |= !matches!(source.kind.as_deref(), Some("base64" | "text" | "content"));
            if block.kind.as_deref() == Some("image") {
                self.images = self.images.saturating_add(1);
                let bytes = source.data.map_or(0, |data| data.0);
                self.image_bytes = self.image_bytes.saturating_add(bytes);
            } else {
                self.documents = true;
            }
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or blocks")
    }

    fn visit_str<E>(self, _: &str) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut blocks: A) -> Result<Content, A::Error> {
        let mut content = Vec::new();
        while let Some(block) = blocks.next_element::<Block>()? {
            // Plain blocks, which are nearly all, are forgotten at once.
            if block.source.is_some() || !block.content.0.is_empty() {
                content.push(block);
            }
        }
        Ok(Content(content))
    }

    /// Results of some tools are one object in place of a list.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
        Ok(Content(vec![Block::deserialize(MapAccessDeserializer::new(map))?]))
    }
}
