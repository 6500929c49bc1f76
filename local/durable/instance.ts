import type { FinalStatus } from './protocol.ts';

/** The task of a parent orchestration that waits for this instance. */
interface Parent {
  readonly instanceId: string;
  readonly execution: string;
  readonly task: number;
}

/** One orchestration. JSON values are kept as text; times are milliseconds since 1970. */
export interface Instance {
  readonly id: string;
  /** Changes with each start and each continue-as-new, so that what an earlier execution left behind is known. */
  readonly execution: string;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly status: 'Pending' | 'Running' | FinalStatus;
  readonly suspended: boolean;
  readonly customStatus: string | null;
  readonly output: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly parent: Parent | undefined;
}

/** What it takes to start an instance. */
export type NewInstance = Pick<Instance, 'id' | 'execution' | 'name' | 'version' | 'input' | 'parent'>;

export function isFinished({ status }: Pick<Instance, 'status'>): boolean {
  return status !== 'Pending' && status !== 'Running';
}

/** @returns what is wrong with an instance id by the extension's rules, or undefined. */
export function findIdProblem(id: string): string | undefined {
  // https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management
  if (id.length < 1 || id.length > 256) {
    return 'Instance IDs must be between 1 and 256 characters';
  }
  if (id.startsWith('@')) {
    return 'Instance IDs must not start with @';
  }
  // eslint-disable-next-line no-control-regex -- control characters are what the rule is about
  return /[/\\#?\u0000-\u001f\u007f-\u009f]/.test(id)
    ? 'Instance IDs must not contain /, \\, #, ? or control characters'
    : undefined;
}
