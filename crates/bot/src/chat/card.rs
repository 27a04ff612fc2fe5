//! A question as messages: everything that would happen, complete, and what can be answered.

use std::fmt::Write as _;
use std::time::Duration;

use guard_core::secret::Redactor;
use guard_telegram::{Style, Text};
use sha2::{Digest as _, Sha256};

use super::pages;
use crate::person::{Answer, Choice, Question};
use crate::render;

/// Messages of one question; a longer one cannot be looked over on a phone, so it is denied.
const MAX_PAGES: usize = 6;
/// Options of one choice.
const MAX_OPTIONS: usize = 8;
/// Letters on one button.
const MAX_LABEL: usize = 40;

/// What a button means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Run exactly what is shown, once.
    Once,
    /// One of the options.
    Option(String),
    /// Do not.
    Deny,
    /// Do not, and end the run.
    DenyAndStop,
}

impl Reply {
    /// Whether it lets something happen.
    pub(crate) const fn is_yes(&self) -> bool {
        matches!(self, Self::Once | Self::Option(_))
    }

    /// The word for records.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Option(_) => "option",
            Self::Deny => "deny",
            Self::DenyAndStop => "deny-and-stop",
        }
    }
}

/// What a question is about, as far as its outcome is told in other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A command or a tool call.
    Run,
    /// A file that somebody sent.
    File,
    /// A plan of the agent.
    Plan,
    /// An answer that the agent wants.
    Choice,
}

impl From<&Question<'_>> for About {
    fn from(question: &Question<'_>) -> Self {
        match question {
            Question::Command(_) | Question::Tool(_) => Self::Run,
            Question::Upload { .. } => Self::File,
            Question::Plan(_) => Self::Plan,
            Question::Choices(_) => Self::Choice,
        }
    }
}

/// A question, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) about: About,
    /// In their order; the last one carries the buttons.
    pub(crate) pages: Vec<Text>,
    /// The buttons with their labels, one a row.
    pub(crate) replies: Vec<(String, Reply)>,
    /// What exactly is asked, for the record: of the command, or of what is shown; none where nothing runs.
    pub(crate) digest: Option<String>,
}

/// The question is longer than a person can look over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Card {
    /// The card, without secrets, of a question that is asked in `place` and expires; `choice` is the one choice of several that is next.
    pub(crate) fn of(
        question: &Question<'_>,
        choice: Option<&Choice>,
        place: &str,
        expires: Duration,
        redactor: &Redactor,
    ) -> Result<Self, TooLong> {
        let (title, body, digest) = match question {
            Question::Command(evaluation) => {
                let written = render::plain(evaluation.text());
                let body = format!("{written}\n\n{}", render::output(&evaluation.to_string()));
                ("Run exactly this, once?".to_owned(), body, Some(evaluation.digest().to_string()))
            }
            Question::Tool(tool) => {
                let mut body = format!("{}\n\n{}", render::output(tool.text), render::verdict(tool.verdict));
                if let Some(reason) = tool.agent_reason {
                    // Writing to a String cannot fail.
                    write!(body, "\nthe agent says: {}", render::plain(reason)).ok();
                }
                for host in tool.hosts {
                    write!(body, "\nyes opens {host} for this run").ok();
                }
                let title = format!("{}: run exactly this, once?", render::plain(tool.name));
                let digest = digest(&title, &body);
                (title, body, Some(digest))
            }
            Question::Upload { text, digest } => {
                ("Keep this file?".to_owned(), render::output(text), Some((*digest).to_owned()))
            }
            Question::Plan(plan) => ("Begin with this plan?".to_owned(), render::output(plan), None),
            Question::Choices(_) => {
                let mut body = choice.map(|choice| render::output(&choice.question)).unwrap_or_default();
                for (label, words) in choice.iter().flat_map(|choice| &choice.options) {
                    write!(body, "\n- {}: {}", render::plain(label), render::plain(words)).ok();
                }
                ("The agent wants to know:".to_owned(), body, None)
            }
        };
        let foot = format!("In {place}. No answer within {} min is a no.", expires.as_secs().div_ceil(60));
        Ok(Self {
            about: About::from(question),
            pages: pages(&title, redactor.redact_words(&body).trim_end(), &foot)?,
            replies: replies(question, choice)?,
            digest,
        })
    }
}

fn digest(title: &str, body: &str) -> String {
    let digest = Sha256::new().chain_update(title).chain_update([0]).chain_update(body).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The last page with what became of the question, which fits because pages leave room for it.
pub(crate) fn with_outcome(page: &Text, outcome: &str) -> Text {
    let mut page = page.clone();
    page.push(Style::default(), "\n");
    page.push(Style::bold(), outcome);
    page
}

/// What the card says after the answer.
pub(crate) fn outcome(about: About, answer: &Answer, by: Option<&str>) -> String {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    let no = match about {
        About::Run => "it was not run",
        About::File => "the file was not kept",
        About::Plan => "it was not begun",
        About::Choice => "no answer was given",
    };
    match (answer, about) {
        (Answer::Once, About::Run) => format!("Allowed once{by}."),
        (Answer::Once, About::File | About::Plan | About::Choice) => format!("Allowed{by}."),
        (Answer::Chosen(_), _) => format!("Answered{by}."),
        // A file has no run.
        (Answer::DenyAndStop, About::Run | About::Plan | About::Choice) => {
            format!("Denied{by}; the run was stopped.")
        }
        (Answer::Deny | Answer::DenyAndStop, _) => format!("Denied{by}; {no}."),
        (Answer::Expired, _) => format!("Expired; {no}."),
        (Answer::Withdrawn, _) => format!("Not needed any more; {no}."),
    }
}

fn pages(title: &str, body: &str, foot: &str) -> Result<Vec<Text>, TooLong> {
    let cut = pages::cut(body);
    let count = cut.len();
    if count > MAX_PAGES {
        return Err(TooLong);
    }
    let page = |(number, body): (usize, &str)| {
        let mut text = Text::default();
        if number == 0 {
            text.push(Style::bold(), title);
        }
        if count > 1 {
            text.push(Style::default(), &format!(" (part {} of {count})", number + 1));
        }
        text.push(Style::default(), "\n");
        text.push(Style::block(""), body.trim_end_matches('\n'));
        if number + 1 == count {
            text.push(Style::default(), &format!("\n{foot}"));
        }
        text
    };
    let pages: Vec<Text> = cut.into_iter().enumerate().map(page).collect();
    // What hides is written out and so becomes longer than it was.
    if pages.is_empty() || pages.iter().any(|page| page.units() + 120 > guard_telegram::MESSAGE) {
        return Err(TooLong);
    }
    Ok(pages)
}

fn replies(question: &Question<'_>, choice: Option<&Choice>) -> Result<Vec<(String, Reply)>, TooLong> {
    let mut replies = Vec::new();
    match (question, choice) {
        (Question::Choices(_), Some(choice)) => {
            if choice.options.len() > MAX_OPTIONS {
                return Err(TooLong);
            }
            for (label, _) in &choice.options {
                replies.push((short(label), Reply::Option(label.clone())));
            }
        }
        (Question::Choices(_), None) => return Err(TooLong),
        (Question::Upload { .. }, _) => replies.push(("Keep it".to_owned(), Reply::Once)),
        (Question::Plan(_), _) => replies.push(("Begin".to_owned(), Reply::Once)),
        (Question::Command(_) | Question::Tool(_), _) => replies.push(("Allow once".to_owned(), Reply::Once)),
    }
    replies.push(("Deny".to_owned(), Reply::Deny));
    if !matches!(question, Question::Upload { .. }) {
        replies.push(("Deny and stop".to_owned(), Reply::DenyAndStop));
    }
    Ok(replies)
}

/// The agent's words on a button: one short line in which nothing hides.
fn short(label: &str) -> String {
    let label = render::plain(label);
    match label.char_indices().nth(MAX_LABEL) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label,
    }
}

#[cfg(test)]
mod tests {
    use guard_core::command::{Context, Policy};
    use guard_core::path::Root;

    use super::*;

    fn card(command: &str) -> Result<Card, TooLong> {
        let temporary = tempfile::tempdir().unwrap();
        let root = Root::open(temporary.path()).unwrap();
        let evaluation = Policy::agent().evaluate(command, &Context::new(&root));
        let expires = Duration::from_secs(1800);
        Card::of(&Question::Command(&evaluation), None, "/web", expires, &Redactor::new())
    }

    #[test]
    fn a_card_shows_the_command_decoded_and_what_hides_in_it() {
        let card = card("rm -r \"$(echo bu)ild\" 'a\u{202e}b'").unwrap();
        let text = card.pages[0].as_str();
        assert_eq!(card.pages.len(), 1);
        for part in ["Run exactly this, once?", "rm -r build", "\\u{202e}", "In /web.", "30 min", "risk"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains('\u{202e}'));
        let replies: Vec<_> =
            card.replies.iter().map(|(label, reply)| (label.as_str(), reply.is_yes())).collect();
        assert_eq!(replies, [("Allow once", true), ("Deny", false), ("Deny and stop", false)]);
        assert_eq!(card.digest.unwrap().len(), 64);
    }

    #[test]
    fn a_card_shows_no_token_and_hides_nothing_that_runs() {
        let token = concat!("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");
        let asked = card(&format!("curl -H 'Authorization: Bearer {token}' https://example.org")).unwrap();
        assert!(
            !asked.pages[0].as_str().contains(&token[6..]) && asked.pages[0].as_str().contains("[redacted")
        );
        let dressed = "echo '-----BEGIN PRIVATE KEY-----'\nrm -r aaaaaaaaaaaaaaaaaaaaaaaaaaaa\necho '-----END PRIVATE KEY-----'";
        assert!(card(dressed).unwrap().pages[0].as_str().contains("rm -r aaaa"));
    }

    #[test]
    fn a_long_command_is_shown_in_parts_without_a_gap() {
        let words: Vec<String> = (0..300).map(|number| format!("file-{number:04}")).collect();
        let card = card(&format!("rm {}", words.join(" "))).unwrap();
        assert!(card.pages.len() > 2);
        let whole: String = card.pages.iter().map(Text::as_str).collect();
        // Twice: as written and as decoded. A name may be cut at the end of a page, so most must be there whole.
        let seen = words.iter().filter(|word| whole.matches(word.as_str()).count() >= 2).count();
        assert!(seen >= words.len() - 2 * card.pages.len(), "{seen}");
        assert!(whole.contains(&format!("(part {0} of {0})", card.pages.len())));
    }

    #[test]
    fn what_cannot_be_shown_in_full_cannot_be_asked() {
        let long = format!("rm {}", "a".repeat(12_000));
        assert_eq!(card(&long), Err(TooLong));
        let hidden = format!("rm '{}'", "\u{200b}".repeat(3000));
        assert_eq!(card(&hidden), Err(TooLong));
    }

    #[test]
    fn the_outcome_fits_on_every_card() {
        let card = card(&format!("rm {}", "b ".repeat(1600))).unwrap();
        let last = card.pages.last().unwrap();
        let all = [Answer::Once, Answer::Deny, Answer::DenyAndStop, Answer::Expired, Answer::Withdrawn];
        for answer in all {
            for about in [About::Run, About::File, About::Plan, About::Choice] {
                let outcome = outcome(about, &answer, Some("telegram:9223372036854775807"));
                assert!(with_outcome(last, &outcome).units() <= guard_telegram::MESSAGE);
            }
        }
    }

    #[test]
    fn the_outcome_says_what_became_of_what_was_asked() {
        let upload = About::from(&Question::Upload { text: "a.bin, 3 bytes", digest: "0" });
        for (about, answer, want) in [
            (upload, Answer::Once, "Allowed."),
            (upload, Answer::Deny, "Denied; the file was not kept."),
            (upload, Answer::DenyAndStop, "Denied; the file was not kept."),
            (upload, Answer::Expired, "Expired; the file was not kept."),
            (upload, Answer::Withdrawn, "Not needed any more; the file was not kept."),
            (About::Run, Answer::Once, "Allowed once."),
            (About::Run, Answer::Deny, "Denied; it was not run."),
            (About::Run, Answer::DenyAndStop, "Denied; the run was stopped."),
            (About::Plan, Answer::Deny, "Denied; it was not begun."),
            (About::Choice, Answer::Expired, "Expired; no answer was given."),
        ] {
            assert_eq!(outcome(about, &answer, None), want);
        }
        assert_eq!(outcome(upload, &Answer::Deny, Some("ana")), "Denied by ana; the file was not kept.");
    }
}
