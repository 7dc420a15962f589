/** Why a server can not be used, and what to do about it. */
export type Objection = [wrong: string, remedy: string]
