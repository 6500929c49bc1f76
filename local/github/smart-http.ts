import { spawn } from 'node:child_process';

import type { Repository } from './repository.ts';

interface GitCall {
  readonly service: string;
  readonly mayPush: boolean;
  readonly search: string;
}

/** Answers `git clone` and `git push` through Git's own `http-backend`. Clones need no credentials, pushes do. */
export async function answerGitHttp(
  request: Request,
  repository: Repository,
  { service, mayPush, search }: GitCall,
): Promise<Response> {
  const isPush = service === 'git-receive-pack' || search.includes('service=git-receive-pack');
  if (isPush && !mayPush) {
    return new Response('Authentication required', {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="GitHub"' },
    });
  }
  const body = request.body === null ? Buffer.alloc(0) : Buffer.from(await request.arrayBuffer());
  const output = await backend(repository.directory, body, {
    GIT_PROJECT_ROOT: repository.directory,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${service}`,
    QUERY_STRING: search.replace(/^\?/, ''),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers.get('content-type') ?? '',
    CONTENT_LENGTH: String(body.byteLength),
    HTTP_CONTENT_ENCODING: request.headers.get('content-encoding') ?? '',
    GIT_PROTOCOL: request.headers.get('git-protocol') ?? '',
    REMOTE_USER: isPush ? 'person' : '',
  });
  const end = output.indexOf('\r\n\r\n');
  const headers = new Headers();
  let status = 200;
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.toLowerCase().startsWith('status:')) {
      status = Number.parseInt(line.slice(colon + 1), 10);
    } else if (colon > 0) {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
  }
  return new Response(new Uint8Array(output.subarray(end + 4)), { status, headers });
}

function backend(directory: string, body: Buffer, environment: Readonly<Record<string, string>>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-c', 'safe.directory=*', '-c', 'http.receivepack=true', 'http-backend'], {
      cwd: directory,
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        ...environment,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.stdin.on('error', () => undefined);
    child.once('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.end(body);
  });
}
