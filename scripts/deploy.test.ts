/** No container engine is needed to see that what deploy/ names is there, and that the server takes its settings. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readConfiguration } from '@assent/server/configuration'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Manifest, publishedManifest } from './build/published.ts'
import { ROOT } from './command.ts'

const FOLDER = join(ROOT, 'deploy')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const manifest = (path: string): Manifest => JSON.parse(read(path))

interface Service {
  image: string
  build?: { context: string; dockerfile: string }
  environment: Record<string, string>
  ports?: string[]
}

const compose = parse(read('deploy/compose.yaml'), { merge: true }) as { services: Record<string, Service> }
const services = Object.entries(compose.services)
const coordinators = services.filter(([, { build }]) => build !== undefined)

/** Instructions with their arguments, lines that go on joined. */
const instructions = read('deploy/Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const space = line.indexOf(' ')
    return { name: line.slice(0, space), rest: line.slice(space + 1) }
  })
const restOf = (name: string): string[] =>
  instructions.filter((one) => one.name === name).map(({ rest }) => rest)

/** What `${NAME:-value}` is where nothing sets NAME. */
const settled = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

describe('the image', () => {
  it('is made of instructions that there are, each stage from Node 24', () => {
    const known = /^(FROM|WORKDIR|COPY|RUN|USER|ENV|VOLUME|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD)$/
    expect(instructions.filter(({ name }) => !known.test(name))).toEqual([])
    expect(restOf('FROM').length).toBeGreaterThan(1)
    for (const stage of restOf('FROM')) expect(stage).toMatch(/^node:24-/)
  })

  it('copies what is there', () => {
    const copied = restOf('COPY').flatMap((rest) => rest.split(' ').slice(0, -1))
    const fromBuild = copied
      .filter((path) => path.startsWith('/build/'))
      .map((path) => relative('/build', path))
    expect(fromBuild).toContain('dist')
    expect(fromBuild.filter((path) => path !== 'dist' && !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('starts the command line as it is published, and as nobody special', () => {
    const { bin } = publishedManifest(manifest('packages/assent/package.json'))
    const [entry = ''] = restOf('ENTRYPOINT')
    expect(JSON.parse(entry)).toEqual(['node', join('packages/assent', bin?.assent ?? '')])
    expect(restOf('USER')).toEqual(['node'])
  })

  it('sets what the server knows, and opens the port that it listens on', () => {
    const [environment = ''] = restOf('ENV')
    const pairs = environment.split(' ').map((pair) => pair.split('=') as [string, string])
    const { values } = readConfiguration({ environment: Object.fromEntries(pairs), folder: FOLDER })
    expect(values['server.http_host']).toBe('0.0.0.0')
    expect(restOf('VOLUME')).toEqual([values['store.data_dir']])
    expect(restOf('EXPOSE')).toEqual([String(values['server.http_port'])])
    expect(restOf('HEALTHCHECK')[0]).toContain(`:${values['server.http_port']}/live'`)
  })

  it('holds the driver of every store and of the broker, as each is wanted', () => {
    const { dependencies } = manifest('deploy/package.json') as { dependencies?: Record<string, string> }
    const { peerDependencies } = manifest('packages/assent/package.json') as {
      peerDependencies?: Record<string, string>
    }
    expect(peerDependencies).toBeDefined()
    expect(Object.keys(dependencies ?? {}).filter((name) => name !== 'assent')).toEqual(
      Object.keys(peerDependencies ?? {}),
    )
  })
})

describe('the composition', () => {
  it('runs two coordinators on one database, built from files that are there', () => {
    expect(coordinators).toHaveLength(2)
    for (const [, { build }] of coordinators) {
      const context = resolve(FOLDER, build?.context ?? '')
      expect(relative(context, ROOT)).toBe('')
      expect(existsSync(join(context, build?.dockerfile ?? ''))).toBe(true)
    }
  })

  it('gives each of them settings that it takes, of a database that is among the services', () => {
    for (const [, { environment }] of coordinators) {
      const given = Object.entries(environment).map(([name, value]) => [name, settled(value)])
      const { values } = readConfiguration({ environment: Object.fromEntries(given), folder: FOLDER })
      expect(values['store.type']).toBe('postgres')
      const { hostname, username, password, pathname } = new URL(values['store.postgres.dsn'])
      const database = compose.services[hostname]?.environment
      expect([username, password, pathname]).toEqual([
        database?.POSTGRES_USER,
        settled(database?.POSTGRES_PASSWORD ?? ''),
        `/${database?.POSTGRES_DB}`,
      ])
    }
  })

  it('publishes each of them on a port of its own, to this machine only', () => {
    const ports = coordinators.map(([, service]) => service.ports?.[0]?.split(':') ?? [])
    expect(new Set(ports.map(([, port]) => port)).size).toBe(coordinators.length)
    for (const [address, , inside] of ports) expect([address, inside]).toEqual(['127.0.0.1', '36789'])
  })
})
