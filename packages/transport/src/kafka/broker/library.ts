export type Library = typeof import('@platformatic/kafka')

/** Loads the client library, which is installed by whoever uses Kafka and not by the others. */
export async function loadLibrary(): Promise<Library> {
  try {
    return await import('@platformatic/kafka')
  } catch (error) {
    if (!isMissing(error)) throw error
    const message = 'Kafka needs a client library that is not installed; npm install @platformatic/kafka'
    throw new Error(message, { cause: error })
  }
}

/** The library itself, and not something that it needs in turn. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes("package '@platformatic/kafka'")
}
