import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { httpApi } from './http-api.ts'

let folder: string
let certificate: string
let server: Server
let url: string
let requests = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-https-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert]
  const subject = ['-subj', '/CN=a server for tests', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
  certificate = readFileSync(cert, 'utf8')
  server = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
    requests += 1
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end('{"gid":"g","status":"COMMITTED","repeated":false}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close().closeAllConnections()
  rmSync(folder, { recursive: true })
})

it('a server whose certificate nobody vouches for is told nothing', async () => {
  const api = httpApi({ url, timeoutMs: 200 })
  await expect(api.submit({ gid: 'g' })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/self.signed certificate/),
  })
  expect(requests).toBe(0)
  api.close()
})

it('a server with a certificate that is trusted is spoken to over TLS', async () => {
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, certificate])
  const api = httpApi({ url })
  expect(await api.submit({ gid: 'g' })).toMatchObject({ status: 'COMMITTED' })
  api.close()
  setDefaultCACertificates(trusted)
})
