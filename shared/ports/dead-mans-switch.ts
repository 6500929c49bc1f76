/** A service outside Azure that calls people when it has not been told in time that all is well. */
export interface DeadMansSwitch {
  /** @throws RateLimitedError, UpstreamError when the service was not reached. */
  reset(): Promise<void>;
}
