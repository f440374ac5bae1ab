import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Snapshot } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { prune } from '../../store/objects/prune.ts'
import { listObjects } from '../../store/objects/list-objects.ts'
import { openAgentProvider } from '../client/agent-provider.ts'
import type { RootfsProvider } from '../protocol/provider.ts'
import {
  directory,
  file,
  hasBusybox,
  implyingLayers,
  listing,
  makeBase,
  makeStore,
  type Ran,
  rungOf,
  runIn,
  set,
  waysToRun,
} from '../testing/rootfs.ts'

// Root file systems outlive steps and builds, and are what their layers say whenever they are used.

const ways = waysToRun.filter(({ strategy }) => strategy === 'clone')
/** All files but those that every step is given, and the time of the root. */
const show = [
  'cd /; stat -c "%A %u:%g" .',
  'find . -xdev ! -name . ! -path "./proc*" ! -path "./sys*" ! -path "./dev*" ! -name hosts ! -name resolv.conf | sort > /dev/shm/all',
  'xargs stat -c "%n %A %u:%g %Y %h %F" < /dev/shm/all; cat data/* etc/passwd links/* 2>/dev/null | md5sum',
].join('\n')
const inode = 'stat -c %i /bin/busybox'

const linked = set({
  links: { ...directory(), mtime: 1_000_000 },
  'links/a': file('linked', { mode: 0o640, gid: 7, mtime: 1_000_000 }),
  'links/b': { ...directory(), mode: 0o640, gid: 7, mtime: 1_000_000, type: 'hardlink', target: 'links/a' },
  'links/away': { ...directory(), mode: 0o777, type: 'symlink', target: '/data' },
})
/** More than a base has. */
const many = set({
  many: directory(),
  ...Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`many/${index}`, file('')])),
})

describe.each(ways)('$name', ({ name, runs }) => {
  describe.skipIf(!runs || !hasBusybox)('(skipped without busybox, or as another user)', () => {
    let home = ''
    let store: LayerStore
    let below: Snapshot
    const open = (): Promise<RootfsProvider> => openAgentProvider(store, rungOf(name), { strategy: 'clone' })
    const run = async (provider: RootfsProvider, script: string, on: Snapshot = below): Promise<Ran> =>
      runIn(provider, on, { script, epoch: 2_000_000 })
    /** View of a file system in a build of its own. */
    const seen = async (script: string, on: Snapshot = below): Promise<string> => {
      await using provider = await open()
      const { out, err, exitCode } = await run(provider, script, on)
      expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 })
      return out
    }
    const kept = (): readonly string[] => readdirSync(store.paths.trees).map((tree) => join(store.paths.trees, tree))

    beforeEach(async () => {
      ;({ store, directory: home } = await makeStore())
      below = [makeBase(store), store.fromDiff(linked, { type: 'none' }), ...implyingLayers(store)]
    })
    afterEach(() => {
      expect(readdirSync(store.paths.work)).toEqual([])
      rmSync(home, { recursive: true })
    })

    test('a step goes on where the one before ended, and another build begins where its base ended', async () => {
      const pristine = await seen(show)
      const first = await seen(inode)
      const changes = [
        'echo more >> /data/old; chmod 700 /data/sub; rm /data/sub/one; mkdir -p /new/deep; ln /links/a /new/deep/link; chown 5:6 /links/b',
        'rm -r /data/sub; ln -s /etc /data/sub; mv /links /moved; mkdir /data/old2; rm /etc/passwd; mkdir /etc/passwd; chmod 711 /',
      ]
      let on = below
      await (async () => {
        await using provider = await open()
        for (const script of changes) {
          const ran = await run(provider, `${script}; ${inode}`, on)
          expect(ran).toMatchObject({ exitCode: 0, err: '', out: first })
          on = [...on, ...(ran.layer ? [ran.layer] : [])]
        }
      })()
      expect(kept()).toHaveLength(1)
      // Back to the base, forward again, and back to the middle.
      expect(await seen(show)).toBe(pristine)
      const changed = await seen(show, on)
      const middle = await seen(show, on.slice(0, -1))
      expect(await seen(inode)).toBe(first)
      expect(kept()).toHaveLength(1)
      // The same in a store that has no tree.
      rmSync(store.paths.trees, { recursive: true })
      expect(await seen(show, on)).toBe(changed)
      rmSync(store.paths.trees, { recursive: true })
      expect(await seen(show, on.slice(0, -1))).toBe(middle)
      rmSync(store.paths.trees, { recursive: true })
      expect(await seen(show)).toBe(pristine)
    })

    test('what a failed step did is taken back', async () => {
      const [pristine, first] = [await seen(show), await seen(inode)]
      await (async () => {
        await using provider = await open()
        const { exitCode } = await run(
          provider,
          'echo x >> /data/old; rm -r /data/sub /links; touch /new /data/new; chmod 0 /etc; false',
        )
        expect(exitCode).toBe(1)
        expect((await run(provider, `test "$(cat /data/old)" = old && ! test -e /new && ${inode}`)).out).toBe(first)
      })()
      expect(await seen(show)).toBe(pristine)
    })

    test('a file that was changed in the store is what its layer says', async () => {
      const first = await seen(inode)
      const [tree = ''] = kept()
      const old = join(tree, 'root/data/old')
      const { atime, mtime } = statSync(old)
      writeFileSync(old, 'OLD')
      utimesSync(old, atime, mtime)
      expect(await seen(`cat /data/old; ${inode}`)).toBe(`old${first}`)
    })

    test('two builds at once have a tree each, which later builds find', async () => {
      await using one = await open()
      await using two = await open()
      const ran = await Promise.all([run(one, 'echo 1 > /one; ls /two'), run(two, 'echo 2 > /two; ls /one')])
      expect(ran.map(({ exitCode }) => exitCode)).toEqual([1, 1])
      const both = await Promise.all([run(one, 'echo 1 > /one'), run(two, 'echo 2 > /two')])
      expect(await Promise.all(both.map(({ layer }) => listing(layer)))).toEqual([
        ['+ one file 644 0:0'],
        ['+ two file 644 0:0'],
      ])
      await one[Symbol.asyncDispose]()
      await two[Symbol.asyncDispose]()
      expect(kept()).toHaveLength(2)
      await seen('true')
      expect(kept()).toHaveLength(2)
    })

    test('a second stage on a base leaves the tree of the first alone', async () => {
      await using provider = await open()
      const first = await run(provider, `echo 1 > /one; echo 1 >> /data/old; ${inode}`)
      const second = await run(provider, `echo 2 > /two; cat /data/old; ls /one; ${inode}`)
      expect([second.out.slice(0, 3), second.err !== '', second.out.slice(3) === first.out]).toEqual([
        'old',
        true,
        false,
      ])
      const on = [...below, ...(first.layer ? [first.layer] : [])]
      expect((await run(provider, `${inode}; cat /one /data/old; ls /two`, on)).out).toBe(`${first.out}1\nold1\n`)
      expect(await listing(second.layer)).toEqual(['+ two file 644 0:0'])
    })

    test('a tree of another base is left alone, and so is one of which more would go than stay', async () => {
      await seen('true')
      const other = store.fromDiff(set({ bin: file('no directory') }), { type: 'none' })
      const all = [...below, store.fromDiff(many, { type: 'none' })]
      await seen('true', [makeBase(store)])
      expect(kept()).toHaveLength(1)
      await seen('true', all)
      expect(kept()).toHaveLength(1)
      await seen('true')
      expect(kept()).toHaveLength(2)
      await expect(seen('true', [other])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' })
      expect(kept()).toHaveLength(3)
    })

    test('a tree of before the machine was started is removed, and one that cannot be read', async () => {
      const first = await seen('stat -c %Z /bin/busybox')
      const [tree = ''] = kept()
      const state = join(tree, 'state.json')
      writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), boot: 'earlier' }))
      const second = await seen('stat -c %Z.%i /bin/busybox')
      expect([existsSync(tree), second === first, kept().length]).toEqual([false, false, 1])
      writeFileSync(join(kept()[0] ?? '', 'state.json'), '{')
      await seen('true')
      expect(kept()).toHaveLength(1)
      const [partial = ''] = kept()
      rmSync(join(partial, 'stats'))
      await seen('true')
      expect([existsSync(partial), kept().length]).toEqual([false, 1])
    })

    test('trees count as disk usage, and are pruned', async () => {
      await seen('true')
      const usage = async (): Promise<number> =>
        (await listObjects(store, { types: ['rootfs'] })).reduce((sum, { size }) => sum + size, 0)
      expect(await usage()).toBeGreaterThan(statSync('/bin/busybox').size)
      await prune(store, {})
      expect([await usage(), kept()]).toEqual([0, []])
    })
  })
})
