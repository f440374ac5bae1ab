import { readdirSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openAgentProvider } from '../client/agent-provider.ts'
import {
  directory,
  hasBusybox,
  implyingLayers,
  listing,
  makeBase,
  makeStore,
  rungOf,
  runIn,
  set,
  waysToRun,
} from '../testing/rootfs.ts'

for (const { name, strategy, runs } of waysToRun) {
  const title = `${name} with ${strategy}: directories that a layer implies are what the layers below have (skipped without busybox, or as another user)`
  test.skipIf(!runs || !hasBusybox)(title, async () => {
    const { store, directory: home } = await makeStore()
    const base = makeBase(store)
    const [owned, implying] = implyingLayers(store)
    if (!owned || !implying) throw new Error('too few layers')
    await using provider = await openAgentProvider(store, rungOf(name), { strategy })
    const script =
      'stat -c "%a %u:%g %Y" /srv/app; stat -c "%a %u:%g" /srv /srv/app/w /srv/app/w/deep; cat /srv/app/w/deep/file; touch /srv/app/w/new'
    const seen = '2750 1000:1001 1000000\n711 0:0\n755 0:0\n755 0:0\nx'
    const { out, layer } = await runIn(provider, [base, owned, implying], { script, epoch: 500 })
    expect(out).toBe(seen)
    expect(await listing(layer)).toEqual([
      '+ srv directory 711 0:0',
      '+ srv/app directory 2750 1000:1001',
      '+ srv/app/w directory 755 0:0',
      '+ srv/app/w/new file 644 0:0',
    ])
    expect(await layer?.diffId()).toBe('sha256:77f8e8b4aa31578ae7823a677000bef4085a446a830fee7a296103834ea7f88a')
    // The same layer on top of others, of nothing it knows, and again where it was.
    const other = store.fromDiff(set({ srv: { ...directory(), uid: 7 } }), { type: 'none' })
    const owners = { script: 'stat -c "%a %u:%g" /srv /srv/app' }
    expect((await runIn(provider, [base, other, implying], owners)).out).toBe('755 7:0\n755 0:0\n')
    expect((await runIn(provider, [implying, base], owners)).out).toBe('755 0:0\n755 0:0\n')
    expect((await runIn(provider, [base, owned, implying], { script })).out).toBe(seen)
    // Shared: base, owned, other, the two changes of one script and that of nothing. One for each
    // place: the layer that implies.
    if (strategy === 'overlay') expect(readdirSync(store.paths.unpacked)).toHaveLength(9)
    // What belongs to subordinate ids is not ours to remove.
    if (name !== 'userns') rmSync(home, { recursive: true })
  })
}
