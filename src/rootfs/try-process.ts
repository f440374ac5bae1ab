import type { RootfsProvider } from './protocol/provider.ts'

/**
 * Rejects with the reason when a provider cannot run a process. In an empty root directory it tries
 * to execute a program that does not exist, which is the last of everything that RUN does. Nothing
 * is left in the store.
 */
export async function tryProcess(provider: RootfsProvider, network: 'default' | 'private' = 'default'): Promise<void> {
  const process = {
    args: ['/tsbuild-doctor'],
    env: [],
    cwd: '/',
    user: '0:0',
    mounts: [],
    hostname: 'doctor',
    network,
    security: 'sandbox',
    extraHosts: [],
    ulimits: [],
  } as const
  const io = { signal: new AbortController().signal, onOutput: () => undefined, compression: { type: 'none' } } as const
  try {
    await provider.run([], process, io)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXEC_NOT_FOUND')) throw error
  }
}
