//! What fills a disk, a process table or the rest of the day.

use super::{allowed, stopped};

#[test]
fn streams_without_end() {
    stopped(&[
        "yes > f",
        "yes x >> f",
        "yes | tee f",
        "yes | cat > f",
        "yes | dd of=f",
        "cat /dev/zero > f",
        "cat /dev/urandom > f",
        "cat < /dev/zero > f",
        "cp /dev/zero f",
        "tr x y < /dev/zero > f",
        "base64 /dev/urandom > f",
        "dd if=/dev/zero of=f",
        "dd if=/dev/zero of=f bs=1G count=1000",
        "dd if=/dev/urandom of=f bs=1M",
        "dd if=/dev/zero > f",
        "dd of=f < /dev/zero",
        "head -c 1T /dev/zero > f",
        "head -c 900G /dev/urandom > f",
    ]);
}

#[test]
fn sizes() {
    stopped(&[
        "fallocate -l 100G f",
        "fallocate -l100GiB f",
        "fallocate --length=1T f",
        "fallocate -l 999999999999 f",
        "truncate -s 10T f",
        "truncate --size=1P f",
        "truncate -s +500G f",
        "mkfile 100g f",
        "seq 1 99999999999 > f",
    ]);
}

#[test]
fn loops() {
    stopped(&[
        "while true; do echo x >> f; done",
        "while :; do cat f >> f; done",
        "while [ 1 ]; do echo x >> f; done",
        "for ((;;)); do echo x >> f; done",
        "until false; do echo x >> f; done",
        "while ((1)); do mkdir x$RANDOM; done",
    ]);
}

#[test]
fn fork_bombs() {
    stopped(&[
        ":(){ :|:& };:",
        ":(){ :|:& }; :",
        ": () { : | : & } ; :",
        "f(){ f|f& }; f",
        "f() { f & f & }; f",
        "bomb() { bomb | bomb & }; bomb",
        "function f { f | f & }; f",
        "f(){ $FUNCNAME|$FUNCNAME& }; f",
        "f(){ ${FUNCNAME[0]} & ${FUNCNAME[0]} & }; f",
        "a(){ b|b& }; b(){ a|a& }; a",
        "f(){ eval f \\| f \\&; }; f",
        "f(){ \"f\"|\"f\"& };f",
        "f(){ (f&);(f&); }; f",
        "f(){ { f; } & { f; } & }; f",
        "f(){ coproc f; f; }; f",
        "f(){ command f; x=$(f)$(f); }; f",
        "bash -c 'f(){ f|f& };f'",
        "while :; do sleep 100 & done",
        "while true; do bash & done",
        "for i in {1..100000}; do sleep 100 & done",
        "echo '$0 & $0 &' > x.sh; bash x.sh",
        "echo 'sh x.sh & sh x.sh' > x.sh; sh x.sh",
        "printf '#!/bin/sh\\n./b.sh & ./b.sh' > b.sh; chmod +x b.sh; ./b.sh",
        "$0 & $0",
        "perl -e 'fork while fork'",
        "perl -e 'fork while 1'",
        "python3 -c 'import os\nwhile 1: os.fork()'",
        "ruby -e 'loop{fork}'",
        "yes | xargs -P 0 -I{} sh -c 'sleep 9'",
    ]);
}

#[test]
fn bounded_ones() {
    allowed(&[
        "yes | head -5",
        "yes > /dev/null | head",
        "head -c 100 /dev/urandom | base64",
        "head -c 1M /dev/zero > a.bin",
        "dd if=/dev/zero of=a.bin bs=1M count=10",
        "truncate -s 0 a.log",
        "truncate -s 10M a.bin",
        "fallocate -l 1M a.bin",
        "seq 1 100 > a.txt",
        "while true; do cargo test && break; done",
        "while :; do date; [ -f a ] && exit; sleep 1; done",
        "until [ -f a.txt ]; do sleep 1; done",
        "for ((i=0;i<3;i++)); do echo $i; done",
        "for f in a b c; do gzip $f & done; wait",
        "sleep 1 & wait",
        "f() { echo hi; }; f & f",
        "while read -r l; do echo $l; done < a.txt",
    ]);
}
