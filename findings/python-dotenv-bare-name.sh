#!/bin/sh
# python-dotenv 1.2.4: a name alone takes back what a line above set. After "KEY=secret" and "KEY" the
# variable is not set at all. And ${NAME} is expanded in single quotes too, unlike in a shell, Deno
# and docker compose: "B=1, KEY='a${B}'" gives a1. Nothing is said of either.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
printf 'KEY=secret\nKEY\nB=1\nQUOTED='"'"'a${B}'"'"'\n' > file.env
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages python-dotenv==1.2.4 >&2
seen=$(PYTHONPATH=packages python3 -c 'import os, dotenv
dotenv.load_dotenv("file.env")
print(os.environ.get("KEY"), os.environ["QUOTED"])')
echo "python-dotenv 1.2.4: $seen"
[ "$seen" = 'None a1' ] || { echo 'that is not None a1 any more' >&2; exit 1; }
