import { evidenceKey, type EdgeEvidence } from '../../shared/domain/traffic/evidence.ts';
import type { EdgeState, OriginChange, RouteChange } from '../../shared/ports/edge-control.ts';
import type { GateDocument } from '../../shared/domain/traffic/gate.ts';
import type { EdgeReading } from '../../shared/ports/edge-readings.ts';
import type { LogFields } from '../../shared/ports/log.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { KILL_SWITCH } from '../../shared/reconcile/guards/kill-switch.ts';
import { openEntry, planKey, type Plan } from '../../shared/reconcile/plan.ts';
import type { Head } from '../../shared/reconcile/target-rows.ts';
import { linkRecords, NO_AUDIT, type AuditRecord, type AuditTip } from '../../shared/records/audit.ts';
import { EDGES } from '../../shared/targets/edge/index.ts';
import type { CellIndex } from './case.ts';
import { HandWeights } from './check-hand.ts';
import { checkPoolWrite } from './check-pools.ts';
import { checkConsent, checkRemoved } from './check-removed.ts';
import { checkIdle, checkRoute, checkServed, isIdle, isOfEdge, originsAbout, ownId } from './check-twin.ts';
import type { World } from './world.ts';

/** Something that must never be, and was. */
export interface Violation {
  /** Stable name. */
  readonly invariant: string;
  readonly detail: string;
  /** Milliseconds after the beginning. */
  readonly at: number;
}

/** A write as it leaves. */
export interface Sent {
  readonly cell: CellIndex;
  readonly edge: FleetEdge;
  /** An origin, in whichever group, or a route. */
  readonly origin: string;
  readonly change: OriginChange | RouteChange;
  /** What the sender read last. */
  readonly seen: EdgeState | undefined;
}

/** Storage is away, rows are contended. */
const EXPECTED = /^storage is down|^no answer: it was written|the row was changed by somebody else$/;
/** Far more than a run needs that comes to rest: about three are usual. */
const MAX_WRITES = 1_000;

/** From the last look at the switches to the write: a write is dropped 10 s after its transaction began. */
const UNDER_WAY_MS = 12_000;

/** Holds the invariants against the world: before each write, after each step, and when all is quiet. */
export class Checker {
  readonly #world: World;
  readonly #begin: number;
  /** Newest first. */
  readonly #readings = new Map<string, readonly { readonly at: number; readonly reading: EdgeReading | undefined }[]>();
  #found: Violation | undefined;
  #tip: AuditTip = NO_AUDIT;
  killedSince: number | undefined;
  heldSince: number | undefined;
  restoredAt = -Infinity;
  writes = 0;
  /** Names of the origins whose gates are shut, by edge. */
  readonly #shut = new Map<string, readonly string[]>();
  readonly #written: { readonly id: string; readonly at: number }[] = [];
  readonly byHand: HandWeights;

  constructor(world: World) {
    this.#world = world;
    this.byHand = new HandWeights(world);
    this.#begin = world.clock.time;
  }

  /** The first one. */
  get violation(): Violation | undefined {
    return this.#found;
  }

  report(invariant: string, detail: string): void {
    this.#found ??= { invariant, detail, at: this.#world.clock.time - this.#begin };
  }

  onReading(cell: CellIndex, edge: string, reading: EdgeReading | undefined): void {
    const key = `${cell}|${edge}`;
    const at = this.#world.clock.time;
    const recent = (this.#readings.get(key) ?? []).filter((one) => one.at > at - UNDER_WAY_MS);
    this.#readings.set(key, [{ at, reading }, ...recent]);
  }

  onBegin(sent: Sent): void {
    this.writes += 1;
    if (this.writes > MAX_WRITES) {
      this.report('comes-to-rest', `${this.writes} writes, the last to ${sent.origin}`);
    }
    const about = this.#subjects(sent);
    [...about, sent.origin].forEach((id) => this.#written.push({ id, at: this.#world.clock.time }));
    this.#checkReach(sent);
    checkIdle(this.#world, sent);
    this.byHand.check(sent);
    for (const origin of isIdle(sent) ? [] : about) {
      checkRemoved(this.#world, { ...sent, origin });
      checkConsent(this.#world, { ...sent, origin });
    }
    this.#checkSwitches(sent);
    this.#checkServing(sent);
    this.#checkChannel(sent);
    if (this.#world.clock.time > this.restoredAt + UNDER_WAY_MS) {
      this.#checkJournal(sent);
    }
  }

  /** The same of the least number of nodes of a pool, by its ARM id. */
  onPool(pool: string): void {
    this.writes += 1;
    if (this.writes > MAX_WRITES) {
      this.report('comes-to-rest', `${this.writes} writes, the last to ${pool}`);
    }
    if (this.#world.clock.time > this.restoredAt + UNDER_WAY_MS) {
      checkPoolWrite(this.#world, pool, UNDER_WAY_MS);
    }
  }

  /** Origins that a write is about, by the edge's own ids: a route moves several. */
  #subjects({ edge, origin, change }: Sent): readonly string[] {
    if (!('originGroup' in change)) {
      return [ownId(edge, origin)];
    }
    const plan = this.activePlan(edge.id);
    const entry = plan === undefined ? undefined : openEntry(plan);
    return (entry?.step.changes ?? []).map(({ subject }) => subject).filter((subject) => subject !== edge.id);
  }

  /** Gates were set. Opening is never a danger; who closes one must leave another that serves. */
  onGates(cell: CellIndex, { edge, closed }: GateDocument): void {
    this.writes += 1;
    const before = this.#shut.get(edge) ?? [];
    this.#shut.set(edge, closed);
    const fresh = closed.filter((name) => !before.includes(name));
    const changed = [...fresh, ...before.filter((name) => !closed.includes(name))];
    this.#written.push(...changed.map((name) => ({ id: `${edge}/origins/${name}`, at: this.#world.clock.time })));
    const found = this.#world.edges.find((one) => one.edge.id === edge)?.edge;
    for (const name of found === undefined ? [] : fresh) {
      const origin = `${edge}/origins/${name}`;
      this.#checkSwitches({ origin, change: `gate of ${name}` });
      const open = this.#world.arm.of(edge).filter(({ id, enabled }) => enabled && !closed.includes(nameOf(id)));
      if (open.length === 0) {
        this.report('last-enabled', `${cell}: the gate of ${origin} was the last that was open`);
      }
    }
  }

  /** True if an origin's gate is shut. */
  isShut(edge: string, name: string): boolean {
    return this.#shut.get(edge)?.includes(name) === true;
  }

  /** An error that was caught and logged: only what the services and other writers do may be one. */
  onLogged(message: string, fields: LogFields = {}): void {
    const reason = String(fields['reason'] ?? '');
    if (!EXPECTED.test(reason)) {
      this.report('no-surprises', `${message}: ${reason}`);
    }
  }

  /** After each step. */
  onStep(): void {
    this.#world.arm.settle();
    for (const { edge } of this.#world.edges) {
      if (this.#world.arm.of(edge.id).every(({ enabled }) => !enabled)) {
        this.report('one-enabled', `${edge.name} has no enabled origin`);
      }
      checkServed(this.#world, edge);
    }
    this.#checkAudit();
  }

  /** Origins that we have written since. */
  writesSince(since: number): readonly string[] {
    return this.#written.filter(({ at }) => at >= since).map(({ id }) => id);
  }

  onRestore(): void {
    this.restoredAt = this.#world.clock.time;
    this.#tip = NO_AUDIT;
  }

  #checkReach(sent: Sent): void {
    const { edge, origin, change } = sent;
    if (!isOfEdge(edge, origin) && !isIdle(sent)) {
      this.report('fleet-only', `${origin} is not of the fleet`);
    }
    if ('weight' in change && !(Number.isInteger(change.weight) && change.weight >= 1 && change.weight <= 1_000)) {
      this.report('whole-weights', `${origin}: weight ${change.weight}`);
    }
  }

  #checkSwitches({ origin, change }: { readonly origin: string; readonly change: unknown }): void {
    const latest = this.#world.clock.time - UNDER_WAY_MS;
    const row = this.#world.rows.peek(KILL_SWITCH.partition, KILL_SWITCH.rowKey);
    const isKilled = (row?.value as { on?: unknown } | undefined)?.on === true;
    if (isKilled && this.killedSince !== undefined && this.killedSince < latest) {
      this.report('kill-switch', `${origin} ${JSON.stringify(change)} while the kill switch is on`);
    }
    if (this.heldSince !== undefined && this.heldSince < latest) {
      this.report('automation-off', `${origin} ${JSON.stringify(change)} while automation is off`);
    }
  }

  /** By what the sender has read: nobody is taken away whom only others serve, nothing is written that is there. */
  #checkServing(sent: Sent): void {
    const { cell, edge, origin, change, seen } = sent;
    if (seen === undefined) {
      this.report('read-first', `${origin} was written unread`);
      return;
    }
    const readings = this.#readings.get(`${cell}|${edge.id}`) ?? [];
    const isWellBy =
      (reading: EdgeReading | undefined) =>
      ({ id, monitor }: EdgeState['origins'][number]): boolean => {
        const name = edge.origins.find((one) => one.id === id)?.name ?? '';
        return reading?.origins[name]?.healthy ?? monitor === 'healthy';
      };
    if ('originGroup' in change) {
      const isWell = (one: EdgeState['origins'][number]): boolean =>
        readings.length === 0 || readings.some(({ reading }) => isWellBy(reading)(one));
      checkRoute(this.#world, sent, isWell);
      return;
    }
    const own = ownId(edge, origin);
    const around = originsAbout(sent);
    const live = around.find(({ id }) => id === own);
    const isThere = Object.entries(change).every(([name, value]) => live?.[name as 'enabled' | 'weight'] === value);
    if (isThere && live?.terminal === true) {
      this.report('sent-twice', `${origin} already is ${JSON.stringify(change)}`);
    }
    if (!('enabled' in change) || change.enabled) {
      return;
    }
    const isOpen = ({ id }: EdgeState['origins'][number]): boolean => !this.isShut(edge.id, nameOf(id));
    const left = around.filter((one) => one.enabled && one.id !== own && isOpen(one));
    if (left.length === 0) {
      this.report('last-enabled', `${origin} is the last that is enabled`);
    }
    const isBreach = (reading: EdgeReading | undefined): boolean => {
      const isWell = isWellBy(reading);
      return around.some((one) => one.enabled && isOpen(one) && isWell(one)) && !left.some(isWell);
    };
    if (!isIdle(sent) && readings.length > 0 && readings.every(({ reading }) => isBreach(reading))) {
      this.report('last-healthy', `${origin} is the last healthy one`);
    }
  }

  #checkChannel({ edge, origin, change }: Sent): void {
    const rival = this.#world.arm.open().find(({ channel, isForgotten }) => channel === edge.profile && !isForgotten);
    const isEmergency =
      'enabled' in change &&
      !change.enabled &&
      this.intents().some(
        ({ subject, kind, value }) =>
          subject === ownId(edge, origin) && kind === 'out' && value['urgency'] === 'emergency',
      );
    // Known: who overtakes a write of one edge leaves the profile to the others while that write is at work (seed 20).
    const isOvertaken =
      rival !== undefined &&
      !isOfEdge(edge, rival.origin) &&
      this.plans().some(({ journal }) =>
        journal.some(
          ({ state, step }) =>
            state === 'overtaken' && (step.sends?.resource ?? step.changes[0]?.subject) === rival.origin,
        ),
      );
    if (rival !== undefined && !isEmergency && !isOvertaken) {
      this.report('one-in-flight', `${origin} while ${rival.origin} is being written`);
    }
  }

  /** What is sent stands in the journal, and nobody who had to agree was passed over. */
  #checkJournal({ edge, origin, change }: Sent): void {
    const plan = this.activePlan(edge.id);
    const entry = plan === undefined ? undefined : openEntry(plan);
    const { step } = entry ?? {};
    const [first] = step?.changes ?? [];
    const sends = step?.sends ?? (first === undefined ? undefined : { resource: first.subject, to: first.to });
    const isOurs = sends?.resource === origin && JSON.stringify(sends.to) === JSON.stringify(change);
    if (plan === undefined || !isOurs) {
      this.report('journal-first', `${origin} ${JSON.stringify(change)} is in no journal`);
      return;
    }
    const switched = (step?.changes ?? []).filter(({ group }) => group === 'enabled');
    for (const { subject, to } of plan.consent === undefined && plan.state !== 'going-back' ? switched : []) {
      this.#checkApproved(edge, subject, to['enabled'] === true);
    }
  }

  #checkApproved(edge: FleetEdge, origin: string, isIn: boolean): void {
    const about = this.intents().filter(
      ({ subject, kind }) => subject === origin && (kind === 'out' || kind === 'pin'),
    );
    // A pin is a person's word of today: it asks nobody who is to agree to the way back of what it overrules.
    const isPinned = ({ kind, value }: Intent): boolean => kind === 'pin' && (value['pinned'] === 'in') === isIn;
    const why = about.filter(
      (intent) => isPinned(intent) || ((intent.state === 'leaving') === isIn && intent.state !== 'failed'),
    );
    const isOurs = this.head()?.lanes[edge.id]?.fields.some(
      (one) => one.subject === origin && one.group === 'enabled' && one.baseline['enabled'] === true,
    );
    if (isOurs === true && why.length > 0 && why.every(({ mode }) => mode !== 'enforce')) {
      this.report('unapproved', `${origin} ${isIn ? 'in' : 'out'} for ${why.map(({ mode }) => mode).join()}`);
    }
  }

  /** Only what is new is hashed; the whole chain is checked at the end. */
  #checkAudit(): void {
    const tip = this.head()?.audit ?? NO_AUDIT;
    for (let seq = this.#tip.seq + 1; seq <= tip.seq; seq += 1) {
      const record = this.#world.rows.peek(EDGES, `audit|${String(seq).padStart(12, '0')}`)?.value as unknown as
        AuditRecord | undefined;
      const [linked] =
        record === undefined ? [] : linkRecords(this.#tip, [{ kind: record.kind, at: record.at, facts: record.facts }]);
      if (record === undefined || linked?.hash !== record.hash) {
        this.report('audit-chain', `record ${seq} does not follow`);
        return;
      }
      this.#tip = { seq, hash: record.hash };
    }
    if (this.#tip.hash !== tip.hash) {
      this.report('audit-chain', `the head says ${tip.seq}, the chain ${this.#tip.seq}`);
    }
  }

  head(): Head | undefined {
    return this.#world.rows.peek(EDGES, 'head')?.value as unknown as Head | undefined;
  }

  /** Oldest first. */
  records(): readonly AuditRecord[] {
    return this.#world.rows.peekAll(EDGES, 'audit|').map(({ value }) => value as unknown as AuditRecord);
  }

  plans(): readonly Plan[] {
    return this.#world.rows.peekAll(EDGES, 'plan|').map(({ value }) => value as unknown as Plan);
  }

  /** Those that are not closed. */
  intents(): readonly Intent[] {
    return this.#world.rows
      .peekAll(EDGES, 'intent|')
      .map(({ value }) => value as unknown as Intent)
      .filter(({ state }) => state !== 'closed');
  }

  evidence(edge: string): EdgeEvidence | undefined {
    return this.#world.rows.peek(EDGES, evidenceKey(edge))?.value as unknown as EdgeEvidence | undefined;
  }

  activePlan(edge: string): Plan | undefined {
    const id = this.head()?.lanes[edge]?.activePlan;
    return id === undefined
      ? undefined
      : (this.#world.rows.peek(EDGES, planKey(id))?.value as unknown as Plan | undefined);
  }
}

function nameOf(origin: string): string {
  return origin.split('/').at(-1) ?? '';
}
