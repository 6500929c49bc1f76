/**
 * State of a write that a control plane may go on with after its answer.
 *
 * `running` holds what `poll` needs, as text for the journal: who reads it after a crash goes on without sending again.
 * `failed` means that the service ended it; `unknown` that only reading the resource can tell.
 */
export type Operation =
  | { readonly status: 'running'; readonly state: string }
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string };
