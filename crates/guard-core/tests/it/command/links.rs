//! A name that the same text made for a guarded place.

use super::{allowed, denied, stopped};

#[test]
fn written_through_a_link() {
    stopped(&[
        "ln -s .git/hooks h; cp a h/pre-commit",
        "ln -s .git g && cp a.txt g/hooks/pre-commit",
        "ln -s .git g; echo x > g/config",
        "ln -sr .git/hooks docs/h; echo x > docs/h/post-checkout",
        "ln -st docs .git/hooks; cp a docs/hooks/pre-commit",
        "cp -rs .git/hooks h; echo x > h/pre-commit",
        "ln .git/config c; echo x > c",
        "cp -l .git/config c; echo '[alias]' >> c",
        "ln -s .git/config c; git config -f c core.pager ./x",
        "ln -s .git/config c && sed -i 's/a/b/' c",
        "ln -s .github w; tee w/workflows/ci.yml < a.txt",
        "mkdir -p x/hooks; cp a.txt x/hooks/pre-commit; cp -r x/. .git",
        "mkdir -p x/hooks; cp -rT x .git",
        "mv x .git/hooks",
        "mv hooks .git/",
        "rsync -a x/ .git/",
        "cp -r x/hooks .git",
        "ln -s .git/hooks h; cat a > h/pre-commit",
        "cd docs; ln -s ../.git/hooks h; cp ../a h/pre-commit",
        "ln -s .git/hooks a; ln -s a b; cp x b/pre-commit",
        "ln -s .git/hooks h; mv x h/pre-commit",
        "ln -s .git/hooks h; tee h/x < a",
        "ln -s .git/hooks h && install a h/pre-commit",
        "ln -s \"$x\" h",
    ]);
}

#[test]
fn links_inside_the_project() {
    allowed(&[
        "ln -s ./a.txt b.txt",
        "ln -s ../README.md docs/README.md",
        "ln -sf target/debug/app app",
        "ln -s src s; cat s/main.rs",
        "ln a.txt b.txt; echo x >> b.txt",
        "ln -sr docs/a.md README.md",
    ]);
}

/// `..` goes up from where a link leads, not from where it stands.
#[test]
fn up_from_behind_a_link() {
    denied(&[
        "ln -s . a; cat a/../x",
        "ln -s . a; cat a/a/a/../x",
        "ln -s ./ a; cat a/../x",
        "ln -s src/.. a; cat a/../x",
        "ln -sr . a; cat a/../x",
        "ln -s \"$PWD\" a; cat a/../x",
        "ln -s \"$(pwd)\" a; cat a/../x",
        "ln -s . a & wait; cat a/../x",
        "f() { ln -s . \"$1\"; }; f a; cat a/../x",
        "xargs ln -s . <<< a && cat a/../x",
        "find . -maxdepth 0 -exec ln -s {} a \\; && cat a/../x",
        "mkdir a && ln -s .. a/l && cat a/l/../x",
        "mkdir a && ln -s .. a/l && cd a/l && cat ../x",
        "mkdir a && ln -s .. a/l && cd a/l/.. && cat ../x",
        "mkdir a && ln -s .. a/l && pushd a/l && cat ../x",
        "mkdir -p a/b && ln -s ../.. a/b/l && cd a/b/l && cd .. && cat ../../x",
        "ln -s . a; cd a; cd ..; cat x",
        "ln -s . a; cd a && echo x > ../x",
        "ln -s . a; cp x a/..",
        "ln -s . a; sh a/../x.sh",
        "ln -s . a; make -C a -f ../x",
        "ln -s . a; git -C a add ../x",
        "ln -s . a; env -C a cat ../x",
        "ln -s . a; find a/.. -name x",
        "ln -s . a; (cd a && tar cf b.tar ..)",
        "ln -s . a && ln -s a/.. c && cat c/x",
        "ln -s . a && ln -s a/../y c && cat c",
    ]);
    stopped(&[
        "ln -s . a; cat */../x",
        "ln -s . a; cat a*/../x",
        "ln -s . a; cd * && cat ../x",
        // What it says is another file than the one that was written.
        "mkdir -p a/b; ln -s a/b l; echo 'rm -rf ~' > l/../x.sh; sh a/x.sh",
    ]);
    allowed(&[
        "ln -s src a; cat a/../x",
        "ln -s src l && cd l/deep && cat ../../x",
        "mkdir a; ln -s ../src a/l; cat a/l/main.rs",
        "ln -sf ../../config/x.toml a/b/x.toml && cat a/b/x.toml",
        "cd packages/a && ln -s ../b/dist dist && cat ../b/package.json && ls dist",
        "ln -sfn releases/2 current && ls current/",
    ]);
}

/// A link counts from where it is, also after it was taken elsewhere.
#[test]
fn carried_elsewhere() {
    denied(&[
        "mkdir -p a/b && ln -s ../.. a/b/l && mv a/b/l m && cat m/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && cp -a a/b/l m && cat m/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && ln a/b/l m && cat m/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && mv a/b c && cat c/l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && cp -r a/b c && cat c/l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && cp -r a/. . && cat b/l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && mv -t . a/b && cat b/l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && mv a/* . && cat b/l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && mv a/b/* . && cat l/x",
        "mkdir -p a/b && ln -s ../.. a/b/l && git mv a/b c && cat c/l/x",
    ]);
    allowed(&[
        "mkdir -p a/b && ln -s ../.. a/b/l && mv a/b c/ && cat c/b/l/x",
        "ln -sf ../lib/x.so build/x.so && cp -a build/x.so dist/ && ls dist",
    ]);
}
