import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** `ENV name value` and `LABEL name value`. */
export const legacyKeyValueFormat: Check = {
  rule: 'LegacyKeyValueFormat',
  scope: 'stage',
  run: ({ stages }) =>
    stages
      .flatMap((stage) => stage.instructions)
      .filter((instruction) => (instruction.kind === 'ENV' || instruction.kind === 'LABEL') && instruction.legacy)
      .map(({ keyword, range }) => {
        const detail = `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`
        return warning('LegacyKeyValueFormat', detail, range)
      }),
}
