/** What the process that accepts a transaction can do; the engine can't know it. */
export interface AcceptanceRules {
  /** The URL schemes that a transport serves here, with their colon. */
  schemes: ReadonlySet<string>
  /** Whether branches may name this URL at all. */
  allows(url: string): boolean
}
