import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { OciLayout } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import type { LayerStore } from '../../layer/layer-store.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/** Skopeo is missing, or refused a copy. */
class SkopeoError extends TsbuildError<'SKOPEO_UNAVAILABLE' | 'SKOPEO_FAILED'> {
  override readonly name = 'SkopeoError'
}

/** An image layout on its way from or to a place of skopeo. */
export interface SkopeoLayout extends AsyncDisposable {
  readonly layout: OciLayout
  /** Copies the image at a place of skopeo into the layout, under the name `image`. */
  fetch(place: string): Promise<void>
  /** Copies the image with the name `image` to a place of skopeo. */
  deliver(place: string): Promise<void>
}

/** Name of the one image of the layout. */
export const onlyName = 'image'

/** Makes the layout beside the store. Disposing removes it. */
export async function openSkopeoLayout(
  store: LayerStore,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<SkopeoLayout> {
  const directory = await makeTemporaryDirectory(store, 'skopeo')
  // Skopeo reads a colon in the path as the end of the path.
  const own = `oci:${basename(directory)}:${onlyName}`
  const call = { ...options, cwd: dirname(directory) }
  return {
    layout: await OciLayout.create(directory),
    fetch: (place) => copy(place, own, call),
    deliver: (place) => copy(own, place, call),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

const longestOutput = 1 << 20
const longestMessage = 2000

async function copy(
  from: string,
  to: string,
  { signal, ...process }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await promisify(execFile)('skopeo', ['copy', '--quiet', from, to], { ...process, signal, maxBuffer: longestOutput })
  } catch (error) {
    signal.throwIfAborted()
    const { code, stderr }: { readonly code?: unknown; readonly stderr?: unknown } = { ...Object(error) }
    const place = from.startsWith('oci:') ? to : from
    if (code === 'ENOENT')
      throw new SkopeoError('SKOPEO_UNAVAILABLE', `cannot reach "${place}" without skopeo, which is not in PATH`, {
        hint: 'install skopeo, or hand the image over as docker-archive:FILE',
      })
    throw new SkopeoError('SKOPEO_FAILED', `skopeo cannot copy "${place}": ${words(stderr)}`)
  }
}

/** The message in a line of a log, which skopeo writes as `time=… level=fatal msg="…"`. */
function words(stderr: unknown): string {
  const last = String(stderr).trim().split('\n').at(-1) ?? ''
  const [, quoted] = /\bmsg=("(?:[^"\\]|\\.)*")$/.exec(last) ?? []
  const message = quoted === undefined ? last : String(JSON.parse(quoted))
  return message.slice(0, longestMessage) || 'it gave no reason'
}
