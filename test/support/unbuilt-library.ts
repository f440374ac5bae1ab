// For `node --import`: programs that import 'tsbuild' get the sources of this checkout.
import { registerHooks } from 'node:module'

const library = new URL('../../src/index.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'tsbuild' ? library : specifier, context),
})
