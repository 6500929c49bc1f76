/** What a reaction may do: record only, wait for approval, act. */
export type Mode = 'observe' | 'propose' | 'enforce';
