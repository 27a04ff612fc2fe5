//! A name that the same text made for a guarded place.

use super::{allowed, stopped};

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
