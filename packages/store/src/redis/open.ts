import { isAssentError } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'
import { Cluster } from './cluster.ts'
import { type Clock, Database } from './database.ts'
import { assertAccepted, weaknessesOf } from './durability.ts'
import { ErrorAnswer, isCertain, NotSent } from './failures.ts'
import { found, isForbidden } from './founding.ts'
import { Link } from './link.ts'
import type { Settings } from './options.ts'
import { storeInvalid } from './refusals.ts'
import { type Servers, single } from './servers.ts'
import { Watch } from './watch.ts'

const VERSION_MIN = 7.0
/** Since then a server can be asked whether a write is on its disk. */
const VERSION_OF_WAITAOF = 7.2

/** Handshakes that fail with these fail for good. */
const TLS_REFUSED = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/

/** What a server says of itself. */
interface Greeting {
  mode: string
  role: string
}

/** Throws STORE_INVALID or StoreUnavailable, and holds no connection then. */
export async function openDatabase(settings: Settings, clock: Clock): Promise<Watch> {
  const link = await firstLink(settings)
  let servers: Servers | undefined
  try {
    servers = await serversOf(link, settings)
    const { acceptedWeaknesses, waitAof } = settings
    const weaknesses = await weaknessesOf(servers.links, waitAof)
    assertAccepted(link.name, weaknesses, acceptedWeaknesses)
    const database = new Database(await found(servers, settings), servers, clock)
    return new Watch(database, settings, weaknesses)
  } catch (error) {
    await Promise.all([link.stop(), servers?.stop()])
    throw explained(link.name, error)
  }
}

/** The first of the servers that can be reached. */
async function firstLink({ addresses, accessTo }: Settings): Promise<Link> {
  let last: unknown
  for (const address of addresses) {
    const link = new Link(address, accessTo(address))
    try {
      await link.start()
      return link
    } catch (error) {
      last = explained(link.name, error)
      if (isAssentError(last)) throw last
    }
  }
  throw last
}

async function serversOf(link: Link, { addresses, accessTo, waitAof }: Settings): Promise<Servers> {
  const { mode, role } = await greetedBy(link, waitAof)
  if (mode === 'sentinel')
    throw storeInvalid(link.name, 'it is a sentinel', 'name the server that it watches')
  if (mode !== 'cluster' && role !== 'master') {
    throw storeInvalid(link.name, 'it is a replica, which can not be written', 'name its master')
  }
  if (mode !== 'cluster' && addresses.length > 1) {
    throw storeInvalid(link.name, 'several servers are named, and it is no node of a cluster', 'name one')
  }
  if (mode !== 'cluster') return single(link)
  const cluster = await Cluster.begin(link, accessTo)
  try {
    await Promise.all(cluster.links.map((node) => greetedBy(node, waitAof)))
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

/** Throws STORE_INVALID for a server that is too old. */
async function greetedBy(link: Link, waitAof: boolean): Promise<Greeting> {
  const said = (await link.call(['HELLO']).catch((error: Error) => {
    // Older than that, it does not know the word.
    if (error instanceof ErrorAnswer && /unknown command|wrong number/.test(error.reply)) return []
    throw error
  })) as (string | number)[]
  const after = (name: string): string => (said.includes(name) ? String(said[said.indexOf(name) + 1]) : '')
  const version = after('version')
  const least = waitAof ? VERSION_OF_WAITAOF : VERSION_MIN
  if (!(Number.parseFloat(version) >= least)) {
    const found = version === '' ? 'it is very old' : `its version is ${version}`
    const remedy = `it must be Redis ${least.toFixed(1)} or later${waitAof ? ' for waitAof' : ''}`
    throw storeInvalid(link.name, found, remedy)
  }
  return { mode: after('mode'), role: after('role') }
}

/** What a caller of `open` hears: what can't change by itself is STORE_INVALID, with what to do about it. */
function explained(where: string, error: unknown): Error {
  if (isAssentError(error) || error instanceof StoreUnavailable) return error as Error
  const { message, cause } = error as Error & { cause?: Error & { code?: string } }
  if (isForbidden(error)) {
    const remedy = 'see that user and password are right, and that this user may do all that is needed'
    return storeInvalid(where, error.reply, remedy)
  }
  if (error instanceof NotSent && cause !== undefined && TLS_REFUSED.test(cause.code ?? '')) {
    return storeInvalid(
      where,
      cause.message,
      'see that it speaks TLS with a certificate that is trusted here',
    )
  }
  const isPassing =
    !(error instanceof ErrorAnswer) || isCertain(error) || /max number of clients/.test(error.reply)
  if (isPassing) return new StoreUnavailable(message, { cause: error })
  return storeInvalid(
    where,
    (error as ErrorAnswer).reply,
    'see that its URL names the right server and database',
  )
}
