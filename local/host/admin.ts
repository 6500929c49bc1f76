import type { Worker } from './worker.ts';

export type HostState = 'Offline' | 'Running' | 'Stopping';

/** What the admin API needs of the host. */
interface Host {
  readonly worker: Worker;
  readonly state: HostState;
  stop(): Promise<void>;
}

/** `/admin/...`: status, the functions, running one by hand, drain. Needs the master key. */
export async function answerAdmin(request: Request, host: Host, masterKey: string): Promise<Response> {
  const url = new URL(request.url);
  if ((request.headers.get('x-functions-key') ?? url.searchParams.get('code')) !== masterKey) {
    return new Response(null, { status: 401 });
  }
  const [, area, name, rest] = url.pathname
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '');
  if (area === 'host' && name === 'status') {
    return Response.json({
      id: 'local',
      state: host.state,
      version: '4.1048.200',
      processUptime: Math.round(process.uptime() * 1000),
    });
  }
  if (area === 'host' && name === 'ping') {
    return new Response(null, { status: 200 });
  }
  if (area === 'host' && name === 'drain') {
    if (rest === undefined && request.method === 'POST') {
      void host.stop();
      return new Response(null, { status: 202 });
    }
    return Response.json({
      state: host.state === 'Running' ? 'Disabled' : host.state === 'Stopping' ? 'InProgress' : 'Completed',
    });
  }
  return area === 'functions' ? await answerFunctions(request, host.worker, name) : new Response(null, { status: 404 });
}

async function answerFunctions(request: Request, worker: Worker, name: string | undefined): Promise<Response> {
  const all = worker.functions().map((one) => ({ name: one.name, config: { bindings: [one.trigger] } }));
  if (name === undefined) {
    return Response.json(all);
  }
  const found = worker.functions().find((one) => one.name.toLowerCase() === name);
  if (found === undefined) {
    return new Response(null, { status: 404 });
  }
  if (request.method !== 'POST') {
    return Response.json(all.find((one) => one.name === found.name));
  }
  const body = (await request.json().catch(() => undefined)) as { input?: string } | undefined;
  if (body === undefined) {
    return new Response(null, { status: 400 });
  }
  const data =
    found.trigger.type === 'queueTrigger'
      ? { string: body.input ?? '' }
      : { json: body.input === undefined || body.input === '' ? 'null' : body.input };
  void worker.invoke(found.name, { data });
  return new Response(null, { status: 202 });
}
