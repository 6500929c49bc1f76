import { RateLimitedError, UpstreamError } from '../../../shared/errors.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import type { Step } from '../../../shared/reconcile/plan.ts';
import type {
  Look,
  Progress,
  Sending,
  Settlement,
  Situation,
  TargetKind,
  TargetRef,
  Verdict,
  WriteResult,
} from '../../../shared/reconcile/target-kind.ts';

export const PLANT: TargetRef = { kind: 'valves', key: 'plant/a', partition: 'plants' };
export const OTHER_PLANT: TargetRef = { kind: 'valves', key: 'plant/b', partition: 'plants' };

type Values = Readonly<Record<string, number>>;

/** What the next writes do, one after another; then each is accepted and done after `durationMs`. */
export type ValveFault =
  | 'works'
  | 'at-once'
  | 'refused'
  | 'fails'
  | 'busy'
  | 'stale'
  | 'lost-operation'
  | 'lost-answer'
  | 'lost-answer-applied'
  | { readonly limitMs: number };

interface Operation {
  readonly subject: string;
  readonly to: number;
  readonly doneAt: number;
  readonly fails: boolean;
}

/**
 * Valves that take a while to turn: writes are accepted and polled, intents stand until they are released, and what
 * they override is kept for the way back.
 */
export class Valves implements TargetKind<Values, Step> {
  readonly kind = 'valves';
  readonly intents = 'standing';
  readonly sent: string[] = [];
  faults: ValveFault[] = [];
  values: Record<string, number>;
  durationMs = 60_000;
  expectedMs = Infinity;
  leaseMs = 0;
  writesPerHour = Infinity;
  maxAttempts = Infinity;
  bakeMs = 0;
  /** Subjects whose steps wait for nothing and come first. */
  readonly urgent = new Set<string>();
  /** What the last step is said to have led to. */
  verdictOnStep: Look<Step>['verdictOnStep'];
  /** Keeps every step back without a time at which it may go on. */
  isWaiting = false;
  onWrite: (() => Promise<unknown>) | undefined;
  readonly #now: () => number;
  readonly #operations = new Map<string, Operation>();

  constructor(values: Values, now: () => number) {
    this.values = { ...values };
    this.#now = now;
  }

  concerns({ key }: TargetRef, { subject }: Pick<Intent, 'subject'>): boolean {
    return subject.startsWith(`${key}/`);
  }

  channel(): string {
    return 'the-one-wrench';
  }

  observe(): Promise<Values> {
    this.#finish();
    return Promise.resolve({ ...this.values });
  }

  look(values: Values, { acting, leaving, fields, journal, isUndoing, now }: Situation): Look<Step> {
    const wanted = new Map(fields.map(({ subject, baseline }) => [subject, Number(baseline['to'])]));
    acting.forEach(({ subject, value }) => wanted.set(subject, Number(value['to'])));
    const verdicts = acting.map((intent): Verdict => {
      return { intent, outcome: values[intent.subject] === Number(intent.value['to']) ? 'done' : 'act' };
    });
    const gone = leaving
      .filter(({ subject, value }) => values[subject] !== Number(value['to']))
      .map((intent): Verdict => ({ intent, outcome: 'gone' }));
    const steps = [...wanted]
      .filter(([subject, to]) => values[subject] !== to)
      .toSorted()
      .map(([subject, to]) => stepFor(subject, { from: values[subject] ?? 0, to, bakeMs: this.bakeMs }))
      .map((step): Step => (this.urgent.has(step.id) ? { ...step, isUrgent: true } : step))
      .toSorted((a, b) => Number(b.isUrgent ?? false) - Number(a.isUrgent ?? false));
    const [change] = steps;
    const last = journal.findLast(({ state }) => state === 'written');
    const until = last === undefined ? 0 : Date.parse(last.endedAt ?? '') + (last.step.bakeMs ?? 0);
    const said = this.verdictOnStep === undefined || isUndoing ? {} : { verdictOnStep: this.verdictOnStep };
    const look = { verdicts: [...verdicts, ...gone], steps, ...said };
    if (this.isWaiting) {
      return { ...look, wait: { reason: 'closed' } };
    }
    if (change?.isUrgent !== true && until > now.getTime()) {
      return { ...look, wait: { ms: until - now.getTime(), reason: 'bake' } };
    }
    return change === undefined ? look : { ...look, change };
  }

  precondition(values: Values): string {
    return JSON.stringify(values);
  }

  committed(_: Values, steps: readonly Step[]): readonly { readonly rowKey: string; readonly value: object }[] {
    return [{ rowKey: 'expected', value: Object.fromEntries(steps.map(({ id, to }) => [id, to['to'] ?? 0])) }];
  }

  async write(_: TargetRef, { fence }: Sending, { changes: [change] }: Step): Promise<WriteResult> {
    const fault = this.faults.shift();
    await this.onWrite?.();
    if (typeof fault === 'object') {
      throw new RateLimitedError('turn', fault.limitMs);
    }
    if (fault === 'busy') {
      return { outcome: 'postponed', reason: 'somebody is at it' };
    }
    if (fault === 'stale') {
      return { outcome: 'stale' };
    }
    if (fault === 'refused') {
      return { outcome: 'refused', code: 'STUCK', reason: 'rust' };
    }
    const { subject = '', to = {} } = change ?? {};
    const operation = String(fence);
    if (fault === 'at-once') {
      this.values[subject] = Number(to['to']);
      this.sent.push(`${subject}=${Number(to['to'])}`);
      return { outcome: 'written', evidence: { fence } };
    }
    if (fault !== 'lost-answer') {
      const doneAt = this.#now() + this.durationMs;
      this.#operations.set(operation, { subject, to: Number(to['to']), doneAt, fails: fault === 'fails' });
      this.sent.push(`${subject}=${Number(to['to'])}`);
    }
    if (fault === 'lost-answer' || fault === 'lost-answer-applied') {
      throw new UpstreamError('turn', 0);
    }
    const name = fault === 'lost-operation' ? 'gone' : operation;
    return { outcome: 'accepted', operation: name, pollInMs: this.durationMs };
  }

  poll(_: TargetRef, __: Sending, operation: string): Promise<Progress> {
    const found = this.#operations.get(operation);
    if (found === undefined) {
      return Promise.resolve({ outcome: 'lost' });
    }
    if (found.doneAt > this.#now()) {
      return Promise.resolve({ outcome: 'running', operation, pollInMs: found.doneAt - this.#now() });
    }
    this.#finish();
    return Promise.resolve(
      found.fails ? { outcome: 'failed', reason: 'snapped' } : { outcome: 'written', evidence: { operation } },
    );
  }

  settle(_: TargetRef, { step }: Sending): Promise<Settlement> {
    const running = [...this.#operations.values()].filter(({ doneAt }) => doneAt > this.#now());
    if (running.length > 0) {
      return Promise.resolve({ outcome: 'unsettled', pollInMs: 20_000 });
    }
    this.#finish();
    const isThere = step.changes.every(({ subject, to }) => this.values[subject] === Number(to['to']));
    return Promise.resolve(isThere ? { outcome: 'written', evidence: { read: true } } : { outcome: 'not-written' });
  }

  #finish(): void {
    for (const { subject, to, doneAt, fails } of this.#operations.values()) {
      if (doneAt <= this.#now() && !fails) {
        this.values[subject] = to;
      }
    }
    [...this.#operations].forEach(([name, { doneAt, fails }]) => {
      if (doneAt <= this.#now() && !fails) {
        this.#operations.set(name, { subject: '', to: 0, doneAt, fails });
      }
    });
  }
}

function stepFor(
  subject: string,
  { from, to, bakeMs }: { readonly from: number; readonly to: number; readonly bakeMs: number },
): Step {
  return {
    id: subject,
    title: `turn ${subject} to ${to}`,
    effect: 'turn',
    from: { to: from },
    to: { to },
    changes: [{ subject, group: 'turn', from: { to: from }, to: { to } }],
    onFailure: 'back',
    ...(bakeMs === 0 ? {} : { bakeMs }),
  };
}
