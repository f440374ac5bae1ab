import type { RootfsProvider } from './protocol/provider.ts'

/** A provider that may be able to execute programs for other processors. */
export interface EmulatingProvider {
  mayEmulate(architecture: string): boolean
  open(): Promise<RootfsProvider>
}

/**
 * A provider that leaves programs for other processors to another one where it cannot execute them
 * itself. The other one is opened by the first that needs it.
 */
export function withEmulation(provider: RootfsProvider, { mayEmulate, open }: EmulatingProvider): RootfsProvider {
  const emulated = new Set<string>()
  let opened: Promise<RootfsProvider> | undefined
  const other = (): Promise<RootfsProvider> => (opened ??= open())
  return {
    rung: provider.rung,
    run: async (snapshot, process, options) => {
      const { architecture } = process
      if (architecture === undefined) return provider.run(snapshot, process, options)
      if (!emulated.has(architecture)) {
        try {
          return await provider.run(snapshot, process, options)
        } catch (error) {
          if (!isFormatError(error) || !mayEmulate(architecture)) throw error
          await other().catch(() => {
            throw error
          })
          emulated.add(architecture)
        }
      }
      return (await other()).run(snapshot, process, options)
    },
    unpackMount: (mount, signal) => provider.unpackMount(mount, signal),
    packMount: (mount, signal) => provider.packMount(mount, signal),
    [Symbol.asyncDispose]: async () => {
      await provider[Symbol.asyncDispose]()
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}

function isFormatError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EXEC_FORMAT'
}
