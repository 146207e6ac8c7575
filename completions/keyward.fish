# fish completion for keyward, made by: keyward completion fish --for keyward
# It needs nothing else: keyward is not run to complete a word.

# The command that the words before the cursor name, and how many arguments it has: auth check|0
function __keyward_place_in_keyward
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    set -l given 0
    set -l value no
    set -l ended no
    for word in $words
        if test $ended = yes
            set given (math $given + 1)
            continue
        end
        if test $value = yes
            set value no
            continue
        end
        switch "$path|$word"
            case '|auth' '|token' '|server' '|doctor' '|run' '|serve' '|completion' 'auth|status' 'auth|generate-key' 'auth|create-key' 'auth|revoke-key' 'auth|check' 'auth|probe' 'token|rotate' 'token|set' 'token|show' 'token|history' 'token|issue' 'token|verify' 'token|inspect' 'server|add' 'server|list' 'server|remove'
                set -a path $word
            case '*|--system' '*|--server' '*|--launch' '*|--file' '*|--variable' '*|--dialect' 'auth generate-key|--format' 'auth generate-key|--count' 'auth check|--host' 'auth probe|--key-env' 'auth probe|--key-file' 'auth probe|--timeout' 'auth probe|--until' 'auth probe|--ca' 'auth probe|--path' 'auth probe|--transport' 'auth probe|--accept-json' 'token rotate|--path' 'token rotate|--transport' 'token rotate|--accept-json' 'token rotate|--timeout' 'token rotate|--overlap' 'token rotate|--if-older-than' 'token set|--key-env' 'token set|--key-file' 'token set|--path' 'token set|--transport' 'token set|--accept-json' 'token set|--timeout' 'token issue|--user' 'token issue|--expires' 'token issue|--profile' 'token issue|--issuer' 'token issue|--subject' 'token issue|--id' 'token issue|--claim' 'token issue|--claims' 'token issue|--not-before' 'token issue|--kid' 'token issue|--secret-env' 'token issue|--secret-file' 'token issue|--secret-encoding' 'token verify|--file' 'token verify|--env' 'token verify|--secret-env' 'token verify|--secret-file' 'token verify|--secret-encoding' 'token verify|--profile' 'token verify|--issuer' 'token verify|--env-file' 'token verify|--leeway' 'token inspect|--file' 'token inspect|--env' 'server add|--url' 'serve|--host' 'serve|--port' 'serve|--release' 'serve|--tls-cert' 'serve|--tls-key' 'completion|--for'
                set value yes
            case '*|--'
                set ended yes
            case '*|-*'
            case '*'
                set given (math $given + 1)
        end
    end
    echo "$path|$given"
end
complete -c keyward -f
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a auth -d 'make, check and probe the key'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a token -d 'replace and show the key'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a server -d 'give servers names, for --server'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a doctor -d 'run every check, and mend what can be mended'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a run -d 'start a server with its key, unless that would let anybody in'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a serve -d 'run the reference server of a system'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a completion -d 'print the completion script of a shell'
complete -c keyward -l version -s V -d 'output the version number'
complete -c keyward -l system -x -a 'jean2 openjarvis jean haip generic' -d 'which kind of server'
complete -c keyward -l server -x -d 'a named server: see keyward server'
complete -c keyward -l launch -x -a 'daemon service foreground' -d 'how the server is started'
complete -c keyward -l file -r -F -d 'the file that holds the key; the system\'s own if absent'
complete -c keyward -l variable -x -d 'the variable in that file, where it is not the system\'s'
complete -c keyward -l dialect -x -a 'jean2 dotenv node20 node22 deno python-dotenv docker podman compose kubectl systemd direnv' -d 'who reads that file; several with commas, the server first'
complete -c keyward -l json -d 'one object on standard output, no prose'
complete -c keyward -l debug -d 'steps, requests and stacks on standard error'
complete -c keyward -l help -s h -d 'display help for command'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a status -d 'where the key is, what shadows it and how good it is'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a generate-key -d 'print a new key, or store it where the server reads it'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a create-key -d 'store a first key where the server reads it'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a revoke-key -d 'remove the key from where the server reads it'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a check -d 'tell whether a host is safe to listen on'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a probe -d 'ask the running server whether it enforces its key'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l format -x -a 'openjarvis base64url' -d 'the key\'s format'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l count -x -d 'print that many keys, a line each'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l write -d 'store the key where the server reads it; refused when a key is set'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l print -d 'with --write: print the key too'
complete -c keyward -n 'string match -qr \'^auth create-key[ |]\' (__keyward_place_in_keyward)' -l print -d 'print the key too'
complete -c keyward -n 'string match -qr \'^auth revoke-key[ |]\' (__keyward_place_in_keyward)' -l force -d 'even if anybody who reaches the server can then use it'
complete -c keyward -n 'string match -qr \'^auth check[ |]\' (__keyward_place_in_keyward)' -l host -x -d 'the host to listen on; the one that the server would use if absent'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-env -x -d 'take the key from this environment variable'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-file -r -F -d 'take the key from this file; one final newline is dropped'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-stdin -d 'take the key from standard input'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l timeout -x -d 'how long it may take in all: 500ms, 10s, 2m'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l until -x -a 'enforced closed open key-rejected wrong-service unreachable inconclusive' -d 'ask again until the verdict is this'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l ca -r -F -d 'trust these authorities (PEM) over https'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l insecure -d 'trust any certificate'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l allow-plaintext -d 'send the key over plain http beyond this machine'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l logged-urls -d 'try the key also in URLs that the server writes to its log'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l try-limit -d 'present 20 wrong keys in each form; it may lock you out for a while'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l force -d 'send the key even if the listener belongs to another user'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l path -x -d 'generic: the endpoint that says whether a key is good'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l transport -x -a 'bearer query' -d 'generic: how the key travels'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l accept-json -x -d 'generic: the value of the answer that accepts'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a rotate -d 'replace the key by a new one'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a set -d 'replace the key by one that you bring'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a show -d 'show the key, masked'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a history -d 'every change of a key that is remembered'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a issue -d 'sign a JWT for a HAIP server'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a verify -d 'tell whether a JWT of a HAIP server is valid'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a inspect -d 'show what is in a JWT, unverified'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l path -x -d 'generic: the endpoint that says whether a key is good'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l transport -x -a 'bearer query' -d 'generic: how the key travels'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l accept-json -x -d 'generic: the value of the answer that accepts'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l restart -d 'restart the server and prove the change, or undo it'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l restart-command -d 'the line ends with -- and the command that restarts the server'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l timeout -x -d 'how long the server may take to come back (default: 60s)'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l leaked -d 'others know the old key: never go back to it, and list what still holds it'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l overlap -x -d 'HAIP: keep the old secret for verifying that long'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l if-older-than -x -d 'only when the key is older than that, for example 30d'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l if-missing -d 'only when there is no key'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l replace-reference -d 'put the key in the place of a reference to another tool'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l resume -d 'finish a rotation that was cut off'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l undo -d 'go back to the old key of a rotation that was cut off'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l dry-run -d 'show what would change, masked, and change nothing'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l key-env -x -d 'take the key from this environment variable'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l key-file -r -F -d 'take the key from this file; one final newline is dropped'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l key-stdin -d 'take the key from standard input'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l path -x -d 'generic: the endpoint that says whether a key is good'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l transport -x -a 'bearer query' -d 'generic: how the key travels'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l accept-json -x -d 'generic: the value of the answer that accepts'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l restart -d 'restart the server and prove the change, or undo it'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l restart-command -d 'the line ends with -- and the command that restarts the server'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l timeout -x -d 'how long the server may take to come back (default: 60s)'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l replace-reference -d 'put the key in the place of a reference to another tool'
complete -c keyward -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_keyward)' -l dry-run -d 'show what would change, masked, and change nothing'
complete -c keyward -n 'string match -qr \'^token show[ |]\' (__keyward_place_in_keyward)' -l reveal -d 'print the key itself, alone'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l user -x -d 'who the token is for'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l expires -x -d 'how long it lives; JWT_EXPIRES_IN, else 24h or 60m, if absent'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l profile -x -a 'server protocol' -d 'which page of HAIP\'s documentation it follows'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l issuer -x -d 'the application; for the protocol profile, which needs it'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l subject -x -d 'sub; for the server profile, which can do without'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l id -x -d 'jti; the protocol profile gets a random one if absent'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l claim -x -d 'one more claim, JSON or a word; may be repeated'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l claims -r -F -d 'more claims, from a file with one JSON object'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l not-before -x -d 'not valid before: a duration from now, or 2026-01-02T03:04:05Z'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l kid -x -d 'a label in place of the secret\'s fingerprint'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l secret-env -x -d 'take the secret from this environment variable'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l secret-file -r -F -d 'take the secret from this file; one final newline is dropped'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l secret-encoding -x -a 'utf8 hex base64' -d 'how the secret is written down'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l test -d 'the documentation\'s test token, signed with test-secret-key'
complete -c keyward -n 'string match -qr \'^token issue[ |]\' (__keyward_place_in_keyward)' -l force -d 'let it live for more than a year'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l file -r -F -d 'take the token from this file instead of standard input'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l env -x -d 'take the token from this environment variable'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l secret-env -x -d 'take the secret from this environment variable'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l secret-file -r -F -d 'take the secret from this file; one final newline is dropped'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l secret-encoding -x -a 'utf8 hex base64' -d 'how the secret is written down'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l profile -x -a 'server protocol' -d 'which page of HAIP\'s documentation it must follow'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l issuer -x -d 'the application; for the protocol profile, which needs it'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l env-file -r -F -d 'the env file with the secret; the working folder\'s .env if absent'
complete -c keyward -n 'string match -qr \'^token verify[ |]\' (__keyward_place_in_keyward)' -l leeway -x -d 'how far two clocks may differ'
complete -c keyward -n 'string match -qr \'^token inspect[ |]\' (__keyward_place_in_keyward)' -l file -r -F -d 'take the token from this file instead of standard input'
complete -c keyward -n 'string match -qr \'^token inspect[ |]\' (__keyward_place_in_keyward)' -l env -x -d 'take the token from this environment variable'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'server|0\'' -a add -d 'give a server a name'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'server|0\'' -a list -d 'show the named servers'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'server|0\'' -a remove -d 'forget a named server'
complete -c keyward -n 'string match -qr \'^server add[ |]\' (__keyward_place_in_keyward)' -l url -x -d 'where it answers; http or https, without user and query'
complete -c keyward -n 'string match -qr \'^server add[ |]\' (__keyward_place_in_keyward)' -l restart-command -d 'the line ends with -- and the command that restarts it'
complete -c keyward -n 'string match -qr \'^server add[ |]\' (__keyward_place_in_keyward)' -l replace -d 'take the place of the server of that name'
complete -c keyward -n 'string match -qr \'^doctor[ |]\' (__keyward_place_in_keyward)' -l fix -d 'mend what can be mended without making, removing or changing a key'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l host -x -d 'the address to listen on'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l port -x -d 'the port; 0 takes a free one; the system\'s own if absent'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l release -x -a '\'1.0.2\' \'1.0.3\' current old documented' -d 'another release than the current one, as the system has it'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l tls-cert -r -F -d 'speak TLS, with this certificate (PEM)'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l tls-key -r -F -d 'and this private key; the system\'s own variables if absent'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'completion|0\'' -a 'bash zsh fish'
complete -c keyward -n 'string match -qr \'^completion[ |]\' (__keyward_place_in_keyward)' -l for -x -a 'keyward jarvis jean2' -d 'the program; keyward if absent'
