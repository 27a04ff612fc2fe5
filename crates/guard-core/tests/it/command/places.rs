//! Names that count from another directory than the one the shell is in.

use super::{allowed, denied, stopped};

/// A tool goes to the directory of its option before it looks at any name, wherever the option stands.
#[test]
fn behind_an_option_that_goes_elsewhere() {
    denied(&[
        "cd src && make -f ../x -C ..",
        "cd src && make -C .. -f ../x",
        "cd src && ninja -f ../x -C ..",
        "cd src && rake -f ../x -C ..",
        "cd src && patch -o ../x -d .. < p",
        "cd src && git --git-dir=../x/.git -C .. log",
        "cd src && git --work-tree=../x -C .. status",
        "cd src && env -C .. cat ../x",
        "cd src && env --chdir=.. cat ../x",
        "cd src && cmake -E chdir .. cat ../x",
        "cd src && fd -C .. -x cat ../x",
        "cd src && fd --base-directory .. -x cat ../x",
        "cd src && ruby -C .. ../x.rb",
        "cd src && ruby -X.. ../x.rb",
        "cd src && ruby -C.. -ne 'puts $_' ../x",
        "cd src && ruby -nC .. -e 'puts $_' ../x",
        "make -B src -f ../x",
        "just -d sub -f ../x",
    ]);
}

/// Of these it is not sure which names count from where.
#[test]
fn behind_an_option_that_may_go_elsewhere() {
    stopped(&[
        "tar -cf a.tar ../x.txt -C sub",
        "cd src && tar -cf a.tar -C .. ../x.txt",
        "cd src && tar -cf a.tar -C .. ../x.txt -C src y.txt",
        "cd src && jar cf a.jar -C .. ../x",
        "cd src && echo ../x | cpio -o -D ..",
        "cd src && echo ../x | cpio -o --directory=..",
        "cd src && uv run --directory .. cat ../x.txt",
        "cd src && uv run --directory=.. cat ../x.txt",
        "cd src && uv --directory .. run cat ../x.txt",
        "cd src && uv --directory $(cat d) run cat ../x.txt",
        "cd src && poetry -C .. run cat ../x.txt",
        "cd src && poetry --directory=.. run cat ../x.txt",
        "cd src && hatch run cat ../x.txt",
        "cd src && composer --working-dir=.. exec cat ../x.txt",
        "cd src && stack exec --cwd .. cat ../x.txt",
        "cd src && dune exec --root .. cat ../x.txt",
        "cd src && swift --chdir .. ../x.swift",
        "cd src && bun run --cwd=.. ../x.ts",
        "cd src && bun --cwd .. run ../x.ts",
        "cd src && npm --prefix .. exec cat ../x",
        "cd src && deno task --cwd .. cat ../x",
        "cd src && go test -C .. ../x",
        "cd src && git bisect run cat ../x.txt",
        "cd src && git submodule foreach 'cat ../x.txt'",
        "cd src && find .. -execdir cat ../x.txt ';'",
        "cd src && find ../a.txt -execdir cat ../x.txt ';'",
        "find src -execdir cat ../../x.txt ';'",
    ]);
}

#[test]
fn ordinary_work_elsewhere() {
    allowed(&[
        "make -C sub test",
        "make -C sub -f ../common.mk",
        "make -C sub -f Makefile.alt test",
        "git -C crates/x diff ../y",
        "cd crates/x && git -C ../.. status",
        "cd crates/x && cargo run --manifest-path ../y/Cargo.toml",
        "tar -czf dist/app.tgz -C build .",
        "tar -C src -cf - . | tar -C dst -xf -",
        "jar cf app.jar -C build/classes .",
        "cd web && npm --prefix ../server run build",
        "uv run --directory api pytest tests/unit",
        "poetry -C api run pytest",
        "pnpm --dir web run build",
        "bun --cwd web test",
        "cmake -S . -B build && cmake --build build -j4",
        "cd build && cmake .. && make",
        "just -d sub -f sub/justfile",
        "ruby -C lib x.rb",
        "env -C sub make",
        "hatch run test",
        "git bisect run cargo test",
        "cd src && git bisect run ./test.sh",
        "git submodule foreach 'git status'",
        "find . -name '*.rs' -execdir wc -l {} +",
        "cd src && find .. -name '*.rs' -execdir wc -l {} +",
        "find src -name '*.rs' -execdir rustfmt {} +",
    ]);
}

/// The names that `find` prints count from where it was, and none of them is the name alone.
#[test]
fn names_found_beside_the_directory() {
    allowed(&[
        "cd src && find .. -name '*.rs' -exec wc -l {} +",
        "cd src && find ../docs -name '*.md' -print0 | xargs -0 sed -i 's/a/b/'",
        "cd src && find .. -name '*.rs' | xargs wc -l",
        "wc -l $(find docs -name '*.md')",
        "wc -l $(find docs -name '*.md' | sort | head -3)",
        "for f in $(find docs -name '*.md'); do wc -l \"$f\"; done",
        "cd src && wc -l $(find ../docs -name '*.md')",
        "git add $(find . -name '*.rs')",
    ]);
    stopped(&[
        "cd src && find ../.. -name '*.rs' -exec cat {} +",
        "cd src && find .. -name '.e*' -exec cat {} +",
        "cd src && cat ../$(find .. -name x.rs)",
        "cat $(find . -name .env)",
        "cat $(find . -name '*.md' -o -name .env)",
        "cat \"$(find . -name '*.md')/../../x\"",
        "cat \"$(find . -name x)/etc/passwd\"",
        "rm -rf \"$(find . -name x)/\"",
        "$(find . -name tool)",
        "echo 'rm -rf ~' > x.sh; sh $(find . -name 'x.sh')",
    ]);
}

/// The shell goes along with the directory that it is in.
#[test]
fn in_a_directory_that_is_moved() {
    denied(&[
        "mkdir -p a/b && cd a/b && mv ../../a/b ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && mv ../b ../../ && cat ../../x",
        "mkdir -p a/b && cd a/b && mv ../[b] ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && mv ../* ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && mv -t ../.. \"$PWD\" && cat ../../x",
        "mkdir -p a/b && cd a/b && mv ~+ ../.. && cat ../../x",
        "mkdir -p a/b && cd a/b && git mv ../b ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && git worktree move ../b ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && (cd ../.. && mv a/b c) && cat ../../x",
        "mkdir -p a/b/c && cd a/b/c && mv ../../b ../../../d && cat ../../../x",
        "mkdir -p a/b && cd a/b && xargs mv ../b <<< ../../c && cat ../../x",
        "mkdir -p a/b && cd a/b && mv ../b ../../c && echo x > ../../y",
        "mkdir -p a/b && cd a/b && mv ../b ../../c && make -f ../../x",
        "mkdir -p a/b && cd a/b && mv --exchange ../../c ../b && cat ../../x",
        "mkdir -p a/b && env -C a/b sh -c 'mv ../b ../../c && cat ../../x'",
    ]);
    allowed(&[
        "cd a && mv b .. && cat ../README.md",
        "cd a && mv ../b ../c && cat ../README.md",
        "cd src && for f in *.js; do mv \"$f\" \"${f%.js}.ts\"; done && cd .. && npm test",
        "cd build && make && mv app ../dist/ && ls ../dist",
        "mv old new && cd new && cat ../README.md",
    ]);
}

/// What runs after a failure runs wherever the shell had gone before.
#[test]
fn where_something_has_failed() {
    stopped(&[
        "cd src && { cd .. && false || cat ../x; }",
        "cd src && { cd .. && cd nowhere || cat ../x; }",
        "cd src && { cd .. && grep -q a b || cat ../x; }",
        "cd src && { cd .. && false || false || cat ../x; }",
        "cd src && { cd .. && false || cd nowhere || cat ../x; }",
        "cd src && { false || cd .. && false || cat ../x; }",
        "cd src && { cd .. && cd nowhere || echo x && cat ../x; }",
        "cd src && { { cd ..; false; } || cat ../x; }",
        "cd src && { eval 'cd .. && false' || cat ../x; }",
        "cd src && { case x in x) cd ..; false ;; esac || cat ../x; }",
        "cd src && { if cd ..; then false; fi || cat ../x; }",
        "cd src && f() { cd ..; return 1; } && { f || cat ../x; }",
        "cd src && { ! cd .. || cat ../x; }",
        "cd src && { ! cd nowhere && cat ../../x; }",
        "cd src && sh -c 'cd .. && false || cat ../x'",
        "cd src && mapfile -C 'cd ..; :' -c 1 x < a && cat ../x",
        "cd src/lib && mapfile -C 'cd ..; :' -c 1 x < a && cat ../x",
        "cd src && f() { cd ..; } && compgen -F f && cat ../x",
    ]);
    allowed(&[
        "cd src && cargo build || echo failed",
        "cd src && { test -f ../a || touch ../a; }",
        "cd src && grep -q x a.txt || sed -i s/a/b/ a.txt",
        "cd src && npm test && cd .. || exit 1",
        "cd a && make || (cd b && make)",
        "mapfile -C echo -c 1 y < a.txt; cat a.txt",
    ]);
}

/// What runs at the same time may find what the rest makes.
#[test]
fn at_the_same_time() {
    stopped(&[
        "mkdir -p a/b; (cd a/b && sleep 1 && cat ../../x) & mv a/b c; wait",
        "mkdir -p a/b && { cd a/b && sleep 1 && cat ../../x; } | { mv a/b c; cat; }",
        "mkdir -p a/b && cat <(cd a/b && sleep 1 && cat ../../x) <(mv a/b c)",
        "(sleep 1; cat l/../x) & ln -s . l; wait",
        "{ sleep 1; cat l/../x; } | { ln -s . l; cat; }",
        "coproc { sleep 1; cat l/../x; }; ln -s . l; wait",
        "for i in 1 2; do cat l/../x; ln -s . l; done",
        "{ sleep 1; sh x.sh; } | { echo 'rm -rf ~' > x.sh; }",
        "sh x.sh | echo 'rm -rf ~' > x.sh",
    ]);
    allowed(&["cat a | sort > b", "cargo build 2>&1 | tee log.txt", "./test.sh | tee test.log"]);
}
