#!/bin/sh
# deno --env-file, Deno 2.9.6: of several lines that set a variable the first counts, but a $ in a line
# below refers to the last. The file "KEY=first, KEY=last, COPY=$KEY" gives KEY=first and COPY=last.
# Node, of whose reader Deno's is a port, takes the last.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
printf 'KEY=first\nKEY=last\nCOPY=$KEY\n' > file.env
npm install --silent --no-audit --no-fund --prefix deno @deno/linux-x64-glibc@2.9.6 >&2
deno=deno/node_modules/@deno/linux-x64-glibc/deno
"$deno" --version | head -n 1
seen=$(env -i HOME="$folder" NO_COLOR=1 "$deno" eval --env-file=file.env \
  'console.log(JSON.stringify([Deno.env.get("KEY"), Deno.env.get("COPY")]))')
echo "$seen"
[ "$seen" = '["first","last"]' ] || { echo 'that is not ["first","last"] any more' >&2; exit 1; }
