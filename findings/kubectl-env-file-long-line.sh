#!/bin/sh
# kubectl create secret --from-env-file, kubectl 1.37: a line of 64 KiB ends the reading without a word.
# The secret has what stands above it, nothing of what stands below, and the exit status is 0. docker and
# podman refuse the same file. A certificate bundle on one line is such a line.
# Calls the function that kubectl reads the file with, k8s.io/kubectl/pkg/cmd/util.AddFromEnvFile.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
{ echo ABOVE=1; printf 'BUNDLE='; head -c 65536 /dev/zero | tr '\0' x; printf '\nKEY=secret\n'; } > file.env
cat > go.mod <<'EOF'
module finding
go 1.24
EOF
cat > main.go <<'EOF'
package main

import (
	"fmt"

	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	names := []string{}
	err := util.AddFromEnvFile("file.env", func(key, value string) error {
		names = append(names, key)
		return nil
	})
	fmt.Println(names, err)
}
EOF
{ go get k8s.io/kubectl@v0.37.2 && go mod tidy && go build -o finding .; } >&2
seen=$(./finding)
echo "k8s.io/kubectl v0.37.2: $seen"
[ "$seen" = '[ABOVE] <nil>' ] || { echo 'that is not [ABOVE] <nil> any more' >&2; exit 1; }
