//! What is shown: plain text with styles, cut to Telegram's sizes.

mod answer;
mod entities;
mod markdown;
mod show;
mod split;
mod styled;
mod taps;

pub use answer::Answer;
pub use styled::{CAPTION, Code, MESSAGE, Style, Text};
