//! Seeded mutations of shell text.

use guard_core::command::syntax::{Script, parse};

/// SplitMix64: small, good enough, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    pub(crate) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const INSERTS: [&str; 56] = [
    "\\\n", "\\\n", "\\\n", " ", "\t", "\n", ";", "&", "|", "(", ")", "{", "}", "<", ">", "\"", "'", "`",
    "\\", "$", "#", "!", "=", "[", "]", "*", "?", "~", ",", "\r", "\u{b}", "\u{a0}", "&&", "||", "$(", "${",
    "<<", "<(", ">&", "((", "))", "[[", "]]", ";;", "$'", "$\"", "x", "1", "2>", "if", "then", "do", " in ",
    "-", "/", "EOF\n",
];

const SPELLINGS: [&str; 16] = [
    "P\\WN",
    "'P'WN",
    "P\"W\"N",
    "$'\\x50WN'",
    "{PWN,}",
    "{,PWN}",
    "P\\\nWN",
    "P${u}WN",
    "P``WN",
    "$u PWN",
    "P$'W'N",
    "\\PWN",
    "P{W,}N",
    "PW[N]",
    "\"PWN\"",
    "P$(:)WN",
];

const WRAPS: [(&str, &str); 34] = [
    ("$(", ")"),
    ("`", "`"),
    ("\"", "\""),
    ("'", "'"),
    ("(", ")"),
    ("{ ", "; }"),
    ("<(", ")"),
    ("cat <(", ")"),
    ("echo ${u:-", "}"),
    ("echo \"${u:-", "}\""),
    ("echo $((", "))"),
    ("((", "))"),
    ("[[ -n ", " ]]"),
    ("[[ x =~ ", " ]]"),
    ("if ", "; then :; fi"),
    ("while ", "; do break; done"),
    ("for i in ", "; do :; done"),
    ("case ", " in *) ;; esac"),
    ("case x in x) ", ";; esac"),
    ("case x in ", ") ;; esac"),
    ("cat <<EOF\n", "\nEOF\n"),
    ("cat <<-EOF\n\t", "\n\tEOF\n"),
    ("cat <<'EOF'\n", "\nEOF\n"),
    ("cat <<<", ""),
    ("f() { ", "; }; f"),
    ("a=(", ")"),
    ("a[", "]=1"),
    ("echo ${a[", "]}"),
    ("u=", ""),
    ("echo $(echo ", ")"),
    ("echo x | ", ""),
    ("! ", ""),
    ("time ", ""),
    ("coproc ", ""),
];

/// A text made out of one or two others.
pub(crate) fn mutate(cases: &[&str], random: &mut Random) -> String {
    let mut text = random.pick(cases).to_owned();
    for _ in 0..=random.below(3) {
        text = step(&text, cases, random);
    }
    text
}

fn step(text: &str, cases: &[&str], random: &mut Random) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    let (before, after) = characters.split_at(at);
    let (before, after): (String, String) = (before.iter().collect(), after.iter().collect());
    match random.below(10) {
        0..=3 => before + random.pick(&INSERTS) + &after,
        4 => before + after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or(""),
        5 => {
            let piece: String =
                characters.iter().skip(random.below(characters.len())).take(1 + random.below(8)).collect();
            before + &piece + &after
        }
        6 => {
            let (open, close) = WRAPS[random.below(WRAPS.len())];
            format!("{open}{text}{close}")
        }
        7 => {
            let (open, close) = WRAPS[random.below(WRAPS.len())];
            text.replacen("PWN", &format!("{open}PWN{close}"), 1)
        }
        8 => text.replacen("PWN", random.pick(&SPELLINGS), 1),
        _ => {
            let other = random.pick(cases);
            format!("{text}{}{other}", random.pick(&["\n", "; ", " ", " && ", " | ", "", " & ", "\\\n"]))
        }
    }
}

/// What may take the place of a word, or hold one.
const VALUES: [&str; 46] = [
    "$(echo ls >&2)",
    "$(printf -v z ls)",
    "$(basename)",
    "$(sh nope)",
    "/dev/stdin",
    "/dev/fd/3",
    "PWN",
    "$x",
    "\"$x\"",
    "$y",
    "${x:-PWN}",
    "${x:+PWN}",
    "${x#ls}",
    "${x/ls/PWN}",
    "${!x}",
    "\"$@\"",
    "$1",
    "$*",
    "$@",
    "\"${a[@]}\"",
    "${a[*]}",
    "\"${@:1}\"",
    "${@:-ls}",
    "\"${!x@}\"",
    "$(PWN)",
    "\"$(PWN)\"",
    "`PWN`",
    "<(PWN)",
    "$(echo PWN)",
    "$(printf PWN)",
    "'a[$(PWN)]'",
    "'$(PWN)'",
    "'PWN'",
    "\"PWN\"",
    "'ls PWN'",
    "'ls; PWN'",
    "{ls,PWN}",
    "{PWN,}",
    "P*",
    "$((x))",
    "$((x=1))",
    "x=PWN",
    "ls",
    "env",
    "eval",
    "f",
];

/// What may stand before a command, after it, or around it.
const AROUND: [(&str, &str); 87] = [
    ("env ", ""),
    ("eval ", ""),
    ("command ", ""),
    ("exec ", ""),
    ("nice ", ""),
    ("timeout 5 ", ""),
    ("xargs ", ""),
    ("echo PWN | xargs ", ""),
    ("echo x | xargs -I{} ", ""),
    ("find . -maxdepth 0 -exec ", " \\;"),
    ("x=PWN ", ""),
    ("IFS= ", ""),
    ("x=PWN; ", ""),
    ("x=ls; ", ""),
    ("x=ls; ", "; x=PWN; $x"),
    ("x=PWN; ", "; $x"),
    ("x=PWN; { ", "; x=ls; } <nope; $x"),
    ("x=ls; ", "; $x PWN"),
    ("y='a[$(PWN)]'; ", ""),
    ("set -- PWN; ", "; \"$@\""),
    ("set -- ls PWN; ", "; $1"),
    ("shift; ", ""),
    ("shift $x; ", ""),
    ("set -- \"$x\"; ", ""),
    ("a=(ls); ", ""),
    ("a=(ls PWN); ", "; \"${a[@]}\""),
    ("env --unset ", " ls PWN"),
    ("unset x; ", ""),
    ("local x; ", ""),
    ("declare -i y; ", ""),
    ("export x; ", ""),
    ("readonly x; ", ""),
    ("read x <<< PWN; ", "; $x"),
    ("false && ", ""),
    ("true || ", ""),
    ("true && ", ""),
    ("false || ", ""),
    ("", " || PWN"),
    ("", " && PWN"),
    ("", " | cat"),
    ("", " | sh"),
    ("echo PWN | ", ""),
    ("", " & wait"),
    ("( ", "\n)"),
    ("{ ", "\n}"),
    ("f() { ", "\n}; f"),
    ("f() { ", "\n}; f PWN; $x"),
    ("f() { local x=ls; ", "\n}; f; $x"),
    ("f() { return; ", "\n}; f"),
    ("PWN() { ", "\n}; env PWN"),
    ("f() { PWN; }; ", "; f"),
    ("if true; then ", "\nfi"),
    ("if false; then ", "\nfi"),
    ("if false; then :; else ", "\nfi"),
    ("for i in 1 2; do ", "\ndone"),
    ("for x in ls PWN; do ", "\ndone; $x"),
    ("for i in 1 2; do ", "\nbreak; done"),
    ("while true; do ", "\nbreak; done"),
    ("case x in x) ", "\n;; esac"),
    ("case x in y) ", "\n;; esac"),
    ("echo \"$(", "\n)\""),
    ("trap '$x' EXIT; ", ""),
    ("echo PWN > f; ", "; sh f"),
    ("echo echo > f; ", "; sh f"),
    ("", " > f; sh f"),
    ("echo echo > f; ln f g; ", "; sh g"),
    ("echo PWN > f; cp f g; ", "; . ./g"),
    ("sed -i s/echo/PWN/ f; ", "; sh f"),
    ("time ", ""),
    ("sed $(", ") '1e PWN' /dev/stdin <<< x"),
    ("x=$(", "); sed $x '1e PWN' /dev/stdin <<< x"),
    ("x=$(", "); $x PWN"),
    ("eval \"$(", ")\""),
    (". <(", ")"),
    ("exec 3<<<PWN; ", ""),
    ("exec >f; ", "; sh f"),
    ("exec 2>&1; ", ""),
    ("{ ", "; } | sh"),
    ("{ ", "; } 2>&1 | sh"),
    ("{ ", "; } 3>&1 | sh"),
    ("{ ", "; } >f; sh f"),
    ("{ ", "; } 3<<<PWN"),
    ("echo PWN | { ", "; }"),
    ("while read x; do $x; done < <(", ")"),
    ("read x < <(", "); $x"),
    ("sh /dev/stdin < <(", ")"),
    ("sh /dev/fd/3 3< <(", ")"),
];

/// What may stand behind a command and lead its streams elsewhere.
const REDIRECTIONS: [&str; 44] = [
    ">&2",
    ">&-",
    ">&3",
    "2>&1",
    "3>&1",
    "3>&1 >&2",
    "2>&1 >/dev/null",
    ">/dev/null 2>&1",
    "|& cat",
    "|& sh",
    "2>&1 | sh",
    ">f",
    ">>f",
    ">|f",
    "&>f",
    ">&f",
    "2>f",
    "3>f",
    "1<>f",
    "<>f",
    ">f; sh f",
    ">>f; . ./f",
    "2>f; sh f",
    "3>f; sh f",
    ">/dev/stdout",
    ">/dev/stderr",
    ">/dev/fd/3",
    "<f",
    "<nope",
    "<&-",
    "<&3",
    "0<&3",
    "3<&0",
    "3</dev/null",
    "</dev/null",
    "<<<PWN",
    "<<<x",
    "3<<<PWN",
    "3<<<x",
    "<<E\nPWN\nE\n",
    "3<<E\nPWN\nE\n",
    "< <(echo PWN)",
    "> >(cat)",
    "> >(sh)",
];

/// A text made out of one or two others, by its grammar where it has one, else by its characters.
pub(crate) fn grow(cases: &[&str], random: &mut Random) -> String {
    let mut text = random.pick(cases).to_owned();
    for _ in 0..=random.below(3) {
        text = match parse(&text) {
            Ok(script) if random.below(4) > 0 => regrow(&text, &script, cases, random),
            _ => step(&text, cases, random),
        };
    }
    text.replace('\0', "")
}

fn regrow(text: &str, script: &Script, cases: &[&str], random: &mut Random) -> String {
    let commands = script.commands();
    let Some(command) = commands.get(random.below(commands.len())) else { return text.to_owned() };
    let (start, end) = (command.span.start, command.span.end);
    let around = |open: &str, middle: &str, close: &str| {
        let (before, after) = (text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""));
        format!("{before}{open}{middle}{close}{after}")
    };
    let own = text.get(start..end).unwrap_or("");
    match random.below(7) {
        6 => around("", own, &format!(" {}", random.pick(&REDIRECTIONS))),
        0 | 1 => {
            let (open, close) = AROUND[random.below(AROUND.len())];
            around(open, own, close)
        }
        2 => around("", random.pick(cases), ""),
        3 => {
            let other = random.pick(cases);
            let joined = random.pick(&["; ", " && ", " || ", " | ", "\n", " & "]);
            if random.below(2) == 0 { around(other, joined, own) } else { around(own, joined, other) }
        }
        _ => {
            let words = command.words();
            let Some(word) = words.get(random.below(words.len())) else { return text.to_owned() };
            let (Some(before), Some(after)) = (text.get(..word.span.start), text.get(word.span.end..)) else {
                return text.to_owned();
            };
            let written = text.get(word.span.start..word.span.end).unwrap_or("");
            match random.below(4) {
                0 => format!("{before}{} {written}{after}", random.pick(&VALUES)),
                1 => format!("{before}{written} {}{after}", random.pick(&VALUES)),
                _ => format!("{before}{}{after}", random.pick(&VALUES)),
            }
        }
    }
}
