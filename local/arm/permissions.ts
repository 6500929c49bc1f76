import { missingActions } from '../../shared/domain/azure/permissions.ts';
import { armError } from './answers.ts';
import { typeOf } from './resource-types.ts';

const PERMISSIONS = /\/providers\/microsoft\.authorization\/permissions$/i;

/** True for the question what its caller may do on a resource. */
export function isPermissions(id: string): boolean {
  return PERMISSIONS.test(id);
}

/** What the caller may do where `lacked` was taken away: everything else. */
export function answerPermissions(lacked: readonly string[]): Response {
  const set = { actions: ['*'], notActions: lacked, dataActions: ['*'], notDataActions: lacked };
  return Response.json({ value: [set] });
}

/** The refusal of a call whose action was taken away. */
export function unauthorized(verb: string, id: string, lacked: readonly string[]): Response | undefined {
  const action = actionOf(verb, id);
  const set = { actions: ['*'], notActions: lacked, dataActions: [], notDataActions: [] };
  return missingActions({ actions: [action] }, [set]).length === 0
    ? undefined
    : armError(
        403,
        'AuthorizationFailed',
        `The client 'reflex' with object id 'reflex' does not have authorization to perform action '${action}' over scope '${id}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      );
}

/** The action that a call needs: of what is asked of a resource by another provider, that provider's. */
export function actionOf(verb: string, id: string): string {
  const type = typeOf(id.slice(Math.max(0, id.toLowerCase().lastIndexOf('/providers/'))));
  return `${type}/${verb === 'PATCH' || verb === 'PUT' ? 'write' : 'read'}`;
}
