import { problemWithSecrets } from '@assent/contract'
import { type Kind, Unreadable } from './kinds.ts'

const HIDDEN = '***'

/** A password, which is never shown. */
export function password(): Kind<string> {
  const masked = (value: string): string => (value === '' ? '' : HIDDEN)
  return {
    means: 'text',
    initial: '',
    read(given) {
      if (typeof given === 'string' || typeof given === 'number') return String(given)
      throw new Unreadable('must be text')
    },
    show: masked,
    masked,
  }
}

/** Secrets: in the file a list, elsewhere with commas. None is ever shown, not even one that can not be used. */
export function secrets(): Kind<readonly string[]> {
  const masked = (value: readonly string[]): readonly string[] => value.map(() => HIDDEN)
  return {
    means: 'a secret, or several, with commas outside of the file',
    initial: [],
    read(given) {
      const list: unknown = typeof given === 'string' ? given.split(',') : given
      if (!Array.isArray(list)) throw new Unreadable('must be a secret, or a list of secrets')
      const read = list.map((secret) => String(secret).trim())
      const problem = problemWithSecrets(read)
      if (problem !== undefined) throw new Unreadable(problem)
      return Object.freeze(read)
    },
    show: (value) => masked(value).join(', '),
    masked,
  }
}
