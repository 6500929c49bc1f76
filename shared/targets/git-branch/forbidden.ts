/** Tells why a path of a GitOps repository may never be written, whatever an intent's globs say. Pure. */
export function whyNotWritable(path: string, fleetFiles: readonly string[]): string | undefined {
  const segments = path.toLowerCase().split('/');
  if (segments.some((segment) => segment === '..' || segment === '.' || segment === '' || segment === '.git')) {
    return 'not a plain path inside the repository';
  }
  if (segments[0] === '.github') {
    return 'workflows and settings of the Git host';
  }
  if (segments.at(-1) === 'codeowners') {
    return 'decides who reviews';
  }
  return fleetFiles.some((file) => file.toLowerCase() === path.toLowerCase()) ? 'a fleet file' : undefined;
}
