import type { KeyObject } from 'node:crypto';

import { LocalArm } from '../../local/arm/local-arm.ts';
import { pushImage } from '../../local/registry/client.ts';
import type { RaisedData } from '../../local/registry/events.ts';
import { LocalRegistry } from '../../local/registry/local-registry.ts';
import type { RegistryClient } from '../../local/registry/push.ts';
import { signByReferrer, signByTag, type SigningOptions } from '../../local/registry/sign.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { AcrImageArtifacts } from '../../shared/adapters/acr/image-artifacts.ts';
import { AcrImageRegistry } from '../../shared/adapters/acr/image-registry.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
// Loaded before virtual time begins: the app loads it when a signature is first asked for.
import '../../shared/adapters/sigstore/cosign-verifier.ts';
import { DefenderScans } from '../../shared/adapters/resource-graph/defender-scans.ts';
import { compose, type Ports } from '../../shared/composition/compose.ts';
import { parseResourceId } from '../../shared/domain/azure/resource-id.ts';
import { sha256 } from '../../shared/domain/digest.ts';
import type { ImageGates, SignatureGate, VulnerabilityGate } from '../../shared/domain/trust/gates.ts';
import type { Fleet } from '../../shared/fleet/model.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { readSettings } from '../../shared/settings.ts';

const HOST = 'contoso.azurecr.io';
const LOGIN = { username: 'reflex', password: 'a-password' };
const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
const gitops = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };
const START = '1.4.0';

/** A signature gate for one key that waits for nothing. */
export function signedBy(pem: string, gate: Partial<SignatureGate> = {}): ImageGates {
  const keys = [{ kind: 'pem', pem }] as const;
  return { signature: { keys, keyless: [], transparencyLog: false, signedAs: [], waitMs: 0, ...gate } };
}

/** No critical finding; an hour for the scan. */
export function scanned(gate: Partial<VulnerabilityGate> = {}): ImageGates {
  return { vulnerabilities: { max: { critical: 0 }, except: [], waitMs: 3_600_000, unscanned: 'refuse', ...gate } };
}

/** What a decision record says of gates. */
export interface Decided {
  readonly outcome: { readonly outcome: string; readonly reason: string };
  readonly explained: {
    readonly gates?: readonly Readonly<Record<'tag' | 'gate' | 'verdict' | 'reason' | 'detail', string>>[];
    readonly lookAgainAt?: string;
  };
}

/** The whole app with real adapters on the local registry and the local Resource Graph, under a virtual clock. */
export class GatedWorld {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly blobs = new InMemoryBlobStore();
  readonly queue = new InMemorySignalQueue(this.clock);
  readonly git = new InMemoryGitRepository({
    clock: this.clock,
    branch: 'main',
    files: [{ path: 'dev/web.yaml', mode: '100644', content: Buffer.from(`image: ${HOST}/shop/web:${START}\n`) }],
  });
  readonly raised: RaisedData[] = [];
  readonly registry = new LocalRegistry({
    file: ':memory:',
    loginServer: HOST,
    location: 'westeurope',
    ...LOGIN,
    clock: this.clock,
    random: new SeededRandom(1),
    publish: (event) => Promise.resolve(void this.raised.push(event)),
  });
  readonly arm = new LocalArm({ clock: this.clock, random: new SeededRandom(2) });
  readonly client: RegistryClient = {
    url: `https://${HOST}`,
    ...LOGIN,
    fetch: (input, init) => this.registry.handler(new Request(input, init)),
  };
  readonly reflex: Reflex;
  /** Messages that `pass` has taken from the queue. */
  delivered = 0;

  constructor(gates: ImageGates, trust: Ports['trust'] = {}) {
    const options = {
      host: HOST,
      clock: this.clock,
      credential: { kind: 'basic' as const, ...LOGIN },
      fetch: (request: Request) => this.registry.handler(request),
    };
    const registry = new AcrImageRegistry(options);
    const artifacts = new AcrImageArtifacts(options);
    const scans = new DefenderScans({
      armToken: () => Promise.resolve('token'),
      fetch: (request) => this.arm.handler(request),
    });
    const fleet: Fleet = {
      name: 'test',
      revision: 'r1',
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: HOST }],
      keyVaults: [],
      repositories: [gitops],
      clusters: [],
      images: [
        {
          name: 'web',
          registry: HOST,
          repository: 'shop/web',
          gitops,
          stages: [{ name: 'dev', paths: ['dev/**'], write: 'commit' }],
          policy: { kind: 'semver', range: '1.x', loose: false },
          mode: 'enforce',
          gates,
        },
      ],
      edges: [],
      fleetFiles: {},
    };
    this.reflex = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(3),
      rows: this.rows,
      blobs: this.blobs,
      queue: this.queue,
      registry: () => registry,
      trust: { artifacts: () => artifacts, scans, ...trust },
      git: () => Promise.resolve(this.git),
      fleet: () => Promise.resolve(fleet),
    });
  }

  async push(tag: string): Promise<string> {
    return await pushImage({ ...this.client, repository: 'shop/web', tag });
  }

  async sign(how: 'tag' | 'referrer', digest: string, key: KeyObject, options: SigningOptions = {}): Promise<void> {
    const sign = how === 'tag' ? signByTag : signByReferrer;
    await sign(this.client, { repository: 'shop/web', digest }, key, options);
  }

  /** Delivers the events that the registry has raised since the last time. @returns their signals. */
  async deliver(): Promise<readonly string[]> {
    const events = this.raised.splice(0);
    for (const { type, time, ...event } of events) {
      const message = { ...event, topic: REGISTRY, eventType: type, eventTime: time, metadataVersion: '1' };
      await this.clock.run(this.reflex.handle(message));
    }
    return events.map(({ id }) => `${REGISTRY.toLowerCase()}#${id}`);
  }

  /** Lets time pass, and whoever waits on the queue go on; each message is delivered twice. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now().getTime() + ms;
    while (this.clock.now().getTime() < end) {
      await this.clock.advance(Math.min(30_000, end - this.clock.now().getTime()));
      for (const message of this.queue.take()) {
        this.delivered += 1;
        for (const delivered of [message, message]) {
          await this.clock.run(this.reflex.handle(JSON.parse(delivered)));
        }
      }
    }
  }

  async tagInGit(): Promise<string> {
    const { tree } = await this.git.head('main');
    const [entry] = await this.git.listTree(tree);
    const text = new TextDecoder().decode((await this.git.readBlobs([entry!.oid])).get(entry!.oid));
    return /web:(\S+)/.exec(text)?.[1] ?? '';
  }

  /** What became of each look of a signal, the first one first. */
  async looks(signal: string): Promise<readonly string[]> {
    const outcomes: string[] = [];
    for (let look = 0; ; look += 1) {
      const outcome = await this.outcome(signal, look);
      if (outcome === 'none: ') {
        return outcomes;
      }
      outcomes.push(outcome);
    }
  }

  /** What became of a signal, or of one of its later looks. */
  async decided(signal: string, look = 0): Promise<Decided> {
    const key = look === 0 ? signal : `${signal}/look/${look}`;
    const row = await new Ledger(this.rows).find(key);
    const blob = await this.blobs.get(`decisions/${sha256(key)}.json`);
    const text = blob === undefined ? '{"explained":{}}' : new TextDecoder().decode(blob.bytes);
    const { explained } = JSON.parse(text) as Decided;
    return { outcome: { outcome: row?.outcome ?? 'none', reason: row?.reason ?? '' }, explained };
  }

  async outcome(signal: string, look = 0): Promise<string> {
    const { outcome, reason } = (await this.decided(signal, look)).outcome;
    return `${outcome}: ${reason}`;
  }
}
