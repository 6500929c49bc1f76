import {
  dispatchId,
  findRun,
  judgeRun,
  nextDispatchStep,
  SEND_WITHIN_MS,
  WORKFLOW_DISPATCHES,
  type DispatchRow,
} from '../../domain/image/workflow-dispatch.ts';
import type { Json } from '../../domain/json.ts';
import type { WorkflowCheck } from '../../domain/image/verification.ts';
import { NotFoundError, RateLimitedError, ReflexError, RowConflictError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HostedRepository } from '../../ports/hosted-repository.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';
import type { Workflows } from '../../ports/workflows.ts';

export interface WorkflowVerifierOptions {
  readonly rows: RowStore;
  readonly clock: Clock;
  /** Opens the workflows of a repository, with the right to dispatch them. */
  readonly open: (host: HostedRepository) => Promise<Workflows>;
  /** True while nothing may be written. */
  readonly isStopped: () => Promise<boolean>;
}

/** What the host did not take is sent again after this, for as long as the version is asked about. */
const AGAIN_MS = 300_000;
/** A row that is still asked about is written once in so long, so that it does not look over. */
const TOUCH_MS = 86_400_000;

interface Stored {
  readonly etag: string;
  readonly row: DispatchRow;
}

/**
 * Dispatches a workflow once for a version in a stage, and hears how its run ends. The claim is a row that is written
 * before the call: a duplicate, another cell and whoever comes after a crash find it, and look for the run instead.
 */
export class WorkflowVerifier implements StageVerifier<WorkflowCheck> {
  readonly kind = 'workflow';
  readonly #options: WorkflowVerifierOptions;

  constructor(options: WorkflowVerifierOptions) {
    this.#options = options;
  }

  async verify(check: WorkflowCheck, stage: VerifiedStage): Promise<VerificationAnswer> {
    if (!stage.isRecorded) {
      // Until it is, another process may give the version another time, and so the dispatch another id.
      return pending('waits until the version is recorded');
    }
    const { clock, rows, open } = this.#options;
    const { file: workflow, ref = stage.branch, inputs } = check;
    const id = dispatchId({ ...stage, host: hostOf(stage.host), workflow, ref, inputs });
    const found = await rows.get(WORKFLOW_DISPATCHES, id);
    const stored = found === undefined ? undefined : { etag: found.etag, row: found.value as unknown as DispatchRow };
    switch (nextDispatchStep(stored?.row, clock.now().getTime())) {
      case 'dispatch':
        return await this.#dispatch(id, stored, { check, stage });
      case 'wait':
        return pending(`not dispatched: ${stored?.row.reason ?? ''}`);
      case 'find':
      case 'read':
        return stored === undefined
          ? pending('not dispatched')
          : await this.#follow(stored, await open(stage.host), { check, stage });
    }
  }

  async #dispatch(id: string, before: Stored | undefined, asked: Asked): Promise<VerificationAnswer> {
    const { clock, open, isStopped } = this.#options;
    if (!asked.stage.mayAct) {
      return pending('not dispatched: mode observe');
    }
    if (await isStopped()) {
      return pending('not dispatched: kill-switch');
    }
    const workflows = await open(asked.stage.host);
    const claimedAt = clock.now();
    const claim: DispatchRow = { schema: 1, id, state: 'sending', at: claimedAt.toISOString() };
    const etag = await this.#write(claim, before?.etag);
    if (etag === undefined) {
      return pending('somebody else dispatches it');
    }
    if (clock.now().getTime() > claimedAt.getTime() + SEND_WITHIN_MS) {
      return await this.#putOff(claim, etag, { reason: 'too late after its claim', inMs: 0 });
    }
    let run: number | undefined;
    try {
      ({ run } = await workflows.dispatch(requestOf(id, asked)));
    } catch (error) {
      if (!(error instanceof ReflexError) || isUnknown(error)) {
        throw error;
      }
      const inMs = error instanceof RateLimitedError ? error.retryAfterMs : AGAIN_MS;
      return await this.#putOff(claim, etag, { reason: `${error.code}: ${error.message}`, inMs });
    }
    await this.#write({ ...claim, state: 'sent', ...(run === undefined ? {} : { run }) }, etag);
    const reason = run === undefined ? 'dispatched, its run is not known yet' : `run ${run}: dispatched`;
    return { ...pending(reason), started: startedBy(claim, asked) };
  }

  /** The host has not taken it, that much is certain. */
  async #putOff(
    claim: DispatchRow,
    etag: string,
    { reason, inMs }: { readonly reason: string; readonly inMs: number },
  ): Promise<VerificationAnswer> {
    const again = new Date(this.#options.clock.now().getTime() + inMs).toISOString();
    await this.#write({ ...claim, state: 'refused', reason, again }, etag);
    return pending(`not dispatched: ${reason}`);
  }

  async #follow(stored: Stored, workflows: Workflows, asked: Asked): Promise<VerificationAnswer> {
    const { row, etag } = stored;
    const now = this.#options.clock.now().getTime();
    if (row.run !== undefined) {
      if (now >= Date.parse(row.at) + TOUCH_MS) {
        await this.#write({ ...row, at: new Date(now).toISOString() }, etag);
      }
      return { ...(await read(workflows, row.run)), started: startedBy(row, asked) };
    }
    const { runs, isWhole } = await workflows.dispatched(asked.check.file);
    const found = findRun(row, runs, { isWhole, now });
    if (found === 'none') {
      return await this.#dispatch(row.id, stored, asked);
    }
    if (found === 'unknown') {
      const [how, more] =
        row.state === 'sent' ? ['dispatched', { started: startedBy(row, asked) }] : ['perhaps dispatched', {}];
      return { ...pending(`${how}: no run of ${asked.check.file} shows ${row.id} in its name`), ...more };
    }
    await this.#write({ ...row, state: 'sent', run: found.run }, etag);
    return { ...(await read(workflows, found.run)), started: startedBy(row, asked) };
  }

  /** @returns the row's new version; undefined if somebody else has changed it meanwhile. */
  async #write(row: DispatchRow, etag: string | undefined): Promise<string | undefined> {
    const at = { rowKey: row.id, value: row as unknown as Json };
    try {
      const [written] = await this.#options.rows.transact(WORKFLOW_DISPATCHES, [
        etag === undefined ? { kind: 'insert', ...at } : { kind: 'replace', etag, ...at },
      ]);
      return written;
    } catch (error) {
      if (error instanceof RowConflictError) {
        return undefined;
      }
      throw error;
    }
  }
}

interface Asked {
  readonly check: WorkflowCheck;
  readonly stage: VerifiedStage;
}

function requestOf(id: string, { check, stage }: Asked): Parameters<Workflows['dispatch']>[0] {
  const { image, tag, digest, stage: name, commits } = stage;
  const own = { reflex: id, image, tag, digest, stage: name, commit: commits[0] ?? '' };
  return { workflow: check.file, ref: check.ref ?? stage.branch, inputs: { ...check.inputs, ...own } };
}

function startedBy({ id }: DispatchRow, { check }: Asked): string {
  return `dispatched ${check.file} as ${id}`;
}

async function read(workflows: Workflows, run: number): Promise<VerificationAnswer> {
  try {
    return judgeRun(await workflows.run(run));
  } catch (error) {
    if (error instanceof NotFoundError) {
      return { outcome: 'inconclusive', reason: `run ${run}: somebody has deleted it` };
    }
    throw error;
  }
}

/** True if the call may have taken effect. */
function isUnknown(error: ReflexError): boolean {
  return error instanceof UpstreamError && (error.status === 0 || error.status === 408 || error.status >= 500);
}

function hostOf({ owner, repo, apiUrl = '' }: HostedRepository): string {
  return `${apiUrl}#${owner}/${repo}`;
}

function pending(reason: string): VerificationAnswer {
  return { outcome: 'pending', reason };
}
