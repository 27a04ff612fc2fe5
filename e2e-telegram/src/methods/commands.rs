//! `setMyCommands` and its sisters.

use serde_json::{Value, json};

use crate::answer::{Answer, Refused};
use crate::params::Params;
use crate::world::World;

const MOST: usize = 100;

fn key(params: &Params) -> Result<(String, String), Refused> {
    let scope = params.json("scope", "can't parse BotCommandScope JSON object")?;
    let scope = scope.unwrap_or_else(|| json!({"type": "default"})).to_string();
    let language = params.text("language_code");
    if !matches!(language.len(), 0 | 2) || !language.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(Refused::bad("invalid language code specified"));
    }
    Ok((scope, language.to_owned()))
}

pub(super) fn set(world: &mut World, params: &Params) -> Answer {
    let list = params.json("commands", "can't parse commands JSON object")?.unwrap_or_else(|| json!([]));
    let list = list.as_array().ok_or_else(|| Refused::bad("expected an Array of BotCommand"))?;
    if list.len() > MOST {
        return Err(Refused::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let commands = list.iter().map(command).collect::<Result<Vec<_>, _>>()?;
    world.commands.insert(key(params)?, Value::Array(commands));
    Ok(json!(true).into())
}

pub(super) fn get(world: &mut World, params: &Params) -> Answer {
    Ok(world.commands.get(&key(params)?).cloned().unwrap_or_else(|| json!([])).into())
}

pub(super) fn delete(world: &mut World, params: &Params) -> Answer {
    world.commands.remove(&key(params)?);
    Ok(json!(true).into())
}

fn command(command: &Value) -> Result<Value, Refused> {
    let text = |name: &str| {
        let wrong = || Refused::bad(format!("can't parse BotCommand: Can't find field \"{name}\""));
        command[name].as_str().map(str::trim).ok_or_else(wrong)
    };
    let (name, description) = (text("command")?, text("description")?);
    let name = name.strip_prefix('/').unwrap_or(name);
    if name.is_empty() || description.is_empty() {
        let what = if name.is_empty() { "command" } else { "command description" };
        return Err(Refused::bad(format!("{what} must be non-empty")));
    }
    if name.len() > 32 {
        return Err(Refused::bad("command length must not exceed 32"));
    }
    if description.chars().count() > 256 {
        return Err(Refused::bad("command description length must not exceed 256"));
    }
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        return Err(Refused::bad("BOT_COMMAND_INVALID"));
    }
    Ok(json!({"command": name, "description": description}))
}
