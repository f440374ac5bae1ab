import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { openAgentProvider } from './agent-provider.ts'
import type { RootfsProvider } from '../protocol/provider.ts'
import { hasBusybox, makeBase, makeStore, type Ran, rungOf, runIn, waysToRun } from '../testing/rootfs.ts'

const root = process.geteuid?.() === 0

describe.each(waysToRun)('$name with $strategy', ({ name, strategy, runs }) => {
  describe.skipIf(!runs || !hasBusybox)(`(skipped without busybox, or as ${root ? 'root' : 'another user'})`, () => {
    let home = ''
    let store: LayerStore
    let base: Layer
    let provider: RootfsProvider
    const run = (options: Parameters<typeof runIn>[2]): Promise<Ran> => runIn(provider, [base], options)

    beforeAll(async () => {
      ;({ store, directory: home } = await makeStore())
      base = makeBase(store)
      provider = await openAgentProvider(store, rungOf(name), { strategy })
    })
    afterAll(async () => {
      await provider[Symbol.asyncDispose]()
      if (root) rmSync(home, { recursive: true })
    })

    test('limits of a process, and modes of tmpfs mounts', async () => {
      const mounts = [
        { type: 'tmpfs', target: '/data/new', size: 1 << 20 },
        { type: 'tmpfs', target: '/data/sub', mode: 0o1770 },
        { type: 'tmpfs', target: '/tmp' },
      ] as const
      const script = `ulimit -n; ulimit -Hn; ulimit -c; ulimit -s; ulimit -Hs; cd /data
        stat -c "%a %u:%g" /dev/shm new sub /tmp; touch /dev/shm/x new/x /tmp/x; touch sub/x 2> /dev/null || echo no`
      const ulimits = ['nofile=100:200', 'core=0', 'stack=1024000:2048000']
      const { out, err } = await run({ script, mounts, ulimits, user: 'bob', shmSize: 3 << 20 })
      expect(err).toBe('')
      expect(out).toBe('100\n200\n0\n1000\n2000\n1777 0:0\n1777 0:0\n1770 0:0\n1777 0:0\nno\n')
    })

    test('files of caches keep their owners', async () => {
      const directory = join(store.paths.cacheMounts, 'owners')
      const cache = { type: 'cache', directory, target: '/c', readonly: false, mode: 0o755, uid: 0, gid: 0 } as const
      const make = `mkdir /c/d; touch /c/d/f /c/r; chown 1000:50 /c/d/f; chown -h 7 /c; su bob -c 'touch /tmp/x'
        chmod 4750 /c/r; ln /c/d/f /c/link; echo kept`
      const list = `cd /c; stat -c '%n %a %u:%g' . d d/f r link; chown 8 d/f; rm r; touch r`
      const again = `cd /c; stat -c '%n %a %u:%g' . d d/f r link`
      const out: string[] = []
      for (const script of [make, list, again]) out.push((await run({ script, mounts: [cache] })).out)
      const files = (owner: number, mode: number): string =>
        `. 755 7:0\nd 755 0:0\nd/f 644 ${owner}:50\nr ${mode} 0:0\nlink 644 ${owner}:50\n`
      expect(out).toEqual(['kept\n', files(1000, 4750), files(8, 644)])
    })
  })
})
