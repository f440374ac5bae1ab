import type { Builder } from './builders/builder.ts'
import { type Measurement, median } from './measure.ts'
import type { Work } from './works.ts'

/**
 * A table of one work: medians, how many times as long as the first builder the others took, most
 * memory of any run.
 */
export function report(
  { name, title }: Work,
  builders: readonly Builder[],
  measurements: ReadonlyMap<string, readonly Measurement[]>,
): string {
  const times = builders.map((builder) => median((measurements.get(builder.name) ?? []).map(({ seconds }) => seconds)))
  const rows = builders.map((builder, index) => {
    const time = times[index] ?? Number.NaN
    const memory = Math.max(...(measurements.get(builder.name) ?? []).map(({ peakMemory }) => peakMemory))
    const ratio = `× ${(time / (times[0] ?? Number.NaN)).toFixed(2)}`
    return [
      builder.name.padEnd(20),
      `${time.toFixed(3)} s`.padStart(12),
      ratio.padStart(10),
      (builder.daemon ? '–' : `${Math.round(memory / 2 ** 20)} MiB`).padStart(10),
    ]
  })
  return [`\n${name}: ${title}`, ...rows.map((row) => `  ${row.join('')}`)].join('\n')
}
