/** A user of this machine, for messages. */
export function userName(uid: number): string {
  return uid === 0 ? 'root' : `user ${uid}`
}
