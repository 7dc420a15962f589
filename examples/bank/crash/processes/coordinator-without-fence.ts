/**
 * A coordinator on PostgreSQL whose writes happen whatever stands there by then, and who hears only late that others
 * took over what it drives: the crash test must find that decisions turn round. Its arguments are those of
 * `assent start`.
 */
import { readConfiguration, type ServeExtras, serve, untilStopped } from 'assent/server'
import { postgres } from 'assent/store/postgres'
import { LEASE_MS } from '../faults/kinds.ts'

type Store = NonNullable<ServeExtras['store']>

/** What it believes its lease to be: it asks after it a quarter of that apart. */
const OWN_LEASE_SECONDS = '12'
/** How often the lease is renewed that the store knows of. */
const BEAT_MS = LEASE_MS / 4
/** A row that changes more often than this while it is written over is left as it is. */
const OVERWRITES_MAX = 10

function unfenced(store: Store): Store {
  const write: Store['write'] = async (batch) => {
    let answers = await store.write(batch)
    for (let turn = 0; turn < OVERWRITES_MAX; turn += 1) {
      const over = batch.map((each, place) => {
        const answer = answers[place]
        const found = answer?.outcome === 'conflict' ? answer.row : undefined
        return found === undefined ? undefined : { ...each, expect: found.version }
      })
      const again = over.filter((each) => each !== undefined)
      if (again.length === 0) break
      const next = [...(await store.write(again))]
      answers = answers.map((answer, place) =>
        over[place] === undefined ? answer : (next.shift() ?? answer),
      )
    }
    return answers
  }
  let isAlive = true
  let beating: NodeJS.Timeout | undefined
  const register: Store['register'] = async (incarnation) => {
    clearInterval(beating)
    const registered = await store.register(incarnation, LEASE_MS)
    isAlive = true
    const beat = async (): Promise<void> => {
      isAlive &&= (await store.heartbeat(incarnation, LEASE_MS)).alive
    }
    beating = setInterval(() => void beat().catch(() => {}), BEAT_MS).unref()
    return registered
  }
  const heartbeat: Store['heartbeat'] = async (incarnation) => {
    const { now } = await store.heartbeat(incarnation, LEASE_MS)
    return { alive: isAlive, now }
  }
  const changed: Partial<Store> = { write, register, heartbeat }
  return new Proxy(store, {
    get: (_, name) => {
      if (name in changed) return changed[name as keyof Store]
      const own = store[name as keyof Store]
      return typeof own === 'function' ? own.bind(store) : own
    },
  })
}

if (process.argv.includes('--help')) process.exit()
const flags = Object.fromEntries(
  process.argv.slice(2).map((flag) => {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/.exec(flag) ?? []
    return [name, value]
  }),
)
const configuration = readConfiguration({
  flags: { ...flags, 'lease-secs': OWN_LEASE_SECONDS },
  environment: process.env,
})
const store = unfenced(postgres({ url: configuration.values['store.postgres.dsn'] }))
await untilStopped(await serve(configuration, { store }))
