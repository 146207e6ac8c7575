# Completes keyward, jarvis and jean2 in fish. Printed by: keyward completion fish
#
# What may follow is asked of keyward, which prints a line for each word, its description after a
# tab, and a last line that says what to add to them: `:files`, `:command N` or `:nothing`.
#
# Of jarvis and jean2 the words auth and token are keyward's. Fish adds what completes the real
# program by itself, as long as this is not in the place of its file: source it in config.fish.

function __keyward_answers -a name
    set -l words (commandline -opc)
    test $name = keyward; or test (count $words) = 1; or contains -- $words[2] auth token
end

function __keyward_complete -a name
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l answer (command keyward __complete $name $words "$current" 2>/dev/null </dev/null)
    set -q answer[1]; or return
    set -l rest $answer[-1]
    set -e answer[-1]
    set -l option (string match -r -- '^-[^=]*=' "$current")
    switch $rest
        case :files
            # As what follows a command that fish knows nothing of.
            set -l file (string replace -r -- '^-[^=]*=' '' "$current")
            set answer (complete -C "'' $file")
        case ':command *'
            set -l start (math (string replace ':command ' '' $rest) + 1)
            set -l line (string escape -- $words)
            set line $line[$start..-1] "$current"
            set answer (complete -C "$line")
            set option
    end
    for word in $answer
        echo -- "$option$word"
    end
end

for program in keyward jarvis jean2
    complete -c $program -n "__keyward_answers $program" -f -a "(__keyward_complete $program)"
end
set -e program
