/** Loaded before a service that was started from here: it ends when whoever started it is gone, however that came about. */
process.once('disconnect', () => process.exit(1))
// A service that is asked to stop must not stay for the sake of this.
process.channel?.unref()
