import type { HealthcheckInstruction } from '@tsbuild/dockerfile'
import type { HealthConfig } from '@tsbuild/oci'
import { configure } from '../state/config.ts'
import { formatGoDuration, formatGoList } from '../state/go-format.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

type Check = NonNullable<HealthcheckInstruction['check']>

/** HEALTHCHECK: the last one counts. The shell form leaves SHELL to the engine. */
export function lowerHealthcheck(state: StageState, { check }: HealthcheckInstruction): StageState {
  const health = check ? healthConfig(check) : { Test: ['NONE'] }
  return withImage(state, configure(state.image, { Healthcheck: health }), `HEALTHCHECK ${historyText(health)}`)
}

function healthConfig({ command, interval, timeout, startPeriod, startInterval, retries }: Check): HealthConfig {
  return {
    Test: command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.text],
    // Zero means "inherit" and is not stored.
    ...(interval > 0 && { Interval: interval }),
    ...(timeout > 0 && { Timeout: timeout }),
    ...(startPeriod > 0 && { StartPeriod: startPeriod }),
    ...(startInterval > 0 && { StartInterval: startInterval }),
    ...(retries > 0 && { Retries: retries }),
  }
}

function historyText({
  Test = [],
  Interval = 0,
  Timeout = 0,
  StartPeriod = 0,
  StartInterval = 0,
  Retries = 0,
}: HealthConfig): string {
  const durations = Object.entries({ Interval, Timeout, StartPeriod, StartInterval }).map(
    ([name, value]) => `${name}:${formatGoDuration(value)}`,
  )
  return `{Test:${formatGoList(Test)} ${durations.join(' ')} Retries:${Retries}}`
}
