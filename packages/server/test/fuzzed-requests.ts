import type { Random } from './random.ts'

/** A request as it goes to the door, valid or not. */
export interface FuzzedRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | undefined
}

const GIDS = 300
const WAIT_MAX_MS = 10

const STRINGS = [
  '',
  ' ',
  '0',
  'null',
  'ключ',
  '\u0000',
  '\ud800',
  "' OR 1=1 --",
  '../../etc/passwd',
  '%00',
  'a/b',
  '"',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(65),
  'x'.repeat(10_240),
  '{{7*7}}',
  'http://',
  'http://a b/',
  'ftp://host/x',
  'javascript:alert(1)',
  'local:nothing',
]

const VALUES: readonly unknown[] = [
  ...STRINGS,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  -0,
  [],
  {},
  [[[[]]]],
  { $result: '01', pointer: '/a' },
  { $result: 'nobody' },
  { $result: 1, pointer: [] },
]

const OUTCOMES = ['done', 'refused', 'ongoing', 'unknown'] as const

const URLS_OF: Readonly<Record<string, readonly string[]>> = {
  saga: ['action', 'compensate'],
  tcc: ['action', 'confirm', 'cancel'],
  xa: ['action', 'commit', 'rollback'],
  message: ['action'],
  msg: ['action'],
}

function branch(random: Random, mode = 'saga', index = 0): Record<string, unknown> {
  const urls = (URLS_OF[mode] ?? []).map((field) => [field, `http://bank/${random.of(OUTCOMES)}`])
  const before = `b${random.below(Math.max(1, index))}`
  return {
    branch_id: `b${index}`,
    ...Object.fromEntries(urls),
    ...(index > 0 && random.chance(0.3)
      ? { after: [before], undo_payload: { $result: before, pointer: '/ok' } }
      : {}),
    ...(mode === 'saga' && random.chance(0.05) ? { pivot: true } : {}),
    ...(random.chance(0.5) ? { payload: { amount: random.below(100), note: random.of(STRINGS) } } : {}),
    ...(random.chance(0.1) ? { retry: { interval_ms: 5, max_attempts: 2 }, timeout_ms: 50 } : {}),
    ...(random.chance(0.1) ? { headers: { 'x-trace': 'y' }, method: 'PUT', envelope: true, reads: [] } : {}),
  }
}

function start(random: Random, mode = random.of(Object.keys(URLS_OF))): Record<string, unknown> {
  return {
    ...(random.chance(0.8) ? { gid: gid(random) } : {}),
    mode,
    ...(mode.startsWith('m') ? { query: 'http://bank/done' } : {}),
    ...(random.chance(0.3) ? { name: 'transfer', version: 1, labels: { customer: '17' } } : {}),
    ...(random.chance(0.3) ? { payload: { amount: 1 } } : {}),
    ...(random.chance(0.2)
      ? { options: { timeout_to_fail_ms: 50, parallelism: 2, order: 'sequential' } }
      : {}),
  }
}

function run(random: Random): Record<string, unknown> {
  const mode = random.of(Object.keys(URLS_OF))
  const branches = Array.from({ length: random.below(4) }, (_, index) => branch(random, mode, index))
  return { ...start(random, mode), ...wait(random), branches }
}

const gid = (random: Random): string => `g${random.below(GIDS)}`
const wait = (random: Random): object => (random.chance(0.5) ? { wait: random.below(WAIT_MAX_MS) } : {})
const key = (random: Random): object => ({ gid: gid(random), branch_id: `b${random.below(5)}` })

type Route = (random: Random) => { method: string; path: string; body?: unknown }

const ROUTES: readonly Route[] = [
  (random) => ({ method: 'POST', path: '/api/start', body: start(random) }),
  (random) => ({ method: 'POST', path: '/api/tx', body: run(random) }),
  (random) => ({ method: 'POST', path: '/api/tx', body: run(random) }),
  (random) => ({
    method: 'POST',
    path: random.of(['/api/branch/add', '/api/branch/try']),
    body: {
      ...branch(random),
      ...key(random),
      ...(random.chance(0.3) ? { driven_by: 'application' } : {}),
    },
  }),
  (random) => ({
    method: 'POST',
    path: random.of(['/api/branch/confirm', '/api/branch/cancel']),
    body: key(random),
  }),
  (random) => ({
    method: 'POST',
    path: random.of(['/api/branch/succeed', '/api/branch/fail']),
    body: {
      ...key(random),
      ...(random.chance(0.3) ? { op: random.of(['action', 'try', 'compensate']) } : {}),
      ...(random.chance(0.3) ? { result: random.of(VALUES), reason: 'r' } : {}),
    },
  }),
  (random) => ({ method: 'POST', path: '/api/submit', body: { gid: gid(random), ...wait(random) } }),
  (random) => ({
    method: 'POST',
    path: '/api/abort',
    body: { gid: gid(random), reason: 'r', ...wait(random) },
  }),
  (random) => ({ method: 'GET', path: `/api/tx/${gid(random)}?wait=${random.below(WAIT_MAX_MS)}` }),
  (random) => ({
    method: 'GET',
    path: `/api/tx?limit=${random.below(1_100)}&status=${random.of(['COMMITTED', 'ABORTED', 'x'])}&label=a:b`,
  }),
  (random) => ({ method: 'POST', path: `/api/tx/${gid(random)}/retry`, body: {} }),
  (random) => ({
    method: 'POST',
    path: `/api/tx/${gid(random)}/resolve`,
    body: {
      branch_id: `b${random.below(5)}`,
      op: 'action',
      outcome: random.of(['done', 'refused']),
      reason: 'r',
    },
  }),
  (random) => ({ method: 'POST', path: '/api/tx/ended', body: { gids: [gid(random), gid(random)] } }),
  (random) => ({
    method: 'POST',
    path: '/jsonrpc',
    body: {
      jsonrpc: '2.0',
      id: random.below(9),
      method: random.of(['start', 'submit', 'abort', 'newGid', 'x']),
      params: { gid: gid(random) },
    },
  }),
  (random) => ({
    method: 'GET',
    path: random.of(['/health', '/ready', '/live', '/errors', '/openapi.json']),
  }),
]

/** A request that is nearly valid more often than not, and sometimes is. */
export function fuzzedRequest(random: Random): FuzzedRequest {
  const { method, path, body } = random.of(ROUTES)(random)
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  if (random.chance(0.05)) headers['assent-actor'] = random.of(['alice', 'x'.repeat(200)])
  if (random.chance(0.03))
    headers['content-type'] = random.of(['text/plain', '', 'application/json;;', 'a/b/c'])
  if (random.chance(0.02)) headers['content-encoding'] = 'gzip'
  if (random.chance(0.02)) headers['accept-encoding'] = random.of(['gzip', 'br', '*', 'x;q=2'])
  return {
    method: random.chance(0.03)
      ? random.of(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
      : method,
    path: random.chance(0.1) ? mutatedPath(path, random) : path,
    headers,
    body: body === undefined ? undefined : bytes(body, random),
  }
}

function mutatedPath(path: string, random: Random): string {
  const text = encodeURI(random.of(STRINGS).replace(/[\ud800-\udfff]/g, '?')).replace(/#/g, '%23')
  const at = random.below(path.length)
  return random.of([
    `${path.slice(0, at)}${text}${path.slice(at)}`,
    `${path}/${text}`,
    `${path}?${text}=${text}`,
    `${path}&wait=${text}`,
    path.slice(0, Math.max(1, at)),
    path.replace(/g\d+/, text),
    `${path}%`,
    `/${text}`,
  ])
}

function bytes(body: unknown, random: Random): Buffer {
  for (let changes = random.of([0, 0, 1, 2]); changes > 0; changes--) mutate(body, random)
  if (typeof (body as { wait?: unknown }).wait === 'number' || (body as { wait?: unknown }).wait === true) {
    Object.assign(body as object, { wait: random.below(WAIT_MAX_MS) })
  }
  const text = JSON.stringify(body)
  return random.chance(0.9) ? Buffer.from(text) : broken(text, random)
}

/** Changes one place somewhere in it. */
function mutate(value: unknown, random: Random): void {
  if (typeof value !== 'object' || value === null) return
  const target = value as Record<string, unknown>
  const name = random.of([...Object.keys(target), random.of(STRINGS)])
  const inner = Object.hasOwn(target, name) ? target[name] : undefined
  const change = random.below(4)
  if (typeof inner === 'object' && inner !== null && random.chance(0.6)) mutate(inner, random)
  else if (change === 0) Reflect.deleteProperty(target, name)
  else if (change === 1) put(target, name, structuredClone(random.of(VALUES)))
  else if (change === 2) put(target, random.of(STRINGS), structuredClone(random.of(VALUES)))
  else put(target, name, nested(random.below(300)))
}

/** Also `__proto__`, which an assignment would take for something else. */
function put(target: object, name: string, value: unknown): void {
  if (Array.isArray(target) && name === 'length') return
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** Text that is no longer what it was. */
function broken(text: string, random: Random): Buffer {
  const at = random.below(text.length + 1)
  const inserted = random.of([
    '{',
    '}',
    '"',
    ',',
    '\\',
    '\u0000',
    '"__proto__":{},',
    '1e999',
    '9007199254740993',
  ])
  const changed = Buffer.from(
    random.of([text.slice(0, at), text.slice(0, at) + inserted + text.slice(at), `${text}${text}`, '']),
  )
  if (changed.length > 0 && random.chance(0.3)) changed[random.below(changed.length)] = random.below(256)
  return changed
}
