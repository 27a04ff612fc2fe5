"""A conversation with the test server through aiogram, which checks every answer against models of its own.

usage: conversation.py URL TOKEN
"""

import asyncio
import json
import sys
import urllib.request

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)

URL, TOKEN = sys.argv[1:3]
ADA, EVE, GROUP = 7, 8, -1001234567890


def control(action, **given):
    """`global` is a word of the language: `global_` is meant."""
    given = {name.rstrip("_"): value for name, value in given.items()}
    request = urllib.request.Request(f"{URL}/control/{action}", json.dumps(given).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def say(text="", person=ADA, **more):
    return control("say", person=person, text=text, **more)


def new_bot(token=TOKEN):
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(URL)))


async def refused(call, kind, words):
    try:
        await call
    except kind as error:
        assert words in str(error), f"{words!r} is not in {error}"
        return error
    raise AssertionError(f"not refused: {words}")


def keyboard(*data):
    rows = [[InlineKeyboardButton(text=f"button {n}", callback_data=each)] for n, each in enumerate(data)]
    return InlineKeyboardMarkup(inline_keyboard=rows)


async def start(bot):
    me = await bot.get_me()
    assert me.is_bot and me.username == "guard_test_bot"
    early = await refused(bot.close(), TelegramRetryAfter, "")
    assert 500 < early.retry_after <= 600, "a server does not close in its first ten minutes"
    other = new_bot("4800000001:AAEwrong")
    await refused(other.get_me(), TelegramUnauthorizedError, "Unauthorized")
    await other.session.close()
    commands = [BotCommand(command="start", description="Begin"), BotCommand(command="stop", description="End")]
    assert await bot.set_my_commands(commands)
    names = [command.command for command in await bot.get_my_commands()]
    assert names == ["start", "stop"]
    wrong = [BotCommand(command="No Way", description="x")]
    await refused(bot.set_my_commands(wrong), TelegramBadRequest, "BOT_COMMAND_INVALID")
    assert await bot.delete_my_commands() and await bot.get_my_commands() == []


async def webhook(bot):
    assert await bot.set_webhook("https://example.org/hook")
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    await refused(bot.get_updates(), TelegramConflictError, "can't use getUpdates method while webhook is active")
    await refused(bot.set_webhook("http://example.org"), TelegramBadRequest, "An HTTPS URL must be provided")
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).url == ""


async def updates(bot):
    control("person", id=ADA, name="Ada")
    control("person", id=EVE, name="Eve")
    await refused(bot.send_message(ADA, "first"), TelegramBadRequest, "chat not found")
    numbers = [say(f"message {n}") for n in range(5)]
    first = await bot.get_updates(limit=2)
    assert [update.message.message_id for update in first] == numbers[:2]
    again = await bot.get_updates()
    assert [update.message.message_id for update in again] == numbers, "unconfirmed updates stay"
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.message_id for update in rest] == numbers[2:]
    last = await bot.get_updates(offset=-1)
    assert [update.message.message_id for update in last] == numbers[-1:]
    offset = last[-1].update_id + 1
    assert await bot.get_updates(offset=offset) == []
    # A long poll is answered by what happens.
    poll = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
    await asyncio.sleep(0.2)
    assert not poll.done()
    say("/help@guard_test_bot now")
    [update] = await poll
    assert update.message.entities[0].type == "bot_command" and update.message.entities[0].length == 20
    offset = update.update_id + 1
    # Two pollers: the one that waits loses.
    poll = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
    await asyncio.sleep(0.2)
    assert await bot.get_updates(offset=offset) == []
    await refused(poll, TelegramConflictError, "terminated by other getUpdates request")
    # What was asked for is remembered.
    assert await bot.get_updates(offset=offset, allowed_updates=["callback_query"]) == []
    say("not delivered")
    assert await bot.get_updates(offset=offset) == []
    await bot.get_updates(offset=offset, allowed_updates=["message", "edited_message", "callback_query",
                                                          "my_chat_member", "stopped_message_generation"])
    number = say("to be edited")
    control("edit", chat=ADA, message=number, text="edited")
    say("words of another", author="Grace")
    control("push", update={"brand_new_kind": {"x": 1}})
    say("in reply", reply_to=number)
    got = await bot.get_updates(offset=offset)
    assert [update.message is not None for update in got] == [True, False, True, False, True]
    assert got[1].edited_message.text == "edited" and got[1].edited_message.edit_date
    assert got[2].message.forward_origin.type == "hidden_user"
    assert got[4].message.reply_to_message.message_id == number
    control("redeliver", count=2)
    again = await bot.get_updates(offset=got[-1].update_id + 1)
    assert len(again) == 2 and again[-1].update_id <= got[-1].update_id, "updates are delivered twice"
    return got[-1].update_id + 1


async def sending(bot):
    html = '<b>Hello</b>, <a href="https://example.org/">Ada</a>!\n<pre><code class="language-rust">fn</code></pre>'
    sent = await bot.send_message(ADA, html, parse_mode="HTML", reply_markup=keyboard("a" * 64))
    assert sent.text == "Hello, Ada!\nfn" and sent.from_user.is_bot
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities] == [
        ("bold", 0, 5), ("text_link", 7, 3), ("pre", 12, 2)]
    sent = await bot.send_message(ADA, "*👉 x* `1\\.0`", parse_mode="MarkdownV2")
    assert sent.text == "👉 x 1.0" and sent.entities[0].length == 4 and sent.entities[1].offset == 5
    sent = await bot.send_message(ADA, "👉 bold", entities=[MessageEntity(type="bold", offset=3, length=4)])
    assert sent.entities[0].offset == 3
    reply = await bot.send_message(ADA, "reply", reply_parameters=ReplyParameters(message_id=sent.message_id))
    assert reply.reply_to_message.message_id == sent.message_id
    full = await bot.send_message(ADA, "👉" * 2048)
    assert len(full.text) == 2048
    assert await bot.send_chat_action(ADA, "typing")
    for arguments, words in [
        (dict(text="👉" * 2048 + "x"), "message is too long"),
        (dict(text=""), "message text is empty"),
        (dict(text=" \n "), "text must be non-empty"),
        (dict(text="<b>x", parse_mode="HTML"), "can't parse entities: Can't find end tag corresponding to start tag"),
        (dict(text="1.0", parse_mode="MarkdownV2"), "can't parse entities: Character '.' is reserved"),
        (dict(text="x", parse_mode="XML"), "unsupported parse_mode"),
        (dict(text="👉", entities=[MessageEntity(type="bold", offset=1, length=1)]),
         "entity begins in a middle of a UTF-16 symbol"),
        (dict(text="x", entities=[MessageEntity(type="bold", offset=0, length=2)]), "ends after the end of the text"),
        (dict(text="x", reply_markup=keyboard("a" * 65)), "BUTTON_DATA_INVALID"),
        (dict(text="x", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x")]])),
         "Text buttons are unallowed in the inline keyboard"),
        (dict(text="x", reply_parameters=ReplyParameters(message_id=99999)), "message to be replied not found"),
        (dict(chat_id=999, text="x"), "chat not found"),
    ]:
        await refused(bot.send_message(**{"chat_id": ADA, **arguments}), TelegramBadRequest, words)
    wrong = bot.send_chat_action(ADA, "juggling")
    await refused(wrong, TelegramBadRequest, "wrong parameter action in request")
    say("hi", person=EVE)
    control("block", person=EVE)
    await refused(bot.send_message(EVE, "x"), TelegramForbiddenError, "Forbidden: bot was blocked by the user")


async def editing(bot):
    sent = await bot.send_message(ADA, "one", reply_markup=keyboard("x"))
    at = dict(chat_id=ADA, message_id=sent.message_id)
    edited = await bot.edit_message_text("two", **at, reply_markup=keyboard("x"))
    assert edited.text == "two" and edited.edit_date and edited.reply_markup
    same = bot.edit_message_text("two", **at, reply_markup=keyboard("x"))
    await refused(same, TelegramBadRequest, "message is not modified: specified new message content")
    bare = await bot.edit_message_text("two", **at)
    assert bare.reply_markup is None, "an edit without buttons takes them away"
    assert (await bot.edit_message_reply_markup(**at, reply_markup=keyboard("y"))).reply_markup
    gone = bot.edit_message_text("x", chat_id=ADA, message_id=99999)
    await refused(gone, TelegramBadRequest, "message to edit not found")
    theirs = bot.edit_message_text("x", chat_id=ADA, message_id=say("mine"))
    await refused(theirs, TelegramBadRequest, "message can't be edited")
    long = bot.edit_message_text("x" * 4097, **at)
    await refused(long, TelegramBadRequest, "message is too long")
    assert await bot.delete_message(**at)
    await refused(bot.delete_message(**at), TelegramBadRequest, "message to delete not found")
    old = await bot.send_message(ADA, "old")
    control("skip", seconds=49 * 3600)
    late = bot.delete_message(ADA, old.message_id)
    await refused(late, TelegramBadRequest, "message can't be deleted for everyone")


async def tapping(bot, offset):
    sent = await bot.send_message(ADA, "choose", reply_markup=keyboard("nonce"))
    await bot.get_updates(offset=-1)
    tap = control("tap", person=ADA, message=sent.message_id, data="nonce")
    update = (await bot.get_updates())[-1]
    query = update.callback_query
    assert query.data == "nonce" and query.from_user.id == ADA and query.message.message_id == sent.message_id
    assert await bot.answer_callback_query(query.id, text="done", show_alert=True)
    assert control("answer", tap=tap) == ["done", True]
    words = "query is too old and response timeout expired or query ID is invalid"
    await refused(bot.answer_callback_query(query.id), TelegramBadRequest, words)
    late = control("tap", person=ADA, message=sent.message_id, data="nonce")
    control("skip", seconds=61)
    await refused(bot.answer_callback_query(late), TelegramBadRequest, words)
    long = bot.answer_callback_query(late, text="x" * 201)
    await refused(long, TelegramBadRequest, "MESSAGE_TOO_LONG")


async def drafts(bot):
    assert await bot.send_message_draft(chat_id=ADA, draft_id=5, text="")
    assert await bot.send_message_draft(chat_id=ADA, draft_id=5, text="thinking", can_stop=True)
    assert control("stop_draft", chat=ADA)
    update = (await bot.get_updates(offset=-1))[-1]
    assert update.stopped_message_generation.draft_id == 5
    assert not control("stop_draft", chat=ADA)
    control("group", id=GROUP, title="Group")
    say("hello all", chat=GROUP)
    assert (await bot.send_message(GROUP, "hello")).chat.type == "supergroup"
    group = bot.send_message_draft(chat_id=GROUP, draft_id=5, text="x")
    await refused(group, TelegramBadRequest, "TEXTDRAFT_PEER_INVALID")
    none = bot.send_message_draft(chat_id=ADA, draft_id=0, text="x")
    await refused(none, TelegramBadRequest, "draft identifier must be non-zero")


async def files(bot):
    sent = await bot.send_document(ADA, BufferedInputFile(b"line\n" * 1000, "log.txt"), caption="*log*",
                                   parse_mode="MarkdownV2", reply_markup=keyboard("x"))
    assert sent.document.file_name == "log.txt" and sent.document.file_size == 5000
    assert sent.caption == "log" and sent.caption_entities[0].type == "bold"
    again = await bot.send_document(ADA, sent.document.file_id)
    assert again.document.file_unique_id == sent.document.file_unique_id
    empty = bot.send_document(ADA, BufferedInputFile(b"", "empty.txt"))
    await refused(empty, TelegramBadRequest, "file must be non-empty")
    caption = bot.send_document(ADA, sent.document.file_id, caption="x" * 1025)
    await refused(caption, TelegramBadRequest, "message caption is too long")
    unknown = bot.send_document(ADA, "no-such-file")
    await refused(unknown, TelegramBadRequest, "wrong file identifier/HTTP URL specified")
    say("look", file="data.csv", content="a,b\n1,2\n")
    message = (await bot.get_updates(offset=-1))[-1].message
    assert message.caption == "look" and message.document.mime_type == "text/plain"
    file = await bot.get_file(message.document.file_id)
    assert (await bot.download_file(file.file_path)).read() == b"a,b\n1,2\n"
    say(file="film.mkv", content="x", size=21 << 20)
    large = (await bot.get_updates(offset=-1))[-1].message.document
    assert large.file_size == 21 << 20
    await refused(bot.get_file(large.file_id), TelegramBadRequest, "file is too big")
    wrong = bot.get_file("no-such-file")
    await refused(wrong, TelegramBadRequest, "wrong file_id or the file is temporarily unavailable")


async def trouble(bot):
    control("fault", method="getMe", fault="too-many", number=3)
    assert (await refused(bot.get_me(), TelegramRetryAfter, "retry after 3")).retry_after == 3
    for fault, kind in [("drop", TelegramNetworkError), ("cut-body", TelegramNetworkError), ("cut-json", ClientDecodeError),
                        ("status", ClientDecodeError)]:
        control("fault", method="getMe", fault=fault, number=502)
        await refused(bot.get_me(), kind, "")
    control("fault", method="getMe", fault="slow", number=300)
    assert (await bot.get_me()).is_bot
    for number in range(3):
        say(f"message {number}")
    await bot.get_updates(offset=-3)
    control("fault", method="getUpdates", fault="reversed")
    numbers = [update.update_id for update in await bot.get_updates()]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 3
    control("fault", method="getUpdates", fault="doubled")
    assert [update.update_id for update in await bot.get_updates()] == sorted(numbers * 2)
    control("limits", private=[2, 60000], group=[20, 3000], global_=[30, 33])
    await bot.send_message(ADA, "one")
    await bot.send_message(ADA, "two")
    error = await refused(bot.send_message(ADA, "three"), TelegramRetryAfter, "")
    assert 58 <= error.retry_after <= 60
    assert (await bot.send_message(GROUP, "another chat")).message_id
    control("skip", seconds=60)
    assert (await bot.send_message(ADA, "three")).message_id
    control("limits")


async def dispatcher(bot):
    """The library's own polling, filters and keyboard."""
    await bot.get_updates(offset=-1)
    dispatcher, done = Dispatcher(), asyncio.Event()

    @dispatcher.message(Command("start"))
    async def on_start(message):
        await message.answer("Proceed?", reply_markup=keyboard("yes", "no"))

    @dispatcher.callback_query(F.data == "yes")
    async def on_yes(query):
        await query.answer("ok")
        await query.message.edit_text("Proceeded.")
        done.set()

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
    number = say("/start")
    asked = None
    while asked is None:
        await asyncio.sleep(0.05)
        found = [message for message in control("messages", chat=ADA) if message["message_id"] > number]
        asked = next(iter(found), None)
    assert asked["text"] == "Proceed?"
    control("tap", person=ADA, message=asked["message_id"], data="yes")
    await asyncio.wait_for(done.wait(), 10)
    assert control("messages", chat=ADA)[-1]["text"] == "Proceeded."
    await dispatcher.stop_polling()
    await polling


async def end(bot):
    control("skip", seconds=700)
    assert await bot.close()
    assert await bot.log_out()
    await refused(bot.get_me(), TelegramBadRequest, "Logged out")


async def main():
    bot = new_bot()
    control("limits")
    await start(bot)
    await webhook(bot)
    offset = await updates(bot)
    await sending(bot)
    await editing(bot)
    await tapping(bot, offset)
    await drafts(bot)
    await files(bot)
    await trouble(bot)
    await dispatcher(bot)
    await bot.session.close()
    bot = new_bot()
    await end(bot)
    await bot.session.close()
    print("the conversation went as scripted")


asyncio.run(main())
