// The quick gate: the checks and the tests beside the code.
import { runGate } from './gate.ts'

process.exitCode = runGate(['unit']) ? 0 : 1
