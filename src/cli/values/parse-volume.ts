import { posix, resolve } from 'node:path'
import type { BuildOptions } from '../../options.ts'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * Options of podman and buildah that are ignored; mounts are private here, without devices, and
 * keep their owners and labels.
 */
const ignored: ReadonlySet<string> = new Set(
  'rw z Z U nosuid nodev noexec private rprivate shared rshared slave rslave bind rbind'.split(' '),
)

/** A `--volume` value, `source:target[:options]`; a relative source is one of `cwd`. */
export function parseVolume(text: string, cwd: string): NonNullable<BuildOptions['volumes']>[number] {
  const [source, target, options = '', ...more] = text.split(':')
  const words = options === '' ? [] : options.split(',')
  const unknown = words.find((word) => word !== 'ro' && !ignored.has(word))
  if (
    !source ||
    !target?.startsWith('/') ||
    posix.normalize(target) === '/' ||
    more.length > 0 ||
    unknown !== undefined
  ) {
    const what =
      unknown === undefined ? 'expected source:target[:ro] with an absolute target' : `"${unknown}" is not known`
    throw new UsageError(`invalid --volume "${text}": ${what}`)
  }
  return { source: resolve(cwd, source), target: posix.normalize(target), readonly: words.includes('ro') }
}
