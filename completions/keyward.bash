# Completes keyward, jarvis and jean2 in bash. Printed by: keyward completion bash
#
# What may follow is asked of keyward, which prints a line for each word, its description after a
# tab, and a last line that says what to add to them: `:files`, `:command N` or `:nothing`.
#
# Of jarvis and jean2 the words auth and token are keyward's. All else is left to what completes the
# real program, so this is read after that. It is written in what bash 3.2 knows, as on macOS.

_keyward() {
  local name=${1##*/} line=${COMP_LINE:0:COMP_POINT} cur typed full word blanks i rest=""
  local -a words starts
  COMPREPLY=()
  if [[ $name != keyward ]]; then
    if ((COMP_CWORD == 1)) || [[ ${COMP_WORDS[1]} != auth && ${COMP_WORDS[1]} != token ]]; then
      _keyward_hand_on "$name" "$@"
      ((COMP_CWORD == 1)) || return 0
    fi
  fi

  # Bash splits at "=" and ":" too. Here a word is what stands between blanks, up to the cursor.
  words=() starts=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${line%%[![:space:]]*}
    line=${line#"$blanks"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$line
    if ((i > 0)) && [[ -z $blanks ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word") starts+=("$i")
    fi
    line=${line#"$word"}
  done
  cur=${words[${#words[@]} - 1]}

  # What is offered stands for this part: without `--option=` and an opening quote.
  typed=$cur
  [[ $typed != -*=* ]] || typed=${typed#*=}
  typed=${typed#[\"\']}
  while IFS=$'\t' read -r word _; do
    if [[ $word == :* ]]; then
      rest=${word#:}
    elif [[ -n $word && $word == "$typed"* ]]; then
      # Bash replaces only $2, the last part of a word that it has split.
      full=${cur%"$typed"}$word
      COMPREPLY+=("${full#"${cur%"$2"}"}")
    fi
  done <<<"$(command keyward __complete "$name" "${words[@]:1}" 2>/dev/null </dev/null)"

  case $rest in
    # With nothing found, `-o default` completes to files, quoted as bash alone can.
    files) return 0 ;;
    command*) _keyward_command "${starts[${rest#command } + 1]}" "$2" ;;
    *) if [[ $name == keyward ]] || ((COMP_CWORD > 1)); then
      # No file would fit either. Bash before 4 cannot be told so.
      ((${#COMPREPLY[@]} > 0)) || compopt +o default 2>/dev/null
    fi ;;
  esac
  return 0
}

# Completes the words from COMP_WORDS[$1] on as a command line of its own; $2 is the word typed.
_keyward_command() {
  local offset IFS=$'\n'
  for offset in _comp_command_offset _command_offset; do
    if declare -F "$offset" >/dev/null; then
      IFS=$' \t\n'
      "$offset" "$1"
      return 0
    fi
  done
  if ((COMP_CWORD == $1)) && [[ $2 != */* ]]; then
    COMPREPLY=($(compgen -c -- "$2"))
  fi
}

# Asks what completed the program $1 before; $2 to $4 are what bash hands to a function.
_keyward_hand_on() {
  local name=$1 next=_keyward_next_$1 i function="" program="" IFS=$' \t\n'
  local -a spec
  shift
  [[ -n ${!next-} ]] || _keyward_load "$name"
  eval "spec=(${!next})"
  for ((i = 1; i < ${#spec[@]} - 2; i++)); do
    case ${spec[i]} in
      -o) compopt -o "${spec[i + 1]}" 2>/dev/null ;;
      -F) function=${spec[i + 1]} ;;
      -C) program=${spec[i + 1]} ;;
    esac
  done
  if [[ -n $function ]]; then
    "$function" "$@"
  elif [[ -n $program ]]; then
    IFS=$'\n'
    COMPREPLY=($(
      export COMP_LINE COMP_POINT
      eval "$program \"\$@\"" 2>/dev/null
    ))
  elif ((${#spec[@]} > 2)); then
    IFS=$'\n'
    COMPREPLY=($(compgen "${spec[@]:1:${#spec[@]}-2}" -- "$2" 2>/dev/null))
  fi
  return 0
}

# bash-completion reads what completes a program at its first TAB, but not while this completes it.
_keyward_load() {
  local loader next=_keyward_next_$1
  for loader in _comp_load __load_completion; do
    if declare -F "$loader" >/dev/null; then
      "$loader" "$1" >/dev/null 2>&1
      break
    fi
  done
  _keyward_register "$1"
  # Asked once.
  [[ -n ${!next-} ]] || printf -v "$next" %s "complete $1"
}

# Completes the program $1, and keeps in mind what completed it before.
_keyward_register() {
  local spec
  spec=$(complete -p "$1" 2>/dev/null)
  [[ -z $spec || $spec == *" -F _keyward "* ]] || printf -v "_keyward_next_$1" %s "$spec"
  complete -o default -F _keyward "$1"
}

for _keyward_name in keyward jarvis jean2; do
  _keyward_register "$_keyward_name"
done
unset _keyward_name
