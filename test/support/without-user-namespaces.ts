import type { Obstacle } from './obstacle.ts'
import { runProgram } from './run-program.ts'

/** Reason why an ordinary user cannot make user namespaces here. */
export async function withoutUserNamespaces(): Promise<Obstacle> {
  const { code } = await runProgram('unshare', ['-Ur', 'true'], { user: { uid: 65534, gid: 65534 } }).catch(() => ({
    code: 1,
  }))
  return code === 0 ? undefined : 'user namespaces are forbidden'
}
