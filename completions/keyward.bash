# bash completion for keyward, made by: keyward completion bash --for keyward
# It needs nothing else: keyward is not run to complete a word.

_keyward_for_keyward() {
  local line=${COMP_LINE:0:COMP_POINT} command= option= prefix= cur word blanks i last
  local given=0 ended=
  local -a words found
  COMPREPLY=()

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
      '|auth' | '|token' | '|serve' | '|completion' | 'auth|status' | 'auth|generate-key' | 'auth|check' | 'auth|probe' | 'token|rotate') command="${command:+$command }$word" ;;
      'completion|--for' | 'serve|--host' | 'serve|--port' | 'auth probe|--key-env' | 'auth probe|--key-file' | 'auth probe|--timeout' | 'auth probe|--ca' | 'auth probe|--path' | 'auth probe|--transport' | 'auth probe|--accept-json' | 'auth check|--host' | 'auth generate-key|--format' | 'auth generate-key|--count' | *'|--system' | *'|--launch') if ((++i == last)); then option=$word; fi ;;
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
      'completion|--for') found=(keyward jarvis jean2) ;;
      'auth probe|--key-file') return 0 ;;
      'auth probe|--ca') return 0 ;;
      'auth probe|--transport') found=(bearer query) ;;
      'auth generate-key|--format') found=(openjarvis base64url) ;;
      *'|--system') found=(jean2 openjarvis generic) ;;
      *'|--launch') found=(daemon service foreground) ;;
    esac
  elif [[ -z $ended && $cur == -* ]]; then
    case $command in
      '') found=(--version --system --launch --json --debug --help) ;;
      auth) found=(--version --system --launch --json --debug --help) ;;
      'auth status') found=(--version --system --launch --json --debug --help) ;;
      'auth generate-key') found=(--format --count --write --print --version --system --launch --json --debug --help) ;;
      'auth check') found=(--host --version --system --launch --json --debug --help) ;;
      'auth probe') found=(--key-env --key-file --key-stdin --timeout --ca --insecure --allow-plaintext --logged-urls --force --path --transport --accept-json --version --system --launch --json --debug --help) ;;
      token) found=(--version --system --launch --json --debug --help) ;;
      'token rotate') found=(--dry-run --version --system --launch --json --debug --help) ;;
      serve) found=(--host --port --version --system --launch --json --debug --help) ;;
      completion) found=(--for --version --system --launch --json --debug --help) ;;
    esac
  else
    case "$command|$given" in
      '|0') found=(auth token serve completion) ;;
      'auth|0') found=(status generate-key check probe) ;;
      'token|0') found=(rotate) ;;
      'completion|0') found=(bash zsh fish) ;;
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

complete -o default -F _keyward_for_keyward keyward
