export interface ServerSentEvent {
  /** The last id that was sent, as the standard has it. */
  id: string
  event: string
  data: string
}

/** More than a transaction can be. */
const EVENT_MAX_LENGTH = 64 * 1024 * 1024

/** Reads an event stream until it ends or breaks off; a broken one ends like any other. */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  let id = ''
  let buffered = ''
  const text = response.body?.pipeThrough(new TextDecoderStream())
  try {
    for await (const chunk of text ?? []) {
      buffered += chunk
      if (buffered.length > EVENT_MAX_LENGTH) throw new Error('an event is longer than any transaction')
      const blocks = buffered.split('\n\n')
      buffered = blocks.pop() ?? ''
      for (const block of blocks) {
        const read = parse(block)
        id = read.id ?? id
        if (read.data !== undefined) yield { id, event: read.event ?? 'message', data: read.data }
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // The connection was lost; the reader resumes behind the last id.
  }
}

function parse(block: string): { id?: string; event?: string; data?: string } {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value
  }
  return fields
}
