import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAssentError } from '@assent/contract'
import { type OwnServer, startMariadb } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Certificates, makeCertificates } from '../../test/certificates.ts'
import { temporaryDirectory } from '../../test/directory.ts'
import { runOn } from '../../test/mysql-databases.ts'
import { runScript } from '../../test/process.ts'
import { writeOf } from '../../test/rows.ts'
import { type MysqlOptions, mysql } from './store.ts'

let certificates: Certificates
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: OwnServer
/** By the name that is in its certificate. */
let url: string

beforeAll(async () => {
  certificates = await makeCertificates()
  directory = await temporaryDirectory()
  // The server may run as another account.
  await chmod(directory.path, 0o755)
  const [certificate, key] = [join(directory.path, 'certificate'), join(directory.path, 'key')]
  await writeFile(certificate, certificates.certificate)
  await writeFile(key, certificates.key, { mode: 0o644 })
  server = await startMariadb({ settings: { 'ssl-cert': certificate, 'ssl-key': key } })
  url = Object.assign(new URL(server.url), { hostname: 'localhost' }).href
})
afterAll(async () => {
  await server.close()
  await directory.remove()
  await certificates.remove()
})

/** What was said when the store was refused; fails when it was opened. */
async function refusalOf(options: MysqlOptions): Promise<string> {
  const store = mysql(options)
  try {
    await store.open()
  } catch (error) {
    if (isAssentError(error) && error.code === 'STORE_INVALID') return error.message
    throw error
  } finally {
    await store.close()
  }
  return expect.unreachable('it was opened')
}

describe('a MySQL store over TLS', () => {
  it('speaks to a server that the authority vouches for, and encrypted on every connection', async () => {
    await runOn(
      server.url,
      "CREATE USER guarded@'%' IDENTIFIED BY 'secret' REQUIRE SSL",
      "GRANT ALL ON assent.* TO guarded@'%'",
    )
    const guarded = Object.assign(new URL(url), { username: 'guarded', password: 'secret' }).href
    expect(await refusalOf({ url: guarded })).toMatch(/Access denied/)
    const store = mysql({ url: guarded, tls: { ca: certificates.ca } })
    await store.open()
    const state = 's'.repeat(300_000)
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.write([writeOf({ gid: `g${index}`, state })])),
    )
    expect((await store.read(['g7']))[0]?.state).toBe(state)
    await store.close()
  })

  it('refuses a server that nobody vouches for, or under another name', async () => {
    for (const options of [
      { url, tls: {} },
      { url: `${url}?ssl-mode=VERIFY_IDENTITY` },
      { url: server.url, tls: { ca: certificates.ca } },
    ]) {
      expect(await refusalOf(options)).toMatch(/certificate.*; name the certificates of those who may vouch/)
    }
  })

  it('takes any server when it is told not to verify', async () => {
    const store = mysql({ url: server.url, tls: { rejectUnauthorized: false } })
    await store.open()
    await store.ping()
    await store.close()
  })

  it('keeps no process alive that has nothing more to do', async () => {
    const script = runScript('open-and-idle-mysql.ts', url, certificates.caFile)
    await script.line('written')
    expect(await script.ended).toBe(0)
  })
})
