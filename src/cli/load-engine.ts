import type { Engine } from './engine.ts'

/** The engine of this package; each function loads what it needs when it is first called. */
export const engine: Engine = {
  build: async (options) => (await import('../build.ts')).build(options),
  plan: async (options) => (await import('../build.ts')).plan(options),
  lower: async (options) => {
    const { openSession } = await import('../build/session.ts')
    await using session = await openSession(options)
    return session.targets
  },
  call: async (request, options) => (await import('../build/call.ts')).call(request, options),
  diagnose: async (options) => (await import('../build/diagnose.ts')).diagnose(options),
  openStore: async (options) => (await import('../store/open-store.ts')).openStore(options),
  checkCredential: async (request) => (await import('../build/check-credential.ts')).checkCredential(request),
}
