/** The server that `assent start` runs, for whoever hands it a store of their own. */
export {
  type Configuration,
  ConfigurationError,
  type ConfigurationSources,
  PortTaken,
  readConfiguration,
  type ServeExtras,
  type Server,
  serve,
  untilStopped,
} from '@assent/server'
