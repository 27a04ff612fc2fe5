//! The conversation with the agent's process as a machine without input and output: lines and answers in, lines and
//! events out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use guard_core::{Decision, Finding, Requires, Verdict};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::event::{Answer, Ask, Closed, Event, Outcome, Turn};
use super::judge::{self, CAREFUL, Judge, NOT_SEEN, PERSON, PLANNING, QUESTIONS, SAFETY_CHECK};
use super::own::Own;
use super::session::Input;
use super::total::Total;
use super::watch::{Doing, Watch};
use super::wire::{Block, HookCall, Incoming, Init, Question, TurnEnd};
use super::{ClaudeError, Support, Version};
use crate::relay::Refusal;

/// Questions that stand at once; more are denied.
const MAX_ASKS: usize = 64;
/// Calls between the hook and the result; more are denied.
const MAX_CALLS: usize = 4_096;
/// Until the first answer, and until the end after the last prompt.
const START_TIME: Duration = Duration::from_secs(60);
const INITIALIZE: &str = "guard-initialize";
const HOOK: &str = "guard-hook";
const PLAN_MODE: &str = "plan";
/// Seconds that the agent gives the hook; then it blocks the tool and says so, which ends the run.
pub(super) const HOOK_SECONDS: u32 = 30;
/// Characters of a person's message to the model.
const MAX_MESSAGE: usize = 4_000;

/// What to do, in order.
#[derive(Debug)]
pub(super) enum Output {
    /// Write a line.
    Send(String),
    Event(Event),
    /// Kill the cell for a reason, or let the agent end by itself.
    End(Result<(), ClaudeError>),
}

/// The parts of the options that the conversation needs.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) tools: Vec<String>,
    pub(super) enforced: Requires,
    pub(super) own: Own,
    pub(super) careful: bool,
    pub(super) ask_expires: Duration,
    pub(super) time: Duration,
    pub(super) idle: Duration,
}

impl Rules {
    const fn held(&self) -> (Requires, &Own) {
        (self.enforced, &self.own)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Initializing,
    Working,
    Waiting,
    Ended,
}

/// A call that the hook let pass.
struct Call {
    name: String,
    input: Value,
    cwd: PathBuf,
    is_planning: bool,
}

struct Pending {
    input: Box<RawValue>,
    name: String,
    since: Instant,
}

/// A call that a person is asked about.
struct Wanted {
    input: Value,
    cwd: PathBuf,
    verdict: Verdict,
}

pub(super) struct Driver {
    rules: Rules,
    judge: Box<dyn Judge>,
    replies: Sender<Input>,
    phase: Phase,
    watch: Watch,
    prompts: VecDeque<String>,
    is_last: bool,
    interrupts: u32,
    is_interrupted: bool,
    calls: HashMap<String, Call>,
    asks: HashMap<String, Pending>,
    total: Total,
    outputs: VecDeque<Output>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl Driver {
    /// Begins with the request that puts the hook in place; the prompt follows once that is confirmed.
    pub(super) fn new(
        rules: Rules,
        judge: Box<dyn Judge>,
        replies: Sender<Input>,
        prompt: String,
        now: Instant,
    ) -> Self {
        let mut driver = Self {
            rules,
            judge,
            replies,
            phase: Phase::Initializing,
            watch: Watch::new(now),
            prompts: VecDeque::from([prompt]),
            is_last: false,
            interrupts: 0,
            is_interrupted: false,
            calls: HashMap::new(),
            asks: HashMap::new(),
            total: Total::default(),
            outputs: VecDeque::new(),
        };
        let hook =
            json!({"matcher": "*", "hookCallbackIds": [HOOK], "timeout": HOOK_SECONDS, "onFailure": "block"});
        driver.request(INITIALIZE, &json!({"subtype": "initialize", "hooks": {"PreToolUse": [hook]}}));
        driver
    }

    /// What is to be done next.
    pub(super) fn next(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) const fn is_working(&self) -> bool {
        matches!(self.phase, Phase::Initializing | Phase::Working)
    }

    /// A line of the agent.
    pub(super) fn line(&mut self, line: &[u8], now: Instant) {
        if self.phase == Phase::Ended || line.is_empty() {
            return;
        }
        match Incoming::parse(line) {
            Ok(message) => self.message(message, now),
            Err(error) => self.end(Err(error)),
        }
    }

    fn message(&mut self, message: Incoming, now: Instant) {
        match message {
            Incoming::Init(init) => self.init(&init),
            Incoming::NoVerdict => self.end(Err(ClaudeError::NoVerdict)),
            Incoming::Retry => self.event(Event::Retry),
            Incoming::Assistant { blocks, parent } => self.blocks(blocks, parent.as_deref()),
            Incoming::Results(results) => {
                for result in results {
                    self.calls.remove(&result.id);
                    self.event(Event::ToolResult {
                        id: result.id,
                        text: result.text,
                        is_error: result.is_error,
                    });
                }
            }
            Incoming::Partial(text) => self.event(Event::PartialText(text)),
            Incoming::Result(end) => self.turn_ended(end),
            Incoming::Hook { request, call } => self.hook(&request, call),
            Incoming::Permission { request, question } => self.permission(request, question, now),
            // An error is a refusal of whatever was asked.
            Incoming::Question(request) => self.refuse(&request),
            Incoming::Cancel(request) => self.close(&request, Closed::Withdrawn),
            Incoming::Answer { request, response } => self.answered(&request, response.as_ref()),
            Incoming::Other => {}
        }
    }

    fn answered(&mut self, request: &str, response: Option<&Value>) {
        if request != INITIALIZE || self.phase != Phase::Initializing {
            return;
        }
        let says = |name: &str| {
            response.and_then(|response| response.get(name)).and_then(Value::as_bool) == Some(true)
        };
        if !says("hook_on_failure_supported") || !says("hooks_applied") {
            return self.end(Err(ClaudeError::NoBlockingHooks));
        }
        self.phase = Phase::Waiting;
        self.next_prompt();
    }

    fn init(&mut self, init: &Init) {
        let is_unasked = |tool: &String| {
            // The agent names the tool for sub-agents by its old name.
            let name = if tool == "Agent" { "Task" } else { tool };
            !self.rules.tools.iter().any(|known| known == name)
        };
        let version = init.claude_code_version.parse::<Version>();
        let what = if init.mcp_servers.as_ref().is_none_or(|servers| !servers.is_empty()) {
            Some("servers of tools")
        } else if init
            .plugins
            .as_ref()
            .is_none_or(|plugins| !plugins.iter().all(super::wire::Plugin::is_built_in))
        {
            Some("plugins")
        } else if !init.permission_mode.as_deref().is_some_and(|mode| self.is_mode(mode)) {
            Some("permissions")
        } else if init.tools.as_ref().is_none_or(|tools| tools.iter().any(is_unasked)) {
            Some("tools")
        } else {
            None
        };
        if let Some(what) = what {
            return self.end(Err(ClaudeError::NotHermetic(what)));
        }
        match (version, init.session_id.parse()) {
            (Ok(version), Ok(_)) if version.support() == Support::TooOld => {
                self.end(Err(ClaudeError::TooOld(version)));
            }
            (Ok(_), Ok(session)) => {
                self.event(Event::Started { session, model: init.model.clone().unwrap_or_default() })
            }
            (Err(_), _) => self.end(Err(ClaudeError::NoVersion)),
            (_, Err(_)) => self.end(Err(ClaudeError::Malformed)),
        }
    }

    /// The mode of the launch line, or the stricter one that the agent may enter by itself.
    fn is_mode(&self, mode: &str) -> bool {
        mode == "default"
            || (mode == PLAN_MODE && self.rules.tools.iter().any(|tool| tool == "EnterPlanMode"))
    }

    fn blocks(&mut self, blocks: Vec<Block>, parent: Option<&str>) {
        for block in blocks {
            match block {
                Block::Text(text) => self.event(Event::Text { text, is_subagent: parent.is_some() }),
                Block::ToolUse { id, name, input } => {
                    self.event(Event::ToolUse { id, name, input, parent: parent.map(str::to_owned) });
                }
                Block::Other => {}
            }
        }
    }

    fn hook(&mut self, request: &str, call: Option<HookCall>) {
        let Some(call) = call else { return self.refuse(request) };
        if self.calls.len() >= MAX_CALLS {
            return self.refuse(request);
        }
        let HookCall { tool_name: name, tool_input: input, tool_use_id: id, cwd, permission_mode } = call;
        // Nobody here changes the mode: a program in the cell has written to the agent in our place.
        if permission_mode.as_deref().is_some_and(|mode| !self.is_mode(mode)) {
            self.refuse(request);
            return self.end(Err(ClaudeError::NotHermetic("permissions")));
        }
        let verdict = judge::decide(&mut *self.judge, &name, &input, Path::new(&cwd), self.rules.held());
        let verdict = judge::noted(&mut *self.judge, &id, &name, &input, verdict);
        let decision = match verdict.decision() {
            // No opinion: a guard never widens what the agent's own rules allow.
            Decision::Allow => None,
            Decision::Ask => Some("ask"),
            Decision::Deny => Some("deny"),
        };
        let reply = decision.map_or_else(
            || json!({}),
            |decision| {
                json!({"hookSpecificOutput": {
                    "hookEventName": "PreToolUse",
                    "permissionDecision": decision,
                    "permissionDecisionReason": judge::reason(&verdict),
                }})
            },
        );
        self.reply(request, &reply);
        if verdict.decision() == Decision::Deny {
            self.event(Event::Denied { id, name, verdict });
        } else {
            let is_planning = permission_mode.as_deref() == Some(PLAN_MODE);
            self.calls.insert(id, Call { name, input, cwd: cwd.into(), is_planning });
        }
    }

    /// The agent's own question: answered here only where the guard allows the call and nothing else speaks against it.
    fn permission(&mut self, request: String, question: Option<Question>, now: Instant) {
        let Some(question) = question else {
            return self.deny(&request, "guard: the question cannot be read", false);
        };
        let Ok(input) = serde_json::from_str::<Value>(question.input.get()) else {
            return self.deny(&request, "guard: the question cannot be read", false);
        };
        if self.asks.contains_key(&request) || self.asks.len() >= MAX_ASKS {
            return self.deny(&request, "guard: too many questions at once", false);
        }
        let seen = self.calls.get(&question.tool_use_id);
        let is_seen = seen.is_some_and(|seen| seen.name == question.tool_name && seen.input == input);
        let is_planning = seen.is_some_and(|seen| seen.is_planning);
        let cwd = seen.map(|seen| seen.cwd.clone()).unwrap_or_default();
        let mut verdict =
            judge::decide(&mut *self.judge, &question.tool_name, &input, &cwd, self.rules.held());
        if verdict.decision() == Decision::Deny {
            let (id, name) = (&question.tool_use_id, &question.tool_name);
            verdict = judge::noted(&mut *self.judge, id, name, &input, verdict);
            self.deny(&request, &judge::reason(&verdict), false);
            return self.event(Event::Denied { id: question.tool_use_id, name: question.tool_name, verdict });
        }
        let kind = question.decision_reason_type.as_deref();
        let is_question = QUESTIONS.contains(&question.tool_name.as_str());
        let rules = [
            (!is_seen, &NOT_SEEN),
            (kind == Some("safetyCheck"), &SAFETY_CHECK),
            (is_planning && !is_question, &PLANNING),
            (is_question, &PERSON),
            (self.rules.careful, &CAREFUL),
        ];
        for (_, rule) in rules.into_iter().filter(|(applies, _)| *applies) {
            verdict.add(Finding::new(rule));
        }
        if verdict.decision() == Decision::Allow {
            return self.allow(&request, &question.input);
        }
        self.ask(request, question, Wanted { input, cwd, verdict }, now);
    }

    fn ask(&mut self, request: String, question: Question, wanted: Wanted, now: Instant) {
        let Wanted { input, cwd, verdict } = wanted;
        let (requires, enforced) = (verdict.requires(), self.rules.enforced);
        let unmet = Requires {
            sandbox: requires.sandbox && !enforced.sandbox,
            no_network: requires.no_network && !enforced.no_network,
            secrets_masked: requires.secrets_masked && !enforced.secrets_masked,
        };
        let pending = Pending { input: question.input, name: question.tool_name.clone(), since: now };
        self.asks.insert(request.clone(), pending);
        self.event(Event::Ask(Ask {
            id: request,
            call: question.tool_use_id,
            name: question.tool_name,
            input,
            cwd,
            verdict,
            agent_reason: question.decision_reason.as_ref().and_then(Value::as_str).map(str::to_owned),
            unmet,
            expires_in: self.rules.ask_expires,
            reply: Some(self.replies.clone()),
        }));
    }

    /// What a person says; too late is no answer.
    pub(super) fn answer(&mut self, request: &str, answer: Answer, now: Instant) {
        self.expire(now);
        let Some(pending) = self.asks.remove(request) else { return };
        let closed = match answer {
            Answer::Allow => {
                self.allow(request, &pending.input);
                Closed::Allowed
            }
            Answer::Answers(answers) => match with_answers(&pending, answers) {
                Some(input) => {
                    self.allow(request, &input);
                    Closed::Allowed
                }
                None => {
                    self.deny(request, "the answer does not fit the question", false);
                    Closed::Denied
                }
            },
            Answer::Deny(message) => {
                self.deny(request, &message.chars().take(MAX_MESSAGE).collect::<String>(), false);
                Closed::Denied
            }
            Answer::DenyAndStop => {
                self.is_interrupted = true;
                self.deny(request, "denied by a person", true);
                Closed::Denied
            }
        };
        self.event(Event::AskClosed { id: request.to_owned(), closed });
    }

    fn close(&mut self, request: &str, closed: Closed) {
        if self.asks.remove(request).is_some() {
            self.event(Event::AskClosed { id: request.to_owned(), closed });
        }
    }

    fn turn_ended(&mut self, end: TurnEnd) {
        let cost = self.total.advance(end.cost.as_ref().map(|cost| cost.get()));
        let outcome = outcome(&end, self.is_interrupted);
        self.is_interrupted = false;
        self.calls.clear();
        let open: Vec<String> = self.asks.keys().cloned().collect();
        for request in open {
            self.close(&request, Closed::Withdrawn);
        }
        let is_fatal = outcome == Outcome::UnknownSession;
        self.event(Event::Turn(Turn {
            outcome,
            text: end.result,
            cost,
            calls: end.num_turns.unwrap_or_default(),
        }));
        if is_fatal {
            return self.end(Ok(()));
        }
        // Before the hook is confirmed there is no turn that could end, and no other way to the first prompt.
        if self.phase == Phase::Working {
            self.phase = Phase::Waiting;
            self.next_prompt();
        }
    }

    /// Another prompt, after those that wait.
    pub(super) fn prompt(&mut self, prompt: String) {
        self.prompts.push_back(prompt);
        self.next_prompt();
    }

    /// No prompt follows: the run ends with the turn.
    pub(super) fn finish(&mut self) {
        self.is_last = true;
        self.next_prompt();
    }

    /// Ends the turn; what was asked is withdrawn by the agent.
    pub(super) fn interrupt(&mut self) {
        if self.phase == Phase::Working {
            self.is_interrupted = true;
            self.interrupts = self.interrupts.saturating_add(1);
            let id = format!("guard-interrupt-{}", self.interrupts);
            self.request(&id, &json!({"subtype": "interrupt"}));
        }
    }

    fn next_prompt(&mut self) {
        if self.phase != Phase::Waiting {
            return;
        }
        match self.prompts.pop_front() {
            Some(prompt) => {
                let message = json!({"role": "user", "content": prompt});
                let line = json!({"type": "user", "message": message, "parent_tool_use_id": null, "session_id": "default"});
                self.send(&line);
                self.phase = Phase::Working;
            }
            None if self.is_last => self.end(Ok(())),
            None => {}
        }
    }

    /// Lets time pass: questions expire, a run that is too long ends.
    pub(super) fn tick(&mut self, now: Instant) {
        self.expire(now);
        let (doing, bound, error) = match self.phase {
            Phase::Ended => return,
            Phase::Initializing => (Doing::Starting, START_TIME, Err(ClaudeError::Unresponsive)),
            Phase::Waiting => (Doing::Waiting, self.rules.idle, Ok(())),
            Phase::Working if self.asks.is_empty() => {
                (Doing::Working, self.rules.time, Err(ClaudeError::TimedOut))
            }
            Phase::Working => (Doing::Asking, self.rules.time, Err(ClaudeError::TimedOut)),
        };
        if self.watch.turn_to(doing, now) > bound {
            self.end(error);
        }
    }

    fn expire(&mut self, now: Instant) {
        let bound = self.rules.ask_expires;
        let is_over = |pending: &Pending| now.saturating_duration_since(pending.since) >= bound;
        let over: Vec<String> = self
            .asks
            .iter()
            .filter(|(_, pending)| is_over(pending))
            .map(|(request, _)| request.clone())
            .collect();
        for request in over {
            self.deny(&request, "nobody answered in time", false);
            self.close(&request, Closed::Expired);
        }
    }

    pub(super) fn end(&mut self, how: Result<(), ClaudeError>) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            self.outputs.push_back(Output::End(how));
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn send(&mut self, line: &impl serde::Serialize) {
        match serde_json::to_string(line) {
            Ok(line) => self.outputs.push_back(Output::Send(line)),
            Err(_) => self.end(Err(ClaudeError::Malformed)),
        }
    }

    fn request(&mut self, id: &str, request: &Value) {
        self.send(&json!({"type": "control_request", "request_id": id, "request": request}));
    }

    fn reply(&mut self, request: &str, response: &impl serde::Serialize) {
        #[derive(serde::Serialize)]
        struct Line<'a, R> {
            r#type: &'static str,
            response: Response<'a, R>,
        }
        #[derive(serde::Serialize)]
        struct Response<'a, R> {
            subtype: &'static str,
            request_id: &'a str,
            response: R,
        }
        let response = Response { subtype: "success", request_id: request, response };
        self.send(&Line { r#type: "control_response", response });
    }

    /// An error blocks the tool, because the hook is registered so.
    fn refuse(&mut self, request: &str) {
        let response = json!({"subtype": "error", "request_id": request, "error": "guard: refused"});
        self.send(&json!({"type": "control_response", "response": response}));
    }

    fn allow(&mut self, request: &str, input: &RawValue) {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Allow<'a> {
            behavior: &'static str,
            updated_input: &'a RawValue,
        }
        self.reply(request, &Allow { behavior: "allow", updated_input: input });
    }

    fn deny(&mut self, request: &str, message: &str, interrupt: bool) {
        self.reply(request, &json!({"behavior": "deny", "message": message, "interrupt": interrupt}));
    }
}

/// The input of a question with the answers added; `None` for any other tool.
fn with_answers(pending: &Pending, answers: BTreeMap<String, String>) -> Option<Box<RawValue>> {
    let mut input: serde_json::Map<String, Value> = serde_json::from_str(pending.input.get()).ok()?;
    if pending.name != "AskUserQuestion" {
        return None;
    }
    input.insert("answers".to_owned(), serde_json::to_value(answers).ok()?);
    serde_json::value::to_raw_value(&input).ok()
}

/// A model API could say the same; then its budget is used up too.
fn is_budget_refusal(end: &TurnEnd) -> bool {
    let refusal = Refusal::BudgetUsedUp;
    let says_so = |text: &String| text.contains(&refusal.to_string());
    end.api_error_status == Some(refusal.status().as_u16()) && end.result.as_ref().is_some_and(says_so)
}

fn outcome(end: &TurnEnd, is_interrupted: bool) -> Outcome {
    let is_unknown = || {
        let mut errors = end.errors.iter().flatten().filter_map(Value::as_str);
        errors.any(|error| error.starts_with("No conversation found"))
    };
    match (end.subtype.as_deref().unwrap_or_default(), end.terminal_reason.as_deref()) {
        ("success", _) if !end.is_error => Outcome::Done,
        // The relay's own refusal, which is the exact end of the budget; the agent's count would come after one call more.
        ("success", _) if is_budget_refusal(end) => Outcome::BudgetUsedUp,
        // The call of the model failed; the agent calls that a success.
        ("success", _) => Outcome::ApiError { status: end.api_error_status },
        ("error_max_turns", _) => Outcome::MaxTurns,
        ("error_max_budget_usd", _) => Outcome::BudgetUsedUp,
        ("error_during_execution", Some("aborted_tools" | "aborted_streaming")) => Outcome::Interrupted,
        ("error_during_execution", _) if is_interrupted => Outcome::Interrupted,
        ("error_during_execution", _) if is_unknown() => Outcome::UnknownSession,
        _ => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests;
