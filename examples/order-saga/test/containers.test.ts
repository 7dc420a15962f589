/** No container engine is needed to see that what compose.yaml and the Dockerfile name is there, and fits the services. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { SERVICES } from '../src/launch/services.ts'
import { readEnvironment } from '../src/service/environment.ts'

const FOLDER = resolve(import.meta.dirname, '..')
const ROOT = resolve(FOLDER, '../..')
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')

interface Service {
  image?: string
  build?: { context: string; dockerfile: string; target: string }
  environment: Record<string, string | number>
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
}

const compose = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}
const serviceOf = (name: string): Service => compose.services[name] ?? { environment: {} }

/** What `${NAME:-value}` is where nothing sets NAME. */
const settled = (text: unknown): string => String(text).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

/** The instructions of each stage, lines that go on joined. */
const stages = read('Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split(/^FROM /m)
  .slice(1)
  .map((text) => {
    const [from = '', ...lines] = text.trim().split('\n')
    const [, base = '', name = ''] = /^(\S+) AS (\S+)$/.exec(from) ?? []
    const restOf = (word: string): string[] =>
      lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
    return { base, name, restOf }
  })
const stageOf = (name: string) => stages.find((stage) => stage.name === name)

const LINTED = { rules: {}, quiet: true, debug: false, exclude: [] }

describe('the composition', () => {
  it('is one, and no linter finds an error in it', () => {
    const [result] = new DCLinter(LINTED).lintFiles([join(FOLDER, 'compose.yaml')], false)
    expect(result?.messages.filter(({ type }: { type: string }) => type === 'error')).toEqual([])
  })

  it.each(SERVICES)(
    'runs $name on its port, for this machine only, on its own database',
    ({ name, port, database }) => {
      const { ports, environment, build } = serviceOf(name)
      expect(ports).toEqual([`127.0.0.1:${port}:${port}`])
      expect(resolve(FOLDER, build?.context ?? '')).toBe(ROOT)
      expect(resolve(ROOT, build?.dockerfile ?? '')).toBe(join(FOLDER, 'Dockerfile'))
      expect(build?.target).toBe(name)
      const url = new URL(settled(environment.DATABASE_URL))
      expect([url.hostname, url.port, url.pathname]).toEqual(['postgres', '5432', `/${database}`])
      expect(url.password).toBe(settled(serviceOf('postgres').environment.POSTGRES_PASSWORD))
      expect(read('databases.sql')).toContain(`CREATE DATABASE ${database};`)
    },
  )

  it.each(SERVICES)(
    'starts $name once database and broker are well, and says the broker where it listens',
    ({ name }) => {
      const { depends_on = {}, environment } = serviceOf(name)
      expect(Object.keys(depends_on)).toEqual(['postgres', 'kafka'])
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe('service_healthy')
        expect(serviceOf(other).healthcheck?.test[0]).toBe('CMD')
      }
      const advertised = String(serviceOf('kafka').environment.KAFKA_ADVERTISED_LISTENERS)
      expect(advertised.split(',')).toContain(`INSIDE://${environment.KAFKA_BROKERS}`)
    },
  )

  it('gives each service an environment that it reads, and says the others where the order service is', () => {
    for (const { name, port, database } of SERVICES) {
      const { environment } = serviceOf(name)
      const given = Object.entries(environment).map(([variable, value]) => [variable, settled(value)])
      const read = readEnvironment({ database, port }, Object.fromEntries(given))
      expect(read.databaseUrl).toBe(settled(environment.DATABASE_URL))
      expect(read.brokers).toBe('kafka:29092')
      expect(read.port).toBe(port)
      const known = ['DATABASE_URL', 'KAFKA_BROKERS', 'ORDER_SERVICE_URL', 'PAYMENT_FAILURE_RATE']
      expect(Object.keys(environment).filter((variable) => !known.includes(variable))).toEqual([])
      if (name !== 'order-service') expect(read.orderServiceUrl).toBe('http://order-service:3001')
    }
  })

  it('keeps databases and messages in volumes, and mounts what is there', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
    for (const [source = ''] of mounted.map((volume) => volume.split(':'))) {
      if (source.startsWith('.')) expect(existsSync(join(FOLDER, source))).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
    expect(mounted).toContain(`messages:${serviceOf('kafka').environment.KAFKA_LOG_DIRS}`)
  })
})

describe('the images', () => {
  it('are made of instructions that there are', () => {
    expect(validate(read('Dockerfile'))).toEqual([])
  })

  it('are of Node 24, and of what is there', () => {
    const known = new Set(stages.map(({ name }) => name))
    for (const { base } of stages) if (!known.has(base)) expect(base).toMatch(/^node:24-/)
    const copied = stages
      .flatMap(({ restOf }) => restOf('COPY'))
      .flatMap((rest) => rest.split(' ').slice(0, -1))
      .filter((path) => path.startsWith('/build/'))
      .map((path) => relative('/build', path))
    expect(copied).toContain('examples/order-saga/src')
    expect(copied.filter((path) => path !== 'dist' && !existsSync(join(ROOT, path)))).toEqual([])
  })

  it.each(SERVICES)(
    'hold $name, which listens on its port, runs as nobody special and is asked for its health',
    ({ name, port, script }) => {
      const stage = stageOf(name)
      expect(stage?.restOf('ENV')).toEqual([`PORT=${port}`])
      expect(stage?.restOf('EXPOSE')).toEqual([String(port)])
      expect(JSON.parse(stage?.restOf('CMD')[0] ?? '')).toEqual(['node', relative(FOLDER, script)])
      const base = stageOf(stage?.base ?? '')
      expect(base?.restOf('USER')).toEqual(['node'])
      expect(base?.restOf('HEALTHCHECK')[0]).toContain('/health')
      expect(base?.restOf('ENV')[0]).toContain('HOST=0.0.0.0')
    },
  )
})
