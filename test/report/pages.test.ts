import { createHash } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect, type TestAPI } from 'vitest'
import { describeImage } from '../../src/index.ts'
import { renderImage } from '../../src/report/page/render-image.ts'
import { type Browser, type BrowserPage, openBrowser, withoutBrowser } from '../support/open-browser.ts'
import { titled } from '../support/obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type BuildTools, test as buildTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const sections = {
  build: ['Timeline', 'context/Dockerfile', 'Image', 'Layers', 'Files', 'Hidden files', 'Packages', 'Settings'],
  failed: ['Failure', 'Timeline', 'context/Failing'],
  image: ['Layers', 'Files', 'Hidden files', 'Packages', 'Settings'],
  diff: ['Directories', 'Settings', 'Packages', 'Files'],
} as const

type Kind = keyof typeof sections
const kinds = Object.keys(sections) as Kind[]

interface Pages {
  readonly browser: Browser
  /** Addresses of the pages about a build, a failed one, an image and two images. */
  readonly pages: Readonly<Record<Kind, string>>
}

const hostile = '\u001b[2J\u202e<script>alert(1)<!--\n"\''
const long = 'name-without-a-place-to-break'.repeat(5)

const test: TestAPI<Pages & BuildTools> = buildTest.extend<Pages>({
  browser: [
    async ({}, use) => {
      await using browser = await openBrowser()
      await use(browser)
    },
    { scope: 'file' },
  ],
  pages: [
    async ({ base, store }, use) => {
      await using directory = await temporaryDirectory()
      const { path } = directory
      const run = async (code: number, ...args: string[]): Promise<void> => {
        const result = await tsbuild(args, { root: store, cwd: path })
        expect([result.code, result.stderr]).toEqual([code, expect.anything()])
      }
      const context = ['--build-context', `base=oci-layout://${base}:latest`, 'context']
      await writeTree(join(path, 'context'), {
        Dockerfile: `FROM base AS one\nRUN mkdir /big && echo 1 > /big/${long}\nFROM base\nCOPY --from=one /big /big\nCOPY a [b] /\nRUN rm -r /big\nCMD echo ${long}\n`,
        Failing: `FROM base\nRUN seq 200; echo ${long}${long}; exit 3\n`,
        a: 'a',
        b: 'b',
        [hostile]: 'x',
        [`lib/${hostile}`]: 'z'.repeat(1000),
      })
      await run(0, 'build', '-t', 'app:1', '--report', 'build.html', ...context)
      await run(1, 'build', '-f', 'context/Failing', '--report', 'failed.html', ...context)
      await writeTree(join(path, 'context'), { Dockerfile: 'FROM base\nCOPY . /in/\nENV A=1\n' })
      await run(0, 'build', '-t', 'app:2', ...context)
      await run(0, 'report', '-o', 'image.html', 'app:2')
      await run(0, 'diff', '--html', 'diff.html', 'app:1', 'app:2')
      const address = (name: Kind): string => pathToFileURL(join(path, `${name}.html`)).href
      await use({ build: address('build'), failed: address('failed'), image: address('image'), diff: address('diff') })
    },
    { scope: 'file' },
  ],
})

const obstacle = withoutBrowser()
const it = test.skipIf(obstacle !== undefined)

it.for(kinds)(
  titled('page %s: no error and no request; its sections, in landmarks', obstacle),
  async (kind, { browser, pages }) => {
    const page = await browser.open(pages[kind])
    expect(await page.evaluate('[...document.querySelectorAll("main h2")].map((one) => one.textContent)')).toEqual(
      sections[kind],
    )
    expect(await page.evaluate('document.querySelectorAll("script, iframe, object, link").length')).toBe(0)
    const { nodes } = await page.send<{ nodes: AccessibleNode[] }>('Accessibility.getFullAXTree')
    const named = (role: string): readonly string[] =>
      nodes.flatMap((node) => (node.role?.value === role ? [node.name?.value ?? ''] : []))
    expect([named('banner').length, named('main').length, named('navigation')]).toEqual([1, 1, ['Sections']])
    expect(named('heading')).toEqual(expect.arrayContaining([...sections[kind]]))
    const regions = [...named('region'), ...named('table')]
    expect(regions.length).toBeGreaterThan(2)
    expect(regions).not.toContain('')
    expect(named('columnheader').length).toBeGreaterThan(3)
    // Every id is unique, and every link of the page has its target.
    expect(
      await page.evaluate(`[
      [...document.querySelectorAll('[id]')].filter((one, _, all) => all.filter(({ id }) => id === one.id).length > 1).length,
      [...document.querySelectorAll('a[href^="#"]')].filter((one) => !document.getElementById(one.hash.slice(1))).map((one) => one.hash)]`),
    ).toEqual([0, []])
    expect(page.troubles).toEqual([])
  },
)

interface AccessibleNode {
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
}

it.for(kinds)(
  titled('page %s: the keyboard reaches everything once, from top to bottom', obstacle),
  async (kind, { browser, pages }) => {
    const page = await browser.open(pages[kind])
    await page.view(1280, 'light')
    const expected = await page.evaluate<number>('document.querySelectorAll("a[href], [tabindex]").length')
    const seen: number[] = []
    for (let index = 0; index < expected; index++) {
      await page.press('Tab')
      seen.push(
        await page.evaluate('[...document.querySelectorAll("a[href], [tabindex]")].indexOf(document.activeElement)'),
      )
    }
    expect(seen).toEqual(Array.from({ length: expected }, (_, index) => index))
    // The focused element is visible.
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
  },
)

it.for(kinds)(
  titled('page %s: no window scrolls sideways, and all text stands out', obstacle),
  async (kind, { browser, pages }) => {
    const page = await browser.open(pages[kind])
    for (const theme of ['light', 'dark'] as const)
      for (const width of [320, 480, 1280]) {
        await page.view(width, theme)
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
        expect([kind, width, wide]).toEqual([kind, width, Math.min(width, wide)])
        expect([kind, theme, await faintTexts(page)]).toEqual([kind, theme, []])
      }
  },
)

/** Texts with less contrast to their ground than 4.5 (WCAG 2.2, 1.4.3). */
function faintTexts(page: BrowserPage): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number)
    const light = (color) => {
      const [r, g, b] = channels(color).map((value) => value / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const { backgroundColor } = getComputedStyle(one)
        if (channels(backgroundColor)[3] !== 0) return backgroundColor
      }
      return getComputedStyle(document.body).backgroundColor
    }
    const faint = new Set()
    for (const element of document.querySelectorAll('body *')) {
      if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')) continue
      if (element.namespaceURI.endsWith('/svg')) continue
      const [text, back] = [light(getComputedStyle(element).color), light(ground(element))]
      const contrast = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05)
      if (contrast < 4.5) faint.add(element.tagName + '.' + element.className + ' ' + contrast.toFixed(2))
    }
    return [...faint]
  })()`)
}

it(titled('an image of 100,000 files opens', obstacle), async ({ browser, directory, store }) => {
  const file = join(directory, 'large.tar')
  await writeFile(file, await manyFiles(100_000))
  const report = await describeImage({ place: { kind: 'archive', file } }, { root: store })
  expect(report.files.count).toBe(100_000)
  const html = join(directory, 'large.html')
  await writeFile(html, renderImage(report))
  expect((await stat(html)).size).toBeLessThan(1_000_000)
  const page = await browser.open(pathToFileURL(html).href)
  expect(await page.evaluate('document.querySelectorAll("svg.map rect").length')).toBeGreaterThan(90)
  expect(page.troubles).toEqual([])
})

/** An archive for `docker load` whose layer has this many files. */
async function manyFiles(count: number): Promise<Buffer> {
  const entries = Array.from({ length: count }, (_, index) =>
    fileEntry(`d${index % 97}/e${index % 1009}/${index}`, index % 50 === 0 ? 'x' : ''),
  )
  const layer = Buffer.concat([...entries, Buffer.alloc(1024)])
  const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`
  const archive = pack()
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } }
  archive.entry({ name: 'layer.tar' }, layer)
  archive.entry({ name: 'config.json' }, JSON.stringify(config))
  const manifest = [{ Config: 'config.json', RepoTags: ['large:1'], Layers: ['layer.tar'] }]
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest))
  archive.finalize()
  return buffer(archive)
}

/** A file in the format ustar (POSIX pax, § ustar Interchange Format). */
function fileEntry(name: string, content: string): Buffer {
  const block = Buffer.alloc(content === '' ? 512 : 1024)
  const size = content.length.toString(8).padStart(11, '0')
  const fields = [name.padEnd(100, '\0'), '0000644\0', '0000000\0', '0000000\0', `${size}\0`, '00000000000\0']
  block.write(`${fields.join('')}        0`, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  let sum = 0
  for (let at = 0; at < 512; at++) sum += block[at] ?? 0
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  block.write(content, 512)
  return block
}
