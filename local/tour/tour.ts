import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Endpoints } from '../endpoints.ts';
import { pushImage } from '../registry/client.ts';

const PATIENCE_MS = 45_000;
const POLL_MS = 100;
const run = promisify(execFile);

/** What the tour shows a person; `say` prints a line. */
export interface TourOptions {
  readonly endpoints: Endpoints;
  readonly registry: string;
  readonly repository: string;
  readonly image: string;
  readonly say: (line: string) => void;
}

/**
 * Pushes one image as any OCI client would and shows what follows: event, decision, diff, commit.
 * @returns true if the commit stands in the repository and changes one line in each file that it touches.
 */
export async function playTour({ endpoints, registry, repository, image, say }: TourOptions): Promise<boolean> {
  const source = endpoints.registries[registry];
  const target = endpoints.github.repositories[repository];
  if (source === undefined || target === undefined) {
    say(`tour: the fleet has no registry ${registry} or no repository ${repository}`);
    return false;
  }
  const before = await git(target.path, ['rev-parse', target.branch]);
  const tag = await nextTag(target.path, target.branch, image);
  const began = performance.now();
  const { url, username, password, loginServer } = source;
  const digest = await pushImage({ url, username, password, fetch, repository: image, tag });
  say(`push      ${loginServer}/${image}:${tag}  ${digest}`);
  const commit = await waitForCommit(target.path, target.branch, before);
  if (commit === undefined) {
    say(`tour: no commit within ${PATIENCE_MS / 1000} s`);
    return false;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const message = await git(target.path, ['log', '-1', '--format=%B', commit]);
  const trailers = [...message.matchAll(/^Reflex-(\w+): (.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  const trailer = (name: string): string => trailers.find(([key]) => key === name)?.[1] ?? 'none';
  say(`event     ${trailer('Event')}  Microsoft.ContainerRegistry.ImagePushed`);
  say(`decision  acted: ${trailer('Image')}`);
  say(`record    ${trailer('Record')}`);
  const diff = await git(target.path, ['diff', '--unified=1', before, commit]);
  for (const line of diff.split('\n')) {
    say(`  ${line}`);
  }
  say(`commit    ${commit}  after ${seconds} s, queue polling included`);
  const numbers = await git(target.path, ['diff', '--numstat', before, commit]);
  return numbers.split('\n').every((line) => line.startsWith('1\t1\t'));
}

/** One patch above the newest version of the image that stands in the repository, so that the tour can be played again. */
async function nextTag(path: string, branch: string, image: string): Promise<string> {
  const lines = await git(path, ['grep', '-h', '-A4', '-F', image, branch]);
  const patches = [...lines.matchAll(/1\.4\.(\d+)/g)].map(([, patch]) => Number(patch));
  return `1.4.${Math.max(0, ...patches) + 1}`;
}

async function waitForCommit(path: string, branch: string, before: string): Promise<string | undefined> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const head = await git(path, ['rev-parse', branch]);
    if (head !== before) {
      return head;
    }
    await delay(POLL_MS);
  }
  return undefined;
}

async function git(path: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', path, ...args], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}
