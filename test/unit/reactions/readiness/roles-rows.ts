import type { ReadinessFacts, ScopeAccess } from '../../../../shared/reactions/readiness/index.ts';
import { facts, GIVEN } from './facts.ts';
import type { Row } from './speaking-rows.ts';

/** What is said of one resource: an origin group, if nothing else is. */
function access(...given: readonly Partial<ScopeAccess>[]): Partial<ReadinessFacts> {
  const [usual] = facts().access;
  return { access: given.map((one) => ({ ...usual!, ...one })) };
}

const CLUSTER = '/subscriptions/s/resourcegroups/g/providers/microsoft.containerservice/managedclusters/neu';

export const ROLES: readonly Row[] = [
  ['roles', 'that give all', {}, 'ok', /on 1 resources; deny assignments/],
  [
    'roles',
    'that were never given',
    access({ needed: { actions: ['a/read', 'a/write'] }, answer: [] }),
    'fail',
    /^profiles\/p\/origingroups\/apps: not allowed a\/read; profiles\/p\/origingroups\/apps: not allowed a\/write$/,
  ],
  [
    'roles',
    'one of which was taken away',
    access({}, { scope: CLUSTER, needed: { actions: ['b/write'] }, answer: [{ ...GIVEN, actions: ['*/read'] }] }),
    'fail',
    /^managedclusters\/neu: not allowed b\/write$/,
  ],
  ['roles', 'of a source of votes', access({ lack: 'warn', answer: [] }), 'warn', /not allowed a\/read/],
  [
    'roles',
    'of which the worst counts',
    access({ lack: 'warn', answer: [] }, { scope: CLUSTER, answer: [] }),
    'fail',
    /apps: .*; managedclusters\/neu/,
  ],
  ['roles', 'that it may not ask for', access({ answer: { why: 'denied' } }), 'fail', /may not ask/],
  ['roles', 'on what is not there', access({ answer: { why: 'not-found' } }), 'fail', /Azure does not have it/],
  ['roles', 'that were not told', access({ answer: { why: 'no-answer' } }), 'warn', /did not answer/],
  [
    'roles',
    'on a gate store without id',
    access({ scope: 'gatesweu', answer: { why: 'no-id' } }),
    'warn',
    /^gatesweu: not known, its ARM id is not said$/,
  ],
];
