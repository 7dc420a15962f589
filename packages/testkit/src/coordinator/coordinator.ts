import { type Coordinator, type CoordinatorSettings, createCoordinator } from '@assent/coordinator'
import type { Observation, Store, Transport } from '@assent/engine'
import { SimulatedProcess } from '../time/process.ts'
import type { Schedule } from '../time/schedule.ts'
import { connectionOf, type WriteWatch } from './connection.ts'
import { simulatedIdentity } from './identity.ts'

/** How soon a caller asks again whom nobody hears, virtual milliseconds. */
const ASK_AGAIN_MS = 50

const RIGHT_CLOCKS = { rate: 1, wallOffsetMs: 0 }

/** What a coordinator in virtual time is made of. */
export interface CrashableParts {
  schedule: Schedule
  /** Survives every crash. */
  store: Store
  /** How one life of it calls. */
  transports(process: SimulatedProcess): readonly Transport[]
  watch: WriteWatch
  settings: Partial<CoordinatorSettings>
  observe(observation: Observation): void
}

/** A production coordinator in virtual time, which crashes and starts again on what its store has kept. */
export class CrashableCoordinator {
  private readonly parts: CrashableParts
  private lives = 0
  private process: SimulatedProcess | undefined
  private coordinator: Coordinator | undefined
  private incarnation = ''
  private opened: Promise<void> = Promise.resolve()
  private onCrash: () => void = () => {}
  private crashed: Promise<void> = Promise.resolve()

  constructor(parts: CrashableParts) {
    this.parts = parts
  }

  get isUp(): boolean {
    return this.process?.alive === true
  }

  /** The life that goes on now. */
  get present(): Coordinator | undefined {
    return this.isUp ? this.coordinator : undefined
  }

  /** Begins a life. Resolves when it is at work; never, where it crashes before. */
  start(): Promise<void> {
    const { schedule, store, transports, watch, settings, observe } = this.parts
    this.lives += 1
    const process = new SimulatedProcess(`coordinator#${this.lives}`, schedule, RIGHT_CLOCKS)
    const coordinator = createCoordinator({
      store: connectionOf(process, store, watch),
      transports: transports(process),
      clock: process,
      identity: simulatedIdentity(process.name),
      observer: {
        observe: (observation) => {
          if (!process.alive) return
          if (observation.kind === 'incarnation') this.incarnation = observation.incarnation
          observe(observation)
        },
      },
      settings,
    })
    this.process = process
    this.coordinator = coordinator
    this.crashed = new Promise((resolve) => {
      this.onCrash = resolve
    })
    this.opened = coordinator.open()
    return this.opened
  }

  /**
   * Asks whichever life goes on, and the next one where it crashes amid that: as a caller does who hears nothing and
   * repeats what it asked.
   */
  async ask<Answer>(question: (coordinator: Coordinator) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const { opened, crashed, present } = this
      if (present === undefined) {
        await new Promise<void>((resolve) => this.parts.schedule.after(ASK_AGAIN_MS, resolve))
        continue
      }
      const asked = async (): Promise<{ answer: Answer }> => {
        await opened
        return { answer: await question(present) }
      }
      const told = await Promise.race([asked(), crashed])
      if (told !== undefined) return told.answer
    }
  }

  /**
   * Ends this life at once. What it drove may be taken up at once, as it is with a store that only one process can
   * own: the next life has not to wait for a lease.
   */
  crash(): void {
    if (!this.isUp) return
    this.process?.crash()
    this.onCrash()
    void this.parts.store.retire(this.incarnation)
  }

  /** Ends this life for good, at once. */
  end(): void {
    this.process?.crash()
  }

  /** Ends this life in order. */
  async close(): Promise<void> {
    await this.present?.close()
    this.process?.crash()
  }
}
