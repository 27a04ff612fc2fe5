// A conversation with the test server through grammY.
//
// usage: node conversation.mjs URL TOKEN, with the package in a `node_modules` above the copy that runs

import assert from "node:assert/strict";
import { Bot, GrammyError, HttpError, InlineKeyboard, InputFile } from "grammy";

const [url, token] = process.argv.slice(2);
const [ada, eve, group] = [7, 8, -1001234567890];

async function control(action, given = {}) {
  const answer = await fetch(`${url}/control/${action}`, { method: "POST", body: JSON.stringify(given) });
  assert.equal(answer.status, 200, action);
  return answer.json();
}

const say = (text, more = {}) => control("say", { person: ada, text, ...more });
const newBot = (secret = token) => new Bot(secret, { client: { apiRoot: url, timeoutSeconds: 20 } });
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const messages = () => control("messages", { chat: ada });

async function refused(call, code, words) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof GrammyError, `${error}`);
    assert.equal(error.error_code, code);
    assert.ok(error.description.includes(words), `${words} is not in ${error.description}`);
    return error;
  }
  assert.fail(`not refused: ${words}`);
}

async function until(what, look) {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(25);
  }
  assert.fail(`never: ${what}`);
}

async function start(api) {
  const me = await api.getMe();
  assert.equal(me.username, "guard_test_bot");
  await refused(newBot("4800000001:AAEwrong").api.getMe(), 401, "Unauthorized");
  await refused(newBot("no-token-at-all").api.getMe(), 404, "Not Found");
  await refused(api.raw.noSuchMethod(), 404, "Not Found: method not found");
  assert.equal(await api.setMyCommands([{ command: "start", description: "Begin" }]), true);
  assert.deepEqual(await api.getMyCommands(), [{ command: "start", description: "Begin" }]);
  assert.deepEqual(await api.getMyCommands({ language_code: "de" }), []);
  await refused(api.setMyCommands([{ command: "Start", description: "x" }]), 400, "BOT_COMMAND_INVALID");
  await refused(
    api.setMyCommands([{ command: "start", description: " " }]),
    400,
    "command description must be non-empty",
  );
}

async function polling(api) {
  assert.equal(await api.setWebhook("https://example.org/hook"), true);
  await refused(api.getUpdates(), 409, "can't use getUpdates method while webhook is active");
  assert.equal(await api.deleteWebhook({ drop_pending_updates: true }), true);
  await control("person", { id: ada, name: "Ada" });
  await control("person", { id: eve, name: "Eve" });
  const wait = api.getUpdates({ timeout: 20 });
  await sleep(200);
  await api.setWebhook("https://example.org/hook");
  await refused(wait, 409, "terminated by setWebhook request");
  await api.deleteWebhook();
  const first = api.getUpdates({ timeout: 20 });
  await sleep(200);
  const second = api.getUpdates({ timeout: 1 });
  await refused(first, 409, "terminated by other getUpdates request");
  assert.deepEqual(await second, []);
}

async function sending(api) {
  await say("/start");
  const sent = await api.sendMessage(ada, "<b>👉</b> <code>x</code>", {
    parse_mode: "HTML",
    reply_markup: new InlineKeyboard().text("Yes", "a".repeat(64)).row().url("Link", "https://example.org"),
    link_preview_options: { is_disabled: true },
  });
  assert.equal(sent.text, "👉 x");
  assert.deepEqual(sent.entities, [
    { type: "bold", offset: 0, length: 2 },
    { type: "code", offset: 3, length: 1 },
  ]);
  assert.equal(sent.link_preview_options.is_disabled, true);
  assert.equal((await api.sendMessage(ada, "x".repeat(4096))).text.length, 4096);
  const text = (text, other) => api.sendMessage(ada, text, other);
  await refused(text("x".repeat(4097)), 400, "Bad Request: message is too long");
  await refused(text("<i>x", { parse_mode: "HTML" }), 400, "can't parse entities");
  await refused(text("a_b", { parse_mode: "MarkdownV2" }), 400, "Can't find end of Italic entity at byte offset 1");
  await refused(text("👉", { entities: [{ type: "bold", offset: 0, length: 1 }] }), 400, "in a middle of a UTF-16 symbol");
  await refused(text("x", { entities: [{ type: "shiny", offset: 0, length: 1 }] }), 400, "Unsupported type specified");
  const long = new InlineKeyboard().text("x", "y".repeat(65));
  await refused(text("x", { reply_markup: long }), 400, "Bad Request: BUTTON_DATA_INVALID");
  await refused(text("x", { reply_parameters: { message_id: 9999 } }), 400, "message to be replied not found");
  await refused(api.sendMessage(123456, "x"), 400, "Bad Request: chat not found");
  await say("hi", { person: eve });
  await control("block", { person: eve });
  await refused(api.sendMessage(eve, "x"), 403, "Forbidden: bot was blocked by the user");
  await api.sendChatAction(ada, "typing");
  assert.equal(await api.sendMessageDraft(ada, 9, "so far"), true);
}

async function editing(api) {
  const sent = await api.sendMessage(ada, "one");
  const edited = await api.editMessageText(ada, sent.message_id, "two");
  assert.ok(edited.text === "two" && edited.edit_date > 0);
  await refused(api.editMessageText(ada, sent.message_id, "two"), 400, "message is not modified");
  await refused(api.editMessageText(ada, 9999, "two"), 400, "message to edit not found");
  const document = await api.sendDocument(ada, new InputFile(Buffer.from("a file"), "a.txt"), { caption: "caption" });
  assert.ok(document.document.file_name === "a.txt" && document.caption === "caption");
  await refused(
    api.editMessageText(ada, document.message_id, "x"),
    400,
    "there is no text in the message to edit",
  );
  assert.equal(await api.deleteMessage(ada, sent.message_id), true);
  await refused(api.deleteMessage(ada, sent.message_id), 400, "message to delete not found");
  const large = new InputFile(Buffer.alloc((50 << 20) + 1), "large.bin");
  await refused(api.sendDocument(ada, large), 413, "Request Entity Too Large");
}

async function trouble(api) {
  await control("fault", { method: "sendMessage", fault: "too-many", number: 7 });
  const error = await refused(api.sendMessage(ada, "x"), 429, "Too Many Requests: retry after 7");
  assert.equal(error.parameters.retry_after, 7);
  for (const fault of ["drop", "status", "cut-json", "cut-body"]) {
    await control("fault", { method: "getMe", fault, number: 502 });
    await assert.rejects(api.getMe(), HttpError, fault);
  }
  const before = (await messages()).length;
  await control("fault", { method: "sendMessage", fault: "drop-answer" });
  await assert.rejects(api.sendMessage(ada, "carried out all the same"), HttpError);
  assert.equal((await messages()).length, before + 1);
}

// The library's own polling, filters and context: a bot as people write them.
async function conversation() {
  const bot = newBot();
  const seen = [];
  bot.command("start", (ctx) =>
    ctx.reply("Proceed?", { reply_markup: new InlineKeyboard().text("yes", "y").text("no", "n") }));
  bot.callbackQuery("y", async (ctx) => {
    await ctx.answerCallbackQuery({ text: "taken" });
    await ctx.editMessageText("Proceeded.");
    await refused(ctx.answerCallbackQuery(), 400, "query is too old and response timeout expired or query ID is invalid");
    seen.push("tap");
  });
  bot.on("message:document", async (ctx) => {
    const file = await ctx.getFile();
    const answer = await fetch(`${url}/file/bot${token}/${file.file_path}`);
    seen.push(await answer.text());
    const wrong = await fetch(`${url}/file/bot${token}/documents/none`);
    assert.equal(wrong.status, 404);
  });
  bot.on("edited_message", (ctx) => void seen.push(`edited to ${ctx.editedMessage.text}`));
  bot.on("message:forward_origin", (ctx) => void seen.push(`from ${ctx.message.forward_origin.sender_user_name}`));
  bot.on("my_chat_member", (ctx) => void seen.push(ctx.myChatMember.new_chat_member.status));
  bot.on("message:text", (ctx) => ctx.reply(`echo ${ctx.message.text}`));
  bot.use((ctx) => {
    if (ctx.update.stopped_message_generation) seen.push(`stopped ${ctx.update.stopped_message_generation.draft_id}`);
    if (ctx.update.brand_new_kind) seen.push("unknown");
  });
  const kinds = ["message", "edited_message", "callback_query", "my_chat_member", "stopped_message_generation"];
  let running;
  await new Promise((onStart) => {
    running = bot.start({ allowed_updates: kinds, drop_pending_updates: true, timeout: 5, onStart });
  });

  const start = await say("/start");
  const asked = await until("a question", async () =>
    (await messages()).find((message) => message.message_id > start && message.text === "Proceed?"));
  await control("tap", { person: ada, message: asked.message_id, data: "y" });
  await until("a tap", () => seen.includes("tap"));
  assert.equal((await messages()).find((message) => message.message_id === asked.message_id).text, "Proceeded.");
  await say("see", { file: "notes.txt", content: "what is in it" });
  await until("a file", () => seen.includes("what is in it"));
  const number = await say("first words");
  await until("an echo", async () => (await messages()).some((message) => message.text === "echo first words"));
  await control("edit", { chat: ada, message: number, text: "second words" });
  await until("an edit", () => seen.includes("edited to second words"));
  await say("hearsay", { author: "Grace" });
  await until("a forward", () => seen.includes("from Grace"));
  await control("push", { update: { brand_new_kind: {} } });
  await until("an unknown kind", () => seen.includes("unknown"));
  await bot.api.raw.sendMessageDraft({ chat_id: ada, draft_id: 3, text: "…", can_stop: true });
  assert.equal(await control("stop_draft", { chat: ada }), true);
  await until("a stop", () => seen.includes("stopped 3"));
  await say("back", { person: eve });
  await until("an echo for Eve", async () =>
    (await control("messages", { chat: eve })).some((message) => message.text === "echo back"));
  await control("block", { person: eve });
  await until("a block", () => seen.includes("kicked"));
  // A group: its messages count for themselves, and drafts are not for it.
  await control("group", { id: group, title: "Group" });
  await say("hello", { chat: group });
  await until("an echo in the group", async () =>
    (await control("messages", { chat: group })).some((message) => message.text === "echo hello"));
  await refused(bot.api.sendMessageDraft(group, 1, "x"), 400, "TEXTDRAFT_PEER_INVALID");
  // A short outage: the library tries again, and nothing is lost.
  await control("fault", { method: "getUpdates", fault: "status", number: 502, times: 1 });
  await say("during the outage");
  await until("an answer after it", async () =>
    (await messages()).some((message) => message.text === "echo during the outage"));
  await bot.stop();
  await running;
  assert.equal(await control("pending"), 0, "stopping confirms what was handled");
}

await control("limits");
const { api } = newBot();
await start(api);
await polling(api);
await sending(api);
await editing(api);
await trouble(api);
await conversation();
assert.equal(await api.logOut(), true);
await refused(api.getMe(), 400, "Logged out");
console.log("the conversation went as scripted");
