//! Which rule a pattern may match: the product of the pattern with all rules at once.
//!
//! Every rule is a chain of states, one bit each, and a machine word (a lane) holds the chains of a few rules, so that
//! one token of the pattern moves 64 states with a few instructions (the extended Shift-And of Navarro and Raffinot,
//! *Flexible Pattern Matching in Strings*, 2002, chapter 4). A hole in the pattern fills the states to the right.
//! The time is the length of the pattern times the number of lanes, whatever the holes.

use std::sync::OnceLock;

use super::index::shapes;
use super::pattern::Pattern;
use super::query::{Component, Query, Token};
use super::rule::{Kind, NameRule, Shape};

/// Weight of literal characters at which a component counts as aimed at.
const AIM: usize = 3;

/// The strictest rule that a name described by `pattern` *may* fall under.
///
/// No name that the pattern describes falls under a stricter rule. The converse does not hold: a bare `*` may match
/// `id_rsa`, so this is the question for a program that runs where nobody can list the directory; see
/// [`classify_aimed`] for whether somebody meant it. A single character of the pattern (`?`) also stands for none.
#[must_use]
pub fn classify_pattern(pattern: &Pattern) -> Option<&'static NameRule> {
    Automaton::get().search::<1>(&Query::new(pattern))
}

/// The strictest rule that `pattern` is *aimed at*: it may match, and spells enough of the protected name.
///
/// Enough is three literal characters of every component that the rule names, or all if there are fewer. A leading dot
/// counts two, because a shell's `*` does not match it by accident; the extension of a name that has a telling stem
/// counts nothing, so that `*.json` is not aimed at `credentials.json` while `cred*` and `*.kdbx` are.
#[must_use]
pub fn classify_aimed(pattern: &Pattern) -> Option<&'static NameRule> {
    Automaton::get().search::<{ AIM + 1 }>(&Query::new(pattern))
}

struct Automaton {
    lanes: Vec<Lane>,
}

/// The chains of a few rules in the bits of a word. A bit stands for a state and for the token that leaves it.
struct Lane {
    shapes: Vec<(u64, Shape)>,
    strictest: Option<Kind>,
    used: u32,
    /// First states, entered at every start of a component or only at the root.
    floating: u64,
    anchored: u64,
    /// Tokens that are a slash, and that are another character.
    slashes: u64,
    names: u64,
    /// States that stay on any character but a slash (`*`), and on every character (`**`).
    stay_name: u64,
    stay: u64,
    /// Last states, and those that cover everything below.
    ends: u64,
    trees: u64,
    /// Tokens by weight, and the slashes and last states that may be passed with a score.
    single: u64,
    double: u64,
    pass: [u64; AIM + 1],
    by_char: [u64; 128],
}

impl Automaton {
    fn get() -> &'static Self {
        static AUTOMATON: OnceLock<Automaton> = OnceLock::new();
        AUTOMATON.get_or_init(|| {
            let mut lanes: Vec<Lane> = Vec::new();
            for shape in shapes() {
                match lanes.last_mut() {
                    Some(lane) if lane.used + Lane::states(&shape) <= u64::BITS => lane.add(shape),
                    _ => {
                        let mut lane = Lane::new();
                        lane.add(shape);
                        lanes.push(lane);
                    }
                }
            }
            Self { lanes }
        })
    }

    fn search<const LAYERS: usize>(&self, query: &Query) -> Option<&'static NameRule> {
        let mut best: Option<&'static NameRule> = None;
        for lane in &self.lanes {
            if best.is_some_and(|best| lane.strictest.is_none_or(|strictest| best.kind >= strictest)) {
                continue;
            }
            let mut search = Search::<LAYERS> { lane, best };
            search.run(query);
            best = search.best;
        }
        best
    }
}

impl Lane {
    const fn new() -> Self {
        Self {
            shapes: Vec::new(),
            strictest: None,
            used: 0,
            floating: 0,
            anchored: 0,
            slashes: 0,
            names: 0,
            stay_name: 0,
            stay: 0,
            ends: 0,
            trees: 0,
            single: 0,
            double: 0,
            pass: [0; AIM + 1],
            by_char: [0; 128],
        }
    }

    /// Upper bound of the states of a shape; the build script keeps it below the bits of a word.
    fn states(shape: &Shape) -> u32 {
        u32::try_from(shape.body.len() + 2).unwrap_or(u32::MAX)
    }

    fn add(&mut self, shape: Shape) {
        let mut bit = 1_u64.checked_shl(self.used).unwrap_or(0);
        if shape.is_anchored {
            self.anchored |= bit;
            self.slash(&mut bit, 0);
        } else {
            self.floating |= bit;
        }
        let mut parts = shape.body.split('/').peekable();
        while let Some(part) = parts.next() {
            let needed = if part == "**" {
                self.stay |= bit;
                0
            } else {
                self.name(&mut bit, part)
            };
            if parts.peek().is_some() {
                self.slash(&mut bit, needed);
            } else {
                self.allow(bit, needed);
            }
        }
        self.ends |= bit;
        if shape.is_tree {
            self.trees |= bit;
        }
        self.used = bit.trailing_zeros() + 1;
        self.strictest = self.strictest.max(Some(shape.rule.kind));
        self.shapes.push((bit, shape));
    }

    fn char(&self, c: char) -> u64 {
        usize::try_from(u32::from(c)).ok().and_then(|c| self.by_char.get(c)).copied().unwrap_or(0)
    }

    /// The states and all to the right of them within their component, in six doublings.
    fn fill(&self, mut states: u64) -> u64 {
        let mut through = self.names << 1;
        for shift in [1, 2, 4, 8, 16, 32] {
            states |= through & (states << shift);
            through &= through << shift;
        }
        states
    }

    fn slash(&mut self, bit: &mut u64, needed: usize) {
        self.slashes |= *bit;
        self.allow(*bit, needed);
        *bit <<= 1;
    }

    fn allow(&mut self, bit: u64, needed: usize) {
        for pass in self.pass.iter_mut().skip(needed) {
            *pass |= bit;
        }
    }

    /// Adds the tokens of one component and says what score it takes to have aimed at it.
    fn name(&mut self, bit: &mut u64, part: &str) -> usize {
        let telling = telling_len(part);
        let mut weight = 0;
        for (at, byte) in part.bytes().enumerate() {
            if byte == b'*' {
                self.stay_name |= *bit;
                continue;
            }
            if at == 0 && byte == b'.' {
                self.double |= *bit;
                weight += 2;
            } else if at < telling {
                self.single |= *bit;
                weight += 1;
            }
            if let Some(states) = self.by_char.get_mut(usize::from(byte)) {
                *states |= *bit;
            }
            self.names |= *bit;
            *bit <<= 1;
        }
        weight.min(AIM)
    }
}

/// Length of a name without the extension, if what is left tells enough.
fn telling_len(part: &str) -> usize {
    part.rfind('.')
        .filter(|dot| part.bytes().take(*dot).filter(u8::is_ascii_alphanumeric).count() >= AIM)
        .unwrap_or(part.len())
}

/// The states of one lane by score; a single layer ignores scores.
type States<const LAYERS: usize> = [u64; LAYERS];

struct Search<'a, const LAYERS: usize> {
    lane: &'a Lane,
    best: Option<&'static NameRule>,
}

impl<const LAYERS: usize> Search<'_, LAYERS> {
    fn run(&mut self, query: &Query) {
        let starts_with_hole =
            query.components.first().is_some_and(|first| first.tokens.first() == Some(&Token::Anything));
        // States at the start of a component, and states at the end of one.
        let mut open = Self::in_first(self.lane.floating);
        let mut closed = Self::in_first(0);
        if query.is_absolute {
            open = self.cross_slash(&Self::in_first(self.lane.anchored));
        } else if starts_with_hole {
            open = Self::in_first(self.lane.floating | self.lane.anchored);
        }
        let mut last = None;
        for component in &query.components {
            let read = self.read(component, &open);
            last = Some(component);
            self.accept(&read, self.lane.trees, Some(component));
            let crossed = self.cross_slash(&read);
            if component.may_vanish {
                // Then its neighbours meet: what follows it starts where it started.
                closed = union(&closed, &read);
                open = union(&open, &crossed);
            } else {
                closed = read;
                open = crossed;
            }
        }
        self.accept(&closed, self.lane.ends, last);
    }

    fn read(&mut self, component: &Component, open: &States<LAYERS>) -> States<LAYERS> {
        let mut states = *open;
        for (at, token) in component.tokens.iter().enumerate() {
            states = match token {
                Token::Char { c, is_optional: false } => self.step(&states, *c),
                Token::Char { c, is_optional: true } => union(&self.step(&states, *c), &states),
                Token::AnyChar => states.map(|s| s | (s & self.lane.names) << 1),
                Token::AnyRun { matches_leading_dot: false } if at == 0 => {
                    let dot = self.lane.char('.');
                    let stay = self.lane.stay_name | self.lane.stay;
                    let first = states.map(|s| s & stay | (s & self.lane.names & !dot) << 1);
                    let run = first.map(|s| self.lane.fill(s));
                    let is_before_dot = matches!(component.tokens.get(1), Some(Token::Char { c: '.', .. }));
                    if is_before_dot { run } else { union(&run, &states) }
                }
                Token::AnyRun { .. } => states.map(|s| self.lane.fill(s)),
                Token::Anything => {
                    let states = self.flood(&states);
                    self.accept(&states, self.lane.trees, None);
                    states
                }
            };
        }
        states
    }

    /// One character other than a slash.
    fn step(&self, states: &States<LAYERS>, c: char) -> States<LAYERS> {
        let lane = self.lane;
        let stay = lane.stay_name | lane.stay;
        if LAYERS == 1 {
            return states.map(|s| s & stay | (s & lane.char(c)) << 1);
        }
        let mut next = states.map(|s| s & stay);
        for (layer, s) in states.iter().enumerate() {
            let hit = s & lane.char(c);
            for (weight, tokens) in [(0, !(lane.single | lane.double)), (1, lane.single), (2, lane.double)] {
                if let Some(to) = next.get_mut((layer + weight).min(LAYERS - 1)) {
                    *to |= (hit & tokens) << 1;
                }
            }
        }
        next
    }

    fn cross_slash(&self, states: &States<LAYERS>) -> States<LAYERS> {
        let lane = self.lane;
        let crossed = self.passed(states, lane.slashes) << 1;
        let mut next = states.map(|s| s & lane.stay);
        if let Some(first) = next.first_mut() {
            *first |= crossed | lane.floating;
        }
        next
    }

    /// Any text: every state that can be reached at all.
    fn flood(&self, states: &States<LAYERS>) -> States<LAYERS> {
        let mut states = states.map(|s| self.lane.fill(s));
        loop {
            let next = union(&states, &self.cross_slash(&states)).map(|s| self.lane.fill(s));
            if next == states {
                return states;
            }
            states = next;
        }
    }

    fn accept(&mut self, states: &States<LAYERS>, which: u64, component: Option<&Component>) {
        let accepted = self.passed(states, which);
        if accepted == 0 {
            return;
        }
        for (end, shape) in &self.lane.shapes {
            if accepted & end != 0
                && self.best.is_none_or(|best| best.kind < shape.rule.kind)
                && !component.is_some_and(|component| component.is_excepted_by(shape))
            {
                self.best = Some(shape.rule);
            }
        }
    }

    /// Those of `which` that are reached with the score that they need.
    fn passed(&self, states: &States<LAYERS>, which: u64) -> u64 {
        if LAYERS == 1 {
            return states.iter().fold(0, |all, s| all | s & which);
        }
        states.iter().zip(&self.lane.pass).fold(0, |all, (s, pass)| all | s & which & pass)
    }

    fn in_first(bits: u64) -> States<LAYERS> {
        let mut states = [0; LAYERS];
        if let Some(first) = states.first_mut() {
            *first = bits;
        }
        states
    }
}

fn union<const LAYERS: usize>(a: &States<LAYERS>, b: &States<LAYERS>) -> States<LAYERS> {
    let mut all = *a;
    for (to, from) in all.iter_mut().zip(b) {
        *to |= from;
    }
    all
}
