const setsIds = 0o6000

/**
 * Permission bits that a file gets on a disk where we are an ordinary user and a ledger keeps its
 * real mode: its owner can use it in every way, and it sets no ids.
 */
export function openedMode(mode: number, isDirectory: boolean): number {
  return (mode & 0o7777 & ~setsIds) | (isDirectory ? 0o700 : 0o600)
}
