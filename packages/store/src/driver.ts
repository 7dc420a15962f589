import { AssentError } from '@assent/contract'

/**
 * Loads what imports this driver. The driver of a database is installed by whoever uses the database, so it is loaded
 * when a store is opened and not before: the other stores do without. Throws STORE_INVALID where it is missing.
 */
export async function withDriver<Module>(driver: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    throw isMissing(driver, error) ? driverMissing(driver, error) : error
  }
}

/** The driver itself, and not something that it needs in turn. */
function isMissing(driver: string, error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`package '${driver}'`)
}

function driverMissing(driver: string, cause: unknown): AssentError {
  const message = `the store can not be used: it needs the driver ${driver}, which is not installed; npm install ${driver}`
  return new AssentError('STORE_INVALID', message, { driver }, { cause })
}
