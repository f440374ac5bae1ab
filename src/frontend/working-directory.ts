import { posix } from 'node:path'
import type { DraftConfig } from './config.ts'

/** Where instructions of a stage work: absolute and clean. */
export function workingDirectory({ config }: DraftConfig): string {
  return posix.resolve('/', config?.WorkingDir ?? '')
}

/** A COPY or ADD destination made absolute. A trailing slash says "directory" and is kept; `/.` and nothing at all say the same. */
export function absoluteDestination(written: string, image: DraftConfig): string {
  const path = posix.resolve(workingDirectory(image), written)
  const directory = written === '' || written === '.' || written.endsWith('/') || written.endsWith('/.')
  return directory && path !== '/' ? `${path}/` : path
}
