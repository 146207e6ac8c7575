# fish completion for jarvis, made by: keyward completion fish --for jarvis
# It needs nothing else: keyward is not run to complete a word.
#
# Only the words auth and token are keyward's; every other belongs to the real jarvis and completes to
# files here. Fish adds what other scripts say of jarvis to this, when they have been read.

# The command that the words before the cursor name, and how many arguments it has: auth check|0
function __keyward_place_in_jarvis
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    set -l given 0
    set -l value no
    set -l ended no
    if set -q words[1]; and not contains -- $words[1] auth token
        echo other
        return
    end
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
            case '|auth' '|token' 'auth|status' 'auth|generate-key' 'auth|create-key' 'auth|revoke-key' 'auth|check' 'auth|probe' 'token|rotate' 'token|set' 'token|show' 'token|history'
                set -a path $word
            case '*|--server' '*|--launch' '*|--file' '*|--variable' '*|--dialect' 'auth generate-key|--format' 'auth generate-key|--count' 'auth check|--host' 'auth probe|--key-env' 'auth probe|--key-file' 'auth probe|--timeout' 'auth probe|--until' 'auth probe|--ca' 'token rotate|--timeout' 'token rotate|--overlap' 'token rotate|--if-older-than' 'token set|--key-env' 'token set|--key-file' 'token set|--timeout'
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
complete -c jarvis -n 'test (__keyward_place_in_jarvis) != other' -f
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'|0\'' -a auth -d 'make, check and probe the key'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'|0\'' -a token -d 'replace and show the key'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l version -s V -d 'output the version number'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l server -x -d 'a named server: see keyward server'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l launch -x -a 'daemon service foreground' -d 'how the server is started'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l file -r -F -d 'the file that holds the key; the system\'s own if absent'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l variable -x -d 'the variable in that file, where it is not the system\'s'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l dialect -x -a 'jean2 dotenv node20 node22 deno python-dotenv docker podman compose kubectl systemd direnv' -d 'who reads that file; several with commas, the server first'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l json -d 'one object on standard output, no prose'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l debug -d 'steps, requests and stacks on standard error'
complete -c jarvis -n 'not contains -- (__keyward_place_in_jarvis) \'|0\' other' -l help -s h -d 'display help for command'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a status -d 'where the key is, what shadows it and how good it is'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a generate-key -d 'print a new key, or store it where the server reads it'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a create-key -d 'store a first key where the server reads it'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a revoke-key -d 'remove the key from where the server reads it'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a check -d 'tell whether a host is safe to listen on'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'auth|0\'' -a probe -d 'ask the running server whether it enforces its key'
complete -c jarvis -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_jarvis)' -l format -x -a 'openjarvis base64url' -d 'the key\'s format'
complete -c jarvis -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_jarvis)' -l count -x -d 'print that many keys, a line each'
complete -c jarvis -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_jarvis)' -l write -d 'store the key where the server reads it; refused when a key is set'
complete -c jarvis -n 'string match -qr \'^auth generate-key[ |]\' (__keyward_place_in_jarvis)' -l print -d 'with --write: print the key too'
complete -c jarvis -n 'string match -qr \'^auth create-key[ |]\' (__keyward_place_in_jarvis)' -l print -d 'print the key too'
complete -c jarvis -n 'string match -qr \'^auth revoke-key[ |]\' (__keyward_place_in_jarvis)' -l force -d 'even if anybody who reaches the server can then use it'
complete -c jarvis -n 'string match -qr \'^auth check[ |]\' (__keyward_place_in_jarvis)' -l host -x -d 'the host to listen on; the one that the server would use if absent'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l key-env -x -d 'take the key from this environment variable'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l key-file -r -F -d 'take the key from this file; one final newline is dropped'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l key-stdin -d 'take the key from standard input'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l timeout -x -d 'how long it may take in all: 500ms, 10s, 2m'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l until -x -a 'enforced closed open key-rejected wrong-service unreachable inconclusive' -d 'ask again until the verdict is this'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l ca -r -F -d 'trust these authorities (PEM) over https'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l insecure -d 'trust any certificate'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l allow-plaintext -d 'send the key over plain http beyond this machine'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l logged-urls -d 'try the key also in URLs that the server writes to its log'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l try-limit -d 'present 20 wrong keys in each form; it may lock you out for a while'
complete -c jarvis -n 'string match -qr \'^auth probe[ |]\' (__keyward_place_in_jarvis)' -l force -d 'send the key even if the listener belongs to another user'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'token|0\'' -a rotate -d 'replace the key by a new one'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'token|0\'' -a set -d 'replace the key by one that you bring'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'token|0\'' -a show -d 'show the key, masked'
complete -c jarvis -n 'test (__keyward_place_in_jarvis) = \'token|0\'' -a history -d 'every change of a key that is remembered'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l restart -d 'restart the server and prove the change, or undo it'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l restart-command -d 'the line ends with -- and the command that restarts the server'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l timeout -x -d 'how long the server may take to come back (default: 60s)'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l leaked -d 'others know the old key: never go back to it, and list what still holds it'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l overlap -x -d 'HAIP: keep the old secret for verifying that long'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l if-older-than -x -d 'only when the key is older than that, for example 30d'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l if-missing -d 'only when there is no key'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l replace-reference -d 'put the key in the place of a reference to another tool'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l resume -d 'finish a rotation that was cut off'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l undo -d 'go back to the old key of a rotation that was cut off'
complete -c jarvis -n 'string match -qr \'^token rotate[ |]\' (__keyward_place_in_jarvis)' -l dry-run -d 'show what would change, masked, and change nothing'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l key-env -x -d 'take the key from this environment variable'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l key-file -r -F -d 'take the key from this file; one final newline is dropped'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l key-stdin -d 'take the key from standard input'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l restart -d 'restart the server and prove the change, or undo it'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l restart-command -d 'the line ends with -- and the command that restarts the server'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l timeout -x -d 'how long the server may take to come back (default: 60s)'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l replace-reference -d 'put the key in the place of a reference to another tool'
complete -c jarvis -n 'string match -qr \'^token set[ |]\' (__keyward_place_in_jarvis)' -l dry-run -d 'show what would change, masked, and change nothing'
complete -c jarvis -n 'string match -qr \'^token show[ |]\' (__keyward_place_in_jarvis)' -l reveal -d 'print the key itself, alone'
