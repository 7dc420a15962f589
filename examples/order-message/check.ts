/** Proves the example: its one command kills the order service amid its orders, and holds both sides against each other. */
import './src/main.ts'
