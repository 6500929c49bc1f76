/**
 * The sending side of the `signals` queue; the receiving side is the host's queue trigger.
 * Messages are text of at most 48 KiB, because the service holds 64 KiB of base64
 * (https://learn.microsoft.com/azure/storage/queues/scalability-targets).
 */
export interface SignalQueue {
  /**
   * @param delayMs - how long the message stays invisible, at most 7 days.
   * @throws StorageUnavailableError if the message may not have been stored.
   */
  send(message: string, delayMs?: number): Promise<void>;
}
