//! What one command prints and another takes: as code, as names, as a part of a name.

use guard_core::Decision::{Allow, Deny};

use super::{check, stopped};

/// Each `echo` ends its line, so that the next begins a command of its own.
#[test]
fn lines_of_a_script() {
    check(
        Deny,
        &[
            "{ echo 'echo hi'; echo 'rm -rf ~'; } | sh",
            "bash <(echo 'echo hi'; echo 'rm -rf ~')",
            "sh -c \"$(echo 'echo hi'; echo 'rm -rf ~')\"",
            "eval \"$(echo ls; echo rm -rf ~)\"",
            "(echo ls; echo 'rm -rf ~') > x.sh; sh x.sh",
            "for i in ls 'rm -rf ~'; do echo \"$i\"; done | sh",
            "x=ls; . <(for i in eval; do echo $i; done && echo x=rm); $x -rf ~",
            "printf 'rm'; { printf 'r'; printf 'm -rf ~'; } | sh",
            "{ echo -n r; echo 'm -rf ~'; } | sh",
        ],
    );
}

/// A program that prints facts prints its format too.
#[test]
fn formats_that_name_a_file() {
    stopped(&[
        "cat $(date +.env)",
        "cat $(date +/etc/passwd)",
        "x=$(date +.env); cat $x",
        "cat src/$(date +..)/../x",
        "cat $(expr .env : '\\(.*\\)')",
        "cat $(expr substr a.env 2 4)",
        "cat $(stat --printf=.env a)",
        "cat $(stat -c /etc/passwd a)",
        "cat $(git tag -l --format=.env)",
        "cat $(yes .env | head -1)",
        "cat $(echo '\".env\"' | bc)",
        "cat $(printenv HOME)/x",
        "cat $(seq -f .env 1)",
        "cat $(numfmt --format=/etc/%f 1)",
        "cat $(figlet .env)",
        "cat $(git config -l)",
        "rm -rf $(date +/)",
        "ls .env | head -c 4 | xargs cat",
        "cat .en$(date +%Y)",
        "echo x > .env.$(whoami)",
        "cp a.txt .env.$(date +%F)",
        "cp a.txt .env.$(whoami)/../.env",
        "echo x > .git/hooks/pre-$(whoami)",
    ]);
}

#[test]
fn of_ordinary_work() {
    check(
        Allow,
        &[
            "cp a.txt a-$(date +%F).txt",
            "mkdir -p backup-$(date +%Y%m%d-%H%M%S)",
            "mkdir -p deploy-$(date +%Y%m%d) && cp a.txt key-$(date +%F).txt",
            "tar czf secrets-$(git rev-parse --short HEAD).tgz src",
            "tar czf out-$(date +%Y.%m.%d).tgz src",
            "[ $(stat -c %s a.txt) -gt 100 ] && echo big",
            "echo \"$(expr 1 + 2)\" $(( $(nproc) * 2 ))",
            "make -j$(nproc)",
            "git ls-files '*.rs' | head -5 | xargs wc -l",
            "find src -name '*.ts' | sort | head -20 | xargs grep -n TODO",
            "ls *.md | sort -r | while read -r f; do wc -l \"$f\"; done",
            "seq 3 | paste -sd+ | bc",
            "{ echo a; echo b; } | sort",
            "{ echo '#!/bin/sh'; echo 'ls src'; } > x.sh && sh x.sh",
            "yes | head -3",
        ],
    );
}
