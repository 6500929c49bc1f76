import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { QueueClient } from '@azure/storage-queue';

import { CONTENT } from '../../local/github/local-github.ts';
import { pushImage } from '../../local/registry/client.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { CellProcess } from './cell-process.ts';
import { auditOf, pushedEvent } from './pushed-image.ts';
import { StackProcess } from './stack-process.ts';

/** A burst of pushes. */
export interface Burst {
  readonly pushes: number;
  /** In which they come; a busy machine may take longer. */
  readonly seconds: number;
  readonly images: number;
  /** Kill the app in the middle, as by `kill -9`, and start it again. */
  readonly kill: boolean;
  readonly seed: number;
}

/** What a burst left. */
export interface BurstOutcome {
  /** Seconds that the pushes took. */
  readonly took: number;
  /** Seconds from the last push until every image stood in Git. */
  readonly settled: number;
  /** Seconds from the last push until no message was left, repeats included. */
  readonly drained: number;
  readonly commits: number;
  /** Images whose newest tag does not stand. */
  readonly missing: readonly string[];
  /** `IMAGE:TAG` that more than one commit brought. */
  readonly twice: readonly string[];
  /** Most requests that create content, in any 60 s. */
  readonly contentAMinute: number;
  /** First fault of the audit chain. */
  readonly fault: string | undefined;
}

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop';
/** Pushes at a time: a build farm is not one machine. */
const PUSHERS = 8;
const LATEST_MS = 5_000;

interface Push {
  readonly repository: string;
  readonly tag: string;
}

/**
 * Pushes images by a plain OCI client against the local stack; each push is told of three times, by Event Grid and twice
 * more, late and in no order. The app runs in a process of its own, so that it can be killed while pushes go on.
 */
export async function playBurst(burst: Burst): Promise<BurstOutcome> {
  const stack = await StackProcess.create();
  const app = new CellProcess(stack.data, 'one');
  try {
    const file = await seed(stack.data, burst.images);
    await stack.start({}, ['--no-app', '--fleet', file]);
    await app.start();
    const start = await stack.git('rev-parse', 'main');
    const counter = countContent(stack);
    const began = Date.now();
    await pushAll(stack, app, burst);
    const took = (Date.now() - began) / 1000;
    const missing = await settle(stack, burst);
    const settled = (Date.now() - began) / 1000 - took;
    await drain(stack);
    return {
      took,
      settled,
      drained: (Date.now() - began) / 1000 - took,
      missing,
      ...(await written(stack, start)),
      contentAMinute: await counter.stop(),
      fault: (await auditOf(stack)).fault,
    };
  } finally {
    await app.kill();
    await stack.remove();
  }
}

function pushAt(index: number, images: number): Push {
  return { repository: `shop/app${index % images}`, tag: `1.${5 + Math.floor(index / images)}.0` };
}

async function seed(data: string, images: number): Promise<string> {
  const fleet = {
    version: 1,
    fleet: 'burst',
    registries: { contoso: { resourceId: `${GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso` } },
    gitops: { shop: { github: 'contoso/shop-gitops' } },
    rollouts: { all: [{ name: 'dev', path: 'dev/**' }] },
    images: {
      all: {
        match: 'contoso.azurecr.io/shop/*',
        gitops: 'shop',
        rollout: 'all',
        policy: { semver: { range: '1.x' } },
        mode: 'enforce',
      },
    },
  };
  const directory = join(data, 'seed/gitops/shop-gitops/dev');
  await mkdir(directory, { recursive: true });
  for (let image = 0; image < images; image += 1) {
    await writeFile(join(directory, `app${image}.yaml`), `image: contoso.azurecr.io/shop/app${image}:1.4.0\n`);
  }
  const file = join(data, 'seed/fleet.yaml');
  await writeFile(file, JSON.stringify(fleet));
  return file;
}

async function pushAll(stack: StackProcess, app: CellProcess, { pushes, seconds, images, kill, seed: of }: Burst) {
  const { url, username, password } = stack.registry;
  const random = new SeededRandom(of);
  const queue = new QueueClient(stack.endpoints.storage.connectionString, 'signals');
  // The app makes it with its first message, which a repeat may be faster than.
  await queue.createIfNotExists();
  const repeats: Promise<unknown>[] = [];
  const began = Date.now();
  let next = 0;
  let restart: Promise<unknown> | undefined;
  const repeat = async (id: string, push: Push, digest: string): Promise<void> => {
    await delay(random.next() * LATEST_MS);
    await queue.sendMessage(Buffer.from(JSON.stringify(pushedEvent(id, { ...push, digest }))).toString('base64'));
  };
  const pusher = async (): Promise<void> => {
    for (let index = next++; index < pushes; index = next++) {
      await delay(Math.max(0, began + (index * seconds * 1000) / pushes - Date.now()));
      const push = pushAt(index, images);
      const digest = await pushImage({ url, username, password, fetch, ...push });
      repeats.push(repeat(`repeat-${index}`, push, digest), repeat(`repeat-${index}`, push, digest));
      if (kill && index === Math.floor(pushes / 2)) {
        restart = app.kill().then(async () => await app.start());
      }
    }
  };
  await Promise.all(Array.from({ length: PUSHERS }, pusher));
  await Promise.all([...repeats, restart]);
}

/** Waits until each image's newest tag stands in Git. @returns those that do not come. */
async function settle(stack: StackProcess, { pushes, images }: Burst): Promise<readonly string[]> {
  const wanted = new Map(
    Array.from({ length: pushes }, (_, index) => pushAt(index, images)).map((one) => [one.repository, one.tag]),
  );
  let last = '';
  let since = Date.now();
  for (;;) {
    const missing: string[] = [];
    for (const [repository, tag] of wanted) {
      const name = repository.slice('shop/'.length);
      if ((await stack.bytes(`main:dev/${name}.yaml`)) !== `image: contoso.azurecr.io/${repository}:${tag}\n`) {
        missing.push(`${repository}:${tag}`);
      }
    }
    const head = await stack.git('rev-parse', 'main');
    since = head === last ? since : Date.now();
    last = head;
    if (missing.length === 0 || Date.now() - since > PATIENCE_MS) {
      return missing;
    }
    await delay(500);
  }
}

/** Longer than the longest window and the queue's redelivery together. */
const PATIENCE_MS = 240_000;

/** Waits until no message is left, hidden ones included, for as long as they become fewer. */
async function drain(stack: StackProcess): Promise<void> {
  const queue = new QueueClient(stack.endpoints.storage.connectionString, 'signals');
  let least = Number.POSITIVE_INFINITY;
  let since = Date.now();
  for (;;) {
    const { approximateMessagesCount: left = 0 } = await queue.getProperties();
    since = left < least ? Date.now() : since;
    least = Math.min(least, left);
    if (left === 0) {
      return;
    }
    if (Date.now() - since > PATIENCE_MS) {
      throw new Error(`${left} messages stay on the queue`);
    }
    await delay(500);
  }
}

/** Commits since the start, and what more than one of them brought. */
async function written(stack: StackProcess, start: string): Promise<Pick<BurstOutcome, 'commits' | 'twice'>> {
  const log = await stack.git('log', '--format=commit %H', '-p', '--unified=0', `${start}..main`);
  const added = [...log.matchAll(/^\+image: contoso\.azurecr\.io\/(\S+)$/gm)].map(([, image = '']) => image);
  return {
    commits: log.split('\n').filter((line) => /^commit [0-9a-f]{40}$/.test(line)).length,
    twice: added.filter((image, index) => added.indexOf(image) !== index),
  };
}

/** Asks the Git host each second how many requests that create content it has had. */
function countContent({ endpoints }: StackProcess): { readonly stop: () => Promise<number> } {
  const { url, token } = endpoints.github;
  const seen: { readonly at: number; readonly count: number }[] = [];
  const look = async (): Promise<void> => {
    const answer = await fetch(`${url}/_local/faults`, { headers: { authorization: `Bearer ${token}` } });
    const { tallies } = (await answer.json()) as { readonly tallies: Readonly<Record<string, number>> };
    seen.push({ at: Date.now(), count: tallies[CONTENT] ?? 0 });
  };
  const timer = setInterval(() => void look().catch(() => undefined), 1_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await look();
      return Math.max(
        ...seen.map(({ at, count }) => count - (seen.find((one) => one.at >= at - 60_000)?.count ?? 0)),
        seen.filter(({ at }) => at <= (seen[0]?.at ?? 0) + 60_000).at(-1)?.count ?? 0,
      );
    },
  };
}

/** True if nothing was lost and nothing came twice. */
export function isWhole({ missing, twice, fault }: BurstOutcome): boolean {
  return missing.length === 0 && twice.length === 0 && fault === undefined;
}
