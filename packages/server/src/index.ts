export { PortTaken, type ServeExtras, type Server, serve } from './compose.ts'
export {
  type Configuration,
  ConfigurationError,
  type ConfigurationSources,
  configurationPage,
  flagOf,
  KEYS,
  type Key,
  type Origin,
  readConfiguration,
  SETTINGS,
  type Values,
} from './configuration/index.ts'
export { untilStopped } from './process.ts'
export { VERSION } from './version.ts'
