/**
 * True for the text of an SDK's poller, `{"state":{"config":{"operationLocation":"https:..."}}}`, that knows whom to ask:
 * without an address the poller would send the write instead of asking.
 */
export function namesAddress(text: string): boolean {
  try {
    const { state } = JSON.parse(text) as { readonly state?: { readonly config?: Record<string, unknown> } };
    return typeof state?.config?.['operationLocation'] === 'string';
  } catch {
    return false;
  }
}
