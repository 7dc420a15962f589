/** The parts of a coordinator in one's own process, for whoever puts them together in another way than `open()`. */
export {
  type Coordinator,
  type CoordinatorParts,
  type CoordinatorSettings,
  type CoordinatorState,
  createCoordinator,
  DEFAULT_SETTINGS,
  type OpenCoordinator,
  openCoordinator,
  systemClock,
} from '@assent/coordinator'
export { memory } from '@assent/store/memory'
export { sqlite } from '@assent/store/sqlite'
export { type HttpOptions, http } from '@assent/transport/http'
export { type LocalFunction, type LocalRequest, local } from '@assent/transport/local'
export { openTransactionOf } from './within.ts'
