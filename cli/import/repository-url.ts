import type { RepositoryDraft } from './draft.ts';

const FORMS: readonly RegExp[] = [
  /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?(?<host>[^/:]+)(?::\d+)?\/(?<path>[^?#]+)$/,
  /^(?:[^@/]+@)?(?<host>[^/:]+):(?<path>[^/].*)$/,
];
const GITHUB = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/;
const OTHER_HOSTS = /(?:^|\.)(?:gitlab|bitbucket|azure|visualstudio|codeberg|amazonaws)\b/;

/**
 * Reads a Git URL as GitHub's or as that of a GitHub Enterprise Server: `https`, `ssh` and the short form.
 *
 * @returns undefined for a host that is known to be something else, and for what is no such URL.
 */
export function readRepositoryUrl(url: string): RepositoryDraft | undefined {
  const groups = FORMS.map((form) => form.exec(url.trim())?.groups).find((found) => found !== undefined);
  const host = groups?.['host']?.toLowerCase() ?? '';
  const github = (groups?.['path'] ?? '').replace(/\/$/, '').replace(/\.git$/, '');
  if (host === '' || !GITHUB.test(github) || OTHER_HOSTS.test(host)) {
    return undefined;
  }
  const isCloud = host === 'github.com' || host === 'www.github.com' || host === 'ssh.github.com';
  return isCloud ? { github } : { github, apiUrl: `https://${host}/api/v3` };
}
