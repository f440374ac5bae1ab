import { posix } from 'node:path'

/**
 * File name of a download: the last part of the URL's path, decoded; `__unnamed__` when that is not
 * a valid name.
 */
export function fileNameOf(url: string): string {
  if (!URL.canParse(url)) return unnamed
  const { pathname } = new URL(url)
  const name = posix.basename(decode(pathname))
  return name === '' || name === '.' || name === '..' || name.includes('\0') ? unnamed : name
}

const unnamed = '__unnamed__'

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
