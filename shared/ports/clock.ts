/** The only source of time. Real in Azure and behind `npm start`, virtual in scenarios and simulation. */
export interface Clock {
  now(): Date;
  /**
   * Resolves `ms` milliseconds later by this clock.
   * @throws DOMException `AbortError` when `signal` aborts first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
