import { StaleHeadError, UpstreamError } from '../../../shared/errors.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { IntentRequest } from '../../../shared/intents/lifecycle.ts';
import type {
  Look,
  Progress,
  Sending,
  Settlement,
  Situation,
  TargetKind,
  TargetRef,
  WriteResult,
} from '../../../shared/reconcile/target-kind.ts';
import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';

export const TARGET = { kind: 'dial', key: 'example.com/contoso/dials#main' };

interface Write {
  readonly plan: string;
  readonly values: Readonly<Record<string, number>>;
}

/** What the next writes do, one after another; then they work. */
export type Fault = 'stale' | 'lost-before' | 'lost-after' | 'refused' | 'race' | { readonly limitMs: number };

/** A target that is a few dials with a version: real compare-and-swap, a log of writes, and faults on demand. */
export class Dials implements TargetKind<Observed, Readonly<Record<string, number>>> {
  readonly kind = 'dial';
  readonly intents = 'once';
  readonly writes: Write[] = [];
  faults: Fault[] = [];
  values: Readonly<Record<string, number>> = {};
  onWrite: (() => Promise<unknown>) | undefined;

  observe(): Promise<Observed> {
    return Promise.resolve({ values: this.values, version: String(this.writes.length) });
  }

  concerns(): boolean {
    return true;
  }

  channel({ key }: TargetRef): string {
    return key;
  }

  poll(): Promise<Progress> {
    return Promise.resolve({ outcome: 'lost' });
  }

  look({ values }: Observed, { acting: intents }: Situation): Look<Observed['values']> {
    const verdicts = intents.map((intent) => {
      const wanted = Number(intent.value['to']);
      if (wanted < 0) {
        return { intent, outcome: 'blocked' as const, reason: 'negative' };
      }
      return { intent, outcome: values[intent.subject] === wanted ? ('done' as const) : ('act' as const) };
    });
    const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
    if (acting.length === 0) {
      return { verdicts, steps: [] };
    }
    const to = Object.fromEntries(acting.map(({ subject, value }) => [subject, Number(value['to'])]));
    const step = {
      id: 'turn',
      title: 'turn dials',
      effect: 'turn',
      from: {},
      to,
      changes: [],
      onFailure: 'stay' as const,
    };
    return { verdicts, steps: [step], change: to };
  }

  precondition({ version }: Observed): string {
    return version;
  }

  async write(_target: unknown, { planId, precondition }: Sending, change: Observed['values']): Promise<WriteResult> {
    const fault = this.faults.shift();
    await this.onWrite?.();
    if (fault === 'refused') {
      return { outcome: 'refused', code: 'REFLEX_WRITE_REFUSED', reason: 'protected' };
    }
    if (typeof fault === 'object') {
      const { RateLimitedError } = await import('../../../shared/errors.ts');
      throw new RateLimitedError('turn', fault.limitMs);
    }
    if (fault === 'lost-before') {
      throw new UpstreamError('turn', 0);
    }
    if (fault === 'race') {
      this.writes.push({ plan: 'somebody-else', values: this.values });
    }
    if (precondition !== String(this.writes.length) || fault === 'stale') {
      return { outcome: 'stale' };
    }
    this.values = { ...this.values, ...change };
    this.writes.push({ plan: planId, values: this.values });
    if (fault === 'lost-after') {
      throw new UpstreamError('turn', 0, { cause: new StaleHeadError('main') });
    }
    return { outcome: 'written', evidence: { version: this.writes.length } };
  }

  settle(_target: unknown, { planId, precondition }: Sending): Promise<Settlement> {
    if (Number(precondition) > this.writes.length) {
      return Promise.resolve({ outcome: 'rewritten', reason: 'history-rewritten' });
    }
    const index = this.writes.findIndex(({ plan }, at) => plan === planId && at >= Number(precondition));
    return Promise.resolve(
      index < 0 ? { outcome: 'not-written' } : { outcome: 'written', evidence: { version: index + 1 } },
    );
  }
}

interface Observed {
  readonly values: Readonly<Record<string, number>>;
  readonly version: string;
}

export function wish(to: number, overrides: Partial<IntentRequest> = {}): IntentRequest {
  return {
    subject: 'a',
    by: { reaction: 'turner' },
    cause: 'push',
    kind: 'image',
    value: { to },
    mode: 'enforce',
    reason: 'because',
    signals: [`/subscriptions/s#event-${to}`],
    asOf: '2026-01-05T08:00:00.000Z',
    ...overrides,
  };
}

export function bench(): {
  readonly rows: InMemoryRowStore;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly log: Record<'debug' | 'info' | 'warn' | 'error', () => void>;
} {
  const quiet = (): void => undefined;
  return {
    rows: new InMemoryRowStore(),
    clock: new VirtualClock(),
    random: new SeededRandom(7),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
}
