import { setFlagsFromString } from 'node:v8'
import type { Engine } from './invocation/engine.ts'

/** The engine of this package; each function loads what it needs when it is first called. */
export const engine: Engine = {
  build: async (options) => {
    const { build } = await import('../build.ts')
    // V8 lets the space for new objects grow to 96 MiB. A build is no faster for it, and stays
    // below 256 MiB without. Not before everything is loaded: compiled code that is kept on disk,
    // or comes with Node, is good for one set of flags only.
    setFlagsFromString('--semi-space-growth-factor=1')
    return build(options)
  },
  plan: async (options) => (await import('../build.ts')).plan(options),
  lower: async (options) => {
    const { forCaller } = await import('../session/for-caller.ts')
    const { openSession } = await import('../session/session.ts')
    return forCaller(options, async (request) => {
      await using session = await openSession(request)
      return session.targets
    })
  },
  answerSubrequest: async (request, options) =>
    (await import('../answer-subrequest.ts')).answerSubrequest(request, options),
  diagnose: async (options) => (await import('../diagnosis/diagnose.ts')).diagnose(options),
  checkStore: async (options) => (await import('../diagnosis/check-store.ts')).checkStore(options),
  explainReference: async (options) => (await import('../diagnosis/explain-reference.ts')).explainReference(options),
  openStore: async (options) => (await import('../store/open-store.ts')).openStore(options),
  describeImage: async (image, options) => (await import('../report/report-images.ts')).describeImage(image, options),
  compareImages: async (from, to, options) =>
    (await import('../report/report-images.ts')).compareImages(from, to, options),
  serveRegistry: async (options) => (await import('../serve-registry.ts')).serveRegistry(options),
  collectRegistry: async (options) => (await import('../collect-registry.ts')).collectRegistry(options),
  checkCredential: async (request) => (await import('../check-credential.ts')).checkCredential(request),
}
