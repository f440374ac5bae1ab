import { posix } from 'node:path'
import type { DraftConfig } from './config.ts'

/** Working directory of a stage: absolute and clean, with slashes on every system. */
export function workingDirectory(image: DraftConfig): string {
  return posix.resolve('/', currentDirectory(image))
}

/**
 * Path of a WORKDIR, with slashes: an absolute one is as written, a relative one starts at the
 * current working directory.
 */
export function nextWorkingDirectory(written: string, image: DraftConfig): string {
  const path = withSlashes(written, image) || currentDirectory(image)
  return posix.isAbsolute(path) && image.os !== 'windows' ? path : posix.resolve(workingDirectory(image), path)
}

/**
 * A COPY or ADD destination made absolute. A trailing slash says "directory" and is kept; `/.` and
 * nothing at all say the same.
 */
export function absoluteDestination(written: string, image: DraftConfig): string {
  const wanted = withSlashes(written, image)
  const path = posix.resolve(workingDirectory(image), wanted)
  const directory = wanted === '' || wanted === '.' || wanted.endsWith('/') || wanted.endsWith('/.')
  return directory && path !== '/' ? `${path}/` : path
}

function currentDirectory(image: DraftConfig): string {
  return withSlashes(image.config?.WorkingDir ?? '', image)
}

/** Windows writes paths with either slash and perhaps the letter of the one drive an image has. */
function withSlashes(path: string, { os }: DraftConfig): string {
  return os === 'windows' ? path.replace(/^c:/i, '').replaceAll('\\', '/') : path
}
