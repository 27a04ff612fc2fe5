//! Seeded mutations of shell text.

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

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
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
