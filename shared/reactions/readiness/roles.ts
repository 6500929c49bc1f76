import { ACTIONS } from '../../domain/azure/actions.ts';
import { missingActions } from '../../domain/azure/permissions.ts';
import { finding, ok, type Finding } from './finding.ts';
import type { ReadinessFacts, ScopeAccess, UnknownAccess } from './schema.ts';

/** Something that our identity may not do, or of which nobody knows. */
interface Lack {
  readonly status: 'fail' | 'warn';
  readonly detail: string;
  readonly whatToDo: string;
}

const GIVE = 'Give the identity a role with these actions there: docs/failover.md, Identity.';

const UNKNOWN: Readonly<Record<UnknownAccess['why'], { readonly detail: string; readonly whatToDo: string }>> = {
  denied: {
    detail: 'not known, it may not ask',
    whatToDo: `Give the identity a role with ${ACTIONS.permissions.join(', ')} there; Reader has it.`,
  },
  'not-found': { detail: 'not known, Azure does not have it', whatToDo: 'Correct the fleet file or the settings.' },
  'no-answer': { detail: 'not known, Azure did not answer', whatToDo: 'Look at Azure status; it is asked again.' },
  'no-id': {
    detail: 'not known, its ARM id is not said',
    whatToDo: 'Name gate stores by ARM id in REFLEX_GATE_STORES.',
  },
};

/** Whether our identity may do what a failover does, as Azure tells before it is tried. Pure. */
export function roles({ access }: ReadinessFacts): Finding {
  const lacks = access.flatMap(lacksOf);
  if (lacks.length === 0) {
    const scopes = new Set(access.map(({ scope }) => scope)).size;
    return ok(`they give what is needed, on ${scopes} resources; deny assignments and locks are not looked at`);
  }
  const told = (of: (lack: Lack) => string, separator: string): string => [...new Set(lacks.map(of))].join(separator);
  return finding(
    lacks.some(({ status }) => status === 'fail') ? 'fail' : 'warn',
    told(({ detail }) => detail, '; '),
    told(({ whatToDo }) => whatToDo, ' '),
  );
}

function lacksOf({ scope, needed, lack, answer }: ScopeAccess): readonly Lack[] {
  const on = shortName(scope);
  if ('why' in answer) {
    const { detail, whatToDo } = UNKNOWN[answer.why];
    const isPassing = answer.why === 'no-answer' || answer.why === 'no-id';
    return [{ status: isPassing ? 'warn' : lack, detail: `${on}: ${detail}`, whatToDo }];
  }
  const missing = missingActions(needed, answer);
  return missing.map((action) => ({ status: lack, detail: `${on}: not allowed ${action}`, whatToDo: GIVE }));
}

/** What follows the provider's name in an ARM id: `profiles/shop/origingroups/apps`. */
function shortName(scope: string): string {
  return scope.replace(/^.*\/providers\/[^/]+\//, '');
}
