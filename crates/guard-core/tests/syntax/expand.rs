//! What words become.

use guard_core::command::syntax::{Arg, Binding, CommandKind, Piece, Word, expand, expand_single, parse};

/// `k` is known, `e` is empty, `s` has blanks, `g` is a pattern, `n` is not set; everything else may be anything.
fn variables(name: &str) -> Binding {
    match name {
        "k" => Binding::Known("kn/own".to_owned()),
        "e" => Binding::Known(String::new()),
        "s" => Binding::Known(" a b\tc ".to_owned()),
        "g" => Binding::Known("*.rs x".to_owned()),
        "n" | "IFS" => Binding::Unset,
        _ => Binding::Unknown,
    }
}

fn words(text: &str) -> Vec<Word> {
    let script = parse(text).expect("a clean text");
    match &script.statements[0].list.first.commands[0].kind {
        CommandKind::Simple(simple) => simple.words.clone(),
        other => unreachable!("{other:?}"),
    }
}

fn print(arg: &Arg) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::AnyChar => "<?>".to_owned(),
        Piece::AnyRun => "<*>".to_owned(),
        Piece::Home => "<home>".to_owned(),
        Piece::Number => "<number>".to_owned(),
        Piece::Pipe => "<pipe>".to_owned(),
        Piece::Unknown { splits: true } => "<any…>".to_owned(),
        Piece::Unknown { splits: false } => "<any>".to_owned(),
    };
    arg.pieces.iter().map(piece).collect()
}

#[track_caller]
fn check(text: &str, want: &[&str]) {
    let found: Vec<String> =
        words(text).iter().flat_map(|word| expand(word, &variables)).map(|arg| print(&arg)).collect();
    assert_eq!(found, want, "{text}");
}

#[test]
fn quotes_are_removed() {
    check("a 'b c' \"d\"e\\ f ''", &["a", "b c", "de f", ""]);
    check("r\\m -r'f' \"\"x", &["rm", "-rf", "x"]);
    check("$'\\x72m' $'a\\nb'", &["rm", "a\nb"]);
}

#[test]
fn known_values_are_put_in_and_split() {
    check("x $k \"$k\" ${k}y", &["x", "kn/own", "kn/own", "kn/owny"]);
    check("x $e $n", &["x"]);
    check("x \"$e\" \"$n\" ''$e", &["x", "", "", ""]);
    check("x $s", &["x", "a", "b", "c"]);
    check("x p${s}q", &["x", "p", "a", "b", "c", "q"]);
    check("x \"$s\"", &["x", " a b\tc "]);
    check("x $g \"$g\"", &["x", "<*>.rs", "x", "*.rs x"]);
}

#[test]
fn unknown_values_may_be_anything() {
    check("x $u \"$u\" a$u", &["x", "<any…>", "<any>", "a<any…>"]);
    check(
        "x $(a) \"`a`\" ${#k} ${k#a} ${!k} ${k@P}",
        &["x", "<any…>", "<any>", "<any…>", "<any…>", "<any…>", "<any…>"],
    );
    check("x \"$@\" \"$*\" \"${a[@]}\" $*", &["x", "<any…>", "<any>", "<any…>", "<any…>"]);
    check("x $((a+1)) \"$((2))\" <(a) >(b)", &["x", "<number>", "<number>", "<pipe>", "<pipe>"]);
}

#[test]
fn defaults_are_used_where_it_is_certain() {
    check("x ${n:-d} ${n-d} ${e:-d} ${e-d}.", &["x", "d", "d", "d", "."]);
    check("x ${k:-d} ${u:-d}", &["x", "kn/own", "<any…>"]);
    check("x ${k:+y z} ${n:+y}. ${e:+y}. ${e+y}", &["x", "y", "z", ".", ".", "y"]);
    check("x \"${n:-a b}\" ${n:-'a b'} ${n:=~/c}", &["x", "a b", "a b", "<home>/c"]);
    check("x ${k:?m} ${n:?m}", &["x", "kn/own", "<any…>"]);
}

#[test]
fn braces_make_arguments() {
    check(
        "a{b,c}d {1..3} {c..a} {01..3} {1..7..3}",
        &["abd", "acd", "1", "2", "3", "c", "b", "a", "01", "02", "03", "1", "4", "7"],
    );
    check("{a,b}{c,d} {x,{y,z}}", &["ac", "ad", "bc", "bd", "x", "y", "z"]);
    check("{rm,} {,rm} {a,''}", &["rm", "rm", "a", ""]);
    check(
        "{-2..-4} {3..1..2} {1..3..0} {-01..1}",
        &["-2", "-3", "-4", "3", "1", "1", "2", "3", "-01", "000", "001"],
    );
    check("{1..100000} {a..Z} {1,2}{1..200}{1,2}", &["<any…>", "<any…>", "<any…>"]);
}

#[test]
fn patterns_stay_patterns() {
    check("* a?b [ab]c \\* '*' \"?\"", &["<*>", "a<?>b", "<*>c", "*", "*", "?"]);
    check(".e*v [!a]x []]x [[:alpha:]]x [a x]", &[".e<*>v", "<*>x", "<*>x", "<*>x", "[a", "x]"]);
    check("[a/b] [\"a\"] [$u]", &["<any…>", "<any…>", "<any…>"]);
    check("*.@(a|b) [ -f x ]", &["<*>.<*>", "[", "-f", "x", "]"]);
}

#[test]
fn tildes_are_marked() {
    check(
        "~ ~/a ~u/b a~ '~' x=~/c ~+/d",
        &["<home>", "<home>/a", "<any>/b", "a~", "~", "x=<home>/c", "<any>/d"],
    );
}

#[test]
fn other_separators_make_unquoted_values_unknown() {
    let commas = |name: &str| {
        if name == "IFS" { Binding::Known(",".to_owned()) } else { Binding::Known("a,b".to_owned()) }
    };
    let found: Vec<String> = words("x $y \"$y\" $((1))")
        .iter()
        .flat_map(|word| expand(word, &commas))
        .map(|arg| print(&arg))
        .collect();
    assert_eq!(found, ["x", "<any…>", "a,b", "<any…>"]);
}

#[test]
fn no_arguments_are_no_arguments() {
    let none = |_: &str| Binding::Unset;
    let found: Vec<String> = words("x $@ \"$@\" $* \"$*\"")
        .iter()
        .flat_map(|word| expand(word, &none))
        .map(|arg| print(&arg))
        .collect();
    assert_eq!(found, ["x", ""]);
}

#[test]
fn a_single_word_is_neither_split_nor_matched() {
    #[track_caller]
    fn check(text: &str, want: &str) {
        let found = expand_single(&words(&format!("x {text}"))[1], &variables);
        assert_eq!(print(&found), want, "{text}");
    }
    check("$s", " a b\tc ");
    check("*.rs", "*.rs");
    check("$u/x", "<any>/x");
    check("$(a)", "<any>");
    check("~/a", "<home>/a");
    check("$n", "");
}

#[test]
fn what_an_argument_may_be() {
    #[track_caller]
    fn check(word: &str, text: &str, want: bool) {
        let args = expand(&words(&format!("x {word}"))[1], &variables);
        assert_eq!(args[0].may_be(text), want, "{word} {text}");
    }
    check("P?N", "PWN", true);
    check("P?", "PWN", false);
    check("P*", "PWN", true);
    check("\"P$u\"", "PWN", true);
    check("\"Q$u\"", "PWN", false);
    check("Q$u", "PWN", true);
    check("PWN", "PWN", true);
    check("'P?N'", "PWN", false);
    check("é?", "éa", true);
}
