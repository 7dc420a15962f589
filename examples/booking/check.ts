/** Proves the example: it fails where not as many rooms are taken as seats. */
import './src/main.ts'
