import { type Exchanged, nobodyListens, type Reply } from './exchange.ts'

/** Longer than any transaction of a run is open while nothing is struck. */
const STREAM_TIMEOUT_MS = 15_000

/** Reads an event stream and tells each status that it shows. `lost` when it breaks off before its end. */
export async function watch(url: string, saw: (status: string) => void): Promise<Exchanged> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(STREAM_TIMEOUT_MS) })
    if (response.status !== 200)
      return { status: response.status, body: (await response.json()) as Reply['body'] }
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = `${text}${chunk}`.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        if (event.startsWith('event: end')) return { status: 200, body: {} }
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data !== undefined) saw((JSON.parse(data) as { status: string }).status)
      }
    }
    return 'lost'
  } catch (error) {
    return nobodyListens(error) ? 'not sent' : 'lost'
  }
}
