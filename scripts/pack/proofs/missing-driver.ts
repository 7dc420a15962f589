/** A store whose driver is not installed can be named, and says when it is opened what to install. */
import assert from 'node:assert/strict'
import { openCoordinator } from 'assent/embedded'
import { mysql } from 'assent/store/mysql'
import { postgres } from 'assent/store/postgres'
import { redis } from 'assent/store/redis'

for (const [driver, store] of [
  ['pg', postgres({ url: 'postgres://127.0.0.1/assent' })],
  ['mariadb', mysql({ url: 'mysql://127.0.0.1/assent' })],
  ['redis', redis({ url: 'redis://127.0.0.1' })],
] as const) {
  await assert.rejects(openCoordinator({ store, transports: [] }), {
    code: 'STORE_INVALID',
    message: new RegExp(`npm install ${driver}$`),
  })
}
