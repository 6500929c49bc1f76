/** What one role assignment lets its holder do at a scope; `*` in an action stands for any text. */
export interface PermissionSet {
  readonly actions: readonly string[];
  /** Taken out of `actions` of this set alone: another one may give them all the same. */
  readonly notActions: readonly string[];
  /** The same for what is inside of a resource, for example blobs. */
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

/** Actions in full: `Microsoft.Cdn/profiles/origingroups/read`. */
export interface NeededActions {
  readonly actions?: readonly string[];
  readonly dataActions?: readonly string[];
}

/**
 * The needed actions that no set gives, as they were asked for and in their order. Pure; case does not count.
 *
 * @param sets - they add up: what one of them gives, no other takes away.
 * @see https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions
 */
export function missingActions(
  { actions = [], dataActions = [] }: NeededActions,
  sets: readonly PermissionSet[],
): readonly string[] {
  const isGiven = (action: string): boolean =>
    sets.some((set) => isIn(set.actions, action) && !isIn(set.notActions, action));
  const isDataGiven = (action: string): boolean =>
    sets.some((set) => isIn(set.dataActions, action) && !isIn(set.notDataActions, action));
  return [...actions.filter((action) => !isGiven(action)), ...dataActions.filter((action) => !isDataGiven(action))];
}

function isIn(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => matchesPattern(action.toLowerCase(), pattern.toLowerCase()));
}

/** The earliest place for each part leaves the most room for the next: nothing is tried twice. */
function matchesPattern(action: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) {
    return action === pattern;
  }
  if (!action.startsWith(first)) {
    return false;
  }
  let at = first.length;
  for (const part of others) {
    const found = action.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  return action.length - last.length >= at && action.endsWith(last);
}
