import { annotate } from '../ci/annotate.ts'
import { detectService } from '../ci/detect-service.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { groupedRenderer } from './grouped.ts'
import { jsonRenderer } from './json.ts'
import { plainRenderer } from './plain.ts'
import { quietRenderer } from './quiet.ts'
import type { Renderer, RenderOptions } from './renderer.ts'
import { terminalRenderer } from './terminal.ts'

/** Resolved mode of progress. */
export type ProgressMode = 'tty' | 'plain' | 'grouped' | 'json' | 'quiet'

/** Time between two frames of the live view, in milliseconds. */
const frameInterval = 100

/** Details of a view. `dockerfile` is the file that warnings are about. */
interface RenderRequest extends Pick<RenderOptions, 'explain' | 'verbose' | 'eachTransfer'> {
  readonly dockerfile?: string
}

type Surroundings = Pick<Invocation, 'stderr' | 'env' | 'cwd'>

/**
 * The mode for `--progress`, or for BUILDKIT_PROGRESS where that is not given. `auto` is sections
 * of the log in a CI service that has them, a live view where standard error is a terminal that can
 * show one and nothing says CI, else plain. Throws `UsageError` for an unknown word.
 */
export function chooseMode(
  wanted: string | undefined,
  { stderr, env }: Pick<Surroundings, 'stderr' | 'env'>,
): ProgressMode {
  const mode = wanted || env['BUILDKIT_PROGRESS'] || 'auto'
  switch (mode) {
    case 'auto':
      if (detectService(env) !== undefined) return 'grouped'
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
 * wait for a slow reader. `dockerfile` is the file that warnings are about, relative to the working
 * directory.
 */
export function createRenderer(mode: ProgressMode, surroundings: Surroundings, about: RenderRequest = {}): Renderer {
  const { report, close } = pickRenderer(mode, surroundings, about)
  return {
    report: (event) => {
      report(event)
      return surroundings.stderr.drained?.()
    },
    close,
  }
}

function pickRenderer(
  mode: ProgressMode,
  surroundings: Surroundings,
  { dockerfile, ...details }: RenderRequest,
): Renderer {
  const { stderr, env } = surroundings
  const colors = !env['NO_COLOR']
  switch (mode) {
    case 'tty':
      return terminalRenderer(stderr, { colors, ...details, now: Date.now, repeat: everyFrame })
    case 'grouped': {
      const service = detectService(env)
      const options = { colors, ...details, now: Date.now }
      if (service === undefined) return plainRenderer(stderr, options)
      const file = dockerfile !== undefined && { file: dockerfile }
      return groupedRenderer(stderr, {
        ...options,
        service,
        annotate: (remark) => annotate(service, { ...file, ...remark }, surroundings),
      })
    }
    case 'plain':
      return plainRenderer(stderr, { colors, ...details, now: Date.now })
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
