import type { CurrentImage } from './ranking.ts';

/** When the digest that stands in Git follows the registry: never, only while there is none for this tag, or always. */
export type DigestReflection = 'Never' | 'IfNotPresent' | 'Always';

/**
 * The digest that should stand in Git beside a tag; undefined writes none.
 *
 * @param registry - what the registry says the tag is; undefined where that is not known, which never unpins.
 */
export function reflectDigest(
  reflection: DigestReflection,
  { tag, digest: registry }: { readonly tag: string; readonly digest: string | undefined },
  current: CurrentImage,
): string | undefined {
  if (reflection === 'Never') {
    return undefined;
  }
  const stored = current.tag === tag ? current.digest : undefined;
  return reflection === 'IfNotPresent' ? (stored ?? registry) : (registry ?? stored);
}
