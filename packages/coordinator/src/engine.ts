import { advance, callOf, due } from '@assent/engine'

/** The pure functions that decide. A test may wrap them, to see that a wrong decision would be found. */
export interface Engine {
  advance: typeof advance
  due: typeof due
  callOf: typeof callOf
}

export const ENGINE: Engine = Object.freeze({ advance, due, callOf })
