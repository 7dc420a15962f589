import { EVENT_MAX_LENGTH } from './limits.ts'

export interface ServerSentEvent {
  /** The last id that was sent, as the standard has it. */
  id: string
  event: string
  data: string
}

/** Reads an event stream; `heard` is told of every sign of life, comments included. */
export async function* readEvents(
  chunks: AsyncIterable<string>,
  heard: () => void = () => {},
): AsyncGenerator<ServerSentEvent> {
  let id = ''
  let buffered = ''
  for await (const chunk of chunks) {
    heard()
    buffered += chunk
    if (buffered.length > EVENT_MAX_LENGTH) throw new Error('an event is longer than any transaction')
    const blocks = buffered.split('\n\n')
    buffered = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = fieldsOf(block)
      id = fields.id ?? id
      if (fields.data !== undefined) yield { id, event: fields.event ?? 'message', data: fields.data }
    }
  }
}

function fieldsOf(block: string): { id?: string; event?: string; data?: string } {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value
  }
  return fields
}
