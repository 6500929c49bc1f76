import { twinTrouble } from '../../domain/traffic/twin.ts';
import { finding, ok, type Finding } from './finding.ts';
import type { ReadinessFacts, SeenEdge } from './schema.ts';

/** Whether weights mean anything, where they are used. Pure. */
export function weights({ routing, origins: all }: SeenEdge, { policy }: ReadinessFacts): Finding {
  const { method, latencySensitivityMs = 0 } = routing;
  const isShifted =
    policy.redistribute !== undefined || policy.safety.allowPartial || policy.evidence.latencyAction !== undefined;
  const isUsed = isShifted || policy.bake.bakeMs > 0;
  const isEffective = method === 'weight' || (method === 'latency-then-weight' && latencySensitivityMs > 0);
  if (isEffective || !isUsed || all.filter(({ enabled }) => enabled).length < 2) {
    return ok(isUsed ? 'weights have an effect' : 'no weights are used');
  }
  return finding(
    isShifted ? 'fail' : 'warn',
    method === 'latency-then-weight' ? 'latency sensitivity is 0: weights do nothing' : 'the routing ignores weights',
    'Set additionalLatencyInMilliseconds above 0, or use weighted routing.',
  );
}

/** Front Door's own default answers HEAD on `/`: it is well as long as anything listens. */
export function probes({ probe, seen }: ReadinessFacts): Finding {
  if (probe === undefined) {
    return finding('warn', 'how it probes could not be read', 'Check the health probe by hand.');
  }
  const { path = '', method = '' } = probe;
  if (path === '') {
    return finding('fail', 'there is no health probe', 'Configure a probe of a path that speaks for the whole region.');
  }
  if (path !== '/' || method.toUpperCase() !== 'HEAD') {
    return ok(`${method} ${path}`.trim());
  }
  const isAlone = typeof seen !== 'string' && seen.origins.length < 2;
  return finding(
    isAlone ? 'fail' : 'warn',
    isAlone ? 'the default probe (HEAD /) of a single origin' : 'the default probe: HEAD /',
    'Probe a path that answers 200 only while the region can serve, for example that of the gate.',
  );
}

/** Whether sessions would stay where they are. Pure. */
export function affinity({ routing }: SeenEdge): Finding {
  return routing.hasAffinity
    ? finding('warn', 'sessions stay where they began', 'Turn session affinity off, or expect slow ramps.')
    : ok('off');
}

/** Who moves what no request passes through changes nothing: a twin that the fleet file no longer names, for one. */
export function routes({ routes: leading }: ReadinessFacts): Finding {
  return leading?.length !== 0
    ? ok(leading === undefined ? 'nothing to say of routes' : `led to by ${leading.join(', ')}`)
    : finding(
        'warn',
        'no route leads to the origin group',
        'Name the group that serves in the fleet file, or its twin; well if a rule set sends requests here.',
      );
}

/** Whether the two groups of an edge can stand in for each other. Pure. */
export function twin({ twin: pair }: SeenEdge): Finding {
  const trouble = pair === undefined ? undefined : twinTrouble(pair);
  const status = pair?.live === undefined ? 'fail' : 'warn';
  return trouble === undefined ? ok('nothing is amiss') : finding(status, trouble, 'Make both groups alike.');
}
