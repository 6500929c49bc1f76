/** Where the data tier behind an edge is asked about. */
export interface DataTierQuery {
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL whose first row has `lagSeconds`, `promotion` or both. */
  readonly query: string;
}
