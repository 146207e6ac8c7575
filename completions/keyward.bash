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
      '|auth' | '|token' | '|server' | '|doctor' | '|run' | '|serve' | '|completion' | 'auth|status' | 'auth|generate-key' | 'auth|create-key' | 'auth|revoke-key' | 'auth|check' | 'auth|probe' | 'token|rotate' | 'token|set' | 'token|show' | 'token|history' | 'token|issue' | 'token|verify' | 'token|inspect' | 'server|add' | 'server|list' | 'server|remove') command="${command:+$command }$word" ;;
      'completion|--for' | 'serve|--host' | 'serve|--port' | 'serve|--release' | 'serve|--tls-cert' | 'serve|--tls-key' | 'server add|--url' | 'token inspect|--file' | 'token inspect|--env' | 'token verify|--file' | 'token verify|--env' | 'token verify|--secret-env' | 'token verify|--secret-file' | 'token verify|--secret-encoding' | 'token verify|--profile' | 'token verify|--issuer' | 'token verify|--env-file' | 'token verify|--leeway' | 'token issue|--user' | 'token issue|--expires' | 'token issue|--profile' | 'token issue|--issuer' | 'token issue|--subject' | 'token issue|--id' | 'token issue|--claim' | 'token issue|--claims' | 'token issue|--not-before' | 'token issue|--kid' | 'token issue|--secret-env' | 'token issue|--secret-file' | 'token issue|--secret-encoding' | 'token set|--key-env' | 'token set|--key-file' | 'token set|--path' | 'token set|--transport' | 'token set|--accept-json' | 'token set|--timeout' | 'token rotate|--path' | 'token rotate|--transport' | 'token rotate|--accept-json' | 'token rotate|--timeout' | 'token rotate|--overlap' | 'token rotate|--if-older-than' | 'auth probe|--key-env' | 'auth probe|--key-file' | 'auth probe|--timeout' | 'auth probe|--until' | 'auth probe|--ca' | 'auth probe|--path' | 'auth probe|--transport' | 'auth probe|--accept-json' | 'auth check|--host' | 'auth generate-key|--format' | 'auth generate-key|--count' | *'|--system' | *'|--server' | *'|--launch' | *'|--file' | *'|--variable' | *'|--dialect') if ((++i == last)); then option=$word; fi ;;
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
      'serve|--release') found=(1.0.2 1.0.3 current old documented) ;;
      'serve|--tls-cert') return 0 ;;
      'serve|--tls-key') return 0 ;;
      'token inspect|--file') return 0 ;;
      'token verify|--file') return 0 ;;
      'token verify|--secret-file') return 0 ;;
      'token verify|--secret-encoding') found=(utf8 hex base64) ;;
      'token verify|--profile') found=(server protocol) ;;
      'token verify|--env-file') return 0 ;;
      'token issue|--profile') found=(server protocol) ;;
      'token issue|--claims') return 0 ;;
      'token issue|--secret-file') return 0 ;;
      'token issue|--secret-encoding') found=(utf8 hex base64) ;;
      'token set|--key-file') return 0 ;;
      'token set|--transport') found=(bearer query) ;;
      'token rotate|--transport') found=(bearer query) ;;
      'auth probe|--key-file') return 0 ;;
      'auth probe|--until') found=(enforced closed open key-rejected wrong-service unreachable inconclusive) ;;
      'auth probe|--ca') return 0 ;;
      'auth probe|--transport') found=(bearer query) ;;
      'auth generate-key|--format') found=(openjarvis base64url) ;;
      *'|--system') found=(jean2 openjarvis jean haip generic) ;;
      *'|--launch') found=(daemon service foreground) ;;
      *'|--file') return 0 ;;
      *'|--dialect') found=(jean2 dotenv node20 node22 deno python-dotenv docker podman compose kubectl systemd direnv) ;;
    esac
  elif [[ -z $ended && $cur == -* ]]; then
    case $command in
      '') found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      auth) found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth status') found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth generate-key') found=(--format --count --write --print --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth create-key') found=(--print --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth revoke-key') found=(--force --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth check') found=(--host --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'auth probe') found=(--key-env --key-file --key-stdin --timeout --until --ca --insecure --allow-plaintext --logged-urls --try-limit --force --path --transport --accept-json --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      token) found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token rotate') found=(--path --transport --accept-json --restart --restart-command --timeout --leaked --overlap --if-older-than --if-missing --replace-reference --resume --undo --dry-run --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token set') found=(--key-env --key-file --key-stdin --path --transport --accept-json --restart --restart-command --timeout --replace-reference --dry-run --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token show') found=(--reveal --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token history') found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token issue') found=(--user --expires --profile --issuer --subject --id --claim --claims --not-before --kid --secret-env --secret-file --secret-encoding --test --force --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'token verify') found=(--file --env --secret-env --secret-file --secret-encoding --profile --issuer --env-file --leeway --version --system --server --launch --variable --dialect --json --debug --help) ;;
      'token inspect') found=(--file --env --version --system --server --launch --variable --dialect --json --debug --help) ;;
      server) found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'server add') found=(--url --restart-command --replace --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'server list') found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      'server remove') found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      doctor) found=(--fix --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      run) found=(--version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      serve) found=(--host --port --release --tls-cert --tls-key --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
      completion) found=(--for --version --system --server --launch --file --variable --dialect --json --debug --help) ;;
    esac
  else
    case "$command|$given" in
      '|0') found=(auth token server doctor run serve completion) ;;
      'auth|0') found=(status generate-key create-key revoke-key check probe) ;;
      'token|0') found=(rotate set show history issue verify inspect) ;;
      'server|0') found=(add list remove) ;;
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
