/** How pressing it is that an origin goes out. */
export type Urgency = 'emergency' | 'planned' | 'drill';

/** Value of an intent of kind `out`: an origin gets no requests while it stands. */
export interface OutWish {
  readonly enabled: false;
  readonly urgency: Urgency;
  /** Weights on the way down, one step each; at once if absent. */
  readonly via?: readonly number[];
  /** Weights on the way back, one step each; at once if absent. */
  readonly back?: readonly number[];
  /** By its gate, and by nothing else. */
  readonly through?: 'gate';
  /** Rules that people have overridden by name. */
  readonly overrides?: readonly string[];
  /** Of a drill: how long it stays out, in milliseconds. */
  readonly untilMs?: number;
  /** How often it was tried and could not be written. */
  readonly attempt?: number;
}

/** Value of an intent of kind `shares`: weights by origin id, 1 to 1000. */
export interface SharesWish {
  readonly weights: Readonly<Record<string, number>>;
  readonly overrides?: readonly string[];
}

/** Value of an intent of kind `hold`: a person's word that nothing of an edge is written. */
export interface HoldWish {
  readonly held: true;
  /** ISO 8601; until somebody takes it away if absent. */
  readonly until?: string;
}

/** Value of an intent of kind `pin`: a person's word that an origin serves, or does not. */
export interface PinWish {
  readonly pinned: 'in' | 'out';
  /** ISO 8601; until somebody takes it away if absent. */
  readonly until?: string;
}
