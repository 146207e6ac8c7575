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
            case '|auth' '|token' '|serve' '|completion' 'auth|status' 'auth|generate-key' 'auth|check' 'auth|probe' 'token|rotate'
                set -a path $word
            case '*|--system' '*|--launch' 'auth generate-key|--format' 'auth generate-key|--count' 'auth check|--host' 'auth probe|--key-env' 'auth probe|--key-file' 'auth probe|--timeout' 'auth probe|--ca' 'auth probe|--path' 'auth probe|--transport' 'auth probe|--accept-json' 'serve|--host' 'serve|--port' 'completion|--for'
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
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a token -d 'rotate the key'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a serve -d 'run the reference server of a system'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'|0\'' -a completion -d 'print the completion script of a shell'
complete -c keyward -l version -s V -d 'output the version number'
complete -c keyward -l system -x -a 'jean2 openjarvis generic' -d 'which kind of server'
complete -c keyward -l launch -x -a 'daemon service foreground' -d 'how the server is started'
complete -c keyward -l json -d 'one object on standard output, no prose'
complete -c keyward -l debug -d 'steps, requests and stacks on standard error'
complete -c keyward -l help -s h -d 'display help for command'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a status -d 'where the key is, what shadows it and how good it is'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a generate-key -d 'print a new key, or store it where the server reads it'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a check -d 'tell whether a host is safe to listen on'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'auth|0\'' -a probe -d 'ask the running server whether it enforces its key'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l format -x -a 'openjarvis base64url' -d 'the key\'s format'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l count -x -d 'print that many keys, a line each'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l write -d 'store the key where the server reads it; refused when a key is set'
complete -c keyward -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_keyward)' -l print -d 'with --write: print the key too'
complete -c keyward -n 'string match -qr \'^auth check[ |]\' (__keyward_place_in_keyward)' -l host -x -d 'the host to listen on; the one that the server would use if absent'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-env -x -d 'take the key from this environment variable'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-file -r -F -d 'take the key from this file; one final newline is dropped'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l key-stdin -d 'take the key from standard input'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l timeout -x -d 'how long it may take in all'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l ca -r -F -d 'trust these authorities (PEM) over https'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l insecure -d 'trust any certificate'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l allow-plaintext -d 'send the key over plain http beyond this machine'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l logged-urls -d 'try the key also in URLs that the server writes to its log'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l force -d 'send the key even if the listener belongs to another user'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l path -x -d 'generic: the endpoint that says whether a key is good'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l transport -x -a 'bearer query' -d 'generic: how the key travels'
complete -c keyward -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_keyward)' -l accept-json -x -d 'generic: the value of the answer that accepts'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'token|0\'' -a rotate -d 'replace the key by a new one'
complete -c keyward -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_keyward)' -l dry-run -d 'show what would change, masked, and change nothing'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l host -x -d 'the address to listen on'
complete -c keyward -n 'string match -qr \'^serve[ |]\' (__keyward_place_in_keyward)' -l port -x -d 'the port; 0 takes a free one; the system\'s own if absent'
complete -c keyward -n 'test (__keyward_place_in_keyward) = \'completion|0\'' -a 'bash zsh fish'
complete -c keyward -n 'string match -qr \'^completion[ |]\' (__keyward_place_in_keyward)' -l for -x -a 'keyward jarvis jean2' -d 'the program; keyward if absent'
