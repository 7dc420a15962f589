/** Another coordinator took the transaction over: read it and apply the command again. */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost'

  constructor(gid: string) {
    super(`another coordinator drives ${gid}`)
  }
}
