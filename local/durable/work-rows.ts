import type { DatabaseSync } from 'node:sqlite';

import { stamp, type HistoryEvent, type HistoryFact } from './protocol.ts';

/** An activity that is to run, or may be running: its completion has not arrived yet. */
export interface PendingActivity {
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly name: string;
  /** JSON text. */
  readonly input: string | null;
}

/** A timer that has not fired. `due` is in milliseconds since 1970. */
export interface PendingTimer {
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly due: number;
}

export interface Arrival {
  readonly arrival: number;
  readonly event: HistoryEvent;
}

export function selectHistory(database: DatabaseSync, instance: string): HistoryEvent[] {
  const rows = database.prepare('SELECT event FROM history WHERE instance = ? ORDER BY position').all(instance);
  return rows.map(({ event }) => JSON.parse(event as string) as HistoryEvent);
}

export function appendHistory(database: DatabaseSync, instance: string, events: readonly HistoryEvent[]): void {
  const insert = database.prepare(
    `INSERT INTO history (instance, position, event)
     SELECT :instance, coalesce(max(position) + 1, 0), :event FROM history WHERE instance = :instance`,
  );
  for (const event of events) {
    insert.run({ instance, event: JSON.stringify({ ...event, IsPlayed: true }) });
  }
}

export function selectInbox(database: DatabaseSync, instance: string): Arrival[] {
  const rows = database.prepare('SELECT arrival, event FROM inbox WHERE instance = ? ORDER BY arrival').all(instance);
  return rows.map(({ arrival, event }) => ({
    arrival: arrival as number,
    event: JSON.parse(event as string) as HistoryEvent,
  }));
}

export function insertArrival(database: DatabaseSync, instance: string, fact: HistoryFact, at: number): void {
  database.prepare('INSERT INTO inbox (instance, event) VALUES (?, ?)').run(instance, JSON.stringify(stamp(fact, at)));
}

export function deleteArrivals(database: DatabaseSync, instance: string, upTo: number): void {
  database.prepare('DELETE FROM inbox WHERE instance = ? AND arrival <= ?').run(instance, upTo);
}

export function selectActivities(database: DatabaseSync): PendingActivity[] {
  const rows = database.prepare('SELECT * FROM activity ORDER BY execution, task').all();
  return rows as unknown as PendingActivity[];
}

export function insertActivity(database: DatabaseSync, activity: PendingActivity): void {
  database
    .prepare(
      `INSERT INTO activity (execution, task, instance, name, input)
       VALUES (:execution, :task, :instance, :name, :input)`,
    )
    .run({ ...activity });
}

/** @returns whether the activity was still pending. */
export function deleteActivity(database: DatabaseSync, execution: string, task: number): boolean {
  const statement = database.prepare('DELETE FROM activity WHERE execution = ? AND task = ?');
  return statement.run(execution, task).changes === 1;
}

export function selectNextDue(database: DatabaseSync): number | undefined {
  const row = database.prepare('SELECT min(due) AS due FROM timer').get();
  return (row?.['due'] as number | null | undefined) ?? undefined;
}

export function selectDueTimers(database: DatabaseSync, now: number): PendingTimer[] {
  const rows = database.prepare('SELECT * FROM timer WHERE due <= ? ORDER BY due, execution, task').all(now);
  return rows as unknown as PendingTimer[];
}

export function insertTimer(database: DatabaseSync, timer: PendingTimer): void {
  database
    .prepare('INSERT INTO timer (execution, task, instance, due) VALUES (:execution, :task, :instance, :due)')
    .run({ ...timer });
}

export function deleteTimer(database: DatabaseSync, execution: string, task: number): void {
  database.prepare('DELETE FROM timer WHERE execution = ? AND task = ?').run(execution, task);
}

/** Deletes the inbox and everything pending: nothing more can happen to the instance's current execution. */
export function deleteWork(database: DatabaseSync, instance: string): void {
  for (const table of ['inbox', 'activity', 'timer']) {
    database.prepare(`DELETE FROM ${table} WHERE instance = ?`).run(instance);
  }
}

export function deleteHistory(database: DatabaseSync, instance: string): void {
  database.prepare('DELETE FROM history WHERE instance = ?').run(instance);
}
