/** An answer to a person or a program; JSON, or problem+json (RFC 9457) with a `code` from docs/errors.md. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A person's call of the HTTP API; its body is not read yet. */
export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** What follows `v1/`, escapes resolved. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The header's value, as the caller says. */
  readonly contentLength: string | undefined;
  /** Reads the body. */
  readonly text: () => Promise<string>;
}

/** An alert's request; its body is not read yet. */
export interface IncomingAlert {
  readonly authorization: string | undefined;
  /** The header's value, as the sender says. */
  readonly contentLength: string | undefined;
  /** Reads the body. */
  readonly text: () => Promise<string>;
}

/** What the entry points call. Each method is one trigger's work; throwing asks the sender to send again. */
export interface Reflex {
  /** Stores a received body on the `signals` queue. `via` says how its sender was authenticated. */
  receive(body: string, via: string): Promise<void>;
  /** Takes an alert from whoever the token proves; stored when it answers 202. */
  receiveAlert(alert: IncomingAlert): Promise<Answer>;
  /** Handles one message of the `signals` queue. */
  handle(message: unknown): Promise<void>;
  /** Parks a message that failed again and again. */
  park(message: unknown): Promise<void>;
  /** Looks at every branch of the fleet. */
  tick(): Promise<void>;
  /** Looks for pushes whose events were lost. */
  sweepRegistries(): Promise<void>;
  /** Looks at every edge of the fleet, whether or not anything was heard, and calls the people who are due. */
  tickRegions(): Promise<void>;
  /** Checks whether each edge has what a failover would need. */
  checkReady(): Promise<void>;
  /** Deletes some of the rows that are over and older than the retention. */
  prune(): Promise<void>;
  /** Answers with a decision record or a plan by its id. */
  record(id: string): Promise<Answer>;
  /** Answers a person: what is planned, yes and no, commands, the kill switch. */
  answer(request: ApiRequest): Promise<Answer>;
}
