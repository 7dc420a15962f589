import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** Made for these tests and trusted by nobody else: for 127.0.0.1, until 2120. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBYDCCAQagAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtwYXJ0aWNp
cGFudDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
AwwLcGFydGljaXBhbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQKhuoAxMb9
1NBqU3oluzuWk3Lkh4X+wS4/cD9MD56EF/dvJlkzDVmMXiiOG+o4NN29TuZ6BuT4
/YNa4HPTYdj2o0MwQTAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB/wQFMAMBAf8w
HQYDVR0OBBYEFAeIForzVFahaJ6OHwHGr2HI9CBXMAoGCCqGSM49BAMCA0gAMEUC
IQDS1BFJ2EROs68ZSAoLkhiPeam6w6J6mICYFyG7OkLz0gIgDEp4L0PKaVIio0af
0IdVQhE9IZiQNG+bruS9Fa+QrkM=
-----END CERTIFICATE-----
`

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmTWF+HiFMHvgChBB
RYls41n0LZ47rW+88QmSRVfS1KahRANCAAQKhuoAxMb91NBqU3oluzuWk3Lkh4X+
wS4/cD9MD56EF/dvJlkzDVmMXiiOG+o4NN29TuZ6BuT4/YNa4HPTYdj2
-----END PRIVATE KEY-----
`

/** A participant that answers every call with how it was reached. */
export async function startHttps(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (_request, response) =>
    response.end('"over TLS"'),
  )
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
