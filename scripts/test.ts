// Everything: what this machine lacks is installed where that is allowed, then the checks and all
// tests run.
import { join } from 'node:path'
import { provideTestPrograms } from './debian-packages.ts'
import { runGate } from './gate.ts'

provideTestPrograms(join(import.meta.dirname, '../.tmp/debian-testing'))
process.exitCode = runGate(['unit', 'e2e']) ? 0 : 1
