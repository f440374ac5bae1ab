const setsIds = 0o6000

/**
 * Permission bits of a file on disk when a ledger keeps its real mode, for an ordinary user. The
 * owner has all rights, and the file sets no ids.
 */
export function openedMode(mode: number, isDirectory: boolean): number {
  return (mode & 0o7777 & ~setsIds) | (isDirectory ? 0o700 : 0o600)
}
