/** Figures as they are read. */

const THOUSANDS = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const count = (value: number): string => THOUSANDS.format(value)
export const ratio = (value: number): string => value.toFixed(2)
export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const microseconds = (value: number): string => `${value.toFixed(0)} µs`
export const megabytes = (value: number): string => `${value.toFixed(0)} MiB`
export const cores = (value: number): string => value.toFixed(2)
export const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`
