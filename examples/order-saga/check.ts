/** Proves the example: its one command places three orders, and fails where one ends otherwise than it must. */
import './src/launch/tour.ts'
