/** Where a repository is hosted, for whoever opens something of it. */
export interface HostedRepository {
  readonly owner: string;
  readonly repo: string;
  /** REST base of a GitHub Enterprise Server; absent for the usual one. */
  readonly apiUrl?: string;
}
