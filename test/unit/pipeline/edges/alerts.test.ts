import { beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../../../../cli/simulate/app.ts';
import { alertBody } from '../../../../cli/simulate/inputs.ts';
import { sealEnvelope } from '../../../../shared/pipeline/envelope.ts';
import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';
import { parsedPayload } from '../../signals/payloads.ts';

let stage: EdgeStage;

/** What the record of the newest decision says of each edge. */
async function answers(): Promise<readonly { readonly reason: string; readonly verdicts: readonly object[] }[]> {
  const names = (await stage.world.blobs.list('decisions/')).toSorted();
  const records = await Promise.all(names.map(async (name) => (await stage.world.blobs.get(name))!.bytes));
  const parsed = records.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Recorded);
  return parsed.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.explained.answers ?? [];
}

interface Parked {
  readonly reason: string;
  readonly base64: string;
}

interface Recorded {
  readonly at: string;
  readonly explained: {
    readonly answers: readonly { readonly reason: string; readonly verdicts: readonly object[] }[];
  };
}

describe('an alert that calls an origin by its host', () => {
  beforeEach(() => {
    stage = new EdgeStage();
    for (const region of ['eastus2', 'northeurope', 'westus3']) {
      const properties = { hostName: `${region}.contoso.com`, httpsPort: 8443, originHostHeader: 'shop.contoso.com' };
      stage.world.arm.change(stage.world.originId(region), properties);
    }
  });

  it.each(['eastus2.contoso.com:8443', 'EASTUS2.contoso.com', 'eastus2.contoso.com:80'])(
    '%s drains it',
    async (host) => {
      await stage.alert(host);
      expect(stage.writes).toEqual(['eastus2 Disabled']);
    },
  );

  it.each([
    ['evil.example:443', 'no origin here has the host: evil.example:443'],
    ['shop.contoso.com:8443', 'origins of several regions have the host: shop.contoso.com:8443'],
    ['eastus2.contoso.com:443', 'no origin here has the host: eastus2.contoso.com:443'],
  ])('%s is out of scope, and the record says why', async (host, detail) => {
    await stage.alert(host);
    expect(stage.writes).toEqual([]);
    expect(await answers()).toMatchObject([{ reason: 'out-of-scope', verdicts: [{ detail }] }]);
  });

  it('knows hosts from the last reading while the control plane does not answer, and acts when it does', async () => {
    await stage.tick();
    stage.world.arm.faults.set([{ on: 'GET *', status: 503, times: 3 }]);
    await stage.alert('eastus2.contoso.com:8443');
    expect(stage.writes).toEqual([]);
    await stage.pass(600);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('goes back to the queue while nobody can tell whose the host is', async () => {
    stage.world.arm.faults.set([{ on: 'GET *', status: 503, times: 10_000 }]);
    await expect(stage.alert('eastus2.contoso.com')).rejects.toMatchObject({
      code: 'REFLEX_UPSTREAM',
      retryable: true,
    });
    await stage.alert('eastus2', { alertId: 'b' });
    stage.world.arm.faults.clear();
    await stage.alert('eastus2.contoso.com');
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('of an origin that was given another host is that of whoever has it now', async () => {
    await stage.tick();
    stage.world.arm.change(stage.world.originId('eastus2'), { hostName: 'new.contoso.com' });
    stage.world.arm.change(stage.world.originId('westus3'), { hostName: 'eastus2.contoso.com' });
    await stage.alert('eastus2.contoso.com');
    expect(stage.writes).toEqual(['westus3 Disabled']);
  });
});

describe('alerts', () => {
  beforeEach(() => {
    stage = new EdgeStage({ policy: { quorum: 2 } });
  });

  it('of two rules on one metric are one source, also on the wire', async () => {
    await stage.alert('eastus2', { alertId: 'quick' });
    await stage.alert('eastus2', { alertId: 'slow' });
    expect(stage.writes).toEqual([]);
  });

  it('that differ in the letters of their ids are one', async () => {
    await stage.alert('eastus2', { alertId: 'Same' });
    await deliver(stage.cell, (text) =>
      text.replaceAll(/alerts\/same/gi, 'Alerts/SAME').replaceAll('"Sev1"', '"Sev0"'),
    );
    const row = await stage.world.rows.get('edges', `evidence|${stage.world.edge.id}`);
    const { alerts, regions } = row?.value as { alerts: object; regions: { eastus2: { votes: readonly object[] } } };
    expect([Object.keys(alerts), regions.eastus2.votes]).toEqual([
      [expect.stringMatching(/same$/)],
      [expect.anything()],
    ]);
  });

  it('of another version of the schema are parked with their bytes, and move nothing', async () => {
    stage.rule((before) => ({ evidence: { ...before.evidence, quorum: 1 } }));
    await deliver(stage.cell, (text) => text.replace('"essentialsVersion":"1.0"', '"essentialsVersion":"2.0"'));
    expect(stage.writes).toEqual([]);
    const [parked] = await stage.world.blobs.list('parked/');
    expect(parked).toContain('unsupported-version');
    const item = JSON.parse(new TextDecoder().decode((await stage.world.blobs.get(parked!))!.bytes)) as Parked;
    expect(item.reason).toContain('2.0');
    expect(Buffer.from(item.base64, 'base64').toString()).toContain('"essentialsVersion":"2.0"');
  });

  async function deliver(cell: App, change: (text: string) => string): Promise<void> {
    const body = alertBody({ kind: 'alert', region: 'eastus2', alertId: 'same', at: 0, firedAt: 0 }, stage.world);
    const text = sealEnvelope({
      kind: 'events',
      via: 'alert:test',
      receivedAt: '',
      body: change(JSON.stringify(body)),
    });
    await stage.world.clock.run(cell.handle(JSON.parse(text)));
  }
});

describe('a slow region', () => {
  it('gets half of its weight, once, and what it had when it is quick again', async () => {
    const origins = ['eastus2', 'westus3'].map((region) => ({ region, weight: 500, capacity: 300 }));
    stage = new EdgeStage({ origins, policy: { latencyAction: 'halve', latencyFactor: 3, voteTtlSec: 300 } });
    const measure = async (isBad: boolean): Promise<void> => {
      const measurement = { kind: 'measurement', source: 'edge-latency', region: 'eastus2', hasNoData: false } as const;
      const at = stage.world.clock.now().getTime();
      const said = { ...measurement, at, isBad, ...(isBad ? { isSlow: true } : {}) };
      await stage.world.clock.run(stage.cell.edges.measurement(stage.world.edge.id, said, 'test'));
      await stage.pass(60);
    };
    await measure(true);
    await measure(true);
    expect(stage.live()).toEqual({ eastus2: 250, westus3: 500 });
    await measure(false);
    await stage.tick();
    await stage.pass(60);
    expect(stage.live()).toEqual({ eastus2: 500, westus3: 500 });
    expect(await stage.pages()).toEqual([]);
  });
});

describe("an alert on a gateway that the edge's evidence names", () => {
  const GATEWAY = '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/applicationGateways/gw';
  const id = GATEWAY.toLowerCase().replace('/s/', '/00000000-0000-4000-8000-00000000000f/');

  it('is about the origin behind it, and parked with the reason where nobody names that gateway', async () => {
    stage = new EdgeStage();
    await stage.alert('10.0.0.4', { target: GATEWAY });
    expect(await stage.world.blobs.list('parked/')).toMatchObject([expect.stringContaining('resource-not-in-fleet')]);
    stage.reload(() => ({ evidence: { appGateways: { eastus2: id }, clusterIds: {} } }));
    await stage.alert('10.0.0.4', { target: GATEWAY });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });
});

describe('an incident of service health', () => {
  const [ACTIVE, ENDED] = ['incident-active', 'incident-resolved-still-fired'].map(
    (name) => `alert-common-servicehealth-${name}.json`,
  ) as [string, string];

  /** Badness of each vote about the region after both words, whose alert and time are the same. */
  async function votesAfter(...files: readonly string[]): Promise<readonly boolean[]> {
    const origins = ['westeurope', 'northeurope'].map((region) => ({ region, weight: 500, capacity: 300 }));
    stage = new EdgeStage({ origins, policy: { quorum: 2 } });
    for (const file of files) {
      const body = JSON.stringify(parsedPayload(file))
        .replaceAll('00000000-0000-0000-0000-000000000001', '00000000-0000-4000-8000-00000000000f')
        .replaceAll(/2026-09-14T05:00:24\.\d+Z/g, stage.world.clock.now().toISOString());
      const text = sealEnvelope({ kind: 'events', via: 'alert:test', receivedAt: '', body });
      await stage.world.clock.run(stage.cell.handle(JSON.parse(text)));
    }
    const row = await stage.world.rows.get('edges', `evidence|${stage.world.edge.id}`);
    const { regions } = row?.value as { regions: { westeurope?: { votes: readonly { isBad: boolean }[] } } };
    return regions.westeurope?.votes.map(({ isBad }) => isBad) ?? [];
  }

  it('speaks of its region, and ends by its status, in either order', async () => {
    expect(await votesAfter(ACTIVE)).toEqual([true]);
    expect(await votesAfter(ACTIVE, ENDED)).toEqual([false]);
    expect(await votesAfter(ENDED, ACTIVE)).toEqual([false]);
    expect(await votesAfter(ENDED, ACTIVE, ENDED, ACTIVE)).toEqual([false]);
  });
});
