//! What may turn out to be nothing: words that vanish, values that are empty, loops that go round no time.

use super::{allowed, denied, stopped};

/// Where a word is nothing, the next one stands in its place.
#[test]
fn words_that_vanish() {
    stopped(&[
        "x=ls; unset x; env --unset ${x:+PWN} ls ./odd",
        "x=ls; unset x; env --unset ${x+PWN} ls ./odd",
        "x=ls; unset x; env --unset ${x-} ls ./odd",
        "for x in ls; do unset x; done; env --unset ${x:+PWN} ls ./odd",
        "env --unset ${Y:+PWN} ls ./odd",
        "env --unset ${Y:-$Z} ls ./odd",
        "x=$(seq 0); env --unset ${x:+PWN} ls ./odd",
        "x=$(ls nothing); env -u ${x:+PWN} ls ./odd",
        "x=a$(date +%s); env --unset ${x##a*} ls ./odd",
        "x=a$(date +%s); env --unset ${x%%a*} ls ./odd",
        "x=a$(date +%s); env --unset ${x/a*/} ls ./odd",
        "x=a$(date +%s); env --unset ${x:40} ls ./odd",
        "for x in *; do env --unset ${x##*} ls ./odd; done",
        "for x in *; do env --unset ${x%%*} ls ./odd; done",
        "for x in *_a; do env --unset ${x%_a} ls ./odd; done",
    ]);
    denied(&["x=$(seq 0); find . ${x:+-name} -delete", "x=$(ls nothing); find . ${x:+-maxdepth} -delete"]);
    allowed(&[
        "env --unset \"${Y+PWN}\" ls ./odd",
        "echo ${Y:+PWN} done",
        "x=$(git rev-parse --abbrev-ref HEAD); echo \"${x:-none}\"",
        "x=${x:-.}; ls $x",
        "RUST_LOG=${RUST_LOG:-info} cargo test",
    ]);
}

/// Of several words each may be nothing while another is not.
#[test]
fn one_of_several_words() {
    stopped(&[
        "env -u $Y -u $Z ls ./odd",
        "env -u ${Y:+A} -u ${Z:+B} ls ./odd",
        "env -u$Y -u$Z ls ./odd",
        "env -u$Y -u $Z ls ./odd",
        "env -u$Y -u$Z -u$A -u$B -u$C ls ./odd",
        "env -u$Y -u$Z -u$A -u$B -u$C -u$D ls ./odd",
    ]);
    allowed(&["echo $A $B $C $D $E $F $G done", "wc -l $(find . -name '*.rs') $(git ls-files) README.md"]);
}

/// With `nullglob` a pattern that no file matches is no word.
#[test]
fn patterns_that_vanish() {
    stopped(&[
        "shopt -s nullglob; env --unset nothing* ls ./odd",
        "shopt -s nullglob; env --unset nothing? ls ./odd",
        "shopt -s nullglob; env --unset nothing[ab] ls ./odd",
        "shopt -s nullglob; a=(nothing*); env --unset \"${a[@]}\" ls ./odd",
        "shopt -s nullglob; set -- nothing*; env --unset \"$@\" ls ./odd",
        "shopt -s nullglob; x=nothing*; env --unset $x ls ./odd",
        "f() { shopt -s nullglob; }; f; env --unset nothing* ls ./odd",
        "for i in 1 2; do env --unset nothing* ls ./odd; shopt -s nullglob; done",
        "bash -O nullglob -c 'env --unset nothing* ls ./odd'",
        "shopt -s nullglob; x=../a; for x in nothing*; do :; done; cat \"$x\"",
    ]);
    allowed(&[
        "env --unset nothing* ls ./odd",
        "(shopt -s nullglob); env --unset nothing* ls ./odd",
        "shopt -s nullglob; for f in *.rs; do wc -l \"$f\"; done",
        "shopt -s nullglob; files=(*.rs); wc -l \"${files[@]}\"",
        "shopt -s nullglob; rm -f build/*.o",
    ]);
}

/// What is written for an empty value is used where a command that names files or numbers prints nothing.
#[test]
fn values_that_are_empty() {
    denied(&[
        "x=$(ls nothing); cat \"${x:-../a}\"",
        "x=$(ls nothing); cat \"${x:=../a}\"",
        "x=$(seq 0); cat \"${x:-../a}\"",
        "x=$(mktemp -d /nothing/X); cat \"${x:-../a}\"",
        "cat \"${COLUMNS:-../a}\"",
        "cat \"${USER:-../a}\"",
    ]);
    stopped(&[
        "x=$(ls nothing); : ${x:=../a}; cat \"$x\"",
        "x=$(seq 0); find . ${x:+a} ${x:--delete}",
        "for i in a*; do cat ${i#a}/etc/passwd; done",
        "for i in *; do cat ${i%%*}/etc/passwd; done",
        "for i in *; do cat ${i##*}/etc/passwd; done",
        "for i in *c; do cat \"${i%c}\"/etc/passwd; done",
        "for i in *; do cat \"${i:9}\"/etc/passwd; done",
    ]);
    allowed(&[
        "for i in *.c; do cat \"${i%.c}\"/etc/passwd; done",
        "for f in src/*.rs; do n=${f##*/}; echo \"${n%%.*}\"; done",
    ]);
}

/// A loop over nothing leaves its variable what it was.
#[test]
fn loops_over_nothing() {
    stopped(&[
        "x=../a; for x in $(find . -name nothing); do :; done; cat \"$x\"",
        "x=../a; for x in $(ls nothing); do :; done; cat \"$x\"",
        "x=.env; for x in $(git ls-files); do :; done; cat \"$x\"",
        "x=../a; for x in $(seq 0); do :; done; cat \"$x\"",
        "x=../a; select x in $(ls nothing); do :; done; cat \"$x\"",
        "for x in $(ls nothing); do :; done; cat \"$x/etc/passwd\"",
    ]);
    allowed(&[
        "for x in $(git ls-files); do wc -l $x; done; echo done",
        "for x in $(seq 3); do echo $x; done; echo last $x",
        "for f in *.rs; do wc -l \"$f\"; done; wc -l $f",
    ]);
}

/// What is left of a name may begin with a dot, or be the directory above.
#[test]
fn names_that_lose_their_beginning() {
    stopped(&[
        "touch a..; for f in a*; do cat \"${f#a}/x\"; done",
        "touch a.../x; for f in a*/x; do cat \"${f#a}\"; done",
        "touch a..; for f in a*.; do cat \"${f#a}/x\"; done",
        "touch a..; for f in a??; do cat \"${f#a}/x\"; done",
        "touch a..; for f in *; do cat \"${f/a}/x\"; done",
        "touch a..; for f in *; do cat \"${f:1}/x\"; done",
        "touch foo; for f in *; do cat \"${f/foo/../x}\"; done",
        "touch foo; for f in *; do cat \"${f/foo/.env}\"; done",
        "touch foo; for f in *; do cat \"${f/#/../}\"; done",
        "touch '\\056.'; for f in *; do cat \"${f@E}/x\"; done",
        "x=$(cat f); cat \"$(basename \"$x\")/y\"",
    ]);
    allowed(&[
        "for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done",
        "for f in *.txt; do mv \"$f\" \"${f// /_}\"; done",
        "for f in *.txt; do mv \"$f\" \"${f/.txt/.md}\"; done",
        "for f in *.TXT; do mv \"$f\" \"${f,,}\"; done",
        "for f in test_*.py; do mv \"$f\" \"${f#test_}\"; done",
        "for f in tests/*.rs; do mv \"$f\" \"new/${f#tests/}\"; done",
        "for f in src/*.txt; do mv \"$f\" \"out/$(basename \"$f\" .txt).md\"; done",
        "find src -name '*.txt' | while read -r f; do cp \"$f\" \"out/$(basename \"$f\" .txt).md\"; done",
    ]);
}

/// The words of a list behind its first one stand where the next operands would.
#[test]
fn lists_in_one_place() {
    stopped(&["head -n $(cat list) x", "grep -m $(cat list) a x", "sed -n -e $(cat list) x"]);
    for text in ["grep * a", "grep $(ls) a", "jq * a", "head -n * a", "grep -e * a"] {
        let evaluation = super::evaluate(text);
        let masked = evaluation.verdict().requires().names().any(|name| name == "secrets-masked");
        assert!(masked, "{text} may read any file");
    }
    allowed(&["head -n \"$(cat n)\" x", "xargs -n $(nproc) echo", "tr * x"]);
}

/// A file may be called like an action of `find`.
#[test]
fn names_like_an_action() {
    stopped(&[
        "find . *",
        "find *",
        "touch ./-delete; for f in *; do find . \"$f\"; done",
        "ls | while read x; do find . \"$x\"; done",
        "touch foo; for f in *; do find . ${f/foo/-delete}; done",
        "find . -newer *",
    ]);
    allowed(&[
        "find ./* -name a",
        "find */ -name a",
        "find *.rs -newer a",
        "find . -name *.rs",
        "for d in */; do find \"$d\" -type f | wc -l; done",
    ]);
}

/// What the shell is told to read differently has to be known.
#[test]
fn options_of_the_shell() {
    stopped(&[
        "shopt -s $(cat f); cat *",
        "shopt -s \"$X\"; cat *",
        "set -o $(cat f)",
        "set -o \"$X\"",
        "bash -k -c 'ls LD_PRELOAD=./a.so'",
        "bash -kc 'ls LD_PRELOAD=./a.so'",
        "bash -H -c 'ls'",
        "zsh -c 'hash ls=./odd; ls'",
        "zsh -c 'cd -q ..; cat x'",
        "zsh -c 'cd approved etc; cat x'",
        "pushd -- ..; cat x",
        "zsh -c 'pushd -q ..; cat x'",
    ]);
    allowed(&["bash -euxo pipefail -c 'cargo test'", "bash -lc 'cargo test'", "sh -ec 'ls'"]);
}
