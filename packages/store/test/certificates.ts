import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryDirectory } from './directory.ts'

const run = promisify(execFile)

/** What an authority and a server of its trust need, all PEM. */
export interface Certificates {
  /** The authority's own certificate, also as a file. */
  ca: string
  caFile: string
  /** The server's, for the name localhost and for no address. */
  certificate: string
  key: string
  remove(): Promise<void>
}

export async function makeCertificates(): Promise<Certificates> {
  const { path: directory, remove } = await temporaryDirectory()
  const file = (name: string): string => join(directory, name)
  const openssl = (...options: string[]) => run('openssl', options, { cwd: directory })
  const authority = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2']
  await openssl('req', '-x509', ...authority, '-subj', '/CN=an authority for tests')
  const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'server.key', '-out', 'server.csr']
  await openssl('req', ...request, '-subj', '/CN=localhost')
  await writeFile(file('names'), 'subjectAltName=DNS:localhost')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  await openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signed)
  const [ca, certificate, key] = await Promise.all(
    ['ca.pem', 'server.pem', 'server.key'].map((name) => readFile(file(name), 'utf8')),
  )
  return { ca: ca ?? '', caFile: file('ca.pem'), certificate: certificate ?? '', key: key ?? '', remove }
}
