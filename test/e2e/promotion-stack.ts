import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';
import { stringify } from 'yaml';

import { StackClient } from '../../local/tour/stack-client.ts';
import { push } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const CLUSTER = 'Microsoft.ContainerService/managedClusters';
const resource = (path: string): string =>
  `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/${path}`;

/** As much of a stage's progress as is looked at here. */
export interface SeenProgress {
  readonly stage: string;
  readonly tag?: string;
  readonly verdict: string;
  readonly reason: string;
  readonly held: readonly object[];
}

/** A file of a stage that holds a version, with what is not to be touched. */
export const textOf = (tag: string): string => `# by hand\nimage: contoso.azurecr.io/shop/web:${tag}   # here\n`;

/** A fleet of dev and prod, a cluster each, whose stages verify so. */
export function promotionFleet(verify: { readonly dev: readonly object[]; readonly prod: readonly object[] }): string {
  return stringify({
    version: 1,
    fleet: 'promotion',
    registries: { contoso: { resourceId: resource('Microsoft.ContainerRegistry/registries/contoso') } },
    gitops: { shop: { github: 'contoso/shop-gitops', branch: 'main' } },
    clusters: {
      'shop-dev': { resourceId: resource(`${CLUSTER}/shop-dev`), ring: '0' },
      'shop-prod': { resourceId: resource(`${CLUSTER}/shop-prod`), ring: '1' },
    },
    rollouts: {
      standard: [
        { name: 'dev', select: { ring: '0' }, soak: '1s', verify: verify.dev },
        { name: 'prod', select: { ring: '1' }, after: 'dev', verify: verify.prod },
      ],
    },
    images: {
      web: {
        ...{ image: 'contoso.azurecr.io/shop/web', gitops: 'shop', rollout: 'standard', mode: 'enforce' },
        policy: { semver: { range: '1.x' } },
      },
    },
  });
}

/** The local stack with version 1.0.0 in both stages of a fleet, seen and touched over HTTP and Git alone. */
export class PromotionStack extends StackClient {
  readonly process: StackProcess;

  private constructor(process: StackProcess) {
    super(() => process.endpoints);
    this.process = process;
  }

  /** @param files - of the GitOps repository, beside those of the stages. */
  static async start(fleet: string, files: Readonly<Record<string, string>> = {}): Promise<PromotionStack> {
    const stack = new PromotionStack(await StackProcess.create());
    const { data } = stack.process;
    await writeFile(join(data, 'fleet.yaml'), fleet);
    const stages = ['dev', 'prod'].map((stage) => [`clusters/shop-${stage}/web.yaml`, textOf('1.0.0')] as const);
    for (const [path, text] of [...stages, ...Object.entries(files)]) {
      const file = join(data, 'gitops/shop-gitops', path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, text);
    }
    await stack.restart();
    await push(stack.process, '1.0.0');
    return stack;
  }

  async restart(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.process.start(environment, ['--fleet', join(this.process.data, 'fleet.yaml')]);
  }

  async push(tag: string): Promise<void> {
    await push(this.process, tag);
  }

  /** Runs the minute's timer once. */
  async tick(): Promise<void> {
    const { url, masterKey } = this.host;
    const headers = { 'x-functions-key': masterKey, 'content-type': 'application/json' };
    await fetch(`${url}/admin/functions/branch-tick`, { method: 'POST', headers, body: '{}' });
  }

  /** Runs the minute's timer until something is so: soaks and looks take their time. */
  async ticksUntil(isSo: () => Promise<boolean>): Promise<void> {
    await until(async () => {
      await this.tick();
      return (await isSo()) ? true : undefined;
    });
  }

  async holds(stage: string, tag: string): Promise<boolean> {
    return `${await this.process.git('show', `main:clusters/shop-${stage}/web.yaml`)}\n` === textOf(tag);
  }

  async progress(stage: string): Promise<SeenProgress> {
    const [, { progress }] = await this.call('GET', 'progress', 'rita');
    return (progress as unknown as readonly SeenProgress[]).find((one) => one.stage === stage)!;
  }

  /** Calls the Git host as somebody who may do everything there. */
  async github(method: string, path: string, body?: object): Promise<unknown> {
    const { url, token } = this.process.endpoints.github;
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok).toBe(true);
    return answer.status === 204 ? undefined : await answer.json();
  }

  /** From now on every Log Analytics query, or those with a text, gives this. */
  async logsSay(columns: readonly string[], rows: readonly (readonly unknown[])[], more: object = {}): Promise<void> {
    const body = { columns: columns.map((name) => ({ name })), rows, ...more };
    const url = `${this.process.endpoints.logs.url}/_local/answers`;
    expect((await fetch(url, { method: 'PUT', body: JSON.stringify(body) })).status).toBe(200);
  }
}
