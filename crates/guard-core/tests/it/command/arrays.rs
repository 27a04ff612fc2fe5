//! Arrays: what they hold is what runs.

use guard_core::Decision::{Allow, Ask, Deny};

use super::{check, stopped};

#[test]
fn what_is_in_them_is_seen() {
    check(
        Deny,
        &[
            "a=(rm -rf ~); \"${a[@]}\"",
            "a=(rm -rf ~); ${a[@]}",
            "a=(rm -rf ~); ${a[*]}",
            "a=(rm); a+=(-rf); a+=(/home); \"${a[@]}\"",
            "declare -a a=(rm -rf ~); \"${a[@]}\"",
            "f() { local a=(rm -rf ~); \"${a[@]}\"; }; f",
            "a=(cat .env); \"${a[0]}\" \"${a[1]}\"",
            "a=(x rm y); ${a[1]} -rf ~",
            "for x in .env; do a=(\"$x\"); cat \"${a[@]}\"; done",
            "a=(/etc/shadow); cat \"${a[@]}\"",
            "a=('a[$(rm -rf ~)]'); echo $((a))",
            "a=(1 'a[$(rm -rf ~)]'); echo $((a[1]))",
        ],
    );
}

#[test]
fn what_may_have_changed_is_not_taken_for_known() {
    stopped(&[
        "a=(1 'a[$(rm -rf ~)]'); a=2; echo $((a[1]))",
        "a[0]='b[$(rm -rf ~)]'; echo $((a[0]))",
        "a[1]='b[$(rm -rf ~)]'; (( a[1] ))",
        "a[1]='b[$(rm -rf ~)]'; a=1 ls; echo $((a[1]))",
        "a[1]='b[$(rm -rf ~)]'; for i in 1 2; do a=1; done; echo $((a[1]))",
        "a=(ls x); a[0]=rm; \"${a[@]}\" -rf ~",
        "a=(ls x); if true; then a=(rm -rf ~); fi; \"${a[@]}\"",
        "a=(ls); read -ra a <<< 'rm -rf /'; \"${a[@]}\"",
        "a=(ls); mapfile -t a < x; \"${a[@]}\"",
        "a=(ls); unset a; \"${a[@]}\" rm",
        "a=(ls); printf -v 'a[0]' rm; \"${a[@]}\"",
        "declare -A m; m=(ls rm); \"${m[@]}\"",
        "declare -A m=(ls rm); \"${m[@]}\"",
        "a=([1]=x [0]=rm); \"${a[@]}\"",
        "a=(ls); f() { a=(rm -rf ~); }; f; \"${a[@]}\"",
        "a=(ls); while read x; do a=(\"$x\"); done < b; \"${a[@]}\"",
        "declare -n r=a; a=(ls); r=(rm -rf ~); \"${a[@]}\"",
    ]);
}

#[test]
fn of_ordinary_work() {
    check(
        Allow,
        &[
            "files=(src/*.rs); echo \"${files[0]}\"; for f in \"${files[@]}\"; do wc -l \"$f\"; done",
            "args=(--release --quiet); cargo build \"${args[@]}\"",
            "cmd=(cargo test); \"${cmd[@]}\"",
            "declare -a xs=(1 2 3); for x in \"${xs[@]}\"; do echo $((x*x)); done",
            "a=(1 2 3); echo $((a[0] + a[1]))",
            "a=(1 2 3); echo \"${a[@]}\" \"${#a[@]}\"",
            "dirs=(src tests); dirs+=(docs); for d in \"${dirs[@]}\"; do ls \"$d\"; done",
            "opts=(); opts+=(-l); ls \"${opts[@]}\" src",
        ],
    );
    check(Ask, &["a=($x); \"${a[@]}\""]);
}
