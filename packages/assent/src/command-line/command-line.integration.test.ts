import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfiguration, type Server, serve } from '@assent/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { run } from './run.ts'

let folder: string
let server: Server
let participant: HttpServer
let bank: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-command-line-'))
  participant = createServer((request, response) => {
    const status = { '/refuse': 409, '/later': 202, '/broken': 500 }[request.url ?? ''] ?? 200
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(status === 409 ? { code: 'POOR', message: 'no \u001b[31mmoney' } : { ok: true }),
    )
  })
  await new Promise<void>((resolve) => participant.listen(0, '127.0.0.1', resolve))
  bank = `http://127.0.0.1:${(participant.address() as AddressInfo).port}`
  const environment = {
    ASSENT_STORE: 'memory',
    ASSENT_HTTP_PORT: '0',
    ASSENT_LOG_LEVEL: 'silent',
    ASSENT_AUDIT: 'false',
  }
  server = await serve(readConfiguration({ environment, folder }))
})
afterAll(async () => {
  await server.close()
  participant.close()
  rmSync(folder, { recursive: true })
})

async function assent(
  line: string | readonly string[],
  input = '',
  environment: Record<string, string> = {},
) {
  let out = ''
  let err = ''
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const code = await run(words, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    input: async () => input,
    environment: { ASSENT_URL: server.url, ...environment },
    folder,
  })
  return { code, out, err, json: () => JSON.parse(out) }
}

const transfer = (...paths: string[]) =>
  JSON.stringify({
    name: 'transfer',
    branches: paths.map((path, index) => ({
      action: `${bank}${path}`,
      compensate: `${bank}/undo`,
      ...(index === 0 ? {} : { after: ['01'] }),
    })),
  })

const startedWith = async (...paths: string[]): Promise<string> =>
  (await assent('tx start - -o json', transfer(...paths))).json().gid

describe('the help', () => {
  it('shows every command, and how a command ends', async () => {
    const { code, out } = await assent('--help')
    expect(code).toBe(EXIT.ok)
    for (const { path } of COMMANDS) expect(out).toContain(`assent ${path.join(' ')}`)
    expect(out).toContain('Exit codes:')
    expect((await assent('')).out).toBe(out)
    expect((await assent('help')).out).toBe(out)
  })

  it.each(COMMANDS.map((command) => [command.path.join(' '), command] as const))(
    'of %s has usage, options and examples that can be parsed',
    async (path, command) => {
      const { code, out } = await assent(`${path} --help`)
      expect(code).toBe(EXIT.ok)
      expect((await assent(`help ${path}`)).out).toBe(out)
      expect(out).toContain(`Usage: assent ${path}`)
      for (const name of Object.keys(command.options)) expect(out).toContain(`--${name}`)
      expect(command.examples.length).toBeGreaterThan(0)
      for (const { line } of command.examples) {
        const flags =
          line
            .split(' | ')
            .find((part) => part.includes('assent'))
            ?.match(/--[a-z-]+/g) ?? []
        for (const flag of flags) expect(Object.keys(command.options)).toContain(flag.slice(2))
      }
    },
  )

  it('of a group shows its commands, and asks for one', async () => {
    expect(await assent('tx --help')).toMatchObject({
      code: EXIT.ok,
      out: expect.stringContaining('assent tx resolve GID'),
    })
    expect((await assent('tx')).code).toBe(EXIT.usage)
  })

  it('is not needed for the version', async () => {
    expect(await assent('--version')).toMatchObject({
      code: EXIT.ok,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('a command line that is wrong', () => {
  it.each([
    ['strat', 'there is no command "strat"; did you mean assent start?'],
    ['tx lsit', 'there is no command "tx lsit"; did you mean assent tx list?'],
    ['tx list --limt 3', '--limt is not known; did you mean --limit?'],
    ['tx list --limit', '--limit needs a value: --limit N'],
    ['tx list --attention=yes', '--attention takes no value'],
    ['tx get', 'tx get needs GID'],
    ['tx get a b', 'tx get takes no "b"'],
    ['tx list -o yaml', '--output is table or json, not "yaml"'],
    ['tx get a --wait-ms soon', '--wait-ms must be a whole number, not soon'],
    ['tx start --label x', '--label is KEY=VALUE, not "x"'],
    ['tx start --payload {', '--payload is no JSON'],
    ['tx start --wait', '--wait needs a FILE'],
    ['tx start nowhere.json', 'nowhere.json can not be read'],
    ['tx resolve a --op action --outcome done', 'tx resolve needs --reason'],
    ['tx list --url nonsense', "the server's URL is none"],
    ['config --http-port many', 'server.http_port must be a whole number'],
    ['start --store paper', 'store.type must be one of'],
    ['start --config nowhere.yaml', 'can not be read'],
  ])('ends with 2 and says what is wrong: %s', async (line, said) => {
    const { code, out, err } = await assent(line)
    expect([code, out]).toEqual([EXIT.usage, ''])
    expect(err).toContain(said)
  })

  it('is told about standard input that holds no transaction', async () => {
    expect((await assent('tx start -', '[]')).err).toContain('must hold a JSON object')
    expect((await assent('tx start -', '{')).err).toContain('standard input is no JSON')
  })
})

describe('assent config', () => {
  it('shows every value and where it came from, passwords masked', async () => {
    writeFileSync(join(folder, 'conf.yaml'), 'store:\n  redis:\n    url: redis://:hush@host:6379/0\n')
    const { code, out } = await assent('config --http-port 1234', '', { SEATA_STORE: 'memory' })
    expect(code).toBe(EXIT.ok)
    expect(out).toMatch(/^server\.http_port +1234 +flag --http-port$/m)
    expect(out).toMatch(/^store\.type +memory +environment SEATA_STORE$/m)
    expect(out).toMatch(/^store\.redis\.url +redis:\/\/:\*\*\*@host:6379\/0 +file conf\.yaml:3$/m)
    expect(out).toMatch(/^exec\.call_allow +\(none\) +default$/m)
    const json = await assent('config --output json')
    expect(json.json()['server.http_port']).toEqual({ value: 36_789, origin: { kind: 'default', name: '' } })
    expect(json.out).not.toContain('hush')
    rmSync(join(folder, 'conf.yaml'))
  })
})

describe('assent tx', () => {
  it('start runs a whole transaction from a file or standard input, and ends as it did', async () => {
    writeFileSync(join(folder, 'transfer.json'), transfer('/done'))
    expect(await assent('tx start transfer.json --wait')).toMatchObject({
      code: EXIT.ok,
      out: expect.stringContaining('COMMITTED'),
    })
    const refused = await assent('tx start - --wait', transfer('/done', '/refuse'))
    expect(refused).toMatchObject({ code: EXIT.aborted, out: expect.stringContaining('ABORTED  branch 02') })
    const later = await assent('tx start - --wait-ms 50', transfer('/later'))
    expect(later).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('SUBMITTED') })
  })

  it('start repeats without harm, and refuses other content', async () => {
    const line = 'tx start - --gid my-own-gid'
    expect((await assent(line, transfer('/done'))).code).toBe(EXIT.ok)
    expect((await assent(line, transfer('/done'))).code).toBe(EXIT.ok)
    const other = await assent(line, transfer('/other'))
    expect(other).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('CONFLICT') })
  })

  it('start opens one without a file, submit and abort end it', async () => {
    const words = [
      'tx',
      'start',
      '--name',
      'booking',
      '--label',
      'customer=17',
      '--payload',
      '{"seat": 3}',
      '-o',
      'json',
    ]
    const { gid } = (await assent(words)).json()
    const shown = (await assent(`tx get ${gid} -o json`)).json()
    expect(shown).toMatchObject({
      name: 'booking',
      labels: { customer: '17' },
      payload: { seat: 3 },
      status: 'PREPARED',
    })
    expect(await assent(`tx submit ${gid} --wait`)).toMatchObject({
      code: EXIT.ok,
      out: `${gid}  COMMITTED\n`,
    })
    const other = (await assent(words)).json().gid
    const aborted = await assent(['tx', 'abort', other, '--reason', 'customer called', '--wait'])
    expect(aborted).toMatchObject({ code: EXIT.ok, out: `${other}  ABORTED  customer called\n` })
    expect(await assent(`tx abort ${gid}`)).toMatchObject({
      code: EXIT.failed,
      err: expect.stringContaining('INVALID_STATUS_TRANSITION'),
    })
  })

  it('get shows what was called, when, and what came of it', async () => {
    const gid = await startedWith('/done', '/refuse')
    const { code, out } = await assent(`tx get ${gid} --wait`)
    expect(code).toBe(EXIT.aborted)
    expect(out).toContain(`${gid}  ABORTED\nsaga transfer, started `)
    expect(out).toMatch(/^ {2}02 +FAILED +http:\S+\/refuse +← decided the abort$/m)
    const calls = [...out.matchAll(/^ {2}\+.* ms +(\d\d) +(\w+) +(\w+) +\d+ ms +(\d+)/gm)]
    expect(calls.map(([, branch, op, outcome, status]) => [branch, op, outcome, status])).toEqual([
      ['01', 'action', 'done', '200'],
      ['02', 'action', 'refused', '409'],
      ['01', 'compensate', 'done', '200'],
    ])
    // What a participant said may not steer the terminal.
    expect(out).toContain('money')
    expect(out).not.toContain('\u001b')
  })

  it('list shows the newest first, filters, and says how to go on', async () => {
    const gids = [await startedWith('/done'), await startedWith('/done')]
    const { code, out, err } = await assent('tx list --limit 2')
    expect(code).toBe(EXIT.ok)
    expect(out.split('\n')[0]).toMatch(/^GID +STATUS +MODE +NAME +CREATED +BRANCHES +ATTENTION$/)
    expect(out.indexOf(gids[1] ?? '')).toBeLessThan(out.indexOf(gids[0] ?? ''))
    const cursor = /--cursor (\S+)/.exec(err)?.[1]
    const next = (await assent(`tx list --limit 1 --cursor ${cursor} -o json`)).json()
    expect(gids).not.toContain(next[0].gid)
    expect((await assent('tx list --mode tcc')).out).toBe('no transactions\n')
    const wrong = await assent('tx list --limit 1001')
    expect(wrong).toMatchObject({
      code: EXIT.failed,
      err: expect.stringContaining('limit must be at most 1000'),
    })
  })

  it('retry and resolve end what waits, with who said so', async () => {
    const gid = await startedWith('/later')
    await expect
      .poll(async () => (await assent(`tx get ${gid} -o json`)).json().branches[0].attempt_count)
      .toBeGreaterThan(0)
    expect((await assent(`tx retry ${gid} --branch 01`)).code).toBe(EXIT.ok)
    const words = [
      'tx',
      'resolve',
      gid,
      '--branch',
      '01',
      '--op',
      'action',
      '--outcome',
      'done',
      '--reason',
      'seen',
      '--actor',
      'alice',
    ]
    expect((await assent(words)).code).toBe(EXIT.ok)
    const { out } = await assent(`tx get ${gid} --wait`)
    expect(out).toMatch(/01 +action +done.*said by alice@127\.0\.0\.1/)
  })

  it('watch shows each state until the end, and ends as it did', async () => {
    const gid = await startedWith('/later')
    const watching = assent(`tx watch ${gid}`)
    const abort = await assent(`tx abort ${gid} --wait`)
    expect(abort.out).toContain('ABORTED')
    const { code, out } = await watching
    expect(code).toBe(EXIT.aborted)
    expect(out.trim().split('\n').at(-1)).toContain('ABORTED')
    const json = await assent(`tx watch ${gid} -o json`)
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).status),
    ).toEqual(['ABORTED'])
    expect((await assent('tx watch nobody')).err).toContain('TRANSACTION_NOT_FOUND')
  })
})

describe('a server', () => {
  it('that answers an error is 1, told as it answered when JSON is asked for', async () => {
    expect(await assent('tx get nobody')).toMatchObject({
      code: EXIT.failed,
      out: '',
      err: expect.stringContaining('TRANSACTION_NOT_FOUND'),
    })
    const { code, err } = await assent('tx get nobody --output json')
    expect([code, JSON.parse(err).code]).toEqual([EXIT.failed, 'TRANSACTION_NOT_FOUND'])
  })

  it('whose answer gets lost is 3, with how to repeat without harm', async () => {
    const deaf = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`
    const { code, err } = await assent(`tx start - --url ${url}`, transfer('/done'))
    expect(code).toBe(EXIT.unreachable)
    expect(err).toMatch(
      /it may have been accepted or not; run it again with --gid [0-9a-f-]{36}, which is harmless/,
    )
    deaf.close()
  })

  it('that is not there is 3, and so is one that is none of ours', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const nowhere = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
    gone.close()
    expect(await assent(`tx list --url ${nowhere}`)).toMatchObject({
      code: EXIT.unreachable,
      err: `assent: no server at ${nowhere} (ECONNREFUSED); \`assent start\` runs one\n`,
    })
    expect(await assent(`tx list --url ${bank}`)).toMatchObject({
      code: EXIT.unreachable,
      err: expect.stringContaining('is no Assent server'),
    })
  })
})
