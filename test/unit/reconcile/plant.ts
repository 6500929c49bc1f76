import { expect } from 'vitest';

import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { IntentRequest } from '../../../shared/intents/lifecycle.ts';
import { KILL_SWITCH } from '../../../shared/reconcile/guards/kill-switch.ts';
import { openIntents } from '../../../shared/reconcile/open-intents.ts';
import type { Approval, Plan } from '../../../shared/reconcile/plan.ts';
import { reconcile } from '../../../shared/reconcile/reconcile.ts';
import type { Report } from '../../../shared/reconcile/report.ts';
import { releaseIntents } from '../../support/release-intents.ts';
import type { TargetRef } from '../../../shared/reconcile/target-kind.ts';
import { TargetRows, type TargetState } from '../../../shared/reconcile/target-rows.ts';
import { findAuditFault, type AuditRecord } from '../../../shared/records/audit.ts';
import { HinderedRows } from './hindered-rows.ts';
import { OTHER_PLANT, PLANT, Valves } from './valves-target.ts';

export const A = 'plant/a/one';
export const B = 'plant/a/two';
export const ELSEWHERE = 'plant/b/one';

/** Two targets of one partition and channel under a virtual clock, with hands to ask, release and look. */
export class Plant {
  readonly clock = new VirtualClock();
  readonly store = new HinderedRows();
  readonly rows = new TargetRows(this.store);
  readonly valves = new Valves({ [A]: 1, [B]: 2, [ELSEWHERE]: 3 }, () => this.clock.now().getTime());
  /** Who may no longer agree to anything. */
  readonly dismissed = new Set<string>();
  readonly #random = new SeededRandom(5);

  ask(subject: string, to: number, more: Partial<IntentRequest> = {}): Promise<unknown> {
    const target = subject === ELSEWHERE ? OTHER_PLANT : PLANT;
    const request: IntentRequest = {
      subject,
      by: { reaction: 'turner' },
      cause: 'incident',
      kind: 'out',
      value: { to },
      mode: 'enforce',
      reason: 'because',
      signals: [`signal-${to}`],
      asOf: this.clock.now().toISOString(),
      ...more,
    };
    return openIntents(this.rows, target, { requests: [request], now: () => this.clock.now() });
  }

  release(subject: string): Promise<unknown> {
    return releaseIntents(this.rows, PLANT, {
      which: (intent) => intent.subject === subject,
      reason: 'well again',
      now: () => this.clock.now(),
    });
  }

  look(target: TargetRef = PLANT): Promise<Report> {
    return this.clock.run(this.lookMeanwhile(target));
  }

  /** A look by another process, while this one is at work. */
  lookMeanwhile(target: TargetRef = PLANT): Promise<Report> {
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const isApprover = ({ by }: Approval): Promise<boolean> => Promise.resolve(!this.dismissed.has(by));
    const ask = { isApprover: (_: TargetRef, __: Plan, yes: Approval) => isApprover(yes) };
    const tools = { rows: this.store, clock: this.clock, random: this.#random, log, ...ask };
    return reconcile(target, this.valves, tools);
  }

  /** Turns the kill switch. */
  stop(on: boolean): Promise<unknown> {
    return this.store.transact(KILL_SWITCH.partition, [{ kind: 'put', rowKey: KILL_SWITCH.rowKey, value: { on } }]);
  }

  /** Looks as often as the loop asks for, in virtual time. */
  async settle(target: TargetRef = PLANT): Promise<void> {
    for (let looks = 0; looks < 50; looks += 1) {
      const { wakeInMs } = await this.look(target);
      if (wakeInMs === undefined) {
        return;
      }
      await this.clock.advance(wakeInMs);
    }
    throw new Error('does not settle');
  }

  state(target: TargetRef = PLANT): Promise<TargetState> {
    return this.rows.load(target);
  }

  async plans(): Promise<readonly Plan[]> {
    return (await this.store.list('plants', 'plan|'))
      .map(({ value }) => value as unknown as Plan)
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  async kinds(): Promise<readonly string[]> {
    return (await this.records()).map(({ kind }) => kind);
  }

  /** The chain of records, which is whole. */
  async records(): Promise<readonly AuditRecord[]> {
    const records = (await this.store.list('plants', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    expect(findAuditFault(records, (await this.state()).head.audit)).toBeUndefined();
    return records;
  }

  /** Reasons for which people were called, in order. */
  async pages(): Promise<readonly unknown[]> {
    return (await this.records()).flatMap(({ kind, facts }) => (kind === 'paged' ? [facts['reason']] : []));
  }

  /** State and note of each intent, by subject and cause. */
  async intents(): Promise<Readonly<Record<string, string>>> {
    const all = [...(await this.state()).intents.values()];
    return Object.fromEntries(
      all.map(({ subject, cause, state, note = '' }) => [`${subject} ${cause}`, `${state} ${note}`.trim()]),
    );
  }
}

function quiet(): void {
  // Nothing to say.
}
