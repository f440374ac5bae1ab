import { checkFailures } from './cases/check.ts'
import { commandLineFailures } from './cases/command-line.ts'
import { contextFailures } from './cases/contexts.ts'
import { copyFailures } from './cases/copy.ts'
import { imageFailures } from './cases/images.ts'
import { outputFailures } from './cases/outputs.ts'
import { parseFailures } from './cases/parse.ts'
import { runFailures } from './cases/run.ts'
import { stageFailures } from './cases/stages.ts'
import { storeFailures } from './cases/store.ts'
import type { FailureCase } from './case.ts'

/** Every failure that is recorded, by area. */
export const areas: Readonly<Record<string, readonly FailureCase[]>> = {
  parse: parseFailures,
  stages: stageFailures,
  copy: copyFailures,
  run: runFailures,
  images: imageFailures,
  contexts: contextFailures,
  outputs: outputFailures,
  'command-line': commandLineFailures,
  store: storeFailures,
  check: checkFailures,
}
