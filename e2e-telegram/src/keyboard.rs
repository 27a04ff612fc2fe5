//! The parameter `reply_markup`.

use serde_json::Value;

use crate::answer::Refused;
use crate::params::Params;

/// The most bytes of `callback_data`.
const MOST_DATA: usize = 64;
/// The most buttons under a message.
const MOST_BUTTONS: usize = 100;

/// The markup as the message will carry it: an inline keyboard, or nothing of the other kinds.
///
/// # Errors
///
/// 400 with Telegram's words.
pub(crate) fn parse(params: &Params) -> Result<Option<Value>, Refused> {
    let Some(markup) = params.json("reply_markup", "can't parse reply keyboard markup JSON object")? else {
        return Ok(None);
    };
    if !markup.is_object() {
        return Err(Refused::bad("object expected as reply markup"));
    }
    let Some(rows) = markup.get("inline_keyboard") else {
        return Ok(None);
    };
    let rows = rows.as_array().ok_or_else(|| {
        Refused::bad("field \"inline_keyboard\" of the InlineKeyboardMarkup should be an Array of Arrays")
    })?;
    let mut kept = Vec::new();
    for row in rows {
        let row = row.as_array().ok_or_else(|| {
            Refused::bad("field \"inline_keyboard\" of the InlineKeyboardMarkup should be an Array of Arrays")
        })?;
        row.iter().try_for_each(button)?;
        if !row.is_empty() {
            kept.push(Value::Array(row.clone()));
        }
    }
    if kept.iter().filter_map(Value::as_array).map(Vec::len).sum::<usize>() > MOST_BUTTONS {
        return Err(Refused::bad("reply markup is too long"));
    }
    Ok((!kept.is_empty()).then(|| serde_json::json!({"inline_keyboard": kept})))
}

fn button(button: &Value) -> Result<(), Refused> {
    let wrong = |what: &str| Err(Refused::bad(format!("can't parse inline keyboard button: {what}")));
    if !button.is_object() {
        return wrong("InlineKeyboardButton must be an Object");
    }
    let Some(text) = button["text"].as_str() else {
        return wrong("Can't find field \"text\"");
    };
    if text.trim().is_empty() {
        return Err(Refused::bad("BUTTON_TEXT_INVALID"));
    }
    let actions = ["url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text"];
    if !actions.iter().any(|action| button.get(action).is_some()) {
        return wrong("Text buttons are unallowed in the inline keyboard");
    }
    match button.get("callback_data") {
        None => Ok(()),
        Some(Value::String(data)) if (1..=MOST_DATA).contains(&data.len()) => Ok(()),
        Some(Value::String(_)) => Err(Refused::bad("BUTTON_DATA_INVALID")),
        Some(_) => wrong("Field \"callback_data\" must be of type String"),
    }
}
