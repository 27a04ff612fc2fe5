//! The bot is killed at every step of a conversation. Each instruction ran once, or the person is told that it was
//! interrupted; none runs twice, none is lost.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use guard_e2e_telegram::Person;

use crate::bot::Bot;

/// Scenarios at the same time: they mostly wait for the pace of messages.
const WORKERS: usize = 6;
/// More steps than the conversation has.
const MOST_STEPS: u64 = 80;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the bot is killed.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// At this call of the bot, before or after the server carried it out.
    Call { number: u64, is_after: bool },
    /// So long after its start, whatever it does.
    Time(Duration),
}

/// An instruction, its file, and the message that carried it.
struct Given {
    person: Person,
    name: &'static str,
    message: i64,
}

fn instruct(person: &Person, name: &'static str, command: &str) -> Given {
    Given { person: person.clone(), name, message: person.say(command) }
}

impl Given {
    fn is_told(&self, words: &str) -> bool {
        self.person.messages().iter().any(|message| {
            message.from_bot
                && message.raw["reply_to_message"]["message_id"] == self.message
                && !message.text.starts_with("Run exactly")
                && message.text.contains(words)
        })
    }

    fn is_interrupted(&self) -> bool {
        self.is_told("interrupted when the bot ended")
    }

    fn is_settled(&self) -> bool {
        self.is_interrupted() || self.is_told(&format!("ran {}", self.name))
    }
}

/// Says yes to every question, once.
fn allow(people: &[Person], asked: &mut BTreeSet<(i64, i64)>) {
    for person in people {
        for message in person.messages() {
            if let Some(button) = message.button("Allow once")
                && asked.insert((person.id(), message.id))
            {
                person.tap_data(message.id, &button.data);
            }
        }
    }
}

/// Whether the kill came; the conversation may be over before.
fn scenario(kill: Kill) -> bool {
    let mut bot = Bot::new();
    bot.write("web/old/file", "");
    let people = [bot.ada(), bot.bob()];
    let [ada, bob] = &people;
    let given = [
        instruct(ada, "one", "echo one >> web/one && echo ran one"),
        instruct(bob, "two", "echo two >> web/two && rm -r web/old && echo ran two"),
        instruct(ada, "three", "echo three >> web/three && echo ran three"),
    ];
    if let Kill::Call { number, is_after } = kill {
        bot.server.hold(number, is_after);
    }
    bot.launch();
    let (begun, mut asked, mut is_killed) = (Instant::now(), BTreeSet::new(), false);
    loop {
        allow(&people, &mut asked);
        let is_due = match kill {
            Kill::Call { .. } => bot.server.is_held(),
            Kill::Time(after) => begun.elapsed() >= after,
        };
        if is_due && !is_killed {
            restart(&mut bot);
            is_killed = true;
        }
        if given.iter().all(Given::is_settled) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{kill:?}: not settled; {}", chats(&people));
        std::thread::sleep(Duration::from_millis(10));
    }
    // One that came after the last answer.
    if bot.server.release() {
        restart(&mut bot);
        is_killed = true;
    }
    bot.wait_idle(ada);
    bot.wait_idle(bob);
    for given in &given {
        let runs = bot.read(&format!("web/{}", given.name)).lines().count();
        let is_right = runs == 1 || (runs == 0 && given.is_interrupted());
        assert!(is_right, "{kill:?}: {} ran {runs} times; {}", given.name, chats(&people));
    }
    is_killed
}

fn restart(bot: &mut Bot) {
    bot.kill();
    bot.server.release();
    bot.start();
    // What was confirmed comes once more, as it may.
    bot.server.redeliver(100);
}

fn chats(people: &[Person]) -> String {
    let texts =
        |person: &Person| person.messages().into_iter().map(|message| message.text).collect::<Vec<_>>();
    format!("{:#?}", people.iter().map(texts).collect::<Vec<_>>())
}

#[test]
fn killed_at_any_step_nothing_is_lost_and_nothing_runs_twice() {
    let (next, last) = (AtomicU64::new(0), Mutex::new(MOST_STEPS));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= *last.lock().unwrap() {
                        return;
                    }
                    let was_before = scenario(Kill::Call { number, is_after: false });
                    let was_after = scenario(Kill::Call { number, is_after: true });
                    if !(was_before || was_after) {
                        // The conversation has no more steps.
                        let mut last = last.lock().unwrap();
                        *last = number.min(*last);
                    }
                }
            });
        }
    });
    let steps = *last.lock().unwrap();
    println!("killed at each of {steps} calls, before and after");
    assert!((10..MOST_STEPS).contains(&steps), "{steps}");
}

#[test]
fn killed_at_any_time_nothing_is_lost_and_nothing_runs_twice() {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= 12 {
                        return;
                    }
                    scenario(Kill::Time(Duration::from_millis(40 + 55 * number)));
                }
            });
        }
    });
}
