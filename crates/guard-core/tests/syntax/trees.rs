//! Texts and the trees that they are, or the codes of what is wrong with them.
//!
//! Brackets hold a simple command, `'…'` a quoted literal, a `"` before anything else says that it is quoted.

use guard_core::command::syntax::parse;

use crate::print;

#[track_caller]
fn check(text: &str, want: &str) {
    let found = match parse(text) {
        Ok(script) => print::script(&script),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(found, want, "{text}");
}

#[test]
fn simple_commands() {
    check("", "");
    check("# only a comment", "");
    check("echo", "[echo]");
    check("echo a  b\tc", "[echo a b c]");
    check("A=1", "[A:=1]");
    check("A= B=2 cmd", "[A:= B:=2 cmd]");
    check("A=1 B=$x cmd A=2", "[A:=1 B:=$x cmd A=2]");
    check("A+=x", "[A+=x]");
    check("A=a\\ b", "[A:=a' 'b]");
    check("A=~/x:~/y", "[A:=~<>/x:~<>/y]");
    check("a=b=c", "[a:=b=c]");
    check("1a=b", "[1a=b]");
    check("a-b=c", "[a-b=c]");
    check("a[1]=2", "[a['1']:=2]");
    check("a[i+1]+=x", "[a['i+1']+=x]");
    check("a=(1 2 [5]=x)", "[a:=(1 2 ['5']=x)]");
    check("a=()", "[a:=()]");
    check("a=(b)c", "syntax-unexpected-token");
    check("declare a=(b)c", "syntax-unexpected-token");
    check("a=(# c\nx\ny)", "[a:=(x y)]");
    check("a+=(b)", "[a+=(b)]");
    check("declare -a a=(x \"y z\") b", "[declare -a a=(x 'y z') b]");
    check("export A=(x)", "[export A=(x)]");
    check("echo a=(x)", "syntax-unexpected-token");
    check("a[1]", "syntax-ambiguous");
    check("a[1]=(x)", "syntax-unexpected-token");
    check("PATH=$PATH:~/bin make", "[PATH:=$PATH:~<>/bin make]");
    check("cmd a=~/x b=~ ~ x~ ~u/x \"~\" \\~", "[cmd a=~<>/x b=~<> ~<> x~ ~<u>/x '~' '~']");
    check("i\\\nf a; the\\\nn b; fi", "if{[a]}then{[b]}");
    check("A\\\n=1 c\\\nmd", "[A:=1 cmd]");
    check("a #b", "[a]");
    check("a#b #c", "[a#b]");
    check("a\\\n#b", "[a#b]");
}

#[test]
fn lists() {
    check("a; b", "[a]; [b]");
    check("a;", "[a]");
    check("a;b;", "[a]; [b]");
    check("a\nb\n", "[a]; [b]");
    check("\n\na\n\nb", "[a]; [b]");
    check("a & b", "[a] &; [b]");
    check("a &", "[a] &");
    check("a&b&", "[a] &; [b] &");
    check("a && b || c", "[a] && [b] || [c]");
    check("a &&\nb", "[a] && [b]");
    check("a ||\n# c\nb", "[a] || [b]");
    check("a && b; c || d &", "[a] && [b]; [c] || [d] &");
    check("a | b", "[a] | [b]");
    check("a |& b | c", "[a] |& [b] | [c]");
    check("a |\nb", "[a] | [b]");
    check("! a", "! [a]");
    check("! ! a", "[a]");
    check("! a | b && c", "! [a] | [b] && [c]");
    check("time a | b", "time [a] | [b]");
    check("time -p a", "time [a]");
    check("time", "time ");
    check("time; a", "time ; [a]");
    check("! time a", "! time [a]");
    check("time ! a", "! time [a]");
    check("a | time b", "[a] | [time b]");
    check("a;;b", "syntax-unexpected-token");
    check(";a", "syntax-unexpected-token");
    check("a; ;b", "syntax-unexpected-token");
    check("&a", "syntax-unexpected-token");
    check("a & & b", "syntax-unexpected-token");
    check("a &&", "syntax-unterminated-construct");
    check("a |", "syntax-unterminated-construct");
    check("| a", "syntax-unexpected-token");
    check("a || ; b", "syntax-unexpected-token");
    check("! ", "syntax-unterminated-construct");
    check("!a", "[!a]");
    check("a | ! b", "syntax-unexpected-token");
    check("time -- a", "syntax-ambiguous");
    check("!(a)", "syntax-ambiguous");
}

#[test]
fn compound_commands() {
    check("(a)", "sub{[a]}");
    check("( a; b )", "sub{[a]; [b]}");
    check("( (a) )", "sub{sub{[a]}}");
    check("((a); b)", "syntax-bad-arithmetic");
    check("()", "syntax-unexpected-token");
    check("(a", "syntax-unterminated-construct");
    check("a)", "syntax-unexpected-token");
    check("(a) b", "syntax-unexpected-token");
    check("{ a; }", "group{[a]}");
    check("{ a\n}", "group{[a]}");
    check("{ a }", "syntax-unterminated-construct");
    check("{a; }", "syntax-unexpected-token");
    check("{(a)}", "group{sub{[a]}}");
    check("{ (a) }", "group{sub{[a]}}");
    check("}", "syntax-unexpected-token");
    check("a }", "[a }]");
    check("{ a; } >f 2>&1", "group{[a]} >f 2>&1");
    check("if a; then b; fi", "if{[a]}then{[b]}");
    check("if a; then b; else c; fi", "if{[a]}then{[b]}else{[c]}");
    check(
        "if a; then b; elif c; then d; elif e; then f; else g; fi",
        "if{[a]}then{[b]}if{[c]}then{[d]}if{[e]}then{[f]}else{[g]}",
    );
    check("if (a) then (b) fi", "if{sub{[a]}}then{sub{[b]}}");
    check("if a\nthen\nb\nfi >f", "if{[a]}then{[b]} >f");
    check("if a then b; fi", "syntax-unexpected-token");
    check("if; then b; fi", "syntax-unexpected-token");
    check("if a; then fi", "syntax-unexpected-token");
    check("if a; then b", "syntax-unterminated-construct");
    check("then a", "syntax-unexpected-token");
    check("fi", "syntax-unexpected-token");
    check("while a; do b; done", "while{[a]}do{[b]}");
    check("until a; do b; done <f", "until{[a]}do{[b]} <f");
    check("while a; b; do c; done", "while{[a]; [b]}do{[c]}");
    check("while a; done", "syntax-unexpected-token");
    check("for i in a b; do c; done", "for i in(a b)do{[c]}");
    check("for i in a b\ndo c\ndone", "for i in(a b)do{[c]}");
    check("for i; do c; done", "for i *do{[c]}");
    check("for i do c; done", "for i *do{[c]}");
    check("for i in; do c; done", "for i in()do{[c]}");
    check("for i in a; { c; }", "for i in(a)do{[c]}");
    check("for i in do done; do c; done", "for i in(do done)do{[c]}");
    check("for i in {1..3} *.rs \"$@\"; do c; done", "for i in({1..3} *.rs \"$@)do{[c]}");
    check("for 1 in a; do c; done", "syntax-unexpected-token");
    check("for i in a do c; done", "syntax-unexpected-token");
    check("for ((i=0; i<3; i++)); do c; done", "for(('i=0';' i<3';' i++'))do{[c]}");
    check("for ((;;)) { c; }", "for((;;))do{[c]}");
    check("for ((i=0;i<3)); do c; done", "syntax-bad-arithmetic");
    check("select i in a b; do c; done", "select i in(a b)do{[c]}");
    check("case x in a) b;; esac", "case x(a){[b]};;");
    check("case x in a|b) c;; (d) e; esac", "case x(a|b){[c]};;(d){[e]};;");
    check("case x in esac", "case x");
    check("case x in a) ;; b) ;& c) d ;;& *) e;; esac", "case x(a){};;(b){};&(c){[d]};;&(*){[e]};;");
    check("case \"$x\" in\n-h|--help)\na\n;;\n*)\nb\n;;\nesac", "case \"$x(-h|--help){[a]};;(*){[b]};;");
    check("case x in a) b", "syntax-unterminated-construct");
    check("case x in (esac) a;; esac", "syntax-ambiguous");
    check("case x a) b;; esac", "syntax-unexpected-token");
    check("f() { a; }", "fn f group{[a]}");
    check("f () (a)", "fn f sub{[a]}");
    check("f()\n{ a; } >f", "fn f group{[a]} >f");
    check("function f { a; }", "fn f group{[a]}");
    check("function f() { a; }", "fn f group{[a]}");
    check("f() a", "syntax-unexpected-token");
    check("f() [[ a ]]", "fn f test(a)");
    check("a=b() { a; }", "syntax-unexpected-token");
    check("\"f\"() { a; }", "syntax-unexpected-token");
    check("f x() { a; }", "syntax-unexpected-token");
    check("coproc a b", "coproc [a b]");
    check("coproc N { a; }", "coproc N group{[a]}");
    check("coproc (a)", "coproc sub{[a]}");
    check("coproc N while a; do b; done", "syntax-ambiguous");
    check("coproc coproc a", "syntax-unexpected-token");
}

#[test]
fn redirections() {
    check("a >f", "[a >f]");
    check("a>f", "[a >f]");
    check("a >f b", "[a b >f]");
    check(">f a", "[a >f]");
    check(">f", "[>f]");
    check("a 2>f", "[a 2>f]");
    check("a 2 >f", "[a 2 >f]");
    check("a2>f", "[a2 >f]");
    check("a 2>&1", "[a 2>&1]");
    check("a >&2", "[a >&2]");
    check("a >&f", "[a >&f]");
    check("a <&-", "[a <&-]");
    check("a 3<&0-", "[a 3<&0-]");
    check("a <f >g 2>>h", "[a <f >g 2>>h]");
    check("a <>f", "[a <>f]");
    check("a >|f", "[a >|f]");
    check("a &>f", "[a &>f]");
    check("a &>>f", "[a &>>f]");
    check("a & >f", "[a] &; [>f]");
    check("a {fd}>f", "[a {fd}>f]");
    check("a {fd} >f", "[a {fd} >f]");
    check("a {fd>f", "[a {fd >f]");
    check("a <<<x", "[a <<<x]");
    check("a <<< \"$x y\"", "[a <<<\"$x' y']");
    check("a 12345>f", "syntax-ambiguous");
    check("<&-a", "syntax-ambiguous");
    check("a >& -b", "syntax-ambiguous");
    check("a 2>&-\"b\"", "syntax-ambiguous");
    check("a >&-\\\nb", "syntax-ambiguous");
    check("a >", "syntax-unterminated-construct");
    check("a > #f", "syntax-unterminated-construct");
    check("a >;", "syntax-unexpected-token");
    check("a > (b)", "syntax-unexpected-token");
    check("a > >(b)", "[a >>([b])]");
    check("2\\\n>&1 a", "[a 2>&1]");
    check("a &\\\n>f", "[a &>f]");
    check("a <\\\n< E\nE\n", "[a <<]");
}

#[test]
fn here_documents() {
    check(
        "cat <<E\na $x $(b) `c` $((d)) \\$x \\\\ \\a \"q\" 'r'\nE\n",
        "[cat <<'a '\"$x' '\"$([b])' '\"$([c])' '\"$(('d'))' $x \\\\ \\\\a \\\"q\\\" \\'r\\'\\n']",
    );
    check("cat <<'E'\na $x $(b) `c` \\\nE\n", "[cat <<'a $x $(b) `c` \\\\\\n']");
    check("cat <<\"E\"\n$x\nE", "[cat <<'$x\\n']");
    check("cat <<\\E\n$x\nE\nb", "[cat <<'$x\\n']; [b]");
    check("cat <<-E\n\ta\n\t\tb\n\tE\n", "[cat <<'a\\nb\\n']");
    check("cat <<E <<F | b\n1\nE\n2\nF\nc", "[cat <<'1\\n' <<'2\\n'] | [b]; [c]");
    check("cat <<E; b\n1\nE\n", "[cat <<'1\\n']; [b]");
    check("cat <<E \\\n| b\n1\nE\n", "[cat <<'1\\n'] | [b]");
    check("cat <<E\na\\\nb\nE\n", "[cat <<'ab\\n']");
    check("cat <<E\nx\nE\\\n\nb", "[cat <<'x\\n']; [b]");
    check("cat <<E\n$\\\n(b)\nE\n", "[cat <<\"$([b])'\\n']");
    check("cat <<E # c\n1\nE\n", "[cat <<'1\\n']");
    check("if cat <<E; then b; fi\n1\nE\n", "if{[cat <<'1\\n']}then{[b]}");
    check("x=$(cat <<E\n1\nE\n)", "[x:=$([cat <<'1\\n'])]");
    check("x=$(cat <<E\n1\nE)", "syntax-here-document");
    check("x=$(cat <<E)\n1\nE\n", "syntax-here-document");
    check("cat <<E\n1", "syntax-here-document");
    check("cat <<E", "syntax-here-document");
    check("cat <<E \"a\nb\"\n1\nE\n", "syntax-here-document");
    check("cat <<$x\n1\n$x\n", "syntax-here-document");
    check("cat <<E$[\t\t", "syntax-here-document");
    check("cat <<''\n\n", "syntax-here-document");
    check("cat <<E\n${x:-\"a\"}\nE\n", "syntax-bad-parameter");
    check("cat <<E\nE x\nE\n", "[cat <<'E x\\n']");
    check("cat <<E\n E\nE\n", "[cat <<' E\\n']");
}

#[test]
fn quotes() {
    check("echo 'a b' \"c d\" e\\ f", "[echo 'a b' 'c d' e' 'f]");
    check("echo ''", "[echo '']");
    check("echo \"\"", "[echo '']");
    check("echo a''b", "[echo a''b]");
    check("echo 'a'\"b\"c", "[echo 'ab'c]");
    check("echo \"a\\\"b\\$c\\`d\\\\e\\f\"", "[echo 'a\\\"b$c`d\\\\e\\\\f']");
    check("echo 'a\\b'", "[echo 'a\\\\b']");
    check("echo \"a\nb\"", "[echo 'a\\nb']");
    check("echo a\\\nb", "[echo ab]");
    check("echo \"a\\\nb\"", "[echo 'ab']");
    check("echo 'a\\\nb'", "[echo 'a\\\\\\nb']");
    check("echo $'a\\tb\\x41\\101\\u00e9\\'\\\\'", "[echo 'a\\tbAAé\\'\\\\']");
    check("echo $'\\xff'", "syntax-bad-escape");
    check("echo $'a\\0b'", "syntax-bad-escape");
    check("echo $'\\cA'", "syntax-bad-escape");
    check("echo $'\\q'", "syntax-bad-escape");
    check("echo $\"a $x\"", "[echo 'a '\"$x]");
    check("echo \"$'a'\"", "[echo '$\\'a\\'']");
    check("echo 'a", "syntax-unterminated-quote");
    check("echo \"a", "syntax-unterminated-quote");
    check("echo $'a", "syntax-unterminated-quote");
    check("echo a\\", "syntax-bad-escape");
    check("echo a\rb", "[echo a\\rb]");
    check("echo a\u{a0}b", "[echo a\\u{a0}b]");
    check("echo é\"ü\"", "[echo é'ü']");
}

#[test]
fn substitutions() {
    check("echo $(a) \"$(b)\" c$(d)e", "[echo $([a]) \"$([b]) c$([d])e]");
    check("echo $()", "[echo $()]");
    check("echo $(a; b | c)", "[echo $([a]; [b] | [c])]");
    check("echo $( (a) )", "[echo $(sub{[a]})]");
    check("echo $(a # )\n)", "[echo $([a])]");
    check("echo $(case x in a) b;; esac)", "[echo $(case x(a){[b]};;)]");
    check("echo $(<f)", "[echo $([<f])]");
    check("echo \"$(echo \"$(a)\")\"", "[echo \"$([echo \"$([a])])]");
    check("echo \"$(echo ')')\"", "[echo \"$([echo ')'])]");
    check("echo \"$\\\n(a)\"", "[echo \"$([a])]");
    check("echo $(a", "syntax-unterminated-substitution");
    check("echo $(a}", "syntax-unterminated-substitution");
    check("echo `a` \"`b`\"", "[echo $([a]) \"$([b])]");
    check("echo `a \\`b\\` c`", "[echo $([a $([b]) c])]");
    check("echo `a \\\\\\`b\\\\\\``", "[echo $([a '`'b'`'])]");
    check("echo \"`a \"b\"`\"", "[echo \"$([a 'b'])]");
    check("echo \"`a \\\"b\\\"`\"", "syntax-bad-escape");
    check("echo `a", "syntax-unterminated-substitution");
    check("echo `a \\$x '\\$y'`", "[echo $([a $x '$y'])]");
    check("echo \\`a\\`", "[echo '`'a'`']");
    check("a <(b) >(c)", "[a <([b]) >([c])]");
    check("a x<(b)", "[a x<([b])]");
    check("a <(b", "syntax-unterminated-substitution");
    check("echo $[1]", "syntax-ambiguous");
    check("echo $((a)", "syntax-bad-arithmetic");
}

#[test]
fn parameters() {
    check("echo $a $1 $12 $@ $* $# $? $- $$ $! $0 $_", "[echo $a $1 $12 $@ $* $# $? $- $$ $! $0 $_]");
    check("echo \"$a\" \"${b}c\"", "[echo \"$a \"$b'c']");
    check("echo ${a} ${10} ${@} ${#} ${?} ${!}", "[echo $a $10 $@ $# $? $!]");
    check("echo ${#a} ${#a[@]} ${#@}", "[echo ${#a} ${#a['@']} ${#@}]");
    check("echo ${!a} ${!a[@]} ${!a*} ${!a@} ${!#}", "[echo ${!a} ${!a['@']} ${!a*} ${!a*} ${!#}]");
    check(
        "echo ${a[1]} ${a[$(b)]} ${a[\"k\"]} ${a['k']}",
        "[echo ${a['1']} ${a[\"$([b])]} ${a['k']} ${a['k']}]",
    );
    check(
        "echo ${a-b} ${a:-b} ${a=b} ${a:=b} ${a?b} ${a:?b} ${a+b} ${a:+b}",
        "[echo ${a-b} ${a:-b} ${a=b} ${a:=b} ${a?b} ${a:?b} ${a+b} ${a:+b}]",
    );
    check("echo ${a:-} ${a:-$b} ${a:-${b:-c}} ${a:-x y}", "[echo ${a:-} ${a:-$b} ${a:-${b:-c}} ${a:-x y}]");
    check("echo ${a#b} ${a##b} ${a%b} ${a%%*/}", "[echo ${a#b} ${a##b} ${a%b} ${a%%*/}]");
    check(
        "echo ${a/b/c} ${a//b} ${a/#b/c} ${a/%b/c} ${a//\\//-}",
        "[echo ${a/b/c} ${a/b} ${a/b/c} ${a/b/c} ${a/'/'/-}]",
    );
    check("echo ${a^} ${a^^} ${a,} ${a,,b}", "[echo ${a^} ${a^} ${a^} ${a^b}]");
    check("echo ${a:1} ${a:1:2} ${a: -1} ${@:2}", "[echo ${a:'1'} ${a:'1:2'} ${a:' -1'} ${@:'2'}]");
    check("echo ${a@Q} ${a@P}", "[echo ${a@Q} ${a@P}]");
    check(
        "echo \"${a:-\"b c\"}\" \"${a:-$(b)}\" \"${a:-\\}}\"",
        "[echo \"${a:-'b c'} \"${a:-\"$([b])} \"${a:-'}'}]",
    );
    check("echo ${a:-'}'} ${a:-\"}\"} ${a:-\\}}", "[echo ${a:-'}'} ${a:-'}'} ${a:-'}'}]");
    check("echo \"${a:-'b'}\"", "syntax-bad-parameter");
    check("echo ${a:-{b}}", "syntax-ambiguous-brace");
    check("echo ${a:-<(b)}", "syntax-bad-parameter");
    check("echo ${a:-~/x}", "[echo ${a:-~<>/x}]");
    check("echo ${}", "syntax-bad-parameter");
    check("echo ${ a; }", "syntax-bad-parameter");
    check("echo ${|a;}", "syntax-bad-parameter");
    check("echo ${a", "syntax-bad-parameter");
    check("echo ${a b}", "syntax-bad-parameter");
    check("echo ${a:-b", "syntax-unterminated-substitution");
    check("echo ${1a}", "syntax-bad-parameter");
    check("echo $ a$ \"$\" $% $/", "[echo $ a$ '$' $% $/]");
    check("echo $\\\na ${\\\na}", "[echo $a $a]");
    check("echo $a[1]", "[echo $a[1]]");
}

#[test]
fn arithmetic() {
    check("echo $((1 + 2))", "[echo $(('1 + 2'))]");
    check("echo $((a[1] + $b * ${c} - $(d)))", "[echo $(('a[1] + '\"$b' * '\"$c' - '\"$([d])))]");
    check("echo $(( (1+2) * 3 ))", "[echo $((' (1+2) * 3 '))]");
    check(
        "echo $((a ? b : c)) $((a, b)) $((16#ff)) $((a << 2))",
        "[echo $(('a ? b : c')) $(('a, b')) $(('16#ff')) $(('a << 2'))]",
    );
    check("echo $((\"$a\" + 1))", "[echo $((\"$a' + 1'))]");
    check("echo $(( 'a' ))", "syntax-bad-arithmetic");
    check("echo $((a; b))", "syntax-bad-arithmetic");
    check("echo $((1 #c", "syntax-bad-arithmetic");
    check("echo $((1 # c))", "syntax-bad-arithmetic");
    check("echo $((1)", "syntax-bad-arithmetic");
    check("echo $((a <(b) ))", "syntax-bad-arithmetic");
    check("((a++))", "(('a++'))");
    check("((a > 1 && b < 2)) && c", "(('a > 1 && b < 2')) && [c]");
    check("(( a[$(b)] = 1 ))", "((' a['\"$([b])'] = 1 '))");
    check("((a) )", "syntax-bad-arithmetic");
    check("((a{b))", "syntax-bad-arithmetic");
}

#[test]
fn braces() {
    check("echo {a,b} x{a,b}y {a,b}{c,d}", "[echo {a,b} x{a,b}y {a,b}{c,d}]");
    check("echo {a,{b,c}} {a,b{c,d}e}", "[echo {a,{b,c}} {a,b{c,d}e}]");
    check("echo {1..3} {a..e} {01..10..2} {3..1} {-1..1}", "[echo {1..3} {a..e} {01..10..2} {3..1} {-1..1}]");
    check("echo {} {a} {a b} {,} {a,}", "[echo {} {a} {a b} {,} {a,}]");
    check("echo {1...3} {1..} {1..x} {$a..3}", "[echo {1...3} {1..} {1..x} {$a..3}]");
    check(
        "echo \"{a,b}\" '{a,b}' \\{a,b\\} {a\\,b} {'a,b'}",
        "[echo '{a,b}' '{a,b}' '{'a,b'}' {a','b} {'a,b'}]",
    );
    check("echo a{b,\"c d\",$e}", "[echo a{b,'c d',$e}]");
    check("echo @{u} HEAD@{1} x^{} {}.c", "[echo @{u} HEAD@{1} x^{} {}.c]");
    check("echo {a,b", "syntax-ambiguous-brace");
    check("echo a,b} a}", "[echo a,b} a}]");
    check("echo {a,b}} ", "syntax-ambiguous-brace");
    check("echo {{a,b}", "syntax-ambiguous-brace");
    check("echo $a{b,c}", "syntax-ambiguous-brace");
    check("echo ${a}{b,c} \"$a\"{b,c} $a-{b,c}", "[echo $a{b,c} \"$a{b,c} $a-{b,c}]");
    check("echo {$a,$b}c", "syntax-ambiguous-brace");
    check("echo {$a,$b}", "[echo {$a,$b}]");
    check("echo {~,x}/y", "syntax-ambiguous-brace");
    check("echo ~{a,b}", "syntax-ambiguous-brace");
    check("echo {$,x}y", "syntax-ambiguous-brace");
    check("A={a,b}", "[A:={a,b}]");
    check("{a,b} c", "[{a,b} c]");
}

#[test]
fn patterns() {
    check("echo * ? [a-z] [!a]*.c", "[echo * ? [a-z] [!a]*.c]");
    check("echo \"*\" \\* '[a]'", "[echo '*' '*' '[a]']");
    check("ls *.@(c|h) !(a|b) +([0-9]) ?(x|\"y z\")", "[ls *.@(c|h) !(a|b) +([0-9]) ?(x|'y z')]");
    check("echo a(b)", "syntax-unexpected-token");
    check("echo @(a b)", "syntax-ambiguous");
    check("echo @(a;b)", "syntax-ambiguous");
    check("echo @(a", "syntax-unterminated-construct");
}

#[test]
fn tests() {
    check("[[ a ]]", "test(a)");
    check("[[ -n $a ]]", "test(-n $a)");
    check("[[ -f a && -d b || ! -e c ]]", "test(((-f a && -d b) || !(-e c)))");
    check("[[ ( a || b ) && c ]]", "test(((a || b) && c))");
    check("[[ $a == b* && $c != \"d e\" ]]", "test(($a == b* && $c != 'd e'))");
    check("[[ $a =~ ^(a|b c)+[[:space:]]$ ]]", "test($a =~ ^(a|b c)+[[:space:]]$)");
    check("[[ $a =~ $b && c ]]", "test(($a =~ $b && c))");
    check("[[ a < b ]]", "test(a < b)");
    check("[[ $a -eq 1 ]]", "test($a -eq 1)");
    check("[[ -v a[1] ]]", "test(-v a[1])");
    check("[[ -n a\n&& b ]]", "test((-n a && b))");
    check("[[ ! ! a ]]", "test(a)");
    check("[[ a ]] >f", "test(a) >f");
    check("[[ ]]", "syntax-unexpected-token");
    check("[[ a", "syntax-unterminated-construct");
    check("[[ a b ]]", "syntax-unexpected-token");
    check("[[ -f ]]", "syntax-ambiguous");
    check("[[a ]]", "[[[a ]]]");
    check("[[ a == ]]", "syntax-unterminated-construct");
    check("[[ (a ]]", "syntax-unexpected-token");
    check("[[ a =~ b;c ]]", "syntax-unexpected-token");
    check("[[ a ]] b", "syntax-unexpected-token");
    check("[ a = b ]", "[[ a = b ]]");
}

#[test]
fn reserved_words() {
    check("echo if then fi { } ! [[ ]] case esac", "[echo if then fi { } ! [[ ]] case esac]");
    check("\\if a", "['i'f a]");
    check("'if' a", "['if' a]");
    check("a=if if a", "[a:=if if a]");
    check(">f if a", "[if a >f]");
    check("iff a", "[iff a]");
    check("do", "syntax-unexpected-token");
    check("in a", "syntax-unexpected-token");
    check("function", "syntax-unterminated-construct");
    check("case", "syntax-unexpected-token");
}
