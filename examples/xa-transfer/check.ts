/** Proves the example: its one command moves money between two databases, and is refused twice. */
import './src/main.ts'
