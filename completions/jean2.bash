# bash completion for jean2, made by: keyward completion bash --for jean2
# It needs nothing else: keyward is not run to complete a word.
#
# Only the words auth and token are keyward's; every other belongs to the real jean2. If a function
# completes jean2 already when this is read, it is asked for those; else they complete to files.
# So read this after the real program's own completion, which would otherwise take its place.

_keyward_for_jean2() {
  local line=${COMP_LINE:0:COMP_POINT} command= option= prefix= cur word blanks i last
  local given=0 ended=
  local -a words found
  COMPREPLY=()

  if ((COMP_CWORD == 1)) || ! [[ ${COMP_WORDS[1]} =~ ^(auth|token)$ ]]; then
    [[ -z $_keyward_next_jean2 ]] || "$_keyward_next_jean2" "$@"
    ((COMP_CWORD == 1)) || return 0
    for word in auth token; do
      if [[ $word == "$2"* ]]; then COMPREPLY+=("$word"); fi
    done
    return 0
  fi

  # Bash splits at "=" and ":" too; here a word is what stands between blanks, up to the cursor.
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${line%%[![:space:]]*}
    line=${line#"$blanks"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$line
    if ((i > 0)) && [[ -z $blanks ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    line=${line#"$word"}
  done
  last=$((${#words[@]} - 1))
  cur=${words[last]}

  for ((i = 1; i < last; i++)); do
    word=${words[i]}
    case "$command|$word" in
      '|auth' | '|token' | 'auth|status' | 'auth|generate-key' | 'auth|create-key' | 'auth|revoke-key' | 'auth|check' | 'auth|probe' | 'token|rotate' | 'token|set' | 'token|show' | 'token|history') command="${command:+$command }$word" ;;
      'token set|--key-env' | 'token set|--key-file' | 'token set|--timeout' | 'token rotate|--timeout' | 'token rotate|--overlap' | 'token rotate|--if-older-than' | 'auth probe|--key-env' | 'auth probe|--key-file' | 'auth probe|--timeout' | 'auth probe|--until' | 'auth probe|--ca' | 'auth check|--host' | 'auth generate-key|--format' | 'auth generate-key|--count' | *'|--server' | *'|--launch' | *'|--file' | *'|--variable' | *'|--dialect') if ((++i == last)); then option=$word; fi ;;
      *'|--')
        ended=yes given=$((given + last - i - 1))
        break
        ;;
      *'|-'*) ;;
      *) given=$((given + 1)) ;;
    esac
  done
  if [[ -z $option && -z $ended && $cur == --*=* ]]; then
    option=${cur%%=*}
    prefix=$option=
  fi

  found=()
  if [[ -n $option ]]; then
    case "$command|$option" in
      'token set|--key-file') return 0 ;;
      'auth probe|--key-file') return 0 ;;
      'auth probe|--until') found=(enforced closed open key-rejected wrong-service unreachable inconclusive) ;;
      'auth probe|--ca') return 0 ;;
      'auth generate-key|--format') found=(openjarvis base64url) ;;
      *'|--launch') found=(daemon service foreground) ;;
      *'|--file') return 0 ;;
      *'|--dialect') found=(jean2 dotenv node20 node22 deno python-dotenv docker podman compose kubectl systemd direnv) ;;
    esac
  elif [[ -z $ended && $cur == -* ]]; then
    case $command in
      '') found=(--version --server --launch --file --variable --dialect --json --debug --help) ;;
      auth) found=(--version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth status') found=(--version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth generate-key') found=(--format --count --write --print --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth create-key') found=(--print --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth revoke-key') found=(--force --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth check') found=(--host --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth probe') found=(--key-env --key-file --key-stdin --timeout --until --ca --insecure --allow-plaintext --logged-urls --try-limit --force --version --server --launch --file --variable --dialect --json --debug --help) ;;
      token) found=(--version --server --launch --file --variable --dialect --json --debug --help) ;;
      'token rotate') found=(--restart --restart-command --timeout --leaked --overlap --if-older-than --if-missing --replace-reference --resume --undo --dry-run --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'token set') found=(--key-env --key-file --key-stdin --restart --restart-command --timeout --replace-reference --dry-run --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'token show') found=(--reveal --version --server --launch --file --variable --dialect --json --debug --help) ;;
      'token history') found=(--version --server --launch --file --variable --dialect --json --debug --help) ;;
    esac
  else
    case "$command|$given" in
      '|0') found=(auth token) ;;
      'auth|0') found=(status generate-key create-key revoke-key check probe) ;;
      'token|0') found=(rotate set show history) ;;
    esac
  fi

  # Bash replaces only $2, the last part of a word that it has split.
  for word in "${found[@]}"; do
    word=$prefix$word
    if [[ $word == "$cur"* ]]; then
      printf -v word %q "${word#"${cur%"$2"}"}"
      COMPREPLY+=("$word")
    fi
  done
  # Nothing fits, and a file would not either. Bash before 4 cannot be told so.
  ((${#COMPREPLY[@]} > 0)) || compopt +o default 2>/dev/null
  return 0
}

if [[ $(complete -p jean2 2>/dev/null) =~ -F\ ([^ ]+) ]]; then
  if [[ ${BASH_REMATCH[1]} != _keyward_for_jean2 ]]; then _keyward_next_jean2=${BASH_REMATCH[1]}; fi
fi
complete -o default -F _keyward_for_jean2 jean2
