import { parseRegion } from '../azure/regions.ts';

/** What an origin can be called by from outside. */
export interface CalledOrigin {
  readonly name: string;
  /** Canonical, `westeurope`. */
  readonly region: string;
  /** Host, and host with port, by which metrics call it; lower case. */
  readonly hosts?: readonly string[];
  /** The same for the host that requests are sent with: often one for all of them. */
  readonly hostHeaders?: readonly string[];
}

/**
 * The origins that a text means: by their own name, by their region however it is written (`West Europe`), or by the
 * host that the edge knows them by. Pure.
 *
 * @returns none for what nobody is called; `ambiguous` where origins of several regions share the host: it is not guessed.
 */
export function originsCalled<Origin extends CalledOrigin>(
  origins: readonly Origin[],
  text: string,
): readonly Origin[] | 'ambiguous' {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') {
    return [];
  }
  const region = parseRegion(wanted);
  const named = origins.filter((one) => one.name.toLowerCase() === wanted || isRegion(one, wanted, region));
  if (named.length > 0) {
    return named;
  }
  const own = origins.filter(({ hosts = [] }) => hosts.includes(wanted));
  const found = own.length > 0 ? own : origins.filter(({ hostHeaders = [] }) => hostHeaders.includes(wanted));
  return new Set(found.map((one) => one.region)).size > 1 ? 'ambiguous' : found;
}

/** True for what can be a host, with a port or without, and no name or region: those have neither dot nor colon. Pure. */
export function isHostLike(text: string): boolean {
  return /[.:]/.test(text);
}

/**
 * What metrics call a host: itself, and with each of its ports. Pure.
 *
 * Front Door's dimension `Origin` is `{hostName}:{port}`; a host without a port is taken as well.
 * @returns lower case; none for text that is empty.
 */
export function hostLabels(host: string, ports: readonly number[]): readonly string[] {
  const name = host.trim().toLowerCase().replace(/\.$/, '');
  return name === '' ? [] : [...new Set([name, ...ports.map((port) => `${name}:${port}`)])];
}

function isRegion({ region }: CalledOrigin, wanted: string, parsed: string | undefined): boolean {
  const own = region.toLowerCase();
  return own === wanted || own === parsed;
}
