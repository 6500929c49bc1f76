/** The part of a registry push that the reaction works with, checked by the decoder against the OCI grammar. */
export interface PushedImage {
  /** From the fleet's entry for the event's source, never from the event. */
  readonly loginServer: string;
  readonly repository: string;
  /** Absent for a manifest pushed by digest: a child of a multi-arch index, a referrer. */
  readonly tag?: string;
  /** What the event says the tag is: tells a replica that has not heard of the push from one that has. */
  readonly digest?: string;
  /** `source#id` of the event. */
  readonly signal: string;
  /** When the registry raised the event, ISO 8601. */
  readonly raisedAt: string;
}
