/** A coordinator in one's own process: the engine and the stores of the server, without the server. */
export {
  type Coordinator,
  type CoordinatorParts,
  type CoordinatorSettings,
  type CoordinatorState,
  createCoordinator,
  DEFAULT_SETTINGS,
  type OpenCoordinator,
  open,
  systemClock,
} from '@assent/coordinator'
export { memory } from '@assent/store/memory'
export { sqlite } from '@assent/store/sqlite'
export { type HttpOptions, http } from '@assent/transport/http'
export { type LocalFunction, type LocalRequest, local } from '@assent/transport/local'
