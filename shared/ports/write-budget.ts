/** What a service lets one caller create in a while, over all of the caller's processes. */
export interface WriteBudget {
  /**
   * Asks for so many requests before the first of them is sent.
   * @throws RateLimitedError with the time after which there is room again; nothing was taken.
   */
  take(requests: number): Promise<void>;
}

/** For whoever counts in another place, or not at all. */
export const UNLIMITED: WriteBudget = { take: () => Promise.resolve() };
