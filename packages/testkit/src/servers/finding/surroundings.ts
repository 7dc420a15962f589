import { docker } from '../running/docker.ts'
import type { Surroundings } from './find.ts'
import { programOf } from './path.ts'

const DOCKER_TIMEOUT_MS = 10_000

/** Those of this machine. */
export const SURROUNDINGS: Surroundings = {
  binaryOf: (kind) => programOf(kind.program, kind.folders),
  dockerAnswers: () =>
    docker(['info'], DOCKER_TIMEOUT_MS).then(
      () => true,
      () => false,
    ),
  supplyOf: (kind) => kind.supply,
}
