/** The only source of chance. Seeded in scenarios, so that the same seed gives the same run. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** RFC 9562 version 4, lower case. */
  uuid(): string;
}
