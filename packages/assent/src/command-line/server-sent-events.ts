import { readEvents as readChunks, type ServerSentEvent } from '@assent/client/server-sent-events'

/** Reads an event stream until it ends or breaks off; a broken one ends like any other. */
export async function* readEvents({ body }: Response): AsyncGenerator<ServerSentEvent> {
  if (body === null) return
  try {
    yield* readChunks(body.pipeThrough(new TextDecoderStream()))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // The connection was lost; the reader resumes behind the last id.
  }
}
