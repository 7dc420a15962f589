import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { ANSWER_MAX_LENGTH, CONNECTIONS_MAX } from '../limits.ts'
import { type Answer, type Exchange, type OpenAnswer, type Request, TimedOut, TooLong } from './exchange.ts'

interface Speaking {
  agent: Agent
  request(options: RequestOptions): ClientRequest
}

/** Speaks by `node:http` and `node:https`, over connections that are kept for the next request. */
export function nodeExchange(url: URL): Exchange {
  return new NodeExchange(url)
}

class NodeExchange implements Exchange {
  readonly #url: URL
  #speaking: Promise<Speaking> | undefined
  #closed = false

  constructor(url: URL) {
    this.#url = url
  }

  async ask(request: Request): Promise<Answer> {
    const sent = await this.#send(request)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => sent.destroy(new TimedOut(request.timeoutMs)), request.timeoutMs)
      const fail = (error: Error): void => {
        clearTimeout(timer)
        sent.destroy()
        reject(error)
      }
      sent.on('error', fail)
      sent.on('response', (response) => {
        gather(response).then((text) => {
          clearTimeout(timer)
          resolve({ ...headOf(response), text })
        }, fail)
      })
      sent.end(request.body)
    })
  }

  async open(request: Request, signal: AbortSignal): Promise<OpenAnswer> {
    const sent = await this.#send(request, signal)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const timer = setTimeout(() => sent.destroy(new TimedOut(request.timeoutMs)), request.timeoutMs)
      sent.on('close', () => clearTimeout(timer))
      sent.on('error', reject)
      sent.on('response', (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      sent.end(request.body)
    })
    response.setEncoding('utf8')
    // What is wrong is told to whoever reads; nobody may be reading when it happens.
    response.on('error', () => {})
    return {
      ...headOf(response),
      chunks: response,
      text: () => gather(response),
      cut: () => void response.destroy(),
    }
  }

  close(): void {
    this.#closed = true
    void this.#speaking?.then(({ agent }) => agent.destroy())
  }

  async #send({ method, path, headers, body }: Request, signal?: AbortSignal): Promise<ClientRequest> {
    this.#speaking ??= this.#begin()
    const { agent, request } = await this.#speaking
    if (this.#closed) throw new Error('the connection was closed')
    const { protocol, hostname, port, username, password } = this.#url
    return request({
      agent,
      protocol,
      // An address in brackets is one of IPv6, which sockets know without them.
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      method,
      path,
      ...(username !== '' && { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
      headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
      ...(signal && { signal }),
    })
  }

  /** Loaded when first needed: another platform brings a fetch of its own, and has no such modules. */
  async #begin(): Promise<Speaking> {
    const isSecure = this.#url.protocol === 'https:'
    const { Agent, request } = isSecure ? await import('node:https') : await import('node:http')
    return { agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX }), request }
  }
}

function headOf(response: IncomingMessage): Pick<Answer, 'status' | 'header'> {
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
  }
}

/** The body as text. An answer that breaks off before its end rejects. */
function gather(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (text.length > ANSWER_MAX_LENGTH)
        response.destroy(new TooLong(`an answer is longer than ${ANSWER_MAX_LENGTH} characters`))
    })
    response.on('end', () => resolve(text))
    response.on('error', reject)
    response.on('close', () => reject(new Error('the answer broke off')))
  })
}
