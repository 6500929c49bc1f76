/** Any text as one word of bash, taken as it is. Pure. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * What every exported script begins with. The calls are few and alike, so that a person can read the script before they
 * run it.
 *
 * `az rest` completes an address without host with the ARM endpoint of the cloud that the person is logged in to:
 * https://learn.microsoft.com/cli/azure/reference-index#az-rest
 */
export const PRELUDE = `set -euo pipefail
# Git Bash on Windows would take resource ids for paths.
export MSYS_NO_PATHCONV=1
POLL_SECONDS="\${REFLEX_POLL_SECONDS:-10}"
# Front Door's operations may take 40 minutes when they queue.
MAX_POLLS="\${REFLEX_MAX_POLLS:-240}"

stop() {
  printf 'stopped: %s\\n' "$1" >&2
  exit 1
}

# read_value ID API QUERY: one value of a resource. The Azure CLI ends its lines with CR on Windows; ids have no case.
read_value() {
  local value
  value="$(az rest --method get --url "$1?api-version=$2" --query "$3" --output tsv)" || return 1
  case "$3" in
    *.id) printf '%s' "$value" | tr -d '\\r' | tr '[:upper:]' '[:lower:]' ;;
    *) printf '%s' "$value" | tr -d '\\r' ;;
  esac
}

# check_enabled COLLECTION API QUERY: two origins must be enabled, or this would take the last one.
check_enabled() {
  local count
  count="$(read_value "$1" "$2" "$3")" || stop "cannot read $1"
  if [[ ! "$count" =~ ^[0-9]+$ ]] || (( count < 2 )); then
    stop "no other origin is enabled ($count)"
  fi
}

# has_value ID API FIELD VALUE: true if that is what stands there.
has_value() {
  local live
  live="$(read_value "$1" "$2" "properties.$3")" || stop "cannot read $1"
  [[ "$live" == "$4" ]]
}

# needs_write ID API FIELD FROM TO LATER...: fails where the write has been made already, or one of the steps after it;
# stops on any other value than FROM.
needs_write() {
  local live later
  live="$(read_value "$1" "$2" "properties.$3")" || stop "cannot read $1"
  if [[ "$live" == "$5" ]]; then
    printf '  %s is %s already\\n' "$3" "$5"
    return 1
  fi
  if [[ "$live" != "$4" ]]; then
    for later in "\${@:6}"; do
      if [[ "$live" == "$later" ]]; then
        printf '  %s is %s already, by a later step\\n' "$3" "$live"
        return 1
      fi
    done
    stop "$3 is $live, not $4: somebody else has changed $1"
  fi
}

# write_value ID API BODY
write_value() {
  az rest --method patch --url "$1?api-version=$2" --headers 'Content-Type=application/json' --body "$3" --output none \\
    || stop "the write was refused: $1"
  wrote=yes
}

# await_done ID API: until the service has ended its operation.
await_done() {
  local state poll
  for (( poll = 0; poll < MAX_POLLS; poll++ )); do
    state="$(read_value "$1" "$2" properties.provisioningState)" || state=''
    case "$state" in
      Succeeded) return 0 ;;
      Failed | Canceled) stop "the service has failed at it: $1" ;;
    esac
    sleep "$POLL_SECONDS"
  done
  stop "the service is still at it: $1"
}

# expect_value ID API QUERY VALUE: stops where something beside the value that is written is not as planned.
expect_value() {
  local live
  live="$(read_value "$1" "$2" "$3")" || stop "cannot read $1"
  [[ "$live" == "$4" ]] || stop "$3 is $live, not $4, at $1"
}

# await_people: somebody says that what was told is done.
await_people() {
  local answer=''
  printf '  type done when it is: '
  read -r answer || true
  [[ "$answer" == done ]] || stop 'nobody has said that it is done'
}

# bake SECONDS: time in which errors can show; none after a step that was there already.
bake() {
  [[ "$wrote" == yes ]] || return 0
  local seconds="\${REFLEX_BAKE_SECONDS:-$1}"
  printf '  waits %s s: look at errors and latency; Ctrl-C stops, and the script can be run again\\n' "$seconds"
  sleep "$seconds"
}

# check_value ID API FIELD TO
check_value() {
  local live
  live="$(read_value "$1" "$2" "properties.$3")" || stop "cannot read $1"
  [[ "$live" == "$4" ]] || stop "$3 is $live after the write, not $4"
}
`;
