import type { Path } from './entry.ts'
import { TreeError } from './errors.ts'

const unclean = /(?:^|\/)\.{0,2}(?:\/|$)/

/**
 * The place an archive's name means below a root: leading slashes and `.` go away, `..` takes a component back. `undefined`
 * when it leads out.
 */
export function cleanPath(name: string): Path | undefined {
  if (!unclean.test(name)) return name
  const parts: string[] = []
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** The place a layer's entry has in its tree; throws `TreeError` `LAYER_PATH_ESCAPE` for a name that leads out of it. */
export function layerPath(name: string, offset: number): Path {
  const path = cleanPath(name)
  if (path !== undefined) return path
  throw new TreeError('LAYER_PATH_ESCAPE', `Layer has the entry "${name}" (at byte ${offset}), which leads out of its root`, { path: name })
}
