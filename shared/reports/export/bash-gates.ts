import { quoted } from './bash-text.ts';

/** Where an app's gate documents lie and what signs them; what is left out the script asks for. */
export interface GateAccess {
  /** Names of storage accounts. */
  readonly accounts?: readonly string[];
  /** A Key Vault key id. */
  readonly key?: string;
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage */
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const KEY_ID = /^https:\/\/[a-z0-9-]+\.(?:[a-z0-9-]+\.)+[a-z]+\/keys\/[A-Za-z0-9-]+(?:\/[0-9a-f]+)?$/;

/**
 * What moves gates, by hand as the app does it (`shared/adapters/gate-documents`): the newest document of all stores, if our
 * key has signed it; another, signed anew under a greater number; back to every store that still holds what was read.
 * Pure.
 */
export function gatePrelude({ accounts = [], key = '' }: GateAccess): string {
  const known = accounts.filter((account) => ACCOUNT.test(account)).join(' ');
  const id = KEY_ID.test(key) ? key : '';
  return `known_accounts=${quoted(known)}
known_key=${quoted(id)}
${FUNCTIONS}`;
}

const FUNCTIONS = `# Storage accounts that the gates read, separated by blanks, and the Key Vault key that signs what they read.
read -r -a GATE_ACCOUNTS <<< "\${REFLEX_GATE_ACCOUNTS:-$known_accounts}"
GATE_KEY="\${REFLEX_GATE_KEY_ID:-$known_key}"
[[ "\${#GATE_ACCOUNTS[@]}" -gt 0 && -n "$GATE_KEY" ]] || stop 'set REFLEX_GATE_ACCOUNTS and REFLEX_GATE_KEY_ID'
command -v openssl > /dev/null || stop 'openssl is needed to sign gate documents'
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# expect_value_if_read ID API QUERY VALUE: a gate needs no control plane, so one that is down does not keep it.
expect_value_if_read() {
  local live
  if ! live="$(read_value "$1" "$2" "$3")"; then
    printf '  %s cannot be read, and is left unchecked: %s\\n' "$3" "$1"
  elif [[ "$live" != "$4" ]]; then
    stop "$3 is $live, not $4, at $1"
  fi
}

gate_blob() {
  az storage blob "$1" --auth-mode login --account-name "$2" --container-name reflex-gate --name "gates$3.jws" "\${@:4}"
}

to_base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# to_base64: of base64url, padded.
to_base64() {
  local text
  text="$(tr -- '-_' '+/')"
  while (( \${#text} % 4 > 0 )); do text+='='; done
  printf '%s' "$text"
}

digest_of() {
  printf '%s' "$1" | openssl dgst -sha256 -binary | openssl base64 -A
}

# fetch_gates ACCOUNT EDGE: sets etag and jws, both empty where there is no document. Fails where the store is not reached.
fetch_gates() {
  local there
  etag='' jws=''
  there="$(gate_blob exists "$1" "$2" --query exists --output tsv | tr -d '\\r')" || return 1
  [[ "$there" == true ]] || return 0
  etag="$(gate_blob show "$1" "$2" --query properties.etag --output tsv | tr -d '\\r')" || return 1
  gate_blob download "$1" "$2" --if-match "$etag" --file "$work/document" --overwrite true --no-progress --output none || return 1
  jws="$(tr -d '\\r\\n' < "$work/document")"
}

# open_gates EDGE: sets number and names of jws, which our key must have signed for this edge.
open_gates() {
  local header payload signature more valid text
  local number_in='"sequence":([0-9]{1,15})[,}]' closed_in='"closed":\\[([A-Za-z0-9_().,"-]*)\\]'
  IFS=. read -r header payload signature more <<< "$jws"
  valid="$(az keyvault key verify --id "$GATE_KEY" --algorithm RS256 --digest "$(digest_of "$header.$payload")" \\
    --signature "$(printf '%s' "$signature" | to_base64)" --query isValid --output tsv | tr -d '\\r')" || stop "cannot ask $GATE_KEY"
  [[ "$valid" == [Tt]rue ]] || stop "a gate document was not signed by $GATE_KEY"
  text="$(printf '%s' "$header" | to_base64 | openssl base64 -d -A)"
  [[ "$text" == *'"typ":"reflex-gate+json"'* ]] || stop 'a gate document is none'
  text="$(printf '%s' "$payload" | to_base64 | openssl base64 -d -A)"
  [[ "$text" == *"\\"edge\\":\\"$1\\""* ]] || stop 'a gate document is of another edge'
  [[ "$text" =~ $number_in ]] || stop 'a gate document has no number'
  number="\${BASH_REMATCH[1]}"
  [[ "$text" =~ $closed_in ]] || stop 'a gate document cannot be understood'
  names="$(tr -d '"' <<< "\${BASH_REMATCH[1]}" | tr ',' ' ')"
}

# read_gates EDGE: sets sequence and closed, of the newest document, and etags and reached, one for each account.
read_gates() {
  local account
  sequence=0 closed='' etags=() reached=()
  for account in "\${GATE_ACCOUNTS[@]}"; do
    if fetch_gates "$account" "$1"; then
      reached+=(yes) etags+=("$etag")
      if [[ -n "$jws" ]]; then
        open_gates "$1"
        if (( number > sequence )); then sequence="$number" closed="$names"; fi
      fi
    else
      printf '  %s does not answer\\n' "$account"
      reached+=(no) etags+=('')
    fi
  done
  [[ " \${reached[*]} " == *' yes '* ]] || stop 'no gate store answers'
  if (( sequence == 0 )) && [[ " \${reached[*]} " == *' no '* ]]; then
    stop 'a store that may have the gate document does not answer'
  fi
}

is_closed() {
  [[ " $closed " == *" $1 "* ]]
}

# needs_gate EDGE ORIGIN closed|open: fails where the gate is so already.
needs_gate() {
  read_gates "$1"
  local live=open
  if is_closed "$2"; then live=closed; fi
  if [[ "$live" == "$3" ]]; then
    printf '  the gate of %s is %s already\\n' "$2" "$3"
    return 1
  fi
}

json_list() {
  local text=''
  if (( $# > 0 )); then text="$(printf '"%s",' "$@")"; fi
  printf '[%s]' "\${text%,}"
}

# write_gate EDGE ORIGIN closed|open NAME...: to every store that holds what was read; one must take it.
write_gate() {
  local edge="$1" origin="$2" wanted="$3" name next header payload body signature index taken=0
  local shut=() open=()
  shift 3
  for name in "$@"; do
    if { [[ "$name" == "$origin" ]] && [[ "$wanted" == closed ]]; } || { [[ "$name" != "$origin" ]] && is_closed "$name"; }; then
      shut+=("$name")
    else
      open+=("$name")
    fi
  done
  # One that this document only opens cannot be counted on yet.
  if [[ "$wanted" == closed && "\${#open[@]}" -eq 0 ]]; then
    stop 'no other gate is open'
  fi
  next="$(date -u +%s)000"
  if (( next <= sequence )); then next=$(( sequence + 1 )); fi
  header="{\\"alg\\":\\"RS256\\",\\"kid\\":\\"$GATE_KEY\\",\\"typ\\":\\"reflex-gate+json\\"}"
  payload="{\\"closed\\":$(json_list \${shut[@]+"\${shut[@]}"}),\\"edge\\":\\"$edge\\",\\"issued\\":\\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\\""
  payload+=",\\"origins\\":$(json_list "$@"),\\"schema\\":1,\\"sequence\\":$next}"
  body="$(printf '%s' "$header" | to_base64url).$(printf '%s' "$payload" | to_base64url)"
  signature="$(az keyvault key sign --id "$GATE_KEY" --algorithm RS256 --digest "$(digest_of "$body")" \\
    --query signature --output tsv | tr -d '\\r')" || stop "cannot sign with $GATE_KEY"
  printf '%s.%s' "$body" "$(printf '%s' "$signature" | tr '+/' '-_' | tr -d '=')" > "$work/signed"
  for index in "\${!GATE_ACCOUNTS[@]}"; do
    [[ "\${reached[$index]}" == yes ]] || continue
    if put_gates "\${GATE_ACCOUNTS[$index]}" "$edge" "\${etags[$index]}"; then
      taken=$(( taken + 1 ))
    else
      printf '  %s did not take it, or somebody else has written there\\n' "\${GATE_ACCOUNTS[$index]}"
    fi
  done
  (( taken > 0 )) || stop 'no gate store has taken the document'
  wrote=yes
  printf '  the gate of %s is %s in %s of %s stores\\n' "$origin" "$wanted" "$taken" "\${#GATE_ACCOUNTS[@]}"
}

# put_gates ACCOUNT EDGE ETAG
put_gates() {
  if [[ -n "$3" ]]; then
    gate_blob upload "$1" "$2" --file "$work/signed" --overwrite true --if-match "$3" --no-progress --output none
  else
    gate_blob upload "$1" "$2" --file "$work/signed" --if-none-match '*' --no-progress --output none
  fi
}
`;
