import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discoveryRequirements } from '../support/distribution-spec/discovery.ts'
import { managementRequirements } from '../support/distribution-spec/management.ts'
import { pullRequirements } from '../support/distribution-spec/pull.ts'
import { blobPushRequirements } from '../support/distribution-spec/push.ts'
import { manifestPushRequirements } from '../support/distribution-spec/push-manifests.ts'
import type { Requirement } from '../support/distribution-spec/requirement.ts'
import { SpecClient } from '../support/distribution-spec/spec-client.ts'
import { titled } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'

// The requirements of the OCI distribution specification 1.1, one test each: of our registry, and
// of Debian's, so that a wrong requirement is noticed as well.

const categories: Readonly<Record<string, readonly Requirement[]>> = {
  Pull: pullRequirements,
  'Push: blobs': blobPushRequirements,
  'Push: manifests': manifestPushRequirements,
  'Content Discovery': discoveryRequirements,
  'Content Management': managementRequirements,
}

/** The host of a registry that runs for the tests of a block. */
function registryOf(start: () => Promise<AsyncDisposable & { readonly host: string }>): () => string {
  const stack = new AsyncDisposableStack()
  let host = ''
  beforeAll(async () => {
    ;({ host } = stack.use(await start()))
  })
  afterAll(() => stack.disposeAsync())
  return () => host
}

describe.each(Object.entries(categories))('%s', (_category, requirements) => {
  describe('tsbuild registry serve', () => {
    const hostOf = registryOf(() => serveTemporary())
    test.for(requirements)('$section: $title', ({ check }) => check(new SpecClient(hostOf())))
  })

  describe.skipIf(registryMissing !== undefined)(titled('docker-registry', registryMissing), () => {
    const hostOf = registryOf(() => startRegistry())
    test.for(requirements.filter(({ notInDebian }) => notInDebian === undefined))('$section: $title', ({ check }) =>
      check(new SpecClient(hostOf())),
    )
    test.for(requirements.filter(({ notInDebian }) => notInDebian !== undefined))(
      'differs in $section: $title ($notInDebian)',
      async ({ check }) => {
        await expect(check(new SpecClient(hostOf()))).rejects.toThrow()
      },
    )
  })
})
