/** The driver of a database is installed by whoever uses the database; the other stores do without. */

/** The driver is not installed; the message says what to install. */
export class DriverMissing extends Error {
  override readonly name = 'DriverMissing'
}

/** Loads what imports this driver. Throws DriverMissing. */
export async function withDriver<Module>(driver: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(driver, error)) throw error
    throw new DriverMissing(`it needs the driver ${driver}, which is not installed: npm install ${driver}`, {
      cause: error,
    })
  }
}

/** The driver itself, and not something that it needs in turn. */
function isMissing(driver: string, error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`package '${driver}'`)
}
