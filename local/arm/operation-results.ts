import type { ArmFault, ArmFaults } from './arm-faults.ts';
import type { ArmOperation, ArmState } from './arm-state.ts';
import { armError, faultAnswer, notFound, shown } from './answers.ts';
import type { Operations } from './operations.ts';

const RESULTS = /\/(?:operationresults|microsoft\.containerservice\/locations\/[^/]+\/operations)\/([^/]+)(\/.+)?$/i;
const NO_ERROR = { code: 'None', message: null };

/** Answers who asks after an operation. */
export class OperationResults {
  readonly #state: ArmState;
  readonly #faults: ArmFaults;
  readonly #operations: Operations;
  /** Resources whose operation was said to have succeeded: the next read is the one that ends the poller. */
  readonly #finished = new Set<string>();

  constructor(tools: { readonly state: ArmState; readonly faults: ArmFaults; readonly operations: Operations }) {
    this.#state = tools.state;
    this.#faults = tools.faults;
    this.#operations = tools.operations;
  }

  /** True once, for the read that follows on a success. */
  takeFinished(id: string): boolean {
    return this.#finished.delete(id.toLowerCase());
  }

  /** @returns undefined for a path that asks after no operation. */
  answer(path: string): Response | undefined {
    const [, id, result] = RESULTS.exec(path) ?? [];
    if (id === undefined) {
      return undefined;
    }
    const operation = this.#state.operation(id);
    if (operation === undefined || operation.state === 'vanished') {
      return notFound(`operationresults/${id}`);
    }
    const fault = this.#faults.meet('LRO', operation.resource);
    return (
      (fault === undefined ? undefined : this.#faulty(operation, fault)) ??
      (result === undefined ? this.#status(operation) : this.#result(operation))
    );
  }

  #faulty(operation: ArmOperation, fault: ArmFault): Response | undefined {
    if (fault.status !== undefined && fault.status >= 400) {
      if (fault.applied !== undefined) {
        this.#operations.abort(operation, 'vanished', fault.applied);
      }
      return faultAnswer(fault, operation.resource);
    }
    const said = typeof fault.body === 'object' ? fault.body['status'] : undefined;
    if (said === 'Failed' || said === 'Canceled') {
      this.#operations.abort(operation, said === 'Failed' ? 'failed' : 'canceled', fault.applied === true);
      return Response.json(fault.body);
    }
    return undefined;
  }

  /** As `Azure-AsyncOperation` shows it. */
  #status({ state, resource }: ArmOperation): Response {
    switch (state) {
      case 'queued':
      case 'running':
        return Response.json({ status: 'InProgress', error: NO_ERROR });
      case 'succeeded':
        this.#finished.add(resource);
        return Response.json({ status: 'Succeeded', error: NO_ERROR });
      case 'failed':
        return Response.json({ status: 'Failed', error: { code: 'BadRequest', message: 'The operation failed.' } });
      case 'canceled':
      case 'vanished':
        return Response.json({ status: 'Canceled', error: { code: 'Canceled', message: 'It was canceled.' } });
    }
  }

  /** As `Location` shows it: 202 until it has ended, then the resource. */
  #result({ state, resource }: ArmOperation): Response {
    const written = this.#state.get(resource);
    if (state === 'queued' || state === 'running') {
      return new Response(null, { status: 202, headers: { 'retry-after': '10' } });
    }
    return state === 'succeeded' && written !== undefined
      ? Response.json(shown(written))
      : armError(400, 'BadRequest', `The operation is ${state}.`);
  }
}
