//! Code of other languages on the command line.

use guard_core::Decision::{Allow, Deny};

use super::{check, stopped};

#[test]
fn that_only_computes() {
    check(
        Allow,
        &[
            "python3 -c 'import math; print(math.pi)'",
            "python3 -c 'import datetime as d; print(d.date.today().isoformat())'",
            "python3 -c 'import uuid; print(uuid.uuid4())'",
            "python3 -c 'import os; print(os.getcwd(), os.listdir(\".\"))'",
            "python3 -c 'import re; print(re.findall(r\"[0-9]+\", open(\"a.txt\").read()))'",
            "python3 -c 'import statistics as s; print(s.mean([1, 2, 3]))'",
            "python3 -c 'import numpy; print(numpy.__version__)'",
            "python3 -c 'import requests; print(requests.__version__)'",
            "python3 -c 'import foo.bar'",
            "python3 - <<'E'\nimport json\nrows = json.load(open('a.json'))\nfor row in rows:\n    print(row['name'])\nE",
            "node -p 'new Date().toISOString()'",
            "node -e 'const a=[1,2,3]; console.log(a.map(x=>x*2).join(\",\"))'",
            "node -p 'require(\"os\").cpus().length'",
            "php -r 'echo $x + 1;'",
        ],
    );
}

/// A name that is put together while running can be any name.
#[test]
fn that_calls_what_it_puts_together() {
    stopped(&[
        "node -e '[][\"const\"+\"ructor\"][\"const\"+\"ructor\"](\"return proc\"+\"ess\")()'",
        "node -e '[][[\"con\",\"structor\"].join(\"\")]'",
        "node -e 'k=[\"con\",\"structor\"].join(\"\"); f=[][k]; f(\"x\")()'",
        "node -p 'Object.values(require(\"fs\"))[3](\"a\")'",
        "node -e 'process[`main${x}`]'",
        "php -r '$f=\"sys\".\"tem\"; $f(\"ls\");'",
        "perl -e '$f=\"x\"; &$f()'",
        "perl -e '$f=\"x\"; $f->()'",
        "lua -e 'x=1; x[\"a\"..\"b\"](1)'",
    ]);
}

#[test]
fn that_reaches_more_than_it_names() {
    stopped(&[
        "python3 -c 'import uuid; uuid.os.remove(\"a\")'",
        "python3 -c 'import os as o; o.remove(\"a\")'",
        "python3 -c 'from os import remove; remove(\"a\")'",
        "python3 -c 'import sys; sys.modules[\"os\"].remove(\"a\")'",
        "python3 -c 'import random; random._os.remove(\"a\")'",
        "python3 -c 'import string, random; string.Formatter().get_field(\"0._os\", (random,), {})'",
        "python3 -c 'import os; print(os.environ)'",
        "python3 -c 'import settings; print(settings.SECRET_KEY)'",
        "python3 -c 'print(().__class__.__base__)'",
        "python3 -c 'o = open; o(\"a\", \"w\")'",
        "python3 -c 'import frobnicate; frobnicate.go()'",
        "python3 - <<'E'\nimport shutil\nshutil.rmtree('src')\nE",
    ]);
    check(
        Deny,
        &[
            "python3 -c 'open (\".git/config\", \"w\").write(\"x\")'",
            "python3 -c 'import os; os.listdir(\"/etc\")'",
            "perl -e 'print 1' -e 'system(\"ls\")'",
            "ruby -e 1 -r/tmp/x.rb",
            "node -p 1 -r /tmp/x.js",
            "node --eval=1 --require /tmp/x.js",
        ],
    );
}
