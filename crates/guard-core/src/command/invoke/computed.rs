//! Calls of what a program names only while it runs: `x["a" + "b"]()`, `$f()`.

/// Words behind which a bracket begins a list.
const KEYWORDS: &[&str] = &[
    "and", "case", "echo", "else", "if", "in", "not", "of", "or", "p", "print", "puts", "return", "typeof",
    "yield",
];

/// Whether code calls, or may call, something by a name that it puts together.
pub(super) fn calls(text: &str) -> bool {
    let compact = outside_strings(text);
    let joins = ["\"+", "+\"", "\"..", "..\"", "\".", ".join(", ".concat(", "].join"];
    let is_joined = joins.iter().any(|sign| compact.contains(sign)) || text.contains("${");
    calls_variable(&compact) || accesses(&compact, is_joined)
}

/// The code with every string as `""` and without blanks.
fn outside_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let (mut escaped, mut is_template) = (false, false);
    for character in text.chars() {
        match quote {
            Some(end) => {
                if !escaped && character == end {
                    quote = None;
                    // A template is put together too.
                    out.push_str(if is_template { "+\"" } else { "\"" });
                    is_template = false;
                }
                is_template |= end == '`' && character == '$';
                escaped = !escaped && character == '\\';
            }
            None if matches!(character, '"' | '\'' | '`') => {
                quote = Some(character);
                out.push('"');
            }
            // A word ends here, so that a list behind `in` is no access.
            None if character.is_whitespace() => {
                if out.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    out.push(' ');
                }
            }
            None => out.push(character),
        }
    }
    out
}

/// `$f(…)`, `$f->(…)`, `&$f`.
fn calls_variable(compact: &str) -> bool {
    if ["->(", "&$", "&{", "->$", "::$"].iter().any(|sign| compact.contains(sign)) {
        return true;
    }
    compact.split('$').skip(1).any(|after| {
        let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        end > 0 && after.get(end..).is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}

/// `x[…]` where what stands between the brackets is neither a number nor one string: called, or where strings are joined.
fn accesses(compact: &str, is_joined: bool) -> bool {
    let mut open: Vec<usize> = Vec::new();
    for (at, character) in compact.char_indices() {
        match character {
            '[' => open.push(at),
            ']' => {
                let Some(from) = open.pop() else { continue };
                let text = compact.get(..from).unwrap_or("");
                let word = text.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next();
                if text.ends_with(' ') && word.is_some_and(|word| KEYWORDS.contains(&word)) {
                    continue;
                }
                let before = text.trim_end().chars().next_back().unwrap_or(' ');
                if !(before.is_alphanumeric() || matches!(before, '_' | ')' | ']' | '"')) {
                    continue;
                }
                let inside = compact.get(from + 1..at).unwrap_or("").trim();
                let is_number = inside.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':'));
                let is_called = compact.get(at + 1..).is_some_and(|rest| rest.starts_with('('));
                let is_plain = is_number || inside == "\"\"";
                if !is_plain && (is_called || is_joined || inside.contains('"'))
                    || is_number && is_called && before == ')'
                {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn of_names_put_together() {
        for text in [
            "[]['const'+'ructor']['const'+'ructor']('x')()",
            "[][['con','structor'].join('')]",
            "k=['con','structor'].join(''); f=[][k]; g=f[k]; g('x')()",
            "x [k] ('a')",
            "Object.values(require('fs'))[3]('a')",
            "$f='sys'.'tem'; $f('id');",
            "$f->('x')",
            "&$f('x')",
            "x['a'..'b'](1)",
            "process[`main${x}`]",
        ] {
            assert!(calls(text), "{text}");
        }
    }

    #[test]
    fn of_names_written_out() {
        for text in [
            "console.log([1,2].map(x=>x*2).join(','))",
            "print(json.load(sys.stdin)['a']['b'])",
            "print([x for x in ['a', 'b']])",
            "for k in d: print(d[k])",
            "console.log(a[0], a[i])",
            "echo $x + 1;",
            "print sys.argv[1:]",
            "print $F[0]",
        ] {
            assert!(!calls(text), "{text}");
        }
    }
}
