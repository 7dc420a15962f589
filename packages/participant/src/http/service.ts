import { answerCall, type Participant } from './answer-call.ts'
import { type Admitted, admitting, type HandlerOptions, type Received } from './received.ts'
import { failed, type Reply } from './reply.ts'

/** Answers requests as the web has them, such as `assent.handler`. */
export type FetchHandler = (request: Request) => Promise<Response>

/** What a framework can be given to serve: a branch, or a handler that serves many. */
export type Service<Database> = Participant<Database> | FetchHandler

/** How a service answers what comes in. */
export function receiver<Database>(
  service: Service<Database>,
  options: HandlerOptions = {},
): (received: Received) => Promise<Reply> {
  const answer =
    typeof service === 'function'
      ? (admitted: Admitted) => askHandler(service, admitted)
      : ({ header, body }: Admitted) => answerCall(service, header, body)
  return admitting(answer, options)
}

async function askHandler(handler: FetchHandler, admitted: Admitted): Promise<Reply> {
  try {
    const response = await handler(requestOf(admitted))
    const headers = Object.fromEntries(response.headers)
    return { status: response.status, headers, body: await response.text() }
  } catch (error) {
    console.error(`the handler of ${admitted.method} ${admitted.target} failed:`, error)
    return failed()
  }
}

function requestOf({ method, target, header, headerNames, body, signal }: Admitted): Request {
  const headers = new Headers()
  for (const name of headerNames) headers.set(name, header(name) ?? '')
  // Which host it was does not matter to a call, and not every framework says so.
  return new Request(`http://service${target}`, { method, headers, signal, ...(body !== '' && { body }) })
}
