import type { Invocation } from '../invocation/invocation.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { jsonRenderer } from './json.ts'
import { plainRenderer } from './plain.ts'
import { quietRenderer } from './quiet.ts'
import type { Renderer } from './renderer.ts'
import { terminalRenderer } from './terminal.ts'

/** Resolved mode of progress. */
export type ProgressMode = 'tty' | 'plain' | 'json' | 'quiet'

/** Time between two frames of the live view, in milliseconds. */
const frameInterval = 100

type Surroundings = Pick<Invocation, 'stderr' | 'env'>

/**
 * The mode for `--progress`, or for BUILDKIT_PROGRESS where that is not given. `auto` is a live
 * view where standard error is a terminal that can show one and nothing says CI; else plain. Throws
 * `UsageError` for an unknown word.
 */
export function chooseMode(wanted: string | undefined, { stderr, env }: Surroundings): ProgressMode {
  const mode = wanted || env['BUILDKIT_PROGRESS'] || 'auto'
  switch (mode) {
    case 'auto':
      return stderr.isTTY && !env['CI'] && env['TERM'] !== 'dumb' ? 'tty' : 'plain'
    case 'tty':
      if (stderr.isTTY) return 'tty'
      throw new UsageError('--progress tty needs a terminal as standard error', { hint: 'use --progress plain' })
    case 'plain':
      return 'plain'
    case 'json':
      return 'json'
    case 'rawjson':
      throw new UsageError('--progress rawjson is the format of BuildKit, which tsbuild does not write', {
        hint: 'use --progress json, which docs/library.md describes',
      })
    case 'quiet':
    case 'none':
      return 'quiet'
    default:
      throw notAllowed('--progress', mode, ['auto', 'tty', 'plain', 'json', 'quiet'])
  }
}

/**
 * The renderer of a mode, on standard error. What it returns to the build lets the output of RUN
 * wait for a slow reader.
 */
export function createRenderer(mode: ProgressMode, surroundings: Surroundings, explain: boolean = false): Renderer {
  const { report, close } = pickRenderer(mode, surroundings, explain)
  return {
    report: (event) => {
      report(event)
      return surroundings.stderr.drained?.()
    },
    close,
  }
}

function pickRenderer(mode: ProgressMode, { stderr, env }: Surroundings, explain: boolean): Renderer {
  const colors = !env['NO_COLOR']
  switch (mode) {
    case 'tty':
      return terminalRenderer(stderr, { colors, explain, now: Date.now, repeat: everyFrame })
    case 'plain':
      return plainRenderer(stderr, { colors, explain, now: Date.now })
    case 'json':
      return jsonRenderer(stderr)
    case 'quiet':
      return quietRenderer(stderr, { colors })
  }
}

function everyFrame(tick: () => void): () => void {
  const timer = setInterval(tick, frameInterval).unref()
  return () => clearInterval(timer)
}
