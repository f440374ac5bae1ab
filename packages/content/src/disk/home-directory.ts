import { homedir, userInfo } from 'node:os'

/**
 * Home directory of the user: HOME, else that of the user database, else `/`, as containers set it
 * for users without an entry. An empty HOME counts as unset, as a relative path would lead into the
 * current directory.
 */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env['HOME']) return env['HOME']
  try {
    return userHome()
  } catch {
    // The user has no entry.
    return '/'
  }
}

/** `homedir` alone would return an empty HOME of this process. */
function userHome(): string {
  return process.env['HOME'] === '' ? userInfo().homedir : homedir()
}
