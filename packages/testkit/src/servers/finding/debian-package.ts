import { installPackage, isRootOnDebian } from './debian.ts'
import type { Supply } from './supply.ts'

/** A server that a package of Debian's brings, where we are root and so may install it. */
export function debianPackage(name: string): Supply {
  return {
    origin: "Debian's package",
    name: `Debian's package ${name}`,
    advice: 'be root on Debian',
    isOpen: isRootOnDebian,
    bring: async (find) => {
      await installPackage(name, async () => (await find()) !== undefined)
      return find()
    },
  }
}
