//! What one command prints and another takes: as code, as names, as a part of a name.

use guard_core::Decision::{Allow, Deny};

use super::{allowed, check, stopped};

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

/// Where a substitution leaves nothing, what is written behind it is a path of its own.
#[test]
fn a_directory_that_turns_out_to_be_nothing() {
    stopped(&[
        "cat \"$(cd nope && pwd)/etc/passwd\"",
        "cat $(ls nope)/etc/passwd",
        "cat $(git ls-files nope)/home/other/notes.txt",
        "cat $(pwd >&2)/etc/passwd",
        "cat $(pwd -x)/etc/passwd",
        "cat $(date -x)/etc/passwd",
        "cat $(realpath nope/x)/etc/passwd",
        "cat $(git rev-parse --show-toplevel >&2)/etc/passwd",
        "cat $(git rev-parse --show-toplevel < nope)/etc/passwd",
        "cat $!/etc/passwd",
        "D=$(cd nope && pwd); cat $D/etc/passwd",
        "D=$(cd nope && pwd); cp \"$D/etc/passwd\" .",
        "D=$(cd nope && pwd); echo x > \"$D/etc/cron.d/x\"",
        "D=$(cd nope && pwd); cd \"$D/etc\" && cat passwd",
        "for f in $(ls); do cat $f/etc/passwd; done",
        "grep -r x $(ls nope)/home/other",
        "tar cf x.tar $(ls nope)/etc",
        "ls $(ls nope)/home",
        "find $(ls nope)/var/log -name '*.log'",
        "wc -l < $(ls nope)/etc/passwd",
        "diff a $(ls nope)/etc/passwd",
        "grep -f $(ls nope)/etc/passwd a",
    ]);
    check(
        Allow,
        &[
            "cat \"$(cd src && pwd)/main.rs\"",
            "D=$(cd \"$(dirname a/b)\" && pwd); cat \"$D/lib/x.sh\"",
            "cd \"$(git rev-parse --show-toplevel)\" && cat src/main.rs",
            "cat \"$(git rev-parse --show-toplevel)/src/main.rs\"",
            "for d in $(ls); do cat \"$d/README.md\"; done",
            "cat $(pwd)/etc/nginx.conf",
        ],
    );
}

/// What a command is given, it may say on standard error.
#[test]
fn of_errors() {
    stopped(&[
        "cd 'x; rm -rf ~ #' 2>&1 | sh",
        "cd 'x; rm -rf ~ #' |& sh",
        "eval \"$(cd 'x; rm -rf ~ #' 2>&1)\"",
        "cd 'x; rm -rf ~ #' 2> f; sh f",
        "{ exec 2>&1; cd 'x; rm -rf ~ #'; } | sh",
    ]);
    check(Allow, &["cd src 2>&1 | head", "echo hi 2>&1 | tee x.log", "cargo build 2>&1 | tail -5"]);
}

/// A file that this text wrote is judged when it is run, under all its names and after what else may have changed it.
#[test]
fn files_that_change_before_they_run() {
    stopped(&[
        "echo 'echo hi' > f; sed -i 's/.*/rm -rf ~/' f; sh f",
        "echo 'echo hi' > f; sed -i 's/.*/rm -rf ~/' *; sh f",
        "echo 'echo hi' > f; perl -pi -e 's/.*/rm -rf ~/' f; sh f",
        "echo 'echo hi' > f; patch -s f < p; sh f",
        "echo 'echo hi' > f; patch -s < p; sh f",
        "echo 'echo hi' > f; shuf -e 'rm -rf ~' -o f; sh f",
        "echo 'echo hi' > f; uniq - f <<< 'rm -rf ~'; sh f",
        "echo 'echo hi' > f; perl -e 'open F,\">f\"; print F \"rm -rf ~\"'; sh f",
        "echo 'echo hi' > f; python3 -c \"open('f','w').write('rm -rf ~')\"; sh f",
        "echo 'echo hi' > f; awk '{print \"rm -rf ~\" > \"f\"}' f; sh f",
        "awk 'BEGIN{print \"rm -rf ~\" > \"g\"}'; sh g",
        "sed -n 's/a/rm -rf ~/w g' f; sh g",
        "echo 'rm -rf ~' > f; cp f d; sh d/f",
        "echo 'rm -rf ~' > f; cp -t d f; sh d/f",
        "echo 'rm -rf ~' > f; mv a f b d; sh d/f",
        "echo 'rm -rf ~' > d/f; mv d e; sh e/f",
        "echo 'rm -rf ~' > d/f; cp -r d e; sh e/d/f",
        "echo 'rm -rf ~' > d/f; ln -s d e; sh e/f",
        "echo 'echo hi' > f; ln f g; echo 'rm -rf ~' > g; sh f",
        "echo 'echo hi' > f; ln -s f g; echo 'rm -rf ~' > g; sh f",
        "echo 'echo hi' > f; cp -l f g; echo 'rm -rf ~' > g; sh f",
        "ln -s d e; echo 'echo hi' > d/f; echo 'rm -rf ~' > e/f; sh d/f",
        "trap 'sh f' EXIT; echo 'rm -rf ~' > f",
        "(sleep 1; sh f) & echo 'rm -rf ~' > f; wait",
        "for i in 1 2; do sh f; echo 'rm -rf ~' > f; done",
        "printf 'a:;rm -rf ~' > M; make -f M",
        "printf 'a:;rm -rf ~' > d/Makefile; make -C d",
        "echo 'import os; os.system(\"rm -rf ~\")' > m.py; python3 -m m",
        "echo 'import os; os.system(\"rm -rf ~\")' > json.py; python3 -c 'import json; print(1)'",
        "mkdir d; echo 'import os; os.system(\"rm -rf ~\")' > d/__main__.py; python3 d",
        "echo '>>> import os; os.system(\"rm -rf ~\")' > x.txt; python3 -m doctest x.txt",
        "echo 'require(\"child_process\").execSync(\"rm -rf ~\")' > m.js; node -e 'require(\"./m\")'",
        "echo 'require(\"child_process\").execSync(\"rm -rf ~\")' > m.js; node index.js",
        "python3 -im os <<< 'system(\"rm -rf ~\")'",
    ]);
    check(
        Allow,
        &[
            "echo 'echo hi' > f; chmod +x f; ./f",
            "echo '#!/bin/sh' > f.sh; echo 'ls src' >> f.sh; sh f.sh",
            "echo 'print(1)' > a.py && python3 a.py",
            "echo 'echo hi' > f; cp f g.sh; sed -i 's/a/b/' src/a.txt; sh g.sh",
            "gcc -o out/x x.c && ./out/x",
            "echo x > a.txt; for f in scripts/*.sh; do sh \"$f\"; done",
            "echo 'console.log(1)' > a.js && node a.js",
            "sed -i 's/8080/9090/' src/a.js && npm test",
        ],
    );
}

/// Names of descriptors, and other spellings of them.
#[test]
fn programs_on_descriptors() {
    stopped(&[
        "python3 /dev/fd/3 3<<< 'import os; os.system(\"rm -rf ~\")'",
        "python3 /dev/fd/0 <<< 'import os; os.system(\"rm -rf ~\")'",
        "python3 /dev//stdin <<< 'import os; os.system(\"rm -rf ~\")'",
        "node /dev/fd/3 3<<< 'x'",
        "make -f /dev/fd/3 3<<< 'a:;rm -rf ~'",
        "make -f /dev/fd/0 <<< 'a:;rm -rf ~'",
        "sed -f - a <<< '1e rm -rf ~'",
        "awk -f - <<< 'BEGIN{system(\"rm -rf ~\")}'",
        "cp /dev/stdin x.sh <<< 'rm -rf ~'; sh x.sh",
        "dd of=x.sh <<< 'rm -rf ~'; sh x.sh",
        "sort -o x.sh <<< 'rm -rf ~'; sh x.sh",
        "echo 'rm -rf ~' | sh 3< /dev/null",
        "echo 'rm -rf ~' > /dev/stdout | sh",
        "bash -O xpg_echo -c 'echo \"echo \\nrm -rf ~\" | sh'",
        "sh -c 'echo \"echo \\nrm -rf ~\" | sh'",
    ]);
    check(
        Allow,
        &[
            "cat /dev/stdin <<< hi",
            "echo hi > /dev/stderr",
            "while read -r line <&3; do echo \"$line\"; done 3< a.txt",
            "exec 3> out.log; echo hi >&3; exec 3>&-",
            "sed -f - a <<< 's/a/b/'",
            "awk -f - a <<< '{print $1}'",
            "git commit -m \"$(cat <<'E'\nfix: a\nE\n)\"",
        ],
    );
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

/// Each word that `xargs` reads is one of its own, also beside those that are not known.
#[test]
fn words_beside_unknown_ones() {
    stopped(&[
        "echo * ../out.txt | xargs cat",
        "echo .* ../out.txt | xargs pr \"$@\"",
        "echo *.txt .env | xargs cat",
        "echo *.txt .env | xargs -n1 cat",
        "printf '%s\\n' * ../out.txt | xargs cat",
        "printf '%s\\n' * ../out.txt | xargs -d '\\n' cat",
        "{ ls; echo .env; } | xargs cat",
        "{ ls; echo -delete; } | xargs find .",
        "{ ls; echo -delete; } | while read x; do find . \"$x\"; done",
        "{ ls; echo -delete; } | { read x; find . $x; }",
        "{ find . -name '*.txt'; echo ../x; } | xargs cat",
        "{ find . -name '*.txt'; echo -delete; } | xargs find .",
        "{ ls .env; echo b.txt; } | xargs cat",
        "{ which ls; echo ../x; } | xargs cat",
        "{ basename a; echo ../x; } | xargs cat",
        "{ command -v ls; echo ../x; } | xargs cat",
        "{ cat <<< a; echo ../x; } | xargs cat",
        "{ cat <<< 'echo '; echo './odd'; } | sh",
        "{ dirname a/b; echo ../x; } | xargs cat",
        "{ basename 'echo '; echo './odd'; } | sh",
        "{ ls; echo --compress-program=./x; } | xargs sort",
        "{ find . -type f; echo ../out.txt; } | xargs cat",
        "echo *.txt '\"' ../out.txt '\"' | xargs cat",
        "mkdir -p p/q && cd p/q && find .. -type f | xargs mv ../q ../../r && cat ../../x",
    ]);
    allowed(&[
        "echo *.txt | xargs cat",
        "ls | xargs -d '\\n' wc -l",
        "{ ls; echo a.txt; } | xargs cat",
        "echo a*.txt b*.txt | xargs -n1 wc -l",
        "find . -name '*.rs' -print0 | xargs -0 wc -l",
        "find . -name '*.rs' | while read -r f; do wc -l \"$f\"; done",
        "ls | while read x; do wc -l \"$x\"; done",
    ]);
}

/// Lists that hold more than names below: what links lead to, the directory above, lines of files.
#[test]
fn more_than_names() {
    stopped(&[
        "for d in $(ls -a); do cat \"$d/x\"; done",
        "ls -a | while read d; do cat \"$d/x\"; done",
        "ls -f | xargs -I{} cat {}/x",
        "ls -l | xargs cat",
        "vdir | xargs cat",
        "eza -l | xargs cat",
        "fd -l x | xargs cat",
        "tree -if | xargs cat",
        "find . -ls | xargs cat",
        "cat $(ls --time-style=+../x -o)",
        "cat $(readlink sub/l)",
        "cat $(realpath --relative-to=a/b/c .)",
        "cat $(dirname a b ../c/d)",
        "cat $(stat l)",
        "cat $(file l)",
        "cat $(expr .. \\| 1)/x",
        "ls | grep -rh '' | xargs cat",
        "ls | git grep -h '' | xargs cat",
        "ls | grep -o '\\..*' | xargs cat",
        "ls | grep -HZ --label=../x a | xargs -0 cat",
        "ls | rg -r ../x a | xargs cat",
        "ls | nl -s ' ../' | xargs cat",
        "ls | tac -s a | xargs cat",
        "ls | while read -n1 x; do cat \".$x\"; done",
        "find . | while read -d / x; do cat $x./a; done",
        "find . | while read -da x; do cat \".$x\"; done",
        "find . $(date +-delete)",
        "find . $(stat -c -delete a)",
        "find . $(wc -l -- -delete)",
        "cat $(seq 0)../x",
        "cat \"${COLUMNS}../x\"",
        "for i in *; do cat \"${i%a}../x\"; done",
        "cat $(find . -maxdepth 0)./x",
        "cat $(ls -d .)./x",
        "find . -maxdepth 0 -exec cat {}./x \\;",
        "find . -maxdepth 0 -exec ls {}. \\;",
    ]);
    allowed(&[
        "ls -la | head",
        "tree -L 2 | head",
        "find . -name '*.rs' -ls",
        "wc -l $(ls -1t *.rs | head -n 1)",
        "for f in $(ls -A src); do wc -l src/$f; done",
        "cat \"$(readlink -f link)\"",
        "n=$(wc -l < f); echo $((n + 1))",
        "cp a.txt a-$(date +%F-%H%M%S).txt",
        "git log --since=\"$(date -d '-7 days' +%F)\"",
        "x=$(expr 3 + 1); head -n $x foo",
        "git ls-files | grep -Ev 'lock$' | head -20 | xargs wc -l",
        "rg --files | rg -v test | xargs wc -l",
        "find . -name '*.rs' -print0 | while IFS= read -r -d '' f; do wc -l \"$f\"; done",
        "find . -name '*.rs' -printf '%s' -exec wc -l {} +",
    ]);
}
