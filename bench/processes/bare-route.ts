import { end, launch } from './launch.ts'

/** What Assent is measured against: the same routes without what Assent does. */
export interface BareRoutes extends AsyncDisposable {
  pid: number
  /** Takes a transaction, calls its branches as Assent does, answers, and keeps nothing. */
  calls: string
  /** Takes a transaction and answers. */
  answers: string
}

/** `server`: where the schemas are asked for, so that both sides check the same. */
export async function startBareRoutes(server: { url: string }): Promise<BareRoutes> {
  const { child, ready } = await launch<{ port: number }>('bare-route-process.ts', [server.url])
  const origin = `http://127.0.0.1:${ready.port}`
  return {
    pid: child.pid ?? 0,
    calls: `${origin}/calls`,
    answers: `${origin}/answers`,
    [Symbol.asyncDispose]: () => end(child),
  }
}
